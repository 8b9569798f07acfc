"""What of a source is news: sitemaps that forget and come back, servers that say "unchanged" for ever, first reads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawler.discovery.found import ChildSitemap
from crawler.outlet import Source
from crawler.sources import memory
from crawler.sources.asking import newest_first, wanted_children
from crawler.sources.baseline import silenced
from crawler.sources.memory import READ, Memory
from storage.links import NewLink
from storage.sources import SourceState
from tests.crawler.press import START, Answer, Bench, feed, path_of
from tests.crawler.sources import at, index, never_search, only, publish, run, section, sitemap, source_state
from tests.crawler.worker_outlets import FEED

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAP = Source("sitemap", at("/sitemap.xml"), "confirmed")
LIST = Source("section", at("/xa-hoi"), "confirmed")
crawls = pytest.mark.crawl


# Pure


def test_a_memory_forgets_what_it_met_longest_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 5)
    grown = Memory(urls="abc").with_("ade").with_("f")
    assert [url for url in "abcdef" if url in grown] == list("acdef")
    assert len(grown.kept()) == 40 and Memory(grown.kept()).kept() == grown.kept()


def test_sitemaps_and_pages_of_one_address_are_kept_apart() -> None:
    pages = Memory(urls=["a", READ])
    children = Memory(pages.kept(), children=True)
    assert "a" not in children and READ not in children
    both = children.with_(["b", READ])
    assert "b" in both and "a" in Memory(both.kept()) and "b" not in Memory(both.kept())


def link(published: datetime | None = None) -> NewLink:
    return NewLink("u", "u", published=published)


@pytest.mark.parametrize(
    ("modified", "prior", "expected"),
    [
        (START - 5 * DAY, START - HOUR, "baseline"),
        (START - 3 * DAY, START - HOUR, None),
        (START - 5 * DAY, START - 7 * DAY, None),
    ],
)
def test_what_a_sitemap_says_is_old_is_no_news(modified: datetime, prior: datetime, expected: str | None) -> None:
    (made,) = silenced([link()], prior_read_at=prior, now=START, usual_per_day=50, modified={"u": modified})
    assert made.silent == expected


def test_a_first_read_is_news_after_the_other_sources_were_read() -> None:
    def made(published: datetime | None, others: datetime | None) -> NewLink:
        return silenced([link(published)], prior_read_at=None, now=START, usual_per_day=9, others_read_at=others)[0]

    others = START - 10 * HOUR
    later = made(START - HOUR, others)
    assert (later.silent, later.prior_read_at) == (None, others)
    midnight = START.replace(hour=0, minute=0, second=0)
    for published, read in [(START - HOUR, None), (None, others), (others - HOUR, others), (midnight, others)]:
        assert made(published, read).silent == "baseline"


def wanted(children: list[ChildSitemap], states: dict[str, SourceState], now: datetime) -> list[str]:
    known = Memory(urls=[READ, *(f"/s/{n}.xml" for n in range(300))], children=True).kept()
    seen = SourceState("a", "i", "sitemap", first_complete_at=START, last_complete_at=START, seen=known)
    return [w.child.url for w in wanted_children(children, states, index=seen, first_wait=HOUR, now=now)]


def test_a_sitemap_that_is_new_in_a_long_index_is_wanted_wherever_it_stands() -> None:
    children = [ChildSitemap(f"/s/{n}.xml", START - DAY) for n in range(300)]
    assert wanted([*children, ChildSitemap("/s/neu.xml")], {}, START + HOUR) == ["/s/neu.xml"]


def test_an_undated_sitemap_without_anything_new_is_read_less_and_less_often() -> None:
    child, now, gaps = ChildSitemap("/s/1.xml"), START, []
    state = SourceState("a", child.url, "sitemap", last_complete_at=START, checked_at=START, changed_at=START)
    for _ in range(9):
        before = now
        while not wanted([child], {child.url: state}, now):
            now += HOUR
        gaps.append((now - before) // HOUR)
        state = replace(state, last_complete_at=now, checked_at=now)
    assert gaps == [6, 6, 12, 24, 48, 96, 168, 168, 168]


def test_of_sitemaps_of_one_date_the_highest_number_is_the_newest() -> None:
    def ordered(*names: str) -> list[str]:
        return [child.url for child in newest_first([ChildSitemap(name, START) for name in names])]

    assert ordered("/p-1.xml", "/p-2.xml", "/p-10.xml", "/tags-99.xml") == [
        "/p-10.xml", "/p-2.xml", "/p-1.xml", "/tags-99.xml",
    ]  # fmt: skip
    assert ordered("/2026/a.xml", "/2026/b.xml") == ["/2026/a.xml", "/2026/b.xml"]
    dated = [ChildSitemap("/p-1.xml", START), ChildSitemap("/p-2.xml", START - DAY)]
    assert newest_first(dated) == dated


# Sitemaps that forget


@crawls
def test_a_sitemap_that_shrinks_and_grows_again_shows_nothing_new(bench: Bench) -> None:
    only(bench, MAP)
    pages = [(path_of(n), None) for n in range(1, 46)]
    publish(bench, range(1, 46))
    for shown in (pages, pages[:5], pages):
        bench.press.pages["/sitemap.xml"] = sitemap(shown)
        assert bench.run().stats["links_new"] == 0
        bench.clock.forward(hours=1)


@crawls
@pytest.mark.parametrize("changed", [None, START - 300 * DAY])
def test_an_address_that_is_now_an_index_and_now_a_list_shows_nothing_new(
    bench: Bench, changed: datetime | None
) -> None:
    only(bench, MAP)
    publish(bench, range(1, 31))
    listed = sitemap([(path_of(n), changed) for n in range(1, 30)])
    bench.press.pages["/a.xml"] = listed
    for number, shown in enumerate((listed, index([("/a.xml", START)]), listed, index([("/a.xml", START)]))):
        bench.press.pages["/sitemap.xml"] = shown
        assert bench.run().stats["links_new"] == 0, number
        bench.clock.forward(hours=1)


@crawls
def test_an_index_that_becomes_a_list_is_read_as_one_for_the_first_time(bench: Bench) -> None:
    only(bench, MAP)
    bench.press.pages["/a.xml"] = sitemap([(path_of(1), None)])
    bench.press.pages["/sitemap.xml"] = index([("/a.xml", START)])
    bench.run()
    publish(bench, range(1, 31))
    bench.clock.forward(hours=2)
    news = (path_of(30), bench.clock.now - HOUR)
    bench.press.pages["/sitemap.xml"] = sitemap([*((path_of(n), None) for n in range(1, 30)), news])
    assert bench.run().stats["links_new"] == 1 and bench.intake() == [("new", None)]


@crawls
def test_what_moves_from_one_sitemap_of_an_index_to_the_next_is_not_new(bench: Bench) -> None:
    only(bench, MAP)

    def show(newest: int) -> None:
        pages = [range(n, max(n - 10, 0), -1) for n in range(newest, 0, -10)]
        bench.press.pages["/sitemap.xml"] = index([(f"/p{k}.xml", None) for k in range(len(pages))])
        for k, numbers in enumerate(pages):
            bench.press.pages[f"/p{k}.xml"] = sitemap([(path_of(n), None) for n in numbers])

    publish(bench, range(1, 45))
    show(40)
    for _ in range(3):
        bench.run()
        bench.clock.forward(hours=7)
    show(42)
    found = []
    for _ in range(3):
        found.append(bench.run().stats["links_new"])
        bench.clock.forward(hours=13)
    assert sum(found) == 2


@crawls
def test_an_index_inside_an_index_is_said(bench: Bench) -> None:
    only(bench, MAP)
    bench.press.pages["/sitemap.xml"] = index([("/a.xml", START)])
    bench.press.pages["/a.xml"] = index([("/b.xml", START)])
    problems = [(problem.code, problem.url) for problem in bench.run().problems]
    assert problems == [("source_unreadable", at("/a.xml"))]


# Servers that say "unchanged" for ever


def always_unchanged(bench: Bench, header: str, value: str, condition: str) -> Callable[[dict[str, str]], Answer]:
    def answer(headers: dict[str, str]) -> Answer:
        if condition in headers:
            return Answer(status=304)
        full = feed((path_of(bench.clock.now.day), "Tin", bench.clock.now))
        return replace(full, headers={**full.headers, header: value})

    return answer


@crawls
def test_a_source_is_asked_for_its_body_once_a_day(bench: Bench) -> None:
    only(bench, FEED)
    publish(bench, range(1, 32))
    bench.press.pages["/rss/home.rss"] = always_unchanged(bench, "ETag", '"v1"', "if-none-match")
    bench.run()
    new = []
    for _ in range(3):
        bench.clock.forward(hours=12)
        new.append(bench.run().stats["links_new"])
    assert new == [0, 1, 0]


@crawls
def test_a_last_modified_of_the_future_is_not_kept(bench: Bench) -> None:
    only(bench, FEED)
    publish(bench, range(1, 32))
    for year, kept in ((2099, False), (2020, True)):
        value = f"Wed, 01 Jan {year} 00:00:00 GMT"
        bench.press.pages["/rss/home.rss"] = always_unchanged(bench, "Last-Modified", value, "if-modified-since")
        bench.run()
        assert (source_state(bench, "/rss/home.rss").last_modified == value) is kept
        bench.clock.forward(days=2)


# Floods and first reads


@crawls
def test_days_off_after_a_fresh_install_are_no_flood(bench: Bench) -> None:
    only(bench, LIST)
    publish(bench, [*range(1, 6), *range(100, 160)])
    bench.press.pages["/xa-hoi"] = section(range(1, 6))
    bench.run()
    bench.clock.forward(days=3)
    bench.press.pages["/xa-hoi"] = section(range(100, 160))
    bench.run()
    rows = bench.db.rows("SELECT DISTINCT silent FROM links WHERE silent IS NOT 'baseline'")
    assert [row["silent"] for row in rows] == [None]


@crawls
def test_a_flood_that_a_feed_dates_is_news(bench: Bench) -> None:
    bench.set(max_pages=1)
    only(bench, LIST)
    never_search(bench)
    publish(bench, [1, *range(100, 160)])
    bench.press.pages["/xa-hoi"] = section([1])
    run(bench)
    bench.clock.forward(hours=1)
    bench.press.pages["/xa-hoi"] = section(range(100, 160))
    run(bench)
    flood = "SELECT COUNT(*) AS n FROM links WHERE silent = 'flood'"
    assert bench.db.rows(flood)[0]["n"] == 60
    only(bench, LIST, FEED)
    now, old = bench.clock.now, bench.clock.now - 9 * DAY
    dated = [(path_of(n), f"Tin {n}", now if n % 2 else old) for n in range(110, 130)]
    bench.press.pages["/rss/home.rss"] = feed(*dated)
    run(bench)
    assert bench.db.rows(flood)[0]["n"] == 50


@crawls
def test_a_source_that_is_found_later_shows_the_news_of_today(bench: Bench) -> None:
    only(bench, FEED)
    never_search(bench)
    bench.show(1, 2)
    run(bench)
    prior = source_state(bench, "/rss/home.rss").last_complete_at
    bench.clock.forward(hours=5)
    only(bench, FEED, MAP)
    publish(bench, range(1, 6))
    entries = [(path_of(3), bench.clock.now - HOUR), (path_of(4), START - HOUR), (path_of(5), None)]
    bench.press.pages["/sitemap.xml"] = sitemap(entries)
    run(bench)
    rows = bench.db.rows(
        "SELECT canonical_url AS url, silent, prior_read_at AS prior FROM links WHERE source_url LIKE '%.xml'"
    )
    assert prior is not None
    assert {row["url"]: (row["silent"], row["prior"] and row["prior"][:16]) for row in rows} == {
        at(path_of(3)): (None, prior.isoformat()[:16]),
        at(path_of(4)): ("baseline", None),
    }
