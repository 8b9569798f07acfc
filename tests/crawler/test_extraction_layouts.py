"""Layouts, bylines, gates and dates that broke the rules once; all pages invented."""

from __future__ import annotations

import time

import pytest

from corpus.record import Article, Caption
from crawler.outlet import Selectors
from tests.crawler.extraction_pages import LEAD, PARAGRAPHS, TITLE, article, outlet, page, rejected, run

TEXT = "\n".join(PARAGRAPHS)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
SHOWN = "17/05/2024 08:15"
AT = "2024-05-17T08:15:00+07:00"


@pytest.mark.parametrize(
    ("closing", "authors", "agency"),
    [
        ("<p><b>P.V</b></p>", (), None),
        ("<p><b>Nhóm P.V</b></p>", (), None),
        ("<p>(TTXVN/Vietnam+)</p>", (), "TTXVN"),
        ("<p>TTXVN</p>", (), "TTXVN"),
        ("<p><b>Minh Khuê/TTXVN</b></p>", ("Minh Khuê",), "TTXVN"),
        ("<p><b>Minh Khuê</b><br>khue@baocatson.example</p>", ("Minh Khuê",), None),
        ("<p><b>Bài: Minh Khuê</b></p><p><b>Ảnh: Lê An</b></p>", ("Minh Khuê",), None),
        ('<p><b>Minh Khuê</b></p><p>Từ khóa: <a href="/t/1">nan tre</a></p>', ("Minh Khuê",), None),
    ],
)
def test_closing_lines(closing: str, authors: tuple[str, ...], agency: str | None) -> None:
    record = article(page(body=BODY + closing))
    assert (record.text, record.authors, record.agency, record.captions) == (TEXT, authors, agency, ())


def test_byline_behind_a_line_break_or_below_the_body() -> None:
    inside = BODY.removesuffix("</p>") + "<br><strong>Minh Khuê</strong></p>"
    for markup in (page(body=inside), page(after="<div><b>Minh Khuê</b></div>")):
        record = article(markup)
        assert (record.text, record.authors) == (TEXT, ("Minh Khuê",))
    two = article(page(body=BODY + "<p><b>Minh Khuê</b></p><p><i>(Thực hiện)</i></p>"))
    assert (two.text, two.byline) == (TEXT, "Minh Khuê (Thực hiện)")


def test_picture_story_takes_no_text_of_its_neighbours() -> None:
    figures = "".join(
        f"<figure><img src='{n}'><figcaption>{text}</figcaption></figure>" for n, text in enumerate(PARAGRAPHS)
    )
    near = "<div class='block-news'><a href='/1'>Chợ phiên họp lại sau mùa lũ lớn</a><p>" + LEAD + "</p></div>"
    record = article(page(body=figures, after=near))
    assert (record.text, len(record.captions)) == ("", 3)
    assert record.flags == ("short_text",)


def test_loose_text_between_breaks_is_cut_as_well() -> None:
    lines = [
        ".",
        PARAGRAPHS[0],
        '<img src="a.jpg">Các học viên bên khung đan. Ảnh: Lê An',
        *PARAGRAPHS[1:],
        "<b>Minh Khuê</b>",
    ]
    record = article(page(body="<br><br>".join(lines)))
    assert (record.text, record.authors) == (TEXT, ("Minh Khuê",))
    assert record.captions == (Caption("Các học viên bên khung đan.", "Lê An"),)


def test_text_around_a_picture_box_does_not_run_together() -> None:
    box = '<div align="center"><img src="a.jpg"><i>Phiên chợ</i></div>'
    record = article(page(body=f"{PARAGRAPHS[0]}{box}{PARAGRAPHS[1]}<br><br>{PARAGRAPHS[2]}"))
    assert record.text == TEXT


def test_a_table_of_one_cell_is_a_frame() -> None:
    frame = "<table><tr><td><p>“Nghề này nuôi cả làng.”</p><p>Cụ LÊ VĂN NGHỊ</p></td></tr></table>"
    assert article(page(body=frame + BODY)).text.split("\n")[:2] == ["“Nghề này nuôi cả làng.”", "Cụ LÊ VĂN NGHỊ"]


def test_interview_keeps_its_bold_lead() -> None:
    asked = "P.V: Thưa ông, lớp học ra đời như thế nào?"
    record = article(page(body=f"<p><b>{LEAD}</b></p><p><b>{asked}</b></p>{BODY}"))
    assert (record.lead, record.text) == (LEAD, f"{asked}\n{TEXT}")


def test_keyword_line_gives_the_tags() -> None:
    line = "<p>nan tre, Cát Sơn, làng nghề</p>"
    record = article(page(body=line + BODY + line))
    assert (record.text, record.tags) == (TEXT, ("nan tre", "Cát Sơn", "làng nghề"))


def test_section_selector_skips_the_front_page() -> None:
    crumbs = '<ol class="bc"><li><a href="/">Trang chủ</a></li><li><a href="/x">Làng nghề</a></li></ol>'
    assert article(page(over=crumbs), outlet=outlet(selectors=Selectors(section=(".bc li a",)))).section == "Làng nghề"


def test_labels_of_old_asp_pages_are_blocks_of_their_own() -> None:
    form = (
        "<html><head><title>Báo Cát Sơn</title></head><body><form><div>Thứ Hai, ngày 13/5/2024</div>"
        f'<span id="lblTitle" class="TieuDe">{TITLE}</span><br><span id="lblDate">{SHOWN}</span><br>'
        f'<span id="lblLead"><b>{LEAD}</b></span><div>{BODY}</div></form></body></html>'
    )
    record = article(form)
    assert (record.title, record.lead, record.text, record.published.text()) == (TITLE, LEAD, TEXT, AT)


def test_date_inside_the_headline() -> None:
    record = article(page(h1=f"<h1>{TITLE} <small>{SHOWN}</small></h1>"))
    assert (record.title, record.published.text()) == (TITLE, AT)


@pytest.mark.parametrize("opening", [f"({SHOWN}) - ", f"<b>{SHOWN}</b> - ", f"{SHOWN} | "])
def test_date_before_the_first_sentence(opening: str) -> None:
    record = article(page(body=f"<p>{opening}{PARAGRAPHS[0]}</p>" + BODY[BODY.index("</p>") + 4 :]))
    assert (record.published.text(), record.text) == (AT, TEXT)


def test_times_of_a_chronicle_are_no_publication() -> None:
    body = "".join(f"<p><b>0{n}:15 17/05/2024</b> - {text}</p>" for n, text in enumerate(PARAGRAPHS, 1))
    assert article(page(body=body)).published.at is None
    assert article(page(body=f"<p>08:15 ngày 17/05/2024, {PARAGRAPHS[0]}</p>{BODY}")).published.at is None


@pytest.mark.parametrize(
    "text",
    [
        "(Thứ Sáu, 17/05/2024-08:15)",
        "Fri, 17 May 2024 08:15",
        "May 17, 2024 8:15 AM",
        "Thứ Sáu, 17/05/2024, 08:15 [GMT+7] In bài này",
        "Trang chủ » Làng nghề » 08:15 | 17/05/2024",
    ],
)
def test_more_forms(text: str) -> None:
    assert article(page(under=f'<div class="date">{text}</div>')).published.text() == AT


@pytest.mark.parametrize("stated", ["2024-05-17T00:00:00Z", "2024-05-16T17:00:00Z", "2024-05-17T00:00:00+08:00"])
def test_midnight_is_a_day_in_any_zone(stated: str) -> None:
    head = f'<meta property="article:published_time" content="{stated}">'
    assert article(page(head=head, under=f"<p>{SHOWN}</p>")).published.text() == AT
    assert article(page(head=head)).published.text() == "2024-05-17"


def test_calendars_below_and_section_clocks_above_are_no_date() -> None:
    below = page().replace(
        '<div id="footer">', '<div class="lich"><span class="date">17/05/2024</span></div><div id="footer">'
    )
    assert article(below).published.at is None
    assert article(page(over='<div class="update">Cập nhật 07:28 | 17/05/2024</div>')).published.at is None


def test_jsonld_of_one_other_story_is_not_taken() -> None:
    node = '{"@type":"NewsArticle","headline":"Mưa lớn gây ngập","datePublished":"2024-05-01T01:02:03+07:00"}'
    head = f'<script type="application/ld+json">{node}</script>'
    assert article(page(head=head)).published.at is None


PAPER = outlet(selectors=Selectors(container=("div.noi-dung",)))


def test_the_outlets_rules_say_nothing_of_another_host() -> None:
    record = article(page(), "https://kho-luu-tru.example/web/bai-d12", outlet=PAPER)
    assert (record.text, record.extractor.path) == (TEXT, "selectors")


@pytest.mark.parametrize(
    "title", ["500 hộ dân Cát Sơn có nước sạch", "Công an xã cảnh báo trang web giả mạo làng nghề"]
)
def test_short_news_is_no_error_page(title: str) -> None:
    said = "<p>Nội dung nói làng nghề sắp đóng cửa là không tồn tại, nhập mã xác nhận trên trang ấy là mất tiền.</p>"
    assert article(page(title=title, h1=f"<h1>{title}</h1>", under=f"<p>{SHOWN}</p>", body=said)).title == title


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (
            "<title>x</title><h1>The domain catson.example is for sale</h1>"
            + "<p>"
            + "Buy it today. " * 6
            + "</p>" * 3,
            "error",
        ),
        ("<title>Account Suspended</title><h1>This Account has been suspended.</h1>", "error"),
        ("<title>Request Rejected</title>The requested URL was rejected. Your support ID is: 12", "challenge"),
        ("<title>Báo</title><div id='root'></div><noscript>You need to enable JavaScript.</noscript>", "no_text"),
    ],
)
def test_more_pages_that_are_no_news(markup: str, reason: str) -> None:
    assert rejected(markup, force=reason == "no_text") == reason


def test_listings_in_disguise() -> None:
    plain = "".join(
        f'<div>Chuyện làng nghề số {n} của bản tin</div><p>{LEAD}</p><a href="/{n}">Xem thêm</a>' for n in range(9)
    )
    title = "Chuyện làng nghề hôm nay trong tỉnh"
    assert rejected(f"<title>{title}</title><h1>{title}</h1>{plain}") == "section"


def test_a_list_behind_the_last_paragraph_makes_no_listing() -> None:
    links = "".join(f'<li><a href="/{n}">Tin ngắn số {n} của bản tin làng nghề cuối tuần</a></li>' for n in range(9))
    assert isinstance(run(page(body=f"{BODY}<ul>{links}</ul>")).result, Article)
    assert article(page(body=f"{BODY}<ul>{links}</ul>")).text == TEXT


def test_one_paragraph_under_a_date_line_is_an_article() -> None:
    assert article(page(under=f"<p>{SHOWN}</p>", body=f"<p>{PARAGRAPHS[0]}</p>")).text == PARAGRAPHS[0]


def test_repetition_costs_no_time() -> None:
    begin = time.process_time()
    article(page(body=f"<p>{'(' * 100_000}</p>{BODY}"))
    article(page(body="<p>nan tre, Cát Sơn, làng nghề</p>" * 3_000 + BODY))
    assert time.process_time() - begin < 8


@pytest.mark.parametrize("markup", ["<div class='z1'>{}</div>", "<p>{}</p>", "<div><span>{}</span></div>"])
def test_line_right_over_the_headline_is_the_kicker(markup: str) -> None:
    kicker = "Giữ nghề bên sông"
    wrapped = f"<h1>{TITLE}</h1>"
    assert article(page(over=markup.format(kicker), h1=wrapped)).kicker == kicker
    crumbs = '<div class="z2"><a href="/">Trang chủ</a> <a href="/doi-song">Đời sống</a></div>'
    assert article(page(over=crumbs + markup.format(kicker), h1=wrapped)).kicker == kicker


@pytest.mark.parametrize(
    "line",
    [
        "Thứ Sáu, 17/05/2024",
        "Đời sống",
        "Minh Khuê",
        "Báo Cát Sơn điện tử",
        "Emagazine",
        "Trang chủ / Đời sống",
        "Nghe bài viết",
        "1.024 lượt xem",
        "Cơ quan của Đảng bộ xã",
        "<a href='/doi-song/lang-nghe'>Làng nghề quê tôi</a>",
    ],
)
def test_lines_over_the_headline_that_are_no_kicker(line: str) -> None:
    menu = "<ul><li><a href='/doi-song'>Đời sống</a></li></ul>"
    slogan = "<p>Cơ quan của Đảng bộ xã</p>"
    head = '<meta property="og:site_name" content="Báo Cát Sơn">'
    assert article(page(head=head, outside=menu + slogan, over=f"<div class='z3'>{line}</div>")).kicker is None


@pytest.mark.parametrize("home", ["Trang nhất", "Trang chủ", "Home"])
def test_section_is_the_last_crumb_that_is_not_home(home: str) -> None:
    over = f'<div class="z4"><a href="/">{home}</a> <a href="/xa-hoi">Xã hội</a></div>'
    assert article(page(over=over)).section == "Xã hội"
    over = f'<div class="z4"><a href="/">{home}</a> › <a href="/xa-hoi">Xã hội</a> › <a href="/x">Làng nghề</a></div>'
    assert article(page(over=over)).section == "Làng nghề"
    assert article(page(over=f'<div class="z4"><a href="/">{home}</a></div>')).section is None


KHMER = "ព្រឹកនេះ អ្នកភូមិបានជួបជុំគ្នានៅសាលារៀនដើម្បីរៀនត្បាញកន្ទេល និងធ្វើសំណាញ់សម្រាប់រដូវទឹកឡើង។ "


@pytest.mark.parametrize(
    ("words", "language"),
    [
        (KHMER, "km"),
        ("今天早上村民们在学校里聚集学习编织手工艺品并准备迎接雨季的到来大家都非常高兴孩子们也来帮忙" * 2, "zh"),
        ("ໃນຕອນເຊົ້າຂອງມື້ນີ້ຊາວບ້ານໄດ້ມາເຕົ້າໂຮມກັນຢູ່ໂຮງຮຽນເພື່ອຮຽນຈັກສານແລະກຽມຮັບລະດູຝົນ " * 2, "lo"),
        ("Сегодня утром жители деревни собрались в школе, чтобы учиться плести корзины из бамбука. " * 2, "ru"),
        ("The class opens again in the village and the old masters of weaving teach every evening. " * 2, "en"),
        ("Les artisans du village ouvrent une classe pour les jeunes et le maire est dans la salle. " * 2, "fr"),
        ("Lang nghe Cat Son mo lop dan lat mien phi cho thanh nien trong xa, ai cung den hoc rat dong vui. " * 2, None),
    ],
)
def test_language_is_told_by_script_and_words_whatever_the_template_says(words: str, language: str | None) -> None:
    title = words[:60]
    record = article(page(title=title, h1=f"<h1>{title}</h1>", body=f"<p>{words}</p><p>{words * 2}</p>"))
    assert record.language == language


def test_a_vietnamese_text_with_foreign_words_is_vietnamese() -> None:
    quoted = "<p>Bài hát “The house of the rising sun and the river” vang lên giữa sân. ប្រជាជន</p>"
    assert article(page(body=BODY + quoted)).language == "vi"


def test_a_card_with_a_short_headline_is_no_paragraph_of_a_photo_story() -> None:
    paragraphs = (
        "Bà con xã Cát Sơn gặt lúa từ sáng sớm, gùi từng bó thóc xuống chân đồi trước khi trời đổ mưa chiều.",
        "Vụ này trời ít gió, mỗi nhà được chừng hai chục bao, đủ ăn tới giáp hạt mà không phải vay thêm của ai.",
    )
    headlines = ("Gạo nếp Cát Sơn lên kệ phố thị", "Tin vắn cuối tuần", "Đội múa bản Vàng vào hội")
    summary = "Một đoạn tóm tắt khá dài của bài khác, nói về chuyện chẳng liên quan gì tới mùa gặt trên đồi Cát Sơn."
    cards = "".join(
        f'<div class="o"><a href="/a-{n}"><b>{h}</b></a><p>{summary} {n}</p></div>' for n, h in enumerate(headlines)
    )
    body = f'<div class="x">{"".join(f"<p>{text}</p>" for text in paragraphs)}<p>Ảnh: Vàng A Lử</p></div>{cards}'
    record = article(page(body=body))
    assert record.text == "\n".join(paragraphs)
