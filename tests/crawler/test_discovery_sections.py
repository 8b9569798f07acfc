"""Section pages: which links, with which titles, in which order."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.ids import Era
from crawler.discovery import SourceRead, read_source
from crawler.outlet import Host, Outlet, Source

SECTION = Source("section", "https://thu.example/kinh-te", "assumed")
OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"),),
    home="https://thu.example/",
    eras=(Era("n", re.compile(r"-(?P<id>\d{5,8})\.html$")),),
    not_articles=(r"^/tv/",),
    sources=(SECTION,),
)


def read(body: str | bytes, outlet: Outlet = OUTLET, content_type: str | None = "text/html") -> SourceRead:
    data = body.encode() if isinstance(body, str) else body
    return read_source(outlet, SECTION, data, base_url=SECTION.url, content_type=content_type)


def paths(result: SourceRead) -> list[str]:
    return [link.canonical_url.removeprefix("https://thu.example") for link in result.links]


def test_articles_in_the_order_of_the_page():
    page = """<html><body><nav><a href="/">Trang chủ</a><a href="/kinh-te">Kinh tế</a>
    <a href="/the-thao">Thể thao</a></nav>
    <a href="bai-hai-22222.html">Bài thứ hai</a><a href="//thu.example/bai-mot-11111.html">Bài thứ nhất</a>
    <a href="https://khac.example/bai-ba-33333.html">x</a><a href="#top">x</a><a href="mailto:a@thu.example">x</a>
    <a href="javascript:void(0)">x</a><a href="">x</a><a>x</a><a href="/tv/bai-bon-44444.html">x</a>
    <a href="/mot-bai-bao-dang-moi-a12.html">Dạng mới của địa chỉ</a></body></html>"""
    result = read(page)
    assert paths(result) == ["/bai-hai-22222.html", "/bai-mot-11111.html", "/mot-bai-bao-dang-moi-a12.html"]
    assert (result.complete, result.problem) == (True, None)
    assert result.links[1].title == "Bài thứ nhất"


def test_duplicates_are_merged_under_the_best_title():
    page = """<a href="/bai-11111.html"><img src="a.jpg" alt="Ảnh của bài"></a>
    <a href="/bai-11111.html?utm_source=home#binh-luan" title="Tiêu đề trong thuộc tính">12</a>
    <a href="http://www.thu.example/bai-11111.html">  Mưa lớn\n <b>gây ngập</b> ở nhiều nơi </a>
    <a href="/bai-11111.html">Một tiêu đề khác hẳn</a>"""
    (link,) = read(page).links
    assert link.url == "https://thu.example/bai-11111.html"
    assert link.title == "Mưa lớn gây ngập ở nhiều nơi"


@pytest.mark.parametrize(
    ("anchor", "title"),
    [
        ('<a href="/b-11111.html" title="Tiêu đề đầy đủ">Xem</a>', "Tiêu đề đầy đủ"),
        ('<a href="/b-11111.html"><img alt="Ảnh bìa"></a>', "Ảnh bìa"),
        ('<a href="/b-11111.html">Xem</a>', "Xem"),
        ('<a href="/b-11111.html"></a>', None),
        ('<map><area href="/b-11111.html" title="Trong bản đồ"></map>', "Trong bản đồ"),
    ],
)
def test_titles(anchor, title):
    assert read(anchor).links[0].title == title


def test_base_href_counts_unless_the_outlet_says_no():
    page = '<head><base href="/tin/"></head><a href="bai-11111.html">Bài</a>'
    assert paths(read(page)) == ["/tin/bai-11111.html"]
    assert paths(read(page, replace(OUTLET, base_href=False))) == ["/bai-11111.html"]
    foreign = '<base href="https://khac.example/"><a href="bai-11111.html">Bài</a>'
    assert paths(read(foreign)) == []
    assert paths(read(foreign, replace(OUTLET, base_href=False))) == ["/bai-11111.html"]


def test_without_rules_the_general_one_chooses():
    page = '<a href="/mua-lon-o-vung-cao.html">a</a><a href="/mua-lon-11111.html">b</a>'
    assert paths(read(page, replace(OUTLET, eras=()))) == ["/mua-lon-o-vung-cao.html"]


def test_a_page_without_article_links_says_so():
    listed = "<p>Chuyên mục đang được cập nhật, mời bạn đọc quay lại sau.</p>" * 10
    for page in ("<a href='/kinh-te'>x</a>", f"<body><script>a()</script>{listed}</body>"):
        assert read(page) == SourceRead((), True, "empty_listing")


NAVIGATION = "<nav>" + '<a href="/kinh-te">Kinh tế và nông thôn mới</a>' * 30 + "</nav>"


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><div id='app'></div><script src='a.js'></script></body></html>",
        "<body><div id='__nuxt'><div>Đang tải...</div></div><script>window.__NUXT__={}</script></body>",
        f"<body>{NAVIGATION}<div id='root'></div><script src='/main.js'></script></body>",
        f"<body>{NAVIGATION}<app-root></app-root><script src='/main.js'></script></body>",
        "<body><noscript>Bạn cần bật JavaScript để xem trang này</noscript></body>",
        "<head><script src='a.js'></script></head><body>Báo Thử</body>",
    ],
)
def test_a_page_that_a_script_would_fill_says_so(page):
    assert read(page) == SourceRead((), True, "needs_javascript")
    assert read(page + '<a href="/bai-11111.html">Bài</a>').problem is None


def test_a_page_goes_on_behind_its_end():
    page = '<html><body><p>Đầu trang</p></body></html><a href="/bai-11111.html">Bài</a></html>'
    assert paths(read(page)) == ["/bai-11111.html"]


def test_links_that_differ_by_a_session_are_one():
    page = (
        "".join(
            f'<a href="/bai-11111.html{end}">Bài</a>'
            for end in (";jsessionid=A1B2", "?PHPSESSID=ab12", "?s=0123456789abcdef", "?sid=x")
        )
        + '<a href="/(S(lit3py55t21z5v55vlm25s55))/bai-11111.html">Bài</a>'
    )
    assert paths(read(page)) == ["/bai-11111.html"]
    assert paths(read(page.replace("?sid=x", ""), replace(OUTLET, keep_query=("*",)))) == ["/bai-11111.html"]


def test_a_page_of_endless_links_gives_its_first_ones_and_says_so():
    page = "".join(f'<a href="/bai-{n}.html">Bài</a>' for n in range(10_000, 10_700))
    result = read(page)
    assert (len(result.links), result.complete, result.problem) == (500, True, "too_many_links")
    assert paths(result)[0] == "/bai-10000.html"
    calendar = "".join(f'<a href="/lich/2026/{n % 12 + 1}/{n % 28 + 1}?x={n}">{n}</a>' for n in range(5000))
    assert paths(read(calendar + '<a href="/bai-11111.html">Bài</a>')) == ["/bai-11111.html"]


def test_an_empty_body_is_unreadable():
    for body in (b"", b"   ", b"\0\0"):
        assert read(body).complete is False


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_encodings(encoding):
    page = '<html><meta charset="iso-8859-1"><a href="/b-11111.html">Đường phố ngập</a></html>'
    body = page.encode(encoding)
    assert read(body, content_type="text/html; charset=iso-8859-1").links[0].title == "Đường phố ngập"


def test_a_letter_cut_in_two_does_not_change_the_encoding():
    body = '<a href="/b-11111.html">Đường phố ngập</a><p>ư'.encode()[:-1]
    assert read(body).links[0].title == "Đường phố ngập"


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 400_000,
        b'<a href="/b-11111.html"><b>mot hai ba ' * 100_000,
        b'<object><a href="/b-11111.html">mot hai ba' * 60_000,
        b"".join(b'<a href="/b-%d.html">x</a>' % n for n in range(100_000)),
        b'<a href="' * 300_000,
        b"<" * 3_000_000,
        b"x" * 5_000_000,
        b'<a href="/' + b"a-" * 1_000_000 + b'11111.html">x</a>',
    ],
)
def test_hostile_pages_end_in_time(body):
    started = time.monotonic()
    assert len(read(body).links) <= 20_000
    assert time.monotonic() - started < 8


PIECES = st.sampled_from(
    (
        b'<a\t href=" href= /b-11111.html "> </a> <base\t http://[ <img\talt= \x00 \xff <!-- <script> '
        b"&#0; &#xD800; <svg> <template> https://thu.example % \\ .. ?"
    ).split(b" ")
)


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=30).map(b"".join))
def test_no_bytes_raise(body):
    result = read(body)
    assert isinstance(result, SourceRead)
    assert all(link.canonical_url.startswith("https://thu.example/") for link in result.links)
