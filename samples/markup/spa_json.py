"""System of its own `spa-json`: `/<type>/<category>/<slug>` without a number, lists drawn in the browser.

Section pages are an empty root element; what they show comes from a JSON API on a host of its own. Article pages
and the front page are rendered by the server, but the time of an article is filled in by script: only the API
tells it.
"""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from samples.edition import Edition, Shown
from samples.markup.family import (
    Dated,
    Document,
    Family,
    Validator,
    absolute,
    clock_text,
    esc,
    in_section,
    joined,
    others,
    written,
)
from samples.markup.parts import Form, amid, links, pieces, section_links, section_name, word_list
from samples.markup.sitemaps import urlset, xml
from samples.markup.widgets import poll, read_more
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    subheading="<h3>{}</h3>",
    question="<p><b>{}</b></p>",
    picture='<figure class="image"><img src="{src}" alt="{alt}"><figcaption>{}</figcaption></figure>',
)
_API = "/api/web/article-get-news-by-category-slug"
_LIMIT = 8


class SpaJson(Family):
    """Markup of the system `spa-json`."""

    validators: frozenset[Validator] = frozenset({"etag"})
    query_keys = frozenset({"category_slug", "page"})

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<type>/<category>/<slug>`."""
        return f"/{_type_of(article) or 'tin-bai'}/{article.section}/{article.slug}"

    def section_path(self, section: Section) -> str:
        """`/tin-tuc/<section>`."""
        return f"/tin-tuc/{section.slug}"

    def lists(self, paper: Paper, section: Section) -> frozenset[str]:
        """The front page, the sitemap and the API's list; the section's own page is empty."""
        return frozenset({"/", "/sitemap.xml", f"{_API}?category_slug={section.slug}&limit={_LIMIT}"})

    def dated(self, article: SampleArticle) -> Dated:
        """Never: the browser fills the time in."""
        return None

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The API's lists and its menu, the sitemap, and two pages that are no articles."""
        paper = edition.paper
        made: dict[str, Callable[[], Document | str]] = {
            absolute(paper, "/sitemap.xml"): lambda: xml(urlset(edition, self.article_path)),
            _api(paper, "/api/web/menu-get-list"): lambda: _json_of(_menu(paper)),
        }
        for section in paper.sections:
            pages = max(1, -(-len(in_section(edition, section)) // _LIMIT))
            for page in range(1, pages + 1):
                target = f"{_API}?category_slug={section.slug}" + (f"&page={page}" if page > 1 else "")
                made[_api(paper, target)] = partial(_listing, edition, section, page)
        for lure in self.lures(paper):
            made[absolute(paper, lure)] = partial(self._shelf, edition, lure)
        return made

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper and the broadcasts stand at addresses of articles."""
        return frozenset({"/tin-bai/bao-in/bao-muong-cam-so-2431", "/tin-bai/truyen-hinh/ban-tin-thoi-su-toi"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page, as the server renders it."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        tucked = read_more(self, edition, shown, "ref-inline") if odd == 2 else ""
        body = pieces(_FORM, article, f"https://media.{paper.host}/image/", tucked)
        if odd == 1:
            body = amid(body, 1, poll("vote-card"))
        category = absolute(paper, f"/tin-tuc/{article.section}")
        kicker = f'<p class="topic-name">{esc(article.kicker)}</p>' if article.kicker else ""
        tags = joined(f'<a href="/tag/{place}">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        css = "tiptap-view" if odd == 0 else "editor-content"
        head = f"""<meta property="og:type" content="article"><meta property="og:title" content="{esc(article.title)}">
<meta property="og:description" content="{esc(article.lead)}"><meta name="description" content="{esc(article.lead)}">"""
        main = f"""<div id="detail-news"><div class="crumb"><a href="/">Trang chủ</a> <a href="{category}">{section_name(paper, article)}</a></div>
{kicker}<h1 class="detail-title">{written(article.title, article.quirks)}</h1>
<div class="meta-row"><span class="time" data-filled="by-script"></span><button>Lưu bài</button></div>
<p class="detail-sapo">{written(article.lead, article.quirks)}</p>
<div class="{css}">
{joined(body)}
<p><strong>{esc(article.byline)}</strong></p>
</div>
<div class="tag-list">{tags}</div>
<div class="same-category"><h2>Cùng chuyên mục</h2>{self._cards(edition, others(edition, shown, 6))}</div></div>"""
        return self._page(edition, article.title, head, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """The front page with its newest articles; a section as the empty root that scripts fill."""
        if section is not None:
            state = json.dumps({"slug": section.slug, "list": []})
            main = (
                f'<div id="root"></div><script>window.__STATE__={state}</script><script src="/assets/main.js"></script>'
            )
            return self._page(edition, section.name, '<meta property="og:type" content="website">', main)
        newest = in_section(edition, None)[:_LIMIT]
        shelves = joined(f'<a href="{lure}">Xem tất cả</a>' for lure in sorted(self.lures(edition.paper)))
        main = f'<div class="home-grid">{self._cards(edition, newest)}</div><div class="home-media">{shelves}</div>'
        return self._page(edition, edition.paper.name, "", main)

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="empty"><h1>{esc(title)}</h1><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """The sitemap is named here; searching is closed."""
        return f"User-agent: *\nDisallow: /tim-kiem\nDisallow: /print/\n\nSitemap: {absolute(paper, '/sitemap.xml')}\n"

    def _shelf(self, edition: Edition, lure: str) -> str:
        head = '<meta property="og:type" content="article">'
        if "bao-in" in lure:
            pages = joined(f'<img src="/anh/trang-{n}.jpg" alt="Trang {n}">' for n in range(1, 9))
            main = f'<h1 class="detail-title">Báo in số 2431</h1><div class="editor-content"><p>Trang 1 - 8</p>{pages}</div>'
            return self._page(edition, "Báo in số 2431", head, main)
        main = f'<h1 class="detail-title">Bản tin thời sự tối</h1><div class="playlist">{self._cards(edition, edition.listed()[:4])}</div>'
        return self._page(edition, "Bản tin thời sự tối", head, main)

    def _cards(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="card-news"><a href="{url}"><img src="{src}" alt=""></a><a class="card-name" href="{url}">{title}</a><p>{lead}</p></div>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        menu = word_list(paper.menu, '<li><a href="/chu-de/">{}</a></li>')
        return f"""<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{esc(title)}</title>
{head}
</head><body>
<nav class="top-nav"><a href="/">{esc(paper.name)}</a><ul>{section_links(self, paper)}{menu}</ul></nav>
<div class="ticker">{word_list(paper.ticker, "<span>{}</span>")}</div>
{main}
<footer><p>{esc(paper.licence)}</p></footer>
</body></html>
"""


def _type_of(article: SampleArticle) -> str:
    """What the system calls the article's kind: nothing for half of the plain ones."""
    if article.number % 5 == 0:
        return "phong-su"
    return "tin-bai" if article.number % 2 else ""


def _api(paper: Paper, target: str) -> str:
    return f"https://{paper.more_hosts[0][0]}{target}"


def _json_of(value: Any) -> Document:
    return Document("application/json; charset=utf-8", json.dumps(value, ensure_ascii=False).encode())


def _menu(paper: Paper) -> dict[str, Any]:
    return {"status": 1, "data": {"list": [{"slug": s.slug, "name": s.name} for s in paper.sections]}}


def _listing(edition: Edition, section: Section, page: int) -> Document:
    articles = in_section(edition, section)
    rows = [
        {
            "article_title": shown.article.title,
            "article_desc": shown.article.lead,
            "article_slug": shown.article.slug,
            "category_slug": section.slug,
            "article_type_slug": _type_of(shown.article) or None,
            "published_at": clock_text(shown.published, "%Y-%m-%d %H:%M:%S"),
        }
        for shown in articles[_LIMIT * (page - 1) : _LIMIT * page]
    ]
    return _json_of({"status": 1, "data": {"total": len(articles), "page": page, "list": rows}})
