from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from corpus.clock import HANOI
from crawler.outlet import Source
from crawler.revisit import after_failure, next_visit, second_look
from crawler.sources.asking import in_order, is_due
from crawler.sources.baseline import is_flood, silenced
from storage.links import Link, NewLink
from storage.sources import SourceState
from tests.crawler.worker_outlets import OUTLET

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGES = (HOUR, DAY)


def test_visits_come_at_their_ages_and_end() -> None:
    assert next_visit(0, AGES, NOW) == NOW + HOUR
    assert next_visit(1, AGES, NOW) == NOW + 23 * HOUR
    assert next_visit(2, AGES, NOW) is None and next_visit(0, (), NOW) is None


def test_an_article_that_was_missing_once_is_looked_at_again() -> None:
    assert second_look(1, AGES, NOW) == NOW + 23 * HOUR
    assert second_look(2, AGES, NOW) == second_look(9, AGES, NOW) == NOW + DAY
    assert second_look(1, (), NOW) is None


LINK = Link(
    id=1, outlet="a", url="u", canonical_url="u", state="pending", attempt=0, parses=0, since=None, source_url=None,
    found_at=NOW, hint_title=None, hint_published=None, silent=None, prior_read_at=None, next_at=None, visits=0,
    gone_seen=0, etag=None, last_modified=None, body_hash=None, article_id=None, reason=None, detail=None,
    rules_version=None, archive=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(), timedelta(minutes=5)),
        (timedelta(minutes=20), timedelta(minutes=20)),
        (5 * DAY, 6 * HOUR),
        (8 * DAY, DAY),
        (-DAY, timedelta(minutes=5)),
    ],
)
def test_failed_links_are_tried_for_ever_at_growing_distances(age: timedelta, wait: timedelta) -> None:
    link = replace(LINK, found_at=NOW - age)
    assert after_failure(link, NOW, timedelta(minutes=5)) - NOW == wait


def links(count: int, published: datetime | None = None) -> list[NewLink]:
    return [NewLink(f"u{n}", f"u{n}", published=published) for n in range(count)]


def test_the_first_complete_read_is_silent() -> None:
    assert {link.silent for link in silenced(links(3), prior_read_at=None, now=NOW, usual_per_day=9)} == {"baseline"}


def test_a_later_read_alerts_and_says_what_it_came_after() -> None:
    made = silenced(links(3), prior_read_at=NOW - HOUR, now=NOW, usual_per_day=9)
    assert {(link.silent, link.prior_read_at) for link in made} == {(None, NOW - HOUR)}


def test_only_what_is_old_or_undated_in_a_flood_is_silent() -> None:
    prior = NOW - HOUR
    mixed = [*links(60), *links(1, prior - DAY), *links(1, prior - DAY - HOUR), *links(1, NOW)]
    made = silenced(mixed, prior_read_at=prior, now=NOW, usual_per_day=20)
    assert [link.silent for link in made[60:]] == [None, "flood", None]
    assert {link.silent for link in made[:60]} == {"flood"}


@pytest.mark.parametrize(
    ("count", "span", "usual", "expected"),
    [(50, HOUR, 0, False), (51, HOUR, 0, True), (200, 7 * DAY, 30, False), (200, DAY, 30, True), (200, DAY, 40, False)],
)
def test_what_a_flood_is(count: int, span: timedelta, usual: float, expected: bool) -> None:
    assert is_flood(count, span, usual) is expected


def test_a_failing_source_waits_longer_and_longer() -> None:
    state = SourceState("a", "u", "feed", checked_at=NOW)
    first = timedelta(minutes=5)
    for failures, wait in [(0, 0), (2, 0), (3, 5), (4, 10), (6, 40), (10, 360), (5000, 360)]:
        failing, after = replace(state, failures=failures), NOW + timedelta(minutes=wait)
        assert is_due(failing, after, first)
        assert not wait or not is_due(failing, after - timedelta(seconds=1), first)
    assert is_due(replace(state, failures=9), NOW - DAY, first)  # the clock was set back


def test_the_best_feed_and_the_front_page_come_first_then_the_longest_unread() -> None:
    def source(kind: str, path: str, grade: str = "candidate") -> Source:
        return Source(kind, f"https://baothutu.vn{path}", grade)  # type: ignore[arg-type]

    sources = (
        *(source("section", "/", "assumed"), source("feed", "/1.rss"), source("feed", "/2.rss", "confirmed")),
        *(source("section", "/a"), source("section", "/b")),
    )
    outlet = replace(OUTLET, sources=sources)
    read = {"/1.rss": NOW, "/a": NOW - DAY}
    states = {
        one.url: SourceState("baothutu", one.url, one.kind, checked_at=read.get(one.url.partition(".vn")[2]))
        for one in sources
    }
    order = [one.url.partition(".vn")[2] for one in in_order(outlet, states)]
    assert order == ["/2.rss", "/", "/b", "/a", "/1.rss"]
