"""Family `htm`: `/<slug>-<id>.htm`, `h1.pTitle`, `p.pHead`, `#dcontent`; further pages of lists at `/trang-<n>.htm`.

JSON-LD writes the local clock as if it were UTC. A plain sitemap of all articles, and RSS.
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
    FeedStyle,
    Validator,
    absolute,
    clock_text,
    esc,
    joined,
    others,
    written,
)
from samples.markup.parts import Form, amid, dateline_of, links, pieces, section_links, section_name, word_list
from samples.markup.sitemaps import urlset, xml
from samples.markup.widgets import poll, read_more
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<p class="pBody">{}</p>',
    subheading='<p class="pSubTitle">{}</p>',
    question='<p class="pInterTitle"><strong>{}</strong></p>',
    quote='<div class="pQuote"><p>{}</p></div>',
    picture='<div class="b-image"><img src="{src}" alt="{alt}"><p class="pCaption">{}</p></div>',
)


class Htm(Family):
    """Markup of the family `htm`."""

    validators: frozenset[Validator] = frozenset({"etag", "last-modified"})
    feed_style = FeedStyle(cdata=True)
    per_page = 4

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-<id>.htm`; a no-break space of the title has got into some slugs."""
        slug = article.slug.replace("-", "-nbsp-", 1) if article.number % 6 == 0 else article.slug
        return f"/{slug}-{265300 + 4 * article.number}.htm"

    def section_path(self, section: Section) -> str:
        """`/<section>`."""
        return f"/{section.slug}"

    def page_path(self, section: Section | None, page: int) -> str:
        """`/<section>/trang-<n>.htm`, which looks like an article's address; `/trang-<n>.htm` for the front page."""
        path = super().page_path(section, page)
        return path if page == 1 else f"{path.rstrip('/')}/trang-{page}.htm"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """One for the whole paper."""
        return {"/rss/home.rss": None}

    def lists(self, paper: Paper, section: Section) -> frozenset[str]:
        """Besides pages and feed, the sitemap."""
        return super().lists(paper, section) | {"/sitemap.xml"}

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The sitemap, the printed paper and the page of videos."""
        made: dict[str, Callable[[], Document | str]] = {
            absolute(edition.paper, "/sitemap.xml"): lambda: xml(urlset(edition, self.article_path))
        }
        for lure in self.lures(edition.paper):
            made[absolute(edition.paper, lure)] = partial(self._shelf, edition, lure)
        return made

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper, and videos under an article's address."""
        return frozenset({"/bao-in/so-9114-88001.htm", "/truyen-hinh-trung-giang-ngay-20-11-265001.htm"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page; every third is made with the template for long articles."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        tucked = read_more(self, edition, shown, "in-text") if odd == 1 else ""
        body = pieces(
            _FORM, article, f"https://{paper.host}/media/img/news/{clock_text(shown.published, '%y%m')}/", tucked
        )
        if odd == 2:
            body = amid(body, 2, poll("survey-inline"))
        title, lead = written(article.title, article.quirks), written(article.lead, article.quirks)
        date = clock_text(shown.published, "{weekday}, %d/%m/%Y %H:%M")
        kicker = f'<p class="pSuperTitle">{esc(article.kicker)}</p>' if article.kicker else ""
        if odd == 0:
            top = f"""<div class="lf-cover"><div class="lf-inner">{kicker}<h1 class="lf-title">{title}</h1>
<div class="lf-time">{date}</div><p class="lf-lead">{dateline_of(paper, article)}{lead}</p></div></div>"""
        else:
            top = f"""{kicker}<h1 class="pTitle">{title}</h1><div class="date_news">{date}</div>
<p class="pHead">{dateline_of(paper, article)}{lead}</p>"""
        tags = joined(f'<a href="/tags/{place}.htm">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        category = absolute(paper, f"/{article.section}")
        main = f"""<div class="breadcrumb"><a href="{category}">{section_name(paper, article)}</a></div>
<div class="article-detail">{top}
<div id="dcontent">
{joined(body)}
<p class="pAuthor">{esc(article.byline)}</p>
<div class="relate-in"><ul>{self._rows(edition, others(edition, shown, 2), "li")}</ul></div>
</div>
<div class="tag-news">{tags}</div></div>
<div class="same-cat">{self._rows(edition, others(edition, shown, 6), "div")}</div>"""
        return self._page(edition, article.title, _head(paper, shown), main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A page of a list, with a link to the next."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        following = (
            f'<a class="next" rel="next" href="{self.page_path(section, page + 1)}">Trang sau</a>'
            if page < self.page_count(edition, section)
            else ""
        )
        shelves = joined(f'<h3><a href="{lure}">Báo in và truyền hình</a></h3>' for lure in sorted(self.lures(paper)))
        rows = self._rows(edition, self.on_page(edition, section, page), "div")
        head = '<link rel="alternate" type="application/rss+xml" title="RSS" href="/rss/home.rss">'
        return self._page(
            edition, name, head, f'<div class="list-news">{rows}</div>{following}<div class="box-media">{shelves}</div>'
        )

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="note"><h1>{esc(title)}</h1><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """The sitemap is named; the search is closed."""
        return f"User-agent: *\nDisallow: /search.htm\nDisallow: /print/\nSitemap: {absolute(paper, '/sitemap.xml')}\n"

    def _shelf(self, edition: Edition, lure: str) -> str:
        if lure.startswith("/bao-in/"):
            pages = joined(f'<li><a href="/bao-in/9114/{n}.jpg">Trang {n}</a></li>' for n in range(1, 5))
            main = f'<div class="article-detail"><h1 class="pTitle">Báo in số 9114</h1><div id="dcontent"><ul>{pages}</ul></div></div>'
            return self._page(edition, "Báo in số 9114", "", main)
        rows = self._rows(edition, edition.listed()[:4], "div")
        main = f'<div class="article-detail"><h1 class="pTitle">Truyền hình Trung Giang</h1><div class="date_news">20/11/2026</div>{rows}</div>'
        return self._page(edition, "Truyền hình", '<meta property="og:type" content="article">', main)

    def _rows(self, edition: Edition, articles: tuple[Shown, ...], tag: str) -> str:
        row = f'<{tag} class="item"><a href="{{url}}" title="{{title}}"><img src="{{src}}" alt=""></a><h3><a href="{{url}}">{{title}}</a></h3></{tag}>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        menu = word_list(paper.menu, '<li><a href="/chu-de/">{}</a></li>')
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{esc(title)}</title>
{head}
</head><body>
<div class="hd"><a class="logo" href="/">{esc(paper.name)}</a><ul class="nav">{section_links(self, paper)}{menu}</ul><ul class="tin-nhanh">{word_list(paper.ticker)}</ul></div>
<div class="wrap">
{main}
</div>
<div class="ft"><p>{esc(paper.licence)}</p></div>
</body></html>
"""


def _head(paper: Paper, shown: Shown) -> str:
    article = shown.article
    record = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": esc(article.title),
        "description": esc(article.lead),
        "datePublished": clock_text(shown.published, "%Y-%m-%dT%H:%M:%SZ"),  # the local clock, called UTC
        "dateModified": clock_text(shown.modified, "%Y-%m-%dT%H:%M:%SZ"),
        "author": {"@type": "Person", "name": paper.name},
    }
    return f"""<meta property="og:title" content="{esc(article.title)}"><meta name="description" content="{esc(article.lead)}">
<link rel="canonical" href="{absolute(paper, Htm().article_path(article, shown.published))}">
<script type="application/ld+json">{json.dumps(record, ensure_ascii=False)}</script>"""
