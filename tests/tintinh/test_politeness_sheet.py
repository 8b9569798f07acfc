"""The politeness sheet: counts of today and of a week, the delay that is kept, robots.txt, pauses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.outlet import Host, Outlet
from storage.database import Database
from storage.hosts import HostState, HostStore, RobotsCopy
from storage.runs import RunStore
from tests.alerts.stock import NOON
from tintinh.config import Config, Place, load_config
from tintinh.politeness_sheet import DAYS, politeness_sheet

OUTLET = Outlet(
    "baothu", "Báo Thử", "active", None, (Host("old.example", until=2019), Host("bao.example.com")), "https://x/"
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(Place(tmp_path / "none.toml", tmp_path), {})


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path)
    yield database
    database.close()


def test_an_outlet_that_was_never_asked(config: Config) -> None:
    sheet = politeness_sheet(None, config, OUTLET, NOON)
    (host,) = sheet.hosts
    assert (host.host, host.domain, host.delay, host.robots) == ("bao.example.com", "example.com", 3.0, None)
    assert [(day.runs, day.requests) for day in sheet.days] == [(0, 0)] * DAYS


def test_what_the_servers_said(db: Database, config: Config) -> None:
    day = NOON.date().isoformat()
    state = HostState(
        "example.com", day=day, requests=12, bytes=3456, blocked_until=NOON + timedelta(hours=1),
        throttled_at=NOON - timedelta(minutes=5), throttled_status=429,
    )  # fmt: skip
    HostStore(db).save_politeness([state])
    body = b"User-agent: *\nCrawl-delay: 10\nDisallow: /a\n"
    HostStore(db).save_robots(RobotsCopy("bao.example.com", body, NOON - timedelta(hours=2), "rules", NOON))
    (host,) = politeness_sheet(db, config, OUTLET, NOON).hosts
    assert (host.requests, host.bytes) == (12, 3456)
    assert (host.delay, host.configured_delay, host.crawl_delay) == (10.0, 3.0, 10.0)
    assert (host.robots, host.robots_since) == ("rules", NOON - timedelta(hours=2))
    assert (host.last_throttled_status, host.paused_until) == (429, NOON + timedelta(hours=1))


def test_counts_and_pauses_of_yesterday_are_over(db: Database, config: Config) -> None:
    yesterday = (NOON - timedelta(days=1)).date().isoformat()
    state = HostState("example.com", day=yesterday, requests=12, blocked_until=NOON - timedelta(minutes=1))
    HostStore(db).save_politeness([state])
    copy = RobotsCopy("bao.example.com", state="unreachable", failing_since=NOON - timedelta(hours=3))
    HostStore(db).save_robots(copy)
    (host,) = politeness_sheet(db, config, OUTLET, NOON).hosts
    assert (host.requests, host.paused_until) == (0, None)
    assert (host.robots, host.robots_since) == ("unreachable", NOON - timedelta(hours=3))


def test_a_week_of_runs(db: Database, config: Config) -> None:
    runs = RunStore(db)
    for number, (slug, ago, requests) in enumerate(
        [("baothu", 0, 5), ("baothu", 0, 7), ("baothu", 1, 4), ("baothu", 9, 100), ("baokhac", 0, 50)]
    ):
        runs.begin(f"r{number}", slug, "round", NOON - timedelta(days=ago))
        runs.end(f"r{number}", "finished", {"requests": requests, "bytes": requests * 1000}, [], NOON)
    runs.begin("open", "baothu", "round", NOON)
    days = politeness_sheet(db, config, OUTLET, NOON).days
    assert [(day.runs, day.requests, day.bytes) for day in days[:3]] == [(3, 12, 12000), (1, 4, 4000), (0, 0, 0)]
    assert days[0].day == NOON.date().isoformat()
    assert len(days) == DAYS
