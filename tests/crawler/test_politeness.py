from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clock import HANOI
from crawler.fetching import politeness
from crawler.fetching.politeness import has_spare, of_day, retry_after, started, turn
from storage.hosts import HostState

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI)
FRESH = HostState("baothutu.vn")
FIVE = timedelta(minutes=5)


def answered(
    state: HostState, now: datetime, status: int | None, wish: timedelta | None = None, *, of_page: bool = True
) -> HostState:
    return politeness.answered(
        state, now, delay=3.0, received=1000, status=status, retry_after=wish, of_page=of_page, first_backoff=FIVE
    )


def test_starts_are_kept_apart() -> None:
    state = answered(FRESH, NOW, 200)
    assert turn(state, NOW + timedelta(seconds=1), delay=3.0, daily=600, revisit=False).seconds == 2.0
    assert turn(state, NOW + timedelta(seconds=4), delay=3.0, daily=600, revisit=False).seconds == 0.0


def test_the_delay_counts_from_the_answer_because_nobody_knows_when_the_server_saw_the_request() -> None:
    state = started(FRESH, NOW, hold=63.0, revisit=False)
    assert state.next_allowed_at == NOW + timedelta(seconds=63)
    # The process died under way: whoever comes next waits for one delay from its own first look.
    assert turn(state, NOW + timedelta(seconds=20), delay=3.0, daily=600, revisit=False).seconds == 3.0
    late = NOW + timedelta(seconds=20)
    for status in (200, 404, 500, None):
        assert answered(state, late, status).next_allowed_at == late + timedelta(seconds=3)


def test_the_sheet_keeps_what_a_day_cost_and_the_last_pause() -> None:
    state = answered(answered(FRESH, NOW, 429), NOW + FIVE, 200)
    assert (state.bytes, state.throttled_status, state.throttled_at) == (2000, 429, NOW)
    assert state.blocked_until is None
    tomorrow = answered(state, NOW + timedelta(days=1), None)
    assert (tomorrow.bytes, tomorrow.requests, tomorrow.throttled_status) == (1000, 0, 429)


def test_a_fetch_without_an_answer_neither_starts_nor_ends_a_pause() -> None:
    paused = answered(FRESH, NOW, 503)
    assert answered(paused, NOW, None).blocked_until == paused.blocked_until
    assert answered(FRESH, NOW, None).blocked_until is None


def test_robots_txt_ends_no_back_off() -> None:
    paused = answered(FRESH, NOW, 429)
    seen = answered(paused, NOW + FIVE, 200, of_page=False)
    assert (seen.backoff_seconds, seen.blocked_until) == (300.0, NOW + FIVE)
    assert answered(seen, NOW + FIVE, 429).backoff_seconds == 600.0


@given(st.integers(-400_000_000, 400_000_000))
def test_no_jump_of_the_clock_waits_longer_than_the_delay(seconds: int) -> None:
    state = started(FRESH, NOW, hold=63.0, revisit=False)
    result = turn(state, NOW + timedelta(seconds=seconds), delay=3.0, daily=600, revisit=False)
    assert result.verdict == "go" and 0 <= result.seconds <= 3.0


def test_the_budget_is_of_the_day_in_vietnam_and_a_quarter_for_revisits() -> None:
    late = datetime(2026, 3, 2, 23, 59, tzinfo=HANOI)
    state = replace(of_day(FRESH, late), requests=600)
    assert turn(state, late, delay=3.0, daily=600, revisit=False).verdict == "budget"
    assert turn(state, late + timedelta(minutes=2), delay=3.0, daily=600, revisit=False).verdict == "go"
    visited = replace(of_day(FRESH, late), requests=200, revisits=150)
    assert turn(visited, late, delay=3.0, daily=600, revisit=True).verdict == "budget"
    assert turn(visited, late, delay=3.0, daily=600, revisit=False).verdict == "go"
    assert started(visited, late, hold=63.0, revisit=True).revisits == 151


def test_a_pause_is_obeyed_and_ends_with_a_good_answer() -> None:
    asked = timedelta(hours=30)
    paused = answered(FRESH, NOW, 503, asked)
    result = turn(paused, NOW + timedelta(hours=29), delay=3.0, daily=600, revisit=False)
    assert (result.verdict, result.until) == ("blocked", NOW + asked)
    assert turn(paused, NOW + asked, delay=3.0, daily=600, revisit=False).verdict == "go"
    again = answered(paused, NOW + asked, 429)
    assert again.backoff_seconds == 600
    assert answered(again, NOW, 200).blocked_until is None


def test_a_short_retry_after_is_a_minute_and_then_the_back_off() -> None:
    """A server that says `Retry-After: 0` with each 429 must not be asked for ever without a pause."""
    state, now, waits = FRESH, NOW, []
    for wish in (0, 1, 59, 0):
        state = answered(state, now, 429, timedelta(seconds=wish))
        assert state.blocked_until is not None
        waits.append((state.blocked_until - now).total_seconds())
        now = state.blocked_until
    assert waits == [60, 600, 1200, 2400]
    long = answered(state, now, 429, timedelta(seconds=61))
    assert long.blocked_until == now + timedelta(seconds=61)  # what is asked for in earnest is obeyed as it is
    assert answered(answered(long, now, 200), now, 503, timedelta()).blocked_until == now + timedelta(seconds=60)


def test_no_server_silences_an_outlet_for_good() -> None:
    wish = retry_after("Fri, 31 Dec 2100 23:59:59 GMT", NOW)
    paused = answered(FRESH, NOW, 429, wish)
    assert paused.blocked_until == NOW + timedelta(days=7)
    # Written before the clock was set back by years: the pause is not believed.
    assert turn(paused, NOW - timedelta(days=3650), delay=3.0, daily=600, revisit=False).verdict == "go"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 02 Mar 2026 01:10:00 GMT", 600),
        ("Mon, 02 Mar 2026 00:10:00 GMT", 0),
        ("99999999999999999999", 7 * 86400),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: int | None) -> None:
    found = retry_after(value, NOW)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(max_size=60))
def test_no_header_breaks_it(value: str) -> None:
    found = retry_after(value, NOW)
    assert found is None or found >= timedelta()


def test_what_can_wait_is_spread_over_the_day() -> None:
    midnight = NOW.replace(hour=0)
    for hours, used, expected in [(0, 39, True), (0, 40, False), (12, 294, True), (12, 295, False), (23, 530, False)]:
        moment = midnight + timedelta(hours=hours)
        state = replace(of_day(FRESH, moment), requests=used)
        assert has_spare(state, moment, daily=600) is expected, (hours, used)
        # Sources that use up their share each run leave some of the day to the pages of a long history.
        assert has_spare(replace(state, requests=used + 29), moment, daily=600, silent=True) >= expected
    full = replace(of_day(FRESH, NOW), requests=590)
    assert not has_spare(full, NOW.replace(hour=23, minute=59), daily=600, silent=True)
