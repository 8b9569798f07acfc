"""Family `content-detail`: `/<slug>-<7 digits>.html`, `h1.name`, no metadata at all, only visible dates.

Oddities of this family: lines of a lone dot, captions that stand twice, a template's `{{ }}` left unfilled.
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
    joined,
    others,
    written,
)
from samples.markup.parts import amid
from samples.markup.widgets import follow
from samples.press import Paper, SampleArticle, Section
from samples.prose import Block


class ContentDetail(Family):
    """Markup of the family `content-detail`."""

    validators: frozenset[Validator] = frozenset({"last-modified"})

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-<7 digits>.html`."""
        return f"/{article.slug}-{3187400 + 11 * article.number}.html"

    def section_path(self, section: Section) -> str:
        """`/<Section>`, in the case that the paper uses."""
        return f"/{section.slug}"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """This paper offers none: its articles are found on its pages only."""
        return {}

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        section = paper.section(article.section)
        odd = article.number % 3
        body = [_block(paper, block, article.quirks) for block in article.blocks]
        if odd == 0:
            body = ['<div class="long-read"><div class="column">', *body, "</div></div>"]
        if odd == 2:
            body = amid(body, 1, follow(paper.name))
        title = "name-large" if odd == 1 else "name"
        tags = joined(f'<a href="/Tu-khoa/{place}">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        kicker = f'<p class="kicker">{esc(article.kicker)}</p>' if article.kicker else ""
        seen = clock_text(shown.published, "{weekday}, %d/%m/%Y, %H:%M [GMT+7]")
        main = f"""<div class="breadcrumbs"><ol class="breadcrumb"><li><a href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a></li></ol></div>
<div class="content-article"><div class="detail auto-gallery">
{kicker}<h1 class="{title}">{written(article.title, article.quirks)}</h1>
<div class="date">{seen}</div><p>.</p><p>.</p>
<div id="content-detail">
<p><strong>{written(article.lead, article.quirks)}</strong></p>
{joined(body)}
<p>{{{{ item.related_title }}}}</p>
<div class="pseudonym">{esc(article.byline)}</div>
</div>
<p>.</p><p>.</p><p>.</p>
<div class="social">Chia sẻ</div><div class="print_page"><a href="/print/{article.number}">In trang</a></div>
<div class="topics">Từ khóa: {tags}</div>
<div class="relates"><h3>Tin liên quan</h3>{self._cards(edition, others(edition, shown, 3))}</div>
</div></div>
<div class="block-news-list"><h3>Tin cùng chuyên mục</h3>{self._cards(edition, others(edition, shown, 6))}</div>
<div class="comment"><h3>Ý kiến bạn đọc</h3><form><input placeholder="Tên bạn"><textarea></textarea></form></div>"""
        return self._page(edition, f"{article.title} - {paper.name}", main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A section or the front page: `article.card`."""
        name = edition.paper.name if section is None else section.name
        cards = self._cards(edition, self.on_page(edition, section, page))
        return self._page(edition, name, f'<h2 class="cat">{esc(name)}</h2>{cards}')

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, f'<div class="note"><h2>{esc(title)}</h2><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """Printing is closed to all."""
        return "User-agent: *\nDisallow: /print/\n"

    def _cards(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        return joined(self._card(edition.paper, shown) for shown in articles)

    def _card(self, paper: Paper, shown: Shown) -> str:
        article = shown.article
        url = absolute(paper, self.article_path(article, shown.published))
        return f"""<article class="card"><a href="{url}"><img src="{_image(paper, shown.published)}" alt=""></a>
<div class="card-content"><h3 class="card-title"><a href="{url}">{esc(article.title)}</a></h3><p>{esc(article.lead)}</p></div></article>"""

    def _page(self, edition: Edition, title: str, main: str) -> str:
        paper = edition.paper
        sections = joined(
            f'<li><a href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a></li>'
            for section in paper.sections
        )
        menu = joined(f'<li><a href="/Chuyen-de/{place}">{esc(name)}</a></li>' for place, name in enumerate(paper.menu))
        ticker = joined(f"<li>{esc(words)}</li>" for words in paper.ticker)
        return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8" /><title>{esc(title)}</title></head><body>
<div class="top"><a href="{absolute(paper, "/")}">{esc(paper.name)}</a><ul class="nav">{sections}{menu}</ul></div>
<div class="container">
{main}
</div>
<div class="sidebar"><h3>Trên báo in</h3><ul>{ticker}</ul></div>
<div class="footer"><p>{esc(paper.licence)}</p></div>
</body></html>
"""


def _block(paper: Paper, block: Block, quirks: frozenset[str]) -> str:
    text = written(block.text, quirks)
    if block.kind == "picture":
        caption = f"{block.text}{credit_label(block.credit)}"
        # The caption stands twice: the system copies the picture's title beneath it, and the editor wrote it again.
        return (
            f'<table class="image"><tr><td><img src="https://media.{paper.host}/upload/image/medium/anh.jpg" '
            f'alt="{esc(caption)}" title="{esc(caption)}"></td></tr><tr><td class="caption">{written(caption, quirks)}'
            f'</td></tr></table>\n<p class="caption">{written(caption, quirks)}</p>'
        )
    if block.kind == "list":
        return "<ul>" + joined(f"<li>{written(item, quirks)}</li>" for item in block.items) + "</ul>"
    if block.kind in ("subheading", "question"):
        return f"<p><strong>{text}</strong></p>"
    if block.kind == "quote":
        return f'<div class="quote"><p><em>{text}</em></p></div>'
    return f"<p>{text}</p>"


def _image(paper: Paper, published: datetime) -> str:
    return f"https://media.{paper.host}/upload/image/{clock_text(published, '%Y%m')}/medium/anh.jpg"
