"""When the dispatcher works: as soon as alerts are made, and at the time that it names itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime
from typing import Protocol

from corpus.clock import Clock

log = logging.getLogger(__name__)


class Dispatcher(Protocol):
    """Delivers what is due."""

    async def step(self) -> datetime | None:
        """Deliver what is due now; gives when to come back, None if nothing waits."""

    async def close(self, grace: float) -> None:
        """Take nothing new; give deliveries under way so many seconds."""


class Dispatching:
    """Calls `step` of a dispatcher, one at a time.

    Args:
        dispatcher: what delivers.
        clock: the present time.
        poll_seconds: longest wait between two steps; alerts made by a command wait no longer than that.
        rest_seconds: shortest wait, unless new alerts are made.
        close_seconds: how long deliveries under way may take at the end.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        *,
        poll_seconds: float = 30.0,
        rest_seconds: float = 0.2,
        close_seconds: float = 10.0,
    ) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._rest_seconds = rest_seconds
        self._close_seconds = close_seconds
        self._woken = asyncio.Event()
        self._stopped = False

    def wake(self) -> None:
        """Alerts were made, or the clock jumped: step now."""
        self._woken.set()

    def stop(self) -> None:
        """Begin no further step; `run` returns once the dispatcher is closed."""
        self._stopped = True
        self._woken.set()

    async def run(self) -> None:
        """Step until `stop`. An error is logged, and the next step comes after the longest wait."""
        try:
            while not self._stopped:
                self._woken.clear()
                wait = await self._step()
                if not self._stopped:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), wait)
        finally:
            await self._dispatcher.close(self._close_seconds)

    async def _step(self) -> float:
        """One step; gives the seconds to wait for the next one."""
        try:
            return self._wait(await self._dispatcher.step())
        except Exception:  # whatever one delivery or the database raised, the others go on
            log.exception("dispatch_failed")
            return self._poll_seconds

    def _wait(self, due: datetime | None) -> float:
        if due is None:
            return self._poll_seconds
        left = (due - self._clock()).total_seconds()
        return min(self._poll_seconds, max(self._rest_seconds, left))
