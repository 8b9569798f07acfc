"""The politeness sheet of an outlet: what was asked of it, how far apart, and what its servers said to that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from corpus.clock import HANOI
from crawler.fetching import robots
from crawler.fetching.guard import registrable
from crawler.fetching.politeness import of_day
from crawler.outlet import Outlet
from storage.database import Database
from storage.hosts import HostStore, RobotsState
from storage.runs import RunStore
from tintinh.config import Config

DAYS = 7
"""Days that the sheet shows, today among them."""


@dataclass(frozen=True, slots=True)
class HostSheet:
    """One host of an outlet. Counts, delay and pause are those of its registrable domain, which its hosts share.

    `delay` is what is kept between two requests (seconds): the configured one or robots.txt's wish, whichever is
    longer. `robots` is the last answer and `robots_since` the time of the last good copy, or of the first failure
    where it is unreachable; both None before the first request. `last_throttled_*` are of the last 429 or 503.
    """

    host: str
    domain: str
    requests: int
    bytes: int
    delay: float
    configured_delay: float
    crawl_delay: float | None
    robots: RobotsState | None
    robots_since: datetime | None
    last_throttled_at: datetime | None
    last_throttled_status: int | None
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """What the runs of one day (ISO date, Hà Nội) asked and got."""

    day: str
    runs: int
    requests: int
    bytes: int


@dataclass(frozen=True, slots=True)
class PolitenessSheet:
    """The hosts in use now; the last days, today first; the most requests that a host gets in a day."""

    hosts: tuple[HostSheet, ...]
    days: tuple[Day, ...]
    daily_requests: int


def politeness_sheet(database: Database | None, config: Config, outlet: Outlet, now: datetime) -> PolitenessSheet:
    """The sheet of one outlet; without a database that of an outlet that was never asked."""
    hosts = tuple(_host(database, config, host, now) for host in _in_use(outlet))
    return PolitenessSheet(hosts, tuple(_days(database, outlet.slug, now)), config.crawl.daily_requests)


def _in_use(outlet: Outlet) -> Iterator[str]:
    in_use = [host.name for host in outlet.hosts if host.until is None]
    yield from in_use or [host.name for host in outlet.hosts]


def _host(database: Database | None, config: Config, host: str, now: datetime) -> HostSheet:
    configured, domain = _configured_delay(config, host), registrable(host)
    if database is None:
        return HostSheet(host, domain, 0, 0, configured, configured, None, None, None, None, None, None)
    store = HostStore(database)
    state, copy = of_day(store.politeness(domain), now), store.robots(host)
    wish = robots.rules(copy, now).crawl_delay
    paused = state.blocked_until if state.blocked_until and state.blocked_until > now else None
    return HostSheet(
        host=host,
        domain=domain,
        requests=state.requests,
        bytes=state.bytes,
        delay=max(configured, wish or 0.0),
        configured_delay=configured,
        crawl_delay=wish,
        robots=copy.state,
        robots_since=copy.failing_since if copy.state == "unreachable" else copy.at,
        last_throttled_at=state.throttled_at,
        last_throttled_status=state.throttled_status,
        paused_until=paused,
    )


def _configured_delay(config: Config, host: str) -> float:
    mapped = host.lower() in config.network.resolve
    other = config.network.resolved_delay
    return other if mapped and other is not None else config.crawl.delay


def _days(database: Database | None, slug: str, now: datetime) -> Iterator[Day]:
    today = now.astimezone(HANOI).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    counts = RunStore(database).per_day(slug, first) if database else {}
    for back in range(DAYS):
        day = (today - timedelta(days=back)).date().isoformat()
        yield Day(day, **counts.get(day, {"runs": 0, "requests": 0, "bytes": 0}))
