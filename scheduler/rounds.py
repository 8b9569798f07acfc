"""Rounds of all outlets: who is due is queued by lateness, crawled by a worker, written down, and set anew."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from corpus.clock import Clock
from corpus.errors import WorkError
from crawler.job import Job, JobKind, Problem, Report
from scheduler.database_thread import DatabaseThread
from scheduler.supervisor import Progress
from scheduler.timer import Timer
from scheduler.timetable import LOOK_AGAIN, LastRun, follow, jitter_of, next_look, next_run
from storage.database import Database
from storage.outlets import OutletStore
from storage.runs import Run, RunStore

DAEMON_RUN = "daemon-"
"""How the ids of the daemon's own runs begin: with the daemon's lock held, an unfinished one is dead."""
COMMAND_DEAD = timedelta(hours=1)
"""A run of a command that has had no end for so long is dead."""
CUT_OFF = ("run_stopped", "run_was_dead")
"""Problems of runs that ended with the daemon, by no fault of their outlet: it is due again at once."""

log = logging.getLogger(__name__)


class Runner(Protocol):
    """What runs a job; the supervisor is one."""

    async def run(self, job: Job, on_progress: Progress | None = None) -> Report:
        """Run the job and give its report; WorkError `stopping` where it did not begin."""


class Rounds:
    """The timetable at work. Each outlet is waiting for its alarm, queued, or running: never two of these.

    Args:
        outlets: slug -> interval between two starts; only outlets that are to be crawled.
        looks: slugs of merged outlets that are looked at once a week, none of them in `outlets`.
        runner: runs a job.
        timer: the alarms.
        database: the daemon's database thread.
        clock: the present time.
        chance: random numbers from 0 up to 1, for the jitter.
        on_news: called when a run stored, changed or removed something.
    """

    def __init__(
        self,
        outlets: Mapping[str, timedelta],
        *,
        looks: Collection[str] = (),
        runner: Runner,
        timer: Timer,
        database: DatabaseThread,
        clock: Clock,
        chance: Callable[[], float],
        on_news: Callable[[], None],
    ) -> None:
        self._outlets = dict(outlets)
        self._looks = frozenset(looks) - self._outlets.keys()
        self._runner = runner
        self._timer = timer
        self._database = database
        self._clock = clock
        self._chance = chance
        self._on_news = on_news
        self._last: dict[str, LastRun] = {}
        self._looked: dict[str, datetime | None] = {}
        self._look_again: dict[str, datetime] = {}
        self._busy: set[str] = set()
        self._due: asyncio.PriorityQueue[tuple[datetime, str]] = asyncio.PriorityQueue()
        self._stopping = asyncio.Event()

    async def plan(self) -> None:
        """Set every alarm anew from the database; outlets that are queued or running keep their turn."""
        runs, looked = await self._database.until_done(_planned, "plan")
        for slug in self._outlets:
            if slug not in self._busy:
                run = runs.get(slug)
                if run is None:
                    self._last.pop(slug, None)
                else:
                    self._last[slug] = _last_of(run)
                self._set_alarm(slug)
        for slug in self._looks - self._busy:
            self._looked[slug] = looked.get(slug)
            self._set_alarm(slug)

    def due(self, slug: str, due: datetime) -> None:
        """An alarm rang: queue the outlet, unless it is queued or running."""
        if (slug in self._outlets or slug in self._looks) and slug not in self._busy:
            self._busy.add(slug)
            self._due.put_nowait((due, slug))

    async def work(self) -> None:
        """Run who is due, the latest first, until `stop`. Start one of these for each worker."""
        while not self._stopping.is_set():
            slug = await self._next()
            if slug is not None:
                await self._round(slug)
                self._busy.discard(slug)
                self._set_alarm(slug)

    def stop(self) -> None:
        """Take no more work; `work` returns when its run is over."""
        self._stopping.set()

    async def close_dead_runs(self, *, ours: bool) -> None:
        """Close runs as `killed` whose process is gone.

        Args:
            ours: true closes the daemon's own (at its start, when all of them are an earlier daemon's);
                false those of commands that have had no end for an hour.
        """
        now = self._clock()
        dead = await self._database.until_done(lambda database: _close_dead(database, now, ours=ours), "close runs")
        for run in dead:
            log.warning("run_was_dead", extra={"outlet": run.outlet, "run": run.id})

    async def _next(self) -> str | None:
        """The latest outlet that is due, None once all stops."""
        getting = asyncio.ensure_future(self._due.get())
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({getting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                return None
            return getting.result()[1]
        finally:
            getting.cancel()
            stopping.cancel()

    async def _round(self, slug: str) -> None:
        kind: JobKind = "look" if slug in self._looks else "round"
        job = Job(DAEMON_RUN + uuid.uuid4().hex[:16], slug, kind)
        started = self._clock()
        log.info("run_started", extra={"outlet": slug, "run": job.run})
        try:
            report = await self._runner.run(job)
        except WorkError:
            return  # stopping; the run never began
        except Exception as error:  # an error of ours in one run must not end the other outlets'
            log.exception("run_failed", extra={"outlet": slug, "run": job.run})
            report = Report(job.run, slug, "killed", problems=(Problem("internal", None, repr(error)),))
        ended = self._clock()
        self._follow(slug, started, ended, report.outcome)
        log.info("run_ended", extra={"outlet": slug, "run": job.run, "outcome": report.outcome, "stats": report.stats})
        if any(report.stats.get(name, 0) > 0 for name in ("new", "changed", "removed")):
            self._on_news()
        try:
            settle = partial(_settle, kind=kind, report=report, started=started, ended=ended)
            await self._database.until_done(settle, "end a run")
        except Exception:  # the worker's articles are safe, and a row left open is closed at the next start
            log.exception("run_not_written", extra={"outlet": slug, "run": job.run})

    def _follow(self, slug: str, started: datetime, ended: datetime, outcome: str) -> None:
        """Keep what the next alarm of this outlet depends on."""
        if slug not in self._looks:
            self._last[slug] = follow(self._last.get(slug), started, ended, outcome)
        elif outcome in ("finished", "failed", "refused"):
            self._looked[slug] = started
        else:
            self._look_again[slug] = ended + LOOK_AGAIN

    def _set_alarm(self, slug: str) -> None:
        if slug in self._looks:
            now = self._clock()
            again = self._look_again.pop(slug, None)
            self._timer.set(slug, again or next_look(slug, self._looked.get(slug), now))
            return
        interval = self._outlets[slug]
        jitter = jitter_of(interval, self._chance())
        self._timer.set(slug, next_run(self._last.get(slug), interval, self._clock(), jitter=jitter))


def _last_of(run: Run) -> LastRun:
    cut_off = any(problem["code"] in CUT_OFF for problem in run.problems)
    return LastRun(run.started_at, run.ended_at, None if cut_off else run.outcome)


def _planned(database: Database) -> tuple[dict[str, Run], dict[str, datetime | None]]:
    """The last round of each outlet, and the last look at each merged one."""
    looked = {slug: state.looked_at for slug, state in OutletStore(database).all().items()}
    return RunStore(database).last_by_outlet("round"), looked


def _settle(database: Database, *, kind: JobKind, report: Report, started: datetime, ended: datetime) -> None:
    """See that the run has its row and its end. The worker writes both as a rule; a killed one cannot."""
    runs = RunStore(database)
    with database.write():
        if runs.get(report.run) is None:
            runs.begin(report.run, report.outlet, kind, started)
        runs.end(report.run, report.outcome, report.stats, [asdict(problem) for problem in report.problems], ended)


def _close_dead(database: Database, now: datetime, *, ours: bool) -> list[Run]:
    runs = RunStore(database)
    dead = [
        run
        for run in runs.unfinished()
        if run.id.startswith(DAEMON_RUN) == ours and (ours or abs(now - run.started_at) > COMMAND_DEAD)
    ]
    problem = asdict(Problem("run_was_dead", None, "the process that made this run is gone"))
    for run in dead:
        runs.end(run.id, "killed", {}, [problem], now)
    return dead
