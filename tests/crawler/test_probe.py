"""A probe: what it says of a paper in each state, in four requests, and that it leaves no article behind."""

import json
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

import pytest

from crawler.job import Job, report_from
from crawler.outlet import Source
from crawler.override_file import read_overrides
from storage.hosts import HostStore
from storage.runs import RunStore
from tests.crawler.press import START, Answer, Bench, Press, article, feed, path_of
from tests.crawler.sources import at, only, outlet_state, overrides, publish, run, section
from tests.crawler.test_worker import Child
from tests.crawler.worker_outlets import FEED, HOST

pytestmark = pytest.mark.crawl
FRONT = Source("section", at("/"), "assumed")


@pytest.fixture
def paper(bench: Bench) -> Bench:
    only(bench, FRONT, FEED)
    publish(bench, range(1, 7))
    bench.press.pages["/"] = section(range(1, 7))
    return bench


def test_a_paper_in_order(paper: Bench) -> None:
    report = run(paper, "probe")
    details = dict(report.details)
    assert report.outcome == "finished" and report.problems == () and details.pop("at").startswith("2026-03-02T08:00")
    assert abs(details.pop("clock_offset")) > 0  # the press's own clock is another
    assert details == {
        "outlet": "baothutu",
        "dns": "ok",
        "tls": "none",
        "robots": "allowed",
        "front": "ok",
        "links": 6,
        "article": {
            "url": at(path_of(1)),
            "title": "Tin mới số 1 từ huyện Suối Thử",
            "published": None,
            "problem": None,
        },
        "requests": 3,
        "state": "ok",
    }
    assert paper.press.paths() == ["/robots.txt", "/", path_of(1)]


def test_a_probe_keeps_politeness_and_robots_and_nothing_else(paper: Bench) -> None:
    report = run(paper, "probe")
    for table in ("articles", "links", "sources", "intake"):
        assert paper.db.rows(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"] == 0
    assert HostStore(paper.db).politeness(HOST).requests == 3 and HostStore(paper.db).robots(HOST).state == "allowed"
    state = outlet_state(paper)
    assert state.probe == report.details and state.probed_at == state.verified_at is not None
    last = RunStore(paper.db).last("baothutu")
    assert last is not None and (last.kind, last.outcome) == ("probe", "finished")
    assert RunStore(paper.db).last_by_outlet("round") == {}
    again = run(paper, "probe")  # robots.txt is known by now
    assert again.details["requests"] == 2


def test_the_clock_offset_is_ours_minus_theirs(paper: Bench) -> None:
    paper.press.pages["/robots.txt"] = Answer(status=404)
    raw = section(range(1, 7))
    date = format_datetime(START.replace(minute=START.minute + 10), usegmt=False)
    head = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: text/html\r\nContent-Length: {len(raw.body)}\r\n\r\n"
    paper.press.pages["/"] = Answer(raw=head.encode() + raw.body)
    assert run(paper, "probe").details["clock_offset"] == -600


def test_a_feed_is_asked_where_the_front_page_shows_nothing(paper: Bench) -> None:
    paper.press.pages["/"] = Answer(b"<html><body><p>Chuyen giao dien</p></body></html>")
    paper.press.pages["/rss/home.rss"] = feed((path_of(2), "Tin", START))
    details = run(paper, "probe").details
    assert (details["links"], details["state"], details["requests"]) == (1, "ok", 4)
    assert details["article"]["problem"] is None


@pytest.mark.parametrize(
    ("front", "code"),
    [
        (Answer(status=403), "refused"),
        (Answer(status=503), "throttled"),
        (Answer(status=500), "error"),
        (Answer(status=302, headers={"Location": "https://baomoi.vn/"}), "moved"),
        (Answer(b"<html><body><p>Trang dang bao tri</p></body></html>"), "source_empty_listing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_the_state(paper: Bench, front: Answer, code: str) -> None:
    only(paper, FRONT)
    paper.press.pages["/"] = front
    report = run(paper, "probe")
    assert report.details["state"] == code and code in [problem.code for problem in report.problems]
    assert report.details["article"] is None and outlet_state(paper).verified_at is None


def test_robots_that_forbid_and_robots_out_of_reach(paper: Bench) -> None:
    paper.press.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    details = run(paper, "probe").details
    assert (details["robots"], details["state"], details["front"]) == ("forbidden", "robots_disallowed", None)
    assert paper.press.paths() == ["/robots.txt"]


def test_robots_out_of_reach_mean_no_request(paper: Bench) -> None:
    paper.press.pages["/robots.txt"] = Answer(status=500)
    report = run(paper, "probe")
    assert (report.details["robots"], report.details["state"]) == ("unreachable", "robots_unreachable")
    assert report.outcome == "refused" and paper.press.paths() == ["/robots.txt"]


def test_robots_that_never_come_allow_nothing(paper: Bench) -> None:
    for n in range(10):
        paper.press.pages["/robots.txt" if n == 0 else f"/r{n}"] = Answer(
            status=302, headers={"Location": f"/r{n + 1}"}
        )
    details = run(paper, "probe").details
    assert (details["robots"], details["state"], details["requests"]) == ("unreachable", "too_many_redirects", 4)


def test_a_page_in_the_place_of_robots_is_no_rule(paper: Bench) -> None:
    paper.press.pages["/robots.txt"] = Answer(b"<html><h1>Trang chu</h1></html>")
    details = run(paper, "probe").details
    assert (details["robots"], details["state"]) == ("allowed", "ok")


def test_a_paper_that_left_with_its_robots_is_said_to_have_moved(paper: Bench) -> None:
    paper.press.pages["/robots.txt"] = Answer(status=301, headers={"Location": "https://baomoithu.vn/robots.txt"})
    report = run(paper, "probe")
    assert (report.details["state"], report.details["robots"]) == ("moved", "unreachable")
    assert ("moved", "https://baomoithu.vn/robots.txt") in [(p.code, p.detail) for p in report.problems]
    assert [host.name for host in read_overrides(overrides(paper), "baothutu").hosts] == ["baomoithu.vn"]


def test_an_article_that_cannot_be_read_is_told(paper: Bench) -> None:
    paper.press.pages[path_of(1)] = Answer(b"<html><body><p>...</p></body></html>")
    details = run(paper, "probe").details
    assert details["state"] == "probe_article" and details["article"]["problem"] is not None
    paper.press.pages[path_of(1)] = Answer(status=404)
    details = run(paper, "probe").details
    assert details["state"] == details["article"]["problem"] == "not_found"


def test_redirects_end_with_the_fourth_request(paper: Bench) -> None:
    for n in range(10):
        paper.press.pages["/" if n == 0 else f"/{n}"] = Answer(status=302, headers={"Location": at(f"/{n + 1}")})
    details = run(paper, "probe").details
    assert (details["requests"], details["state"]) == (4, "too_many_redirects") and len(paper.press.asked) == 4


def test_no_answer_at_all(paper: Bench) -> None:
    paper.set(resolve={HOST: "127.0.0.1:1"})
    details = run(paper, "probe").details
    assert (details["front"], details["robots"], details["clock_offset"]) == (None, "unreachable", None)


@pytest.fixture
def child(tmp_path: Path) -> Iterator[tuple[Child, Press]]:
    press = Press()
    press.pages |= {"/": section([1]), path_of(1): article("Tin mới số 1 từ huyện Suối Thử")}
    worker = Child(tmp_path, press.target)
    try:
        yield worker, press
    finally:
        worker.close()
        press.close()


def test_a_probe_goes_through_a_worker(child: tuple[Child, Press]) -> None:
    worker, _ = child
    worker.send(Job("p1", "baothutu", "probe").line())
    report = report_from(worker.report())
    assert report.outcome == "finished" and report.details["article"]["title"].startswith("Tin mới số 1")
    assert json.loads(report.line())["details"] == report.details


def test_a_merged_papers_look_is_another_thing(paper: Bench) -> None:
    paper.outlet = replace(paper.outlet, status="merged", successor="baokhac")
    assert run(paper, "probe").details["state"] == "ok"
