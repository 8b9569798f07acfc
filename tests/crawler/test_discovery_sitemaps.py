"""Sitemaps of every shape: bytes in, links or further sitemaps out, no exception, bounded time and memory."""

from __future__ import annotations

import gzip
import re
import time
import tracemalloc
from datetime import datetime, timedelta
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clock import HANOI
from corpus.ids import Era
from crawler.discovery import SourceRead, read_source
from crawler.discovery.sitemap_entries import MAX_ENTRIES
from crawler.discovery.sitemaps import earliest_moment
from crawler.outlet import Host, Outlet, Source

SITEMAP = Source("sitemap", "https://thu.example/sitemap.xml", "assumed")
OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"),),
    home="https://thu.example/",
    eras=(Era("n", re.compile(r"-(?P<id>\d{5,8})\.html$")),),
    not_articles=(r"^/tv/",),
)
NOW = datetime(2026, 3, 7, 12, 0, tzinfo=HANOI)
OPEN = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


def read(body: str | bytes, content_type: str | None = None) -> SourceRead:
    data = body.encode() if isinstance(body, str) else body
    return read_source(OUTLET, SITEMAP, data, base_url=SITEMAP.url, content_type=content_type, now=NOW)


def page(number: int, lastmod: str = "", more: str = "") -> str:
    when = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url><loc>https://thu.example/tin-so-{number}.html</loc>{when}{more}</url>"


def sitemap(*pages: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + OPEN + "".join(pages) + "</urlset>"


def index(*children: tuple[str, str]) -> str:
    inner = "".join(f"<sitemap><loc>{url}</loc><lastmod>{when}</lastmod></sitemap>" for url, when in children)
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>'


def numbers(result: SourceRead) -> list[int]:
    return [int(link.canonical_url.rpartition("-")[2].removesuffix(".html")) for link in result.links]


def test_links_come_newest_first_and_undated_ones_behind_in_their_order():
    result = read(
        sitemap(page(10001), page(10002, "2026-03-05"), page(10003, "2026-03-06T08:00:00+07:00"), page(10004))
    )
    assert (result.complete, result.problem, numbers(result)) == (True, None, [10003, 10002, 10001, 10004])
    assert result.links[0].modified == datetime(2026, 3, 6, 8, 0, tzinfo=HANOI)
    assert result.links[0].published is None


def test_of_an_address_listed_twice_the_first_counts():
    result = read(sitemap(page(10002), page(10001, "2026-03-05"), page(10003), page(10001, "2026-03-06")))
    assert numbers(result) == [10001, 10002, 10003]
    assert result.links[0].modified == datetime(2026, 3, 5, tzinfo=HANOI)


def test_only_what_is_worth_fetching_and_each_once():
    others = "".join(
        f"<url><loc>{url}</loc></url>"
        for url in (
            "https://thu.example/",
            "https://thu.example/kinh-te",
            "https://thu.example/tv/tin-so-10009.html",
            "https://khac.example/tin-so-10009.html",
            "http://127.0.0.1/tin-so-10009.html",
            "ftp://thu.example/tin-so-10009.html",
            "http://www.thu.example/tin-so-10001.html?utm_source=a",
            "https://thu.example/tin-so-10001.html;jsessionid=AB12",
            "/tin-so-10002.html",
        )
    )
    assert numbers(read(sitemap(page(10001), others))) == [10001, 10002]


def test_a_news_sitemap_gives_titles_and_times():
    news = (
        '<news:news xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><news:publication><news:name>Báo Thử'
        "</news:name></news:publication><news:publication_date>2026-03-07T08:10:00+07:00</news:publication_date>"
        "<news:title>Mưa lớn &amp;amp; ngập &apos;sâu&apos;</news:title></news:news>"
    )
    (link,) = read(sitemap(page(10001, "2026-03-07", news))).links
    assert link.title == "Mưa lớn & ngập 'sâu'"
    assert link.published == datetime(2026, 3, 7, 8, 10, tzinfo=HANOI)
    day_only = news.replace("T08:10:00+07:00", "")
    (link,) = read(sitemap(page(10001, more=day_only))).links
    assert (link.published, link.modified) == (None, datetime(2026, 3, 7, tzinfo=HANOI))
    midnight = news.replace("T08:10:00+07:00", "T00:00:00Z")
    assert read(sitemap(page(10001, more=midnight))).links[0].published is None


def test_pictures_and_films_are_no_entries():
    more = (
        "<image:image><image:loc>https://thu.example/anh-so-99999.html</image:loc><image:title>Ảnh</image:title>"
        "</image:image><video:video><video:title>Phim</video:title><video:publication_date>2026-03-01T08:00:00Z"
        "</video:publication_date></video:video>"
    )
    (link,) = read(sitemap(page(10001, more=more))).links
    assert (link.canonical_url, link.title, link.published) == ("https://thu.example/tin-so-10001.html", None, None)


def test_an_index_names_its_sitemaps_newest_first():
    base = "https://thu.example/"
    result = read(
        index(
            (base + "sm-1.xml", "2026-01-01"),
            (base + "sm-2.xml.gz", "2026-03-07T09:00:00+07:00"),
            ("https://khac.example/sm-3.xml", "2026-03-07"),
            (base + "sm-2.xml.gz", ""),
            (SITEMAP.url, ""),
            (base + "sm-tags.xml", "2026-03-07T10:00:00+07:00"),
            (base + "sm-5.xml", "2027-01-01"),
        )
    )
    assert [child.url.removeprefix(base) for child in result.children] == [
        "sm-2.xml.gz",
        "sm-1.xml",
        "sm-5.xml",
        "sm-tags.xml",
    ]
    assert (result.links, result.complete, result.problem) == ((), True, None)
    assert result.children[0].modified == datetime(2026, 3, 7, 9, 0, tzinfo=HANOI)
    assert result.children[2].modified is None


def test_undated_sitemaps_are_ordered_by_the_month_in_their_name():
    names = ["sm-2026-2.xml", "sm-2025-12.xml", "sm-2026-03.xml", "other.xml"]
    result = read(index(*[(f"https://thu.example/{name}", "") for name in names]))
    assert [child.url.rpartition("/")[2] for child in result.children] == [
        "sm-2026-03.xml",
        "sm-2026-2.xml",
        "sm-2025-12.xml",
        "other.xml",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "<urlset>" + page(10001) + "</urlset>",
        '<urlset xmlns="http://x.example/wrong">' + page(10001) + "</urlset>",
        '<sm:urlset xmlns:sm="a">' + page(10001).replace("<", "<sm:").replace("<sm:/", "</sm:") + "</sm:urlset>",
        "<sm:urlset>" + page(10001).replace("<", "<sm:").replace("<sm:/", "</sm:") + "</sm:urlset>",
        "<URLSET>" + page(10001).replace("loc>", "LOC>").replace("url>", "Url>") + "</URLSET>",
        OPEN + page(10001).replace("url>", "URL>", 1) + "</urlset>",
        "\ufeff\n\n " + sitemap(page(10001)),
        "Warning: lỗi ở dòng 1\n" + sitemap(page(10001)),
        sitemap(page(10001)).replace("UTF-8", "UTF-16"),
        sitemap(page(10001)).replace("https", "<![CDATA[ https").replace(".html", ".html ]]>"),
        sitemap(page(10001, more="<a>Lũ & lụt &nbsp; &#0; &#xD800; \x0b < b</a>")),
        sitemap(page(10001)).replace(".html", ".html?a=1&amp;b=2&c=3&copy=4"),
        sitemap(page(10001).replace("</url>", "")),
        page(10001) + "</urlset>",
    ],
)
def test_slips_of_all_kinds(body):
    result = read(body)
    assert (numbers(result), result.complete) == ([10001], True)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(encoding):
    news = "<news:news><news:title>Đường phố ngập</news:title></news:news>"
    (link,) = read(sitemap(page(10001, more=news)).encode(encoding), "text/xml; charset=iso-8859-1").links
    assert link.title == "Đường phố ngập"


def test_a_query_is_kept_as_written():
    entry = "<url><loc>https://thu.example/tin-so-10001.html?a=1&amp;b=2</loc></url>"
    assert read(sitemap(entry)).links[0].url == "https://thu.example/tin-so-10001.html?a=1&b=2"
    assert read(sitemap(entry.replace("&amp;", "&amp;amp;"))).links[0].url.endswith("?a=1&b=2")


def test_a_plain_list_of_addresses():
    lines = (
        "https://thu.example/tin-so-10001.html\r\n\r\n  https://thu.example/tin-so-10002.html \nkhông phải địa chỉ\n"
    )
    result = read("\ufeff" + lines + "https://thu.example/tin-so-10003.html")
    assert (numbers(result), result.complete, result.problem) == ([10001, 10002, 10003], True, None)


def test_packed_sitemaps():
    whole = sitemap(page(10001), page(10002)).encode()
    packed = gzip.compress(whole)
    assert numbers(read(packed)) == [10001, 10002]
    assert numbers(read(gzip.compress(packed))) == [10001, 10002]
    assert numbers(read(gzip.compress(whole[:150]) + gzip.compress(whole[150:]) + b"\0" * 20)) == [10001, 10002]
    assert read(packed + b"rest").complete
    assert read(gzip.compress(gzip.compress(packed))).problem == "not_a_sitemap"
    assert numbers(read(gzip.compress(b"https://thu.example/tin-so-10001.html\n"))) == [10001]


@pytest.mark.parametrize("packed", [False, True])
def test_one_that_breaks_off_gives_what_stands_before(packed):
    body = sitemap(*[page(10000 + n) for n in range(300)]).encode()
    cut = gzip.compress(body)[:-300] if packed else body[: len(body) // 2]
    result = read(cut)
    assert (result.complete, result.problem) == (False, "truncated")
    assert numbers(result) == list(range(10000, 10000 + len(result.links)))
    assert len(result.links) > 100


@pytest.mark.parametrize("part", range(20, 280, 9))
def test_one_cut_anywhere_never_gives_half_a_link(part):
    body = sitemap(page(10001), page(10002)).encode()
    result = read(body[:part])
    assert set(numbers(result)) <= {10001, 10002}
    assert result.complete is (part >= len(body))
    assert set(numbers(read(gzip.compress(body)[:part]))) <= {10001, 10002}


def test_something_else_at_the_address():
    html = "<!DOCTYPE html><html><body><a href='/tin-so-10001.html'>x</a></body></html>"
    for body in (html, "", "  ", "User-agent: *", "{}", "\0\0", "\x1f\x8b", "\x1f\x8bxxx", "<a/>"):
        result = read(body.encode("latin-1"))
        assert (result.links, result.complete, result.problem) == ((), False, "not_a_sitemap"), body
    assert read(sitemap()) == SourceRead((), True, "empty_listing")
    assert read(sitemap(page(1))) == SourceRead((), True, "empty_listing")


def test_a_feed_at_a_sitemaps_address_is_read_as_one():
    feed = '<rss version="2.0"><channel><item><link>https://thu.example/tin-so-10001.html</link></item></channel></rss>'
    assert numbers(read(feed)) == [10001]


def test_times_of_the_sitemap_itself_are_no_times_of_articles():
    made = "2026-03-07T11:59:58+07:00"
    result = read(sitemap(*[page(10000 + n, made) for n in range(30)], page(20000, "2026-03-07T11:00:00+07:00")))
    assert [link.modified is None for link in result.links] == [False, *[True] * 30]
    assert numbers(result)[0] == 20000
    same_day = read(sitemap(*[page(10000 + n, "2026-03-06") for n in range(100)]))
    assert all(link.modified for link in same_day.links)
    every_page = read(sitemap(*[page(10000 + n, "2026-03-06") for n in range(600)]))
    assert not any(link.modified for link in every_page.links)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-07T08:52:11.000+07:00", "2026-03-07T08:52:11+07:00"),
        ("2026-03-07T01:52Z", "2026-03-07T08:52:00+07:00"),
        ("2026-03-07 08:52:11", "2026-03-07T08:52:11+07:00"),
        ("2026-03-07", "2026-03-07T00:00:00+07:00"),
        ("2026-03-07+07:00", "2026-03-07T00:00:00+07:00"),
        (" 2026-03 ", "2026-03-01T00:00:00+07:00"),
        ("2026", "2026-01-01T00:00:00+07:00"),
        ("Sat, 07 Mar 2026 08:10:00 +0700", "2026-03-07T08:10:00+07:00"),
        ("2026-03-08", None),
        ("2026-02-30", None),
        ("0000-00-00", None),
        ("9999-12-31", None),
        ("hôm nay", None),
        ("", None),
    ],
)
def test_times(text, expected):
    moment = earliest_moment(text, NOW)
    assert (moment.isoformat() if moment else None) == expected


def bomb() -> bytes:
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f"<!DOCTYPE a [{declared}]><urlset>{page(10001)}<url><loc>&l9;</loc></url></urlset>".encode()


HOSTILE = {
    "entities": bomb(),
    "an external entity": b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
    "zeros": gzip.compress(b"\0" * (60 << 20), 1),
    "blanks in gzip in gzip": gzip.compress(gzip.compress(b" " * (60 << 20), 1)),
    "tags": gzip.compress(b"<urlset>" + b"<a/>" * 3_000_000, 1),
    "deep": b"<urlset>" + b"<a>" * 300_000,
    "open": b"<urlset>" + b"<" * 3_000_000,
    "ampersands": b"<urlset>" + b"&" * 3_000_000,
    "attributes": b"<urlset><a " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/></urlset>",
    "names": b"<urlset " + b" ".join(b'xmlns:a%d="u"' % n for n in range(50_000)) + b"/>",
    "one address": b"<urlset><url><loc>" + b"https://thu.example/" * 500_000 + b"</loc></url></urlset>",
    "one line": b"https://thu.example/" * 500_000,
    "lines": b"https://thu.example/a\n" * 100_000,
    "cdata": b"<urlset>" + b"<![CDATA[" * 300_000,
    "references": b"<urlset><url><loc>" + b"&#65;" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sitemaps_end_in_time(name):
    body = HOSTILE[name]
    started = time.monotonic()
    result = read(body)
    assert time.monotonic() - started < 8
    assert len(result.links) <= 1
    assert not any("root:" in link.url for link in result.links)


def test_what_is_not_read_says_why():
    assert read(HOSTILE["zeros"]).problem == "too_large"
    assert read(HOSTILE["blanks in gzip in gzip"]).problem == "too_large"
    assert read(HOSTILE["tags"]).problem == "too_complex"
    assert read(HOSTILE["deep"]).problem == "too_complex"
    assert read(HOSTILE["attributes"]).problem == "too_complex"
    assert read(HOSTILE["attributes"].replace(b'"1"', b'">"')).problem == "too_complex"
    assert numbers(read(HOSTILE["entities"])) == [10001]


def test_a_bomb_is_not_kept_in_memory():
    body = gzip.compress(b"<urlset>" + b" " * (16 << 20), 1)
    tracemalloc.start()
    read(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_fifty_thousand_addresses_and_no_more():
    body = sitemap(*[page(10000 + n, f"2026-03-0{n % 7 + 1}") for n in range(MAX_ENTRIES)])
    started = time.monotonic()
    result = read(gzip.compress(body.encode(), 1))
    assert time.monotonic() - started < 15
    assert (len(result.links), result.complete, result.problem) == (MAX_ENTRIES, True, None)
    result = read("\n".join(f"https://thu.example/a-{n}.html" for n in range(MAX_ENTRIES + 1)))
    assert (result.complete, result.problem) == (False, "truncated")


MOMENTS = st.integers(0, 10_000_000).map(lambda seconds: NOW - timedelta(seconds=seconds))
LISTED = st.dictionaries(st.integers(10_000, 99_999_999), st.none() | MOMENTS, max_size=20)


@given(LISTED, st.booleans(), st.sampled_from(["", "\n", " "]))
def test_what_a_sitemap_lists_is_read_back(listed, packed, blank):
    pages = []
    for number, moment in listed.items():
        when = f"<lastmod>{moment.isoformat()}</lastmod>" if moment else ""
        loc = escape(f"https://thu.example/tin-so-{number}.html?x='&\"<")
        pages.append(f"<url>{blank}<loc>{blank}{loc}{blank}</loc>{blank}{when}</url>")
    body = sitemap(*pages).encode()
    result = read(gzip.compress(body) if packed else body)
    assert result.complete
    found = {number: link.modified for number, link in zip(numbers(result), result.links, strict=True)}
    assert found == {number: moment.replace(microsecond=0) if moment else None for number, moment in listed.items()}
    times = [link.modified.timestamp() for link in result.links if link.modified]
    assert times == sorted(times, reverse=True)


PIECES = st.sampled_from(
    (
        b"<urlset> <url> </url> <loc> </loc> https://thu.example/tin-so-10001.html <lastmod> 2026-03-07 </lastmod> "
        b'<sitemapindex> <sitemap> </sitemap> </urlset> <![CDATA[ ]]> &amp; & &#0; &x; <!DOCTYPE [<!ENTITY\tx\t"y">]> '
        b"<?xml \xff\xfe \x00 <!-- --> <news:news> <news:title> </URLSET> \x1f\x8b <loc/> < >"
    ).split(b" ")
)


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=30).map(b"".join), st.booleans())
def test_no_bytes_raise(body, packed):
    result = read(gzip.compress(body) if packed else body)
    assert isinstance(result, SourceRead)
    assert all(link.canonical_url.startswith("https://thu.example/") for link in result.links)
    assert all(child.url.startswith(("https://thu.example/", "http://thu.example/")) for child in result.children)
