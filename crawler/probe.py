"""A probe: at most four requests that try whether an outlet can be reached, listed and read. No article is stored.

What it finds is a plain object, kept in the outlet's row and in the run's report (`Report.details`):

    outlet, at        slug; RFC 3339
    dns               "ok" | "failed"
    tls               "ok" | "unverified" (the user's file switched the check off) | "none" (http, a mapped host, or no
                      answer at all) | the problem code (`tls_expired`, ...)
    robots            "rules" | "allowed" (there are none) | "unreachable" (or it never came) | "forbidden" (the front
                      page is)
    front             response class of the front page; null if it was not asked for
    links             article links on it (or in the feed that was asked for in its place)
    article           {"url","title","published","problem"}, extracted by the outlet's rules; null if none was asked for
    clock_offset      seconds by which our clock is ahead of the server's Date (negative: behind); null without one
    requests          made in all
    state             "ok", or the code of the first problem
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from corpus.clock import stamp
from corpus.record import Article, Rejected, to_json
from corpus.urls import host_of
from crawler.discovery.found import FoundLink
from crawler.extraction import PageInput, extract
from crawler.fetching.fetch import Disallowed, Fetched, NotNow, Spent
from crawler.fetching.guard import Gate
from crawler.fetching.robots import OF_THE_HOST, says_something
from crawler.job import Problem
from crawler.judging import ParseTimeout, within
from crawler.outlet import Source
from crawler.running import Running
from crawler.sources.reading import fetch_source
from crawler.sources.source_book import SourceBook

MOST_REQUESTS = 4


class Probe:
    """One probe of one outlet. Politeness and robots.txt are kept as in any run; links and articles are not."""

    def __init__(self, run: Running, book: SourceBook, gate: Gate) -> None:
        self._run = run
        self._book = book
        self._gate = gate
        self._secure = "ok" if run.outlet.tls == "verified" else "unverified"
        self.details: dict[str, Any] = {
            "outlet": run.outlet.slug,
            "at": stamp(run.clock()),
            "dns": "ok",
            "tls": "none",
            # Nothing is allowed before an answer says so, but where the paper permitted all in writing.
            "robots": "unreachable" if run.outlet.permission is None else "allowed",
            "front": None,
            "links": 0,
            "article": None,
            "clock_offset": None,
            "requests": 0,
            "state": "ok",
        }

    async def run(self) -> dict[str, Any]:
        """Make the probe and write it down.

        Raises:
            RunOver: the run's time is up; nothing is written.
        """
        self._run.fetcher.allotted = MOST_REQUESTS
        try:
            await self._try()
        except NotNow as error:
            self._not_now(error.problem)
        except Disallowed as error:
            self._worse(error.problem.code, error.problem.url, error.problem.detail)
        except Spent:
            self._robots()
            self._worse("too_many_redirects", self._run.outlet.home, f"{MOST_REQUESTS} requests led to no article")
        self.details["requests"] = self._run.fetcher.traffic.requests
        article, now = self.details["article"], self._run.clock()
        state = replace(self._run.ledger.outlets.get(self._run.outlet.slug), probed_at=now, probe=self.details)
        if article is not None and article["problem"] is None:
            state = replace(state, verified_at=now)
        self._run.ledger.outlets.save(state)
        return self.details

    async def _try(self) -> None:
        front = Source("section", self._run.outlet.home, "assumed")
        fetched = await self._ask(front)
        self._robots()
        if fetched is None:
            return
        self.details["front"] = fetched.response
        links = self._links(front, fetched) if fetched.response == "ok" else []
        feed = next((source for source in self._run.outlet.sources if source.kind == "feed"), None)
        if fetched.response == "ok" and not links and feed is not None:
            listed = await self._ask(feed)
            links = self._links(feed, listed) if listed is not None and listed.response == "ok" else []
        if fetched.response == "ok" and not links:
            self._worse("source_empty_listing", front.url, "no article link on the front page")
        if links:
            self.details["links"] = len(links)
            await self._article(links[0])

    async def _ask(self, source: Source) -> Fetched | None:
        """Ask for a source; None where robots.txt forbids it. A bad answer becomes the probe's state."""
        try:
            await self._run.fetcher.turn(source.url)
        except Disallowed as error:
            if error.problem.code == "robots_disallowed" and source.url == self._run.outlet.home:
                self.details["robots"] = "forbidden"
            self._worse(error.problem.code, source.url, error.problem.detail)
            return None
        self._run.progress({"step": "source", "url": source.url})
        fetched = await fetch_source(self._run.fetcher, self._run.options, source)
        self._answered(fetched)
        return fetched

    def _answered(self, fetched: Fetched) -> None:
        self._offset(fetched)
        mapped = self._gate.target(host_of(fetched.final_url)) is not None
        if fetched.status is not None and not mapped and fetched.final_url.startswith("https:"):
            self.details["tls"] = self._secure
        if fetched.response == "ok":
            self._run.tally.answers += 1
            return
        self._run.tally.stats["failed"] += 1
        if fetched.response == "moved":
            self._run.findings.moved(fetched.url, fetched.detail)
        self._connection(fetched.code)
        self._worse(fetched.code, fetched.url, fetched.detail)

    def _connection(self, code: str) -> None:
        """What a failure says of name and certificate."""
        if code == "dns":
            self.details["dns"] = "failed"
        if code.startswith("tls"):
            self.details["tls"] = code

    def _robots(self) -> None:
        copy = self._run.ledger.hosts.robots(host_of(self._run.outlet.home))
        if self.details["robots"] != "forbidden" and copy.state is not None:
            says_nothing = copy.state == "rules" and not says_something(copy.body or b"")
            self.details["robots"] = "allowed" if says_nothing else copy.state

    def _not_now(self, problem: Problem) -> None:
        """The host may not be asked. Where its robots.txt is out of reach, the reason for that is the state."""
        self._run.tally.barred = True
        self._robots()
        code, detail = problem.code, problem.detail
        if code == "robots_unreachable":
            self.details["robots"] = "unreachable"
            cause = self._run.ledger.hosts.robots(host_of(self._run.outlet.home)).cause or ""
            reason, _, said = cause.partition(" ")
            self._connection(reason)
            if reason in OF_THE_HOST:
                code, detail = reason, said
        self._worse(code, problem.url, detail)

    def _links(self, source: Source, fetched: Fetched) -> list[FoundLink]:
        """The article links of a source; those that the outlet's rules are sure of first."""
        links = self._book.listed(source, fetched).links
        sure = [link for link in links if self._book.is_article(link)]
        return sure or list(links)

    async def _article(self, link: FoundLink) -> None:
        try:
            await self._run.fetcher.turn(link.url)
        except Disallowed as error:
            self._worse(error.problem.code, link.url, error.problem.detail)
            return
        self._run.progress({"step": "page", "url": link.url, "number": 1, "of": 1})
        fetched = await self._run.fetcher.get(link.url, limit=self._run.options.page_bytes)
        self._answered(fetched)
        said: dict[str, Any] = {"url": link.url, "title": None, "published": None, "problem": None}
        self.details["article"] = said
        if fetched.response != "ok":
            said["problem"] = fetched.code
            return
        result = self._extracted(fetched, link)
        if isinstance(result, Rejected):
            said["problem"] = result.reason
            self._worse("probe_article", link.url, f"{result.reason}: {result.detail}")
        else:
            said |= {"title": result.title, "published": to_json(result)["published"]["at"]}

    def _extracted(self, fetched: Fetched, link: FoundLink) -> Article | Rejected:
        page = PageInput(
            body=fetched.body,
            url=fetched.final_url,
            outlet=self._run.outlet,
            fetched_at=self._run.clock(),
            content_type=fetched.header("content-type"),
            hint_title=link.title,
            hint_published=link.published,
            outlets=self._run.outlets,
        )
        try:
            return within(self._run.options.parse_seconds, lambda: extract(page).result)
        except ParseTimeout:
            return Rejected("too_complex", f"extraction took more than {self._run.options.parse_seconds:g} s")
        except Exception as error:  # noqa: BLE001 - our error on its bytes is what a probe is to find
            return Rejected("error", f"{type(error).__name__}: {error}")

    def _offset(self, fetched: Fetched) -> None:
        """Our clock against the server's; the first answer that has a Date decides."""
        said = _date(fetched.header("date"))
        if said is not None and self.details["clock_offset"] is None:
            self.details["clock_offset"] = round((self._run.clock() - said).total_seconds())

    def _worse(self, code: str, url: str | None, detail: str) -> None:
        """Note a problem; the first one is the probe's state."""
        self._run.tally.note(Problem(code, url, detail))
        if self.details["state"] == "ok":
            self.details["state"] = code


def _date(header: str | None) -> datetime | None:
    """The moment of a Date header (RFC 9110: always GMT); None if there is none or it cannot be read."""
    try:
        said = parsedate_to_datetime(header) if header else None
    except (ValueError, OverflowError, IndexError):
        return None
    return said if said is not None and said.tzinfo is not None else None
