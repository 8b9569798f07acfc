"""Every class of response, played by the newsroom: the state that each leaves, and nothing lost or doubled after it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from samples.faults import Fault
from tests.crawler.newsroom_bench import HOUR, SONG_LINH, newsroom_bench, press_of

pytestmark = pytest.mark.crawl
PRESS = press_of("baosonglinh")
HOME = f"https://{SONG_LINH}/"
FEED = f"https://{SONG_LINH}/rss/home.rss"
SECTION = f"https://{SONG_LINH}/thoi-su/"
AFTERWARDS = (1.6, 2.1, 4, 9)
"""Hours of the rounds after a fault that ended at 1.4: none of its waits is longer than that."""


def site(kind: str, **more: object) -> Fault:
    """A fault of all pages and feeds from 0.4 to 1.4 hours after the start."""
    return replace(Fault(kind, SONG_LINH, since=0.4 * HOUR, until=1.4 * HOUR), **more)  # type: ignore[arg-type]


def test_without_faults_all_is_stored_and_told_once(tmp_path: Path) -> None:
    with newsroom_bench(tmp_path, PRESS) as bench:
        bench.play(0, 0.5, 1, 1.5, 2.1)
        bench.check()
        assert len(bench.stored()) == 10
        assert bench.codes() == set()


SITE = [
    (site("cookie_gate"), "cookie_gate"),
    (site("captcha"), "challenge"),
    (site("cloudflare"), "challenge"),
    (site("status", status=403), "refused"),
    (site("status", status=451), "refused"),
    (site("status", status=404), "not_found"),
    (site("status", status=500), "error"),
    (site("moved"), "moved"),
    (site("redirect_loop"), "redirected_away"),
    (site("redirected_away"), "redirected_away"),
    (site("empty"), "error"),
    (site("cut"), "reset"),
    (site("reset"), "reset"),
    (site("timeout"), "timeout"),
    (site("too_large", size=60_000), "too_large"),
]


@pytest.mark.parametrize(("fault", "word"), SITE, ids=lambda value: _name(value))
def test_a_site_that_fails_is_told_of_and_heals_alone(tmp_path: Path, fault: Fault, word: str) -> None:
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.tune(fetch_seconds=0.3 if word == "timeout" else 10.0)
        bench.play(0)
        if word == "too_large":
            bench.tune(page_bytes=50_000, feed_bytes=50_000)
        before = bench.stored()
        bench.play(0.5, 1)
        assert bench.stored() == before
        assert word in bench.codes(0.4, 1.4), bench.codes()
        assert bench.source(HOME).response == word
        assert bench.source(FEED).response == word
        assert bench.source(FEED).failures == 2
        bench.tune(page_bytes=4 * 2**20, feed_bytes=8 * 2**20)
        bench.play(*AFTERWARDS)
        bench.check()
        assert len(bench.stored()) == 10
        assert bench.source(HOME).response == bench.source(FEED).response == "ok"
        assert bench.source(FEED).failures == 0
        assert bench.codes(since=4.5) == set()


THROTTLED = [
    site("throttled", status=429),
    site("throttled", status=429, retry_after="2400"),
    site("throttled", status=429, retry_after="+2400"),
    site("throttled", status=503),
    site("throttled", status=503, retry_after="2400"),
    site("throttled", status=503, retry_after="+2400"),
]


@pytest.mark.parametrize("fault", THROTTLED, ids=lambda value: _name(value))
def test_a_throttled_site_is_left_alone_for_as_long_as_it_asks(tmp_path: Path, fault: Fault) -> None:
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 0.5)
        asked = [r for r in bench.room.log().requests if r.status == fault.status]
        assert len(asked) == 1  # the first answer of this kind ends the run
        pause = 2400 / HOUR if fault.retry_after else 5 / 60
        bench.play(0.5 + pause * 0.5, 0.5 + pause * 0.9)
        assert len([r for r in bench.room.log().requests if r.status == fault.status]) == 1
        assert bench.reports[-1].outcome == "refused"
        assert "throttled" in bench.codes(0.4, 1.4)
        bench.play(0.5 + pause * 1.1, *AFTERWARDS)
        bench.check()
        assert len(bench.stored()) == 10


def test_without_retry_after_the_pauses_double_to_six_hours(tmp_path: Path) -> None:
    """A long one, with a round each half hour: at most so many requests as the doubling allows."""
    fault = Fault("throttled", SONG_LINH, since=0.4 * HOUR, until=40 * HOUR, status=429)
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, *(half / 2 for half in range(1, 100)))
        times = [r.at for r in bench.room.log().requests if r.status == 429]
        gaps = [(b - a).total_seconds() / 60 for a, b in pairwise(times)]
        wanted = [min(5 * 2**n, 360) for n in range(len(gaps))]
        assert all(gap >= least - 0.01 for gap, least in zip(gaps, wanted, strict=True)), gaps
        assert len(times) < 15
        bench.check()


def test_a_listing_that_needs_javascript_is_said_and_is_no_baseline(tmp_path: Path) -> None:
    """From the very first: what then appears was published before anything could be read, but after it is news."""
    lists = r"/|/thoi-su/"
    fault = Fault("needs_javascript", SONG_LINH, paths=lists, until=1.4 * HOUR)
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 1)
        assert bench.codes(0, 1.4) == {"source_needs_javascript"}
        assert bench.source(HOME).first_complete_at is None
        assert bench.source(HOME).error == "needs_javascript"
        bench.play(*AFTERWARDS)
        bench.check()
        assert bench.source(HOME).error is None
        assert bench.codes(since=4.5) == set()


def test_a_parked_domain_gives_no_article_and_no_baseline(tmp_path: Path) -> None:
    fault = site("parking", paths=".*")
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0)
        before = bench.stored()
        bench.play(0.5, 1)
        assert bench.stored() == before
        assert not bench.has_link(f"{HOME}mua-ten-mien")
        told = bench.codes(0.4, 1.4)
        assert told, "a newspaper whose domain is for sale must be told of"
        bench.play(*AFTERWARDS)
        bench.check()
        assert len(bench.stored()) == 10


def test_a_parked_domain_does_not_settle_the_links_that_wait(tmp_path: Path) -> None:
    """Links are known (the feed still answers), but every page is the dealer's: they must be there afterwards."""
    fault = site("parking", paths=r"/.*\.html")
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 0.5, 1, *AFTERWARDS, 15, 30)
        bench.check()


def test_a_soft_404_is_no_article_and_heals(tmp_path: Path) -> None:
    fault = site("soft_404", paths=r"/.*-post\d+\.html")
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0)
        before = bench.stored()
        bench.play(0.5, 1)
        assert bench.stored() == before
        assert "error" in bench.codes(0.4, 1.4)
        bench.play(*AFTERWARDS)
        bench.check()
        assert len(bench.stored()) == 10


def test_a_server_that_says_not_modified_for_ever_is_caught_up_with(tmp_path: Path) -> None:
    """It lies from the start: 304 to every condition. As soon as it stops, all is there; its 304s are no failure."""
    fault = Fault("stale", SONG_LINH, paths=r"/|/thoi-su/|/rss/.*", until=1.4 * HOUR)
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 0.5, 1)
        assert bench.codes() == set()
        assert bench.source(HOME).response == "ok"
        bench.play(*AFTERWARDS)
        bench.check()


@pytest.mark.parametrize(("fault", "word"), SITE, ids=lambda value: _name(value))
def test_a_page_that_fails_waits_and_is_stored_later(tmp_path: Path, fault: Fault, word: str) -> None:
    """One new article's page fails, the lists answer: its link stays, with the reason, and is asked again."""
    key = "baosonglinh/04"  # the first that appears
    with newsroom_bench(tmp_path / "plain", PRESS) as plain:
        plain.clock.forward(hours=0.3)
        url = plain.url_of(key)
    page = replace(fault, paths=re.escape(urlsplit(url).path), since=0.0)
    with newsroom_bench(tmp_path / "data", PRESS, faults=(page,)) as bench:
        limits = {"page_bytes": 50_000} if word == "too_large" else {}
        bench.tune(fetch_seconds=0.3 if word == "timeout" else 10.0, **limits)
        bench.play(0, 0.2)
        link = bench.link(url)
        if word == "too_large":
            assert (link.state, link.reason) == ("rejected", "too_complex")  # no wait makes it smaller
            return
        assert (link.state, link.reason, link.attempt) == ("pending", word, 0)
        if word not in ("not_found", "redirected_away"):  # a new article's page may come later than its link
            assert word in bench.codes(0.1, 0.3)
        assert url not in bench.stored()
        bench.play(0.5, 1, *AFTERWARDS)
        assert bench.link(url).state == "stored"
        bench.check()


@pytest.mark.parametrize("retry_after", [None, "2400", "+2400"])
def test_a_throttled_page_stops_its_host_and_keeps_its_link(tmp_path: Path, retry_after: str | None) -> None:
    page = site("throttled", status=429, retry_after=retry_after, paths=r"/.*-post\d+\.html", since=0.0)
    with newsroom_bench(tmp_path, PRESS, faults=(page,)) as bench:
        bench.play(0, 0.2, 0.5, 0.9, *AFTERWARDS)
        bench.check()
        assert len(bench.stored()) == 9  # the tenth was taken away before it could be read


def test_not_found_then_found(tmp_path: Path) -> None:
    """The lists show a new article before its page is there."""
    fault = Fault("status", SONG_LINH, paths=r"/.*-post412328\.html", until=0.4 * HOUR, status=404)
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 0.1)
        link = bench.link(bench.url_of("baosonglinh/04"))
        assert (link.state, link.reason, link.gone_seen) == ("pending", "not_found", 1)
        bench.play(0.2)
        assert len([r for r in bench.room.log().requests if r.status == 404 and "412328" in r.path]) == 1
        bench.play(0.5, 2.1)
        bench.check()


def _name(value: object) -> str:
    if not isinstance(value, Fault):
        return str(value)
    status = f"-{value.status}" if value.kind in ("status", "throttled") else ""
    return f"{value.kind}{status}{'-' + value.retry_after if value.retry_after else ''}"
