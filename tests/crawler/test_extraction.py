"""The record that a page gives: decoding, cutting, fields; on invented pages and on real ones."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections import Counter
from datetime import datetime

import pytest

from corpus.ids import Era
from corpus.record import Article, Caption, from_json, to_json
from crawler.extraction import PageInput, extract
from crawler.extraction.captions import split_credit
from crawler.extraction.decode import decode, gunzip
from crawler.extraction.lead import split_dateline
from crawler.outlet import Host, Outlet, Selectors
from tests.crawler.extraction_pages import FETCHED, LEAD, PARAGRAPHS, TITLE, article, outlet, page, rejected, run
from tests.shared import SHARED, needs_shared

TEXT = "\n".join(PARAGRAPHS)


def test_plain_page() -> None:
    record = article(page(under=f'<p class="sapo">{LEAD}</p>'))
    assert (record.title, record.lead, record.text) == (TITLE, LEAD, TEXT)
    assert (record.id, record.url, record.canonical_url, record.outlet) == (None, None, None, None)
    assert (record.language, record.version, record.extractor.path, record.flags) == ("vi", 1, "whole", ())
    assert from_json(to_json(record)) == record


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_charsets(codec: str) -> None:
    assert article(page().encode(codec)).text == TEXT


def test_windows_1258() -> None:
    marked = "".join(_split_tone(letter) for letter in page().replace("utf-8", "windows-1258"))
    body = marked.encode("cp1258", "ignore")
    assert article(body).text == TEXT
    assert article(body.replace(b"windows-1258", b"x"), content_type="text/html; charset=windows-1258").text == TEXT


def _split_tone(letter: str) -> str:
    """windows-1258 writes the tone as a mark of its own behind the letter."""
    parts = unicodedata.normalize("NFD", letter)
    tones = "".join(mark for mark in parts if mark in "\u0300\u0301\u0303\u0309\u0323")
    return unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones)) + tones


def test_utf8_beats_what_the_page_declares() -> None:
    assert (
        article(
            page().replace('charset="utf-8"', 'charset="iso-8859-1"'), content_type="text/html; charset=cp1252"
        ).text
        == TEXT
    )


def test_gzip_is_undone_within_bounds() -> None:
    assert article(gzip.compress(page().encode())).text == TEXT
    assert len(gunzip(gzip.compress(b"a" * 50_000_000))) == 8 * 1024 * 1024
    assert gunzip(b"\x1f\x8bbroken") == b""
    cut = gzip.compress(page().encode())[:-20]
    assert article(cut).title == TITLE


def test_text_is_nfc_and_markup_survives_it() -> None:
    assert article(unicodedata.normalize("NFD", page())).text == TEXT
    assert "\u0338" not in decode("<p>\u0338x</p>".encode(), None).text
    assert decode("<p>\u0338x</p>".encode(), None).text == "<p>x</p>"


def test_binary_is_no_text() -> None:
    assert rejected(bytes(range(256)) * 40) == "encoding"


def test_title_is_the_h1_that_is_shown() -> None:
    head = '<meta property="og:title" content="Làng nghề Cát Sơn mở lớp đan lát cho thanh niên (ảnh)">'
    logo = "<h1><a href='/'>Báo Cát Sơn điện tử</a></h1>"
    assert article(page(head=head, over=logo)).title == TITLE
    assert article(page(h1=f'<div class="ten-bai">{TITLE}</div>')).title == TITLE
    other = "Làng nghề Cát Sơn mở lớp dạy đan lát miễn phí cho thanh niên"
    assert article(page(h1=f'<div class="ten-bai">{other}</div>')).title == other


def test_lead_is_found_once_and_without_dateline() -> None:
    head = f'<meta name="description" content="(CSO) - {LEAD[:80]}...">'
    for markup in (
        page(under=f"<h2>(CSO) - {LEAD}</h2>"),
        page(body=f'<p class="sapo">(CSO) - {LEAD}</p>' + "".join(f"<p>{p}</p>" for p in PARAGRAPHS)),
        page(body=f"<p><strong>(CSO) - {LEAD}</strong></p>" + "".join(f"<p>{p}</p>" for p in PARAGRAPHS)),
        page(head=head, under=f"<div>(CSO) - {LEAD}</div>"),
    ):
        record = article(markup)
        assert (record.lead, record.dateline, record.text) == (LEAD, "(CSO) -", TEXT)


@pytest.mark.parametrize(
    ("text", "dateline", "rest"),
    [
        ("(CSO)- Sáng nay", "(CSO)-", "Sáng nay"),
        ("catson.vn - Sáng nay", "catson.vn -", "Sáng nay"),
        ("Hà Giang (TTXVN) - Sáng nay", "Hà Giang (TTXVN) -", "Sáng nay"),
        ("CSO - Sáng nay", "CSO -", "Sáng nay"),
        ("UBND xã họp sáng nay", None, "UBND xã họp sáng nay"),
        ("(Tiếp theo kỳ trước) Sáng nay", None, "(Tiếp theo kỳ trước) Sáng nay"),
    ],
)
def test_dateline(text: str, dateline: str | None, rest: str) -> None:
    assert split_dateline(text) == (dateline, rest)


def test_known_dateline() -> None:
    assert split_dateline("Tin Làng: Sáng nay", ("Tin Làng",)) == ("Tin Làng:", "Sáng nay")


def test_boxes_captions_and_bylines_leave_the_text() -> None:
    body = (
        f"<p>{PARAGRAPHS[0]}</p>"
        '<div class="tin-lien-quan"><p>Tin liên quan</p><ul><li>'
        '<a href="/1">Chợ phiên họp lại sau mùa lũ lớn</a></li></ul></div>'
        '<figure><img src="a.jpg"><figcaption>Các học viên bên khung đan. Ảnh: Minh Khuê</figcaption></figure>'
        f"<p>{PARAGRAPHS[1]}</p>"
        '<table><tr><td><img src="b.jpg"></td></tr><tr><td>Phiên chợ cuối khóa năm ngoái</td></tr></table>'
        '<p><a href="/2">&gt;&gt; Xem thêm: Người giữ lửa lò gốm bên sông</a></p>'
        f"<p>{PARAGRAPHS[2]}</p>"
        "<p><strong>Bài, ảnh: Minh Khuê - Lê An</strong></p>"
    )
    record = article(page(body=body))
    assert record.text == TEXT
    assert record.captions == (
        Caption("Các học viên bên khung đan.", "Minh Khuê"),
        Caption("Phiên chợ cuối khóa năm ngoái", None),
    )
    assert record.authors == ("Minh Khuê", "Lê An")
    assert record.byline == "Bài, ảnh: Minh Khuê - Lê An"


def test_own_tables_and_subheadings_stay() -> None:
    rows = "<table><tr><td>Nan tre</td><td>12.000 đồng</td></tr><tr><td>Dao vót</td><td>45.000 đồng</td></tr></table>"
    body = f"<p>{PARAGRAPHS[0]}</p><h3>Giá dụng cụ</h3>{rows}<p>{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p>"
    assert article(page(body=body)).text.split("\n")[1:4] == [
        "Giá dụng cụ",
        "Nan tre | 12.000 đồng",
        "Dao vót | 45.000 đồng",
    ]


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"<div>{p}</div>" for p in PARAGRAPHS),
        "<p>" + "<br><br>".join(PARAGRAPHS) + "</p>",
        "<span>" + "<br>&nbsp;<br>".join(PARAGRAPHS) + "</span>",
        "".join(f"<p><span>{p[0]}</span><span>{p[1:]}</span></p>" for p in PARAGRAPHS),
        "".join(f"<section><p>{p}</p></section>" for p in PARAGRAPHS),
    ],
)
def test_bodies_of_every_make(body: str) -> None:
    assert article(page(body=body)).text == TEXT


def test_flat_page_ends_at_its_byline() -> None:
    lines = [*PARAGRAPHS, "Minh Khuê", "Đọc nhiều nhất", LEAD]
    flat = f"<title>{TITLE}</title><h1>{TITLE}</h1>" + "".join(f"<p>{line}</p>" for line in lines)
    record = article(flat)
    assert (record.text, record.authors) == (TEXT, ("Minh Khuê",))


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("Phiên chợ. Ảnh: M.K.", Caption("Phiên chợ.", "M.K.")),
        ("Phiên chợ - Ảnh: Minh Khuê (CTV)", Caption("Phiên chợ", "Minh Khuê (CTV)")),
        ("Phiên chợ (Ảnh: Minh Khuê)", Caption("Phiên chợ", "Minh Khuê")),
        ("Ảnh minh họa.", Caption("Ảnh minh họa.", None)),
    ],
)
def test_credit(text: str, caption: Caption) -> None:
    assert split_credit(text) == caption


@pytest.mark.parametrize(
    "line",
    [
        "Bài học đắt giá!",
        "Theo dõi tiếp ở kỳ sau",
        "Ảnh đẹp vô cùng.",
        "Nan tre lấy từ rừng trồng của xã. Nguồn: Sở Nông nghiệp",
    ],
)
def test_short_last_lines_that_are_no_byline_stay(line: str) -> None:
    body = "".join(f"<p>{text}</p>" for text in (*PARAGRAPHS, line))
    assert article(page(body=body)).text == f"{TEXT}\n{line}"


@pytest.mark.parametrize("line", ["Theo Báo Cát Sơn", "Nguồn: catson.vn", "Tin, ảnh: M.K", "Theo catson.vn"])
def test_source_lines_leave_the_text(line: str) -> None:
    body = "".join(f"<p>{text}</p>" for text in (*PARAGRAPHS, line))
    record = article(page(body=body))
    assert (record.text, record.byline) == (TEXT, line)


def test_section_tags_kicker_agency() -> None:
    over = (
        '<div class="breadcrumb"><a href="/">Trang chủ</a><a href="/doi-song">Đời sống</a>'
        '<a href="/x">Làng nghề</a></div>'
        '<p class="kicker">CHUYỆN NGƯỜI GIỮ NGHỀ</p>'
    )
    after = '<div class="tags"><span>Từ khóa:</span> <a href="/t/1">#đan lát</a>, <a href="/t/2">Cát Sơn</a></div>'
    body = "".join(f"<p>{p}</p>" for p in PARAGRAPHS) + "<p>Theo TTXVN</p>"
    record = article(page(over=over, after=after, body=body))
    assert (record.kicker, record.section) == ("CHUYỆN NGƯỜI GIỮ NGHỀ", "Làng nghề")
    assert (record.tags, record.agency, record.authors) == (("đan lát", "Cát Sơn"), "TTXVN", ())
    assert record.text == TEXT


def test_language_is_none_when_unsure() -> None:
    words = "Ang klase ng paghahabi ay bukas muli sa nayon ngayong linggo, sabi ng mga guro at matatanda."
    foreign = page(title=words, h1=f"<h1>{words}</h1>", body=f"<p>{words}</p><p>{words} Muli.</p>")
    assert article(foreign).language is None
    assert article(foreign.replace('lang="vi"', 'lang="tl-PH"')).language == "tl"


PAPER = outlet(
    eras=(Era("a", re.compile(r"-d(?P<id>\d+)\.html$")),),
    selectors=Selectors(container=("div.noi-dung",), title=("h1",), drop=(".bo",)),
    not_authors=("Ban Biên Tập",),
)


def test_outlet_and_address() -> None:
    url = "http://www.baocatson.example/lop-hoc-d12.html?utm_source=x"
    body = f'<p>{PARAGRAPHS[0]}</p><p class="bo">{LEAD}</p><p>{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p>'
    record = article(page(body=body), url, outlets={"baocatson": PAPER})
    assert (record.id, record.outlet, record.outlet_name) == ("baocatson:a:12", "baocatson", "Báo Cát Sơn")
    assert (record.province, record.province_2025) == ("Bắc Giang", "Bắc Ninh")
    assert (record.url, record.canonical_url) == (url, "https://baocatson.example/lop-hoc-d12.html")
    assert (record.extractor.path, record.text, record.flags) == ("selectors", TEXT, ())


def test_page_names_its_own_address() -> None:
    named = article(page(head='<link rel="canonical" href="https://noi-khac.example/bai-viet">'))
    assert named.url == named.canonical_url == "https://noi-khac.example/bai-viet"
    assert named.id is not None
    assert re.fullmatch(r"x:u:[0-9a-f]{16}", named.id)


@pytest.mark.parametrize("wrong", ["https://baocatson.example/", "https://khac.example/a-d12.html", "/b-d13.html"])
def test_wrong_canonical_links_are_not_followed(wrong: str) -> None:
    markup = page(head=f'<link rel="canonical" href="{wrong}">')
    url = "https://baocatson.example/a-d12.html"
    assert article(markup, url, outlet=PAPER).canonical_url == url


def test_redesign_falls_back_and_says_so() -> None:
    markup = page().replace("noi-dung", "than-bai")
    record = article(markup, "https://baocatson.example/a-d12.html", outlet=PAPER)
    assert (record.text, record.extractor.path) == (TEXT, "whole")
    assert "unverified_layout" in record.flags


def test_broken_selectors_find_nothing() -> None:
    odd = outlet(selectors=Selectors(container=("div[", "::x"), title=("h1:has(",)))
    assert article(page(), outlet=odd).text == TEXT


def test_explain_is_json() -> None:
    assert json.loads(json.dumps(run(page()).explain))["container"]["source"] == "structure"


def f1(mine: str, truth: str) -> float:
    first, second = (Counter(re.findall(r"\w+", text.lower())) for text in (mine, truth))
    return 2 * (first & second).total() / (first.total() + second.total())


CONTAINERS = {
    "baochinhphu.vn": ".detail-content",
    "baodautu.vn": "#content_detail_news",
    "baolaocai.vn": ".article__body",
    "cafef.vn": ".detail-content",
    "dantri.com.vn": "#desktop-in-article",
    "nld.com.vn": ".detail-content",
    "tuoitre.vn": ".detail-content",
    "vietnamnet.vn": "#maincontent",
    "vnexpress.net": "article.fck_detail",
}


def paper_of(url: str) -> Outlet:
    host = url.split("/")[2]
    era = Era("a", re.compile(r"\d{5,}\.\w+$"))
    selectors = Selectors(container=(CONTAINERS[host],))
    return outlet(slug="x", name=host, hosts=(Host(host),), home=f"https://{host}/", eras=(era,), selectors=selectors)


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize("with_outlet", [False, True])
def test_shared_articles(with_outlet: bool) -> None:
    scores = []
    for path in sorted((SHARED / "pages").glob("*_article*.json")) + sorted(
        (SHARED / "pages").glob("vnexpress_*_20*.json")
    ):
        facts = json.loads(path.read_text())
        if facts["kind"] != "article":
            continue
        truth = facts["truth"]
        body = path.with_suffix(".html").read_bytes()
        paper = paper_of(facts["url"]) if with_outlet else None
        record = extract(PageInput(body, facts["url"], paper, datetime.fromisoformat(truth["fetched_at"]))).result
        assert isinstance(record, Article), path.name
        assert record.title == truth["title"], path.name
        assert (record.published.text() or "")[:10] == truth["published"][:10], path.name
        assert record.extractor.path == ("selectors" if with_outlet else "whole")
        scores.append(f1(f"{record.lead}\n{record.text}", "\n".join([truth["lead"], *truth["text"]])))
    assert min(scores) >= 0.98


@pytest.mark.shared
@needs_shared
def test_shared_raw_gzip_body() -> None:
    body = (SHARED / "pages" / "baolaocai_article.raw-gzip.bin").read_bytes()
    truth = json.loads((SHARED / "pages" / "baolaocai_article.json").read_text())["truth"]
    record = article(body, fetched_at=datetime.fromisoformat(truth["fetched_at"]))
    assert record.title == truth["title"]
    assert record.fetched_at > FETCHED


def test_unfilled_template_text_is_no_part_of_an_article():
    body = "Chính quyền xã Đồi Mây đã huy động hơn hai trăm người giúp dân di dời đồ đạc lên cao."
    page = (
        "<html><head><title>Mưa lớn gây ngập ở xã Đồi Mây</title></head><body><h1>Mưa lớn gây ngập ở xã Đồi Mây</h1>"
        f"<div id='content'><p>{body}</p><p>{{{{ item.related_title }}}}</p><p>{body} {body}</p>"
        "<p>Xem {{ link }} này: {{ title }}</p></div></body></html>"
    )
    found = extract(PageInput(page.encode(), None, None, FETCHED)).result
    assert isinstance(found, Article)
    assert "{{" not in found.text
    assert found.text.count("\n") == 1
