"""Is it an article? Each step of the question, and each reason of the closed list that a page can earn."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest

from corpus.ids import Era
from corpus.record import REJECTION_REASONS, Article
from crawler.extraction import extract
from crawler.extraction.page import PageInput
from tests.crawler.extraction_pages import FETCHED, LEAD, PARAGRAPHS, TITLE, article, outlet, page, rejected, run
from tests.shared import SHARED, needs_shared

TEASERS = "".join(
    f'<li><h3><a href="/bai-{n}.html">Tin ngắn số {n} của bản tin làng nghề cuối tuần</a></h3><p>{LEAD}</p></li>'
    for n in range(12)
)
SECTION = f"<title>Đời sống - Báo Cát Sơn</title><h1>Đời sống</h1><ul>{TEASERS}</ul>"
PAPER = outlet(
    eras=(Era("a", re.compile(r"-d(?P<id>\d+)\.html$")),),
    not_articles=(r"^/chuyen-de/",),
    sections=("https://baocatson.example/doi-song",),
)


def test_general_rule_takes_a_plain_article() -> None:
    assert run(page()).explain["question"] == "general"
    assert article(page()).title == TITLE


@pytest.mark.parametrize("kind", ["article", "website"])
def test_og_type_never_decides(kind: str) -> None:
    head = f'<meta property="og:type" content="{kind}">'
    assert article(page(head=head)).title == TITLE
    assert rejected(head + SECTION) == "section"


def test_outlet_rules_come_first() -> None:
    url = "https://baocatson.example/lop-hoc-ben-song-d12.html"
    short = page(body=f"<p>{PARAGRAPHS[0]}</p>")
    assert run(short, url, outlet=PAPER).explain["question"] == "url"
    assert article(short, url, outlet=PAPER).id == "baocatson:a:12"
    assert rejected(page(), "https://baocatson.example/chuyen-de/mua-xuan", outlet=PAPER) == "section"
    assert rejected(page(), "https://baocatson.example/doi-song", outlet=PAPER) == "section"
    assert rejected(page(), "https://baocatson.example/", outlet=PAPER) == "home"


def test_jsonld_must_name_the_page() -> None:
    def marked(headline: str) -> str:
        node = {"@type": "NewsArticle", "headline": headline}
        return f'<script type="application/ld+json">{json.dumps(node)}</script>'

    one = f"<p>{PARAGRAPHS[0]}</p>"
    assert run(page(head=marked(TITLE), body=one)).explain["question"] == "jsonld"
    assert rejected(page(head=marked("Chuyện khác hẳn ở một nơi xa"), body=one)) == "no_text"
    assert rejected(marked("Tin ngắn số 1 của bản tin làng nghề cuối tuần") + SECTION) == "section"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "home"),
        ("index.html", "home"),
        ("doi-song", "section"),
        ("tim-kiem?q=tre", "search"),
        ("?s=tre", "search"),
        ("tags/dan-lat.html", "tag"),
        ("chu-de/lang-nghe", "tag"),
        ("video", "video_list"),
        ("e-paper/so-12", "epaper"),
    ],
)
def test_listings_are_told_apart(path: str, reason: str) -> None:
    assert rejected(SECTION, f"https://baocatson.example/{path}") == reason


def test_listings_without_address() -> None:
    assert rejected(SECTION) == "section"
    assert rejected(SECTION.replace("Đời sống", "Kết quả tìm kiếm: tre")) == "search"
    assert rejected(f"<title>{TITLE}</title><h1>{TITLE}</h1><p>Sắp có.</p>") == "no_text"
    assert rejected("".join(f"<p>{text}</p>" for text in PARAGRAPHS)) == "no_title"


def test_list_far_below_its_headline_is_no_article() -> None:
    links = "".join(f'<p><a href="/{n}">Tin ngắn số {n} của bản tin làng nghề</a></p>' for n in range(20))
    popup = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    markup = f"<title>Đời sống làng quê hôm nay</title><h1>Đời sống làng quê hôm nay</h1>{links}<div>{popup}</div>"
    assert rejected(markup) == "section"


NOTICE = "Trang bạn tìm kiếm không tồn tại hoặc đã bị xóa. Mời bạn quay lại trang chủ để đọc những tin khác."


@pytest.mark.parametrize(
    "markup",
    [
        "<title>404 Not Found</title><h1>404 Not Found</h1><p>nginx</p>",
        f"<title>Báo Cát Sơn</title><h2>Thông báo</h2><p>{NOTICE}</p>",
        f"<title>Báo Cát Sơn</title><div>{NOTICE}</div><ul>{TEASERS}</ul>",
        "<title>Lỗi 500</title><p>Internal Server Error</p>",
        "<title>Báo Cát Sơn</title><p>Hệ thống đang bảo trì, mời bạn quay lại sau.</p>",
    ],
)
def test_error_pages_are_refused_whatever_the_address(markup: str) -> None:
    assert rejected(markup, "https://baocatson.example/bai-viet-d12.html", outlet=PAPER) == "error"


def test_an_article_about_missing_pages_is_no_error() -> None:
    title = "Lỗi 404 và những trang không tồn tại của kho lưu trữ làng"
    text = "".join(f"<p>{paragraph} Trang cũ không tồn tại.</p>" for paragraph in PARAGRAPHS)
    assert article(page(title=title, h1=f"<h1>{title}</h1>", body=text)).title == title


def test_gates_and_challenges() -> None:
    gate = '<html><script>document.cookie="D1N=abc"; window.location.reload(true);</script></html>'
    assert rejected(gate, "https://baocatson.example/bai-d12.html", outlet=PAPER) == "cookie_gate"
    wall = '<title>Just a moment...</title><div id="cf-chl-widget"></div>'
    assert rejected(wall, "https://baocatson.example/bai-d12.html", outlet=PAPER) == "challenge"
    assert rejected("<title>Xác minh</title><p>Xác minh bạn không phải là robot</p>") == "challenge"


def test_force_skips_the_question() -> None:
    assert isinstance(run(SECTION, "https://baocatson.example/doi-song", force=True).result, Article)
    bare = f"<title>{TITLE} | Báo Cát Sơn</title><p>{PARAGRAPHS[0]}</p>"
    record = article(bare, force=True, outlet=PAPER)
    assert record.title == TITLE
    assert "title_from_meta" in record.flags


def test_reasons_are_of_the_closed_list() -> None:
    for markup in ("", "\x00\x01\x02" * 50, "<p>x</p>", SECTION, NOTICE):
        assert rejected(markup) in REJECTION_REASONS


def test_too_complex_without_a_container() -> None:
    many = "<p>a</p>" * 12_000
    assert rejected(f"<title>{TITLE}</title><h1>{TITLE}</h1>{many}", force=True) == "too_complex"
    assert rejected("<i></i>" * 160_000) == "too_complex"


SHELF = outlet(eras=(Era("a", re.compile(r"-d(?P<id>\d+)\.html$")),))
LINKS = "".join(f'<div><a href="/k{n}-d{n}.html">Tin ngắn số {n} của bản tin làng nghề</a></div>' for n in range(4))
HOURS = "".join(f"<tr><td>{hour}:30</td><td>Chuyện làng nghề</td></tr>" for hour in (6, 11, 18, 21))
SCANS = "".join(f'<img src="/q/{n}.jpg" alt="Trang {n}">' for n in range(8))


@pytest.mark.parametrize(
    ("path", "head", "heading", "shown", "reason"),
    [
        ("bao-cat-son-so-512-d7.html", "Báo Cát Sơn", "Báo Cát Sơn số 512", SCANS, "epaper"),
        ("bao-cat-son-so-512-d7.html", "Ấn phẩm", "Báo Cát Sơn, số ra ngày 17/05/2024", SCANS, "epaper"),
        ("so-512-d7.html", "Báo in | Báo Cát Sơn", "Số 512", f"<p>Trang 1 - 8</p>{SCANS}", "epaper"),
        ("so-512-d7.html", "Đọc báo in", "Đọc báo in số 512", "<a href='/q/1.pdf'>Trang 1</a>", "epaper"),
        ("bao-in/so-512-d7.html", "Số 512", "Số 512 tháng Năm", f"<ul>{LINKS}</ul>", "epaper"),
        ("thoi-su-toi-d7.html", "Báo Cát Sơn - Truyền hình", "Thời sự tối nay", LINKS, "video_list"),
        ("phim-d7.html", "Video", "Video: Làng nghề trong tuần", f"<video src='/k'></video>{LINKS}", "video_list"),
        ("video/lang-nghe-d7.html", "Làng nghề", "Làng nghề trong tuần", LINKS, "video_list"),
        ("lich-d7.html", "Phát sóng", "Chương trình truyền hình", f"<table>{HOURS}</table>", "video_list"),
        ("phat-thanh-d7.html", "Phát thanh", "Phát thanh hôm nay", "6h: Tin sớm<br>11 giờ 30: Tin trưa", "video_list"),
        ("nghe-d7.html", "Podcast - Báo Cát Sơn", "Nghe báo mỗi sáng", LINKS, "video_list"),
    ],
)
def test_shelves_at_the_address_of_an_article(path: str, head: str, heading: str, shown: str, reason: str) -> None:
    h1 = f"<h1>{heading}</h1><div class='ngay'>17/05/2024</div>"
    footer = '<p class="chan">Giấy phép số 12/GP-BTTTT cấp ngày 03/02/2015. Tổng Biên tập: một người không có thật</p>'
    markup = page(title=head, h1=h1, body=shown, after=footer)
    assert rejected(markup, f"https://baocatson.example/{path}", outlet=SHELF) == reason
    assert rejected(markup, f"https://baocatson.example/{path}") == reason


@pytest.mark.parametrize(
    ("path", "head", "heading", "body"),
    [
        ("video/lop-hoc-d7.html", f"{TITLE} | Video", TITLE, f"<video src='/k'></video><p>{PARAGRAPHS[0]}</p>{LINKS}"),
        ("so-512-d7.html", "Báo in", "Báo in số 512 có gì mới", f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>"),
        ("truyen-hinh-d7.html", "Truyền hình xã", "Truyền hình xã Cát Sơn lên sóng", f"<p>{PARAGRAPHS[2]}</p>{HOURS}"),
        (
            "anh/lop-hoc-d7.html",
            f"{TITLE} - Multimedia",
            TITLE,
            f"<figure><img src='a.jpg'><figcaption>{PARAGRAPHS[0]}</figcaption></figure>",
        ),
        ("tho-d7.html", "Thơ: Bến cũ", "Thơ: Bến cũ", "<p>Con đò nằm nghe nước ròng</p><p>Bến xưa ai đợi</p>" * 3),
    ],
)
def test_stories_that_only_look_like_shelves(path: str, head: str, heading: str, body: str) -> None:
    markup = page(title=head, h1=f"<h1>{heading}</h1>", body=body)
    assert article(markup, f"https://baocatson.example/{path}", outlet=SHELF).title == heading


def test_an_imprint_is_no_paragraph() -> None:
    imprint = "".join(
        f"<p>{line}</p>"
        for line in (
            "Giấy phép thiết lập trang thông tin số 12/GP-BTTTT do một cơ quan cấp ngày 03/02/2015 cho báo",
            "Tổng Biên tập: một người không có thật. Trụ sở: số 9 phố Bến, điện thoại 0912 000 222",
            "© Bản quyền thuộc về Báo Cát Sơn. Ghi rõ nguồn khi phát hành lại thông tin từ trang này",
        )
    )
    assert rejected(f"<title>{TITLE}</title><h1>{TITLE}</h1><div>{imprint}</div>") == "no_text"
    licence = "<p>Giấy phép xây dựng của xưởng đan được cấp trong ba ngày, nhanh hơn mọi người trong làng mong.</p>"
    assert licence[3:-4] in article(page(body=licence + f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>")).text


@pytest.mark.shared
@needs_shared
def test_shared_pages_are_told_apart_without_any_outlet() -> None:
    for path in sorted((SHARED / "pages").glob("*.json")):
        facts = json.loads(path.read_text())
        body = path.with_suffix(".html").read_bytes()
        for url in (facts["url"], None):
            result = extract(PageInput(body, url, None, datetime.fromisoformat("2026-03-08T00:00:00+07:00"))).result
            assert isinstance(result, Article) == (facts["kind"] == "article"), (path.name, url, result)
            if not isinstance(result, Article):
                assert result.reason == "section", path.name


def test_fetched_at_is_the_only_clock() -> None:
    assert article(page()).first_seen_at == article(page()).fetched_at == FETCHED
