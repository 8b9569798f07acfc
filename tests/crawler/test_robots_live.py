"""robots.txt on a real connection: what a run does and does not ask for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.override_file import accept_host, merged, read_overrides
from storage.hosts import HostStore
from tests.crawler.names import Names
from tests.crawler.press import RESOLVER, Answer, Bench, path_of
from tests.crawler.sources import overrides, run
from tests.crawler.worker_outlets import HOST

pytestmark = pytest.mark.crawl
PAGE = path_of(1)
NEW = "baomoithu.vn"
Page = Answer | Callable[[dict[str, str]], Answer]


def redirects(bench: Bench, hops: int, end: Answer) -> None:
    bench.press.pages["/robots.txt"] = Answer(status=302, headers={"Location": "/r1"})
    for hop in range(1, hops):
        bench.press.pages[f"/r{hop}"] = Answer(status=302, headers={"Location": f"/r{hop + 1}"})
    bench.press.pages[f"/r{hops}"] = end


UNREADABLE = [
    Answer(status=500),
    Answer(status=503),
    Answer(status=429),
    Answer(raw=b""),
    Answer(wait=2.0),
    Answer(status=301, headers={"Location": "/robots.txt"}),
    Answer(status=301, headers={"Location": "https://baokhac.vn/robots.txt"}),
    Answer(reset=True),
    Answer(raw=b"khong phai HTTP\r\n\r\n"),
    Answer(status=502),
    Answer(status=301),
]


WHAT = "500 503 429 cut slow circle elsewhere reset garbage 502 nowhere"


@pytest.mark.parametrize("answer", UNREADABLE, ids=WHAT.split())
def test_no_page_is_asked_for_while_robots_cannot_be_read(bench: Bench, answer: Answer) -> None:
    bench.set(fetch_seconds=0.4)
    bench.show(1)
    bench.press.pages["/robots.txt"] = answer
    report = bench.run()
    assert report.outcome == "refused" and "robots_unreachable" in {p.code for p in report.problems}
    assert set(bench.press.paths()) == {"/robots.txt"}
    bench.clock.forward(minutes=4)
    assert bench.run().outcome == "refused" and len(bench.press.asked) == 1  # waits before it asks again
    bench.press.pages["/robots.txt"] = Answer(status=404)
    bench.clock.forward(minutes=2)
    bench.set(fetch_seconds=10)
    assert bench.run().stats["new"] == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_other_refusals_allow_all(bench: Bench, status: int) -> None:
    bench.show(1)
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n", status=status)
    assert bench.run().stats["new"] == 1


@pytest.mark.parametrize("answer", [Answer(), Answer(status=204), Answer(b"# chi la ghi chu\n")])
def test_a_file_without_rules_allows_all_and_is_noted(bench: Bench, answer: Answer) -> None:
    bench.show(1)
    bench.press.pages["/robots.txt"] = answer
    report = bench.run()
    assert report.stats["new"] == 1 and [p.code for p in report.problems] == ["robots_without_rules"]


def test_a_name_that_does_not_resolve_lets_no_page_be_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names({})
    monkeypatch.setattr(RESOLVER, "_resolver", names)
    RESOLVER.pin({})
    bench.set(resolve={}, contact="toa-soan@example.vn")
    report = bench.run()
    assert report.outcome == "refused" and {p.code for p in report.problems} == {"robots_unreachable", "dns"}
    assert set(names.asked) == {HOST} and report.stats["requests"] == 1
    bench.clock.forward(minutes=4)
    assert {p.code for p in bench.run().problems} == {"robots_unreachable", "dns"} and len(names.asked) == 1


def test_a_whole_site_that_moved_says_where_to(bench: Bench) -> None:
    bench.press.pages["/robots.txt"] = Answer(status=301, headers={"Location": "https://baokhac.vn/robots.txt"})
    for _ in range(2):  # the second time from the copy, without asking
        told = [(p.url, p.detail) for p in bench.run().problems if p.code == "moved"]
        assert told == [(f"//{HOST}/robots.txt", "https://baokhac.vn/robots.txt")]


def test_a_paper_that_moved_with_its_robots_is_followed_once_the_user_agrees(bench: Bench) -> None:
    bench.show(1)
    here = dict(bench.press.pages)
    for path in here:
        bench.press.pages[path] = moved_from(HOST, path, here[path])
    bench.set(resolve={HOST: bench.press.target, NEW: bench.press.target})
    report = run(bench)
    assert report.outcome == "refused" and bench.press.paths() == ["/robots.txt"]
    assert {(p.code, p.detail) for p in report.problems if p.code == "moved"} == {
        ("moved", f"https://{NEW}/robots.txt")
    }
    proposed = read_overrides(overrides(bench), bench.outlet.slug)
    assert [(host.name, host.origin) for host in proposed.hosts] == [(NEW, f"https://{HOST}/robots.txt")]
    run(bench)
    assert len(bench.press.asked) == 1 and all(headers["host"] == HOST for _, _, headers in bench.press.asked)
    assert accept_host(overrides(bench), bench.outlet.slug, NEW)
    bench.outlet = merged(bench.outlet, read_overrides(overrides(bench), bench.outlet.slug))
    bench.clock.forward(seconds=5)  # long before the wait for the lost robots.txt is over
    assert run(bench).stats["new"] == 1


def moved_from(old: str, path: str, page: Page) -> Callable[[dict[str, str]], Answer]:
    """The page, at any host but the old one: from there it redirects."""

    def answer(headers: dict[str, str]) -> Answer:
        if headers["host"] == old:
            return Answer(status=301, headers={"Location": f"https://{NEW}{path}"})
        return page(headers) if callable(page) else page

    return answer


def test_five_redirects_are_followed_and_six_are_not(bench: Bench) -> None:
    bench.show(1)
    redirects(bench, 5, Answer(b"User-agent: *\nDisallow: /tin-moi/\n"))
    report = bench.run()
    assert {p.code for p in report.problems} == {"robots_disallowed"} and PAGE not in bench.press.paths()
    bench.clock.forward(days=2)
    redirects(bench, 6, Answer(b"User-agent: *\nAllow: /\n"))
    bench.run()
    assert HostStore(bench.db).robots(HOST).state == "unreachable" and PAGE not in bench.press.paths()


def test_a_disallowed_outlet_is_left_alone_and_a_disallowed_page_too(bench: Bench) -> None:
    bench.show(1, 2)
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /*-1001.html$\n")
    assert bench.run().stats["new"] == 1 and PAGE not in bench.press.paths()
    assert bench.state(PAGE) == "pending"
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: tintinh\nDisallow: /\n")
    bench.clock.forward(days=1, minutes=1)
    before = len(bench.press.asked)
    report = bench.run()
    assert report.outcome == "refused" and bench.press.paths()[before:] == ["/robots.txt"]


def test_the_last_good_copy_stands_in_for_thirty_days(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /cam/\nCrawl-delay: 0.01\n")
    bench.run()
    bench.press.pages["/robots.txt"] = Answer(status=500)
    bench.show(1, 2)
    bench.clock.forward(days=20)
    report = bench.run()
    assert report.stats["new"] == 1 and {p.code for p in report.problems} == {"robots_unreachable"}
    assert bench.run(f"https://{HOST}/cam/tin-1003.html").outcome == "refused"
    bench.clock.forward(days=11)
    before = len(bench.press.asked)
    assert bench.run().outcome == "refused"
    assert set(bench.press.paths()[before:]) == {"/robots.txt"}
    copy = HostStore(bench.db).robots(HOST)
    assert copy.failing_since is not None and bench.clock.now - copy.failing_since > timedelta(days=10)


def test_a_written_permission_lifts_robots(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    bench.outlet = replace(bench.outlet, permission="Thư của tòa soạn ngày 2/3/2026")
    assert bench.run().stats["new"] == 1 and "/robots.txt" not in bench.press.paths()


def test_robots_is_asked_for_once_a_day(bench: Bench) -> None:
    bench.show(1)
    for _ in range(3):
        bench.run()
        bench.clock.forward(minutes=15)
    assert bench.press.paths().count("/robots.txt") == 1
    bench.clock.forward(days=1)
    bench.run()
    assert bench.press.paths().count("/robots.txt") == 2


def test_a_page_in_the_place_of_rules_allows_all_and_is_noted(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages["/robots.txt"] = Answer(b"<html><h1>Trang chu</h1></html>")
    report = bench.run()
    assert report.stats["new"] == 1 and [p.code for p in report.problems] == ["robots_without_rules"]
