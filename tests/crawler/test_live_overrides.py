"""Overrides and broken files as a running worker meets them: from the next run on, without a restart."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawler.crawl import Crawling, crawl
from crawler.job import Job, Report
from crawler.live_catalogue import LiveCatalogue
from crawler.outlet import Source
from crawler.override_file import add_source
from tests.crawler.press import LOOP, START, Answer, Bench, feed, path_of
from tests.crawler.sources import asked, at, publish, section
from tests.crawler.worker_outlets import HOST

pytestmark = pytest.mark.crawl

FILE = f"""name = "Báo Thử Tự"
status = "active"
home = "https://{HOST}/"
hosts = [{{ name = "{HOST}" }}]
eras = [{{ code = "a", pattern = '-(?P<id>\\d{{4}})\\.html$' }}]
sources = [{{ kind = "feed", url = "https://{HOST}/rss/home.rss", grade = "confirmed" }}]
"""


@pytest.fixture
def crawling(bench: Bench) -> Crawling:
    user = bench.folder / "user"
    (user / "outlets").mkdir(parents=True)
    (user / "outlets" / "baothutu.toml").write_text(FILE)
    catalogue = LiveCatalogue(user, bench.folder / "overrides")
    publish(bench, range(1, 20))
    bench.press.pages["/"] = section(range(1, 7))
    bench.press.pages["/rss/home.rss"] = feed((path_of(1), "Tin", START))
    return replace(bench.crawling(), catalogue=catalogue)


def once(bench: Bench, crawling: Crawling) -> Report:
    bench.clock.forward(minutes=15)
    number = bench.db.rows("SELECT COUNT(*) AS n FROM runs")[0]["n"]
    job = Job(f"run-{number}", "baothutu")
    return LOOP.run_until_complete(asyncio.wait_for(crawl(job, crawling, bench.events.append), 60))


def user_file(bench: Bench) -> Path:
    return bench.folder / "user" / "outlets" / "baothutu.toml"


def test_an_override_holds_from_the_next_run_and_its_deletion_too(bench: Bench, crawling: Crawling) -> None:
    once(bench, crawling)
    source = Source("feed", at("/rss/them.rss"), "candidate")
    add_source(bench.folder / "overrides", "baothutu", source, "search: link", date(2026, 3, 2))
    bench.press.pages["/rss/them.rss"] = feed((path_of(9), "Tin", START))
    assert once(bench, crawling).stats["new"] == 1
    (bench.folder / "overrides" / "baothutu.toml").unlink()
    before = len(bench.press.asked)
    once(bench, crawling)
    assert sorted(asked(bench, since=before)) == ["/", "/rss/home.rss"]


def test_a_file_that_breaks_stops_no_run_and_is_told(bench: Bench, crawling: Crawling) -> None:
    once(bench, crawling)
    folder = bench.folder / "overrides"
    folder.mkdir()
    (folder / "baothutu.toml").write_text("[[sources")
    (bench.folder / "user" / "outlets" / "baohong.toml").write_text("status = 5")
    report = once(bench, crawling)
    assert report.outcome == "finished"
    assert [problem.code == "outlet_file" and str(folder) in problem.detail for problem in report.problems] == [True]
    (folder / "baothutu.toml").unlink()
    assert once(bench, crawling).problems == ()


def test_a_paper_whose_only_file_is_broken_says_so(bench: Bench, crawling: Crawling) -> None:
    user_file(bench).write_text(FILE + "stauts = 1")
    report = once(bench, crawling)
    assert report.outcome == "failed" and [problem.code for problem in report.problems] == ["outlet_file"]
    assert bench.press.asked == []
    user_file(bench).write_text(FILE)
    assert once(bench, crawling).outcome == "finished"


def test_confirmed_by_two_reads_and_back_to_the_catalogue_when_deleted(bench: Bench, crawling: Crawling) -> None:
    crawling = replace(crawling, overrides=bench.folder / "overrides")
    assert crawling.catalogue is not None
    bench.press.pages["/rss/them.rss"] = Answer(status=404)
    for first in (1, 3):
        bench.press.pages["/"] = section(range(first, first + 6))
        once(bench, crawling)
    front = crawling.catalogue.read()["baothutu"].sources[0]
    assert (front.url, front.grade, front.found) == (at("/"), "confirmed", True)
    (bench.folder / "overrides" / "baothutu.toml").unlink()
    front = crawling.catalogue.read()["baothutu"].sources[0]
    assert (front.grade, front.found) == ("assumed", False)
