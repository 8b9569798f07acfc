import asyncio
from datetime import datetime, timedelta

import pytest

from corpus.clock import now
from scheduler.timer import ApschedulerTimer
from tests.scheduler.fakes import until


def run(alarms, expected):
    """Set alarms by seconds from now; give the keys in the order in which they rang."""

    async def main():
        rung = []
        timer = ApschedulerTimer()
        timer.start(lambda key, due: rung.append((key, due)))
        begun = now()
        for key, seconds in alarms:
            timer.set(key, begun + timedelta(seconds=seconds))
        timer.wake()
        await until(lambda: len(rung) >= expected)
        timer.stop()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        timer.stop()
        return [(key, round((due - begun).total_seconds())) for key, due in rung]

    return asyncio.run(main())


def test_what_has_passed_long_ago_rings_at_once_and_once():
    assert sorted(run([("a", -5), ("b", -86400 * 3652), ("c", 0)], 3)) == [("a", -5), ("b", -86400 * 3652), ("c", 0)]


def test_an_alarm_that_is_moved_rings_once():
    assert run([("a", 3600), ("a", 7200), ("b", 3600), ("a", -1)], 1) == [("a", -1)]


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="naive"):
        ApschedulerTimer().set("a", datetime(2026, 3, 2, 12, 0))  # noqa: DTZ001 - that is the point
