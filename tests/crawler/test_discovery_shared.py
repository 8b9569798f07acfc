"""Discovery on real feeds, real section pages and outside suites."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html import escape

import pytest

from corpus.ids import Era
from corpus.urls import canonical_url, host_of
from crawler.discovery import SourceRead, is_article_url, looks_like_article, read_source, seeking, worth_fetching
from crawler.discovery.paging import Step, counted_on, next_page
from crawler.outlet import Host, JsonListing, Outlet, Source, SourceKind
from tests.shared import SHARED, needs_shared

pytestmark = [needs_shared, pytest.mark.shared]

PAPERS = ("baochinhphu", "baodautu", "cafef", "dantri", "nld", "tuoitre", "vietnamnet", "vnexpress")
# What the linked articles of these national papers have in common: a long number, with or without a letter before it.
ERA = Era("n", re.compile(r"-d?(?P<id>\d{6,})\.(?:html?|chn)$"))

JSON = JsonListing("items", "url", "title", "date")


def outlet(host: str, *eras: Era, url: str, kind: SourceKind) -> Outlet:
    return Outlet(
        slug="thu",
        name="Báo Thử",
        status="active",
        province=None,
        hosts=(Host(host),),
        home=f"https://{host}/",
        eras=eras,
        sources=(Source(kind, url, "candidate"),),
    )


def read_list(paper: str, *eras: Era) -> tuple[Outlet, SourceRead]:
    url = json.loads((SHARED / f"pages/{paper}_list_2026.json").read_text("utf-8"))["url"]
    found = outlet(host_of(url), *eras, url=url, kind="section")
    body = (SHARED / f"pages/{paper}_list_2026.html").read_bytes()
    return found, read_source(found, found.sources[0], body, base_url=url, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("paper", PAPERS)
def test_section_pages_of_national_papers(paper):
    found, result = read_list(paper, ERA)
    assert (result.complete, result.problem) == (True, None)
    articles = [link for link in result.links if is_article_url(found, link.url) == "yes"]
    assert len(articles) >= 10
    assert all(link.title for link in articles)
    assert len({link.canonical_url for link in result.links}) == len(result.links)
    assert {host_of(link.canonical_url) for link in result.links} == {host_of(found.home)}


def test_the_articles_that_are_known_to_be_listed_are_found():
    articles = {
        canonical_url(json.loads(path.read_text("utf-8"))["url"]) for path in (SHARED / "pages").glob("*_article*.json")
    }
    found = {link.canonical_url for paper in PAPERS for link in read_list(paper, ERA)[1].links}
    assert len(articles & found) == 8
    by_the_general_rule = {link.canonical_url for paper in PAPERS for link in read_list(paper)[1].links}
    assert len(articles & by_the_general_rule) == 7  # .chn is no ending of the general rule


@pytest.mark.parametrize("name", ["2017-08-30", "2019_1", "2019_2"])
def test_real_feeds(name):
    body = (SHARED / f"feeds/vnexpress_tin-moi-nhat_{name}.rss").read_bytes()
    url = "https://vnexpress.net/rss/tin-moi-nhat.rss"
    hosts = {host_of(link) for link in re.findall(r"https?://[\w.]*vnexpress\.net", body.decode("utf-8"))}
    paper = replace(outlet("vnexpress.net", url=url, kind="feed"), hosts=tuple(map(Host, sorted(hosts))))
    result = read_source(paper, paper.sources[0], body, base_url=url, content_type="text/xml")
    assert (result.complete, result.problem) == (True, None)
    assert len(result.links) >= 25
    assert all(link.title and link.published and link.published.utcoffset() for link in result.links)
    half = read_source(paper, paper.sources[0], body[: len(body) // 2], base_url=url, content_type="text/xml")
    assert (half.complete, half.problem) == (False, "truncated")
    assert half.links == result.links[: len(half.links)]
    assert len(half.links) >= 10


FEEDS = sorted(path for path in (SHARED / "trust/feeds").rglob("*") if path.is_file())
OTHERS = sorted(path for folder in ("xml", "markup") for path in (SHARED / "trust" / folder).glob("*"))
CHUNKS = 8
KINDS: tuple[SourceKind, ...] = ("feed", "section", "sitemap", "json")


def read_as_all(body: bytes, name: str) -> list[SourceRead]:
    """One document as each kind of source; nothing may be raised, and all must end in time."""
    paper = outlet("example.org", url="http://example.org/feed", kind="feed")
    results = []
    for kind in KINDS:
        source = Source(kind, f"http://example.org/{kind}", "candidate", JSON if kind == "json" else None)
        started = time.monotonic()
        result = read_source(paper, source, body, base_url=source.url, content_type=None)
        assert time.monotonic() - started < 5, (name, kind)
        assert all(paper.has_host(host_of(link.url)) for link in result.links), (name, kind)
        results.append(result)
    started = time.monotonic()
    seeking.sniff(body, None)
    seeking.listed_feeds(paper, body, "http://example.org/rss", None)
    seeking.candidates(paper, body, "http://example.org/", None, body, ())
    assert time.monotonic() - started < 5, name
    return results


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_feed_of_an_outside_suite(chunk):
    picked = FEEDS[chunk::CHUNKS]
    assert len(picked) > 260
    as_feed = [read_as_all(path.read_bytes(), path.name)[0] for path in picked]
    assert sum(result.problem in {None, "empty_listing", "truncated"} for result in as_feed) > 0.98 * len(picked)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_bombs_and_markup_of_outside_suites(path):
    for result in read_as_all(path.read_bytes(), path.name):
        assert "root:" not in repr(result)
    if path.suffix == ".json":
        for text in strings(json.loads(path.read_bytes())):
            read_as_all(text.encode("utf-8", "replace"), path.name)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@pytest.mark.parametrize("name", ["miniflux_urls", "ssrf_literals", "urls", "urltestdata"])
def test_every_address_of_outside_suites(name):
    paper = outlet("example.org", ERA, url="http://example.org/feed", kind="feed")
    paper = replace(paper, hosts=(*paper.hosts, Host("example.com")))
    texts = list(strings(json.loads((SHARED / f"trust/urls/{name}.json").read_bytes())))
    started = time.monotonic()
    for text in texts:
        is_article_url(paper, text)
        looks_like_article(paper, text)
        worth_fetching(paper, text)
        next_page([Step(text, "2", True)], text)
        counted_on(text)
    listed = json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"url": text} for text in texts]})
    page = "".join(f'<a href="{escape(text)}">2</a>' for text in texts)
    lines = "<urlset>" + "".join(f"<url><loc>{escape(text)}</loc></url>" for text in texts) + "</urlset>"
    items = "".join(f"<item><link>{escape(text)}</link></item>" for text in texts)
    rss = f'<rss version="2.0"><channel>{items}</channel></rss>'
    robots = "".join(f"Sitemap: {text}\n" for text in texts).encode("utf-8", "replace")
    for body in (listed, page, lines, rss):
        for result in read_as_all(body.encode("utf-8", "replace"), name):
            for link in result.links:
                assert not re.fullmatch(r"[\d.]+|.*:.*", host_of(link.url)), link.url
    for candidate in seeking.candidates(paper, page.encode("utf-8", "replace"), paper.home, None, robots, ()):
        assert paper.has_host(host_of(candidate.url))
    assert time.monotonic() - started < 20
    assert len(texts) > 20
