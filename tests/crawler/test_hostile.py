"""Found by attacking the installed command with hostile servers: each once lost, silenced or starved something."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from corpus.errors import WorkError
from crawler import discovery, judging
from crawler.extraction import Extraction, PageInput, extract
from crawler.job import Report
from crawler.outlet import Source
from storage.sink import Sink
from storage.sources import SourceStore
from tests.crawler.press import START, Answer, Bench, article, feed, path_of
from tests.crawler.worker_outlets import FEED, HOST

pytestmark = pytest.mark.crawl
PAGE = path_of(1)
REPAIRS = Answer(
    "<html><head><title>Bảo trì hệ thống</title></head><body><h1>Hệ thống đang bảo trì</h1>"
    "<p>Xin quay lại sau ít phút.</p></body></html>".encode(),
    headers={"Content-Type": "text/html; charset=utf-8"},
)


def codes(report: Report) -> set[tuple[str, str | None]]:
    return {(problem.code, problem.url) for problem in report.problems}


def test_headers_without_end_cost_one_link_and_little_memory(bench: Bench) -> None:
    bench.show(1, 2)
    bench.press.pages[PAGE] = Answer(raw=b"HTTP/1.1 200 OK\r\n" + (b"X-Y: " + b"z" * 1000 + b"\r\n") * 3000)
    report = bench.run()
    assert report.stats["new"] == 1 and ("reset", bench.link(PAGE).url) in codes(report)
    assert any("headers longer than" in problem.detail for problem in report.problems)
    assert (bench.state(PAGE), bench.link(PAGE).attempt) == ("pending", 0)


def test_a_304_that_nobody_asked_for_settles_nothing(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = Answer(status=304)
    report = bench.run()
    assert ("error", bench.link(PAGE).url) in codes(report)
    assert (bench.state(PAGE), report.stats["same"]) == ("pending", 0)


def test_a_paper_under_repair_loses_no_article(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = REPAIRS
    report = bench.run()
    assert ("error", bench.link(PAGE).url) in codes(report) and report.stats["failed"] == 1
    assert bench.state(PAGE) == "pending"
    bench.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong")
    bench.clock.forward(minutes=16)
    assert bench.run().stats["new"] == 1


def test_a_listing_under_repair_is_no_baseline(bench: Bench) -> None:
    front = f"https://{HOST}/"
    bench.outlet = replace(bench.outlet, sources=(Source("section", front, "confirmed"),))
    bench.press.pages["/"] = REPAIRS
    assert bench.run().outcome == "finished"
    state = SourceStore(bench.db).get(bench.outlet.slug, front)
    assert state is not None and (state.first_complete_at, state.error) == (None, "empty_listing")
    bench.press.pages["/"] = Answer(f'<html><body><a href="{PAGE}">Tin mới của huyện</a></body></html>'.encode())
    bench.press.pages[PAGE] = article("Cầu treo Suối Thử đã xong")
    bench.clock.forward(minutes=15)
    assert bench.run().stats["new"] == 1
    assert bench.intake() == [("new", "baseline")]


def test_a_page_that_breaks_our_extraction_costs_neither_the_run_nor_the_article(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.show(1, 2)

    def broken(page: PageInput) -> Extraction:
        if page.url and page.url.endswith(PAGE):
            raise NameError("an error of ours")
        return extract(page)

    monkeypatch.setattr(judging, "extract", broken)
    for _ in range(3):
        report = bench.run()
        assert report.outcome == "finished"
        bench.clock.forward(hours=7)
    assert ("internal", bench.link(PAGE).url) in codes(report)
    assert (bench.state(PAGE), bench.state(path_of(2))) == ("pending", "stored")
    monkeypatch.setattr(judging, "extract", extract)
    assert bench.run().stats["new"] == 1


def test_a_full_disk_gives_no_article_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.show(1)
    with monkeypatch.context() as full:

        def refuse(*_: object) -> None:
            raise WorkError("disk_full", "the disk is full", retry=True)

        full.setattr(Sink, "store", refuse)
        for _ in range(3):
            report = bench.run()
            assert report.outcome == "failed" and {code for code, _ in codes(report)} >= {"disk_full"}
            assert (bench.state(PAGE), bench.link(PAGE).attempt) == ("pending", 0)
    assert bench.run().stats["new"] == 1


def test_an_archive_that_cannot_be_written_gives_no_article_up(bench: Bench) -> None:
    bench.show(1)
    (bench.folder / "archive").write_text("a file where the folder should be")
    for _ in range(3):
        assert bench.run().outcome == "failed"
        assert (bench.state(PAGE), bench.link(PAGE).attempt) == ("pending", 0)
    (bench.folder / "archive").unlink()
    assert bench.run().stats["new"] == 1


def test_a_long_crawl_delay_leaves_time_for_pages(bench: Bench) -> None:
    front = Source("section", f"https://{HOST}/", "assumed")
    bench.outlet = replace(bench.outlet, sources=(*bench.outlet.sources, front))
    bench.press.pages["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 1")
    bench.press.pages["/"] = Answer(b"<html><body><p>Trang</p></body></html>")
    bench.set(max_seconds=2.0)
    bench.show(1)
    assert bench.run().stats["new"] == 1
    assert bench.press.paths() == ["/robots.txt", "/rss/home.rss", PAGE]


def test_a_listing_that_kills_the_parser_is_asked_less_and_less(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.show(1)
    sources, seen = SourceStore(bench.db), []
    read_source = discovery.read_source

    def watched(*given: Any, **named: Any) -> discovery.SourceRead:
        seen.append(sources.get(bench.outlet.slug, FEED.url))
        return read_source(*given, **named)

    monkeypatch.setattr(discovery, "read_source", watched)
    assert bench.run().stats["new"] == 1
    assert seen[0] is not None and (seen[0].failures, seen[0].error) == (1, "crashed")
    after = sources.get(bench.outlet.slug, FEED.url)
    assert after is not None and (after.failures, after.error) == (0, None)


def test_a_redirect_in_plain_vietnamese_is_followed(bench: Bench) -> None:
    bench.show(1)
    bench.press.pages[PAGE] = Answer(
        raw="HTTP/1.1 302 Found\r\nLocation: /tin/cầu-treo-1001.html\r\nContent-Length: 0\r\n\r\n".encode()
    )
    bench.press.pages["/tin/c%E1%BA%A7u-treo-1001.html"] = article("Cầu treo Suối Thử đã xong")
    assert bench.run().stats["new"] == 1


def test_who_asks_for_a_page_that_is_not_there_is_told(bench: Bench) -> None:
    url = f"https://{HOST}{PAGE}"
    report = bench.run(url)
    assert report.stats["failed"] == 1 and ("not_found", url) in codes(report)


def test_a_trap_of_links_does_not_keep_news_waiting(bench: Bench) -> None:
    section = f"https://{HOST}/muc"
    bench.outlet = replace(bench.outlet, sources=(*bench.outlet.sources, Source("section", section, "assumed")))
    bench.set(max_pages=2)
    bench.press.pages["/muc"] = Answer(b"<html><body></body></html>")
    bench.press.pages["/rss/home.rss"] = feed()
    bench.press.pages["/muc"] = trap(1)
    bench.run()
    bench.clock.forward(minutes=30)
    bench.press.pages["/muc"] = trap(2)
    bench.show(1, published=START - timedelta(hours=5))
    assert bench.run().stats["new"] == 1


def trap(generation: int) -> Answer:
    """Sixty links that were never there before."""
    anchors = "".join(f'<a href="/bay-{generation}-{n}-{generation}{n:03}.html">Bẫy</a>' for n in range(60))
    return Answer(f"<html><body>{anchors}</body></html>".encode())
