"""The crawl worker: jobs come in as JSON lines, progress and reports go out as JSON lines, one run at a time.

A child process of the daemon, in its own session. It ends when its standard input does, when its parent dies, or
on SIGTERM: at the next safe point, at a second SIGTERM at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable
from types import FrameType
from typing import Any, TextIO

from twisted.internet import asyncioreactor
from twisted.python.log import PythonLoggingObserver

from corpus.errors import TintinhError
from crawler.crawl import Crawling, crawl
from crawler.fetching.fetch import Stop
from crawler.fetching.guard import PublicResolver, mapped_addresses
from crawler.job import Job, Problem, Report, job_from
from crawler.parent import die_with_parent
from crawler.tally import Tally

_log = logging.getLogger("crawler.worker")


def run_worker(crawling: Crawling, stdin: Iterable[str], stdout: TextIO) -> int:
    """Serve jobs until `stdin` ends or the process is told to leave; gives the exit code.

    Installs Twisted's asyncio reactor and signal handlers: for a process that does nothing else, in its
    main thread. Nothing but progress and reports reaches `stdout`; whatever else prints goes to standard error.
    """
    lines = _take_over(stdout)
    PythonLoggingObserver("twisted").start()  # type: ignore[no-untyped-call]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    from twisted.internet import reactor  # only now: importing it earlier would install another one

    installed: Any = reactor
    PublicResolver(installed, mapped_addresses(crawling.options.resolve)).install_on_reactor()
    worker = _Worker(crawling, lines, loop)
    die_with_parent(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.on_signal)
    threading.Thread(target=worker.read, args=[stdin], daemon=True, name="jobs").start()
    installed.callWhenRunning(lambda: worker.begin(installed.stop))
    installed.run(installSignalHandlers=False)
    lines.flush()
    return 0


class _Worker:
    """Takes jobs from a queue, one after the other; None in the queue is the end."""

    def __init__(self, crawling: Crawling, lines: TextIO, loop: asyncio.AbstractEventLoop) -> None:
        self._crawling = crawling
        self._lines = lines
        self._loop = loop
        self._jobs: asyncio.Queue[str | None] = asyncio.Queue()
        self._stop = Stop()
        self._parent = os.getppid()
        self._told = False
        self._task: asyncio.Task[None] | None = None

    def begin(self, at_end: Any) -> None:
        """Start serving; `at_end` is called when all is done."""
        self._task = self._loop.create_task(self._serve())
        self._task.add_done_callback(lambda _task: at_end())

    def read(self, stdin: Iterable[str]) -> None:
        """Put every line into the queue; runs in a thread of its own, because a pipe can only be waited for."""
        with contextlib.suppress(RuntimeError):  # the loop has ended before the input
            for line in stdin:
                self._loop.call_soon_threadsafe(self._jobs.put_nowait, line)
            self._loop.call_soon_threadsafe(self._jobs.put_nowait, None)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """First time: leave at the next safe point. Second time, or when nobody listens any more: at once.

        An orphan that is just judging a page finishes that first, so that its death is not charged to the page.
        """
        orphaned = os.getppid() != self._parent
        if self._told or (orphaned and not self._stop.judging):
            os._exit(0)
        self._told = True
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._stop.request()
        self._jobs.put_nowait(None)

    async def _serve(self) -> None:
        while not self._stop.requested:
            line = await self._jobs.get()
            if line is None or self._stop.requested:
                return
            if line.strip():
                self._say(await self._do(line))

    async def _do(self, line: str) -> str:
        """Run one job; whatever happens, the answer is a report."""
        job = Job("", "")
        try:
            job = job_from(json.loads(line))
            _log.info("run begins", extra={"run": job.run, "outlet": job.outlet})
            report = await crawl(job, self._crawling, lambda event: self._progress(job, event), stop=self._stop)
        except Exception as error:  # noqa: BLE001 - a broken run is reported; the next job may well succeed
            _log.exception("run broke", extra={"run": job.run, "outlet": job.outlet})
            code = error.code if isinstance(error, TintinhError) else "internal"
            problem = Problem(code, None, f"{type(error).__name__}: {error}")
            report = Report(job.run, job.outlet, "failed", Tally().figures(), (problem,))
        _log.info("run ends", extra={"run": job.run, "outlet": job.outlet, "outcome": report.outcome})
        return report.line()

    def _progress(self, job: Job, event: dict[str, object]) -> None:
        self._say(json.dumps({"event": "progress", "run": job.run, "outlet": job.outlet, **event}, ensure_ascii=False))

    def _say(self, line: str) -> None:
        try:
            self._lines.write(line + "\n")
            self._lines.flush()
        except BrokenPipeError:  # nobody reads any more: there is nobody to work for
            os._exit(0)


def _take_over(stdout: TextIO) -> TextIO:
    """Keep the real standard output for our lines and let everything else that prints go to standard error."""
    try:
        number = stdout.fileno()
    except (io.UnsupportedOperation, ValueError):
        return stdout
    stdout.flush()
    ours = os.fdopen(os.dup(number), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), number)
    sys.stdout = sys.stderr
    return ours
