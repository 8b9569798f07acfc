"""Which date is the publication's: every place, form and trap, on invented pages."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clock import HANOI
from corpus.record import Article
from crawler.extraction.dateforms import clock_time, find_seen
from crawler.extraction.datemachine import read_stated
from crawler.outlet import Selectors
from tests.crawler.extraction_pages import FETCHED, LEAD, TITLE, article, outlet, page, run
from tests.shared import SHARED, needs_shared


def published(markup: str, **more) -> str | None:
    return article(markup, **more).published.text()


def line(text: str) -> str:
    return page(under=f'<div class="ngay">{text}</div>')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thứ Sáu, 17/05/2024, 08:15 [GMT+7]", "2024-05-17T08:15:00+07:00"),
        ("08:15|17/05/2024", "2024-05-17T08:15:00+07:00"),
        ("8h15 ngày 17-5-2024", "2024-05-17T08:15:00+07:00"),
        ("7 giờ 5 phút, ngày 17/5/2024", "2024-05-17T07:05:00+07:00"),
        ("17.05.2024 - 20:01", "2024-05-17T20:01:00+07:00"),
        ("17/05/2024 8:15:40 CH", "2024-05-17T20:15:00+07:00"),
        ("17/05/2024 12:15:40 SA", "2024-05-17T00:15:00+07:00"),
        ("17-05-2024 - 00:01 AM", "2024-05-17T00:01:00+07:00"),
        ("15:20 PM | 17/05/2024", "2024-05-17T15:20:00+07:00"),
        ("10:05 tối 17/05/2024", "2024-05-17T22:05:00+07:00"),
        ("Ngày 7 tháng 5 năm 2024", "2024-05-07"),
        ("NGÀY 7 THÁNG 5, 2024 | 09:00", "2024-05-07T09:00:00+07:00"),
        ("7 Tháng Năm, 2024", "2024-05-07"),
        ("CN, 19/05/24 06:30", "2024-05-19T06:30:00+07:00"),
        ("2024-05-17 08:15", "2024-05-17T08:15:00+07:00"),
        ("2024-05-17T01:15:00Z", "2024-05-17T08:15:00+07:00"),
        ("Cập nhật lúc: 08:15 17/05/2024 (GMT+7)", "2024-05-17T08:15:00+07:00"),
        ("Đăng lúc 08:15 17/05/2024 - Cập nhật lúc 10:00 18/05/2024", "2024-05-17T08:15:00+07:00"),
        ("Minh Khuê - Thứ Sáu, 17/05/2024 08:15 - 123 lượt xem", "2024-05-17T08:15:00+07:00"),
        ("17/05/2024\u00a0<i></i>\u00a008:15", "2024-05-17T08:15:00+07:00"),
        ("5/17/2024 8:15:00 PM", "2024-05-17T20:15:00+07:00"),
        ("Hôm qua, 09:00", "2024-05-19T09:00:00+07:00"),
        ("3 ngày trước", "2024-05-17"),
        ("5 giờ trước", "2024-05-20"),
        ("08:15 17/05", "2024-05-17T08:15:00+07:00"),
        ("22:05 31/12", "2023-12-31T22:05:00+07:00"),
    ],
)
def test_forms_under_the_title(text: str, expected: str) -> None:
    assert published(line(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "30/02/2024 08:15",
        "12 giờ trước",  # rounding leaves yesterday open
        "17/05/2026 08:15",  # after the fetch
        "Giấy phép số 5 cấp ngày 17/05/2024",
        "Lễ hội diễn ra ngày 17/05/2024",
        "(30/4/1999 - 17/5/2024)",
        "Từ 12/5/2024 đến 17/5/2024",
        "2015 - 2020",
        "0203.3 856 624",
        "Hôm nay",
        "5/4/2024 8:15:00 PM",  # day and month cannot be told apart
        "17/05/1894 08:15",
    ],
)
def test_silent_rather_than_wrong(text: str) -> None:
    assert published(line(text)) is None


def test_weekday_that_differs_is_flagged_and_the_date_kept() -> None:
    record = article(line("Thứ Hai, 17/05/2024 08:15"))
    assert record.published.text() == "2024-05-17T08:15:00+07:00"
    assert "weekday_differs" in record.flags


@pytest.mark.parametrize(
    "clock", ["Thứ Hai, 20/05/2024 11:58:03", "Thứ Hai, 20/05/2024", "Cập nhật 07:28 | 19/05/2024"]
)
def test_page_clock_is_no_date(clock: str) -> None:
    assert published(page(outside=f"<div>{clock}</div>")) is None
    assert published(page(over=f'<div class="today">{clock}</div>')) is None


def test_clock_in_a_flat_page() -> None:
    flat = f"<title>{TITLE}</title><p>Thứ Hai, 13/05/2024 10:00</p><h1>{TITLE}</h1>" + f"<p>{LEAD}</p>" * 3
    assert published(flat) is None


@pytest.mark.parametrize(
    ("under", "expected"),
    [
        ("<div><span>17/05/2024</span><i></i><span>08:15</span></div>", "2024-05-17T08:15:00+07:00"),
        ("<div>17/05/2024</div><div>08:15</div>", "2024-05-17T08:15:00+07:00"),
        ("<div><b>Bất động sản</b> <span>17/05/2024 08:15</span></div>", "2024-05-17T08:15:00+07:00"),
        ("<div>Theo Minh Khuê | 17/05/2024 08:15 | Bất động sản</div>", "2024-05-17T08:15:00+07:00"),
        ("<div>Cơn bão đổ bộ lúc 14:05 17/05/2024</div>", None),
        ("<div>Ảnh chụp ngày 12/05/2024</div>", None),
        ('<div id="clock">20/05/2024 11:59</div>', None),
        ("<div><a href='/x'>Chợ phiên vùng cao họp lại sau mùa lũ lớn</a><p>12/05/2024 10:00</p></div>", None),
        ('<time datetime="2024-05-17T08:15:00+07:00">3 ngày trước</time>', "2024-05-17T08:15:00+07:00"),
    ],
)
def test_lines_under_the_title(under: str, expected: str | None) -> None:
    assert published(page(under=under)) == expected


@pytest.mark.parametrize("name", ["", "post-date"])
def test_clock_in_a_wrapper_of_the_whole_page(name: str) -> None:
    """Without a header to tell them apart, only a marked line near the headline counts; a menu between refuses it."""
    menu = "".join(f'<div><a href="/{n}">Mục {n}</a></div>' for n in range(4))
    text = "".join(f"<p>{paragraph}</p>" for paragraph in (LEAD,) * 3)
    clock = f'<div class="{name}">Thứ Hai, 13/05/2024 10:00</div>'
    assert published(f"<title>{TITLE}</title><div>{clock}{menu}<h1>{TITLE}</h1>{text}</div>") is None


def test_places() -> None:
    shown = "17/05/2024 08:15"
    right = "2024-05-17T08:15:00+07:00"
    assert published(page(over=f'<div class="post-date">{shown}</div>')) == right
    crumb = f'<div class="breadcrumb"><a href="/">Trang chủ</a> <span>{shown}</span></div>'
    assert published(page(over=crumb)) == right
    assert published(page(after=f'<p class="author">Minh Khuê</p><p class="time">Cập nhật: {shown}</p>')) == right
    assert published(page(after=f'<div class="comments"><b>Bạn đọc</b> <span>{shown}</span></div>')) is None
    assert published(page(after=f"<h3>Chuyện khác</h3><span class='date'>{shown}</span>")) is None
    assert published(page(after=f'<div class="tin-lien-quan"><span class="date">{shown}</span></div>')) is None
    inside = f'<p class="sapo"><span class="date">{shown}</span> {LEAD}</p>'
    assert published(page(under=inside)) == right
    assert published(page(under=f"<p>Ngày {shown}, {LEAD}</p>")) is None


def meta(value: str) -> str:
    return f'<meta property="article:published_time" content="{value}">'


@pytest.mark.parametrize(
    ("stated", "shown", "expected", "source"),
    [
        ("2024-05-17T01:15:00Z", "08:15 17/05/2024", "2024-05-17T08:15:00+07:00", "meta"),
        ("2024-05-16T22:30:00+00:00", "05:30 17/05/2024", "2024-05-17T05:30:00+07:00", "meta"),
        ("2024-05-17T08:15:00Z", "08:15 17/05/2024", "2024-05-17T08:15:00+07:00", "visible"),
        ("2024-05-17T08:15:00+08:00", "08:15 17/05/2024", "2024-05-17T08:15:00+07:00", "visible"),
        ("2024-05-16T22:30:00", "05:30 17/05/2024", "2024-05-17T05:30:00+07:00", "visible"),
        ("5/4/2024 8:15:00 PM", "20:15 04/05/2024", "2024-05-04T20:15:00+07:00", "visible"),
        ("2024-05-17", "17/05/2024 08:15", "2024-05-17T08:15:00+07:00", "visible"),
        ("2024-05-17T08:15:11.000 +07:00", "17/05/2024", "2024-05-17T08:15:00+07:00", "meta"),
        ("2024-05-17T08:15:00", "Cập nhật: 18/05/2024 10:20", "2024-05-17T08:15:00+07:00", "meta"),
        ("2024-05-17T08:15:00", "17/05/2024 10:21", "2024-05-17", "visible"),
        ("2024-05-17T08:15:00", "12/05/2024 10:21", None, None),
        ("2024-05-20T11:59:00", "12/05/2024 10:21", "2024-05-12T10:21:00+07:00", "visible"),
        ("2024-05-17T08:15:00+0700", "3 ngày trước", "2024-05-17T08:15:00+07:00", "meta"),
        ("2024-05-16T22:30:00Z", "", "2024-05-17T05:30:00+07:00", "meta"),
        ("Fri, 17 May 2024 08:15:00 +0700", "", "2024-05-17T08:15:00+07:00", "meta"),
        ("2024-05-17T00:00:00+07:00", "", "2024-05-17", "meta"),
        ("3/2/2024 8:15:00 PM", "", None, None),
        ("1715908500", "", None, None),
        ("2026-01-01T00:01:00", "", None, None),
    ],
)
def test_stated_dates_are_checked_against_the_shown(stated, shown, expected, source) -> None:
    record = article(page(head=meta(stated), under=f"<div>{shown}</div>"))
    assert (record.published.text(), record.published.source) == (expected, source)


def test_listing_is_the_last_source_and_settles_a_dispute() -> None:
    hint = datetime(2024, 5, 17, 8, 15, 30, tzinfo=HANOI)
    assert article(page(), hint_published=hint).published.source == "listing"
    head = meta("2024-05-17T08:15:00")
    record = article(page(head=head, under="<p>12/05/2024 10:21</p>"), hint_published=hint)
    assert record.published.text() == "2024-05-17T08:15:00+07:00"


def test_selector_is_the_first_source() -> None:
    markup = page(under='<div id="x">Chủ Nhật 19/05/2024 07:00</div><div id="y">17/05/2024 08:15</div>')
    paper = outlet(selectors=Selectors(date=("#khong-co", "#y")))
    assert article(markup, outlet=paper).published.text() == "2024-05-17T08:15:00+07:00"
    assert article(markup, outlet=paper).published.source == "selector"


def test_jsonld_of_other_stories_is_not_taken() -> None:
    nodes = [
        {
            "@type": "NewsArticle",
            "headline": "Chuyện khác hẳn ở một nơi rất xa",
            "datePublished": "2024-05-01T01:02:03+07:00",
        },
        {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2024-05-17T08:15:00+07:00"},
    ]
    head = f'<script type="application/ld+json">{json.dumps(nodes)}</script>'
    assert published(page(head=head)) == "2024-05-17T08:15:00+07:00"


def test_modified_shares_the_zone_fault() -> None:
    node = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2024-05-17T08:15:00Z",
        "dateModified": "2024-05-17T09:00:00Z",
    }
    head = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    record = article(page(head=head, under="<p>17/05/2024 08:15</p>"))
    assert record.modified_at == datetime(2024, 5, 17, 9, tzinfo=HANOI)


def test_every_candidate_is_explained() -> None:
    explained = run(page(outside="<p>x</p>", over='<div class="today">20/05/2024 08:00</div>')).explain["dates"]
    assert [candidate["refused"] for candidate in explained] == ["in an element called like a clock"]


@given(st.text(max_size=200))
def test_any_text_gives_dates_in_order_or_none(text: str) -> None:
    seen = find_seen(text, FETCHED)
    assert all(0 <= one.start < one.end <= len(text) for one in seen)
    assert [one.start for one in seen] == sorted(one.start for one in seen)
    read_stated(text, FETCHED)


@given(st.dates(min_value=date(1998, 1, 1), max_value=date(2024, 5, 19)), st.times())
def test_day_first_always(day, moment) -> None:
    shown = f"{moment:%H:%M} | {day:%d/%m/%Y}"
    assert [one.at for one in find_seen(shown, FETCHED)] == [
        datetime(day.year, day.month, day.day, moment.hour, moment.minute, tzinfo=HANOI)
    ]
    stated = read_stated(f"{day.isoformat()}T{moment:%H:%M}:01+07:00", FETCHED)
    assert stated is not None
    assert stated.at == find_seen(shown, FETCHED)[0].at


def test_clock_time_refuses_what_is_no_hour() -> None:
    assert clock_time(25, 0, None) is None


@pytest.mark.shared
@needs_shared
def test_shared_cases_have_no_wrong_date() -> None:
    right = 0
    cases = [json.loads(row) for row in (SHARED / "cases" / "date_cases.jsonl").read_text().splitlines()]
    for case in cases:
        fetched = datetime.fromisoformat(case.get("fetched_at") or "2026-03-07T12:00:00+07:00")
        result = run(case["html"], fetched_at=fetched).result
        assert isinstance(result, Article), case["kind"]
        got = result.published.text()
        assert got is None or got == case["expected"], case["kind"]
        right += got == case["expected"]
    assert right >= len(cases) * 0.95
