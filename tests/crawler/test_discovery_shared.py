"""Discovery on real feeds, real section pages and outside suites."""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.ids import Era
from corpus.urls import canonical_url, host_of
from crawler.discovery import SourceRead, is_article_url, read_source
from crawler.outlet import Host, Outlet, Source, SourceKind
from tests.shared import SHARED, needs_shared

pytestmark = [needs_shared, pytest.mark.shared]

PAPERS = ("baochinhphu", "baodautu", "cafef", "dantri", "nld", "tuoitre", "vietnamnet", "vnexpress")
# What the linked articles of these national papers have in common: a long number, with or without a letter before it.
ERA = Era("n", re.compile(r"-d?(?P<id>\d{6,})\.(?:html?|chn)$"))


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


def sample() -> list[Path]:
    """All of the small suites, and 300 of the feeds."""
    feeds = sorted((SHARED / "trust/feeds").rglob("*.xml"))
    picked = random.Random(1).sample(feeds, min(300, len(feeds)))
    return picked + sorted((SHARED / "trust/xml").glob("*.xml")) + sorted((SHARED / "trust/markup").iterdir())


def test_outside_suites_raise_nothing_and_end_in_time():
    paper = outlet("example.org", url="http://example.org/feed", kind="feed")
    page = Source("section", "http://example.org/news", "candidate")
    for path in sample():
        body = path.read_bytes()
        for source in (paper.sources[0], page):
            started = time.monotonic()
            result = read_source(paper, source, body, base_url=source.url, content_type=None)
            assert isinstance(result, SourceRead)
            assert time.monotonic() - started < 5, path.name
