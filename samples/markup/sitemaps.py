"""Sitemaps as the families write them: lists of addresses, indexes, news sitemaps, packed ones."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from datetime import datetime

from corpus.clock import stamp
from samples.edition import Edition, Shown
from samples.markup.family import Document, absolute, clock_text, esc, in_section
from samples.press import SampleArticle

ArticlePath = Callable[[SampleArticle, datetime], str]

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def xml(body: str) -> Document:
    """An XML document."""
    return Document("application/xml; charset=utf-8", body.encode())


def packed(body: str) -> Document:
    """A document packed as a file: its type says gzip, and no Content-Encoding undoes it."""
    return Document("application/x-gzip", gzip.compress(body.encode(), mtime=0))


def urlset(edition: Edition, article_path: ArticlePath, articles: Iterable[Shown] | None = None) -> str:
    """The addresses of articles (None: of all that are listed), oldest first, each with its last change."""
    listed = edition.listed() if articles is None else articles
    rows = "\n".join(
        f"<url><loc>{esc(absolute(edition.paper, article_path(shown.article, shown.published)))}</loc>"
        f"<lastmod>{stamp(shown.modified)}</lastmod><changefreq>daily</changefreq></url>"
        for shown in sorted(listed, key=lambda shown: shown.published)
    )
    return f"{_HEAD}<urlset {_SPACE}>\n{rows}\n</urlset>\n"


def news(edition: Edition, article_path: ArticlePath) -> str:
    """A news sitemap: addresses with title and time of publication."""
    rows = "\n".join(
        f"<url><loc>{esc(absolute(edition.paper, article_path(shown.article, shown.published)))}</loc><news:news>"
        f"<news:publication><news:name>{esc(edition.paper.name)}</news:name><news:language>vi</news:language>"
        f"</news:publication><news:publication_date>{stamp(shown.published)}</news:publication_date>"
        f"<news:title>{esc(shown.article.title)}</news:title></news:news></url>"
        for shown in in_section(edition, None)
    )
    return f"{_HEAD}<urlset {_SPACE} {_NEWS}>\n{rows}\n</urlset>\n"


def index(children: Iterable[tuple[str, datetime]]) -> str:
    """A sitemap index: addresses of sitemaps, each with its last change."""
    rows = "\n".join(
        f"<sitemap><loc>{esc(url)}</loc><lastmod>{stamp(changed)}</lastmod></sitemap>" for url, changed in children
    )
    return f"{_HEAD}<sitemapindex {_SPACE}>\n{rows}\n</sitemapindex>\n"


def by_month(edition: Edition) -> dict[str, tuple[Shown, ...]]:
    """The listed articles by month of publication (`2026-11`), newest month first."""
    months: dict[str, list[Shown]] = {}
    for shown in edition.listed():
        months.setdefault(clock_text(shown.published, "%Y-%m"), []).append(shown)
    return {month: tuple(articles) for month, articles in months.items()}
