"""Reading an outlet's sources: conditional fetch, discovery, new links and the source's state in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from corpus.clock import Clock
from crawler import discovery
from crawler.baseline import silenced
from crawler.fetch import Disallowed, Fetched, Fetcher, NotNow
from crawler.job import Problem
from crawler.judging import ParseTimeout, within
from crawler.ledger import Ledger
from crawler.options import CrawlOptions
from crawler.outlet import Outlet, Source
from crawler.responses import HOST_TROUBLE
from crawler.tally import Tally
from storage.links import NewLink
from storage.sources import SourceState

PATIENCE = 3
"""A source that failed so often in a row is asked less and less often, down to once in six hours."""
LONGEST_WAIT = timedelta(hours=6)
ALWAYS_READ = 2
"""The best feed and the front page are read in every run."""
_GRADES = {"confirmed": 0, "candidate": 1, "assumed": 2}


class SourceReader:
    """Reads all sources of one outlet, one after the other."""

    def __init__(
        self,
        outlet: Outlet,
        options: CrawlOptions,
        ledger: Ledger,
        fetcher: Fetcher,
        clock: Clock,
        tally: Tally,
        progress: Callable[[dict[str, object]], None],
    ) -> None:
        self._outlet = outlet
        self._options = options
        self._ledger = ledger
        self._fetcher = fetcher
        self._clock = clock
        self._tally = tally
        self._progress = progress

    async def read_all(self) -> None:
        """Read the sources that are due, the most important first, then those that were not read for longest.

        Half of the run's time and a part of the day's budget stay for pages: an outlet with dozens of sources, or
        with a long Crawl-delay, has them read in turns. Three failures of the server in a row end the reading.

        Raises:
            RunOver: the run's time is up.
        """
        in_a_row = asked = 0
        states = {source.url: self._state(source) for source in self._outlet.sources}
        for number, source in enumerate(in_order(self._outlet, states)):
            state = states[source.url]
            if not is_due(state, self._clock(), self._options.first_backoff):
                continue
            if number >= ALWAYS_READ and not self._fetcher.has_spare(source.url):
                return
            if (asked or self._links_wait()) and not self._fetcher.has_time(source.url):
                return
            asked += 1
            try:
                await self._fetcher.turn(source.url)
                fetched = await self._get(source, state)
            except Disallowed as error:
                self._tally.note(error.problem)
                self._tally.forbidden = True
                self._failed(state, "disallowed", error.problem.detail)
                continue
            except NotNow as error:
                self._tally.note(error.problem)
                self._tally.barred = True
                continue
            self._take(source, state, fetched)
            in_a_row = in_a_row + 1 if fetched.response in HOST_TROUBLE else 0
            if in_a_row >= PATIENCE:
                return

    def _links_wait(self) -> bool:
        return self._ledger.links.count_due(self._outlet.slug, self._clock()) > 0

    def _state(self, source: Source) -> SourceState:
        known = self._ledger.sources.get(self._outlet.slug, source.url)
        return known or SourceState(self._outlet.slug, source.url, source.kind)

    async def _get(self, source: Source, state: SourceState) -> Fetched:
        self._progress({"step": "source", "url": source.url})
        options = self._options
        limit = options.feed_bytes if source.kind == "feed" else options.page_bytes
        if not self._same_rules(state):  # read again what the old rules have read
            return await self._fetcher.get(source.url, limit=limit)
        return await self._fetcher.get(source.url, limit=limit, etag=state.etag, last_modified=state.last_modified)

    def _take(self, source: Source, state: SourceState, fetched: Fetched) -> None:
        """Write what one response says of a source."""
        if fetched.response == "not_modified" or (fetched.response == "ok" and self._hash(fetched) == state.body_hash):
            self._tally.answers += 1
            self._tally.stats["sources_read"] += 1
            self._ledger.sources.save(self._complete(state, state.links))
            return
        if fetched.response != "ok":
            self._tally.stats["failed"] += 1
            self._tally.note(Problem(fetched.response, source.url, fetched.detail))
            self._failed(state, fetched.response, fetched.detail)
            return
        self._tally.answers += 1
        self._listing(source, state, fetched)

    def _listing(self, source: Source, state: SourceState, fetched: Fetched) -> None:
        now = self._clock()
        # Written before the parser sees it: a listing that kills the process is asked less and less often, so that
        # the outlet's other sources and its pages have their turn.
        self._failed(state, "ok", "crashed")
        try:
            read = within(
                self._options.parse_seconds,
                lambda: discovery.read_source(
                    self._outlet,
                    source,
                    fetched.body,
                    base_url=fetched.final_url,
                    content_type=fetched.header("content-type"),
                    now=now,
                ),
            )
        except ParseTimeout:
            read = discovery.SourceRead((), False, "too_complex")
        links = self._marked(source, state, [_new_link(found, source.url) for found in read.links], now)
        if read.problem == "empty_listing" and source.kind == "section":
            # A page for repairs, or one that needs JavaScript: nothing was read, so it is no baseline.
            state = replace(state, checked_at=now, response="ok", failures=0)
        elif read.complete:
            state = replace(
                self._complete(state, len(links)),
                etag=fetched.header("etag"),
                last_modified=fetched.header("last-modified"),
                body_hash=self._hash(fetched),
            )
            self._tally.stats["sources_read"] += 1
        else:
            self._tally.stats["failed"] += 1
            state = replace(state, checked_at=now, response="ok", failures=state.failures + 1, error=read.problem)
        if read.problem:
            self._tally.note(Problem(f"source_{read.problem}", source.url, f"{len(links)} links"))
            state = replace(state, error=read.problem)
        with self._ledger.database.write():
            self._tally.stats["links_new"] += self._ledger.links.add_new(self._outlet.slug, links, now)
            self._ledger.sources.save(state)

    def _marked(self, source: Source, state: SourceState, links: list[NewLink], now: datetime) -> list[NewLink]:
        """The links with what decides whether their articles alert; known ones as later reads show them."""
        slug, prior = self._outlet.slug, state.last_complete_at
        known = self._ledger.links.known(slug, [link.canonical_url for link in links])
        fresh = [link for link in links if link.canonical_url not in known]
        usual = self._ledger.links.found_per_day(slug, now)
        marked = list(silenced(fresh, prior_read_at=prior, now=now, usual_per_day=usual))
        if prior is not None:
            marked += [replace(link, prior_read_at=prior) for link in links if link.canonical_url in known]
        return marked

    def _complete(self, state: SourceState, links: int) -> SourceState:
        now = self._clock()
        return replace(
            state,
            first_complete_at=state.first_complete_at or now,
            last_complete_at=now,
            checked_at=now,
            response="ok",
            failures=0,
            links=links,
            error=None,
        )

    def _failed(self, state: SourceState, response: str, detail: str) -> None:
        self._ledger.sources.save(
            replace(state, checked_at=self._clock(), response=response, failures=state.failures + 1, error=detail[:300])
        )

    def _hash(self, fetched: Fetched) -> str:
        """The body's hash, tied to the rules that read it: other rules find other links in the same body."""
        return f"{self._outlet.rules_version[:16]}:{fetched.body_hash()}"

    def _same_rules(self, state: SourceState) -> bool:
        return state.body_hash is not None and state.body_hash.startswith(f"{self._outlet.rules_version[:16]}:")


def in_order(outlet: Outlet, states: Mapping[str, SourceState]) -> list[Source]:
    """An outlet's sources as a run asks them: its best feed and its front page, then the rest; of both the longest
    unread first."""
    feeds = sorted((source for source in outlet.sources if source.kind == "feed"), key=lambda s: _GRADES[s.grade])
    first = feeds[:1] + [source for source in outlet.sources if source.url == outlet.home]
    rest = [source for source in outlet.sources if source not in first]
    return [s for part in (first, rest) for s in sorted(part, key=lambda source: _when(states[source.url].checked_at))]


def _when(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def is_due(state: SourceState, now: datetime, first_wait: timedelta) -> bool:
    """Whether a source is asked in this run: always, but after three failures at doubling distances, at most 6 h."""
    if state.failures < PATIENCE or state.checked_at is None or state.checked_at > now:
        return True
    wait = min(first_wait * 2 ** min(state.failures - PATIENCE, 20), LONGEST_WAIT)
    return bool(now - state.checked_at >= wait)


def _new_link(found: discovery.FoundLink, source_url: str) -> NewLink:
    return NewLink(found.url, found.canonical_url, source_url, found.title, found.published)
