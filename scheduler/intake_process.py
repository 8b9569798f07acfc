"""The intake step as a long-running child process: nudged when there is news, started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from scheduler.child import Child

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeTimes:
    """How the intake process is treated, in seconds."""

    nudge: float = 5.0
    """Without news it is told to look this often (rows of a command, rows that failed before)."""
    first_again: float = 1.0
    """Wait before it is started again; doubles with each death in a row."""
    last_again: float = 60.0
    well: float = 60.0
    """Having lived this long, it starts again with the first wait."""
    leave: float = 2.0
    """How long it may take to leave after the end of its input."""
    graces: tuple[float, ...] = (1.0,)
    """Then a TERM and a wait for each; then KILL to the group."""


class IntakeProcess:
    """Keeps one intake process: writes `go` lines, reads JSON lines.

    Args:
        command: its command, without a shell.
        on_alerts: called when a line `{"event": "intake", "alerts": n}` says that alerts were made.
        times: see IntakeTimes.
        stderr: where its stderr goes; inherited if None.
    """

    def __init__(
        self,
        command: Sequence[str],
        on_alerts: Callable[[], None],
        *,
        times: IntakeTimes | None = None,
        stderr: IO[bytes] | int | None = None,
    ) -> None:
        self._command = tuple(command)
        self._on_alerts = on_alerts
        self._times = times or IntakeTimes()
        self._stderr = stderr
        self._news = asyncio.Event()
        self._stopped = asyncio.Event()

    def go(self) -> None:
        """There is news: let it look now."""
        self._news.set()

    async def run(self) -> None:
        """Keep it running until `stop`; returns when the process is gone."""
        again = self._times.first_again
        loop = asyncio.get_running_loop()
        while not self._stopped.is_set():
            began = loop.time()
            await self._one_life()
            if self._stopped.is_set():
                return
            if loop.time() - began >= self._times.well:
                again = self._times.first_again
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), again)
            again = min(again * 2, self._times.last_again)

    def stop(self) -> None:
        """End it: first the end of its input, then TERM, then KILL; `run` returns soon after."""
        self._stopped.set()
        self._news.set()

    async def _one_life(self) -> None:
        try:
            child = await Child.start(self._command, name="intake", heard=self._heard, stderr=self._stderr)
        except OSError as error:
            log.error("intake_not_started", extra={"why": f"{self._command[0]}: {error}"})
            return
        log.info("intake_started", extra={"child_pid": child.pid})
        try:
            await self._nudge(child)
        finally:
            child.close_stdin()
            await child.gone(self._times.leave)
            await child.end(self._times.graces)
            level = logging.INFO if self._stopped.is_set() else logging.ERROR
            log.log(level, "intake_ended", extra={"child_pid": child.pid, "why": child.how_it_ended()})

    async def _nudge(self, child: Child) -> None:
        """Write a line on news and every few seconds, as long as it lives and nobody stopped it."""
        self._news.set()
        silence = asyncio.create_task(child.silent.wait())
        try:
            while child.alive and not self._stopped.is_set():
                news = asyncio.create_task(self._news.wait())
                await asyncio.wait({news, silence}, timeout=self._times.nudge, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                self._news.clear()
                if not self._stopped.is_set():
                    child.send("go")
        finally:
            silence.cancel()

    def _heard(self, value: dict[str, Any]) -> None:
        log.debug("intake_said", extra={"said": value})
        alerts = value.get("alerts")
        if value.get("event") == "intake" and isinstance(alerts, int) and alerts > 0:
            self._on_alerts()
