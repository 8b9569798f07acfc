"""Delivers what the outbox holds: claim with a lease, deliver, mark. In doubt it sends again, with the same id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from alerts.channels.base import Channel, PartlyDelivered, Receipt
from alerts.message import MAX_SENTENCES, AlertMessage
from corpus.clock import Clock
from corpus.errors import DeliveryError, UsageError, WorkError
from storage.database import Database
from storage.outbox import CHANNEL_REMOVED, TOPIC_REMOVED, Claimed, OutboxStore

T = TypeVar("T")

SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""Waits after the first, second ... failed try (Standard Webhooks); ten tries in about 75 hours."""
LEASE = timedelta(seconds=120)
POISON_WAIT = timedelta(hours=1)
LONGEST_WISH = timedelta(hours=24)
"""A receiver's Retry-After is honoured up to here."""
LONGEST_HOLD = timedelta(minutes=5)
"""A receiver that cannot be reached is left alone no longer than this before another alert tries it."""
UNREACHABLE = frozenset({"timeout", "connection", "dns", "tls", "private_address", "login"})
"""Codes that say something about the receiver, not about the alert."""
EARLY_TRIES = 6
"""Once a receiver is back, alerts that waited for it with this many tries or fewer come at once."""
OVERLOADED = frozenset({421, 429, 502, 503, 504})
"""The receiver's codes (SMTP and HTTP) that mean: not now."""
BACK_SOON = timedelta(seconds=5)

_log = logging.getLogger(__name__)


class InDatabase(Protocol):
    """Runs work with the daemon's database, in its one thread."""

    def __call__(self, work: Callable[[Database], T], /) -> Awaitable[T]:
        """Give what `work` gives, or raise what it raises."""


MakeChannel = Callable[[str, Mapping[str, Any]], Channel]
"""Kind and stored settings -> channel; raises UsageError."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an alert after a try. `hold_until`: the whole channel is left alone until then."""

    state: str
    next_at: datetime | None = None
    error: str | None = None
    status: int | None = None
    detail: str | None = None
    remaining: tuple[str, ...] | None = None
    hold_until: datetime | None = None


def decide(attempts: int, result: Receipt | Exception, now: datetime, jitter: float) -> Outcome:
    """Decide what becomes of an alert. Pure.

    Args:
        attempts: tries before this one.
        result: the receiver's yes, or what went wrong.
        now: the present time.
        jitter: 0 to 1, spreads the next try over a tenth of its wait.
    """
    if isinstance(result, Receipt):
        return Outcome("delivered", status=result.status, detail=result.detail)
    if isinstance(result, DeliveryError):
        code, retry, status, wish = result.code, result.retry, result.status, result.retry_after
        error = f"{code}: {result.message}"
        remaining = result.remaining if isinstance(result, PartlyDelivered) else None
    elif isinstance(result, UsageError):
        # Settings that do not fit any more, as after an upgrade: the user has the whole schedule to mend them.
        code, retry, status, wish = result.code, True, None, None
        error, remaining = f"{code}: {result.message}", None
    else:
        code, retry, status, wish = "unexpected", True, None, POISON_WAIT.total_seconds()
        error, remaining = f"{code}: {type(result).__name__}", None
    if not retry or attempts >= len(SCHEDULE):
        return Outcome("dead", error=error, status=status, remaining=remaining)
    wait = SCHEDULE[attempts] * (1 + 0.1 * jitter)
    wished = min(timedelta(seconds=wish), LONGEST_WISH) if wish is not None else timedelta()
    hold = None
    if code in UNREACHABLE or isinstance(result, UsageError) or status in OVERLOADED or (wished and status is not None):
        hold = now + max(min(wait, LONGEST_HOLD), wished)
    return Outcome("due", now + max(wait, wished), error, status, None, remaining, hold)


class Dispatcher:
    """Serves all channels at the same time, each one alert by one. One object, one event loop.

    Args:
        in_database: runs database work in the thread that owns the database.
        make_channel: makes a channel from its stored settings.
        clock: gives the present time.
        jitter: gives numbers from 0 to 1.
        sleep: waits; handed in for tests.
    """

    def __init__(
        self,
        in_database: InDatabase,
        make_channel: MakeChannel,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._in_database = in_database
        self._make_channel = make_channel
        self._clock = clock
        self._jitter = jitter
        self._sleep = sleep
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._begun = False
        self._stopping = False

    async def step(self, patience: float | None = 1.0) -> datetime | None:
        """Do all that is due now; give the time of the next due alert, None if none waits.

        A channel that is still busy after `patience` seconds (None: wait for all) goes on in the background, so
        that a slow receiver delays nobody else; then the time given is at most a few seconds ahead.

        Raises:
            WorkError: the database refuses and trying again cannot help.
        """
        try:
            if not self._begun:
                # One daemon a data folder, one dispatcher a daemon: whoever held a lease before is dead.
                await self._store(lambda outbox: outbox.release())
                self._begun = True
            due = await self._store(lambda outbox: outbox.due_channels(self._clock()))
            for channel in due:
                if channel not in self._serving and not self._stopping:
                    self._serving[channel] = asyncio.create_task(self._serve(channel), name=f"alerts to {channel}")
            if self._serving:
                await asyncio.wait(self._serving.values(), timeout=patience)
            troubled = self._collect()
            busy = set(self._serving)
            next_at = await self._store(lambda outbox: outbox.next_due(self._clock(), busy))
        except WorkError as error:
            if not error.retry:
                raise
            _log.warning("the outbox waits for the database", extra={"code": error.code})
            return self._clock() + BACK_SOON
        soon = self._clock() + BACK_SOON
        if troubled:
            return soon
        return soon if busy and (next_at is None or next_at > soon) else next_at

    async def close(self, grace: float = 10.0) -> None:
        """Take nothing new, give what is under way `grace` seconds, then stop it: its lease brings it back."""
        self._stopping = True
        if self._serving:
            _, late = await asyncio.wait(self._serving.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._serving.values(), return_exceptions=True)
        self._serving.clear()

    def _collect(self) -> bool:
        """Drop the channels that are served; true if one of them ended with an error."""
        troubled = False
        for channel, task in list(self._serving.items()):
            if task.done():
                del self._serving[channel]
                error = None if task.cancelled() else task.exception()
                if error is not None:
                    troubled = True
                    _log.error("serving a channel failed", exc_info=error, extra={"channel": channel})
        return troubled

    async def _serve(self, channel: str) -> None:
        while not self._stopping:
            claims = await self._store(lambda outbox: outbox.claim(self._clock(), lease=LEASE, channel=channel))
            if not claims:
                return
            await self._deliver(claims[0])

    async def _deliver(self, claimed: Claimed) -> None:
        if claimed.kind is None or claimed.topic_name is None:
            gone = TOPIC_REMOVED if claimed.topic_name is None else CHANNEL_REMOVED
            await self._mark(claimed, Outcome("dead", error=gone))
            return
        try:
            channel = self._make_channel(claimed.kind, claimed.settings)
            result: Receipt | Exception = await channel.deliver(_message(claimed, claimed.topic_name))
        except (DeliveryError, UsageError) as error:
            result = error
        except Exception as error:  # noqa: BLE001 - a poison row must not stop the queue; it moves an hour ahead
            _log.exception("delivering an alert failed in an unexpected way", extra={"alert": claimed.id})
            result = error
        await self._mark(claimed, decide(claimed.attempts, result, self._clock(), self._jitter()))

    async def _mark(self, claimed: Claimed, outcome: Outcome) -> None:
        """Write the outcome down. After the receiver's yes this must not fail while we live: else it is told twice."""
        now, wait = self._clock(), 1.0
        while True:
            try:
                await self._store(lambda outbox: _write(outbox, claimed, outcome, now))
                return
            except WorkError as error:
                if not error.retry:
                    raise
                _log.warning("marking an alert waits for the database", extra={"alert": claimed.id, "code": error.code})
                await self._sleep(wait)
                wait = min(wait * 2, 30.0)

    async def _store(self, work: Callable[[OutboxStore], T]) -> T:
        return await self._in_database(lambda db: work(OutboxStore(db)))


def _write(outbox: OutboxStore, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    if outcome.state == "delivered":
        outbox.delivered(
            claimed.id,
            now,
            status=outcome.status,
            detail=outcome.detail,
            waited_for=UNREACHABLE,
            early_tries=EARLY_TRIES,
        )
    elif outcome.state == "dead":
        outbox.dead(claimed.id, now, outcome.error or "", status=outcome.status, remaining=outcome.remaining)
    else:
        outbox.retry(
            claimed.id,
            now,
            outcome.next_at or now,
            outcome.error or "",
            status=outcome.status,
            remaining=outcome.remaining,
            hold_until=outcome.hold_until,
        )


def _message(claimed: Claimed, topic_name: str) -> AlertMessage:
    return AlertMessage(
        id=claimed.id,
        kind=claimed.match_kind,
        topic=claimed.topic,
        topic_name=topic_name,
        article_id=claimed.article_id,
        version=claimed.version,
        title=claimed.title,
        outlet=claimed.outlet,
        outlet_name=claimed.outlet_name,
        url=claimed.url,
        published=claimed.published,
        first_seen_at=claimed.first_seen_at,
        matched_at=claimed.matched_at,
        sentences=claimed.sentences[:MAX_SENTENCES],
        surfaces=claimed.surfaces,
        flags=claimed.flags,
        remaining=claimed.remaining,
    )
