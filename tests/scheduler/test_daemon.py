import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from corpus.errors import LockHeld, WorkError
from scheduler.daemon import DaemonPlan, _Daemon, run_daemon
from scheduler.database_thread import DatabaseThread
from scheduler.intake_process import IntakeTimes
from scheduler.rounds import DAEMON_RUN
from scheduler.supervisor import Limits
from storage.database import FILE_NAME, Database
from storage.runs import RunStore
from tests.scheduler import fakes
from tests.scheduler.fakes import NOON, FakeClock, FakeTimer, python, running, until, worker

HOUR = timedelta(hours=1)
OUTLETS = {"an-bien": HOUR, "ba-dong": HOUR, "cu-lao": HOUR, "dam-doi": HOUR}
INTAKE = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"event": "intake", "alerts": 1}), flush=True)
"""


class FakeDispatcher:
    def __init__(self, in_database):
        self.in_database = in_database
        self.steps = 0

    async def step(self):
        self.steps += 1
        await self.in_database(lambda database: database.row("SELECT count(*) AS n FROM outbox"))

    async def close(self, grace):
        self.steps = -1


def plan_of(folder, **options):
    options = {
        "outlets": OUTLETS,
        "worker_command": worker(fakes.NORMAL),
        "intake_command": python(INTAKE),
        "dispatcher": FakeDispatcher,
        "limits": Limits(look_seconds=0.02, graces=(0.3, 0.2)),
        "intake_times": IntakeTimes(nudge=0.05, first_again=0.05, graces=(0.2,)),
        **options,
    }
    return DaemonPlan(folder=folder, **options)


def run(plan, main):
    """Run the daemon beside `main`, then stop it; gives the seconds that stopping took."""

    async def whole():
        stop = asyncio.Event()
        daemon = asyncio.create_task(run_daemon(plan, stop=stop))
        doing = asyncio.create_task(main())
        await asyncio.wait({daemon, doing}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            doing.cancel()
            await daemon
        await doing
        began = time.monotonic()
        stop.set()
        assert await daemon == 0
        return time.monotonic() - began

    return asyncio.run(whole())


def rows(folder):
    database = Database.open(folder)
    found = RunStore(database).recent(100)
    database.close()
    return found


def test_it_crawls_every_outlet_once_nudges_intake_and_steps_the_dispatcher(tmp_path):
    dispatchers = []

    def make(in_database):
        dispatchers.append(FakeDispatcher(in_database))
        return dispatchers[0]

    async def main():
        await until(lambda: (tmp_path / FILE_NAME).exists())
        await until(lambda: len([run for run in rows(tmp_path) if run.ended_at]) == 4 and dispatchers[0].steps > 3)

    assert run(plan_of(tmp_path, dispatcher=make), main) < 5
    assert dispatchers[0].steps == -1, "it was closed"
    assert sorted(run.outlet for run in rows(tmp_path)) == sorted(OUTLETS)
    assert {run.outcome for run in rows(tmp_path)} == {"finished"}


def test_a_second_daemon_refuses(tmp_path):
    async def main():
        await until(lambda: (tmp_path / FILE_NAME).exists())
        with pytest.raises(LockHeld):
            await run_daemon(plan_of(tmp_path))

    run(plan_of(tmp_path), main)


def test_the_data_folder_is_private(tmp_path):
    async def main():
        await until(lambda: (tmp_path / "data" / FILE_NAME).exists())

    run(plan_of(tmp_path / "data"), main)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_run_left_by_a_killed_daemon_is_closed_and_its_outlet_runs_again(tmp_path):
    database = Database.open(tmp_path)
    RunStore(database).begin(DAEMON_RUN + "old", "an-bien", "round", NOON)
    database.close()

    async def main():
        await until(lambda: len([run for run in rows(tmp_path) if run.outlet == "an-bien" and run.ended_at]) == 2)

    run(plan_of(tmp_path), main)
    outcomes = {run.id: run.outcome for run in rows(tmp_path) if run.outlet == "an-bien"}
    assert outcomes.pop(DAEMON_RUN + "old") == "killed"
    assert list(outcomes.values()) == ["finished"]


@pytest.mark.parametrize("hours", [1, -1, 87660, -87660])
def test_when_the_clock_jumps_all_alarms_are_set_anew_and_the_timer_looks_again(tmp_path, hours):
    clock = FakeClock()
    timer = FakeTimer(clock)

    def runs_ended():
        return len([run for run in rows(tmp_path) if run.ended_at])

    async def main():
        await until(lambda: len(timer.alarms) == 4)
        timer.ring()
        await until(lambda: runs_ended() == 4 and len(timer.alarms) == 4)
        clock.pass_(timedelta(seconds=10))
        clock.set(clock() + timedelta(hours=hours) + timedelta(minutes=5))
        await until(lambda: runs_ended() == 8 and len(timer.alarms) == 4)
        assert timer.woken == 1

    plan = plan_of(tmp_path, clock=clock, monotonic=clock.monotonic, timer=lambda: timer, beat_seconds=0.01)
    run(plan, main)
    assert sorted(run.outlet for run in rows(tmp_path)) == sorted([*OUTLETS, *OUTLETS])


def test_stop_is_bounded_and_writes_down_what_was_cut_off(tmp_path):
    async def main():
        await until(lambda: (tmp_path / "pids").exists() and len((tmp_path / "pids").read_text().split()) == 3)

    body = f"open({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')\n{fakes.STUBBORN}"
    assert run(plan_of(tmp_path, worker_command=worker(body)), main) < 8
    found = rows(tmp_path)
    assert [(run.outcome, run.problems[0]["code"]) for run in found] == [("killed", "run_stopped")] * 3
    assert not any(running(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_a_part_that_fails_ends_the_daemon_with_its_error(tmp_path):
    broken: list[int] = []

    def ticks():
        if broken:
            raise RuntimeError("no clock")
        return time.monotonic()

    async def main():
        await until(lambda: (tmp_path / FILE_NAME).exists() and len(rows(tmp_path)) == 4)
        broken.append(1)
        await asyncio.sleep(60)

    with pytest.raises(RuntimeError, match="no clock"):
        run(plan_of(tmp_path, monotonic=ticks, beat_seconds=0.01), main)


def test_a_database_that_cannot_be_opened_is_told(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"this is no database, and it is long enough to be looked at" * 50)

    async def main():
        await asyncio.sleep(60)

    with pytest.raises(WorkError) as told:
        run(plan_of(tmp_path), main)
    assert told.value.code == "database_corrupt"


def test_a_locked_database_delays_the_start_and_a_stop_meanwhile_works(tmp_path, caplog):
    Database.open(tmp_path).close()
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    async def main():
        stop = asyncio.Event()
        database = DatabaseThread(tmp_path, busy_timeout=0.02, again_seconds=0.02)
        daemon = asyncio.create_task(_Daemon(plan_of(tmp_path), database).run(stop))
        await until(lambda: caplog.text.count("database_later") >= 2)
        stop.set()
        await daemon
        await database.close()

    asyncio.run(main())
    other.close()


_PROGRAM = """
import asyncio, ctypes, json, sys
from datetime import timedelta
from pathlib import Path
from scheduler.daemon import DaemonPlan, run_daemon
from scheduler.timetable import Beat

class Nobody:
    def __init__(self, in_database): pass
    async def step(self): return None
    async def close(self, grace): pass

worker, intake = json.loads(sys.argv[2])
plan = DaemonPlan(folder=Path(sys.argv[1]), outlets={f"bao-{n}": timedelta(hours=1) for n in range(4)},
                  worker_command=worker, intake_command=intake, dispatcher=Nobody)
sys.exit(asyncio.run(run_daemon(plan)))
"""
_DIES_WITH_PARENT = "import ctypes\nctypes.CDLL(None).prctl(1, 9)\n"


def start_program(folder, body):
    """A daemon in a process of its own whose children note their process ids."""
    note = f"import os\nopen({str(folder / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    commands = [worker(body, before=_DIES_WITH_PARENT + note), python(note + INTAKE)]
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder), json.dumps(commands)],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.DEVNULL,
    )


def pids(folder):
    file = folder / "pids"
    return [int(word) for word in file.read_text().split()] if file.exists() else []


@pytest.mark.parametrize("body", [fakes.NORMAL, fakes.HANGING])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_child_outlives_the_daemon(tmp_path, body, number):
    with start_program(tmp_path, body) as daemon:
        try:
            asyncio.run(until(lambda: len(pids(tmp_path)) == 4, 30))
            daemon.send_signal(number)
            code = daemon.wait(15)
        finally:
            daemon.kill()
    assert code == (-number if number == signal.SIGKILL else 0)
    asyncio.run(until(lambda: not any(running(pid) for pid in pids(tmp_path))))
    assert os.path.exists(tmp_path / FILE_NAME)
