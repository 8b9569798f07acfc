"""The weekly look at a merged paper, and what a paper that moves to another host leaves in the overrides."""

import json
from dataclasses import replace

import pytest

from crawler.outlet import Host, Outlet, Source
from crawler.override_file import read_overrides
from storage.runs import RunStore
from tests.crawler.press import LOOP, Answer, Bench, article, path_of
from tests.crawler.sources import HTML, at, only, outlet_state, overrides, publish, run, section
from tests.crawler.worker_outlets import FEED, HOST

pytestmark = pytest.mark.crawl
NEW_HOST = "baothutumoi.vn"


@pytest.fixture
def merged(bench: Bench) -> Bench:
    bench.outlet = replace(bench.outlet, status="merged", successor="baokhac")
    only(bench, Source("section", at("/"), "assumed"))
    return bench


def look(bench: Bench) -> None:
    bench.clock.forward(days=7)
    report = run(bench, "look")
    assert (report.outcome, report.problems) == ("finished", ())
    assert outlet_state(bench).looked_at is not None


def test_a_paper_that_leads_to_its_successor_has_not_come_back(merged: Bench) -> None:
    merged.press.pages["/"] = Answer(status=301, headers={"Location": "https://baokhac.vn/"})
    for _ in range(3):
        look(merged)
    assert outlet_state(merged).returned_at is None and not overrides(merged).exists()
    assert [path for path in merged.press.paths() if path != "/robots.txt"] == ["/", "/", "/"]
    last = RunStore(merged.db).last("baothutu")
    assert last is not None and last.kind == "look"


def test_a_site_that_stands_still_has_not_come_back(merged: Bench) -> None:
    merged.press.pages["/"] = section(range(1, 9))
    for _ in range(3):
        look(merged)
    merged.press.pages["/"] = section(range(3, 12))  # three that no look has seen: a box of old ones turns
    look(merged)
    assert outlet_state(merged).returned_at is None
    assert set(merged.press.paths()) == {"/robots.txt", "/"}


def test_a_paper_with_new_articles_came_back(merged: Bench) -> None:
    merged.press.pages["/"] = section(range(1, 9))
    look(merged)
    merged.press.pages["/"] = section(range(20, 29))
    look(merged)
    returned = outlet_state(merged).returned_at
    assert returned is not None
    look(merged)
    assert outlet_state(merged).returned_at == returned
    assert merged.db.rows("SELECT 1 FROM links") == [] and merged.db.rows("SELECT 1 FROM sources") == []


def test_a_paper_that_redirected_and_shows_articles_came_back(merged: Bench) -> None:
    merged.press.pages["/"] = Answer(status=301, headers={"Location": "https://baokhac.vn/"})
    look(merged)
    merged.press.pages["/"] = section(range(1, 9))
    look(merged)
    assert outlet_state(merged).returned_at is not None


@pytest.mark.parametrize("answer", [Answer(status=500), Answer(status=404), Answer(b"<html>Het</html>", headers=HTML)])
def test_a_dead_site_is_no_problem(merged: Bench, answer: Answer) -> None:
    merged.press.pages["/"] = answer
    look(merged)
    merged.press.pages["/robots.txt"] = Answer(status=500)
    look(merged)
    assert outlet_state(merged).returned_at is None


def test_a_merged_paper_is_crawled_when_somebody_asks_for_it(merged: Bench) -> None:
    merged.press.pages["/"] = section([1])
    publish(merged, [1])
    assert run(merged).stats["new"] == 1


# Moves


def moved(target: str = f"https://{NEW_HOST}/") -> Answer:
    return Answer(status=301, headers={"Location": target})


def test_a_move_is_proposed_and_nothing_is_asked_there(bench: Bench) -> None:
    only(bench, Source("section", at("/"), "assumed"), FEED)
    bench.press.pages["/"] = moved()
    bench.press.pages["/rss/home.rss"] = moved(f"https://{NEW_HOST}/rss/home.rss")
    report = run(bench)
    assert len([problem for problem in report.problems if problem.code == "moved"]) == 1
    hosts = read_overrides(overrides(bench), "baothutu").hosts
    assert [(host.name, host.accepted) for host in hosts] == [(NEW_HOST, False)]
    assert {headers["host"] for _, _, headers in bench.press.asked} == {HOST}


def test_an_article_that_moved_is_a_proposal_too(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[path_of(1)] = moved(f"https://{NEW_HOST}{path_of(1)}")
    report = run(bench)
    assert "moved" in [problem.code for problem in report.problems]
    assert [host.name for host in read_overrides(overrides(bench), "baothutu").hosts] == [NEW_HOST]


def test_another_papers_host_is_a_merger_and_no_proposal(bench: Bench) -> None:
    from crawler.crawl import crawl
    from crawler.job import Job

    other = Outlet("baokhac", "Báo Khác", "active", None, (Host(NEW_HOST),), f"https://{NEW_HOST}/")
    bench.press.pages["/rss/home.rss"] = moved()
    crawling = bench.crawling()
    crawling = replace(crawling, outlets={**crawling.outlets, "baokhac": other}, overrides=overrides(bench))
    report = LOOP.run_until_complete(crawl(Job("r", "baothutu"), crawling, bench.events.append))
    told = [problem.detail for problem in report.problems if problem.code == "moved"]
    assert len(told) == 1 and "baokhac" in told[0] and not overrides(bench).exists()


# Given URLs


def test_what_is_pending_after_a_given_url_is_that_url(bench: Bench) -> None:
    report = run(bench, "urls", at(path_of(1)))
    assert bench.state(path_of(1)) == "pending" and report.stats["pending"] == 1
    bench.press.pages[path_of(1)] = article("Tin mới số 1 từ huyện Suối Thử")
    report = run(bench, "urls", at(path_of(1)))
    assert report.stats["pending"] == 0 and json.loads(report.line())["details"] == {}
