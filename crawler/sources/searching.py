"""Finding an outlet's sources without being told: once a week, in a few requests that the budget can spare."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from corpus.urls import host_of
from crawler.discovery import seeking
from crawler.fetching.fetch import Disallowed, Fetched, NotNow, RunOver, Spent
from crawler.fetching.responses import HOST_TROUBLE
from crawler.outlet import Source
from crawler.running import Running
from crawler.sources.asking import PATIENCE, is_hopeless
from crawler.sources.memory import Memory
from crawler.sources.reading import fetch_source
from crawler.sources.source_book import SourceBook
from storage.outlets import OutletState
from storage.sources import SourceState

MOST_REQUESTS = 12
EVERY = timedelta(days=7)
AFTER_TROUBLE = timedelta(days=1)
"""A search that the server's trouble ended, or whose findings could not be written, goes on after this."""


class Searcher:
    """The search of one run. It may be called twice: with the first half of the time, and with what the pages left.

    Each address that was tried has its row in `sources`: a search that was broken off goes on behind the last one,
    and the next week's begins with those that were never tried. Its requests are counted in the outlet's row, each
    before it is made, so that no end of a run gives it more. `sought_at` is set when a search is through.
    """

    def __init__(self, run: Running, book: SourceBook) -> None:
        self._run = run
        self._book = book
        self._sources = {source.url: source for source in run.outlet.sources}
        self._in_a_row = 0
        self._unwritten = False

    def is_due(self) -> bool:
        """Whether the last search is a week ago (or lies in the future of a clock that was set back)."""
        if not self._run.findings.kept:
            return False
        sought = self._state().sought_at
        return sought is None or not timedelta() <= self._run.clock() - sought < EVERY

    async def search(self, front: Fetched | None, *, to_the_end: bool = False) -> None:
        """Search, if it is due and the outlet answers.

        Args:
            front: the front page as this run has read it; else it is fetched.
            to_the_end: use all of the run's time; false leaves its second half to the pages.

        Raises:
            RunOver: the run's time is up; the search goes on in the next one.
        """
        if not self._run.tally.answers or not self.is_due():
            return
        state = self._state()
        tried = self._tried(state.sought_at)
        left = max(MOST_REQUESTS - state.search_requests, 0)
        self._run.fetcher.allotted = self._run.fetcher.traffic.requests + left
        self._run.fetcher.charge = self._count
        try:
            through = await self._candidates(front, tried, to_the_end=to_the_end)
        except Spent:
            through = True
        except NotNow as error:
            self._run.tally.note(error.problem)
            self._postponed()
            return
        finally:
            self._run.fetcher.allotted = self._run.fetcher.charge = None
        if through:
            self._done()
        elif self._in_a_row >= PATIENCE:
            self._postponed()

    def _done(self) -> None:
        at = self._run.clock() - (EVERY - AFTER_TROUBLE if self._unwritten else timedelta())
        self._run.ledger.outlets.save(replace(self._state(), sought_at=at, search_requests=0))

    def _postponed(self) -> None:
        self._run.ledger.outlets.save(replace(self._state(), sought_at=self._run.clock() - EVERY + AFTER_TROUBLE))

    def _state(self) -> OutletState:
        return self._run.ledger.outlets.get(self._run.outlet.slug)

    def _count(self) -> None:
        state = self._state()
        self._run.ledger.outlets.save(replace(state, search_requests=state.search_requests + 1))

    def _tried(self, since: datetime | None) -> set[str]:
        """Addresses that this search has tried in earlier runs."""
        rows = self._run.ledger.sources.all(self._run.outlet.slug)
        tried = (row for row in rows if row.parent is None and row.url not in self._sources)
        return {row.url for row in tried if row.checked_at and (since is None or row.checked_at > since)}

    async def _candidates(self, front: Fetched | None, tried: set[str], *, to_the_end: bool) -> bool:
        """Try one address after the other; whether none is left."""
        queue = deque(await self._queue(front, tried))
        met = tried | {candidate.url for candidate in queue}
        while queue:
            candidate = queue.popleft()
            if not self._run.fetcher.has_spare(candidate.url):
                return False
            if not to_the_end and not self._run.fetcher.has_time(candidate.url):
                return False
            more = [found for found in await self._try(candidate) if found.url not in met]
            met.update(found.url for found in more)
            queue.extendleft(reversed(more))
            if self._in_a_row >= PATIENCE:
                return False
        return True

    async def _queue(self, front: Fetched | None, tried: set[str]) -> list[seeking.Candidate]:
        """The addresses to try: those that never were first, then those whose last try is longest ago."""
        if front is None:
            front = await self._front_page()
        robots = self._run.ledger.hosts.robots(host_of(self._run.outlet.home)).body
        states = {source.url: self._book.state(source) for source in self._run.outlet.sources}
        known = [s.url for s in self._run.outlet.sources if not is_hopeless(self._run.outlet, s, states[s.url])]
        found = seeking.candidates(
            self._run.outlet,
            front.body if front else None,
            front.final_url if front else self._run.outlet.home,
            front.header("content-type") if front else None,
            robots,
            known,
        )
        rows = {row.url: row.checked_at for row in self._run.ledger.sources.all(self._run.outlet.slug)}

        def last_try(candidate: seeking.Candidate) -> float:
            checked = rows.get(candidate.url)
            return checked.timestamp() if checked else 0.0

        return sorted((candidate for candidate in found if candidate.url not in tried), key=last_try)

    async def _front_page(self) -> Fetched | None:
        source = Source("section", self._run.outlet.home, "assumed")
        fetched = await self._ask(source)
        return fetched if fetched is not None and fetched.response == "ok" else None

    async def _ask(self, source: Source) -> Fetched | None:
        """Fetch an address; None where it may not be asked for."""
        try:
            await self._run.fetcher.turn(source.url)
        except Disallowed:
            return None
        self._run.progress({"step": "search", "url": source.url})
        fetched = await fetch_source(self._run.fetcher, self._run.options, source)
        self._in_a_row = self._in_a_row + 1 if fetched.response in HOST_TROUBLE else 0
        return fetched

    async def _try(self, candidate: seeking.Candidate) -> list[seeking.Candidate]:
        """Try one address; gives the feeds that it lists, where it is a list of feeds."""
        listing = self._run.outlet.listing_of(candidate.url)
        source = self._sources.get(candidate.url) or Source(candidate.kind, candidate.url, "candidate", listing)
        state = self._book.state(source)
        fetched = await self._ask(source)
        if fetched is None or fetched.response != "ok":
            response, detail = (
                (fetched.response, fetched.detail) if fetched else ("disallowed", "robots.txt forbids it")
            )
            self._book.failed(state, response, detail)
            return []
        kind = seeking.sniff(fetched.body, fetched.header("content-type"))
        if kind == "section" and candidate.kind != "section":
            self._book.failed(state, "ok", "not_a_feed")
            return list(
                seeking.listed_feeds(self._run.outlet, fetched.body, fetched.final_url, fetched.header("content-type"))
            )
        if kind is None or (kind == "json") != (source.listing is not None):
            self._book.failed(state, "ok", "unreadable")
            return []
        source, state = replace(source, kind=kind), replace(state, kind=kind)
        await self._judge(source, state, fetched, candidate.by)
        return []

    async def _judge(self, source: Source, state: SourceState, fetched: Fetched, by: str) -> None:
        """Keep a source with article links enough: an override first, then its links, which are its baseline."""
        read = self._book.parsed(source, state, fetched)
        child = Source("sitemap", read.children[0].url, "candidate") if read.children else None
        try:
            shown = await self._ask(child) if child else None
        except (NotNow, RunOver, Spent):
            self._book.untried(state)
            raise
        below = self._book.listed(child, shown) if child and shown and shown.response == "ok" else None
        good = read.complete and self._book.is_good([read] if below is None else [below])
        if not good:
            self._book.failed(state, "ok", read.problem or "few_links")
            return
        if not self._run.findings.found(replace(source, grade="candidate"), f"search: {by}"):
            self._unwritten = True  # it is a good one: tomorrow's search has it among its first
            self._book.untried(state)
            return
        if child and shown and below:
            self._book.commit(child, self._book.state(child, parent=source.url), shown, [below])
            children = Memory(state.seen, [listed.url for listed in read.children], children=True)
            self._book.index_done(
                source, state, fetched, listed=len(read.children), children=children, settled=False, good=True
            )
        else:
            self._book.commit(source, state, fetched, [read])
