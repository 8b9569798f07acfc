"""One run of one outlet, from its sources to its revisits, as a stream of items that the spider yields."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.clock import Clock
from corpus.errors import TintinhError, WorkError
from corpus.urls import BadUrl, canonical_url, host_of
from crawler.fetching.fetch import Download, Fetcher, NotNow, RunOver, Stop
from crawler.fetching.guard import Gate
from crawler.fetching.responses import HOST_TROUBLE
from crawler.job import Job, Problem
from crawler.ledger import Ledger
from crawler.looking_back import LookBack
from crawler.options import CrawlOptions
from crawler.outlet import Outlet
from crawler.pipelines import ArticleItem
from crawler.probe import Probe
from crawler.running import Progress, Running
from crawler.sources.asking import PATIENCE
from crawler.sources.findings import Findings
from crawler.sources.reading import SourceReader
from crawler.sources.searching import Searcher
from crawler.tally import Tally
from crawler.visiting import Visitor
from storage.links import Link, NewLink


class Round:
    """The work of one job. `items` does it; `tally` then says how it went. Errors end the work, never the caller.

    A round: links that a dead run left, the sources, rejected links under new rules, then new links (newest first)
    and due revisits, those that tell nobody (silent ones) behind the others and only while the budget has room.
    A job with URLs: these links only, whatever their state. A look and a probe: looking_back.py, probe.py.
    `details` is what a probe found.
    """

    def __init__(
        self,
        job: Job,
        outlet: Outlet,
        outlets: Mapping[str, Outlet],
        options: CrawlOptions,
        ledger: Ledger,
        clock: Clock,
        progress: Progress,
        stop: Stop | None = None,
        *,
        overrides: Path | None = None,
    ) -> None:
        self.gate = Gate(outlet, options.resolve)
        self.ledger = ledger
        self.tally = Tally()
        self._job = job
        self._outlet = outlet
        self._outlets = outlets
        self._options = options
        self._clock = clock
        self._progress = progress
        self._stop = stop or Stop()
        self._findings = Findings(outlet, outlets, overrides, clock, self.tally)
        self._given_ids: list[int] = []
        self.details: dict[str, Any] = {}

    async def items(self, download: Download) -> AsyncIterator[ArticleItem]:
        """Do the work; every item that comes out must be stored before the next one is asked for."""
        parts = (self.gate, self._options, self.ledger.hosts, self._clock, download, self._stop)
        fetcher = Fetcher(*parts, permitted=self._outlet.permission is not None)
        try:
            async for item in self._work(fetcher):
                yield item
        except RunOver:
            self.tally.limited = True
        except Exception as error:  # noqa: BLE001 - a broken run is reported, it does not take the worker with it
            self._broken(error)
        self._add_up(fetcher)

    async def _work(self, fetcher: Fetcher) -> AsyncIterator[ArticleItem]:
        run = Running(
            self._outlet, self._outlets, self._options, self.ledger, fetcher, self._clock, self.tally,
            self._findings, self._progress,
        )  # fmt: skip
        reader = SourceReader(run)
        if self._job.kind == "look":
            await LookBack(run, reader.book).look()
            return
        if self._job.kind == "probe":
            self.details = await Probe(run, reader.book, self.gate).run()
            return
        visitor = Visitor(run, self._stop)
        for left in self.ledger.links.begin_run(self._outlet.slug, self._clock()):
            self.tally.note(Problem("crashed", left.url, f"attempt {left.attempt} did not end"))
        searcher = Searcher(run, reader.book)
        if self._job.kind == "round":
            visitor.revive(self.gate)
            await reader.read_all(all_of_them=searcher.is_due())
            await searcher.search(reader.front)
            async for item in self._judge_again(visitor, fetcher):
                yield item
            number = self.ledger.links.count_due(self._outlet.slug, self._clock())
            wanted = self._due()
        else:
            given = self._given()
            wanted, number = iter(given), len(given)
        async for item in self._visit(visitor, fetcher, wanted, number):
            yield item
        if self._job.kind == "round":
            with suppress(RunOver):  # all else is done: what is left of the search is no reason to begin anew at once
                await searcher.search(reader.front, to_the_end=True)

    async def _judge_again(self, visitor: Visitor, fetcher: Fetcher) -> AsyncIterator[ArticleItem]:
        """Judge rejected links under new rules, for half of the run's time; the next runs do the rest."""
        rules = (self._outlet.slug, self._outlet.rules_version)
        for link in self.ledger.links.rejected_under_other_rules(*rules, self._clock()):
            await asyncio.sleep(0)  # a wish to stop is heard only between two steps of the loop
            if self._stop.requested:
                raise RunOver
            if fetcher.half_over:
                return
            try:
                item = visitor.judge_again(link)
            except WorkError as error:  # the archive was pruned or is damaged: the page is fetched again
                self.tally.note(Problem(error.code, link.url, error.message))
                self.ledger.links.retry(link.id, reason=None, next_at=self._clock())
                continue
            if item is not None:
                yield item
                await visitor.settle_stored(item)

    def _due(self) -> Iterator[Link]:
        """The links that are due, each once. Those that the run passes over stay due, however many: the next ones are
        looked for behind them, or a barred host's would keep all others out."""
        met, most = set[int](), self._options.max_pages * 2
        while found := self.ledger.links.due(self._outlet.slug, self._clock(), most + len(met)):
            fresh = [link for link in found if link.id not in met]
            if not fresh:
                return
            met.update(link.id for link in fresh)
            most = max(most, len(met))
            yield from fresh

    async def _visit(
        self, visitor: Visitor, fetcher: Fetcher, wanted: Iterator[Link], number: int
    ) -> AsyncIterator[ArticleItem]:
        """Visit links until the run's pages are used up. Passed over are hosts that may not be asked, and what is
        silent where the budget has no room for it: the rest of the day is for news."""
        pages, in_a_row, closed, dear = 0, 0, set[tuple[str, bool]](), set[str]()
        given = self._job.kind == "urls"
        for link in wanted:
            host, again = host_of(link.url), link.article_id is not None
            if (host, again) in closed or (host, False) in closed:
                continue
            if link.silent is not None and not given and (host in dear or not fetcher.has_spare(link.url, silent=True)):
                dear.add(host)
                continue
            if pages >= self._options.max_pages:
                self.tally.limited = True
                return
            try:
                place = (pages + 1, min(number, self._options.max_pages))
                fetched, item = await visitor.visit(link, force=given, place=place)
            except NotNow as error:
                self.tally.note(error.problem)
                self.tally.barred = True
                closed.add((error.host, again))
                continue
            if item is not None:
                yield item
                await visitor.settle_stored(item)
            if fetched is None:
                continue
            if fetched.response == "moved":
                self._findings.moved(link.url, fetched.detail)
            pages += 1
            troubled = fetched.response in HOST_TROUBLE
            self.tally.answers += not troubled
            in_a_row = in_a_row + 1 if troubled else 0
            if in_a_row >= PATIENCE:  # a server in trouble is left alone until the outlet's next turn
                return

    def _given(self) -> list[Link]:
        """The links of the job's URLs; unknown ones of the outlet's hosts become links first."""
        found, slug = [], self._outlet.slug
        for url in self._job.urls:
            try:
                canonical = canonical_url(url, keep_query=self._outlet.keep_query)
            except BadUrl as error:
                self._not_ours(url, str(error))
                continue
            if not self._outlet.has_host(host_of(url)):
                self._not_ours(url, f"{host_of(url)} is no host of {slug}")
                continue
            self.tally.stats["links_new"] += self.ledger.links.add_new(slug, [NewLink(url, canonical)], self._clock())
            link = self.ledger.links.get(slug, canonical)
            if link is not None:
                found.append(link)
                self._given_ids.append(link.id)
        return found

    def _not_ours(self, url: str, detail: str) -> None:
        self.tally.stats["failed"] += 1
        self.tally.note(Problem("not_this_outlet", url, detail))

    def _broken(self, error: Exception) -> None:
        code = error.code if isinstance(error, TintinhError) else "internal"
        self.tally.broken = True
        self.tally.note(Problem(code, None, f"{type(error).__name__}: {error}"))

    def _add_up(self, fetcher: Fetcher) -> None:
        if self._job.kind != "look":  # a merged paper's server that is gone is no problem
            for problem in fetcher.traffic.notes:
                if problem.code == "moved" and problem.url:  # a robots.txt that left, and the whole paper with it
                    self._findings.moved(problem.url, problem.detail)
                else:
                    self.tally.note(problem)
        self.tally.stats["requests"] = fetcher.traffic.requests
        self.tally.stats["bytes"] = fetcher.traffic.bytes
        with suppress(WorkError):  # a full disk is told already; the count is only a figure
            self.tally.stats["pending"] = self._pending()
            self._verified()

    def _pending(self) -> int:
        """What a round leaves to be fetched now; of given URLs, those that are tried again, now or later."""
        if self._job.kind != "urls":
            return self.ledger.links.count_due(self._outlet.slug, self._clock())
        found = (self.ledger.links.by_id(link) for link in self._given_ids)
        return sum(link is not None and link.state == "pending" for link in found)

    def _verified(self) -> None:
        """Note that articles were read on the live site."""
        if any(self.tally.stats[what] for what in ("new", "changed", "same")):
            state = self.ledger.outlets.get(self._outlet.slug)
            self.ledger.outlets.save(replace(state, verified_at=self._clock()))
