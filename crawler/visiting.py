"""Visiting links: fetch, classify, archive, extract; an article becomes an item, everything else a state."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from corpus.errors import WorkError
from corpus.record import ArchivePosition, Article, Rejected
from crawler.fetching.fetch import Disallowed, Fetched, NotNow, Stop
from crawler.fetching.guard import Gate
from crawler.job import Problem
from crawler.judging import judge
from crawler.pipelines import ArticleItem
from crawler.revisit import after_failure, next_visit, second_look
from crawler.running import Running
from storage.links import Link
from storage.sink import Submission

_log = logging.getLogger(__name__)

DISALLOWED_WAIT = timedelta(hours=24)
REFUSED = "refused_address"
"""The code of what the gate refuses, above all a host that is none of the outlet's (any more)."""
TRANSIENT = frozenset({"cookie_gate", "challenge"})
"""Refusals of extraction that speak of the moment, not of the page: the link is fetched again."""


@dataclass(frozen=True, slots=True)
class Page:
    """A body to judge and where it came from."""

    url: str
    body: bytes
    content_type: str | None
    position: ArchivePosition | None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None


class Visitor:
    """Visits one link at a time for one run."""

    def __init__(self, run: Running, stop: Stop) -> None:
        self._run = run
        self._stop = stop

    async def visit(
        self, link: Link, *, force: bool, place: tuple[int, int]
    ) -> tuple[Fetched | None, ArticleItem | None]:
        """Fetch a link and settle its state; the article that is to be stored, if the page is one.

        The first part is the response, None where robots.txt or the gate forbids the link. `force` (given URLs): the
        page is asked for without conditions, and judged though it has not changed. `place`: which one this is of
        how many, for people who watch.

        Raises:
            RunOver, NotNow: it is not fetched now; the link is as before.
        """
        revisit = link.article_id is not None and not force
        try:
            await self._run.fetcher.turn(link.url, revisit=revisit)
        except Disallowed as error:
            self._disallowed(link, error.problem)
            return None, None
        self._run.progress({"step": "page", "url": link.url, "number": place[0], "of": place[1]})
        self._run.ledger.links.start(link.id, self._run.clock())
        known = revisit and link.body_hash is not None
        try:
            fetched = await self._run.fetcher.get(
                link.url,
                limit=self._run.options.page_bytes,
                etag=link.etag if known else None,
                last_modified=link.last_modified if known else None,
                revisit=revisit,
            )
        except NotNow:  # it leads to another host, which is barred: those that do not go before it next time
            self._later(link, link.reason)
            raise
        except BaseException:  # an orderly end of the fetch, whatever ended it: no attempt is charged
            self._run.ledger.links.retry(link.id, reason=link.reason, next_at=self._run.clock())
            raise
        try:
            return fetched, self._settle(link, fetched, force=force)
        except WorkError:
            self._not_its_fault(link.id)
            raise

    def _disallowed(self, link: Link, problem: Problem) -> None:
        """A link that may not be asked for: robots.txt may be another one tomorrow, but what the gate refuses stays
        refused until the outlet has other hosts (`revive`). An article that is stored stays so, and no one is told
        every day that it is not visited."""
        if problem.code == REFUSED and link.article_id is None:
            self._reject(link, Rejected(REFUSED, problem.detail), link.archive)
        else:
            again = self._run.clock() + DISALLOWED_WAIT
            self._run.ledger.links.retry(link.id, reason=problem.code, next_at=again)
            if problem.code == REFUSED:
                return
        self._run.tally.note(problem)
        self._run.tally.forbidden = True

    def revive(self, gate: Gate) -> None:
        """Take up the links that the gate refused once and permits now: their host is the outlet's again."""
        links = self._run.ledger.links
        for link in links.rejected_for(self._run.outlet.slug, REFUSED):
            if gate.refusal(link.url) is None:
                links.retry(link.id, reason=None, next_at=self._run.clock())

    def _not_its_fault(self, link_id: int | None) -> None:
        """Our own disk or database ended the visit: no attempt is charged, or a full disk would give pages up."""
        with suppress(WorkError):
            if link_id is not None:
                self._run.ledger.links.retry(link_id, reason=None, next_at=self._run.clock())

    async def settle_stored(self, item: ArticleItem) -> None:
        """Wait until the sink has an item, and count what it was.

        Raises:
            WorkError: the sink could not store it.
        """
        try:
            self._run.tally.stats[await item.done] += 1
        except WorkError:
            self._not_its_fault(item.submission.link_id)
            raise
        finally:
            self._stop.judging = False

    def judge_again(self, link: Link) -> ArticleItem | None:
        """Judge a rejected link's archived page under the present rules; without an archive it is fetched again."""
        if link.archive is None:
            self._run.ledger.links.retry(link.id, reason=None, next_at=self._run.clock())
            return None
        kept = self._run.ledger.archive.read(link.archive)
        self._run.ledger.links.start(link.id, self._run.clock())
        types = [value for name, value in kept.headers if name.lower() == "content-type"]
        page = Page(kept.url, kept.body, types[0] if types else None, link.archive)
        return self._judge(link, page, force=True)

    def _settle(self, link: Link, fetched: Fetched, *, force: bool) -> ArticleItem | None:
        if fetched.response in ("not_found", "redirected_away", "moved"):
            if force:  # whoever asked for this very page is told; of a move the run speaks once (findings.py)
                self._run.tally.stats["failed"] += 1
                self._run.tally.note(Problem(fetched.code, link.url, fetched.detail))
            self._missing(link, fetched)
            return None
        unchanged = fetched.response == "ok" and fetched.body_hash() == link.body_hash
        if fetched.response == "not_modified" or (unchanged and link.article_id is not None and not force):
            self._seen_again(link)
            return None
        if fetched.response == "ok":
            return self._judge(link, self._page(link, fetched, unchanged=unchanged), force=force)
        self._run.tally.stats["failed"] += 1
        self._run.tally.note(Problem(fetched.code, link.url, fetched.detail))
        if fetched.response == "too_large" and link.article_id is None:
            self._reject(link, Rejected("too_complex", fetched.detail), None)
        elif fetched.response == "throttled":
            self._run.ledger.links.retry(
                link.id, reason="throttled", next_at=self._run.clock()
            )  # its host has the wait
        else:
            self._later(link, fetched.response)
        return None

    def _page(self, link: Link, fetched: Fetched, *, unchanged: bool) -> Page:
        """The fetched page, archived unless the archive has this very body."""
        position = link.archive if unchanged else None
        if position is None:
            position = self._run.ledger.archive.write(
                outlet=self._run.outlet.slug,
                url=fetched.final_url,
                status=fetched.status or 200,
                headers=fetched.headers,
                body=fetched.body,
                fetched_at=self._run.clock(),
            )
        if position is None:
            self._run.tally.note(Problem("archive_full", None, "the disk has too little room; pages are not archived"))
        return Page(
            fetched.final_url,
            fetched.body,
            fetched.header("content-type"),
            position,
            fetched.header("etag"),
            fetched.header("last-modified"),
            fetched.body_hash(),
        )

    def _judge(self, link: Link, page: Page, *, force: bool) -> ArticleItem | None:
        self._stop.judging = True
        self._run.ledger.links.parsing(link.id, page.position)
        try:
            result = judge(
                link,
                self._run.outlet,
                body=page.body,
                url=page.url,
                content_type=page.content_type,
                fetched_at=self._run.clock(),
                outlets=self._run.outlets,
                seconds=self._run.options.parse_seconds,
            )
        except Exception as error:  # noqa: BLE001 - our error on its bytes: this page waits for a better day, not the run
            _log.exception("extraction_broke", extra={"outlet": self._run.outlet.slug, "url": link.url})
            self._run.tally.stats["failed"] += 1
            self._run.tally.note(Problem("internal", link.url, f"{type(error).__name__}: {error}"))
            self._later(link, "internal")
            self._stop.judging = False
            return None
        if isinstance(result, Rejected):
            self._refused(link, result, page.position, force=force)
            self._stop.judging = False
            return None
        return ArticleItem(self._submission(link, result, page))

    def _submission(self, link: Link, article: Article, page: Page) -> Submission:
        visits = link.visits + (link.article_id is not None)
        return Submission(
            article=article.with_(archive=page.position),
            link_id=link.id,
            silent=link.silent,
            prior_read_at=link.prior_read_at,
            next_visit_at=next_visit(visits, self._run.options.revisit_ages, self._run.clock()),
            etag=page.etag,
            last_modified=page.last_modified,
            body_hash=page.body_hash,
            also=self._run.outlet.other_addresses(article.canonical_url or ""),
        )

    def _refused(self, link: Link, result: Rejected, position: ArchivePosition | None, *, force: bool) -> None:
        if link.article_id is not None:
            self._run.tally.note(Problem("page_lost", link.url, f"{result.reason}: {result.detail}"))
            self._seen_again(link)
        elif result.reason in TRANSIENT:
            self._run.tally.stats["failed"] += 1
            self._run.tally.note(Problem(result.reason, link.url, result.detail))
            self._later(link, result.reason)
        elif result.reason == "error" and not force:
            # A paper under repair says so with status 200: as after a 404, the article may be there in an hour.
            self._run.tally.stats["failed"] += 1
            self._run.tally.note(Problem("error", link.url, result.detail))
            self._run.tally.stats["gone"] += self._run.ledger.links.gone(
                link.id, reason=result.reason, now=self._run.clock()
            )
        else:
            self._reject(link, result, position)

    def _reject(self, link: Link, result: Rejected, position: ArchivePosition | None) -> None:
        self._run.tally.stats["rejected"] += 1
        self._run.ledger.links.reject(
            link.id,
            reason=result.reason,
            detail=result.detail,
            rules_version=self._run.outlet.rules_version,
            archive=position,
        )

    def _seen_again(self, link: Link) -> None:
        self._run.tally.stats["same"] += 1
        self._run.ledger.links.visited(
            link.id, next_at=next_visit(link.visits + 1, self._run.options.revisit_ages, self._run.clock())
        )

    def _later(self, link: Link, reason: str | None) -> None:
        now = self._run.clock()
        self._run.ledger.links.retry(
            link.id, reason=reason, next_at=after_failure(link, now, self._run.options.first_backoff)
        )

    def _missing(self, link: Link, fetched: Fetched) -> None:
        """404, 410 or led away: a new link is tried again for a day, an article is gone at the second time."""
        now, links = self._run.clock(), self._run.ledger.links
        if link.article_id is None:
            self._run.tally.stats["gone"] += links.gone(link.id, reason=fetched.response, now=now)
        elif fetched.response in ("redirected_away", "moved"):
            if fetched.response == "redirected_away":
                self._run.tally.note(Problem("page_lost", link.url, fetched.detail))
            self._seen_again(link)
        elif link.gone_seen:
            self._run.ledger.sink.remove(link.article_id, link.id, now)
            self._run.tally.stats["removed"] += 1
        else:
            links.missing(link.id, next_at=second_look(link.visits + 1, self._run.options.revisit_ages, now))
