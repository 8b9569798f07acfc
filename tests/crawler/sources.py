"""Other sources of the newspaper on loopback than its feed: sitemaps, sections with pages, JSON; runs of any kind."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.crawl import crawl
from crawler.fetching.fetch import Stop
from crawler.job import Job, JobKind, Report
from crawler.outlet import Source
from crawler.override_file import FoundSource, read_overrides
from storage.outlets import OutletState, OutletStore
from storage.sources import SourceState, SourceStore
from tests.crawler.press import LOOP, Answer, Bench, article, path_of
from tests.crawler.worker_outlets import HOST

HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}


def at(path: str) -> str:
    return f"https://{HOST}{path}"


def sitemap(entries: Iterable[tuple[str, datetime | None]]) -> Answer:
    """A sitemap of (path, lastmod)."""
    return Answer(_sitemap("urlset", "url", entries), headers=XML)


def index(entries: Iterable[tuple[str, datetime | str | None]]) -> Answer:
    """A sitemap index of (path, lastmod)."""
    return Answer(_sitemap("sitemapindex", "sitemap", entries), headers=XML)


def _sitemap(root: str, item: str, entries: Iterable[tuple[str, datetime | str | None]]) -> bytes:
    rows = []
    for path, changed in entries:
        text = changed.isoformat() if isinstance(changed, datetime) else changed
        rows.append(f"<{item}><loc>{at(path)}</loc>" + (f"<lastmod>{text}</lastmod>" if text else "") + f"</{item}>")
    head = f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return f"{head}{''.join(rows)}</{root}>".encode()


def section(numbers: Iterable[int], following: str | None = None, links: Iterable[str] = ()) -> Answer:
    """A section page that lists articles, and perhaps says where its list goes on."""
    items = "".join(f'<h3><a href="{path_of(n)}">Tin số {n} từ bản Na Thử</a></h3>' for n in numbers)
    more = f'<a rel="next" href="{following}">Trang sau</a>' if following else ""
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    return Answer(f"<html><head>{head}</head><body><main>{items}</main>{more}</body></html>".encode(), headers=HTML)


def listing(numbers: Iterable[int]) -> Answer:
    body = {"data": [{"url": path_of(n), "title": f"Tin số {n} từ bản Na Thử"} for n in numbers]}
    return Answer(json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def overrides(bench: Bench) -> Path:
    return bench.folder / "overrides"


def found(bench: Bench) -> list[FoundSource]:
    return read_overrides(overrides(bench), bench.outlet.slug).sources


def run(bench: Bench, kind: JobKind = "round", *urls: str, stop: Stop | None = None) -> Report:
    """A run that writes its findings."""
    number = bench.db.rows("SELECT COUNT(*) AS n FROM runs")[0]["n"]
    job = Job(f"job-{number}", bench.outlet.slug, kind, urls)
    crawling = replace(bench.crawling(), overrides=overrides(bench))
    return LOOP.run_until_complete(asyncio.wait_for(crawl(job, crawling, bench.events.append, stop=stop), 60))


def source_state(bench: Bench, path: str) -> SourceState:
    state = SourceStore(bench.db).get(bench.outlet.slug, at(path))
    assert state is not None
    return state


def outlet_state(bench: Bench) -> OutletState:
    return OutletStore(bench.db).get(bench.outlet.slug)


def only(bench: Bench, *sources: Source) -> None:
    bench.outlet = replace(bench.outlet, sources=sources)


def never_search(bench: Bench) -> None:
    OutletStore(bench.db).save(OutletState(bench.outlet.slug, sought_at=bench.clock.now))


def publish(bench: Bench, numbers: Iterable[int]) -> None:
    """Put up the pages of these articles."""
    for number in numbers:
        bench.press.pages.setdefault(path_of(number), article(f"Tin mới số {number} từ huyện Suối Thử"))


def asked(bench: Bench, accept: Callable[[str], bool] = lambda path: True, since: int = 0) -> list[str]:
    """Paths that were asked for, robots.txt and articles aside."""
    return [
        path for path in bench.press.paths()[since:] if path != "/robots.txt" and ".html" not in path and accept(path)
    ]
