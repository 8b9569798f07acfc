"""Where sources are looked for, in which order, and what a document is."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.urls import host_of
from crawler.discovery.seeking import MAX_CANDIDATES, Candidate, candidates, listed_feeds, sniff
from crawler.outlet import Host, JsonListing, Outlet, Source

HOME = "https://thu.example/"
OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"), Host("cu.example", until=2020)),
    home=HOME,
    sections=("https://thu.example/kinh-te", "https://thu.example/xa-hoi/"),
    sources=(
        Source("section", HOME, "assumed"),
        Source("section", "https://thu.example/kinh-te", "candidate"),
        Source("feed", "https://thu.example/rss/home.rss", "assumed"),
        Source("feed", "https://thu.example/rss/xa-hoi.rss", "candidate"),
        Source("json", "https://thu.example/api/list", "candidate", JsonListing("data", "link")),
        Source("feed", "https://thu.example/rss/kinh-te.rss", "confirmed"),
    ),
)
FRONT = """<html><head><link rel="alternate" type="application/rss+xml" href="/rss/tin-moi.rss">
<link rel="alternate" hreflang="en" href="/en/"><link rel="alternate"
type="application/atom+xml; charset=utf-8" href="//thu.example/atom.xml">
<link rel="alternate" type="application/rss+xml" href="https://khac.example/rss"></head><body>
<a href="/rss.html"><i></i>RSS</a><a href="/kinh-te">Kinh tế</a>
<a href="/rss-la-gi-cach-dung-the-nao-123.html">RSS là gì</a>
<a href="/binh-luan/feed">Bình luận</a><a href="/rss/tin-moi.rss?utm_source=a">Kênh RSS</a></body></html>"""
ROBOTS = b"""\xef\xbb\xbfUser-agent: *\nDisallow: /tim-kiem
Sitemap: https://thu.example/sitemap-categories.xml # tat ca
  SITEMAP :https://www.thu.example/sitemap-news.xml\r\nsitemap: https://khac.example/s.xml
Sitemap: /sitemap-rel.xml
Sitemap:
"""


def seek(
    outlet: Outlet = OUTLET,
    front: str | bytes | None = FRONT,
    robots: bytes | None = ROBOTS,
    known: tuple[str, ...] = (),
) -> tuple[Candidate, ...]:
    body = front.encode() if isinstance(front, str) else front
    return candidates(outlet, body, HOME, "text/html; charset=utf-8", robots, known)


def urls(found: tuple[Candidate, ...]) -> list[str]:
    return [candidate.url.removeprefix(HOME.rstrip("/")) for candidate in found]


def test_the_likeliest_come_first():
    found = seek(known=("https://thu.example/rss/kinh-te.rss",))
    assert found[0] == Candidate("feed", "https://thu.example/rss/tin-moi.rss", "link")
    assert [candidate.by for candidate in found[:9]] == ["link"] * 2 + ["robots"] * 3 + ["catalogue"] * 2 + ["link"] * 2
    assert urls(found) == [
        "/rss/tin-moi.rss",
        "/atom.xml",
        "https://www.thu.example/sitemap-news.xml",
        "/sitemap-categories.xml",
        "/sitemap-rel.xml",
        "/rss/xa-hoi.rss",
        "/api/list",
        "/rss.html",
        "/binh-luan/feed",
        "/rss/home.rss",
        "/sitemap.xml",
        "/rss",
        "/sitemap_index.xml",
        "/news-sitemap.xml",
        "/feed",
    ]
    assert {candidate.kind for candidate in found if candidate.by == "robots"} == {"sitemap"}


def test_what_is_known_is_not_sought_and_nothing_elsewhere():
    known = ("http://www.thu.example/rss/tin-moi.rss", "https://thu.example/sitemap.xml")
    found = seek(known=known)
    assert not {"/rss/tin-moi.rss", "/sitemap.xml", "/"} & set(urls(found))
    assert {host_of(candidate.url).removeprefix("www.") for candidate in found} == {"thu.example"}
    assert len(set(urls(found))) == len(found)


def test_without_anything_there_are_the_usual_places():
    found = seek(replace(OUTLET, sources=(), sections=()), front=None, robots=None)
    assert {candidate.by for candidate in found} == {"usual place"}
    assert urls(found)[:3] == ["/rss/home.rss", "/sitemap.xml", "/rss"]
    assert len(found) <= 12


@pytest.mark.parametrize(
    ("family", "first"),
    [
        ("1cdn", ["/rss/kinh-te", "/rss/xa-hoi"]),
        ("dataimages", ["/kinh-te/index.rss", "/xa-hoi/index.rss"]),
        ("content-detail", ["/rss/news/kinh-te.rss", "/rss/news/xa-hoi.rss"]),
        ("a-fck", ["/rss/cate/kinh-te/", "/rss/cate/xa-hoi/"]),
        ("zce", ["/rss/home.rss", "/sitemap.xml"]),
        ("bbg", ["/rss/home.rss", "/sitemap.xml"]),
    ],
)
def test_the_familys_own_form(family, first):
    assert urls(seek(replace(OUTLET, sources=(), family=family), front=None, robots=None))[:2] == first


def test_one_kind_does_not_take_the_whole_budget():
    sources = tuple(Source("feed", f"https://thu.example/rss/{n}.rss", "candidate") for n in range(47))
    front = "".join(f'<link rel="alternate" type="application/rss+xml" href="/rss/a{n}.rss">' for n in range(200))
    robots = b"".join(b"Sitemap: https://thu.example/s%d.xml\n" % n for n in range(300))
    found = seek(replace(OUTLET, sources=sources), front, robots)
    assert len(found) == MAX_CANDIDATES
    assert {candidate.by for candidate in found[:12]} == {"link", "robots", "catalogue", "usual place"}


def test_a_page_that_lists_feeds():
    page = """<a href="/">Trang chủ</a><a href="/rss/video.rss">Video</a><a href="/rss/the-thao.rss">Thể thao</a>
    <a href="/rss/home.rss"><b>Trang chủ</b></a><a href="/rss.html">RSS</a><a href="https://khac.example/rss/x.rss">x</a>
    <a href="/kinh-te">Kinh tế</a>"""
    found = listed_feeds(OUTLET, page.encode(), "https://thu.example/rss.html", "text/html")
    assert urls(found) == ["/rss/home.rss", "/rss/the-thao.rss", "/rss/video.rss"]
    assert {(candidate.kind, candidate.by) for candidate in found} == {("feed", "feed list")}
    assert listed_feeds(OUTLET, b"", "https://thu.example/rss", None) == ()


RSS = b'<rss version="2.0"><channel></channel></rss>'
URLSET = b'<urlset xmlns="x"><url/></urlset>'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (RSS, "feed"),
        (
            b'\xef\xbb\xbf\n<?xml version="1.0"?>\n<?xml-stylesheet href="a"?><!-- <html> --><!DOCTYPE rss>' + RSS,
            "feed",
        ),
        (b'<rdf:RDF xmlns="x"><channel/></rdf:RDF>', "feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "feed"),
        (b"<br />\n<b>Warning</b>: loi <br />" + RSS, "feed"),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1", "items": []}', "feed"),
        (RSS.decode().encode("utf-16"), "feed"),
        (URLSET, "sitemap"),
        (b'<?xml version="1.0"?><sm:sitemapindex xmlns:sm="x">', "sitemap"),
        (gzip.compress(URLSET, mtime=0), "sitemap"),
        (gzip.compress(gzip.compress(URLSET, mtime=0), mtime=0), "sitemap"),
        (gzip.compress(URLSET * 9000, mtime=0)[:5000], "sitemap"),
        (b"https://thu.example/a\nhttps://thu.example/b\n", "sitemap"),
        (b"<!DOCTYPE html><html><body><rss>", "section"),
        (b"<HTML>", "section"),
        (b"<div>a</div><body>", "section"),
        (b'{"data": []}', "json"),
        (b"[1]", "json"),
        (b"", None),
        (b"User-agent: *", None),
        (b"https://thu.example/a va b", None),
        (b"\x1f\x8b", None),
        (b"%PDF-1.4", None),
        (b"<a></a>", None),
    ],
)
def test_what_a_document_is(body, kind):
    assert sniff(body, None) == kind


@pytest.mark.parametrize(
    "body",
    [
        b"\n" * 500_000,
        b"http://a\n\n" * 100_000 + b"x",
        b"<" * 500_000,
        b"<!--" * 200_000,
        b"<a " * 300_000,
        b"[" * 500_000,
    ],
)
def test_hostile_documents_end_in_time(body):
    started = time.monotonic()
    sniff(body, None)
    candidates(OUTLET, body, HOME, None, body, ())
    candidates(OUTLET, None, HOME, None, b"Sitemap: " * 100_000, ())
    listed_feeds(OUTLET, body, HOME, None)
    assert time.monotonic() - started < 5


@given(
    st.binary(max_size=200),
    st.binary(max_size=200) | st.text().map(lambda text: f"Sitemap: {text}".encode()),
    st.text(),
)
def test_no_bytes_raise(front, robots, url):
    found = candidates(OUTLET, front, url, None, robots, (url,))
    assert all(OUTLET.has_host(host_of(candidate.url)) for candidate in found)
    listed_feeds(OUTLET, front, url, None)
    assert sniff(front, url) in {None, "feed", "sitemap", "section", "json"}


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_any_json_is_json(document):
    kind = sniff(json.dumps(document).encode(), None)
    assert kind == ("json" if isinstance(document, list | dict) else None)
