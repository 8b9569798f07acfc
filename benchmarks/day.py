"""A simulated day of the sample press's papers, cloned to 35 outlets: requests, bytes, CPU, delay until stored.

The real crawl code over loopback, by a clock that jumps: waiting costs no time, fetching none of the day's. Runs
start when the timetable says so and one of three workers is free. `python -m benchmarks day [--outlets N] [--hours H]`
"""

from __future__ import annotations

import asyncio
import heapq
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from twisted.internet import asyncioreactor

from corpus.clock import HANOI, parse_stamp
from crawler.catalogue import load_catalogue
from crawler.crawl import Crawling, crawl
from crawler.fetching.fetch import Stop
from crawler.fetching.guard import PublicResolver, mapped_addresses
from crawler.job import Job, Report
from crawler.options import CrawlOptions
from crawler.outlet import Outlet
from samples.clones import Day, day_of, renamed
from samples.newsroom import Newsroom
from samples.press import OUTLETS, load_press
from samples.scenes import Scenes
from scheduler.timetable import LastRun, follow, jitter_of, next_run
from storage.archive import Archive
from storage.database import Database
from storage.sink import Sink

INTERVAL = timedelta(minutes=15)
WORKERS = 3
LISTED = 30
"""Articles that a list of these papers shows."""


class SimulatedClock:
    """The day's time. Each reading is a little later, so that nothing happens at one instant."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, tzinfo=HANOI)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=50)
        return self.now


class SimulatedStop(Stop):
    """Waits by moving the clock; ends the run when its seconds are used up, as the real deadline would."""

    def __init__(self, clock: SimulatedClock, seconds: float) -> None:
        super().__init__()
        self._clock = clock
        self._end = clock.now + timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Let the seconds pass on the clock alone."""
        self._clock.now += timedelta(seconds=seconds)
        if self._clock.now >= self._end:
            self.request()


@dataclass
class Figures:
    """What one outlet's day came to. Missed: not stored though published two intervals or more before the end."""

    runs: int = 0
    cpu: float = 0.0
    stats: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)


def main(outlets: int = 35, hours: float = 24.0) -> int:
    """Simulate, and print the figures of each outlet and of all."""
    day = day_of(load_press(), outlets, hours)
    # In memory where there is such a folder: the day is about CPU and requests, and waiting for a disk is neither.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tintinh-day-", dir=memory if memory.is_dir() else None) as folder:
        began = time.monotonic()
        result = _Simulation(Path(folder), day, hours).run()
        result["seconds_taken"] = round(time.monotonic() - began, 1)
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 0


class _Simulation:
    def __init__(self, folder: Path, day: Day, hours: float) -> None:
        self._day = day
        self._folder = folder
        self._clock = SimulatedClock()
        self._end = self._clock.now + timedelta(hours=hours)
        self._outlets = _outlets(folder, day)
        self._figures = {slug: Figures() for slug in self._outlets}
        self._loop = asyncio.new_event_loop()
        self._chance = random.Random(1)

    def run(self) -> dict[str, object]:
        asyncio.set_event_loop(self._loop)
        asyncioreactor.install(self._loop)  # type: ignore[no-untyped-call]
        from twisted.internet import reactor  # only now: importing it earlier would install another one

        database = Database.open(self._folder)
        scenes = Scenes(most=LISTED)
        with Newsroom(self._day.press, self._day.events, self._clock, scenes=scenes) as room:
            PublicResolver(reactor, mapped_addresses(room.hosts())).install_on_reactor()
            options = CrawlOptions(user_agent="tintinh/bench", contact="", delay=3.0, resolve=room.hosts())
            sink, archive = Sink(database, self._clock), Archive(self._folder / "archive", min_free_bytes=0)
            locks = self._folder / "locks"
            self._play(Crawling(self._outlets, options, database, sink, archive, locks, self._clock))
            self._clock.now = self._end
            self._delays(room, database)
            kinds = self._by_kind(room, database)
        database.close()
        return {"outlets": [_row(slug, f) for slug, f in self._figures.items()], **self._sum(), "by_source": kinds}

    def _play(self, crawling: Crawling) -> None:
        """One run after the other, each begun at its simulated moment: workers and outlets share nothing but that."""
        free = [self._clock.now] * WORKERS
        due = [(self._clock.now, place, slug) for place, slug in enumerate(self._outlets)]
        last: dict[str, LastRun] = {}
        while due and due[0][0] < self._end:
            moment, place, slug = heapq.heappop(due)
            start = max(moment, heapq.heappop(free))
            self._clock.now = start
            report = self._run(slug, crawling)
            ended = self._clock.now
            heapq.heappush(free, ended)
            last[slug] = follow(last.get(slug), start, ended, report.outcome)
            jitter = jitter_of(INTERVAL, self._chance.random())
            heapq.heappush(due, (next_run(last[slug], INTERVAL, ended, jitter=jitter), place, slug))

    def _run(self, slug: str, crawling: Crawling) -> Report:
        figures = self._figures[slug]
        figures.runs += 1
        stop = SimulatedStop(self._clock, crawling.options.max_seconds)
        job = Job(f"{slug}-{figures.runs}", slug)
        # The newsroom answers in other threads: this thread's time is the crawl's alone.
        before = time.thread_time()
        report = self._loop.run_until_complete(crawl(job, crawling, lambda event: None, stop=stop))
        figures.cpu += time.thread_time() - before
        figures.stats.update(report.stats)
        figures.stats[report.outcome] += 1
        return report

    def _delays(self, room: Newsroom, database: Database) -> None:
        kept = {row["url"]: row for row in database.rows("SELECT url, outlet, first_seen_at FROM articles")}
        for happening in room.log().happenings:
            slug = happening.key.partition("/")[0]
            if happening.at <= room.timeline.started:
                continue
            self._figures[slug].stats["published"] += 1
            if happening.url not in kept and happening.at < self._end - 2 * INTERVAL:
                self._figures[slug].stats["missed"] += 1
            if happening.url in kept:
                seen = parse_stamp(kept[happening.url]["first_seen_at"])
                self._figures[slug].delays.append((seen - happening.at).total_seconds() / 60)

    def _by_kind(self, room: Newsroom, database: Database) -> dict[str, dict[str, float]]:
        """Requests to each kind of source, and the new links that it was the first to show."""
        kinds = {url: kind for outlet in self._outlets.values() for url, kind in _kinds(outlet)}
        asked: Counter[str] = Counter()
        unchanged: Counter[str] = Counter()
        for request in room.log().requests:
            kind = kinds.get(f"https://{request.host}{request.path}", "pages, robots.txt and the search for sources")
            asked[kind] += 1
            unchanged[kind] += request.status == 304
        rows = database.rows("SELECT source_url, COUNT(*) AS n FROM links GROUP BY source_url")
        links = Counter({str(row["source_url"]): int(row["n"]) for row in rows})
        found: Counter[str] = Counter()
        for url, count in links.items():
            found[kinds.get(url, "other")] += count
        return {
            kind: {
                "requests": count,
                "unchanged": unchanged[kind],
                "links": found[kind],
                "links_per_request": round(found[kind] / count, 3),
            }
            for kind, count in sorted(asked.items())
        }

    def _sum(self) -> dict[str, object]:
        total = Figures()
        for figures in self._figures.values():
            total.runs += figures.runs
            total.cpu += figures.cpu
            total.stats += figures.stats
            total.delays += figures.delays
        hours = (self._end - datetime(2026, 3, 2, tzinfo=HANOI)) / timedelta(hours=1)
        share = total.cpu / (hours * 3600)
        daytime = {"share_of_a_core": round(share, 4), "sqlite": sqlite3.sqlite_version}
        return {"all": {**_row("all", total), **daytime}}


def _outlets(folder: Path, day: Day) -> dict[str, Outlet]:
    """The outlets of the clones, from their originals' files."""
    originals = {paper.slug: paper for paper in load_press().papers}
    (folder / "outlets").mkdir()
    for paper in day.press.papers:
        original = originals[day.originals[paper.slug]]
        text = (OUTLETS / f"{original.slug}.toml").read_text(encoding="utf-8")
        (folder / "outlets" / f"{paper.slug}.toml").write_text(renamed(text, original, paper), encoding="utf-8")
    return {slug: outlet for slug, outlet in load_catalogue(folder).items() if slug in day.originals}


def _kinds(outlet: Outlet) -> list[tuple[str, str]]:
    return [(source.url, "front page" if source.url == outlet.home else source.kind) for source in outlet.sources]


def _row(name: str, figures: Figures) -> dict[str, object]:
    stats, delays = figures.stats, sorted(figures.delays)
    outcomes = ("finished", "limit", "refused", "failed", "locked")
    return {
        "name": name,
        "runs": figures.runs,
        "requests": stats["requests"],
        "mib": round(stats["bytes"] / 2**20, 2),
        "cpu_seconds": round(figures.cpu, 2),
        "published": stats["published"],
        "stored": stats["new"],
        "missed": stats["missed"],
        "delay_minutes": {"median": _at(delays, 0.5), "p95": _at(delays, 0.95)},
        "outcomes": {outcome: stats[outcome] for outcome in outcomes if stats[outcome]},
    }


def _at(values: list[float], share: float) -> float | None:
    if not values:
        return None
    return round(statistics.median(values) if share == 0.5 else values[int(len(values) * share)], 1)
