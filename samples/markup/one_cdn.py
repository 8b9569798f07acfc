"""Family `1cdn`: `/<slug>-<8 digits>.html`, `sc-longform-header-*`, JSON-LD in an array, boxes `c-box`."""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from corpus.clock import stamp
from samples.edition import Edition, Shown
from samples.markup.family import (
    Family,
    FeedStyle,
    Validator,
    absolute,
    clock_text,
    credit_label,
    esc,
    hex_of,
    joined,
    others,
    written,
)
from samples.markup.widgets import audio
from samples.press import Paper, SampleArticle, Section
from samples.prose import Block


class OneCdn(Family):
    """Markup of the family `1cdn`."""

    validators: frozenset[Validator] = frozenset({"etag"})
    feed_style = FeedStyle(dates=False)

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-<8 digits>.html`."""
        return f"/{article.slug}-{10455200 + 13 * article.number}.html"

    def section_path(self, section: Section) -> str:
        """`/<section>`, without a slash at the end."""
        return f"/{section.slug}"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """`/rss/home` and `/rss/<section>`, without a suffix."""
        return {"/rss/home": None, **{f"/rss/{section.slug}": section for section in paper.sections}}

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page: no visible author but the block at the end, a related table inside the body."""
        paper, article = edition.paper, shown.article
        section = paper.section(article.section)
        url = absolute(paper, self.article_path(article, shown.published))
        odd = article.number % 3
        body = [_block(block, article.quirks) for block in article.blocks]
        if odd == 0:
            body = ['<div class="l-flow"><div class="l-flow__inner">', *body, "</div></div>"]
        if odd == 1:
            body = [audio("c-voice"), *body]
        if odd == 2:
            body[0] = re.sub(r"<p>(\w[\u0300-\u036f]*)", r'<p><span class="drop-cap">\1</span>', body[0], count=1)
        tags = joined(f'<a class="tag" href="/tag/{place}">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        kicker = f'<div class="sc-longform-header-sub">{esc(article.kicker)}</div>' if article.kicker else ""
        main = f"""<div class="c-breadcrumb"><a href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a></div>
<article class="entry">
<div class="sc-longform-header"><div class="sc-longform-header-meta"><span class="sc-longform-header-cate">{esc(section.name)}</span>
<span class="sc-longform-header-date block-sc-publish-time">{clock_text(shown.published, "%d/%m/%Y %H:%M")}</span></div>
{kicker}<h1 class="sc-longform-header-title block-sc-title">{written(article.title, article.quirks)}</h1>
<p class="sc-longform-header-sapo block-sc-sapo">{written(article.lead, article.quirks)}</p>
<p class="sc-longform-header-author block-sc-author">{esc(article.byline)}</p></div>
<div class="b-maincontent"><div class="entry">
{joined(body)}
<div class="sc-related-articles"><p>TIN LIÊN QUAN</p>{self._links(edition, others(edition, shown, 2))}</div>
<div class="sc-empty-layer"></div>
</div></div>
</article>
<div class="c-tags">{tags}</div><a class="print" rel="nofollow" href="/print/{10455200 + 13 * article.number}.html">Bản in</a>
<div class="c-box"><div class="c-box__title"><h2 class="c-box__title__name">Bài liên quan</h2></div>{self._grid(edition, others(edition, shown, 4))}</div>
<div class="c-box"><div class="c-box__title"><h2 class="c-box__title__name">Bài đọc tiếp</h2></div>{self._grid(edition, others(edition, shown, 6))}</div>
<div class="c-comment"><form action="/binh-luan"><input placeholder="Họ và tên"><textarea></textarea></form></div>"""
        return self._page(edition, article.title, _head(paper, shown, url, section), main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A section or the front page: `h3.b-grid__title`, without dates."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        feed = "/rss/home" if section is None else f"/rss/{section.slug}"
        head = f'<link rel="alternate" type="application/rss+xml" title="{esc(name)}" href="{absolute(paper, feed)}">'
        topic_page = (
            f'<a class="c-event" href="{absolute(paper, "/tieu-diem-tuan-nay-event214.html")}">Tiêu điểm tuần này</a>'
        )
        main = f"{topic_page}{self._grid(edition, self.on_page(edition, section, page))}"
        return self._page(edition, name, head, main)

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="c-note"><h2>{esc(title)}</h2><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """Printing and the back office are closed to all."""
        return "User-agent: *\nDisallow: /print/\nDisallow: /quan-tri/\n"

    def _grid(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        return joined(self._cell(edition.paper, shown) for shown in articles)

    def _cell(self, paper: Paper, shown: Shown) -> str:
        article = shown.article
        url = absolute(paper, self.article_path(article, shown.published))
        image = f"https://vhc.1cdn.example/{hex_of(article.key, 32)}.jpg"
        return f"""<div class="b-grid"><div class="b-grid__img"><a href="{url}"><img src="{image}" alt="{esc(article.title)}"></a></div>
<div class="b-grid__content"><h3 class="b-grid__title"><a href="{url}">{esc(article.title)}</a></h3><div class="b-grid__desc">{esc(article.lead)}</div></div></div>"""

    def _links(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        rows = (
            f'<tr><td><a href="{absolute(edition.paper, self.article_path(shown.article, shown.published))}">'
            f"{esc(shown.article.title)}</a></td></tr>"
            for shown in articles
        )
        return f"<table>{joined(rows)}</table>"

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        sections = joined(
            f'<li><a href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a></li>'
            for section in paper.sections
        )
        menu = joined(f'<li><a href="/chu-de/{place}">{esc(name)}</a></li>' for place, name in enumerate(paper.menu))
        ticker = joined(f"<span>{esc(words)}</span>" for words in paper.ticker)
        return f"""<!DOCTYPE html>
<html lang="vi-VN"><head><meta charset="utf-8"><title>{esc(title)}</title>
<meta property="og:site_name" content="{esc(paper.name)}">
{head}
</head><body>
<header class="c-header"><a href="{absolute(paper, "/")}" class="c-logo">{esc(paper.name)}</a><nav><ul>{sections}{menu}</ul></nav>
<div class="c-ticker">{ticker}</div></header>
<div class="l-main">
{main}
</div>
<footer class="c-footer"><p>{esc(paper.licence)}</p></footer>
</body></html>
"""


def _head(paper: Paper, shown: Shown, url: str, section: Section) -> str:
    article = shown.article
    record = [
        {
            "@context": "http://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "description": article.lead,
            "datePublished": stamp(shown.published),
            "dateModified": stamp(shown.modified),
            "articleSection": section.name,
            "author": {"@type": "Person", "name": article.authors[0] if article.authors else paper.name},
        }
    ]
    return f"""<meta name="description" content="{esc(article.lead)}"><meta name="keywords" content="{esc(", ".join(article.tags))}">
<meta property="og:title" content="{esc(article.title)}"><meta property="og:description" content="{esc(article.lead)}">
<meta property="og:url" content="{url}"><meta property="og:type" content="article">
<meta property="article:published_time" content="{stamp(shown.published)}"><meta property="article:section" content="{esc(section.name)}">
<link rel="canonical" href="{url}"><script type="application/ld+json">{json.dumps(record, ensure_ascii=False)}</script>"""


def _block(block: Block, quirks: frozenset[str]) -> str:
    text = written(block.text, quirks)
    if block.kind == "picture":
        seen = written(f"{block.text}{credit_label(block.credit)}", quirks)
        return (
            f'<figure class="image"><img src="https://vhc.1cdn.example/{hex_of(block.text, 32)}.jpg" alt="{esc(block.text)}">'
            f"<figcaption>{seen}</figcaption></figure>"
        )
    if block.kind == "list":
        return "<ul>" + joined(f"<li>{written(item, quirks)}</li>" for item in block.items) + "</ul>"
    if block.kind == "subheading":
        return f"<h2>{text}</h2>"
    if block.kind == "question":
        return f"<p><strong>{text}</strong></p>"
    if block.kind == "quote":
        return f'<blockquote class="quote"><p>{text}</p></blockquote>'
    return f"<p>{text}</p>"
