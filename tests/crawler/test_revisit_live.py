"""Revisits of stored articles on a real connection."""

from datetime import timedelta

import pytest

from tests.crawler.press import Answer, Bench, article, path_of
from tests.crawler.worker_outlets import HOST

pytestmark = pytest.mark.crawl
PAGE = path_of(1)


@pytest.fixture
def stored(bench: Bench) -> Bench:
    """An article that was stored, with an ETag; its feed is not asked again."""
    bench.show(1)
    page = article("Cầu treo Suối Thử đã xong")
    page.headers |= {"ETag": '"e1"'}
    bench.press.pages[PAGE] = page
    assert bench.run().stats["new"] == 1
    return bench


def test_visits_come_at_their_ages_and_are_conditional(stored: Bench) -> None:
    stored.press.pages[PAGE] = lambda headers: Answer(status=304 if headers.get("if-none-match") == '"e1"' else 500)
    stored.run()
    assert stored.press.paths().count(PAGE) == 1
    stored.clock.forward(hours=1)
    assert stored.run().stats["same"] == 1
    next_at = stored.link(PAGE).next_at
    assert next_at is not None and abs(next_at - stored.clock.now - timedelta(hours=23)) < timedelta(seconds=5)
    stored.clock.forward(hours=23, seconds=2)
    assert stored.run().stats["same"] == 1
    link = stored.link(PAGE)
    assert (link.next_at, link.visits, link.state) == (None, 2, "stored")
    assert stored.press.paths().count(PAGE) == 3 and stored.intake() == [("new", "baseline")]


def test_the_same_body_is_not_parsed_again(stored: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.judging.extract", None)
    stored.clock.forward(hours=1)
    report = stored.run()
    assert report.stats["same"] == 1 and report.outcome == "finished"


def test_a_changed_article_is_a_new_version(stored: Bench) -> None:
    stored.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong, sẽ mở rộng thêm một làn")
    stored.clock.forward(hours=1)
    assert stored.run().stats["changed"] == 1
    assert stored.intake() == [("new", "baseline"), ("edited", None)]
    known = stored.articles.get("baothutu:a:1001")
    assert known is not None and known.version == 2 and known.title.endswith("một làn")


def test_gone_twice_is_removed_also_when_the_ages_are_used_up(stored: Bench) -> None:
    stored.clock.forward(hours=1)
    stored.run()
    stored.press.pages[PAGE] = Answer(status=410)
    stored.clock.forward(hours=24)
    assert stored.run().stats["removed"] == 0
    assert stored.link(PAGE).gone_seen == 1
    stored.clock.forward(hours=24, seconds=2)
    assert stored.run().stats["removed"] == 1
    known = stored.articles.get("baothutu:a:1001")
    assert known is not None and known.removed_at is not None
    assert stored.intake()[-1] == ("removed", None)
    stored.clock.forward(days=3)
    asked = stored.press.paths().count(PAGE)
    stored.run()
    assert stored.press.paths().count(PAGE) == asked


def test_an_article_that_comes_back_was_not_gone(stored: Bench) -> None:
    page = stored.press.pages[PAGE]
    stored.press.pages[PAGE] = Answer(status=404)
    stored.clock.forward(hours=1)
    stored.run()
    stored.press.pages[PAGE] = page
    stored.clock.forward(hours=24)
    stored.run()
    assert stored.link(PAGE).gone_seen == 0 and len(stored.intake()) == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(status=500), Answer(b"<html></html>"), Answer(status=301, headers={"Location": "http://khac/"})],
    ids=["error", "no article any more", "led away"],
)
def test_other_answers_leave_the_article_alone(stored: Bench, answer: Answer) -> None:
    stored.press.pages[PAGE] = answer
    stored.clock.forward(hours=1)
    report = stored.run()
    assert len(report.problems) == 1 and stored.state(PAGE) == "stored" and len(stored.intake()) == 1
    assert stored.link(PAGE).next_at is not None


def test_revisits_take_at_most_a_quarter_of_the_budget_and_come_last(stored: Bench) -> None:
    numbers = range(1, 11)
    stored.show(*numbers)
    stored.run()
    stored.set(daily_requests=12)
    stored.clock.forward(days=1, hours=2)
    stored.show(*numbers, 50)
    before = len(stored.press.asked)
    report = stored.run()
    assert report.outcome == "finished"
    asked = stored.press.paths()[before:]
    assert report.stats["new"] == 1 and asked[:3] == ["/robots.txt", "/rss/home.rss", path_of(50)]
    assert len(asked) == 3 + 3 and "daily_budget" in {p.code for p in report.problems}
    assert f"https://{HOST}{path_of(50)}" not in {link.url for link in stored.links.due("baothutu", stored.clock(), 99)}
