"""Family `dataimages`: `/<section>/YYYYMM/<slug>-<7 hex>/`, `h1.media-heading.title5`, a clock in the header.

The date is only to be seen ("Cập nhật: 09:55, 11/10/2020 (GMT+7)"), and before it stands the page's clock.
"""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from samples.edition import Edition, Shown
from samples.markup.family import (
    Family,
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
from samples.markup.parts import amid
from samples.markup.widgets import invitation, weather
from samples.press import Paper, SampleArticle, Section
from samples.prose import Block


class DataImages(Family):
    """Markup of the family `dataimages`."""

    validators: frozenset[Validator] = frozenset()
    """None: with the clock every response has a new body, and this family's servers give no validators."""

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<section>/YYYYMM/<slug>-<7 hex>/`, with the month of publication."""
        return f"/{article.section}/{clock_text(published, '%Y%m')}/{article.slug}-{hex_of(article.key, 7)}/"

    def section_path(self, section: Section) -> str:
        """`/<section>/`."""
        return f"/{section.slug}/"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """`/<section>/index.rss`; there is none for the whole paper."""
        return {f"/{section.slug}/index.rss": section for section in paper.sections}

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        section = paper.section(article.section)
        url = absolute(paper, self.article_path(article, shown.published))
        odd = article.number % 3
        body = [_block(paper, block, article.quirks) for block in article.blocks]
        if odd == 2:
            body = amid(body, 2, weather("widget-weather"))
        if odd == 0:
            body.append(invitation("moi-quang-cao", paper.name))
        box = "content-main" if odd == 1 else "content"
        dateline = f"({esc(paper.dateline)}) - " if article.dateline and paper.dateline else ""
        kicker = f'<div class="kicker">{esc(article.kicker)}</div>' if article.kicker else ""
        seen = clock_text(shown.published, "Cập nhật: %H:%M, %d/%m/%Y (GMT+7)")
        head = f'<link rel="canonical" href="{url}"><meta property="og:title" content="{esc(article.title)}">'
        main = f"""<a class="maincatetitle" href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a>
<div class="article_content">
{kicker}<h1 class="media-heading title5">{written(article.title, article.quirks)}</h1>
<div class="date">{seen}</div><ul class="social"><li>Facebook</li><li>Zalo</li></ul>
<div id="{box}" class="content content-detail"><p><strong>{dateline}{written(article.lead, article.quirks)}</strong></p>
{joined(body)}
<p style="text-align: right;"><strong>{esc(article.byline)}</strong></p>
<p>.</p>
</div>
<div class="bd02"><h4>Các tin khác</h4>{self._links(edition, others(edition, shown, 6), "title3")}</div>
<div class="comments"><form><textarea>Nội dung bình luận</textarea></form></div>
</div>"""
        return self._page(edition, f"{article.title} - {paper.name}", head, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A section or the front page: `a.title1` for the newest, `a.title2` for the rest."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        articles = self.on_page(edition, section, page)
        head = ""
        if section is not None:
            head = f'<link rel="alternate" type="application/rss+xml" href="{absolute(paper, f"/{section.slug}/index.rss")}">'
        first, rest = self._links(edition, articles[:1], "title1"), self._links(edition, articles[1:], "title2")
        return self._page(edition, name, head, f'<h2 class="catname">{esc(name)}</h2>{first}{rest}')

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="note"><h2>{esc(title)}</h2><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """Old files and printing are closed to all."""
        return "User-agent: *\nDisallow: /in-bai/\nDisallow: /file/oldimage/\n"

    def _links(self, edition: Edition, articles: tuple[Shown, ...], css: str) -> str:
        return joined(
            f'<div class="item"><a class="{css}" href="{self.article_path(shown.article, shown.published)}">'
            f'{esc(shown.article.title)}</a><p class="desc">{esc(shown.article.lead)}</p></div>'
            for shown in articles
        )

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        sections = joined(
            f'<li><a href="{self.section_path(section)}">{esc(section.name)}</a></li>' for section in paper.sections
        )
        menu = joined(
            f'<li><a href="/chuyen-de/{place}/">{esc(name)}</a></li>' for place, name in enumerate(paper.menu)
        )
        ticker = joined(f"<li>{esc(words)}</li>" for words in paper.ticker)
        clock = clock_text(edition.now, "{weekday}, %d/%m/%Y %H:%M:%S (GMT+7)")
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><base href="{absolute(paper, "/")}"><title>{esc(title)}</title>
{head}
</head><body>
<div class="header"><span id="current-date">{clock}</span><a href="/">{esc(paper.name)}</a>
<ul class="menu">{sections}{menu}</ul><ul class="marquee">{ticker}</ul></div>
<div class="wrapper">
{main}
</div>
<div class="footer"><p>{esc(paper.licence)}</p></div>
</body></html>
"""


def _block(paper: Paper, block: Block, quirks: frozenset[str]) -> str:
    text = written(block.text, quirks)
    if block.kind == "picture":
        caption = written(f"{block.text}{credit_label(block.credit)}", quirks)
        source = f"https://{paper.host}/file/{hex_of(block.text, 32)}/anh.jpg"
        return (
            f'<table class="picture" align="center"><tbody><tr><td><img src="{source}" alt="{esc(block.text)}"></td></tr>'
            f'<tr><td class="caption">{caption}</td></tr></tbody></table>'
        )
    if block.kind == "list":
        return "<ul>" + joined(f"<li>{written(item, quirks)}</li>" for item in block.items) + "</ul>"
    if block.kind in ("subheading", "question"):
        return f"<p><strong>{text}</strong></p>"
    if block.kind == "quote":
        return f'<div class="quote"><p>{text}</p></div>'
    return f"<p>{text}</p>"
