import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from corpus.errors import WorkError
from crawler.job import Outcome, Report
from scheduler.database_thread import DatabaseThread
from scheduler.rounds import DAEMON_RUN, Rounds
from storage.database import Database
from storage.outlets import OutletState, OutletStore
from storage.runs import RunStore
from tests.scheduler.fakes import NOON, FakeClock, FakeRunner, FakeTimer, until

TEN = timedelta(minutes=10)
HOUR = timedelta(hours=1)


@dataclass
class Bench:
    """Rounds with everything round it faked but the database."""

    rounds: Rounds
    clock: FakeClock
    timer: FakeTimer
    runner: FakeRunner
    database: DatabaseThread
    news: list[int]

    async def runs(self, outlet):
        everything = await self.database(lambda database: RunStore(database).recent(1000))
        return [run for run in everything if run.outlet == outlet]

    async def crawled(self, number):
        """Let all alarms that are due ring and wait until so many runs were made and written in all."""
        self.timer.ring()
        await until(lambda: len(self.runner.outlets) >= number and not self.rounds._busy)


@contextlib.asynccontextmanager
async def bench(folder, outlets, *, answer=None, workers=1, looks=()):
    clock, news = FakeClock(), []
    timer, runner, database = FakeTimer(clock), FakeRunner(answer), DatabaseThread(folder)
    rounds = Rounds(
        dict.fromkeys(outlets, TEN),
        looks=looks,
        runner=runner,
        timer=timer,
        database=database,
        clock=clock,
        chance=lambda: 0.0,
        on_news=lambda: news.append(1),
    )
    timer.start(rounds.due)
    working = [asyncio.create_task(rounds.work()) for _ in range(workers)]
    try:
        yield Bench(rounds, clock, timer, runner, database, news)
        rounds.stop()
        await asyncio.gather(*working)
    finally:
        for task in working:
            task.cancel()
        await database.close()


def begin(folder, *runs):
    """Write runs as earlier processes did: (id, outlet, start, end, outcome)."""
    database = Database.open(folder)
    store = RunStore(database)
    for name, outlet, started, ended, outcome in runs:
        store.begin(name, outlet, "round", started)
        if ended:
            store.end(name, outcome, {}, [], ended)
    database.close()


def test_the_latest_is_served_first_after_a_long_stop(tmp_path):
    begin(
        tmp_path,
        ("r1", "an-bien", NOON - 3 * HOUR, NOON - 3 * HOUR, "finished"),
        ("r2", "ba-dong", NOON - 5 * HOUR, NOON - 5 * HOUR, "finished"),
        ("r3", "cu-lao", NOON - 4 * HOUR, NOON - 4 * HOUR, "limit"),
    )

    async def main():
        async with bench(tmp_path, ["an-bien", "ba-dong", "cu-lao", "dam-doi"]) as b:
            await b.rounds.plan()
            await b.crawled(4)
            b.timer.ring()
            assert set(b.timer.alarms) == {"an-bien", "ba-dong", "cu-lao", "dam-doi"}
            assert all(due == NOON + TEN for due in b.timer.alarms.values())
        return b.runner.outlets

    assert asyncio.run(main()) == ["ba-dong", "cu-lao", "an-bien", "dam-doi"]


def test_a_run_is_written_down_with_its_figures_and_tells_news(tmp_path):
    def answer(job):
        return Report(job.run, job.outlet, "finished", {"new": 3, "requests": 9})

    async def main():
        async with bench(tmp_path, ["an-bien"], answer=answer) as b:
            await b.rounds.plan()
            await b.crawled(1)
            return await b.runs("an-bien"), b.news

    (run,), news = asyncio.run(main())
    assert (run.outcome, run.stats, run.started_at, run.ended_at) == ("finished", {"new": 3, "requests": 9}, NOON, NOON)
    assert run.id.startswith(DAEMON_RUN)
    assert news == [1]


def test_a_row_that_the_worker_ended_is_left_as_it_is_and_an_open_one_is_closed(tmp_path):
    outcomes: dict[str, Outcome] = {"an-bien": "finished", "ba-dong": "killed"}

    def answer(job):
        ended = NOON if job.outlet == "an-bien" else None
        begin(tmp_path, (job.run, job.outlet, NOON, ended, "limit"))
        return Report(job.run, job.outlet, outcomes[job.outlet])

    async def main():
        async with bench(tmp_path, outcomes, answer=answer) as b:
            await b.rounds.plan()
            await b.crawled(2)
            return [(await b.runs(outlet))[0].outcome for outlet in outcomes], b.news

    assert asyncio.run(main()) == (["limit", "killed"], [])


def test_an_outlet_that_reached_its_limit_goes_behind_the_others(tmp_path):
    def answer(job):
        outcome: Outcome = "limit" if job.outlet == "an-bien" and b.runner.outlets.count("an-bien") == 1 else "finished"
        return Report(job.run, job.outlet, outcome)

    b: Any = None

    async def main():
        nonlocal b
        async with bench(tmp_path, ["an-bien", "ba-dong", "cu-lao"], answer=answer) as b:
            await b.rounds.plan()
            await b.crawled(3)
            b.clock.pass_(timedelta(seconds=10))
            await b.crawled(4)
            return b.runner.outlets

    assert asyncio.run(main()) == ["an-bien", "ba-dong", "cu-lao", "an-bien"]


@pytest.mark.parametrize("jump", [HOUR, -HOUR, timedelta(days=3652), -timedelta(days=3652)])
def test_after_a_clock_jump_every_outlet_runs_once_and_then_keeps_its_interval(tmp_path, jump):
    outlets = ["an-bien", "ba-dong", "cu-lao"]

    async def main():
        async with bench(tmp_path, outlets) as b:
            await b.rounds.plan()
            await b.crawled(3)
            b.clock.pass_(timedelta(minutes=2))
            b.clock.set(b.clock() + jump)
            await b.rounds.plan()
            await b.crawled(6)
            assert sorted(b.runner.outlets[3:]) == outlets
            for passed, made in ((9, 6), (1, 9)):
                b.clock.pass_(timedelta(minutes=passed))
                await b.crawled(made)
                assert len(b.runner.outlets) == made

    asyncio.run(main())


def test_planning_anew_leaves_queued_and_running_outlets_alone(tmp_path):
    async def main():
        async with bench(tmp_path, ["an-bien", "ba-dong"], workers=0) as b:
            await b.rounds.plan()
            b.timer.ring()
            await b.rounds.plan()
            assert b.timer.alarms == {}
            b.rounds.due("an-bien", NOON)
            b.rounds.due("someone-else", NOON)
            assert b.rounds._due.qsize() == 2

    asyncio.run(main())


def test_an_error_in_one_run_leaves_the_others_running(tmp_path):
    def answer(job):
        if job.outlet == "an-bien":
            raise ValueError("a bug of ours")
        return Report(job.run, job.outlet, "finished")

    async def main():
        async with bench(tmp_path, ["an-bien", "ba-dong"], answer=answer) as b:
            await b.rounds.plan()
            await b.crawled(2)
            assert b.timer.alarms == {"an-bien": NOON + timedelta(minutes=1), "ba-dong": NOON + TEN}
            return (await b.runs("an-bien"))[0]

    assert asyncio.run(main()).problems[0]["code"] == "internal"


def test_a_run_that_did_not_begin_since_all_stops_has_no_row(tmp_path):
    def answer(job):
        b.rounds.stop()
        raise WorkError("stopping", "tintinh is stopping", retry=True)

    b: Any = None

    async def main():
        nonlocal b
        async with bench(tmp_path, ["an-bien"], answer=answer) as b:
            await b.rounds.plan()
            await b.crawled(1)
            return await b.runs("an-bien")

    assert asyncio.run(main()) == []


def test_dead_runs_are_closed_as_killed_and_living_ones_are_not(tmp_path):
    begin(
        tmp_path,
        (DAEMON_RUN + "1", "an-bien", NOON - timedelta(seconds=3), None, None),
        ("by-hand-old", "ba-dong", NOON - 2 * HOUR, None, None),
        ("by-hand-now", "cu-lao", NOON - timedelta(minutes=1), None, None),
        ("by-hand-ended", "dam-doi", NOON - 2 * HOUR, NOON, "finished"),
    )

    async def outcomes(b):
        return [(await b.runs(outlet))[0].outcome for outlet in ("an-bien", "ba-dong", "cu-lao", "dam-doi")]

    async def main():
        async with bench(tmp_path, []) as b:
            await b.rounds.close_dead_runs(ours=True)
            first = await outcomes(b)
            await b.rounds.close_dead_runs(ours=False)
            return first, await outcomes(b)

    first, second = asyncio.run(main())
    assert first == ["killed", None, None, "finished"]
    assert second == ["killed", "killed", None, "finished"]


def test_a_merged_outlet_is_looked_at_once_a_week_and_crawled_never(tmp_path):
    jobs = []

    def answer(job):
        jobs.append((job.outlet, job.kind))
        return Report(job.run, job.outlet, "locked" if len(jobs) == 1 else "finished")

    async def main():
        async with bench(tmp_path, [], answer=answer, looks=["cu-lao"]) as b:
            await b.rounds.plan()
            first = b.timer.alarms["cu-lao"]
            assert NOON <= first < NOON + 7 * 24 * HOUR
            b.clock.set(first)
            await b.crawled(1)
            assert b.timer.alarms["cu-lao"] == first + HOUR  # the host was in use
            b.clock.set(first + HOUR)
            await b.crawled(2)
            due = b.timer.alarms["cu-lao"]
            assert due == first + 7 * 24 * HOUR
            await b.rounds.plan()  # nothing was written by this worker: the plan starts anew
            assert b.timer.alarms["cu-lao"] == due
            run = (await b.runs("cu-lao"))[0]
            assert run.kind == "look"

    asyncio.run(main())
    assert jobs == [("cu-lao", "look")] * 2


def test_a_look_that_was_missed_is_made_at_once(tmp_path):
    database = Database.open(tmp_path)
    OutletStore(database).save(OutletState("cu-lao", looked_at=NOON - 20 * 24 * HOUR))
    database.close()

    async def main():
        async with bench(tmp_path, ["an-bien"], looks=["cu-lao"]) as b:
            await b.rounds.plan()
            await b.crawled(2)
            assert sorted(b.runner.outlets) == ["an-bien", "cu-lao"]

    asyncio.run(main())


def test_a_probe_or_given_urls_do_not_move_the_next_round(tmp_path):
    database = Database.open(tmp_path)
    for number, kind in enumerate(("round", "probe", "urls")):
        RunStore(database).begin(f"r{number}", "an-bien", kind, NOON - (3 - number) * timedelta(minutes=3))
        RunStore(database).end(f"r{number}", "finished", {}, [], NOON - (3 - number) * timedelta(minutes=3))
    database.close()

    async def main():
        async with bench(tmp_path, ["an-bien"]) as b:
            await b.rounds.plan()
            assert b.timer.alarms["an-bien"] == NOON + timedelta(minutes=1)

    asyncio.run(main())
