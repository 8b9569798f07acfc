"""RSS 2.0 as the families write it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from corpus.clock import HANOI
from samples.edition import Edition, Shown
from samples.markup.family import absolute, esc, in_section
from samples.press import SampleArticle, Section

ArticlePath = Callable[[SampleArticle, datetime], str]


def rss(edition: Edition, section: Section | None, article_path: ArticlePath, *, cdata: bool, dates: bool) -> str:
    """A feed of a section or of the whole paper (None), newest first.

    `cdata` wraps titles and descriptions, with a picture before the words; `dates` false leaves pubDate out.
    """
    paper = edition.paper
    name = paper.name if section is None else f"{section.name} - {paper.name}"
    items = "\n".join(
        _item(edition, shown, article_path, cdata=cdata, dates=dates) for shown in in_section(edition, section)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>\n'
        f"<title>{esc(name)}</title>\n<link>{absolute(paper, '/')}</link>\n"
        f"<description>{esc(name)}</description>\n<language>vi-vn</language>\n{items}\n</channel></rss>\n"
    )


def _item(edition: Edition, shown: Shown, article_path: ArticlePath, *, cdata: bool, dates: bool) -> str:
    article = shown.article
    link = absolute(edition.paper, article_path(article, shown.published))
    title, words = esc(article.title), esc(article.lead)
    if cdata:
        title = f"<![CDATA[{article.title}]]>"
        words = f'<![CDATA[<a href="{link}"><img src="{absolute(edition.paper, "/anh/nho.jpg")}"></a>{article.lead}]]>'
    date = f"<pubDate>{format_datetime(shown.published.astimezone(HANOI))}</pubDate>" if dates else ""
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{words}</description>{date}</item>"
    )
