import gzip
import html as entities
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from lxml import html

from corpus.clock import HANOI
from samples.edition import Edition, Shown, edition
from samples.markup.families import family_of
from samples.markup.family import Document, clock_text, earlier, others, written
from samples.press import CORE, FamilyName, Paper, SampleArticle, load_press
from samples.schedule import Timeline, plan
from samples.site import article_url, list_paths, reply_to

PRESS = load_press()
NOW = datetime(2026, 11, 20, 8, 30, 41, tzinfo=HANOI)
TIMELINE = Timeline(plan(PRESS, 90), NOW - timedelta(seconds=95), NOW - timedelta(seconds=95))
EDITIONS = {paper.slug: edition(PRESS, TIMELINE, paper, NOW) for paper in PRESS.papers}
each_paper = pytest.mark.parametrize("paper", PRESS.papers, ids=lambda paper: paper.slug)

FORMS: dict[FamilyName, str] = {
    "zce": r"/[a-z0-9-]+-post\d+\.html",
    "1cdn": r"/[a-z0-9-]+-\d{8}\.html",
    "content-detail": r"/[a-z0-9-]+-\d{7}\.html",
    "dataimages": r"/[a-z-]+/202611/[a-z0-9-]+-[0-9a-f]{7}/",
    "spa-json": r"/(tin-bai|phong-su)/[a-z-]+/[a-z0-9-]+",
    "a-id": r"/(?:[a-z-]+/)?[a-z0-9-]+-a\d{5}\.html",
    "bbg": r"/[a-z0-9-]+?(-postid\d{6})?\.bbg",
    "htm": r"/(?:[a-z-]+/)?[a-z0-9-]+-\d{5,6}\.htm",
    "newsimg": r"/\d+/\d+/[A-Z][a-z0-9_]+\.aspx",
    "upload-news": r"/tin-tuc/\d{3}/\d{6}/[a-z0-9-]+",
    "uploads-image": r"/[a-z-]+/[a-z0-9-]+-\d{5}\.html",
    "aspnet": r"/viewer\.aspx\?macm=\d+&macmp=\d+&mabb=\d{6}",
    "a-fck": r"/(?:khmer/)?[a-z0-9-]{1,100}-a\d{6}\.html",
}
CLOCKS: dict[FamilyName, str] = {
    "dataimages": "Thứ Sáu, 20/11/2026 08:30:41 (GMT+7)",
    "bbg": "Thời gian: 20/11/2026 08:30:41 (GMT+7)",
    "newsimg": "Thứ Sáu, 20/11/2026 08:30:41",
    "aspnet": "Thứ Sáu, ngày 20/11/2026 08:30",
}
DATES: dict[FamilyName, str] = {
    "zce": "%d/%m/%Y %H:%M",
    "1cdn": "%d/%m/%Y %H:%M",
    "content-detail": "{weekday}, %d/%m/%Y, %H:%M [GMT+7]",
    "dataimages": "Cập nhật: %H:%M, %d/%m/%Y (GMT+7)",
    "a-id": "%H:%M | %d/%m/%Y",
    "bbg": "Cập nhật: %H:%M|%d/%m/%Y",
    "htm": "{weekday}, %d/%m/%Y %H:%M",
    "newsimg": "Cập nhật: {weekday}, %d/%m/%Y | %I:%M:%S %p",
    "upload-news": "%H:%M ngày %d-%m-%Y",
    "uploads-image": "Cập nhật lúc %H:%M, {weekday}, %d/%m/%Y (GMT+7)",
    "aspnet": "%H:%M', %d/%m/%Y (GMT+7)",
    "a-fck": "%d/%m/%Y - %H:%M",
}


class Balance(HTMLParser):
    """Notes every tag that is closed wrongly or never."""

    VOID = frozenset({"area", "base", "br", "hr", "img", "input", "link", "meta", "source"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.wrong.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def page_of(current: Edition, shown: Shown) -> str:
    return family_of(current.paper).article_page(current, shown)


def text_of(markup: str) -> str:
    markup = re.sub(r"<(script|style).*?</\1>", "", markup, flags=re.DOTALL)
    tree = html.fromstring(re.sub(r'<span class="drop-cap">(.*?)</span>', r"\1", markup))
    return unicodedata.normalize("NFC", " ".join(" ".join(str(piece) for piece in tree.itertext()).split()))


def sentences(article: SampleArticle) -> Iterator[str]:
    for line in article.text().split("\n"):
        first, dot, rest = " ".join(line.split()).partition(". ")
        yield f"{first}{dot.strip()}"
        if rest:
            yield rest


def path_of(paper: Paper, shown: Shown) -> str:
    return article_url(paper, shown).removeprefix(f"https://{paper.host}")


def body_of(current: Edition, target: str, host: str | None = None) -> str:
    reply = reply_to(current, target, host)
    assert reply.status == 200, target
    return reply.body.decode("utf-8")


@each_paper
def test_pages_hold_each_sentence_once_and_in_order(paper: Paper):
    current = EDITIONS[paper.slug]
    for shown in current.listed():
        article = shown.article
        words = text_of(page_of(current, shown))
        assert article.title in words and article.byline in words and article.lead in words
        place = words.index(article.title)
        for sentence in sentences(article):
            assert words.count(sentence) >= 1, (article.key, sentence)
            place = words.index(sentence, place)
            if len(sentence) > 60:
                assert words.count(sentence) == 1, (article.key, sentence)
        if article.kicker:
            assert article.kicker in words
        for block in article.blocks:
            if block.kind == "picture":
                assert words.count(block.text) == (2 if paper.family in ("content-detail", "newsimg") else 1)


@each_paper
def test_pages_hold_tempting_boxes_and_furniture(paper: Paper):
    current = EDITIONS[paper.slug]
    for shown in current.listed():
        words = text_of(page_of(current, shown))
        beside = others(current, shown, 6)
        assert shown not in beside and len(beside) == 6
        assert all(other.article.title in words for other in beside)
        assert all(name in words for name in (*paper.menu, *paper.ticker, paper.licence))
        if paper.family not in ("dataimages", "aspnet"):
            assert all(tag in words for tag in shown.article.tags)


@each_paper
def test_all_pages_are_well_formed(paper: Paper):
    current, family = EDITIONS[paper.slug], family_of(paper)
    pages = [page_of(current, shown) for shown in current.listed()]
    pages += [family.list_page(current, section) for section in (None, *paper.sections)]
    pages += [body_of(current, lure) for lure in family.lures(paper)]
    pages.append(family.plain_page(current, "Không có", "Không có trang này."))
    for page in pages:
        balance = Balance()
        balance.feed(page)
        assert (balance.wrong, balance.open) == ([], []), page[:200]
        assert "{" not in re.sub(r"<(script|style).*?</\1>|\{\{ item.related_title \}\}", "", page, flags=re.DOTALL)
        for record in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page):
            assert "NewsArticle" in json.dumps(json.loads(record))


@each_paper
def test_addresses_are_of_the_papers_family(paper: Paper):
    urls = [article_url(paper, shown) for shown in EDITIONS[paper.slug].articles]
    assert len(set(urls)) == len(urls) == (10 if paper.slug in CORE else 13)
    assert all(re.fullmatch(f"https://{re.escape(paper.host)}{FORMS[paper.family]}", url) for url in urls)


@each_paper
def test_every_article_answers_at_its_address_whatever_else_the_query_says(paper: Paper):
    current = EDITIONS[paper.slug]
    for shown in current.listed():
        path = path_of(paper, shown)
        for target in (path, f"{path}{'&' if '?' in path else '?'}utm_source=x"):
            assert shown.article.title in text_of(body_of(current, target))


@each_paper
def test_every_article_stands_on_all_lists_of_its_section(paper: Paper):
    current, family = EDITIONS[paper.slug], family_of(paper)
    for shown in current.listed():
        section = paper.section(shown.article.section)
        path = path_of(paper, shown)
        for listing in list_paths(paper, section.slug):
            kind = {"/": None, family.section_path(section): section}.get(listing, ...)
            if kind is ...:
                body = body_of(current, listing, paper.more_hosts[0][0] if listing.startswith("/api/") else None)
            else:
                body = "\n".join(
                    body_of(current, family.page_path(kind, page))
                    for page in range(1, family.page_count(current, kind) + 1)
                )
            if paper.family == "spa-json" and listing == "/":
                newest = current.listed()[:8]  # the front page has no second one
            elif paper.family == "aspnet" and listing == "/":
                newest = current.listed()[:8]  # the second page comes by post-back only
            else:
                newest = (shown,)
            mark = shown.article.slug if listing.startswith("/api/") else path.removeprefix("/")
            assert (mark in entities.unescape(body)) == (shown in newest), (listing, path)


@each_paper
def test_no_page_of_a_list_shows_more_than_eight(paper: Paper):
    current, family = EDITIONS[paper.slug], family_of(paper)
    if family.per_page is None:
        return
    assert family.per_page <= 8
    for section in (None, *paper.sections):
        count = family.page_count(current, section)
        pages = [family.on_page(current, section, page) for page in range(1, count + 1)]
        wanted = [s for s in current.listed() if section is None or s.article.section == section.slug]
        assert all(0 < len(page) <= family.per_page for page in pages)
        assert [shown for page in pages for shown in page] == wanted


@each_paper
def test_feeds_are_of_their_form_and_leave_dates_out_where_the_family_does(paper: Paper):
    current, family = EDITIONS[paper.slug], family_of(paper)
    for path, section in family.feeds(paper).items():
        reply = reply_to(current, path)
        expected = [s for s in current.listed() if section is None or s.article.section == section.slug]
        entries = feed_entries(family.feed_style.form, reply.body)
        assert [title for title, _, _ in entries] == [s.article.title for s in expected]
        assert [link for _, link, _ in entries] == [article_url(paper, s) for s in expected]
        assert all(bool(date) == family.feed_style.dates for _, _, date in entries)


ATOM = "{http://www.w3.org/2005/Atom}"


def atom_entry(entry: ElementTree.Element) -> tuple[str, str, str | None]:
    link = entry.find(f"{ATOM}link")
    assert link is not None
    title = entities.unescape(entry.findtext(f"{ATOM}title", ""))  # of type html: escaped twice
    return title, link.get("href", ""), entry.findtext(f"{ATOM}published")


def feed_entries(form: str, body: bytes) -> list[tuple[str, str, str | None]]:
    if form == "json":
        return [(item["title"], item["url"], item["date_published"]) for item in json.loads(body)["items"]]
    root = ElementTree.fromstring(body)
    if form == "atom":
        return [atom_entry(entry) for entry in root.iter(f"{ATOM}entry")]
    space = "{http://purl.org/rss/1.0/}" if form == "rdf" else ""
    date = "{http://purl.org/dc/elements/1.1/}date" if form == "rdf" else "pubDate"
    return [
        (item.findtext(f"{space}title", ""), item.findtext(f"{space}link", ""), item.findtext(date))
        for item in root.iter(f"{space}item")
    ]


def test_all_forms_of_feed_occur():
    assert {family_of(p).feed_style.form for p in PRESS.papers if family_of(p).feeds(p)} == {
        "rss",
        "rdf",
        "atom",
        "json",
    }
    without = [p.family for p in PRESS.papers if not family_of(p).feeds(p)]
    assert sorted(without) == ["a-id", "aspnet", "content-detail", "spa-json"]


def sitemap_locations(current: Edition, url: str) -> set[str]:
    made = family_of(current.paper).documents(current)[url]()
    assert isinstance(made, Document)
    body = gzip.decompress(made.body) if url.endswith(".gz") else made.body
    s = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ElementTree.fromstring(body)
    found = {str(loc.text) for loc in root.iter(f"{s}loc")}
    if root.tag == f"{s}sitemapindex":
        return {url for child in found for url in sitemap_locations(current, child)}
    return found


@each_paper
def test_sitemaps_named_in_robots_lead_to_every_article(paper: Paper):
    current = EDITIONS[paper.slug]
    for url in re.findall(r"^Sitemap: (\S+)$", family_of(paper).robots(paper), re.MULTILINE):
        assert sitemap_locations(current, url) == {article_url(paper, shown) for shown in current.listed()}


def test_five_papers_have_sitemaps():
    named = [p.family for p in PRESS.papers if "Sitemap:" in family_of(p).robots(p)]
    assert sorted(named) == ["a-id", "bbg", "htm", "spa-json", "uploads-image"]


def test_the_api_gives_what_the_empty_section_pages_do_not():
    paper = PRESS.paper("baomuongcam")
    current = EDITIONS[paper.slug]
    for section in paper.sections:
        path = family_of(paper).section_path(section)
        assert '<div id="root"></div>' in body_of(current, path)
        target = f"/api/web/article-get-news-by-category-slug?category_slug={section.slug}&limit=8"
        rows = json.loads(body_of(current, target, "api.baomuongcam.example"))["data"]["list"]
        links = {
            f"/{row['article_type_slug'] or 'tin-bai'}/{row['category_slug']}/{row['article_slug']}" for row in rows
        }
        wanted = {path_of(paper, s) for s in current.listed() if s.article.section == section.slug}
        assert links == wanted and len(rows) <= 8
        assert reply_to(current, target).status == 404  # the API is a host of its own


@each_paper
def test_dates_and_clocks_stand_where_they_should(paper: Paper):
    current, family = EDITIONS[paper.slug], family_of(paper)
    clock = CLOCKS.get(paper.family)
    for shown in current.listed():
        page = page_of(current, shown)
        words = text_of(page)
        assert (clock is None) == (not any(other in words for other in CLOCKS.values()))
        if family.dated(shown.article) is None:
            assert not re.search(clock_text(shown.published, "%d[-/]%m[-/]%Y"), words)
            assert "published" not in page and "<time" not in page
            continue
        date = clock_text(shown.published, DATES[paper.family])
        assert date in words
        if clock is not None:
            assert words.index(clock) < words.index(date)
            assert not family.validators


def test_some_pages_show_no_date_and_one_paper_shows_none():
    undated = {
        p.slug: [s.article.number for s in EDITIONS[p.slug].listed() if family_of(p).dated(s.article) is None]
        for p in PRESS.papers
    }
    assert sorted(undated.pop("baomuongcam")) == list(range(1, 14))
    assert sorted(undated.pop("baodientra")) == [4, 8, 12]
    assert not any(undated.values())


@each_paper
def test_lures_look_like_articles_and_are_none(paper: Paper):
    current, family = EDITIONS[paper.slug], family_of(paper)
    lures = family.lures(paper)
    assert bool(lures) == (paper.slug not in CORE)
    articles = {path_of(paper, shown) for shown in current.articles}
    front = entities.unescape(body_of(current, "/"))
    for lure in lures:
        assert lure not in articles and lure in front
        assert re.fullmatch(FORMS[paper.family], lure), lure
        words = text_of(body_of(current, lure))
        texts = [line for shown in current.listed() for line in shown.article.text().split("\n") if len(line) > 60]
        assert not any(line in words for line in texts)


def test_the_khmer_edition_stands_apart():
    paper = PRESS.paper("baorachsau")
    current = EDITIONS[paper.slug]
    assert "/khmer/detail-a177897.html" in body_of(current, "/khmer/")
    words = text_of(body_of(current, "/khmer/detail-a177897.html"))
    assert len(re.findall(r"[\u1780-\u17ff]", words)) > 60


ODDITIES: dict[FamilyName, tuple[str, str, str]] = {
    "zce": ("longform-body", 'class="zce-suggest"', 'class="interact-box"'),
    "1cdn": ('class="l-flow"', 'class="c-voice"', 'class="drop-cap"'),
    "content-detail": ('class="long-read"', 'class="name-large"', "trên Zalo"),
    "dataimages": ('class="moi-quang-cao"', 'id="content-main"', 'class="widget-weather"'),
    "spa-json": ('class="tiptap-view"', 'class="vote-card"', 'class="ref-inline"'),
    "a-id": ('class="inpage-slot"', 'class="tts-box"', "lead-in"),
    "bbg": ("news-details__body-v2", 'class="end-note"', 'class="ref-news"'),
    "htm": ('class="lf-title"', 'class="in-text"', 'class="survey-inline"'),
    "newsimg": ('class="pasted"', 'class="tienich"', "trên Zalo"),
    "upload-news": ('class="chen-giua"', 'class="docbao"', 'class="noidung-bai"'),
    "uploads-image": ('class="doc-them"', 'class="WordSection1"', 'class="qc-cuoi-bai"'),
    "aspnet": ('id="divNoiDungBai"', 'class="xemthem"', "trên Zalo"),
    "a-fck": ('class="fck-long"', 'class="voice-reader"', 'class="tham-do"'),
}
"""What tells the three oddities of a family: on pages whose number leaves 0, 1 and 2 when divided by three."""
LINKED = frozenset(
    f'class="{name}"' for name in ("zce-suggest", "ref-inline", "ref-news", "in-text", "doc-them", "xemthem")
)
"""Those that name an older article: they are missing where there is none."""


@each_paper
def test_each_page_has_one_of_three_oddities(paper: Paper):
    current = EDITIONS[paper.slug]
    for shown in current.listed():
        page = page_of(current, shown)
        for rest, mark in enumerate(ODDITIES[paper.family]):
            wanted = shown.article.number % 3 == rest and (mark not in LINKED or bool(earlier(current, shown, 1)))
            assert (mark in page) == wanted, (shown.article.key, mark)


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
