import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from corpus.clock import stamp
from corpus.errors import WorkError
from crawler.crawl import crawl
from crawler.fetching.fetch import Stop
from crawler.job import Job
from crawler.outlet import Source
from storage.archive import Archive
from storage.hosts import HostStore
from storage.links import NewLink
from storage.locks import host_lock
from storage.runs import RunStore
from storage.sources import SourceStore
from tests.crawler.press import LOOP, START, Answer, Bench, article, feed, path_of
from tests.crawler.worker_outlets import FEED, HOST

pytestmark = pytest.mark.crawl


def test_the_first_round_is_the_baseline_and_the_second_brings_news(bench: Bench) -> None:
    bench.show(1)
    report = bench.run()
    assert (report.outcome, report.stats["new"], report.stats["links_new"]) == ("finished", 1, 1), report
    assert bench.intake() == [("new", "baseline")]
    prior = bench.clock.now

    bench.clock.forward(minutes=15)
    bench.show(1, 2)
    report = bench.run()
    assert (report.outcome, report.stats["new"], report.problems) == ("finished", 1, ())
    assert bench.intake()[1:] == [("new", None)]
    assert bench.press.paths().count(path_of(1)) == 1
    met = bench.link(path_of(2)).prior_read_at
    assert met is not None and abs(met - prior) < timedelta(seconds=2)


def test_a_run_writes_its_row_and_tells_its_steps(bench: Bench) -> None:
    bench.show(1)
    report = bench.run()
    run = RunStore(bench.db).last("baothutu")
    assert run is not None and run.outcome == "finished" and run.stats == report.stats
    assert [event["step"] for event in bench.events] == ["source", "page"]
    assert report.stats["requests"] == len(bench.press.asked) == 3
    assert set(report.stats) >= {"sources_read", "changed", "rejected", "gone", "removed", "failed", "pending"}


def test_requests_are_honest_and_conditional(bench: Bench) -> None:
    bench.set(contact="ban-doc@example.vn")
    bench.show(1)
    listing = bench.press.pages["/rss/home.rss"]
    assert isinstance(listing, Answer)
    listing.headers |= {"ETag": '"v1"', "Last-Modified": "Mon, 02 Mar 2026 01:00:00 GMT"}
    bench.run()
    bench.press.pages["/rss/home.rss"] = lambda headers: (
        Answer(status=304) if headers.get("if-none-match") == '"v1"' else listing
    )
    before = SourceStore(bench.db).get("baothutu", FEED.url)
    bench.clock.forward(minutes=15)
    report = bench.run()
    after = SourceStore(bench.db).get("baothutu", FEED.url)
    assert report.outcome == "finished" and report.stats["sources_read"] == 1
    assert before and after and before.last_complete_at and after.last_complete_at
    assert after.last_complete_at - before.last_complete_at >= timedelta(minutes=15)
    assert after.first_complete_at == before.first_complete_at and after.etag == '"v1"'
    headers = bench.press.asked[-1][2]
    assert headers["user-agent"] == "tintinh/0.1 (+ban-doc@example.vn)" and headers["host"] == HOST
    assert headers["if-modified-since"].startswith("Mon, 02 Mar") and "cookie" not in headers


def test_changed_rules_read_an_unchanged_source_again(bench: Bench) -> None:
    bench.show(1)
    bench.run()
    bench.outlet = replace(bench.outlet, rules_version="rules-2-" + "0" * 24)
    bench.db.rows("SELECT 1")
    with bench.db.write() as connection:
        connection.execute("DELETE FROM links")
    assert bench.run().stats["links_new"] == 1


def test_a_link_that_another_source_knows_as_news_is_no_longer_silent(bench: Bench) -> None:
    section = Source("section", f"https://{HOST}/xa-hoi", "assumed")
    bench.show(1)
    bench.run()
    bench.outlet = replace(bench.outlet, sources=(section, FEED))
    link = f'<html><body><main><h2><a href="{path_of(2)}">Trường mới ở bản Na Thử</a></h2></main></body></html>'
    bench.press.pages["/xa-hoi"] = Answer(link.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    bench.clock.forward(minutes=15)
    bench.show(1, 2)
    bench.run()
    assert bench.intake() == [("new", "baseline"), ("new", None)]


def test_a_flood_of_old_links_is_silent_and_fresh_ones_are_not(bench: Bench) -> None:
    bench.set(max_pages=2)
    bench.show(1)
    bench.run()
    bench.clock.forward(minutes=15)
    old = [(path_of(n), f"Tin cũ số {n}", START - timedelta(days=200)) for n in range(100, 160)]
    bench.press.pages["/rss/home.rss"] = feed((path_of(2), "Tin hôm nay", bench.clock.now), *old)
    bench.press.pages[path_of(2)] = article("Tin hôm nay của huyện Suối Thử")
    report = bench.run()
    assert report.outcome == "limit" and report.stats["links_new"] == 61 and report.stats["pending"] >= 58
    silent = bench.db.rows("SELECT silent, COUNT(*) AS n FROM links GROUP BY silent ORDER BY silent")
    assert {row["silent"]: row["n"] for row in silent} == {None: 1, "baseline": 1, "flood": 60}
    assert bench.state(path_of(2)) == "stored"


def test_pages_wait_for_the_next_run_when_the_limit_is_reached(bench: Bench) -> None:
    bench.set(max_pages=2)
    bench.show(1, 2, 3)
    report = bench.run()
    assert (report.outcome, report.stats["new"], report.stats["pending"]) == ("limit", 2, 1)
    assert bench.run().stats["new"] == 1


def test_time_ends_a_run_and_a_stop_does_too(bench: Bench) -> None:
    bench.set(max_seconds=0.2, resolved_delay=5.0)
    bench.show(1, 2)
    assert bench.run().outcome == "limit"
    assert len(bench.press.asked) == 1  # the first request may start at once; the second would be too late
    stop = Stop()
    stop.request()
    job = Job("stopped", "baothutu")
    report = LOOP.run_until_complete(crawl(job, bench.crawling(), bench.events.append, stop=stop))
    assert report.outcome == "limit" and len(bench.press.asked) == 1


def test_requests_keep_their_distance_also_from_run_to_run(bench: Bench) -> None:
    bench.set(resolved_delay=0.15)
    real = bench.clock.now

    def clock() -> object:
        return real + timedelta(seconds=LOOP.time() - begin)

    begin = LOOP.time()
    bench.clock = clock  # type: ignore[assignment]
    bench.show(1)
    bench.run()
    bench.run()
    starts = [at for at, _, _ in bench.press.asked]
    assert len(starts) == 4
    assert min(b - a for a, b in pairwise(starts)) >= 0.14


def test_a_host_is_not_asked_more_than_its_daily_budget(bench: Bench) -> None:
    bench.show(1)
    bench.run()
    bench.set(daily_requests=6)
    bench.show(1, 2, 3, 4, 5, 6, 7, 8, 9)
    report = bench.run()
    assert [p.code for p in report.problems] == ["daily_budget"] and report.stats["pending"] == 6
    assert report.outcome == "finished"  # what is left may not be done now: no reason to come back at once
    assert len(bench.press.asked) == 6
    again = bench.run()
    assert again.outcome == "refused" and len(bench.press.asked) == 6
    bench.clock.forward(days=1)
    assert bench.run().outcome == "finished"
    assert HostStore(bench.db).politeness(HOST).requests <= 6


def test_many_sources_leave_time_and_budget_for_pages_and_are_read_in_turns(bench: Bench) -> None:
    many = tuple(Source("feed", f"https://{HOST}/rss/{n}.rss", "candidate") for n in range(50))
    bench.outlet = replace(bench.outlet, sources=(*many, FEED))
    for source in many:
        bench.press.pages[source.url.partition(HOST)[2]] = feed((path_of(1), "Tin", START))
    bench.clock.now = START.replace(hour=0)  # no budget has been saved up yet
    bench.show(1)
    assert bench.run().stats["new"] == 1
    assert len(bench.press.asked) <= 45
    bench.clock.forward(minutes=15)
    bench.show(1, 2)
    before = len(bench.press.asked)
    assert bench.run().stats["new"] == 1
    assert "/rss/home.rss" in bench.press.paths()[before:]
    bench.clock.forward(hours=6)
    bench.run()
    assert {source.url.partition(HOST)[2] for source in many} <= set(bench.press.paths())


def test_a_public_host_is_not_asked_without_a_contact(bench: Bench) -> None:
    bench.set(resolve={})
    report = bench.run()
    assert report.outcome == "refused" and [p.code for p in report.problems] == ["no_contact"]


def test_a_locked_host_is_skipped_or_waited_for(bench: Bench) -> None:
    bench.show(1)
    with host_lock(bench.folder / "locks", HOST):
        assert bench.run().outcome == "locked"
    assert bench.press.asked == [] and RunStore(bench.db).recent(5) == []
    held = host_lock(bench.folder / "locks", bench.press.target)
    held.acquire()
    waiting = crawl(Job("patient", "baothutu", wait=True), bench.crawling(), bench.events.append)

    async def free_it() -> str:
        task = asyncio.ensure_future(waiting)
        while not any(event["step"] == "lock" for event in bench.events):
            await asyncio.sleep(0.005)
        held.release()
        return (await task).outcome

    assert LOOP.run_until_complete(asyncio.wait_for(free_it(), 20)) == "finished"


def test_given_urls_are_stored_and_count_as_news(bench: Bench) -> None:
    bench.press.pages[path_of(7)] = article("Tin được đưa bằng tay ở Suối Thử")
    report = bench.run(f"http://{HOST}{path_of(7)}#binh-luan", "https://baokhac.vn/tin-1234.html", "ftp://x/")
    assert bench.intake() == [("new", None)] and report.stats["new"] == 1
    assert [p.code for p in report.problems] == ["not_this_outlet", "not_this_outlet"]
    again = bench.run(f"https://{HOST}{path_of(7)}")
    assert again.outcome == "finished" and again.stats["same"] == 1
    assert "if-none-match" not in bench.press.asked[-1][2]
    assert len({entry["url"] for entry in bench.events if entry["step"] == "source"}) == 0


def test_a_rejected_page_is_judged_again_from_the_archive_when_the_rules_change(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.press.pages["/rss/home.rss"] = feed((path_of(1), "Tin ảnh", START))
    bench.press.pages[path_of(1)] = Answer(b"<html><body><p>...</p></body></html>")
    report = bench.run()
    link = bench.link(path_of(1))
    assert report.stats["rejected"] == 1 and link.state == "rejected" and link.archive is not None
    bench.clock.forward(minutes=15)
    bench.run()
    assert bench.press.paths().count(path_of(1)) == 1

    bench.outlet = replace(bench.outlet, rules_version="rules-2-" + "0" * 24)
    monkeypatch.setattr("crawler.judging.extract", _always_an_article())
    report = bench.run()
    assert report.stats["new"] == 1 and bench.state(path_of(1)) == "stored"
    assert bench.press.paths().count(path_of(1)) == 1
    assert bench.intake() == [("new", "baseline")]


def _always_an_article():
    from crawler.extraction import PageInput, extract

    def judged(page: PageInput):
        return extract(replace(page, body=article("Tin ảnh cuối tuần ở Suối Thử").body))

    return judged


def test_a_page_that_cannot_be_stored_is_not_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.show(1)

    def full(*_: object) -> str:
        raise WorkError("disk_full", "no space left", retry=True)

    with monkeypatch.context() as patch:
        patch.setattr("storage.sink.Sink.store", full)
        report = bench.run()
    assert report.outcome == "failed" and [p.code for p in report.problems] == ["disk_full"]
    assert bench.run().stats["new"] == 1


def test_two_deaths_in_the_parser_set_a_link_aside_and_other_deaths_do_not(bench: Bench) -> None:
    bench.links.add_new("baothutu", [NewLink(f"https://{HOST}{path_of(1)}", f"https://{HOST}{path_of(1)}")], START)
    bench.show(1)
    link = bench.link(path_of(1))
    for _ in range(2):
        bench.links.start(link.id, START)
    bench.links.parsing(link.id, None)
    bench.press.pages[path_of(1)] = Answer(status=500)
    report = bench.run()
    assert [p.code for p in report.problems] == ["crashed", "error"]
    for _ in range(2):
        bench.links.start(link.id, START)
        bench.links.parsing(link.id, None)
    assert [left.parses for left in bench.links.begin_run("baothutu", START)] == [2]
    assert bench.state(path_of(1)) == "given_up"
    bench.press.pages[path_of(1)] = article("Tin mới số 1 từ huyện Suối Thử")
    assert bench.run(f"https://{HOST}{path_of(1)}").stats["new"] == 1  # by hand it is tried again


def test_parsing_has_a_time_limit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_page: object) -> None:
        while True:
            try:
                stamp(START)
            except Exception:  # a parser that swallows everything
                continue

    bench.set(parse_seconds=0.1)
    bench.show(1)
    monkeypatch.setattr("crawler.judging.extract", endless)
    report = bench.run()
    link = bench.link(path_of(1))
    assert report.stats["rejected"] == 1 and (link.state, link.reason) == ("rejected", "too_complex")


def test_an_unknown_outlet_is_a_failed_run(bench: Bench) -> None:
    job = Job("r", "khongco")
    report = LOOP.run_until_complete(crawl(job, bench.crawling(), bench.events.append))
    assert report.outcome == "failed" and report.problems[0].code == "unknown_outlet"


def test_with_little_room_left_articles_are_stored_without_their_pages_and_it_says_so(bench: Bench) -> None:
    bench.show(1, 2)
    crawling = replace(bench.crawling(), archive=Archive(bench.folder / "archive", min_free_bytes=2**60))
    report = LOOP.run_until_complete(crawl(Job("low", "baothutu"), crawling, bench.events.append))
    assert report.stats["new"] == 2 and [p.code for p in report.problems] == ["archive_full"]
    assert bench.link(path_of(1)).archive is None


def test_with_hardly_any_room_left_nothing_is_asked_for(bench: Bench) -> None:
    bench.show(1)
    job = Job("full", "baothutu")
    crawling = replace(bench.crawling(), min_free_bytes=2**60)
    report = LOOP.run_until_complete(crawl(job, crawling, bench.events.append))
    assert report.outcome == "failed" and [p.code for p in report.problems] == ["disk_low"]
    assert bench.press.asked == []
    last = RunStore(bench.db).last("baothutu")
    assert last is not None and last.outcome == "failed"
