"""JSON listings and JSON Feed: documents of any shape in, links out, no exception."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clock import HANOI
from crawler.discovery import SourceRead, read_source
from crawler.discovery.json_listing import link_of, moment_of, value_at
from crawler.outlet import Host, JsonListing, Outlet, Source

LISTING = JsonListing(items="data.list", link="link", title="title", published="date")
LIST = Source("json", "https://thu.example/list-post?page=1&limit=12", "assumed", LISTING)
FEED = Source("feed", "https://thu.example/feed.json", "assumed")
OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"),),
    home="https://thu.example/",
    not_articles=(r"^/tv/",),
)
NOW = datetime(2026, 3, 7, 12, 0, tzinfo=HANOI)


def read(document: object, source: Source = LIST, content_type: str | None = "application/json") -> SourceRead:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_source(OUTLET, source, body, base_url=source.url, content_type=content_type, now=NOW)


def paths(result: SourceRead) -> list[str]:
    return [link.canonical_url.removeprefix("https://thu.example") for link in result.links]


def shaped(**listing: str | None) -> Source:
    return replace(LIST, listing=replace(LISTING, **listing))  # type: ignore[arg-type]


def test_a_listing_gives_links_titles_and_times():
    items = [
        {"link": "/mua-lon-1.html", "title": "<b>Mưa lớn</b> &amp; ngập", "date": "07/03/2026 08:10"},
        {"link": "https://thu.example/nang-2.html?utm_source=a", "title": None, "date": 1772845800},
        {"link": "/mua-lon-1.html", "title": "Lần hai"},
        {"link": "https://khac.example/x-3.html"},
        {"link": "/tv/phim-4.html"},
        {"link": "javascript:alert(1)"},
        {"link": 5},
        {"tua": "không có liên kết"},
        "chữ",
        None,
    ]
    result = read({"status": 1, "data": {"list": items}})
    assert paths(result) == ["/mua-lon-1.html", "/nang-2.html", "/5"]
    assert (result.complete, result.problem) == (True, None)
    assert result.links[0].title == "Mưa lớn & ngập"
    assert result.links[0].published == datetime(2026, 3, 7, 8, 10, tzinfo=HANOI)
    assert result.links[1].published == datetime(2026, 3, 7, 8, 10, tzinfo=HANOI)
    assert result.links[1].title is None
    assert result.next_page == "https://thu.example/list-post?page=2&limit=12"


def test_a_link_from_the_root_means_the_paper_and_not_its_api():
    outlet = replace(OUTLET, hosts=(Host("thu.example"), Host("api.thu.example")))
    source = replace(shaped(link="/{slug}", items=""), url="https://api.thu.example/list")
    body = json.dumps([{"slug": "mua-lon-o-ban-xa-1.html"}]).encode()
    (link,) = read_source(outlet, source, body, base_url=source.url, content_type=None, now=NOW).links
    assert link.url == "https://thu.example/mua-lon-o-ban-xa-1.html"


def test_link_templates():
    source = shaped(link="/{type|tin-bai}/{category.slug}/{slug}", items="")
    result = read(
        [
            {"type": "phong-su", "category": {"slug": "xa-hoi"}, "slug": "mua lũ"},
            {"type": "", "category": {"slug": "kinh-te"}, "slug": "gia-ca-phe"},
            {"type": "tin-bai", "category": {}, "slug": "khong-co-muc"},
            {"type": "/khac.example", "category": {"slug": "x"}, "slug": "y"},
        ],
        source,
    )
    assert paths(result) == ["/phong-su/xa-hoi/mua%20l%C5%A9", "/tin-bai/kinh-te/gia-ca-phe"]
    assert result.next_page is not None


@pytest.mark.parametrize(
    ("item", "link", "expected"),
    [
        ({"a": {"b": "x"}}, "a.b", "x"),
        ({"a": 7}, "/bai-{a}.html", "/bai-7.html"),
        ({"a": 0}, "/bai-{a}.html", "/bai-0.html"),
        ({"a": True}, "/bai-{a}.html", None),
        ({"a": []}, "a", None),
        ({}, "/{a|}/x", "//x"),
        ({}, "/{a}/x", None),
        ([], "a", None),
        (None, "{a|b}", "b"),
        ({"a": "{b}", "b": "c"}, "/{a}", "/{b}"),
    ],
)
def test_addresses_of_items(item, link, expected):
    assert link_of(item, link) == expected


def test_values_at_paths():
    assert value_at({"a": {"b": [1]}}, "a.b") == [1]
    assert value_at([1], "") == [1]
    assert value_at({"a": None}, "a.b") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1772845800, "2026-03-07T08:10:00+07:00"),
        (1772845800.75, "2026-03-07T08:10:00+07:00"),
        (1772845800123, "2026-03-07T08:10:00+07:00"),
        ("1772845800", "2026-03-07T08:10:00+07:00"),
        ("1772845800123", "2026-03-07T08:10:00+07:00"),
        ("2026-03-07T01:10:00Z", "2026-03-07T08:10:00+07:00"),
        ("2026-03-07 08:10:00", "2026-03-07T08:10:00+07:00"),
        ("07/03/2026 08:10", "2026-03-07T08:10:00+07:00"),
        ("07/03/2026 20:10", None),
        (1772945800, None),
        (0, None),
        (-5, None),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        ("07/03/2026", None),
        ([], None),
        (None, None),
    ],
)
def test_times(value, expected):
    moment = moment_of(value, NOW)
    assert (moment.isoformat() if moment else None) == expected


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html></html>",
        b"null",
        b"[]",
        b"[" * 1_000_000,
        b'{"data":' * 300_000,
        b"1" * 1_000_000,
        b'{"data":{"list":[{"link":"/a-1.html"}',
        b"\xff\xfe\x00",
        {"data": {"list": {}}},
        {"data": {"list": [{"url": "/a-1.html"}]}},
        {"data": [1]},
        {"loi": "khong co quyen"},
    ],
)
def test_other_shapes_are_unreadable(document):
    started = time.monotonic()
    assert read(document) == SourceRead((), False, "unreadable")
    assert time.monotonic() - started < 2


def test_an_empty_list_is_no_fault_of_shape():
    assert read({"data": {"list": []}}) == SourceRead((), True, "empty_listing")
    assert read({"data": {"list": [{"link": "https://khac.example/a-1.html"}]}}).problem == "empty_listing"
    assert read(b" " * 9_000_000).problem == "too_large"
    many = read({"data": {"list": [{"link": f"/a-{n}.html"} for n in range(6000)]}})
    assert (len(many.links), many.complete, many.problem) == (5000, False, "truncated")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding):
    body = json.dumps({"data": {"list": [{"link": "/a-1.html", "title": "Đường ngập"}]}}, ensure_ascii=False)
    assert read(body.encode(encoding)).links[0].title == "Đường ngập"


def feed(*items: dict[str, object], version: str = "https://jsonfeed.org/version/1.1") -> dict[str, object]:
    return {"version": version, "title": "Báo Thử", "items": list(items)}


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1"])
def test_json_feed(version):
    result = read(
        feed(
            {
                "id": "1",
                "url": "/mua-1.html",
                "title": "Mưa &amp; gió",
                "date_published": "2026-03-07T08:10:00+07:00",
                "date_modified": "2026-03-07T02:00:00Z",
            },
            {"id": "https://thu.example/nang-2.html"},
            {"id": "3", "external_url": "https://thu.example/gio-3.html", "url": "https://khac.example/3"},
            {"id": "4", "url": 4},
            {"id": "5"},
            version=version,
        ),
        FEED,
    )
    assert paths(result) == ["/mua-1.html", "/nang-2.html", "/gio-3.html"]
    assert (result.complete, result.problem) == (True, None)
    assert result.links[0].title == "Mưa & gió"
    assert result.links[0].published == datetime(2026, 3, 7, 8, 10, tzinfo=HANOI)
    assert result.links[0].modified == datetime(2026, 3, 7, 9, 0, tzinfo=HANOI)


def test_a_json_feed_that_breaks_off_gives_its_whole_items():
    body = json.dumps(feed({"url": "/a-1.html"}, {"url": "/b-2.html"}, {"url": "/c-3.html"})).encode()
    result = read(body[: body.index(b"/c-3") + 2], FEED)
    assert (paths(result), result.complete, result.problem) == (["/a-1.html", "/b-2.html"], False, "truncated")


def test_other_json_at_a_feeds_address():
    others: list[object] = [{}, [], {"items": 5}, {"version": 1}, {"loi": "x"}]
    for document in others:
        assert read(document, FEED) == SourceRead((), False, "not_a_feed")
    assert read(feed(), FEED) == SourceRead((), True, "empty_listing")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["/a-1.html", "2026"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=3) | st.sampled_from(["data", "list", "link", "items", "url", "date"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["", "data", "data.list", "list.data.link"]), st.sampled_from(["link", "/{a|b}/{link}"]))
def test_any_json_is_read(document, items, link):
    for source in (shaped(items=items, link=link), FEED):
        result = read(document, source)
        assert isinstance(result, SourceRead)
        assert all(found.canonical_url.startswith("https://thu.example/") for found in result.links)


@given(
    st.binary(max_size=200)
    | st.binary(max_size=50).map(b'{"version":"https://jsonfeed.org/version/1","items":['.__add__)
)
def test_no_bytes_raise(body):
    assert isinstance(read(body), SourceRead)
    assert isinstance(read(body, FEED), SourceRead)


@given(st.lists(st.integers(1, 10**8), unique=True, max_size=10))
def test_what_a_listing_holds_is_read_back(listed):
    result = read({"data": {"list": [{"link": f"/tin-{number}.html"} for number in listed]}})
    assert paths(result) == [f"/tin-{number}.html" for number in listed]
