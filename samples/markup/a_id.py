"""Family `a-id`: `/<slug>-a<id>.html`, `#contentNews .singular-content`, lists by `?p=<n>`, no feed.

Paragraphs are divs within divs. A news sitemap is named in robots.txt.
"""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from samples.edition import Edition, Shown
from samples.markup.family import (
    Document,
    Family,
    Validator,
    absolute,
    clock_text,
    esc,
    joined,
    others,
    written,
)
from samples.markup.parts import Form, amid, links, pieces, section_links, section_name, signature, word_list
from samples.markup.sitemaps import news, xml
from samples.markup.widgets import advert, audio
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<div class="pbox"><div>{}</div></div>',
    subheading='<div class="pbox"><div><strong>{}</strong></div></div>',
    question='<div class="pbox"><div><b>{}</b></div></div>',
    quote='<div class="box-quote"><div>{}</div></div>',
    items='<div class="pbox"><ul>{}</ul></div>',
    picture='<div class="pbox"><div class="photo"><img src="{src}" alt="{alt}"><div class="desc">{}</div></div></div>',
)


class AId(Family):
    """Markup of the family `a-id`."""

    validators: frozenset[Validator] = frozenset({"last-modified"})
    per_page = 8
    query_keys = frozenset({"p"})

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-a<id>.html`."""
        return f"/{article.slug}-a{38200 + 3 * article.number}.html"

    def section_path(self, section: Section) -> str:
        """`/<section>/`."""
        return f"/{section.slug}/"

    def page_path(self, section: Section | None, page: int) -> str:
        """`?p=<n>` from the second page on."""
        path = super().page_path(section, page)
        return path if page == 1 else f"{path}?p={page}"

    def lists(self, paper: Paper, section: Section) -> frozenset[str]:
        """Besides the pages, the news sitemap."""
        return super().lists(paper, section) | {"/news-sitemap.xml"}

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The news sitemap, the printed paper and a page of videos."""
        made: dict[str, Callable[[], Document | str]] = {
            absolute(edition.paper, "/news-sitemap.xml"): lambda: xml(news(edition, self.article_path))
        }
        for lure in self.lures(edition.paper):
            made[absolute(edition.paper, lure)] = partial(self._shelf, edition, lure)
        return made

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper, and videos under an article's address."""
        return frozenset({"/xem-bao/so-4711-a90001.html", "/video-toan-canh-tuan-qua-a90002.html"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        body = pieces(_FORM, article, f"https://{paper.host}/image/news/{clock_text(shown.published, '%Y/%Y%m%d')}/")
        lead = f'<h2 class="singular-sapo">{written(article.lead, article.quirks)}</h2>'
        if odd == 0:
            body = amid(body, 2, advert("inpage-slot"))
        if odd == 1:
            body = [audio("tts-box"), *body]
        if odd == 2:  # the lead has moved into the text
            body = [f'<div class="pbox lead-in"><div><b>{written(article.lead, article.quirks)}</b></div></div>', *body]
            lead = ""
        tags = joined(f'<a href="/tag/{place}.html">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        kicker = f'<p class="sub-title">{esc(article.kicker)}</p>' if article.kicker else ""
        home, category = absolute(paper, "/"), absolute(paper, f"/{article.section}/")
        main = f"""<div class="breadcrumb-news-detail"><a href="{home}">Trang chủ</a> » <a href="{category}">{section_name(paper, article)}</a></div>
<div id="contentNews">
{kicker}<h1 class="title">{written(article.title, article.quirks)}</h1>
<div class="info-line"><span class="date-time">{clock_text(shown.published, "%H:%M | %d/%m/%Y")}</span><span class="views">1.024 lượt xem</span></div>
{lead}
<div class="singular-content">
{joined(body)}
<div class="related-inline"><b>Tin liên quan</b>{self._items(edition, others(edition, shown, 2))}</div>
<div class="pbox"><div style="text-align:right"><b>{signature(article.byline, "Bài, ảnh: ")}</b></div></div>
</div>
<div class="tags-box"><span>Từ khóa</span>{tags}</div>
</div>
<div class="more-news"><h3>Tin khác</h3>{self._items(edition, others(edition, shown, 6))}</div>"""
        return self._page(edition, article.title, _head(paper, shown), main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A page of a section or of the front page, with links to the other pages."""
        name = edition.paper.name if section is None else section.name
        pager = joined(
            f'<a class="page" href="{self.page_path(section, n)}">{n}</a>'
            for n in range(1, self.page_count(edition, section) + 1)
        )
        shelves = joined(
            f'<a class="news-title" href="{lure}">Xem báo, xem đài</a>' for lure in sorted(self.lures(edition.paper))
        )
        items = self._items(edition, self.on_page(edition, section, page))
        main = f'<h2 class="cate-name">{esc(name)}</h2>{items}<div class="paging">{pager}</div><div class="media">{shelves}</div>'
        return self._page(edition, name, '<meta property="og:type" content="article">', main)

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="notice"><h2>{esc(title)}</h2><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """Printing is closed; the news sitemap is named."""
        return (
            f"User-agent: *\nDisallow: /print/\nDisallow: /in-tin/\nSitemap: {absolute(paper, '/news-sitemap.xml')}\n"
        )

    def _shelf(self, edition: Edition, lure: str) -> str:
        if lure.startswith("/xem-bao/"):
            issues = joined(
                f'<li><a href="/xem-bao/so-{n}-a{85290 + n}.html">Số {n}</a></li>' for n in range(4705, 4711)
            )
            main = f'<div id="contentNews"><h1 class="title">Báo in số 4711</h1><div class="singular-content"><ul>{issues}</ul></div></div>'
            return self._page(edition, "Xem báo", "", main)
        items = self._items(edition, edition.listed()[:5])
        main = f'<div id="contentNews"><h1 class="title">Video: Toàn cảnh tuần qua</h1><div class="video-list">{items}</div></div>'
        return self._page(edition, "Video", '<meta property="og:type" content="article">', main)

    def _items(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="article-item"><a href="{url}"><img src="{src}" alt="{title}"></a><h3><a class="news-title" href="{url}">{title}</a></h3><div class="brief">{lead}</div></div>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        menu = word_list(paper.menu, '<li><a href="/chu-de/">{}</a></li>')
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{esc(title)} - {esc(paper.name)}</title>
{head}
</head><body>
<div id="header"><a href="{absolute(paper, "/")}">{esc(paper.name)}</a><ul id="menu">{section_links(self, paper)}{menu}</ul>
<marquee>{word_list(paper.ticker, "<span>{}</span>")}</marquee></div>
<div id="main">
{main}
</div>
<div id="footer"><p>{esc(paper.licence)}</p></div>
</body></html>
"""


def _head(paper: Paper, shown: Shown) -> str:
    article = shown.article
    record = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": clock_text(shown.published, "%Y-%m-%dT%H:%M:%S"),  # without a zone
        "author": {"@type": "Organization", "name": paper.name},
        "publisher": {"@type": "Organization", "name": "Công ty Phần mềm Toà Soạn Số"},
    }
    return f"""<meta property="og:type" content="article"><meta property="og:title" content="{esc(article.title)} - {esc(paper.name)}">
<meta property="og:description" content="{esc(article.lead[:120])}...">
<script type="application/ld+json">{json.dumps(record, ensure_ascii=False)}</script>"""
