"""Runs that leave work which may not be done now: they must not be begun again at once, and must not cost the news."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.outlet import Host
from storage.hosts import HostStore
from storage.links import NewLink, Silent
from tests.crawler.press import START, Answer, Bench, article, feed, path_of
from tests.crawler.worker_outlets import HOST, OUTLET

pytestmark = pytest.mark.crawl
OTHER = "baothunam.vn"
DEAD = "127.0.0.1:1"


@pytest.fixture
def watched(bench: Bench) -> Bench:
    """An outlet whose baseline is behind it."""
    bench.show(1)
    assert bench.run().outcome == "finished"
    bench.clock.forward(minutes=15)
    return bench


def with_other(bench: Bench, target: str) -> None:
    bench.outlet = replace(OUTLET, hosts=(Host(HOST), Host(OTHER)))
    bench.set(resolve={HOST: bench.press.target, OTHER: target})


def add(bench: Bench, *numbers: int, host: str = OTHER, silent: bool = False) -> None:
    urls = [f"https://{host}{path_of(number)}" for number in numbers]
    kind: Silent | None = "flood" if silent else None
    bench.links.add_new(OUTLET.slug, [NewLink(url, url, silent=kind) for url in urls], bench.clock())


def of_other(bench: Bench, number: int) -> str:
    link = bench.links.get(OUTLET.slug, f"https://{OTHER}{path_of(number)}")
    assert link is not None
    return link.state


def test_a_second_host_without_robots_txt_neither_hurries_the_outlet_nor_stops_its_news(watched: Bench) -> None:
    with_other(watched, DEAD)
    watched.set(max_pages=3)
    watched.show(1, 2)
    add(watched, *range(100, 120))  # more than are looked at at a time, and newer than the news
    report = watched.run()
    assert (report.outcome, report.stats["new"], report.stats["pending"]) == ("finished", 1, 20)
    assert watched.state(path_of(2)) == "stored" and {p.code for p in report.problems} == {"robots_unreachable"}


def test_a_second_host_with_a_pause_waits_for_the_interval(watched: Bench) -> None:
    with_other(watched, watched.press.target.replace("127.0.0.1", "127.0.0.2"))
    hosts = HostStore(watched.db)
    until = watched.clock() + timedelta(hours=1)
    hosts.save_politeness([replace(hosts.politeness(OTHER), blocked_until=until)])
    add(watched, 5)
    report = watched.run()
    assert report.outcome == "finished" and [p.code for p in report.problems] == ["throttled"]


def test_a_redirect_to_a_barred_host_closes_that_host_and_no_other(watched: Bench) -> None:
    with_other(watched, DEAD)
    watched.press.pages[path_of(3)] = Answer(status=301, headers={"Location": f"https://{OTHER}{path_of(3)}"})
    watched.show(1, 2, 3)
    watched.press.pages["/rss/home.rss"] = feed(
        (path_of(3), "Tin 3", watched.clock.now), (path_of(2), "Tin 2", watched.clock.now - timedelta(hours=1))
    )
    report = watched.run()
    assert (report.outcome, report.stats["new"]) == ("finished", 1) and watched.state(path_of(2)) == "stored"
    asked = watched.press.paths().count(path_of(3))
    watched.run()
    assert watched.press.paths().count(path_of(3)) == asked == 1 and watched.state(path_of(3)) == "pending"


def test_what_is_silent_leaves_budget_for_the_news_of_the_evening(watched: Bench) -> None:
    watched.set(daily_requests=30)
    add(watched, *range(100, 160), host=HOST, silent=True)
    for number in range(100, 160):
        watched.press.pages[path_of(number)] = article(f"Tin cũ số {number} từ huyện Suối Thử")
    first = watched.run()
    assert first.outcome == "finished" and 5 < HostStore(watched.db).politeness(HOST).requests < 15
    assert first.stats["pending"] > 40 and first.problems == ()
    watched.show(1, 2)
    report = watched.run()
    assert report.stats["new"] == 1 and watched.state(path_of(2)) == "stored"
    url = f"https://{HOST}{path_of(159)}"
    given = watched.run(url)
    assert given.stats["new"] == 1, given
    watched.clock.now = START.replace(hour=20)
    later = watched.run()
    assert later.stats["new"] > 5 and later.outcome == "finished"


def test_links_of_a_host_that_is_no_longer_the_outlets_are_set_aside_until_it_is_again(watched: Bench) -> None:
    add(watched, 5)
    report = watched.run()
    assert [p.code for p in report.problems] == ["refused_address"] and report.stats["rejected"] == 1
    assert of_other(watched, 5) == "rejected"
    watched.clock.forward(days=2)
    assert watched.run().problems == ()
    watched.press.pages[path_of(5)] = article("Tin mới số 5 từ huyện Suối Thử")
    with_other(watched, watched.press.target)
    assert watched.run().stats["new"] == 1
    assert of_other(watched, 5) == "stored"
    watched.outlet = OUTLET  # forgotten: its article stays, and nobody is told every day
    watched.clock.forward(days=2)
    asked = len(watched.press.asked)
    report = watched.run()
    assert of_other(watched, 5) == "stored" and report.problems == () and report.outcome == "finished"
    assert all(headers["host"] == HOST for _, _, headers in watched.press.asked[asked:])
