"""Fake children that speak the protocol, and a clock that stands until it is told to move."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from corpus.clock import HANOI
from crawler.job import Job, Report

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=HANOI)

_WORKER = """
import json, os, signal, sys, time
def say(**value):
    print(json.dumps(value), flush=True)
def report(job, outcome="finished", **stats):
    say(event="report", run=job["run"], outlet=job["outlet"], outcome=outcome, stats={"pid": os.getpid(), **stats},
        problems=[])
"""
_LOOP = """
for line in sys.stdin:
    job = json.loads(line)
"""

NORMAL = 'say(event="progress", run=job["run"], requests=1)\nreport(job, new=2)'
HANGING = "time.sleep(600)"
SEGFAULT = "os.kill(os.getpid(), signal.SIGSEGV)"
GARBAGE = (
    'print("not JSON at all")\nprint("[1, 2]")\nprint("x" * 5000)\nprint("{" * 900)\n'
    'os.write(1, b"\\xff\\xfe\\x00\\n")\n'
    'say(event="report", run="another", outlet="x", outcome="finished")\nreport(job)'
)
LEAVING = "report(job)\nsys.exit(0)"
ORPHANING = (
    "import subprocess\n"
    'child = subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(600)"])\n'
    'say(event="progress", run=job["run"], child=child.pid)\nos._exit(3)'
)
HOG = "hoard = bytearray(os.urandom(1)) * (96 * 1024 * 1024)\ntime.sleep(600)"
BIG_AT_END = "hoard = bytearray(os.urandom(1)) * (64 * 1024 * 1024)\nreport(job)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay(run=job['run'], deaf=1)\ntime.sleep(600)"
REPORT_ON_TERM = (
    "def leave(*_):\n    report(job, 'limit', new=1)\n    sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, leave)\nsay(run=job['run'], ready=1)\ntime.sleep(600)"
)


def python(script: str) -> list[str]:
    """The command of a small script; -IS starts it quickly."""
    return [sys.executable, "-IS", "-c", script]


def worker(body: str, *, before: str = "") -> list[str]:
    """The command of a worker that does `body` with each `job`."""
    indented = "\n".join("    " + line for line in body.splitlines())
    return python(_WORKER + before + _LOOP + indented)


class FakeClock:
    """A wall clock and a monotonic clock that move only when told to."""

    def __init__(self, wall: datetime = NOON) -> None:
        self.wall = wall
        self.ticks = 0.0

    def __call__(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def pass_(self, time_passed: timedelta) -> None:
        """Time passes, for both clocks."""
        self.wall += time_passed
        self.ticks += time_passed.total_seconds()

    def set(self, wall: datetime) -> None:
        """Someone sets the wall clock."""
        self.wall = wall


class FakeTimer:
    """Keeps alarms and fires those that are due when told to, as a scheduler would that looks at the clock."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.alarms: dict[str, datetime] = {}
        self.woken = 0
        self.fire: Callable[[str, datetime], None] | None = None

    def start(self, fire):
        self.fire = fire

    def set(self, key, due):
        assert due.tzinfo is not None
        self.alarms[key] = due

    def wake(self):
        self.woken += 1
        self.ring()

    def stop(self):
        self.fire = None

    def ring(self) -> None:
        """Fire all that is due, in the order of their keys, which is not the order of lateness."""
        for key, due in sorted(self.alarms.items()):
            if self.fire is not None and due <= self.clock():
                del self.alarms[key]
                self.fire(key, due)


class FakeRunner:
    """Runs jobs by returning at once what `answer` gives; notes the order of the outlets."""

    def __init__(self, answer: Callable[[Job], Report] | None = None) -> None:
        self.outlets: list[str] = []
        self.answer = answer or (lambda job: Report(job.run, job.outlet, "finished"))

    async def run(self, job, on_progress=None):
        self.outlets.append(job.outlet)
        return self.answer(job)


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another process or task does; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.01)


def running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
