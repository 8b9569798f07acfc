"""Where a section's list goes on: only ever the page after this one, of the same list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.urls import host_of
from crawler.discovery import read_source
from crawler.discovery.paging import Step, counted_on, next_page
from crawler.outlet import Host, Outlet, Source

HERE = "https://thu.example/kinh-te"
OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"),),
    home="https://thu.example/",
)
ARTICLE = '<a href="/mot-bai-bao-dang-moi-a12.html">Bài</a>'


def step(url: str, text: str = "", *, is_next: bool = False) -> Step:
    return Step(url if "://" in url else "https://thu.example" + url, text, is_next)


def shown(page: str, base_url: str = HERE) -> str | None:
    source = Source("section", base_url, "assumed")
    found = read_source(OUTLET, source, page.encode(), base_url=base_url, content_type="text/html").next_page
    return found and found.removeprefix("https://thu.example")


@pytest.mark.parametrize(
    ("page_url", "next_url"),
    [
        ("/kinh-te", "/kinh-te?page=2"),
        ("/kinh-te/", "/kinh-te?p=2"),
        ("/kinh-te?page=2", "/kinh-te?page=3"),
        ("/Kinh-te", "/kinh-te?trang=2"),
        ("/kinh-te.htm", "/kinh-te/trang-2.htm"),
        ("/kinh-te/trang-9.htm", "/kinh-te/trang-10.htm"),
        ("/kinh-te.html", "/kinh-te/trang-2"),
        ("/kinh-te/", "/kinh-te/p2/"),
        ("/kinh-te", "/kinh-te/p-2"),
        ("/kinh-te", "/kinh-te/page/2"),
        ("/kinh-te/page/2/", "/kinh-te/page/3/"),
        ("/kinh-te", "/kinh-te-p2"),
        ("/kinh-te-215.html", "/kinh-te-215-page2.html"),
        ("/NewsList.aspx?menu=Trong-tinh-130", "/NewsList.aspx?menu=Trong-tinh-130&page=2"),
        ("/NewsList.aspx?menu=Trong-tinh-130&page=8", "/NewsList.aspx?page=9&menu=Trong-tinh-130"),
        ("/kinh-te", "https://www.thu.example/kinh-te?page=2"),
    ],
)
def test_forms_of_the_next_page(page_url, next_url):
    found = next_page([step("/khac"), step(next_url, "2")], "https://thu.example" + page_url)
    assert found == step(next_url).url


@pytest.mark.parametrize(
    "url",
    [
        "/kinh-te?page=1",
        "/kinh-te?page=3",
        "/kinh-te?page=99999999999999999999",
        "/kinh-te?page=-2",
        "/kinh-te?page=x",
        "/the-thao?page=2",
        "/kinh-te/ca-phe?page=2",
        "/kinh-te?page=2&PHPSESSID=ab12cd",
        "/kinh-te;jsessionid=AB12?page=2",
        "/kinh-te?page=2&s=0123456789abcdef0123",
        "/kinh-te?page=2&date=2026-03-08",
        "/kinh-te?date=2026-03-08",
        "/kinh-te/2026/03/08",
        "/kinh-te/2",
        "https://khac.example/kinh-te?page=2",
        "https://m.thu.example/kinh-te?page=2",
        "/",
    ],
)
def test_what_is_no_next_page(url):
    assert next_page([step(url, "Trang sau", is_next=url.endswith("99"))], HERE) is None


def test_a_page_never_leads_back():
    for url in ("/kinh-te", "/kinh-te?page=1", "/kinh-te?page=4", "/kinh-te?page=5", "/kinh-te?page=7"):
        assert next_page([step(url, "Trang sau", is_next=True)], HERE + "?page=5") is None
    assert next_page([step("/kinh-te?page=6")], HERE + "?page=5") == HERE + "?page=6"


def test_the_front_page_has_none():
    for url in (
        "https://thu.example/",
        "https://thu.example",
        "https://thu.example/?page=2",
        "https://thu.example/trang-2",
    ):
        assert next_page([step("/?page=2", "Trang sau", is_next=True), step("/?page=3"), step("/trang-3")], url) is None
    assert shown(ARTICLE + '<a href="?page=2">2</a>', "https://thu.example/") is None


def test_pagers_that_count_from_zero():
    pager = [step(f"/kinh-te-page{n}", str(n + 1)) for n in range(5)]
    assert next_page(pager, HERE) == HERE + "-page1"
    assert next_page(pager, HERE + "-page1") == HERE + "-page2"
    assert next_page([step("/kinh-te?page=1", is_next=True)], HERE) == HERE + "?page=1"
    assert next_page([step("/kinh-te?page=1", "1"), step("/kinh-te?page=2", "2")], HERE) == HERE + "?page=2"


def test_the_best_of_several_forms():
    steps = [step("/kinh-te?page=2"), step("/kinh-te/p2", "2"), step("/kinh-te/trang-2", "Trang sau")]
    assert next_page(steps, HERE) == HERE + "/trang-2"
    assert next_page([*steps, step("/kinh-te-p2", is_next=True)], HERE) == HERE + "-p2"
    assert next_page(steps[:2], HERE) == HERE + "/p2"


@pytest.mark.parametrize(
    ("pager", "expected"),
    [
        ('<link rel="next" href="/kinh-te?page=2">', "/kinh-te?page=2"),
        ('<a rel="nofollow next" href="?page=2">»</a>', "/kinh-te?page=2"),
        ('<a href="/kinh-te/trang-2.htm" class="x"><i></i> Xem thêm </a>', "/kinh-te/trang-2.htm"),
        ("<a href=\"javascript:__doPostBack('pager','2')\">2</a><a href=\"javascript:;\">Xem thêm</a>", None),
        ('<a href="#">2</a><a href="">›</a><a>»</a>', None),
        ('<a href="/kinh-te?page=3">3</a><a href="/lich?ngay=8">8</a>', None),
        ('<base href="https://khac.example/"><a href="?page=2">2</a>', None),
    ],
)
def test_pagers_on_pages(pager, expected):
    assert shown(ARTICLE + pager) == expected


def test_without_an_article_link_there_is_nothing_to_go_on_with():
    assert shown('<a href="?page=2">2</a>') is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://thu.example/l?page=1&limit=12", "https://thu.example/l?page=2&limit=12"),
        ("https://thu.example/l?id=5&p=9", "https://thu.example/l?id=5&p=10"),
        ("https://thu.example/l?limit=12", None),
        ("https://thu.example/l", None),
        ("", None),
    ],
)
def test_counting_on(url, expected):
    assert counted_on(url) == expected


PATHS = st.lists(
    st.sampled_from(["/", "kinh-te", "?page=", "&p=", "/trang-", "-p", "/page/", ".htm", ";sid=1", "%", "[", "x"])
    | st.integers(0, 12).map(str),
    max_size=8,
).map("".join)


@given(st.lists(st.tuples(PATHS, st.sampled_from(["", "2", "Trang sau", "»"]), st.booleans()), max_size=6), PATHS)
def test_chains_of_pages_end(links, start):
    steps = [step("/" + path, text, is_next=is_next) for path, text, is_next in links]
    url: str | None = "https://thu.example/" + start
    met = set()
    while url is not None:
        assert url not in met
        met.add(url)
        url = next_page(steps, url)
        assert url is None or host_of(url) == "thu.example"
    assert len(met) <= len(steps) + 1


@given(st.text(), st.text())
def test_any_text(url, page_url):
    next_page([Step(url, url, True)], page_url)
    counted_on(url)
