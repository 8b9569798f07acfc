"""Whose turn it is: a run's waits for its hosts, kept in the database, and the run's own end."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from corpus.clock import Clock, stamp
from corpus.urls import host_of
from crawler.fetching import politeness
from crawler.fetching.guard import Gate
from crawler.job import Problem
from crawler.options import CrawlOptions
from storage.hosts import HostStore

_NO_LIMIT = 1_000_000_000


class RunOver(Exception):
    """The run ends here: its time is up or it was asked to stop. What is pending stays pending."""


class NotNow(Exception):
    """This host may not be asked now: robots.txt unknown, Retry-After, budget, or no contact given."""

    def __init__(self, problem: Problem, host: str) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.host = host
        """Which one: after a redirect not that of the URL that was asked for."""


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


class Turns:
    """Gives the turns of one run. Every request goes `wait`, request, `answered`; nothing is waited for in between.

    A request obeys the rows of its registrable host and of its servers. The daily budget is the host's: a shared
    machine has a delay and one connection, but no budget of its own.
    """

    def __init__(self, gate: Gate, options: CrawlOptions, hosts: HostStore, clock: Clock, stop: Stop) -> None:
        self._gate = gate
        self._options = options
        self._hosts = hosts
        self._clock = clock
        self._stop = stop
        self._deadline = time.monotonic() + options.max_seconds
        self._half_time = time.monotonic() + options.max_seconds / 2
        self.crawl_delays: dict[str, float] = {}
        """Seconds that the robots.txt of a host asks for, once it is known."""

    @property
    def half_over(self) -> bool:
        """Whether half of the run's time is used up."""
        return time.monotonic() >= self._half_time

    def has_spare(self, url: str, *, silent: bool = False) -> bool:
        """Whether the budget has room for a request that could wait for another run; `silent`: for a page that tells
        nobody."""
        state = self._hosts.politeness(self._gate.keys(host_of(url))[0])
        return politeness.has_spare(state, self._clock(), daily=self._options.daily_requests, silent=silent)

    def has_time(self, url: str) -> bool:
        """Whether a request would start in the first half of the run; the other half is for pages."""
        host, now, wait = host_of(url), self._clock(), 0.0
        for key in self._gate.keys(host):
            allowed = self._hosts.politeness(key).next_allowed_at
            wait = max(wait, (allowed - now).total_seconds()) if allowed else wait
        return time.monotonic() + min(wait, self._delay(host)) < self._half_time

    async def wait(self, url: str, *, revisit: bool) -> None:
        """Wait for the host's turn and take it.

        Raises:
            RunOver: the run's time is up, or it is to stop.
            NotNow: the host may not be asked now.
        """
        if self._stop.requested:
            raise RunOver
        host = host_of(url)
        if self._gate.target(host) is None and not self._options.contact:
            raise NotNow(Problem("no_contact", url, "public hosts are asked only with the operator's contact"), host)
        delay = self._delay(host)
        states = [self._hosts.politeness(key) for key in self._gate.keys(host)]
        budgets = [self._options.daily_requests, *[_NO_LIMIT] * (len(states) - 1)]
        now, seconds = self._clock(), 0.0
        for state, daily in zip(states, budgets, strict=True):
            turn = politeness.turn(state, now, delay=delay, daily=daily, revisit=revisit)
            if turn.verdict == "blocked":
                until = stamp(turn.until or now)
                raise NotNow(Problem("throttled", url, f"{state.host} asked for a pause until {until}"), host)
            if turn.verdict == "budget":
                raise NotNow(Problem("daily_budget", url, f"{daily} requests a day to {state.host}"), host)
            seconds = max(seconds, turn.seconds)
        if time.monotonic() + seconds >= self._deadline:
            raise RunOver
        if seconds:
            await self._stop.sleep(seconds)
        if self._stop.requested:
            raise RunOver
        hold = delay + self._options.fetch_seconds
        self._hosts.save_politeness(
            [politeness.started(state, self._clock(), hold=hold, revisit=revisit) for state in states]
        )

    def answered(
        self, url: str, *, received: int, status: int | None, retry_after: str | None = None, of_page: bool = True
    ) -> None:
        """Take down how a request ended; `status` None: without a response. `of_page` is false for robots.txt."""
        host, now = host_of(url), self._clock()
        wish: timedelta | None = politeness.retry_after(retry_after, now)
        states = [
            politeness.answered(
                self._hosts.politeness(key),
                now,
                delay=self._delay(host),
                received=received,
                status=status,
                retry_after=wish,
                of_page=of_page,
                first_backoff=self._options.first_backoff,
            )
            for key in self._gate.keys(host)
        ]
        self._hosts.save_politeness(states)

    def _delay(self, host: str) -> float:
        own = self._options.delay_for(self._gate.target(host) is not None)
        return max(own, self.crawl_delays.get(host, 0.0))
