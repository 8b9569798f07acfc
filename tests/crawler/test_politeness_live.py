"""Politeness as the server sees it: counted on its own log."""

import subprocess
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.crawl import crawl
from crawler.job import Job, Report
from storage.hosts import HostStore
from storage.locks import host_lock
from tests.crawler.certificates import Authority
from tests.crawler.press import LOOP, Answer, Bench, Press, feed, path_of
from tests.crawler.public import PUBLIC, public
from tests.crawler.test_worker import PROGRAM, ROOT
from tests.crawler.worker_outlets import HOST, NEIGHBOUR, NEIGHBOUR_HOST, OUTLET

pytestmark = pytest.mark.crawl
DELAY = 0.3


def gaps(press: Press) -> list[float]:
    """Seconds between the starts of requests, on the server's clock."""
    starts = [at for at, _, _ in press.asked]
    return [later - earlier for earlier, later in pairwise(starts)]


def real_clock(bench: Bench) -> None:
    began, first = LOOP.time(), bench.clock.now
    bench.clock = lambda: first + timedelta(seconds=LOOP.time() - began)  # type: ignore[assignment]


def test_two_papers_of_one_machine_and_a_third_process_ask_one_after_the_other(bench: Bench) -> None:
    """Three processes on one data folder: each paper's round, and somebody's `recrawl`; one server, one log."""
    bench.show(1, 2, 3)
    for number in (1, 2, 3):
        page = bench.press.pages[path_of(number)]
        assert isinstance(page, Answer)
        page.wait = 0.05
    jobs = [
        Job("a", "baothutu", wait=True),
        Job("b", "baobencanh", wait=True),
        Job("c", "baothutu", "urls", (f"https://{HOST}{path_of(9)}",), wait=True),
    ]
    command = [*PROGRAM, str(bench.folder), bench.press.target, str(DELAY)]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)
        for _ in jobs
    ]
    for child, job in zip(children, jobs, strict=True):
        assert child.stdin
        child.stdin.write(job.line().encode() + b"\n")
        child.stdin.close()
    for child in children:
        assert child.stdout
        assert b'"event": "report"' in child.stdout.read() and child.wait(30) == 0
        child.stdout.close()
    hosts = {headers["host"] for _, _, headers in bench.press.asked}
    assert hosts == {HOST, NEIGHBOUR_HOST} and bench.state(path_of(3)) == "stored"
    assert len(bench.press.asked) >= 8 and min(gaps(bench.press)) >= DELAY
    assert bench.press.most_open == 1


def test_the_server_sees_the_delay_also_where_connecting_takes_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    real_clock(bench)
    bench.set(delay=DELAY)
    bench.show(1, 2)
    with public(bench, monkeypatch, authority.server(HOST), slow=0.25) as press:
        assert bench.run().stats["new"] == 2
        bench.run()
        assert len(press.asked) == 5 and min(gaps(press)) >= DELAY and press.most_open == 1


def test_a_server_that_closes_after_each_answer_sees_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each request connects anew, the slow way and the quick way in turn."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    real_clock(bench)
    bench.set(delay=DELAY)
    bench.show(1, 2)
    for answer in bench.press.pages.values():
        assert isinstance(answer, Answer)
        answer.headers["Connection"] = "close"
    with public(bench, monkeypatch, authority.server(HOST), slow=0.25) as press:
        assert bench.run().stats["new"] == 2
        assert len(press.asked) == 4 and min(gaps(press)) >= DELAY


def test_a_process_that_died_under_way_costs_the_next_one_a_delay(bench: Bench) -> None:
    real_clock(bench)
    bench.set(resolved_delay=DELAY)
    bench.show(1)
    hosts = HostStore(bench.db)
    ahead = bench.clock() + timedelta(seconds=60)
    hosts.save_politeness([replace(hosts.politeness(HOST), next_allowed_at=ahead)])
    began = LOOP.time()
    assert bench.run().stats["new"] == 1
    assert bench.press.asked[0][0] - began >= DELAY - 0.01 and min(gaps(bench.press)) >= DELAY


def run_of(bench: Bench, slug: str, *, wait: bool = False) -> Report:
    """One round of one of the two papers, both at PUBLIC."""
    outlets = {outlet.slug: replace(outlet, tls="unverified") for outlet in (OUTLET, NEIGHBOUR)}
    job = Job(f"{slug}-{len(bench.events)}-{LOOP.time()}", slug, wait=wait)
    return LOOP.run_until_complete(crawl(job, replace(bench.crawling(), outlets=outlets), bench.events.append))


def test_papers_whose_names_lead_to_one_address_share_its_lock_and_its_delay(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real_clock(bench)
    bench.set(delay=DELAY)
    bench.show(1)
    with public(bench, monkeypatch, Authority(tmp_path).server("may-chu.vn")) as press:
        bench.addresses |= {NEIGHBOUR_HOST: (PUBLIC,)}
        press.pages["/rss/home.rss"] = feed()
        with host_lock(bench.folder / "locks", PUBLIC):
            report = run_of(bench, "baobencanh")
            assert report.outcome == "locked" and f"server {PUBLIC}" in report.problems[0].detail
            assert press.asked == []
        for slug in ("baothutu", "baobencanh", "baothutu"):
            assert run_of(bench, slug).outcome == "finished"
        assert min(gaps(press)) >= DELAY and press.most_open == 1
        assert {headers["host"] for _, _, headers in press.asked} == {HOST, NEIGHBOUR_HOST}
    hosts = HostStore(bench.db)
    counts = [hosts.politeness(key).requests for key in (HOST, NEIGHBOUR_HOST, PUBLIC)]
    assert counts[2] == counts[0] + counts[1] == len(press.asked)


def test_names_are_looked_up_only_where_a_public_host_would_be_asked(bench: Bench) -> None:
    asked = []

    async def lookup(name: str) -> tuple[str, ...]:
        asked.append(name)
        return ()

    bench.lookup = lookup  # type: ignore[method-assign]
    bench.show(1)
    assert bench.run().stats["new"] == 1
    bench.set(contact="toa-soan@example.vn")
    bench.run()
    assert asked == []  # mapped: nobody is asked where it is
    bench.set(resolve={}, contact="")
    assert {p.code for p in bench.run().problems} == {"no_contact"} and asked == []
