"""The weekly search for sources, on loopback: what it finds, what it costs, and how it goes on after a break."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.fetching.fetch import Stop
from crawler.outlet import Source
from storage.hosts import HostStore
from tests.crawler.press import START, Answer, Bench, feed, path_of
from tests.crawler.sources import (
    HTML,
    at,
    found,
    index,
    only,
    outlet_state,
    publish,
    run,
    section,
    sitemap,
    source_state,
)
from tests.crawler.worker_outlets import FEED, HOST

pytestmark = pytest.mark.crawl
FRONT = Source("section", at("/"), "assumed")
DAY = timedelta(days=1)


@pytest.fixture
def quiet(bench: Bench) -> Bench:
    """A paper with its front page alone, and six articles that are stored."""
    only(bench, FRONT)
    publish(bench, range(1, 30))
    bench.press.pages["/"] = section(range(1, 7))
    return bench


def searched(bench: Bench) -> list[str]:
    return [str(event["url"]).removeprefix(f"https://{HOST}") for event in bench.events if event["step"] == "search"]


def news(*numbers: int) -> Answer:
    return feed(*[(path_of(n), f"Tin số {n}", START) for n in numbers])


def robots(*sitemaps: str) -> Answer:
    return Answer("".join(f"Sitemap: {at(path)}\n" for path in sitemaps).encode() + b"User-agent: *\nDisallow: /cam/\n")


def test_the_first_live_run_finds_what_the_paper_announces(quiet: Bench) -> None:
    quiet.press.pages["/"] = section(range(1, 7), links=["/rss/moi.rss"])
    quiet.press.pages["/robots.txt"] = robots("/ban-do.xml")
    quiet.press.pages["/rss/moi.rss"] = news(*range(1, 9))
    quiet.press.pages["/ban-do.xml"] = sitemap([(path_of(n), START - DAY) for n in range(1, 12)])
    report = run(quiet)
    assert {(s.url, s.kind, s.grade, s.by) for s in found(quiet)} == {
        (at("/rss/moi.rss"), "feed", "candidate", "search: link"),
        (at("/ban-do.xml"), "sitemap", "candidate", "search: robots"),
    }
    assert source_state(quiet, "/rss/moi.rss").good_reads == 1 and outlet_state(quiet).sought_at is not None
    assert {silent for _, silent in quiet.intake()} == {"baseline"} and report.stats["new"] == 11
    assert quiet.press.paths().count("/") == 1  # the front page that was just read

    quiet.clock.forward(minutes=15)
    quiet.outlet = replace(quiet.outlet, sources=(FRONT, replace(FEED, url=at("/rss/moi.rss"), grade="candidate")))
    quiet.press.pages["/rss/moi.rss"] = news(*range(5, 20))
    before = len(quiet.press.asked)
    run(quiet)
    assert quiet.intake()[-1] == ("new", None)
    assert {s.url: s.grade for s in found(quiet)}[at("/rss/moi.rss")] == "confirmed"
    assert "/ban-do.xml" not in quiet.press.paths()[before:] and len(searched(quiet)) <= 12


def test_a_search_takes_twelve_requests_at_most_and_a_week_later_other_addresses(quiet: Bench) -> None:
    many = [f"/rss/{n}.rss" for n in range(30)]
    quiet.press.pages["/"] = section(range(1, 7), links=many)
    run(quiet)
    first = set(searched(quiet))
    assert len(first) == len(searched(quiet)) == 12 and outlet_state(quiet).sought_at is not None
    asked = [path for path in quiet.press.paths() if ".html" not in path]
    assert len(asked) == 12 + 2  # the round's own: robots.txt and the front page
    quiet.clock.forward(days=6)
    run(quiet)
    assert len(searched(quiet)) == 12
    quiet.clock.forward(days=1, hours=1)
    quiet.events.clear()
    run(quiet)
    assert len(searched(quiet)) <= 12 and first.isdisjoint(set(searched(quiet)) - {"/"})


def test_redirects_count_too(quiet: Bench) -> None:
    many = [f"/rss/{n}.rss" for n in range(30)]
    quiet.press.pages["/"] = section(range(1, 7), links=many)
    for path in many:
        quiet.press.pages[path] = Answer(status=302, headers={"Location": at(path + "/x")})
    run(quiet)
    assert len([path for path in quiet.press.paths() if path.startswith("/rss")]) <= 12


def test_a_page_that_lists_feeds_leads_to_them(quiet: Bench) -> None:
    list_ = '<html><body><a href="/rss/thoi-su.rss">Thời sự</a><a href="/rss/van-hoa.rss">Văn hoá</a></body></html>'
    page = section(range(1, 7))
    page.body = page.body.replace(b"</body>", b'<a href="/rss">RSS</a></body>')
    quiet.press.pages |= {"/": page, "/rss": Answer(list_.encode(), headers=HTML)}
    quiet.press.pages |= {"/rss/thoi-su.rss": news(*range(1, 9)), "/rss/van-hoa.rss": news(1, 2)}
    run(quiet)
    assert [(s.url, s.by) for s in found(quiet)] == [(at("/rss/thoi-su.rss"), "search: feed list")]
    assert searched(quiet)[:2] == ["/rss", "/rss/thoi-su.rss"] or "/rss/van-hoa.rss" in searched(quiet)
    assert source_state(quiet, "/rss/van-hoa.rss").error == "few_links"


def test_an_index_of_sitemaps_is_judged_by_its_newest(quiet: Bench) -> None:
    quiet.press.pages["/robots.txt"] = robots("/tat-ca.xml")
    quiet.press.pages["/tat-ca.xml"] = index([("/thang-2.xml", START - DAY), ("/thang-1.xml", START - 30 * DAY)])
    quiet.press.pages["/thang-2.xml"] = sitemap([(path_of(n), START - DAY) for n in range(1, 12)])
    run(quiet)
    assert [s.url for s in found(quiet)] == [at("/tat-ca.xml")]
    assert source_state(quiet, "/thang-2.xml").parent == at("/tat-ca.xml")
    assert source_state(quiet, "/tat-ca.xml").good_reads == 1
    quiet.clock.forward(hours=1)
    only(quiet, FRONT, Source("sitemap", at("/tat-ca.xml"), "candidate"))
    quiet.press.pages["/tat-ca.xml"] = index([("/thang-2.xml", quiet.clock.now), ("/thang-1.xml", START - 30 * DAY)])
    quiet.press.pages["/thang-2.xml"] = sitemap([(path_of(n), START) for n in range(5, 25)])
    run(quiet)
    assert [(s.url, s.grade) for s in found(quiet)][-1] == (at("/tat-ca.xml"), "confirmed")
    assert "/thang-1.xml" not in quiet.press.paths() and quiet.intake()[-1] == ("new", None)


def test_a_search_that_is_killed_goes_on_behind_its_last_request(quiet: Bench) -> None:
    many = [f"/rss/{n}.rss" for n in range(30)]
    quiet.press.pages["/"] = section(range(1, 7), links=many)
    stop = Stop()

    def last(_headers: dict[str, str]) -> Answer:
        stop.request()
        return Answer(status=404)

    quiet.press.pages["/rss/2.rss"] = last
    run(quiet, stop=stop)
    before = searched(quiet)
    assert outlet_state(quiet).sought_at is None and "/rss/2.rss" in before
    quiet.clock.forward(minutes=15)
    quiet.events.clear()
    run(quiet)
    assert outlet_state(quiet).sought_at is not None
    assert set(before).isdisjoint(set(searched(quiet)) - {"/"}) and len(before) + len(searched(quiet)) == 12


def test_an_index_whose_sitemap_was_not_had_any_more_is_tried_again(quiet: Bench) -> None:
    stop, listed = Stop(), index([("/thang-2.xml", START - DAY)])

    def asked_last(_headers: dict[str, str]) -> Answer:
        stop.request()
        return listed

    quiet.press.pages["/robots.txt"] = robots("/tat-ca.xml")
    quiet.press.pages["/tat-ca.xml"] = asked_last
    quiet.press.pages["/thang-2.xml"] = sitemap([(path_of(n), START - DAY) for n in range(1, 12)])
    run(quiet, stop=stop)
    assert found(quiet) == [] and outlet_state(quiet).sought_at is None
    quiet.press.pages["/tat-ca.xml"] = listed
    quiet.clock.forward(minutes=15)
    run(quiet)
    assert [s.url for s in found(quiet)] == [at("/tat-ca.xml")] and outlet_state(quiet).sought_at is not None


def test_trouble_postpones_the_search_by_a_day(quiet: Bench) -> None:
    many = [f"/rss/{n}.rss" for n in range(30)]
    quiet.press.pages["/"] = section(range(1, 7), links=many)
    quiet.press.pages |= {path: Answer(status=500) for path in many}
    run(quiet)
    assert len(searched(quiet)) == 3
    quiet.clock.forward(hours=12)
    run(quiet)
    assert len(searched(quiet)) == 3
    quiet.clock.forward(hours=13)
    quiet.press.pages |= {path: Answer(status=404) for path in many}
    run(quiet)
    assert len(searched(quiet)) == 12 and not {"/rss/0.rss"} & set(searched(quiet)[3:])


def test_a_search_never_takes_more_than_the_budget_spares(quiet: Bench) -> None:
    quiet.press.pages["/"] = section(range(1, 7), links=[f"/rss/{n}.rss" for n in range(30)])
    quiet.clock.now = START.replace(hour=0)
    quiet.set(daily_requests=75)  # 5 may be spent at midnight
    run(quiet)
    assert len(searched(quiet)) in (3, 4) and outlet_state(quiet).sought_at is None
    quiet.clock.forward(hours=14)
    run(quiet)
    assert outlet_state(quiet).sought_at is not None and HostStore(quiet.db).politeness(HOST).requests <= 45


def test_nobody_is_searched_who_does_not_answer_or_whose_findings_are_not_kept(quiet: Bench) -> None:
    quiet.press.pages["/"] = Answer(status=500)
    run(quiet)
    quiet.press.pages["/"] = section(range(1, 7))
    quiet.clock.forward(hours=7)
    quiet.run()
    assert searched(quiet) == [] and outlet_state(quiet).sought_at is None


def test_a_hopeless_address_of_the_catalogue_has_its_chance_in_the_search(quiet: Bench) -> None:
    doubtful = Source("feed", at("/rss/cu.rss"), "assumed")
    only(quiet, FRONT, doubtful)
    run(quiet)
    for _ in range(8):
        quiet.clock.forward(hours=7)
        run(quiet)
    asked = quiet.press.paths().count("/rss/cu.rss")
    quiet.press.pages["/rss/cu.rss"] = news(*range(1, 9))
    quiet.clock.forward(days=5)
    run(quiet)
    assert quiet.press.paths().count("/rss/cu.rss") == asked + 1
    assert source_state(quiet, "/rss/cu.rss").first_complete_at is not None


def test_a_broken_override_is_told_and_stops_no_run(quiet: Bench) -> None:
    quiet.press.pages["/"] = section(range(1, 7), links=["/rss/moi.rss"])
    quiet.press.pages["/rss/moi.rss"] = news(*range(1, 9))
    path = quiet.folder / "overrides" / "baothutu.toml"
    path.parent.mkdir()
    path.write_text("[[sources")
    report = run(quiet)
    assert report.outcome == "finished" and report.stats["new"] == 6
    assert "outlet_file" in [problem.code for problem in report.problems] and path.read_text() == "[[sources"
    assert source_state(quiet, "/rss/moi.rss").error is None
    path.unlink()
    quiet.clock.forward(hours=25)  # not next week
    run(quiet)
    assert [s.url for s in found(quiet)] == [at("/rss/moi.rss")]


def test_requests_are_counted_over_all_runs_of_a_search(quiet: Bench) -> None:
    many = [f"/rss/{n}.rss" for n in range(30)]
    quiet.press.pages["/"] = section(range(1, 7), links=many)
    stop = Stop()

    def last(_headers: dict[str, str]) -> Answer:
        stop.request()
        return Answer(status=302, headers={"Location": at("/rss/xa.rss")})

    for path in many:  # each of them two hops away from a page
        quiet.press.pages[path] = Answer(status=302, headers={"Location": at(path + "?a=1")})
        quiet.press.pages[path + "?a=1"] = last
    for _ in range(20):
        stop = Stop()
        run(quiet, stop=stop)
        quiet.clock.forward(minutes=15)
        if outlet_state(quiet).sought_at is not None:
            break
    asked = [path for path in quiet.press.paths() if path.startswith("/rss")]
    assert outlet_state(quiet).sought_at is not None and len(asked) <= 12
    assert outlet_state(quiet).search_requests == 0
