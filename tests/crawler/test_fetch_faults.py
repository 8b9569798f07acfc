"""What a server can do to us: the faults of the network that a run must survive, each on a real connection."""

import gzip
import time
import zlib
from dataclasses import replace
from datetime import timedelta

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd

from crawler.outlet import Host, Source
from storage.hosts import HostStore
from storage.sources import SourceStore
from tests.crawler.press import START, Answer, Bench, article, path_of
from tests.crawler.worker_outlets import FEED, HOST, OUTLET

pytestmark = pytest.mark.crawl
PAGE = path_of(1)


def redirect(to: str, status: int = 301) -> Answer:
    return Answer(status=status, headers={"Location": to})


@pytest.mark.parametrize("status", [500, 502, 403, 451, 400])
def test_an_error_page_is_tried_again_later_and_costs_nothing_else(bench: Bench, status: int) -> None:
    bench.show(1, 2)
    bench.press.pages[PAGE] = Answer(b"loi", status=status)
    report = bench.run()
    assert (report.outcome, report.stats["new"], report.stats["failed"]) == ("finished", 1, 1)
    link = bench.link(PAGE)
    assert link.state == "pending" and link.attempt == 0 and link.next_at is not None
    assert timedelta(minutes=4) < link.next_at - bench.clock.now <= timedelta(minutes=5)
    bench.run()
    assert bench.press.paths().count(PAGE) == 1
    bench.clock.forward(minutes=6)
    bench.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong")
    assert bench.run().stats["new"] == 1


def test_a_server_that_fails_three_times_in_a_row_is_left_alone(bench: Bench) -> None:
    bench.show(*range(1, 9))
    for number in range(1, 9):
        bench.press.pages[path_of(number)] = Answer(status=500)
    report = bench.run()
    assert len(bench.press.asked) == 2 + 3 and report.outcome == "finished" and report.stats["pending"] == 5


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_by_later_runs_too(bench: Bench, status: int) -> None:
    bench.show(1, 2)
    bench.press.pages[PAGE] = Answer(status=status, headers={"Retry-After": "3600"})
    bench.press.pages[path_of(2)] = bench.press.pages[PAGE]
    report = bench.run()
    asked = len(bench.press.asked)
    assert asked == 3 and [p.code for p in report.problems] == ["throttled", "throttled"]
    bench.clock.forward(minutes=59)
    assert bench.run().outcome == "refused"
    assert len(bench.press.asked) == asked
    bench.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong")
    bench.press.pages[path_of(2)] = article("Trường mới ở bản Na Thử")
    bench.clock.forward(minutes=2)
    assert bench.run().stats["new"] == 2


@pytest.mark.parametrize(
    ("wish", "minutes"),
    [("Mon, 02 Mar 2026 02:00:00 GMT", 60), ("Mon, 02 Mar 2026 00:00:00 GMT", 1), ("bao gio cung duoc", 5), ("", 5)],
)
def test_a_wish_in_any_form_and_none_at_all(bench: Bench, wish: str, minutes: int) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = Answer(status=429, headers={"Retry-After": wish})
    bench.run()
    state = HostStore(bench.db).politeness(HOST)
    assert state.blocked_until is not None
    assert abs(state.blocked_until - START - timedelta(minutes=minutes)) < timedelta(seconds=1)
    assert (state.throttled_status, state.requests) == (429, 3) and state.bytes > 0
    bench.clock.forward(hours=2)
    bench.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong")
    assert bench.run().stats["new"] == 1
    after = HostStore(bench.db).politeness(HOST)
    assert (after.throttled_status, after.throttled_at) == (429, state.throttled_at) and after.blocked_until is None
    assert after.bytes > state.bytes


def test_a_broken_connection_is_not_tried_again_behind_our_back(bench: Bench) -> None:
    bench.show(1, 2)
    bench.press.pages[PAGE] = Answer(reset=True)
    bench.press.pages[path_of(2)] = Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 4000)
    report = bench.run()
    assert report.stats["bytes"] == HostStore(bench.db).politeness(HOST).bytes > 4000  # what broke off counts too
    assert len(bench.press.asked) == 4 and bench.press.paths().count(PAGE) == 1


def test_without_retry_after_the_pause_doubles_up_to_six_hours(bench: Bench) -> None:
    bench.outlet = replace(OUTLET, permission="Tòa soạn đồng ý bằng thư")  # no robots.txt, that would answer between
    bench.press.pages[PAGE] = Answer(status=503)
    lengths = []
    for _ in range(10):
        assert bench.run(f"https://{HOST}{PAGE}").outcome == "failed"
        until = HostStore(bench.db).politeness(HOST).blocked_until
        assert until is not None
        lengths.append(round((until - bench.clock.now).total_seconds()))
        bench.clock.now = until
    assert set(bench.press.paths()) == {PAGE}
    assert lengths == [300, 600, 1200, 2400, 4800, 9600, 19200, 21600, 21600, 21600]


ELSEWHERE = """
http://baokhac/tin.html  file:///etc/hostname  data:text/html,x  https://127.0.0.1/x  //[::1]/x
http://169.254.169.254/latest/  https://baothutu.vn:8080/x  ftp://baothutu.vn/x  https://user@baothutu.vn/x  /
"""


@pytest.mark.parametrize("to", ELSEWHERE.split())
def test_a_redirect_is_followed_only_to_the_papers_own_pages(bench: Bench, to: str) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = redirect(to)
    bench.press.pages["/"] = Answer(b"<html><body>trang chu</body></html>")
    report = bench.run()
    link = bench.link(PAGE)
    assert report.outcome == "finished" and (link.state, link.reason) == ("pending", "redirected_away")
    assert len(bench.press.asked) == (4 if to == "/" else 3)


@pytest.mark.parametrize("to", ["https://baokhac.vn/tin.html", "//tin.baokhac.com.vn/", "http://baothutu.gov.vn/a"])
def test_a_redirect_to_another_paper_tells_where_it_went(bench: Bench, to: str) -> None:
    bench.press.pages[PAGE] = redirect(to)
    report = bench.run(f"https://{HOST}{PAGE}")
    told = [(p.url, p.detail) for p in report.problems if p.code == "moved"]
    assert (bench.link(PAGE).url, to if "://" in to else f"https:{to}") in told
    assert (bench.state(PAGE), bench.link(PAGE).reason, len(bench.press.asked)) == ("pending", "moved", 2)


def test_a_redirect_within_the_paper_is_followed_politely(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /cam/\n")
    bench.press.pages[PAGE] = redirect(f"http://{HOST}{path_of(5)}", 302)
    bench.press.pages[path_of(5)] = article("Cầu treo Suối Thử đã xong")
    assert bench.run().stats["new"] == 1
    article_id = bench.link(PAGE).article_id
    assert article_id == "baothutu:a:1005"
    bench.press.pages[path_of(2)] = redirect("/cam/x-1009.html")
    assert bench.run(f"https://{HOST}{path_of(2)}").stats["new"] == 0
    assert "/cam/x-1009.html" not in bench.press.paths()


def test_redirects_in_a_circle_end(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = redirect("/a-1001.html")
    bench.press.pages["/a-1001.html"] = redirect(PAGE)
    bench.run()
    assert bench.link(PAGE).reason == "redirected_away"
    for hop in range(9):
        bench.press.pages[f"/h{hop}"] = redirect(f"/h{hop + 1}")
    bench.press.pages[path_of(2)] = redirect("/h0")
    bench.run(f"https://{HOST}{path_of(2)}")
    assert bench.press.paths()[-1] == "/h4"


def test_a_redirect_from_the_front_page_to_the_same_front_page_is_read(bench: Bench) -> None:
    bench.outlet = replace(bench.outlet, sources=(Source("section", f"http://{HOST}/", "assumed"),))
    links = f'<a href="{PAGE}">Cầu treo Suối Thử đã xong</a>'
    bench.press.pages["/"] = redirect(f"https://{HOST}/trang-chu")
    bench.press.pages["/trang-chu"] = Answer(f"<html><body>{links}</body></html>".encode())
    bench.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong")
    assert bench.run().stats["new"] == 1


def bombs() -> dict[str, tuple[str, bytes]]:
    """64 MiB of zeros in few bytes, in every coding that we accept, and twice packed."""
    zeros = b"\0" * (64 * 1024 * 1024)
    packed = gzip.compress(zeros, 6)
    return {
        "gzip": ("gzip", packed),
        "deflate": ("deflate", zlib.compress(zeros, 6)),
        "brotli": ("br", brotli.compress(zeros, quality=1)),
        "zstd": ("zstd", zstd.compress(zeros)),
        "twice": ("gzip, gzip", gzip.compress(packed)),
    }


def test_bombs_are_dropped(bench: Bench) -> None:
    made = bombs()
    bench.show(*range(1, len(made) + 1))
    for number, (coding, body) in enumerate(made.values(), 1):
        bench.press.pages[path_of(number)] = Answer(body, headers={"Content-Encoding": coding})
    began = time.monotonic()
    report = bench.run()
    assert time.monotonic() - began < 10
    assert report.stats["rejected"] == len(made) and {p.code for p in report.problems} == {"too_large"}
    assert bench.link(PAGE).reason == "too_complex"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_without_end_is_cut(bench: Bench, announced: bool) -> None:
    bench.set(page_bytes=100_000)
    bench.show(1)
    length = b"Content-Length: 10000000000\r\n" if announced else b""
    bench.press.pages[PAGE] = Answer(raw=b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b"x" * 300_000)
    assert bench.run().stats["rejected"] == 1
    assert bench.link(PAGE).detail


def test_packed_pages_are_read(bench: Bench) -> None:
    page = article("Cầu treo Suối Thử đã xong")
    bench.show(1, 2, 3, 4)
    codings = [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstd.compress), (None, gzip.compress)]
    for number, (coding, pack) in enumerate(codings, 1):
        headers = page.headers | ({"Content-Encoding": coding} if coding else {})
        bench.press.pages[path_of(number)] = Answer(pack(page.body), headers=headers)
    assert bench.run().stats["new"] == 4


@pytest.mark.parametrize(
    ("raw", "wait", "code"),
    [
        (b"", 0.0, "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<html>", 0.0, "reset"),
        (b"garbage\r\n\r\n", 0.0, "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnogzp", 0.0, "reset"),
        (b"", 3.0, "timeout"),
    ],
)
def test_broken_answers_are_failures_of_one_link(bench: Bench, raw: bytes, wait: float, code: str) -> None:
    bench.set(fetch_seconds=0.4 if wait else 10.0)
    bench.show(1, 2)
    bench.press.pages[PAGE] = Answer(raw=raw, wait=wait)
    report = bench.run()
    assert report.stats["new"] == 1 and [(p.code, p.url) for p in report.problems] == [(code, bench.link(PAGE).url)]
    assert bench.state(PAGE) == "pending"


def test_an_empty_page_is_fetched_again(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = Answer(b" \n")
    report = bench.run()
    assert [(p.code, p.url) for p in report.problems] == [("error", bench.link(PAGE).url)]
    assert bench.state(PAGE) == "pending"


def test_nobody_listens(bench: Bench) -> None:
    bench.set(resolve={HOST: "127.0.0.1:1"})
    report = bench.run()
    assert report.outcome == "refused" and {p.code for p in report.problems} == {"robots_unreachable"}


def test_a_name_without_public_address_is_not_connected_to(bench: Bench) -> None:
    target = bench.press.target.partition(":")[0]
    bench.outlet = replace(
        OUTLET,
        hosts=(Host(target),),
        home=f"http://{target}/",
        sources=(Source("feed", f"http://{target}/f", "assumed"),),
    )
    bench.set(contact="a@b.vn")
    report = bench.run()
    assert report.outcome == "refused" and bench.press.asked == []
    assert report.problems[0].code == "refused_address"


def test_a_cookie_gate_and_a_challenge_are_told_apart_and_kept_for_later(bench: Bench) -> None:
    bench.show(1, 2)
    gate = b"<html><script>document.cookie='D1N=abc';window.location.reload(true);</script></html>"
    bench.press.pages[PAGE] = Answer(gate)
    challenge = b"<html><title>Just a moment...</title></html>"
    bench.press.pages[path_of(2)] = Answer(challenge, status=403)
    report = bench.run()
    assert {p.code for p in report.problems} == {"cookie_gate", "challenge"}
    assert bench.state(PAGE) == bench.state(path_of(2)) == "pending"
    assert report.outcome == "finished"


def test_a_link_that_is_not_there_is_tried_for_a_day(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = Answer(status=404)
    waits = []
    for _ in range(6):
        bench.run()
        link = bench.link(PAGE)
        if link.next_at is None:
            break
        waits.append(round((link.next_at - bench.clock.now).total_seconds() / 60))
        bench.clock.now = link.next_at
    assert waits == [15, 60, 360, 1440] and bench.state(PAGE) == "gone"


def test_a_source_that_fails_is_asked_less_and_less_and_heals_alone(bench: Bench) -> None:
    bench.press.pages["/rss/home.rss"] = Answer(status=500)
    asked = 0
    for _ in range(48):
        bench.run()
        bench.clock.forward(minutes=15)
    asked = bench.press.paths().count("/rss/home.rss")
    assert 7 <= asked <= 12
    state = SourceStore(bench.db).get("baothutu", FEED.url)
    assert state is not None and state.failures == asked and state.response == "error" and state.error
    bench.show(1, published=START)
    bench.clock.forward(hours=6)
    assert bench.run().stats["new"] == 1
