"""The daemon: plain asyncio round the timetable, the crawl workers, the intake process and the dispatcher.

It runs no reactor and no parser; all its database work is in one thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from corpus.clock import Clock, now
from corpus.errors import WorkError
from scheduler.database_thread import DatabaseThread, InDatabase
from scheduler.dispatching import Dispatcher, Dispatching
from scheduler.intake_process import IntakeProcess, IntakeTimes
from scheduler.rounds import Rounds
from scheduler.supervisor import Limits, Supervisor
from scheduler.timer import ApschedulerTimer, Timer
from scheduler.timetable import Beat, jump
from storage.locks import daemon_lock
from storage.retention import careful_now, prune_archive

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DaemonPlan:
    """All that the daemon needs to know. Times are seconds unless they are timedeltas."""

    folder: Path
    """The data folder."""
    outlets: Mapping[str, timedelta]
    """Slug -> interval from start to start, for the outlets that are to be crawled."""
    worker_command: Sequence[str]
    intake_command: Sequence[str]
    dispatcher: Callable[[InDatabase], Dispatcher]
    """Makes the dispatcher; its database work goes through what it is handed."""
    looks: Collection[str] = ()
    """Slugs of merged outlets, which are looked at once a week."""
    workers: int = 3
    wall_seconds: float = 210.0
    """How long a run may take before its worker is ended: its own limit (120), the last fetch (60) and parse (20)."""
    limits: Limits = field(default_factory=Limits)
    intake_times: IntakeTimes = field(default_factory=IntakeTimes)
    stop_seconds: float = 13.0
    """Whatever still works so long after the signal to stop is left to the next start."""
    archive_keep: timedelta | None = None
    """How long raw responses are kept; None: for ever."""
    checkpoint_seconds: float = 3600.0
    beat_seconds: float = 1.0
    clock: Clock = now
    monotonic: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    """Random numbers from 0 up to 1, for the jitter."""
    timer: Callable[[], Timer] = ApschedulerTimer
    stderr: IO[bytes] | int | None = None
    """Where the children's stderr goes; inherited if None."""


async def run_daemon(plan: DaemonPlan, *, stop: asyncio.Event | None = None) -> int:
    """Run until SIGTERM, SIGINT or `stop`; gives the exit code 0.

    Call it in the process's main thread (`asyncio.run`): signals need it, and so do children that ask to
    die with their parent.

    Raises:
        LockHeld: another daemon runs on this data folder.
        WorkError: as Database.open says.
    """
    stop = stop or asyncio.Event()
    with contextlib.suppress(OSError):
        # Made here, so that the lock's folder does not make it with wider rights; the lock tells what is wrong.
        plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with daemon_lock(plan.folder / "locks"), _signals(stop):
        database = DatabaseThread(plan.folder)
        try:
            await _Daemon(plan, database).run(stop)
        finally:
            await database.close()
    return 0


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class _Daemon:
    """The parts and their life, from the first plan to the last row."""

    def __init__(self, plan: DaemonPlan, database: DatabaseThread) -> None:
        self._plan = plan
        self._database = database
        self._supervisor = Supervisor(
            plan.worker_command,
            workers=plan.workers,
            wall_seconds=plan.wall_seconds,
            limits=plan.limits,
            stderr=plan.stderr,
        )
        self._dispatching = Dispatching(plan.dispatcher(database), plan.clock)
        self._intake = IntakeProcess(
            plan.intake_command, self._dispatching.wake, times=plan.intake_times, stderr=plan.stderr
        )
        self._timer = plan.timer()
        self._rounds = Rounds(
            plan.outlets,
            looks=plan.looks,
            runner=self._supervisor,
            timer=self._timer,
            database=database,
            clock=plan.clock,
            chance=plan.chance,
            on_news=self._intake.go,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, or until a part fails that must not: then stop, and raise its error."""
        stopping = asyncio.create_task(stop.wait())
        try:
            preparing = asyncio.create_task(self._prepare())
            await _first_of(stopping, preparing)
            if not preparing.done():
                preparing.cancel()
                return
            preparing.result()
            await self._serve(stopping)
        finally:
            stopping.cancel()

    async def _prepare(self) -> None:
        await self._rounds.close_dead_runs(ours=True)
        self._timer.start(self._rounds.due)
        await self._rounds.plan()
        log.info("daemon_started", extra={"folder": str(self._plan.folder), "outlets": len(self._plan.outlets)})

    async def _serve(self, stopping: asyncio.Task[Any]) -> None:
        ticking = [asyncio.create_task(self._beat()), asyncio.create_task(self._hourly())]
        working = [asyncio.create_task(self._rounds.work()) for _ in range(self._plan.workers)]
        working += [asyncio.create_task(self._intake.run()), asyncio.create_task(self._dispatching.run())]
        try:
            await _first_of(stopping, *ticking, *working)
        finally:
            for task in ticking:
                task.cancel()
            await self._stop(working)
            ends = await asyncio.gather(*ticking, *working, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _stop(self, working: list[asyncio.Task[None]]) -> None:
        """Take no more work, end the workers, write their rows, end intake; all within `stop_seconds`."""
        log.info("daemon_stopping")
        self._timer.stop()
        self._rounds.stop()
        self._dispatching.stop()
        try:
            async with asyncio.timeout(self._plan.stop_seconds):
                await self._supervisor.stop()
                # Only now: what the workers stored last is still matched, or waits in the database.
                self._intake.stop()
                await asyncio.wait(working)
        except TimeoutError:
            log.error("stop_took_too_long", extra={"seconds": self._plan.stop_seconds})
        for task in working:
            task.cancel()

    async def _beat(self) -> None:
        """Compare both clocks each second; when the wall clock jumped, set every alarm anew."""
        before = self._now()
        while True:
            await asyncio.sleep(self._plan.beat_seconds)
            after = self._now()
            seconds = jump(before, after)
            before = after
            if seconds:
                log.warning("clock_jumped", extra={"seconds": round(seconds, 1)})
                await self._rounds.plan()
                self._timer.wake()
                self._dispatching.wake()
                self._intake.go()

    def _now(self) -> Beat:
        return Beat(self._plan.clock(), self._plan.monotonic())

    async def _hourly(self) -> None:
        """Keep the journal short, prune the archive where the configuration says so, close runs that died."""
        while True:
            await asyncio.sleep(self._plan.checkpoint_seconds)
            try:
                await self._database(lambda database: database.checkpoint())
            except WorkError as error:
                log.warning("checkpoint_later", extra={"code": error.code, "why": error.message})
            if self._plan.archive_keep is not None:
                await self._prune(self._plan.archive_keep)
            await self._rounds.close_dead_runs(ours=False)

    async def _prune(self, keep: timedelta) -> None:
        folder, moment = self._plan.folder / "archive", self._plan.clock()
        try:
            pruned = await self._database(
                lambda database: prune_archive(database, folder, keep, careful_now(folder, moment))
            )
        except WorkError as error:
            log.warning("prune_later", extra={"code": error.code, "why": error.message})
            return
        if pruned.files:
            log.info("archive_pruned", extra={"files": pruned.files, "bytes": pruned.bytes})


async def _first_of(*tasks: asyncio.Task[Any]) -> None:
    """Wait until one of them is done."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
