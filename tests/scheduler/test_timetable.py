from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clock import HANOI
from scheduler.timetable import WEEK, Beat, LastRun, follow, jitter_of, jump, next_look, next_run
from tests.scheduler.fakes import NOON

TEN = timedelta(minutes=10)
NONE = timedelta(0)
OUTCOMES = ["finished", "limit", "locked", "refused", "failed", "killed", None]


def minutes(number):
    return timedelta(minutes=number)


def last(outcome, *, started=2, ended=1, in_a_row=1):
    """A run that started and ended so many minutes before noon."""
    return LastRun(NOON - minutes(started), NOON - minutes(ended), outcome, in_a_row)


def test_an_outlet_that_never_ran_is_due_now():
    assert next_run(None, TEN, NOON, jitter=minutes(1)) == NOON


@pytest.mark.parametrize("outcome", ["finished", "failed"])
def test_a_run_that_ended_well_or_badly_keeps_the_interval(outcome):
    assert next_run(last(outcome), TEN, NOON, jitter=minutes(1)) == NOON + minutes(9)


def test_a_limit_makes_it_due_since_its_end_so_behind_those_that_waited_longer():
    due = next_run(last("limit"), TEN, NOON, jitter=minutes(1))
    waited_longer = next_run(last("finished", started=12), TEN, NOON, jitter=NONE)
    assert waited_longer < due == NOON - minutes(1)


def test_a_limit_that_is_reached_at_once_makes_no_hot_loop():
    assert next_run(last("limit", started=0, ended=0), TEN, NOON, jitter=NONE) == NOON + timedelta(seconds=10)


def test_a_killed_run_comes_again_soon_but_less_and_less_often():
    waits = [next_run(last("killed", ended=0, in_a_row=n), TEN, NOON, jitter=NONE) - NOON for n in (1, 2, 3, 4, 5, 99)]
    assert waits == [minutes(1), minutes(2), minutes(4), minutes(8), TEN, TEN]


def test_a_locked_outlet_comes_again_soon_and_a_refused_one_later():
    assert next_run(last("locked", ended=0), TEN, NOON, jitter=NONE) == NOON + timedelta(seconds=30)
    assert next_run(last("refused", started=0, ended=0), TEN, NOON, jitter=NONE) == NOON + 2 * TEN


def test_a_run_that_was_cut_off_leaves_its_outlet_due():
    unfinished = LastRun(NOON - minutes(1), None, None)
    assert next_run(unfinished, TEN, NOON, jitter=NONE) == NOON - minutes(1)


def test_short_intervals_shorten_all_waits():
    second = timedelta(seconds=1)
    for outcome in OUTCOMES:
        assert next_run(last(outcome, started=0, ended=0), second, NOON, jitter=NONE) <= NOON + 2 * second


@given(
    outcome=st.sampled_from(OUTCOMES),
    started=st.timedeltas(minutes(-(10**6)), minutes(10**6)),
    took=st.timedeltas(minutes(-200), minutes(200)),
    interval=st.timedeltas(timedelta(seconds=1), timedelta(days=7)),
    chance=st.floats(0, 1, exclude_max=True),
    in_a_row=st.integers(1, 10**6),
)
def test_no_clock_silences_an_outlet(outcome, started, took, interval, chance, in_a_row):
    """Whatever the clock said at the last run, the next one is at most two intervals (and jitter) ahead."""
    run = LastRun(NOON + started, NOON + started + took, outcome, in_a_row)
    jitter = jitter_of(interval, chance)
    assert next_run(run, interval, NOON, jitter=jitter) <= NOON + 2 * interval + jitter
    assert jitter < interval / 10


@pytest.mark.parametrize("back", [minutes(1), minutes(60), timedelta(days=3652)])
def test_a_clock_that_went_back_makes_it_due_now(back):
    assert next_run(last("finished"), TEN, NOON - minutes(2) - back, jitter=NONE) == NOON - minutes(2) - back


def test_equal_outcomes_in_a_row_are_counted():
    first = follow(None, NOON, NOON, "killed")
    second = follow(first, NOON, NOON, "killed")
    assert (first.in_a_row, second.in_a_row, follow(second, NOON, NOON, "finished").in_a_row) == (1, 2, 1)


@pytest.mark.parametrize(
    ("wall", "monotonic", "expected"),
    [(1, 1, 0), (2.9, 1, 0), (30, 30, 0), (3601, 1, 3600), (-3599, 1, -3600), (1 + 2.5, 1, 2.5), (-2.5, 0.5, -3)],
)
def test_a_jump_is_where_the_clocks_part(wall, monotonic, expected):
    before = Beat(NOON, 50.0)
    after = Beat(NOON + timedelta(seconds=wall), 50.0 + monotonic)
    assert jump(before, after) == expected


def test_times_are_of_the_same_moment_in_any_zone():
    elsewhere = NOON.astimezone(tz=None)
    run = LastRun(elsewhere - minutes(2), elsewhere, "finished")
    assert next_run(run, TEN, NOON, jitter=NONE).astimezone(HANOI) == NOON + minutes(8)


@given(st.text("abcdefghij-", min_size=1, max_size=20), st.integers(0, 60 * 24 * 60))
def test_a_merged_outlet_has_its_own_moment_of_the_week(slug, minutes):
    now = NOON + timedelta(minutes=minutes)
    due = next_look(slug, None, now)
    assert now <= due < now + WEEK
    assert next_look(slug, None, due) == due  # a restart moves nothing
    again = next_look(slug, due, due)
    assert again - due == WEEK
    assert next_look(slug, due, due + 3 * WEEK) == again  # missed meanwhile: due at once
    assert now <= next_look(slug, now + 10 * WEEK, now) < now + WEEK  # the clock was set back


def test_looks_are_spread_over_the_week():
    days = {next_look(f"bao-{n}", None, NOON).date() for n in range(29)}
    assert len(days) >= 6
