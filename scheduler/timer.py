"""The one timer: APScheduler with one dated job for each outlet, kept in memory only.

What is due when is decided in `timetable.py` and kept in the database; a job here is no more than an alarm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from corpus.clock import HANOI

Fire = Callable[[str, datetime], None]
"""Called in the event loop with the key and the time for which it was set."""


class Timer(Protocol):
    """Alarms by key, one each; for one event loop."""

    def start(self, fire: Fire) -> None:
        """Begin to fire."""

    def set(self, key: str, due: datetime) -> None:
        """Set or move the alarm of a key; a time that has passed fires at once."""

    def wake(self) -> None:
        """Look at the clock now, after it jumped."""

    def stop(self) -> None:
        """Fire no more."""


class ApschedulerTimer:
    """A Timer by APScheduler 3.

    Its defaults drop what is a second late (`misfire_grace_time`) and sleep through a clock that is set
    back; hence grace None, and the daemon sets every alarm anew and calls `wake` after a jump.
    """

    def __init__(self) -> None:
        self._scheduler: Any = AsyncIOScheduler(  # type: ignore[no-untyped-call]  # APScheduler 3 has no types
            timezone=HANOI, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._fire: Fire | None = None

    def start(self, fire: Fire) -> None:
        """Begin to fire; must be called in the event loop."""
        self._fire = fire
        self._scheduler.start()

    def set(self, key: str, due: datetime) -> None:
        """Set or move the alarm of a key.

        Raises:
            ValueError: the time is naive; APScheduler would read it in another zone than was meant.
        """
        if due.tzinfo is None:
            raise ValueError(f"naive time: {due!r}")
        self._scheduler.add_job(self._ring, "date", run_date=due, args=[key, due], id=key, replace_existing=True)

    def wake(self) -> None:
        """Look at the clock now."""
        self._scheduler.wakeup()

    def stop(self) -> None:
        """Fire no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _ring(self, key: str, due: datetime) -> None:
        # A coroutine, since APScheduler runs plain functions in threads.
        if self._fire is not None:
            self._fire(key, due)
