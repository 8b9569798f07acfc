"""Fetching, one request after the other: gate, robots.txt, budget and delay first, then a classified response."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scrapy import Request
from scrapy.http import Response

from corpus.clock import Clock, stamp
from corpus.urls import host_of, resolve
from crawler import politeness, robots
from crawler.failures import classify_failure, describe
from crawler.guard import Gate
from crawler.job import Problem
from crawler.options import CrawlOptions
from crawler.responses import ResponseClass, classify
from storage.hosts import HostStore, RobotsCopy

Download = Callable[[Request], Awaitable[Response]]
"""Scrapy's engine: one request through its middlewares and handler."""

REDIRECTS = 5
_REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response and its class. Header names are as sent; the body is decoded. Without a response status is None."""

    response: ResponseClass
    url: str
    final_url: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    detail: str = ""

    def header(self, name: str) -> str | None:
        """The first header of this name (any case), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def body_hash(self) -> str:
        """SHA-256 of the decoded body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


class RunOver(Exception):
    """The run ends here: its time is up or it was asked to stop. What is pending stays pending."""


class NotNow(Exception):
    """This host may not be asked now: robots.txt unknown, Retry-After, budget, or no contact given."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Disallowed(Exception):
    """This URL may not be asked for: robots.txt forbids it, or the gate refuses it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Stop:
    """Lets someone outside end a run at its next safe point."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.judging = False
        """True while a page is parsed and stored: a process that dies now is charged to its link."""

    def request(self) -> None:
        """End the run at its next safe point."""
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether the run is to end."""
        return self._event.is_set()

    async def sleep(self, seconds: float) -> None:
        """Wait so long, or until the run is to end."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return


@dataclass(slots=True)
class Traffic:
    """What a run has sent and received."""

    requests: int = 0
    bytes: int = 0
    notes: list[Problem] = field(default_factory=list)


class Fetcher:
    """Fetches for one run of one outlet. Call `turn` for a URL, then `get`: between the two nothing is waited for.

    Every request and every hop of a redirect passes the gate, robots.txt (unless the paper permitted otherwise
    in writing) and the host's delay and budget. All waits are kept in the database by host.
    """

    def __init__(
        self,
        gate: Gate,
        options: CrawlOptions,
        hosts: HostStore,
        clock: Clock,
        download: Download,
        stop: Stop,
        *,
        permitted: bool,
    ) -> None:
        self._gate = gate
        self._options = options
        self._hosts = hosts
        self._clock = clock
        self._download = download
        self._stop = stop
        self._permitted = permitted
        self._deadline = time.monotonic() + options.max_seconds
        self._half_time = time.monotonic() + options.max_seconds / 2
        self._rules: dict[str, robots.Rules] = {}
        self.traffic = Traffic()

    def has_spare(self, url: str) -> bool:
        """Whether the budget has room for a request that could wait for another run."""
        state = self._hosts.politeness(self._gate.keys(host_of(url))[0])
        return politeness.has_spare(state, self._clock(), daily=self._options.daily_requests)

    @property
    def half_over(self) -> bool:
        """Whether half of the run's time is used up."""
        return time.monotonic() >= self._half_time

    def has_time(self, url: str) -> bool:
        """Whether a request would start in the first half of the run; the other half is for pages."""
        now, wait = self._clock(), 0.0
        for key in self._gate.keys(host_of(url)):
            allowed = self._hosts.politeness(key).next_allowed_at
            wait = max(wait, (allowed - now).total_seconds()) if allowed else wait
        return time.monotonic() + min(wait, politeness.LONGEST_CRAWL_DELAY) < self._half_time

    async def turn(self, url: str, *, revisit: bool = False) -> None:
        """Wait until this URL may be asked for.

        Raises:
            RunOver: the run's time is up, or it is to stop.
            NotNow: its host may not be asked now.
            Disallowed: robots.txt or the gate forbids this URL.
        """
        reason = self._gate.refusal(url)
        if reason is not None:
            raise Disallowed(Problem("refused_address", url, reason))
        rules = await self._host_rules(url)
        if not rules.allow(url):
            raise Disallowed(Problem("robots_disallowed", url, "robots.txt forbids it"))
        await self._wait(url, delay=rules.crawl_delay or 0.0, revisit=revisit)

    async def get(
        self,
        url: str,
        *,
        limit: int,
        etag: str | None = None,
        last_modified: str | None = None,
        revisit: bool = False,
    ) -> Fetched:
        """Fetch a URL whose turn it is; conditional where a validator is given.

        Args:
            limit: bytes of the decoded body.

        Raises:
            RunOver, NotNow: a redirect led on, and its next hop may not be asked now.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        return await self._follow(url, headers, limit, revisit=revisit, for_robots=False)

    async def _follow(
        self, url: str, headers: Mapping[str, str], limit: int, *, revisit: bool, for_robots: bool
    ) -> Fetched:
        current, met = url, {url}
        for _ in range(REDIRECTS + 1):
            fetched, location = await self._once(url, current, headers, limit)
            if location is None:
                return fetched
            target = resolve(current, location)
            reason = "not an http address" if target is None else self._gate.refusal(target)
            if target is None or reason is not None:
                return _away(fetched, f"redirects to {location[:200]}: {reason}")
            if target in met:
                return _away(fetched, f"redirects in a circle at {target}")
            try:
                if for_robots:
                    await self._wait(target, delay=0.0, revisit=revisit)
                else:
                    await self.turn(target, revisit=revisit)
            except Disallowed as error:
                return _away(fetched, f"redirects to {target}: {error}")
            met.add(target)
            current = target
        return _away(fetched, f"more than {REDIRECTS} redirects")

    async def _once(self, url: str, current: str, headers: Mapping[str, str], limit: int) -> tuple[Fetched, str | None]:
        """One request; with a redirect, also where to."""
        request = Request(
            current,
            headers=dict(headers),
            dont_filter=True,
            meta={"download_maxsize": limit, "download_timeout": self._options.fetch_seconds},
        )
        self.traffic.requests += 1
        try:
            response = await self._download(request)
        except Exception as error:  # noqa: BLE001 - whatever one server or its bytes provoke is that fetch's failure
            return Fetched(classify_failure(error), url, current, detail=describe(error)), None
        pairs = tuple(_pairs(response))
        lower = {name.lower(): value for name, value in reversed(pairs)}
        self.traffic.bytes += len(response.body)
        location = _text(lower.get("location")) if response.status in _REDIRECT_CODES else None
        if len(response.body) > limit:
            kind: ResponseClass = "too_large"
        else:
            kind = classify(response.status, lower, response.body, url, current)
        if kind == "not_modified" and not headers:
            kind = "error"  # nothing was known that could be unchanged
        detail = "" if kind in ("ok", "not_modified") else f"HTTP status {response.status}"
        self._note_answer(current, throttled=response.status in (429, 503), retry_after=lower.get("retry-after"))
        return Fetched(kind, url, current, response.status, pairs, response.body, detail), location

    async def _host_rules(self, url: str) -> robots.Rules:
        """The rules of a URL's host, asked for where the copy is old; NotNow where none may be relied on."""
        host = host_of(url)
        if self._permitted:
            return robots.ALL_ALLOWED
        if host not in self._rules:
            copy = self._hosts.robots(host)
            if robots.is_due(copy, self._clock()):
                copy = await self._ask_robots(copy, url.partition("://")[0] + f"://{host}/robots.txt")
            self._rules[host] = robots.rules(copy, self._clock())
            if copy.state == "unreachable":
                since = stamp(copy.failing_since or self._clock())
                self.traffic.notes.append(Problem("robots_unreachable", f"//{host}/robots.txt", f"since {since}"))
        if not self._rules[host].known:
            raise NotNow(Problem("robots_unreachable", f"//{host}/robots.txt", "no usable copy"))
        return self._rules[host]

    async def _ask_robots(self, copy: RobotsCopy, place: str) -> RobotsCopy:
        await self._wait(place, delay=0.0, revisit=False)
        answer = await self._follow(place, {}, self._options.page_bytes, revisit=False, for_robots=True)
        copy = robots.after_answer(
            copy, answer.response, answer.status, answer.body, self._clock(), self._options.first_backoff
        )
        if copy.state == "rules" and not robots.says_something(answer.body):
            self.traffic.notes.append(Problem("robots_without_rules", place, "no line of it is a rule: all is allowed"))
        self._hosts.save_robots(copy)
        return copy

    async def _wait(self, url: str, *, delay: float, revisit: bool) -> None:
        """Wait for the host's turn and take it."""
        if self._stop.requested:
            raise RunOver
        host = host_of(url)
        mapped = self._gate.target(host) is not None
        if not mapped and not self._options.contact:
            raise NotNow(Problem("no_contact", url, "public hosts are asked only with the operator's contact"))
        delay = max(delay, self._options.delay_for(mapped))
        states = [self._hosts.politeness(key) for key in self._gate.keys(host)]
        # The budget is the host's; a shared machine has a delay and one connection, but no budget of its own.
        budgets = [self._options.daily_requests, *[_NO_LIMIT] * (len(states) - 1)]
        now, seconds = self._clock(), 0.0
        for state, daily in zip(states, budgets, strict=True):
            turn = politeness.turn(state, now, delay=delay, daily=daily, revisit=revisit)
            if turn.verdict == "blocked":
                until = stamp(turn.until or now)
                raise NotNow(Problem("throttled", url, f"{state.host} asked for a pause until {until}"))
            if turn.verdict == "budget":
                raise NotNow(Problem("daily_budget", url, f"{daily} requests a day to {state.host}"))
            seconds = max(seconds, turn.seconds)
        if time.monotonic() + seconds >= self._deadline:
            raise RunOver
        if seconds:
            await self._stop.sleep(seconds)
        if self._stop.requested:
            raise RunOver
        self._hosts.save_politeness(
            [politeness.started(state, self._clock(), delay=delay, revisit=revisit) for state in states]
        )

    def _note_answer(self, url: str, *, throttled: bool, retry_after: str | None) -> None:
        now: datetime = self._clock()
        wish: timedelta | None = politeness.retry_after(retry_after, now) if throttled else None
        changed = []
        for key in self._gate.keys(host_of(url)):
            old = self._hosts.politeness(key)
            new = politeness.answered(
                old, now, throttled=throttled, retry_after=wish, first_backoff=self._options.first_backoff
            )
            if new != old:
                changed.append(new)
        if changed:
            self._hosts.save_politeness(changed)


_NO_LIMIT = 1_000_000_000


def _away(fetched: Fetched, detail: str) -> Fetched:
    return Fetched("redirected_away", fetched.url, fetched.final_url, fetched.status, fetched.headers, b"", detail)


def _text(header: str | None) -> str | None:
    """A header that holds an address: papers write its Vietnamese letters as UTF-8, unescaped."""
    if header is None or header.isascii():
        return header
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


def _pairs(response: Response) -> list[tuple[str, str]]:
    """All headers, in Latin-1 as they came over the wire."""
    found = []
    for name, values in response.headers.items():
        found += [(name.decode("latin-1"), value.decode("latin-1")) for value in values]
    return found
