"""Sitemaps, indexes of sitemaps, lists of several pages and JSON listings, read from a newspaper on loopback."""

import gzip
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawler.discovery.found import ChildSitemap
from crawler.outlet import JsonListing, Source
from crawler.sources.asking import HOPELESS, is_hopeless, wanted_children
from crawler.sources.memory import READ, Memory
from storage.outlets import OutletStore
from storage.sources import SourceState, SourceStore
from tests.crawler.press import START, Answer, Bench, feed, path_of
from tests.crawler.sources import (
    HTML,
    asked,
    at,
    found,
    index,
    listing,
    never_search,
    only,
    outlet_state,
    overrides,
    publish,
    run,
    section,
    sitemap,
    source_state,
)
from tests.crawler.worker_outlets import FEED, OUTLET

DAY = timedelta(days=1)
MAP = Source("sitemap", at("/sitemap.xml"), "confirmed")
LIST = Source("section", at("/xa-hoi"), "confirmed")
crawls = pytest.mark.crawl


# Pure: which sitemaps of an index, and which sources


def wanted(children: list[ChildSitemap], states: dict[str, SourceState], seen: SourceState, now: datetime) -> list[str]:
    found = wanted_children(children, states, index=seen, first_wait=timedelta(minutes=5), now=now)
    return [want.child.url for want in found]


def child_state(url: str, read: datetime | None, checked: datetime | None = None) -> SourceState:
    return SourceState("a", url, "sitemap", last_complete_at=read, checked_at=checked or read, parent="i")


def index_state(*known: str, first: datetime | None = START) -> SourceState:
    return SourceState(
        "a",
        "i",
        "sitemap",
        first_complete_at=first,
        last_complete_at=first,
        seen=Memory(urls=[READ, *known], children=True).kept(),
    )


def test_at_first_sight_the_newest_two_sitemaps_are_read() -> None:
    children = [ChildSitemap(name) for name in "abcd"]
    seen = index_state(first=None)
    assert wanted(children, {}, seen, START) == ["a", "b"]
    assert wanted(children, {"a": child_state("a", START)}, seen, START) == ["b"]


def test_later_those_that_changed_since_their_own_last_read() -> None:
    now = START + 3 * DAY
    children = [
        ChildSitemap("new", now),
        ChildSitemap("changed", now - timedelta(hours=1)),
        ChildSitemap("old", START - 900 * DAY),
        ChildSitemap("read", START + DAY),
    ]
    states = {"changed": child_state("changed", START), "read": child_state("read", START + 2 * DAY)}
    assert wanted(children, states, index_state("changed", "old", "read"), now) == ["new", "changed"]


def test_a_sitemap_that_was_read_by_a_clock_that_ran_ahead_is_read_again() -> None:
    child = ChildSitemap("https://a.vn/1.xml", START - timedelta(hours=1))
    state = child_state(child.url, START + timedelta(days=300))
    assert wanted([child], {child.url: state}, index_state(child.url), START) == [child.url]


def test_a_day_alone_may_mean_its_last_moment() -> None:
    midnight = START.replace(hour=0, minute=0)
    children, seen = [ChildSitemap("a", midnight)], index_state("a", first=START - DAY)
    assert wanted(children, {"a": child_state("a", START)}, seen, START) == ["a"]
    assert wanted(children, {"a": child_state("a", midnight + DAY)}, seen, START + DAY) == []


def test_undated_sitemaps_take_turns_six_hours_apart() -> None:
    children, seen = [ChildSitemap(name) for name in "abc"], index_state("a", "b", "c")
    states = {"a": child_state("a", START), "b": child_state("b", START - 5 * timedelta(hours=1))}
    assert wanted(children, states, seen, START + timedelta(hours=1)) == ["c", "b"]
    assert wanted(children, states, seen, START + timedelta(hours=6)) == ["c", "b", "a"]


def test_what_came_into_the_index_is_news_since_its_last_read() -> None:
    found = wanted_children(
        [ChildSitemap("b"), ChildSitemap("a")], {}, index=index_state("a"), first_wait=DAY, now=START + DAY
    )
    assert [(want.child.url, want.since) for want in found] == [("b", START), ("a", None)]


def test_an_address_that_never_was_a_source_is_hopeless_in_the_end() -> None:
    doubtful = Source("feed", at("/rss.rss"), "candidate")
    state = SourceState("a", doubtful.url, "feed", response="not_found", failures=HOPELESS)
    assert is_hopeless(OUTLET, doubtful, state)
    assert not is_hopeless(OUTLET, doubtful, replace(state, failures=HOPELESS - 1))
    assert not is_hopeless(OUTLET, doubtful, replace(state, response="timeout"))
    assert not is_hopeless(OUTLET, doubtful, replace(state, first_complete_at=START))
    assert not is_hopeless(OUTLET, replace(doubtful, grade="confirmed"), state)
    assert not is_hopeless(OUTLET, Source("section", OUTLET.home, "assumed"), state)


def test_memory_knows_what_it_was_told_and_nothing_else() -> None:
    memory = Memory(urls=[f"https://a.vn/{n}" for n in range(1000)])
    kept = memory.kept()
    assert len(kept) == 8000 and Memory(kept).kept() == kept
    assert all(f"https://a.vn/{n}" in memory for n in range(1000))
    assert not any(f"https://a.vn/{n}" in Memory(kept) for n in range(1000, 2000))
    assert len(Memory(kept).with_(["https://a.vn/1", "https://a.vn/đ"])) == 1001 and "x" not in Memory(None)


# Sitemaps


@crawls
def test_of_a_sitemaps_first_read_only_the_last_days_are_taken(bench: Bench) -> None:
    only(bench, MAP)
    entries = [(path_of(1), START - DAY), (path_of(2), START - 40 * DAY), (path_of(3), None)]
    bench.press.pages["/sitemap.xml"] = sitemap(entries)
    publish(bench, [1, 2, 3, 4])
    assert bench.run().stats["links_new"] == 1
    assert bench.intake() == [("new", "baseline")] and bench.state(path_of(2)) == bench.state(path_of(3)) == "unknown"

    bench.clock.forward(hours=1)
    bench.press.pages["/sitemap.xml"] = sitemap([(path_of(4), None), *entries])
    assert bench.run().stats["links_new"] == 1  # undated, but not there before
    assert bench.intake()[1:] == [("new", None)] and bench.state(path_of(4)) == "stored"
    bench.clock.forward(hours=1)
    assert bench.run().stats["links_new"] == 0


@crawls
def test_new_rules_do_not_bring_back_the_history_of_a_sitemap(bench: Bench) -> None:
    only(bench, MAP)
    old = [(f"/xua/cau-treo-xua-{n}.htm", None) for n in range(30)]
    bench.press.pages["/sitemap.xml"] = sitemap([(path_of(1), START - DAY), *old])
    publish(bench, [1])
    bench.run()
    bench.outlet = replace(bench.outlet, eras=(), rules_version="rules-2-" + "0" * 24)
    bench.clock.forward(hours=1)
    assert bench.run().stats["links_new"] == 0


@crawls
def test_one_read_adds_a_bounded_number_and_the_next_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.sources.source_book.MOST_NEW", 20)
    bench.set(max_pages=1)
    only(bench, MAP)
    publish(bench, [1])
    bench.press.pages["/sitemap.xml"] = sitemap([(path_of(1), START - timedelta(hours=1))])
    bench.run()
    prior = source_state(bench, "/sitemap.xml").last_complete_at
    bench.clock.forward(hours=1)
    many = [(path_of(n), START + timedelta(seconds=n)) for n in range(100, 150)]
    bench.press.pages["/sitemap.xml"] = sitemap(many)
    assert [bench.run().stats["links_new"] for _ in range(4)] == [20, 20, 10, 0]
    priors = {row["prior_read_at"] for row in bench.db.rows("SELECT prior_read_at FROM links WHERE silent IS NULL")}
    assert prior is not None and len(priors) == 1  # all of them are news since the same read
    assert bench.state(path_of(149)) != "unknown"


@crawls
def test_a_packed_sitemap_and_a_json_listing_are_read(bench: Bench) -> None:
    packed = Source("sitemap", at("/sitemap.xml.gz"), "confirmed")
    api = Source("json", at("/api/tin"), "confirmed", JsonListing("data", "url", "title", ajax=True))
    only(bench, packed, api)
    body = sitemap([(path_of(1), START - DAY)]).body
    bench.press.pages["/sitemap.xml.gz"] = Answer(gzip.compress(body), headers={"Content-Type": "application/gzip"})
    wanted_header = "XMLHttpRequest"
    bench.press.pages["/api/tin"] = lambda headers: (
        listing([2]) if headers.get("x-requested-with") == wanted_header else Answer(b"<html></html>", headers=HTML)
    )
    publish(bench, [1, 2])
    report = bench.run()
    assert (report.stats["new"], report.problems) == (2, ()), report


@crawls
def test_an_index_is_followed_with_measure(bench: Bench) -> None:
    only(bench, MAP)
    months = [(f"/sm/{n}.xml", START - n * 30 * DAY) for n in range(8)]
    bench.press.pages["/sitemap.xml"] = index(months)
    for n, (path, changed) in enumerate(months):
        bench.press.pages[path] = sitemap([(path_of(10 * n + k), changed - k * DAY) for k in range(3)])
        publish(bench, range(10 * n, 10 * n + 3))
    assert bench.run().stats["new"] == 3
    assert asked(bench) == ["/sitemap.xml", "/sm/0.xml", "/sm/1.xml"]
    assert source_state(bench, "/sm/1.xml").parent == MAP.url

    bench.clock.forward(days=1)
    before = len(bench.press.asked)
    bench.run()
    assert asked(bench, since=before) == ["/sitemap.xml"]  # unchanged

    now = bench.clock.now
    months = [(f"/sm/{n}.xml", now - timedelta(minutes=n)) for n in range(8)]
    bench.press.pages["/sitemap.xml"] = index(months)
    bench.press.pages["/sm/0.xml"] = sitemap([(path_of(900), now)])
    publish(bench, [900])
    for expected in (3, 3, 2, 0):
        before = len(bench.press.asked)
        report = bench.run()
        assert len(asked(bench, lambda path: "/sm/" in path, before)) == expected
        assert report.stats["pending"] == 0
    assert bench.state(path_of(900)) == "stored" and bench.intake()[-1] == ("new", None)


@crawls
def test_a_sitemap_that_comes_into_an_index_holds_news(bench: Bench) -> None:
    only(bench, MAP)
    bench.press.pages["/sitemap.xml"] = index([("/sm/a.xml", START - DAY)])
    bench.press.pages["/sm/a.xml"] = sitemap([(path_of(1), START - DAY)])
    publish(bench, [1, 2])
    bench.run()
    bench.clock.forward(hours=1)
    bench.press.pages["/sitemap.xml"] = index([("/sm/b.xml", None), ("/sm/a.xml", START - DAY)])
    bench.press.pages["/sm/b.xml"] = sitemap([(path_of(2), None)])
    bench.run()
    assert bench.intake() == [("new", "baseline"), ("new", None)]

    bench.clock.forward(days=100)
    bench.press.pages["/sitemap.xml"] = index([("/sm/b.xml", bench.clock.now)])
    bench.run()
    assert list(SourceStore(bench.db).children(bench.outlet.slug, MAP.url)) == [at("/sm/b.xml")]


@crawls
def test_an_index_whose_sitemaps_failed_has_not_been_seen_yet(bench: Bench) -> None:
    only(bench, MAP)
    bench.press.pages["/sitemap.xml"] = index([("/sm/a.xml", START - DAY)])
    bench.press.pages["/sm/a.xml"] = Answer(status=500)
    publish(bench, [1])
    bench.run()
    assert source_state(bench, "/sitemap.xml").first_complete_at is None
    bench.press.pages["/sm/a.xml"] = sitemap([(path_of(1), START - DAY)])
    bench.clock.forward(minutes=15)
    bench.run()
    assert bench.intake() == [("new", "baseline")]
    assert source_state(bench, "/sitemap.xml").first_complete_at is not None


# Lists of several pages


def paged(bench: Bench, count: int, newest: int, size: int = 5) -> None:
    """A section of several pages, newest first."""
    for page in range(1, count + 1):
        top = newest - (page - 1) * size
        path = "/xa-hoi" if page == 1 else f"/xa-hoi?page={page}"
        bench.press.pages[path] = section(
            range(top, top - size, -1), f"/xa-hoi?page={page + 1}" if page < count else None
        )


@crawls
def test_what_fell_off_the_first_page_is_found_on_the_next(bench: Bench) -> None:
    only(bench, LIST)
    paged(bench, 3, 120)
    publish(bench, range(100, 140))
    bench.run()
    assert asked(bench) == ["/xa-hoi"]  # the first read is the baseline: no history
    bench.clock.forward(days=1)
    paged(bench, 5, 132)
    report = bench.run()
    assert asked(bench)[1:] == ["/xa-hoi", "/xa-hoi?page=2", "/xa-hoi?page=3"]
    assert report.stats["new"] == 12 and report.problems == ()
    assert [row for row in bench.intake() if row == ("new", None)] == [("new", None)] * 12
    bench.clock.forward(minutes=15)
    bench.run()
    assert asked(bench)[4:] == ["/xa-hoi"]


@crawls
def test_an_endless_list_is_bounded_and_the_gap_is_told(bench: Bench) -> None:
    only(bench, LIST)
    paged(bench, 1, 20)
    publish(bench, range(10, 21))
    bench.run()
    bench.clock.forward(days=1)
    paged(bench, 400, 9000)
    before = len(bench.press.asked)
    bench.set(max_pages=3)
    report = bench.run()
    assert len(asked(bench, since=before)) == 6 and "gap" in [problem.code for problem in report.problems]
    assert report.stats["links_new"] == 30


@crawls
def test_pages_that_break_off_leave_the_gap_open(bench: Bench) -> None:
    only(bench, LIST)
    paged(bench, 3, 120)
    publish(bench, range(100, 140))
    bench.run()
    bench.clock.forward(days=1)
    paged(bench, 5, 132)
    whole = bench.press.pages["/xa-hoi?page=3"]
    bench.press.pages["/xa-hoi?page=3"] = Answer(status=503, headers={"Retry-After": "60"})
    assert bench.run().stats["links_new"] == 0
    bench.press.pages["/xa-hoi?page=3"] = whole
    bench.clock.forward(minutes=15)
    report = bench.run()
    assert report.stats["new"] == 12 and report.problems == () and bench.state(path_of(121)) == "stored"


@crawls
def test_a_page_that_never_comes_does_not_keep_its_list_waiting_for_ever(bench: Bench) -> None:
    only(bench, LIST)
    paged(bench, 3, 120)
    publish(bench, range(100, 140))
    bench.run()
    paged(bench, 5, 132)
    bench.press.pages["/xa-hoi?page=2"] = Answer(status=500)
    reports = []
    for _ in range(4):
        bench.clock.forward(hours=6)
        reports.append(bench.run())
    assert [report.stats["new"] for report in reports] == [0, 0, 0, 5]
    assert [problem.code for problem in reports[-1].problems] == ["gap"]


@crawls
def test_a_week_away_misses_and_doubles_nothing(bench: Bench) -> None:
    """Down for a week, then back: 100 articles, most of which are on no first page any more."""
    bench.set(max_pages=300)
    only(bench, FEED, LIST, MAP)
    never_search(bench)

    def edition(newest: int) -> None:
        numbers = list(range(newest, max(newest - 120, 0), -1))
        times = {n: START + timedelta(minutes=60 * (n - 20)) for n in numbers}
        bench.press.pages["/rss/home.rss"] = feed(*[(path_of(n), f"Tin {n}", times[n]) for n in numbers[:20]])
        paged(bench, 10, newest, 10)
        bench.press.pages["/sitemap.xml"] = sitemap([(path_of(n), times[n]) for n in numbers])
        publish(bench, numbers)

    edition(20)
    run(bench)
    up = dict(bench.press.pages)
    bench.press.pages = {path: Answer(status=500) for path in up}
    for _ in range(4):
        bench.clock.forward(hours=42)
        run(bench)
    bench.press.pages = up
    edition(120)
    bench.clock.now = START + timedelta(days=7)
    for _ in range(2):
        bench.clock.forward(hours=6)
        run(bench)
    stored = {row["url"] for row in bench.db.rows("SELECT url FROM articles")}
    assert {at(path_of(n)) for n in range(21, 121)} <= stored
    assert len(stored) == bench.db.rows("SELECT COUNT(*) AS n FROM intake WHERE kind = 'new'")[0]["n"]
    news = bench.db.rows("SELECT COUNT(*) AS n FROM intake WHERE silent IS NULL")[0]["n"]
    assert news == 100


@crawls
def test_a_clock_that_is_set_back_makes_no_news_old(bench: Bench) -> None:
    """By the clock that ran ahead the 56 new links would all be older than the last read: a flood, and silent."""
    bench.set(max_pages=3)
    only(bench, FEED)
    never_search(bench)
    bench.show(1, 2, 3)
    bench.clock.forward(days=300)
    run(bench)
    bench.clock.now = START + timedelta(hours=1)
    bench.show(*range(1, 60), published=START)
    run(bench)
    rows = bench.db.rows("SELECT silent, prior_read_at AS prior FROM intake WHERE silent IS NOT 'baseline'")
    assert len(rows) == 3 and {row["silent"] for row in rows} == {None}
    assert max(str(row["prior"]) for row in rows) < (START + timedelta(hours=2)).isoformat()


@crawls
def test_a_baseline_that_waits_for_its_pages_stays_silent_though_two_sources_show_it(bench: Bench) -> None:
    only(bench, FEED, LIST)
    bench.set(max_pages=1)
    bench.show(1, 2, 3, 4)
    bench.press.pages["/xa-hoi"] = section([1, 2, 3, 4])
    bench.run()
    for newest in (5, 6):
        bench.clock.forward(minutes=15)
        bench.show(*range(1, newest + 1))
        bench.press.pages["/xa-hoi"] = section(range(1, newest + 1))
        bench.set(max_pages=newest)
        bench.run()
    assert bench.intake().count(("new", "baseline")) == 4 and bench.intake().count(("new", None)) == 2


# Grades


@crawls
def test_two_good_reads_confirm_a_source_and_the_override_says_so(bench: Bench) -> None:
    never_search(bench)
    listed = replace(LIST, grade="assumed")
    only(bench, listed)
    publish(bench, range(1, 9))
    bench.press.pages["/xa-hoi"] = section(range(1, 6))
    run(bench)
    assert source_state(bench, "/xa-hoi").good_reads == 1 and found(bench) == []
    bench.clock.forward(minutes=15)
    run(bench)  # the same body proves nothing new
    assert found(bench) == []
    bench.clock.forward(minutes=15)
    bench.press.pages["/xa-hoi"] = section(range(2, 8))
    run(bench)
    assert [(s.url, s.grade, s.by) for s in found(bench)] == [(listed.url, "confirmed", "two complete reads")]
    assert (overrides(bench) / "baothutu.toml").is_file()


@crawls
def test_few_links_confirm_nothing(bench: Bench) -> None:
    never_search(bench)
    only(bench, replace(LIST, grade="assumed"))
    publish(bench, range(1, 9))
    for n in range(3):
        bench.press.pages["/xa-hoi"] = section([*range(n, n + 4)], links=["/x"])
        bench.clock.forward(minutes=15)
        run(bench)
    assert source_state(bench, "/xa-hoi").good_reads == 0 and found(bench) == []


@crawls
def test_an_address_without_hope_waits_for_the_weekly_search(bench: Bench) -> None:
    never_search(bench)
    doubtful = Source("feed", at("/rss/khong-co.rss"), "candidate")
    only(bench, FEED, doubtful)
    bench.show(1)
    for _ in range(20):
        bench.clock.forward(hours=7)
        run(bench)
        OutletStore(bench.db).save(replace(outlet_state(bench), sought_at=bench.clock.now))
    assert asked(bench).count("/rss/khong-co.rss") == HOPELESS
    assert asked(bench).count("/rss/home.rss") == 20


@crawls
def test_an_article_on_the_live_site_verifies_the_outlet(bench: Bench) -> None:
    bench.show(1)
    bench.run()
    assert outlet_state(bench).verified_at is not None
    assert SourceStore(bench.db).children("baothutu", FEED.url) == {}
