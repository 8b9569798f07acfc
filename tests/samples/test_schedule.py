from datetime import timedelta

import pytest

from samples.edition import edition
from samples.press import CORE, load_press
from samples.schedule import EDIT_AFTER, LEAD_IN, QUIET_END, Timeline, plan
from tests.samples.asking import MovableClock

PRESS = load_press(CORE)


@pytest.mark.parametrize("seconds", [30, 60, 90, 300])
def test_everything_new_appears_before_the_quiet_end(seconds: float):
    events = plan(PRESS, seconds)
    published = {event.key: event.after for event in events if event.kind == "published"}
    assert len(published) == 40
    for article in PRESS.articles:
        after = published[article.key]
        assert after < 0 if article.role == "baseline" else 0 < after <= seconds - QUIET_END
    for event in events:
        if event.kind == "edited":
            assert event.after == pytest.approx(published[event.key] + EDIT_AFTER)
        if event.kind == "removed":
            assert published[event.key] < 0 < event.after


def test_papers_take_turns_and_edited_articles_come_first():
    live = [event.key for event in plan(PRESS, 90) if event.kind == "published" and event.after >= 0]
    assert {key.partition("/")[0] for key in live[:4]} == {paper.slug for paper in PRESS.papers}
    assert all(PRESS.article(key).edit for key in live[:4])


def test_the_plan_is_the_same_every_time():
    assert plan(PRESS, 77) == plan(PRESS, 77)


def test_before_the_opening_only_the_baseline_is_public():
    clock = MovableClock()
    waiting = Timeline(plan(PRESS, 90), clock(), None)
    clock.forward(1000)
    for paper in PRESS.papers:
        shown = edition(PRESS, waiting, paper, clock()).articles
        assert [s.article.role for s in shown] == ["baseline"] * 3
        assert all(s.published < clock() - timedelta(hours=3) for s in shown)


def test_an_edition_follows_the_clock():
    clock = MovableClock()
    started = clock()
    timeline = Timeline(plan(PRESS, 90), started, started)
    paper = PRESS.paper("baosonglinh")

    def at(seconds: float):
        return {
            s.article.number: (s.version, s.removed)
            for s in edition(PRESS, timeline, paper, started + timedelta(seconds=seconds)).articles
        }

    assert set(at(LEAD_IN - 1)) == {1, 2, 3}
    assert at(90 - QUIET_END) == {n: (2 if n == 4 else 1, n == 3) for n in range(1, 11)}
    newest = edition(PRESS, timeline, paper, started + timedelta(seconds=90))
    assert [s.published for s in newest.articles] == sorted((s.published for s in newest.articles), reverse=True)
    assert {s.article.number for s in newest.listed()} == set(range(1, 11)) - {3}
