"""Crawls of the sample press with the real crawl code, in the test's own time: a newsroom, a data folder, rounds."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from alerts.intake import TopicBook, run_intake
from crawler.catalogue import load_catalogue
from crawler.crawl import Crawling, crawl
from crawler.fetching.guard import mapped_addresses
from crawler.job import Job, Problem, Report
from crawler.options import CrawlOptions
from crawler.outlet import Outlet
from crawler.override_file import accept_host
from samples.clones import renamed
from samples.faults import Fault
from samples.newsroom import Newsroom
from samples.outcome import Outcome, against_given_robots, before_retry_after, expected
from samples.press import HERE, OUTLETS, Press, load_press
from samples.scenes import NO_SCENES, Scenes
from samples.schedule import Event, plan
from storage.archive import Archive
from storage.channels import Channel, ChannelStore
from storage.database import Database
from storage.links import Link, LinkStore
from storage.sink import Sink
from storage.sources import SourceState, SourceStore
from storage.topics import Topic, TopicStore
from tests.crawler.press import LOOP, RESOLVER, Clock

SONG_LINH = "baosonglinh.example"
HOUR = 3600.0
LIVE = 2 * HOUR
"""In this time all live articles of a newsroom of these tests appear."""


@cache
def press_of(*slugs: str) -> Press:
    """The sample press, or these papers of it."""
    return load_press(slugs or None)


@cache
def outlets() -> dict[str, Outlet]:
    """The outlets of the sample press."""
    return {slug: outlet for slug, outlet in load_catalogue(HERE).items() if (HERE / "papers" / slug).is_dir()}


@cache
def listen_to(addresses: frozenset[str]) -> None:
    """Let crawls of this process connect to these loopback addresses."""
    RESOLVER._mapped |= addresses  # the one resolver of this process: other tests take it to be installed


@dataclass
class NewsBench:
    """One data folder and one newsroom. `problems` holds what the reports said: (hours after the start, problem)."""

    folder: Path
    press: Press
    room: Newsroom
    clock: Clock
    options: CrawlOptions
    outlets: dict[str, Outlet]
    db: Database
    problems: list[tuple[float, str, Problem]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    _runs: Iterator[int] = field(default_factory=itertools.count)

    def crawling(self) -> Crawling:
        archive = Archive(self.folder / "archive", min_free_bytes=0)
        sink = Sink(self.db, self.clock)
        locks, overrides = self.folder / "locks", self.folder / "overrides"
        return Crawling(self.outlets, self.options, self.db, sink, archive, locks, self.clock, overrides=overrides)

    def round(self, *slugs: str, urls: tuple[str, ...] = ()) -> dict[str, Report]:
        """One run of these outlets (all of the press), and a pass of intake."""
        reports = {}
        for slug in slugs or [paper.slug for paper in self.press.papers]:
            job = Job(f"run-{next(self._runs)}", slug, "urls" if urls else "round", urls)
            coming = crawl(job, self.crawling(), lambda event: None)
            reports[slug] = LOOP.run_until_complete(asyncio.wait_for(coming, 60))
            self.problems += [(self.hours(), slug, problem) for problem in reports[slug].problems]
        self.reports += reports.values()
        run_intake(self.db, TopicBook(self.db), self.clock, lambda: None)
        return reports

    def play(self, *hours: float) -> None:
        """A round at each of these moments (hours after the start, growing)."""
        for hour in hours:
            self.clock.now = max(self.clock.now, self.room.timeline.started + timedelta(hours=hour))
            self.round()

    def tune(self, **changes: object) -> None:
        """Change the crawl's options."""
        self.options = replace(self.options, **changes)  # type: ignore[arg-type]

    def accept_host(self, slug: str, host: str) -> None:
        """The user agrees that a host which was proposed is the paper's."""
        overrides = self.folder / "overrides"
        accept_host(overrides, slug, host)
        self.outlets = {**self.outlets, slug: load_catalogue(HERE, overrides=overrides)[slug]}

    def hours(self) -> float:
        """Hours since the start."""
        return (self.clock.now - self.room.timeline.started).total_seconds() / HOUR

    def codes(self, since: float = 0.0, until: float = 1e9) -> set[str]:
        """The codes of the problems that were told in this time."""
        return {problem.code for hour, _, problem in self.problems if since <= hour < until}

    def source(self, url: str, slug: str = "baosonglinh") -> SourceState:
        state = SourceStore(self.db).get(slug, url)
        assert state is not None, url
        return state

    def link(self, url: str, slug: str = "baosonglinh") -> Link:
        link = LinkStore(self.db).get(slug, url)
        assert link is not None, url
        return link

    def has_link(self, url: str, slug: str = "baosonglinh") -> bool:
        return LinkStore(self.db).get(slug, url) is not None

    def url_of(self, key: str) -> str:
        """The address under which an article appeared."""
        return next(h.url for h in self.room.log().happenings if h.key == key)

    def stored(self) -> list[str]:
        """The addresses of all stored articles, in the order of their coming."""
        return [row["url"] for row in self.db.rows("SELECT url FROM articles ORDER BY seen_order")]

    def alerts(self) -> Counter[tuple[str, str]]:
        """How often each (topic, address) was told."""
        rows = self.db.rows("SELECT o.topic, a.url FROM outbox o JOIN articles a ON a.id = o.article_id")
        return Counter((row["topic"], row["url"]) for row in rows)

    def page_requests(self, since: float = 0.0, until: float = 1e9) -> list[str]:
        """The paths that were asked for in this time, robots.txt aside."""
        started = self.room.timeline.started
        return [
            request.path
            for request in self.room.log().requests
            if request.path != "/robots.txt"
            if since <= (request.at - started).total_seconds() / HOUR < until
        ]

    def outcome(self) -> Outcome:
        return expected(self.press, self.room.log())

    def check(self) -> None:
        """Nothing missed, nothing doubled, nothing told wrongly, no request against robots or before Retry-After."""
        outcome, stored, alerts = self.outcome(), self.stored(), self.alerts()
        requests = self.room.log().requests
        assert outcome.stored - set(stored) == set(), "missed"
        assert [url for url, count in Counter(stored).items() if count > 1] == [], "stored twice"
        kept = Counter(row["title"] for row in self.db.rows("SELECT title FROM articles"))
        shown = Counter({h.key: self.press.article(h.key).title for h in self.room.log().happenings}.values())
        assert [title for title, count in kept.items() if count > max(1, shown[title])] == [], "stored under two ids"
        assert [key for key, count in alerts.items() if count > 1] == [], "told twice"
        assert outcome.must - set(alerts) == set(), "not told"
        assert set(alerts) - outcome.must - outcome.may == set(), "told wrongly"
        assert against_given_robots(requests, "tintinh") == (), "against robots.txt"
        assert before_retry_after(requests) == (), "before Retry-After"


@contextmanager
def newsroom_bench(
    folder: Path,
    press: Press,
    *,
    faults: tuple[Fault, ...] = (),
    scenes: Scenes = NO_SCENES,
    events: tuple[Event, ...] | None = None,
    known: dict[str, Outlet] | None = None,
) -> Iterator[NewsBench]:
    """A newsroom whose live articles appear within LIVE of the start (or by these events), ready to be crawled.

    `known` is the catalogue, if it is not the sample press's own.
    """
    clock = Clock()
    planned = plan(press, LIVE) if events is None else events
    with Newsroom(press, planned, clock, scenes=scenes, faults=faults) as room:
        resolve = room.hosts()
        listen_to(mapped_addresses(resolve))
        options = CrawlOptions(
            user_agent="tintinh/0.1",
            contact="",
            delay=0.0,
            max_seconds=30.0,
            daily_requests=100_000,
            resolve=resolve,
            fetch_seconds=10.0,
        )
        db = Database.open(folder)
        try:
            _watch(db, press, clock)
            catalogue = known or {paper.slug: outlets()[paper.slug] for paper in press.papers}
            yield NewsBench(folder, press, room, clock, options, catalogue, db)
        finally:
            db.close()


def at_host(folder: Path, press: Press, slug: str, host: str) -> tuple[Press, dict[str, Outlet]]:
    """The press with a paper at another host name, and its catalogue. Only names under a public suffix are told of as
    a paper's new home, and `.example` is none."""
    papers = tuple(replace(paper, host=host) if paper.slug == slug else paper for paper in press.papers)
    (folder / "outlets").mkdir(parents=True)
    for old, new in zip(press.papers, papers, strict=True):
        text = (OUTLETS / f"{old.slug}.toml").read_text(encoding="utf-8")
        (folder / "outlets" / f"{old.slug}.toml").write_text(renamed(text, old, new), encoding="utf-8")
    return replace(press, papers=papers), load_catalogue(folder)


def _watch(db: Database, press: Press, clock: Clock) -> None:
    """All topics of the press, told to a webhook that nobody delivers to."""
    ChannelStore(db).add(Channel("hook", "webhook", {"url": "https://nhan.example/"}, clock()))
    for topic in press.topics:
        TopicStore(db).add(Topic(topic.slug, topic.name, topic.query, ("hook",), 3.0, 1, clock()))
