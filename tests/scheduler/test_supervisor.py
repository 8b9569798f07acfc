import asyncio
import contextlib
import logging
import time
from typing import Any

import pytest

from corpus.errors import WorkError
from crawler.job import Job
from scheduler.child import resident_bytes
from scheduler.supervisor import Limits, Supervisor
from tests.scheduler import fakes
from tests.scheduler.fakes import running, until, worker

QUICK = Limits(look_seconds=0.02, leave_seconds=5.0, graces=(0.3, 0.2))
MIB = 1024 * 1024


@contextlib.asynccontextmanager
async def supervised(command, *, workers=1, wall=20.0, limits=QUICK):
    async with Supervisor(command, workers=workers, wall_seconds=wall, limits=limits) as supervisor:
        yield supervisor


def job(number=0, outlet=None):
    return Job(f"run{number}", outlet or f"bao-{number}")


def run_one(command, **options):
    """The report of one job and the progress lines before it."""

    async def main():
        lines: list[dict[str, Any]] = []
        async with supervised(command, **options) as supervisor:
            return await supervisor.run(job(), lines.append), lines

    return asyncio.run(main())


def test_a_normal_run_gives_its_report_and_progress():
    report, lines = run_one(worker(fakes.NORMAL))
    assert (report.run, report.outlet, report.outcome, report.stats["new"]) == ("run0", "bao-0", "finished", 2)
    assert lines == [{"event": "progress", "run": "run0", "requests": 1}]


def test_one_process_serves_many_runs_and_is_replaced_after_its_last():
    async def main():
        async with supervised(worker(fakes.NORMAL), limits=Limits(runs=3, graces=(0.3,))) as supervisor:
            pids = [(await supervisor.run(job(n))).stats["pid"] for n in range(7)]
            assert not running(pids[0])
        return pids

    pids = asyncio.run(main())
    assert [len(set(part)) for part in (pids[:3], pids[3:6], pids[6:])] == [1, 1, 1]
    assert len(set(pids)) == 3
    assert not any(running(pid) for pid in pids)


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (fakes.SEGFAULT, "worker_died", "signal SIGSEGV"),
        ("sys.exit(0)", "worker_died", "exit code 0"),
        ("os.close(1); time.sleep(600)", "worker_died", "SIGTERM"),
    ],
)
def test_a_worker_that_ends_without_report_was_killed_whatever_its_exit_code(body, code, detail):
    report, _ = run_one(worker(body))
    assert report.outcome == "killed"
    assert report.problems[0].code == code
    assert detail in report.problems[0].detail


def test_the_next_run_after_a_death_has_a_new_worker():
    async def main():
        body = f"if job['outlet'] == 'bao-0':\n    {fakes.SEGFAULT}\nreport(job)"
        async with supervised(worker(body)) as supervisor:
            return [(await supervisor.run(job(n))).outcome for n in range(3)]

    assert asyncio.run(main()) == ["killed", "finished", "finished"]


@pytest.mark.parametrize("body", [fakes.HANGING, fakes.STUBBORN, "while True: pass"])
def test_a_hanging_run_is_ended_within_its_graces(body):
    began = time.monotonic()
    report, _ = run_one(worker(body), wall=0.3)
    assert report.outcome == "killed"
    assert report.problems[0].code == "run_too_long"
    assert time.monotonic() - began < 5


def test_waiting_for_a_lock_takes_no_time_but_what_follows_does():
    wait = 'say(step="lock", run=job["run"])\ntime.sleep(1.3)\n'
    report, lines = run_one(worker(wait + "report(job)"), wall=1.0)
    assert (report.outcome, len(lines)) == ("finished", 1)
    report, _ = run_one(worker(wait + 'say(step="source", run=job["run"])\ntime.sleep(600)'), wall=1.0)
    assert report.problems[0].code == "run_too_long"


def test_a_report_given_on_term_counts():
    report, _ = run_one(worker(fakes.REPORT_ON_TERM), wall=1.5, limits=Limits(look_seconds=0.02, graces=(5.0, 1.0)))
    assert (report.outcome, report.stats["new"]) == ("limit", 1)


def test_a_report_followed_by_a_death_counts():
    report, _ = run_one(worker(fakes.LEAVING))
    assert report.outcome == "finished"


def test_garbage_on_stdout_is_logged_and_skipped(caplog):
    with caplog.at_level(logging.WARNING):
        report, lines = run_one(worker(fakes.GARBAGE), limits=Limits(line_bytes=2000, graces=(0.3,)))
    assert report.outcome == "finished"
    assert lines == []
    events = {record.message for record in caplog.records}
    assert {"child_garbage", "child_line_too_long", "child_stale_line"} <= events


def test_a_report_without_its_keys_is_no_report():
    body = 'say(event="report", run=job["run"])\nsay(event="report", run=job["run"], outcome=3, stats=4, problems=5)'
    report, _ = run_one(worker(body), wall=0.3)
    assert report.problems[0].code == "run_too_long"


def test_a_progress_callback_that_fails_does_not_end_the_run():
    async def main():
        async with supervised(worker(fakes.NORMAL)) as supervisor:
            return await supervisor.run(job(), lambda _line: 1 / 0)

    assert asyncio.run(main()).outcome == "finished"


def test_a_worker_that_grows_too_big_is_killed():
    limits = Limits(look_seconds=0.02, kill_bytes=60 * MIB, graces=(5.0,))
    began = time.monotonic()
    report, _ = run_one(worker(fakes.HOG), limits=limits)
    assert report.problems[0].code == "run_too_big"
    assert time.monotonic() - began < 4, "no grace for a memory hog"


def test_a_worker_that_is_big_at_the_end_of_a_run_is_replaced():
    async def main():
        limits = Limits(recycle_bytes=40 * MIB, graces=(0.3,))
        async with supervised(worker(fakes.BIG_AT_END), limits=limits) as supervisor:
            return [(await supervisor.run(job(n))).stats["pid"] for n in range(2)]

    first, second = asyncio.run(main())
    assert first != second


def test_a_worker_that_dies_while_idle_costs_no_run():
    async def main():
        async with supervised(worker(fakes.NORMAL + "\nif job['outlet'] == 'bao-0': sys.exit(1)")) as supervisor:
            first = await supervisor.run(job(0))
            await until(lambda: not running(first.stats["pid"]))
            return first, await supervisor.run(job(1))

    first, second = asyncio.run(main())
    assert second.outcome == "finished"
    assert first.stats["pid"] != second.stats["pid"]


def test_a_worker_that_chatters_while_idle_is_drained():
    async def main():
        chatter = fakes.NORMAL + "\nfor _ in range(3000): print('chatter' * 20, flush=True)"
        async with supervised(worker(chatter), limits=Limits(line_bytes=1000, graces=(0.3,))) as supervisor:
            return [(await supervisor.run(job(n))).outcome for n in range(3)]

    assert asyncio.run(main()) == ["finished"] * 3


def test_what_a_worker_leaves_behind_is_killed_with_its_group():
    report, lines = run_one(worker(fakes.ORPHANING))
    assert report.problems[0].code == "worker_died"
    asyncio.run(until(lambda: not running(lines[0]["child"])))


def test_a_command_that_cannot_start_is_told():
    report, _ = run_one(["/nonexistent/worker"])
    assert report.outcome == "killed"
    assert report.problems[0].code == "worker_not_started"


def test_at_most_so_many_workers_and_never_two_runs_of_one_outlet():
    async def main():
        now, most, seen = set(), 0, []

        def note(line):
            nonlocal most
            if line["event"] == "begin":
                assert line["outlet"] not in now, "two runs of one outlet"
                now.add(line["outlet"])
                most = max(most, len(now))
            else:
                now.discard(line["outlet"])
                seen.append(line["outlet"])

        body = (
            'say(event="begin", run=job["run"], outlet=job["outlet"])\ntime.sleep(0.05)\n'
            'say(event="end", run=job["run"], outlet=job["outlet"])\nreport(job)'
        )
        async with supervised(worker(body), workers=2) as supervisor:
            jobs = [Job(f"run{n}", f"bao-{n % 4}") for n in range(12)]
            reports = await asyncio.gather(*(supervisor.run(one, note) for one in jobs))
        return most, seen, {report.stats["pid"] for report in reports}

    most, seen, pids = asyncio.run(main())
    assert most == 2
    assert len(seen) == 12
    assert len(pids) == 2


def test_stop_ends_working_and_idle_workers_in_bounded_time():
    async def main():
        pids = []
        body = (
            'say(pid=os.getpid(), run=job["run"])\nif job["outlet"] != "bao-0":\n'
            "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    time.sleep(600)\nreport(job)"
        )
        supervisor = Supervisor(worker(body), workers=3, wall_seconds=60, limits=QUICK)
        runs = [asyncio.create_task(supervisor.run(job(n), lambda line: pids.append(line["pid"]))) for n in range(3)]
        await until(lambda: len(pids) == 3)
        began = time.monotonic()
        await supervisor.stop()
        reports = await asyncio.gather(*runs)
        assert time.monotonic() - began < 5
        assert not any(running(pid) for pid in pids)
        with pytest.raises(WorkError, match="stopping"):
            await supervisor.run(job(9))
        return reports

    reports = asyncio.run(main())
    assert [report.outcome for report in reports] == ["finished", "killed", "killed"]
    assert reports[1].problems[0].code == "run_stopped"


def test_jobs_that_wait_for_a_worker_do_not_begin_after_stop():
    async def main():
        supervisor = Supervisor(worker(fakes.REPORT_ON_TERM), workers=1, wall_seconds=60, limits=QUICK)
        lines: list[dict[str, Any]] = []
        first = asyncio.create_task(supervisor.run(job(0), lines.append))
        second = asyncio.create_task(supervisor.run(job(1)))
        await until(lambda: bool(lines))
        await supervisor.stop()
        return await asyncio.gather(first, second, return_exceptions=True)

    first, second = asyncio.run(main())
    assert first.outcome == "limit"
    assert isinstance(second, WorkError) and second.code == "stopping"


def test_a_cancelled_run_leaves_no_process_and_frees_its_place():
    async def main():
        lines: list[dict[str, Any]] = []
        body = f"say(pid=os.getpid(), run=job['run'])\nif job['outlet'] == 'bao-0':\n    {fakes.HANGING}\nreport(job)"
        async with supervised(worker(body)) as supervisor:
            first = asyncio.create_task(supervisor.run(job(0), lines.append))
            await until(lambda: bool(lines))
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert not running(lines[0]["pid"])
            return await supervisor.run(job(1))

    assert asyncio.run(main()).outcome == "finished"


def test_a_lone_surrogate_in_a_job_reaches_the_worker_as_json():
    async def main():
        async with supervised(worker("report(job, length=len(job['urls'][0]))")) as supervisor:
            return await supervisor.run(Job("run0", "bao-0", "urls", ("https://bao.vn/\udc80ế",)))

    assert asyncio.run(main()).stats["length"] == 17


def test_resident_memory_of_nobody_is_unknown():
    assert resident_bytes(2**22 + 1) is None
