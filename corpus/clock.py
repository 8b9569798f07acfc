"""Times as the corpus writes them: aware, in Asia/Ho_Chi_Minh, RFC 3339 with seconds.

Vietnam has had no daylight saving time since 1975, so its zone is a fixed offset here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

HANOI = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]
"""A function that gives the present time, aware. Handed in, so that tests need not sleep."""


def now() -> datetime:
    """The present time in Hà Nội."""
    return datetime.now(HANOI)


def stamp(moment: datetime) -> str:
    """Write an aware time as RFC 3339 with seconds and `+07:00`.

    Raises:
        ValueError: the time is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"naive time: {moment!r}")
    return moment.astimezone(HANOI).isoformat(timespec="seconds")


def parse_stamp(text: str) -> datetime:
    """Read an RFC 3339 time; the result is aware and in Hà Nội's zone.

    Raises:
        ValueError: not a time, or a time without zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without zone: {text!r}")
    return moment.astimezone(HANOI)
