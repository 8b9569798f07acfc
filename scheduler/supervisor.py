"""Crawl workers as child processes: started when needed, kept for many runs, ended when they go astray."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

from corpus.errors import WorkError
from crawler.job import Job, Problem, Report, report_from
from scheduler.child import LINE_BYTES, Child, resident_bytes

Progress = Callable[[dict[str, Any]], None]
"""Called with each line of a run that is no report: `{"event": "progress", ...}`."""

log = logging.getLogger(__name__)

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use, in seconds and bytes. Memory is watched on Linux only."""

    runs: int = 50
    recycle_bytes: int = 250 * _MIB
    """Above this at the end of a run the worker is replaced."""
    kill_bytes: int = 400 * _MIB
    """Above this at any time the worker is killed."""
    look_seconds: float = 1.0
    """How often a running worker's memory is looked at."""
    leave_seconds: float = 5.0
    """How long a worker that is replaced may take to leave by itself."""
    graces: tuple[float, ...] = (5.0, 3.0)
    """A TERM and a wait for each; then KILL to the group."""
    line_bytes: int = LINE_BYTES


class WorkerLost(Exception):
    """A worker gave no report; `code` is a key of the message table, `detail` English."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Supervisor:
    """Runs jobs in up to `workers` child processes, one job at a time each, never two of one outlet.

    Usable as an async context manager, which stops it at the end. For one event loop; start it in the
    process's main thread (a child that asks to die with its parent means the thread that made it).

    Args:
        command: the worker's command, without a shell.
        workers: how many processes at most.
        wall_seconds: how long a run may take before its worker is ended: the run's own limit and some grace.
            While it waits for a lock (a progress line with `"step": "lock"`, until the next line) it has all time.
        limits: everything else that a worker may use.
        stderr: where the workers' stderr goes; inherited if None.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        workers: int = 3,
        wall_seconds: float,
        limits: Limits | None = None,
        stderr: IO[bytes] | int | None = None,
    ) -> None:
        self._command = tuple(command)
        self._wall_seconds = wall_seconds
        self._limits = limits or Limits()
        self._stderr = stderr
        self._slots = asyncio.Semaphore(workers)
        self._outlets: dict[str, asyncio.Lock] = {}
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._stopping = False

    async def __aenter__(self) -> Supervisor:
        """Nothing starts before the first job."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all workers."""
        await self.stop()

    async def run(self, job: Job, on_progress: Progress | None = None) -> Report:
        """Run a job and give its report; waits for a free worker and for other jobs of the outlet.

        A worker that dies, hangs or grows too big costs this run only: the report's outcome is `killed`,
        with one problem (`worker_died`, `run_too_long`, `run_too_big`, `worker_not_started`, `run_stopped`).

        Raises:
            WorkError: `stopping`, where `stop` was called before the job began.
        """
        async with self._outlets.setdefault(job.outlet, asyncio.Lock()), self._slots:
            try:
                async with self._worker() as worker:
                    return await worker.run(job, self._wall_seconds, on_progress or _ignore)
            except WorkerLost as lost:
                code = "run_stopped" if self._stopping else lost.code
                log.warning("run_killed", extra={"outlet": job.outlet, "run": job.run, "code": code, "why": str(lost)})
                return Report(job.run, job.outlet, "killed", problems=(Problem(code, None, lost.detail),))

    async def stop(self) -> None:
        """End all workers, those at work too (their runs report what they can, or `killed`).

        Takes at most the sum of the graces and two seconds.
        """
        self._stopping = True
        await asyncio.gather(*(worker.child.end(self._limits.graces) for worker in self._all))

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[_Worker]:
        """A worker for one job: put back if it may serve again, else ended before the slot is free."""
        worker = await self._take()
        keep = False
        try:
            yield worker
            keep = not self._stopping and worker.may_serve_again()
        finally:
            if keep:
                self._idle.append(worker)
            else:
                await self._retire(worker)

    async def _take(self) -> _Worker:
        if self._stopping:
            raise WorkError("stopping", "tintinh is stopping", retry=True)
        while self._idle:
            worker = self._idle.pop()
            if worker.child.alive:
                return worker
            log.warning("worker_died_idle", extra={"child_pid": worker.child.pid, "why": worker.child.how_it_ended()})
            await self._retire(worker)
        try:
            child = await Child.start(
                self._command, name="worker", heard=_ignore, line_bytes=self._limits.line_bytes, stderr=self._stderr
            )
        except OSError as error:
            raise WorkerLost("worker_not_started", f"{self._command[0]}: {error}") from error
        worker = _Worker(child, self._limits)
        self._all.add(worker)
        if self._stopping:
            # stop() came while the process was being made and could not know of it.
            await self._retire(worker)
            raise WorkError("stopping", "tintinh is stopping", retry=True)
        log.debug("worker_started", extra={"child_pid": child.pid})
        return worker

    async def _retire(self, worker: _Worker) -> None:
        """End a worker: first let it leave by itself if it is idle and well."""
        if worker.idle and worker.child.alive:
            worker.child.close_stdin()
            await worker.child.gone(self._limits.leave_seconds)
        await worker.child.end(self._limits.graces)
        self._all.discard(worker)
        log.debug("worker_ended", extra={"child_pid": worker.child.pid, "runs": worker.runs})


class _Worker:
    """One worker process and the run that it has in hand."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self.child = child
        self.runs = 0
        self.idle = True
        self._limits = limits

    def may_serve_again(self) -> bool:
        """Whether it is well, not too old and not too big for another run."""
        size = resident_bytes(self.child.pid) or 0
        return self.child.alive and self.runs < self._limits.runs and size <= self._limits.recycle_bytes

    async def run(self, job: Job, wall_seconds: float, on_progress: Progress) -> Report:
        """Hand out the job and wait for its report.

        Raises:
            WorkerLost: it ended, hung or grew too big before it gave a report.
        """
        self.runs += 1
        self.idle = False
        current = _Run(job, wall_seconds, on_progress)
        self.child.heard = current.heard
        self.child.send(job.line())
        try:
            await self._watch(current)
            report = current.reported.result()
        finally:
            self.child.heard = _ignore
            current.reported.cancel()
        self.idle = True
        return report

    async def _watch(self, current: _Run) -> None:
        """Wait for the report; end the worker when it passes a limit. What it reports on TERM counts."""
        silence = asyncio.create_task(self.child.silent.wait())
        either: set[asyncio.Future[Any]] = {current.reported, silence}
        try:
            while not current.reported.done():
                look = min(self._limits.look_seconds, current.left())
                await asyncio.wait(either, timeout=look, return_when=asyncio.FIRST_COMPLETED)
                if current.reported.done():
                    return
                lost = await self._astray(current)
                if lost is not None and not current.reported.done():
                    raise lost
        finally:
            silence.cancel()

    async def _astray(self, current: _Run) -> WorkerLost | None:
        """End a worker that is dead, too big or too slow and say why; None if all is well."""
        size = resident_bytes(self.child.pid) or 0
        if not self.child.alive:
            # Its output ends a moment before it is gone: a TERM now would hide what it died of.
            await self.child.gone(1.0)
            await self.child.end(self._limits.graces)
            return WorkerLost("worker_died", f"the worker ended without a report: {self.child.how_it_ended()}")
        if size > self._limits.kill_bytes:
            self.child.kill()
            await self.child.end(self._limits.graces)
            return WorkerLost("run_too_big", f"the worker used {size // _MIB} MiB")
        if current.left() == 0:
            await self.child.end(self._limits.graces)
            return WorkerLost("run_too_long", f"the run did not end within {current.wall_seconds:g} s")
        return None


class _Run:
    """A run under way: how much time it has left, and its report once it is there."""

    def __init__(self, job: Job, wall_seconds: float, on_progress: Progress) -> None:
        loop = asyncio.get_running_loop()
        self.reported: asyncio.Future[Report] = loop.create_future()
        self.wall_seconds = wall_seconds
        self._job = job
        self._on_progress = on_progress
        self._time = loop.time
        self._deadline: float | None = loop.time() + wall_seconds

    def left(self) -> float:
        """Seconds until it has taken too long; infinite while it waits for a lock, 0 when over."""
        return math.inf if self._deadline is None else max(0.0, self._deadline - self._time())

    def heard(self, value: dict[str, Any]) -> None:
        """Keep its report, pass on the rest, skip another run's lines."""
        if value.get("run", self._job.run) != self._job.run or self.reported.done():
            log.warning("child_stale_line", extra={"outlet": self._job.outlet, "run": self._job.run})
        elif value.get("event") == "report":
            self.reported.set_result(report_from(value))
        else:
            if value.get("step") == "lock":
                self._deadline = None
            elif self._deadline is None:
                self._deadline = self._time() + self.wall_seconds
            self._on_progress(value)


def _ignore(value: dict[str, Any]) -> None:
    """A line while no job runs, or progress that nobody wants."""
