"""Feeds as the families write them: RSS 2.0, RSS 1.0 (RDF), Atom, JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from corpus.clock import HANOI, stamp
from samples.edition import Edition, Shown
from samples.markup.family import FeedStyle, absolute, esc, in_section
from samples.press import SampleArticle, Section

ArticlePath = Callable[[SampleArticle, datetime], str]

_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "rdf": "text/xml; charset=utf-8",  # as old systems send it
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


def feed(edition: Edition, section: Section | None, article_path: ArticlePath, style: FeedStyle) -> tuple[str, str]:
    """Content type and body of the feed of a section or of the whole paper (None), newest first."""
    make = {"rss": _rss, "rdf": _rdf, "atom": _atom, "json": _json}[style.form]
    return _TYPES[style.form], make(edition, section, article_path, style)


def _name(edition: Edition, section: Section | None) -> str:
    return edition.paper.name if section is None else f"{section.name} - {edition.paper.name}"


def _rss(edition: Edition, section: Section | None, article_path: ArticlePath, style: FeedStyle) -> str:
    name = _name(edition, section)
    items = "\n".join(_item(edition, shown, article_path, style) for shown in in_section(edition, section))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{esc(name)}</title>\n<link>{absolute(edition.paper, '/')}</link>\n"
        f"<description>{esc(name)}</description>\n<language>vi-vn</language>\n{items}\n</channel></rss>\n"
    )


def _item(edition: Edition, shown: Shown, article_path: ArticlePath, style: FeedStyle) -> str:
    article = shown.article
    link = esc(absolute(edition.paper, article_path(article, shown.published)))
    title, words = esc(article.title), esc(article.lead)
    if style.cdata:
        title = f"<![CDATA[{article.title}]]>"
        words = f'<![CDATA[<a href="{link}"><img src="{absolute(edition.paper, "/anh/nho.jpg")}"></a>{article.lead}]]>'
    date = f"<pubDate>{format_datetime(shown.published.astimezone(HANOI))}</pubDate>" if style.dates else ""
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{words}</description>{date}</item>"
    )


def _rdf(edition: Edition, section: Section | None, article_path: ArticlePath, style: FeedStyle) -> str:
    name, articles = _name(edition, section), in_section(edition, section)
    links = [esc(absolute(edition.paper, article_path(shown.article, shown.published))) for shown in articles]
    order = "".join(f'<rdf:li rdf:resource="{link}"/>' for link in links)
    items = "\n".join(
        f'<item rdf:about="{link}"><title>{esc(shown.article.title)}</title><link>{link}</link>'
        f"<description>{esc(shown.article.lead)}</description><dc:date>{stamp(shown.published)}</dc:date></item>"
        for link, shown in zip(links, articles, strict=True)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="{absolute(edition.paper, "/")}"><title>{esc(name)}</title>'
        f"<link>{absolute(edition.paper, '/')}</link><description>{esc(name)}</description>"
        f"<items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{items}\n</rdf:RDF>\n"
    )


def _atom(edition: Edition, section: Section | None, article_path: ArticlePath, style: FeedStyle) -> str:
    home = absolute(edition.paper, "/")
    entries = "\n".join(_entry(edition, shown, article_path) for shown in in_section(edition, section))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="vi">\n'
        f"<title>{esc(_name(edition, section))}</title><id>{home}</id><updated>{stamp(edition.changed_at())}</updated>"
        f'<link rel="alternate" href="{home}"/>\n{entries}\n</feed>\n'
    )


def _entry(edition: Edition, shown: Shown, article_path: ArticlePath) -> str:
    link = esc(absolute(edition.paper, article_path(shown.article, shown.published)))
    return (
        f'<entry><title type="html">{esc(esc(shown.article.title))}</title><id>tag:{edition.paper.host},2026:'
        f'{shown.article.number}</id><link rel="alternate" type="text/html" href="{link}"/>'
        f"<published>{stamp(shown.published)}</published><updated>{stamp(shown.modified)}</updated>"
        f'<summary type="text">{esc(shown.article.lead)}</summary></entry>'
    )


def _json(edition: Edition, section: Section | None, article_path: ArticlePath, style: FeedStyle) -> str:
    items = [
        {
            "id": str(shown.article.number),
            "url": absolute(edition.paper, article_path(shown.article, shown.published)),
            "title": shown.article.title,
            "summary": shown.article.lead,
            "date_published": stamp(shown.published),
        }
        for shown in in_section(edition, section)
    ]
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _name(edition, section),
        "home_page_url": absolute(edition.paper, "/"),
        "items": items,
    }
    return json.dumps(value, ensure_ascii=False)
