"""When an outlet is due: pure functions of its last run, its interval and the present time.

Nothing here reads a clock or a database; the daemon hands both in. All times are aware.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from corpus.clock import HANOI

KILLED_AGAIN = timedelta(minutes=1)
"""Wait after a run that was killed; doubles with each one in a row, never above the outlet's interval."""
LIMIT_AGAIN = timedelta(seconds=10)
"""Least time from start to start of runs that reach their limit, never above the outlet's interval."""
LOCKED_AGAIN = timedelta(seconds=30)
"""Wait when another process held the host, never above the outlet's interval."""
REFUSED_INTERVALS = 2
"""Intervals to wait when robots, Retry-After or the daily budget forbade all requests."""
WEEK = timedelta(days=7)
LOOK_AGAIN = timedelta(hours=1)
"""Wait after a look at a merged outlet that came to nothing (host in use, worker killed)."""
JITTER_SHARE = 0.05
"""Share of the interval by which runs are spread, so that outlets do not march in step."""
JUMP_SECONDS = 2.0
"""Difference between wall and monotonic clock, from one beat to the next, that counts as a jump."""


_A_MONDAY = datetime(2026, 1, 5, tzinfo=HANOI)


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the timetable knows of an outlet's last run.

    `outcome` None: it was cut off by the end of its own process or daemon, which says nothing of the outlet.
    `in_a_row` counts runs with this outcome.
    """

    started: datetime
    ended: datetime | None
    outcome: str | None
    in_a_row: int = 1


def next_run(last: LastRun | None, interval: timedelta, now: datetime, *, jitter: timedelta) -> datetime:
    """When an outlet is due; a time not after `now` means that it is due already, and since when.

    Args:
        last: its last run, None if it never ran.
        interval: wished time from start to start, above zero.
        now: the present time.
        jitter: added where the outlet keeps its interval (see `jitter_of`).

    A limit makes it due from the end of the run, so behind all that waited longer; a run that was cut off
    leaves it due since its start. A clock that went back
    must not silence an outlet: what lies further ahead than its wait allows is due now.
    """
    if last is None or last.started > now:
        return now
    since, wait = _since_and_wait(last, interval)
    if last.outcome in ("finished", "failed", "refused"):
        wait += jitter
    due = since + wait
    return now if due > now + wait else due


def _since_and_wait(last: LastRun, interval: timedelta) -> tuple[datetime, timedelta]:
    ended = last.ended or last.started
    match last.outcome:
        case "limit":
            least = last.started + min(LIMIT_AGAIN, interval)
            return ended, max(timedelta(0), least - ended)
        case "locked":
            return ended, min(LOCKED_AGAIN, interval)
        case "refused":
            return last.started, REFUSED_INTERVALS * interval
        case None:
            return last.started, timedelta(0)
        case "killed":
            doublings = min(last.in_a_row - 1, 16)
            return ended, min(KILLED_AGAIN * 2**doublings, interval)
        case _:
            return last.started, interval


def next_look(slug: str, last: datetime | None, now: datetime) -> datetime:
    """When a merged outlet is looked at: once a week, at a moment of the week that is its slug's own, so that the
    looks are spread and a restart moves none.

    Args:
        last: the last look, None if there was none. A moment that was missed since then is due now.
    """
    share = int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4], "big") / 2**32
    first = _A_MONDAY + WEEK * share
    earliest = now if last is None or last > now else last + WEEK / 2
    return first + WEEK * math.ceil((earliest - first) / WEEK)


def follow(before: LastRun | None, started: datetime, ended: datetime, outcome: str) -> LastRun:
    """The record of a run that just ended, counting equal outcomes in a row."""
    again = before is not None and before.outcome == outcome
    return LastRun(started, ended, outcome, before.in_a_row + 1 if again and before else 1)


def jitter_of(interval: timedelta, chance: float) -> timedelta:
    """The spread of one run; `chance` is a random number from 0 up to 1."""
    return interval * (JITTER_SHARE * chance)


class Beat(NamedTuple):
    """Both clocks at one moment: the wall clock, and monotonic seconds that nobody can set."""

    wall: datetime
    monotonic: float


def jump(before: Beat, after: Beat) -> float:
    """Seconds by which the wall clock jumped between two beats; 0.0 where both clocks agree.

    Positive: set forward, or the machine slept (the monotonic clock stands still then). Negative: set back.
    """
    parted = (after.wall - before.wall).total_seconds() - (after.monotonic - before.monotonic)
    return parted if abs(parted) > JUMP_SECONDS else 0.0
