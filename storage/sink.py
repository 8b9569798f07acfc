"""Where the crawler hands over an article: one transaction for everything that must be true together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple

from corpus.change import decide, shares_less_than_a_fifth
from corpus.clock import Clock, stamp
from corpus.errors import WorkError
from corpus.ids import url_id
from corpus.record import Article
from storage.articles import ArticleStore, SearchKeys, search_keys, storable, storable_text
from storage.database import Database
from storage.intake import IntakeStore

Decision = Literal["new", "changed", "same"]
REUSED_NUMBER = "reused_number"
"""Flag of an article whose number belonged to another article before; its id is made from its URL."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An extracted article and what the visit that brought it says about its link.

    `silent` (`baseline` or `flood`) and `prior_read_at` (the source's last complete read before the link was met)
    are what intake needs to decide whether a new article alerts. `reextract`: the text was extracted anew from the
    archive or by new rules, so a difference is ours and not the paper's. `article.archive` says where the body lies
    that was extracted: just written, or there already because it has not changed (`body_hash` tells); None: nowhere.
    `also`: canonical URLs under which the same article may be stored (its path on the outlet's other hosts).
    """

    article: Article
    link_id: int | None
    silent: str | None
    prior_read_at: datetime | None
    next_visit_at: datetime | None
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    reextract: bool = False
    also: tuple[str, ...] = ()

    @classmethod
    def extracted_anew(cls, article: Article, also: tuple[str, ...] = ()) -> Submission:
        """An article from the archive: nobody visited its page, and nobody is told of it."""
        return cls(
            article, link_id=None, silent="reextract", prior_read_at=None, next_visit_at=None, etag=None,
            last_modified=None, body_hash=None, reextract=True, also=also,
        )  # fmt: skip


class _Plan(NamedTuple):
    """What is to be done, and the state of the corpus for which that holds."""

    decision: Decision
    article: Article
    keys: SearchKeys
    seen: tuple[int, str] | None


class Sink:
    """Takes articles from a crawl. Contract:

    - ONE transaction each: article, version, search row, link state with its next visit and its archive position,
      and the row that tells intake. Whichever process is killed when, all of them are there or none is.
    - Everything slow (comparing, folding) happens before the transaction, on what was read there; if another
      process changed the article meanwhile, it is decided again.
    - new: intake row `new`, silent as submitted. changed: the next version and intake row `edited` (silent
      `reextract` if the difference is ours). same: only the time of the visit and the link, no intake row.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._articles = ArticleStore(db)
        self._intake = IntakeStore(db)

    def store(self, submission: Submission) -> Decision:
        """Store one article with all that belongs to it; says what it was.

        Raises:
            ValueError: the article lacks its id, URL or outlet.
            WorkError: SQLite's refusals; `link_missing` for an unknown link. Nothing is stored then.
        """
        article = storable(submission.article)
        while True:
            plan = self._plan(article, submission)
            with self._db.write():
                if self._seen(plan.article.id) != plan.seen:
                    continue  # another process was faster: decide again on what it stored
                self._apply(plan, submission)
                return plan.decision

    def remove(self, article_id: str, link_id: int | None, at: datetime) -> None:
        """The paper took an article away: note it, end the link's visits and tell intake, once.

        The link stays `stored` (the article is), with no next visit.
        """
        with self._db.write() as connection:
            article = self._articles.get(article_id)
            if article is not None and self._articles.mark_removed(article_id, at):
                self._intake.add(article_id, article.version, "removed", None, None, self._clock())
            if link_id is not None:
                connection.execute(
                    "UPDATE links SET state = 'stored', next_at = NULL, attempt = 0, since = NULL WHERE id = ?",
                    [link_id],
                )

    def _plan(self, article: Article, submission: Submission) -> _Plan:
        """Decide outside any transaction what this submission is."""
        own, reextract = self._identified(article, submission.also), submission.reextract
        old = self._articles.get(own.id or "")
        decision = decide(old, own)
        if old is None:
            return _Plan(decision, own, search_keys(own), None)
        if own.published.at is None and not reextract:
            # A page whose date cannot be read any more was still published that day. (An extraction anew may
            # find that the date was never right, and takes it away.)
            own = own.with_(published=old.published)
        keys = search_keys(own) if decision == "changed" or reextract else SearchKeys("", "")
        return _Plan(decision, own, keys, (old.version, old.content_hash))

    def _identified(self, article: Article, also: tuple[str, ...]) -> Article:
        """The article under the id it is to have.

        That is its own, unless the number belongs to another article: a known id with another URL and another
        text. Papers that start their counters again do that; the newcomer gets an id made from its URL. Such an id
        stays when the article comes back under another host of its outlet.
        """
        by_url = url_id(article.outlet, article.canonical_url or "")
        known = self._articles.get(by_url) or self._on_another_host(article, also)
        if known is not None:  # stored so before: as a newcomer, or when the outlet had no rule for this URL yet
            return _under(known.id, article, reused=REUSED_NUMBER in known.flags)
        if by_url == article.id:
            return article
        old = self._articles.get(article.id or "")
        if old is None or old.canonical_url == article.canonical_url:
            return article
        reused = shares_less_than_a_fifth(old.text, article.text)
        return _under(by_url, article, reused=True) if reused else article

    def _on_another_host(self, article: Article, also: tuple[str, ...]) -> Article | None:
        """The article that was stored by its URL under another host, if this one is plainly not another: two hosts
        may have one path for two things."""
        for url in also:
            old = self._articles.get(url_id(article.outlet, url))
            if old is not None and not shares_less_than_a_fifth(old.text, article.text):
                return old
        return None

    def _seen(self, wanted: str | None) -> tuple[int, str] | None:
        found = self._db.row("SELECT version, content_hash FROM articles WHERE id = ?", [wanted])
        return (found["version"], found["content_hash"]) if found else None

    def _apply(self, plan: _Plan, submission: Submission) -> None:
        article = plan.article
        if plan.decision == "new":
            article = self._articles.add(article, plan.keys)
            self._intake.add(article.id or "", 1, "new", submission.silent, submission.prior_read_at, self._clock())
        elif plan.decision == "changed":
            article = self._articles.change(article, plan.keys)
            silent = "reextract" if submission.reextract else None
            self._intake.add(article.id or "", article.version, "edited", silent, None, self._clock())
        elif submission.reextract:
            self._articles.refresh(article, plan.keys)
        else:
            self._articles.touch(article.id or "", article.fetched_at)
        if submission.link_id is not None:
            self._mark_link(submission.link_id, article, submission)

    def _mark_link(self, link_id: int, article: Article, submission: Submission) -> None:
        archive = submission.article.archive
        with self._db.write() as connection:
            cursor = connection.execute(
                """
                UPDATE links SET state = 'stored', visits = visits + (article_id IS NOT NULL), article_id = :article,
                  next_at = :next_at, gone_seen = 0, attempt = 0, since = NULL, reason = NULL, detail = NULL,
                  etag = :etag, last_modified = :last_modified, body_hash = :body_hash,
                  archive_file = COALESCE(:file, archive_file), archive_offset = COALESCE(:offset, archive_offset),
                  archive_length = COALESCE(:length, archive_length)
                WHERE id = :link
                """,
                {
                    "article": article.id,
                    "next_at": stamp(submission.next_visit_at) if submission.next_visit_at else None,
                    "etag": storable_text(submission.etag),
                    "last_modified": storable_text(submission.last_modified),
                    "body_hash": submission.body_hash,
                    "file": archive.file if archive else None,
                    "offset": archive.offset if archive else None,
                    "length": archive.length if archive else None,
                    "link": link_id,
                },
            )
            if cursor.rowcount == 0:
                raise WorkError("link_missing", f"there is no link {link_id} for {article.url}")


def _under(wanted: str | None, article: Article, *, reused: bool) -> Article:
    """The article under another id than its own, with the flag of a reused number where that is why."""
    flags = (*article.flags, REUSED_NUMBER) if reused else article.flags
    return replace(article, id=wanted, flags=tuple(dict.fromkeys(flags)))
