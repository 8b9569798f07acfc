import asyncio
from datetime import timedelta
from functools import partial

from scheduler.dispatching import Dispatching
from tests.scheduler.fakes import NOON, FakeClock, until


class FakeDispatcher:
    """Answers each step with the next of `answers`, then with None."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.steps = 0
        self.closed = 0

    async def close(self, grace):
        self.closed += 1

    async def step(self):
        self.steps += 1
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


def run(dispatcher, main, **options):
    async def whole():
        dispatching = Dispatching(dispatcher, FakeClock(), **options)
        task = asyncio.create_task(dispatching.run())
        await main(dispatching)
        dispatching.stop()
        await task

    asyncio.run(whole())
    assert dispatcher.closed == 1
    return dispatcher.steps


def test_it_steps_at_once_and_when_it_is_woken():
    dispatcher = FakeDispatcher()

    def done(steps):
        return dispatcher.steps == steps

    async def main(dispatching):
        for steps in range(1, 4):
            await until(partial(done, steps))
            dispatching.wake()
        await until(lambda: dispatcher.steps == 4)

    assert run(dispatcher, main, poll_seconds=3600) == 4


def test_it_comes_back_when_the_dispatcher_says_so_but_rests_in_between():
    dispatcher = FakeDispatcher(NOON + timedelta(seconds=0.01), NOON - timedelta(days=1), NOON + timedelta(days=1))

    async def main(dispatching):
        await until(lambda: dispatcher.steps == 3)

    assert run(dispatcher, main, poll_seconds=3600, rest_seconds=0.01) == 3


def test_it_looks_again_after_the_longest_wait_and_after_an_error(caplog):
    dispatcher = FakeDispatcher(RuntimeError("no database"), NOON + timedelta(days=1), None)

    async def main(dispatching):
        await until(lambda: dispatcher.steps >= 4)

    run(dispatcher, main, poll_seconds=0.01)
    assert "dispatch_failed" in caplog.text


def test_stop_lets_the_step_under_way_finish():
    class Slow(FakeDispatcher):
        finished = False

        async def step(self):
            self.steps += 1
            await asyncio.sleep(0.05)
            self.finished = True

    dispatcher = Slow()

    async def main(dispatching):
        await until(lambda: dispatcher.steps == 1)

    assert run(dispatcher, main) == 1
    assert dispatcher.finished
