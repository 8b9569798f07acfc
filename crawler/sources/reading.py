"""Reading an outlet's sources: conditional fetch, pages and sitemaps that they lead to, then the book is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.discovery.found import SourceRead
from crawler.fetching.fetch import Disallowed, Fetched, Fetcher, NotNow, RunOver
from crawler.fetching.responses import HOST_TROUBLE
from crawler.job import Problem
from crawler.options import CrawlOptions
from crawler.outlet import Source
from crawler.running import Running
from crawler.sources.asking import (
    ALWAYS_READ,
    PATIENCE,
    in_order,
    is_due,
    is_hopeless,
    wanted_children,
)
from crawler.sources.memory import READ, Memory
from crawler.sources.source_book import GOOD_LINKS, SourceBook
from storage.sources import SourceState

MOST_PAGES = 5
"""Further pages of a list that are read in one run, where its first page held nothing but news."""
MOST_CHILDREN = 3
"""Sitemaps of one index that are read in one run."""


@dataclass(slots=True)
class _Index:
    """How the reading of an index's sitemaps went.

    `children` count as known from now on; `settled`: none of them waits; `all_tried`: each that this run was to read
    was read, or has failed too often to be waited for.
    """

    children: Memory
    settled: bool
    good: bool = False
    all_tried: bool = True


class _BrokenOff(Exception):
    """The server had trouble in the middle of a list."""

    def __init__(self, page: Fetched) -> None:
        super().__init__(page.response)
        self.page = page


class SourceReader:
    """Reads all sources of one outlet, one after the other. `front`: the front page, if this run has read it."""

    def __init__(self, run: Running) -> None:
        self._run = run
        self.book = SourceBook(run.outlet, run.options, run.ledger, run.clock, run.tally, run.findings)
        self.front: Fetched | None = None

    async def read_all(self, *, all_of_them: bool = False) -> None:
        """Read the sources that are due, the most important first, then those that were not read for longest.

        Half of the run's time and a part of the day's budget stay for pages: an outlet with dozens of sources, or
        with a long Crawl-delay, has them read in turns. Three failures of the server in a row end the reading.

        Args:
            all_of_them: ask also those that never were a source (the run searches).

        Raises:
            RunOver: the run's time is up.
        """
        in_a_row = asked = 0
        states = {source.url: self.book.state(source) for source in self._run.outlet.sources}
        for number, source in enumerate(in_order(self._run.outlet, states)):
            state = states[source.url]
            if not is_due(state, self._run.clock(), self._run.options.first_backoff):
                continue
            if is_hopeless(self._run.outlet, source, state) and not all_of_them:
                continue
            if number >= ALWAYS_READ and not self._run.fetcher.has_spare(source.url):
                return
            if (asked or self._links_wait()) and not self._run.fetcher.has_time(source.url):
                return
            asked += 1
            try:
                fetched = await self._ask(source, state)
                if fetched is not None:
                    await self._take(source, state, fetched)
            except NotNow as error:
                self._run.tally.note(error.problem)
                self._run.tally.barred = True
                continue
            if fetched is not None:
                in_a_row = in_a_row + 1 if fetched.response in HOST_TROUBLE else 0
            if in_a_row >= PATIENCE:
                return

    def _links_wait(self) -> bool:
        return self._run.ledger.links.count_due(self._run.outlet.slug, self._run.clock()) > 0

    async def _ask(self, source: Source, state: SourceState) -> Fetched | None:
        """Fetch a source, conditionally where that can be; None where it may not be asked for."""
        try:
            await self._run.fetcher.turn(source.url)
        except Disallowed as error:
            self._run.tally.note(error.problem)
            self._run.tally.forbidden = True
            self.book.failed(state, "disallowed", error.problem.detail)
            return None
        self._run.progress({"step": "source", "url": source.url})
        fetched = await fetch_source(self._run.fetcher, self._run.options, source, **self.book.validators(state))
        if source.url == self._run.outlet.home and fetched.response == "ok":
            self.front = fetched
        return fetched

    async def _take(self, source: Source, state: SourceState, fetched: Fetched, since: datetime | None = None) -> bool:
        """Settle what one response says of a source; whether a body was read that proves it to be one."""
        if self.book.is_unchanged(state, fetched):
            self._run.tally.answers += 1
            self.book.unchanged(state, fetched)
            return False
        if fetched.response != "ok":
            self._refused(source, state, fetched)
            return False
        self._run.tally.answers += 1
        read = self.book.parsed(source, state, fetched)
        if read.children and state.parent is None:
            return await self._read_index(source, state, fetched, read)
        try:
            reads = [read, *await self._further_pages(source, state, read)]
        except (NotNow, RunOver):
            self.book.left_open(state)  # nothing of it is written: the next run meets the same gap
            raise
        except _BrokenOff as error:
            self._refused(source, state, error.page)
            return False
        return self.book.commit(source, state, fetched, reads, since)

    def _refused(self, source: Source, state: SourceState, fetched: Fetched) -> None:
        self._run.tally.stats["failed"] += 1
        if fetched.response == "moved":
            self._run.findings.moved(source.url, fetched.detail)
        else:
            self._run.tally.note(Problem(fetched.code, source.url, fetched.detail))
        self.book.failed(state, fetched.response, fetched.detail)

    async def _further_pages(self, source: Source, state: SourceState, first: SourceRead) -> list[SourceRead]:
        """Where a list that was read before shows nothing known, items have fallen off it: read on until one is met.

        Raises:
            NotNow, RunOver: the reading was broken off.
        """
        found: list[SourceRead] = []
        if source.kind == "sitemap" or state.last_complete_at is None or not first.complete or not first.links:
            return found
        page, met, patient = first, {source.url}, state.failures < PATIENCE
        while not self.book.knows_any(page):
            url = page.next_page
            read = None if url is None or url in met else await self._page(source, url, len(found), patient=patient)
            if url is None and found:
                break  # that was the whole list
            if read is None:
                if len(first.links) >= GOOD_LINKS:
                    what = f"nothing known on {len(found) + 1} pages: articles that left the list may have been missed"
                    self._run.tally.note(Problem("gap", source.url, what))
                break
            met.add(str(url))
            found.append(read)
            page = read
        return found

    async def _page(self, source: Source, url: str, number: int, *, patient: bool) -> SourceRead | None:
        """A further page of a list; None where it cannot be had, or shows no list.

        Raises:
            _BrokenOff: the server has trouble with it, and may be better at the next run (`patient`).
            NotNow, RunOver: it may not be asked for now.
        """
        if number >= MOST_PAGES or not self._run.fetcher.has_time(url) or not self._run.fetcher.has_spare(url):
            return None
        try:
            await self._run.fetcher.turn(url)
        except Disallowed:
            return None
        self._run.progress({"step": "source", "url": url})
        page = Source(source.kind, url, source.grade, source.listing)
        fetched = await fetch_source(self._run.fetcher, self._run.options, page)
        if fetched.response in HOST_TROUBLE and patient:
            raise _BrokenOff(fetched)
        if fetched.response != "ok":
            return None
        read = self.book.listed(page, fetched)
        return read if read.complete and read.links else None

    async def _read_index(self, source: Source, state: SourceState, fetched: Fetched, read: SourceRead) -> bool:
        listed = [child.url for child in read.children]
        try:
            went = await self._children(state, listed, read)
        except (NotNow, RunOver):
            self.book.left_open(state)
            raise
        if state.first_complete_at is None and not went.all_tried:
            self.book.left_open(state)  # the newest ones are the baseline: without them there is no first sight
            return False
        self.book.index_done(
            source,
            state,
            fetched,
            listed=len(listed),
            children=went.children,
            settled=went.settled,
            good=went.good,
        )
        self.book.forget_children(state, listed)
        return went.good

    async def _children(self, state: SourceState, listed: list[str], read: SourceRead) -> _Index:
        """Read those sitemaps of an index that are to be read now, at most three."""
        stored = self._run.ledger.sources.children(self._run.outlet.slug, state.url)
        wanted = wanted_children(
            read.children,
            stored,
            index=state,
            first_wait=self._run.options.first_backoff,
            now=self._run.clock(),
        )
        known = Memory(state.seen, children=True)
        if state.first_complete_at is None or READ not in known:
            known = known.with_(listed)
        dated = all(child.modified is not None for child in read.children)
        went = _Index(known, settled=dated and len(wanted) <= MOST_CHILDREN)
        for want in wanted[:MOST_CHILDREN]:
            child = Source("sitemap", want.child.url, "candidate")
            if not self._run.fetcher.has_spare(child.url) or not self._run.fetcher.has_time(child.url):
                went.settled = went.all_tried = False
                break
            own = self.book.state(child, parent=state.url)
            fetched = await self._ask(child, own)
            if fetched is None:
                continue
            went.good |= await self._take(child, own, fetched, want.since)
            after = self.book.state(child)
            if after.error is None and after.last_complete_at is not None:
                went.children = went.children.with_([child.url])
            else:
                went.settled = False
                went.all_tried &= after.failures >= PATIENCE
        return went


async def fetch_source(
    fetcher: Fetcher,
    options: CrawlOptions,
    source: Source,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Fetched:
    """Fetch a source whose turn it is, within the limit of its kind and with the headers that it needs.

    Raises:
        RunOver, NotNow, Spent: as Fetcher.get.
    """
    limits = {"feed": options.feed_bytes, "sitemap": options.sitemap_bytes}
    return await fetcher.get(
        source.url,
        limit=limits.get(source.kind, options.page_bytes),
        etag=etag,
        last_modified=last_modified,
        ajax=source.listing is not None and source.listing.ajax,
    )
