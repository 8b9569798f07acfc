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
    for page in (
        "<html><body><div id='app'></div><script src='a.js'></script></body></html>",
        "<a href='/kinh-te'>x</a>",
    ):
        assert read(page) == SourceRead((), True, "empty_listing")


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
