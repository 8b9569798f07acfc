import re
import unicodedata
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from lxml import html

from corpus.clock import HANOI
from samples.edition import Edition, Shown, edition
from samples.markup.families import family_of
from samples.markup.family import clock_text, others, written
from samples.press import Paper, load_press
from samples.schedule import Timeline, plan
from samples.site import article_url, list_paths, reply_to

PRESS = load_press()
NOW = datetime(2026, 11, 20, 8, 30, 41, tzinfo=HANOI)
TIMELINE = Timeline(plan(PRESS, 90), NOW - timedelta(seconds=95), NOW - timedelta(seconds=95))
EDITIONS = {paper.slug: edition(PRESS, TIMELINE, paper, NOW) for paper in PRESS.papers}
each_paper = pytest.mark.parametrize("paper", PRESS.papers, ids=lambda paper: paper.slug)


def page_of(current: Edition, shown: Shown) -> str:
    return family_of(current.paper).article_page(current, shown)


def text_of(markup: str) -> str:
    return unicodedata.normalize(
        "NFC", " ".join(" ".join(str(piece) for piece in html.fromstring(markup).itertext()).split())
    )


@each_paper
def test_pages_hold_their_article_and_tempting_boxes(paper: Paper):
    current = EDITIONS[paper.slug]
    for shown in current.listed():
        words = text_of(page_of(current, shown))
        article = shown.article
        assert article.title in words and article.byline in words
        assert all(" ".join(line.split()) in words for line in article.text().split("\n"))
        beside = others(current, shown, 6)
        assert shown not in beside and len(beside) == 6
        assert all(other.article.title in words for other in beside)
        assert all(name in words for name in (*paper.menu, *paper.ticker, paper.licence))


@each_paper
def test_addresses_are_of_the_papers_family(paper: Paper):
    form = {
        "zce": r"/[a-z0-9-]+-post\d+\.html",
        "1cdn": r"/[a-z0-9-]+-\d{8}\.html",
        "content-detail": r"/[a-z0-9-]+-\d{7}\.html",
        "dataimages": r"/[a-z-]+/202611/[a-z0-9-]+-[0-9a-f]{7}/",
    }[paper.family]
    urls = [article_url(paper, shown) for shown in EDITIONS[paper.slug].articles]
    assert len(set(urls)) == 10
    assert all(re.fullmatch(f"https://{re.escape(paper.host)}{form}", url) for url in urls)


@each_paper
def test_every_article_stands_on_all_lists_of_its_section(paper: Paper):
    current = EDITIONS[paper.slug]
    for shown in current.listed():
        path = article_url(paper, shown).removeprefix(f"https://{paper.host}")
        for listing in list_paths(paper, shown.article.section):
            assert path in reply_to(current, listing).body.decode()


@each_paper
def test_feeds_are_rss_and_leave_dates_out_where_the_family_does(paper: Paper):
    current = EDITIONS[paper.slug]
    for path, section in family_of(paper).feeds(paper).items():
        reply = reply_to(current, path)
        assert reply.content_type.startswith("application/rss+xml")
        items = ElementTree.fromstring(reply.body).findall("./channel/item")
        expected = [s for s in current.listed() if section is None or s.article.section == section.slug]
        assert [item.findtext("title") for item in items] == [s.article.title for s in expected]
        assert all((item.find("pubDate") is None) == (paper.family == "1cdn") for item in items)


def test_one_paper_has_no_feed_and_one_has_a_clock():
    assert [p.slug for p in PRESS.papers if not family_of(p).feeds(p)] == ["baothuongngan"]
    clock = "Thứ Sáu, 20/11/2026 08:30:41 (GMT+7)"
    assert [p.slug for p in PRESS.papers if clock in reply_to(EDITIONS[p.slug], "/").body.decode()] == ["baodongsen"]


def test_captions_stand_twice_in_the_family_that_doubles_them():
    current = EDITIONS["baothuongngan"]
    shown = next(s for s in current.listed() if s.article.number == 1)
    caption = next(block.text for block in shown.article.blocks if block.kind == "picture")
    assert text_of(page_of(current, shown)).count(caption) == 2


def test_dossiers_and_tags_are_lists_and_not_missing():
    for slug, path in (("baovinhhac", "/tieu-diem-tuan-nay-event214.html"), ("baosonglinh", "/chuyende/1/")):
        assert reply_to(EDITIONS[slug], path).status == 200


def test_quirks_change_letters_and_blanks_but_not_words():
    words = "Hoà giải ở cơ sở giúp <bớt> đơn thư kéo dài nhiều năm"
    plain, odd = written(words, frozenset()), written(words, frozenset({"nfd", "nbsp"}))
    assert odd != plain and "&nbsp;" in odd and "\u0300" in odd and "&lt;bớt&gt;" in plain
    assert text_of(f"<p>{odd}</p>") == words


def test_times_are_those_of_hanoi():
    assert clock_text(datetime.fromisoformat("2026-11-21T17:05:00+00:00"), "{weekday} %H:%M") == "Chủ Nhật 00:05"
