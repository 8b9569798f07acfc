"""Family `newsimg`: `/<zone>/<id>/<Words_of_the_title>.aspx`, tables, pictures on `ims.<domain>/NewsImg/`, no metadata.

The header's grid holds a clock; captions stand twice; feeds are RSS 1.0, one a zone, named by its number.
"""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from samples.edition import Edition, Shown
from samples.markup.family import (
    Document,
    Family,
    FeedStyle,
    absolute,
    clock_text,
    esc,
    joined,
    number_of,
    others,
    written,
)
from samples.markup.parts import Form, amid, links, pieces, section_name, signature, word_list
from samples.markup.widgets import follow, weather
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<p align="justify">{}</p>',
    subheading='<p align="justify"><b>{}</b></p>',
    question='<p align="justify"><b>{}</b></p>',
    quote='<table class="boxquote"><tr><td><i>{}</i></td></tr></table>',
    picture=(
        '<table border="0" width="100%"><tr><td align="center"><img src="{src}" alt="{alt}" title="{alt}"></td></tr>'
        '<tr><td align="center" class="cap">{}</td></tr></table>\n<p align="center"><i>{}</i></p>'
    ),
)


class NewsImg(Family):
    """Markup of the family `newsimg`."""

    # No validators: the clock in the header makes every page a new one.
    feed_style = FeedStyle("rdf")

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<zone>/<id>/<Words>.aspx`."""
        words = article.slug.replace("-", "_").capitalize()
        return f"/{_zone(article.section)}/{211900 + 6 * article.number}/{words}.aspx"

    def section_path(self, section: Section) -> str:
        """`/<zone>/<Section>.aspx`."""
        return f"/{_zone(section.slug)}/{section.slug.replace('-', '_').capitalize()}.aspx"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """`/rss/<zone>.rss`."""
        return {f"/rss/{_zone(section.slug)}.rss": section for section in paper.sections}

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The printed paper and the page of broadcasts."""
        return {
            absolute(edition.paper, lure): partial(self._shelf, edition, lure) for lure in self.lures(edition.paper)
        }

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper and a broadcast at addresses of articles."""
        return frozenset({"/0/4410/Bao_in_so_4410.aspx", "/31/88/Chuong_trinh_truyen_hinh.aspx"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        body = pieces(_FORM, article, f"https://ims.{paper.host}/NewsImg/{clock_text(shown.published, '%m_%Y')}/")
        if odd == 1:
            body = amid(body, 2, weather("tienich"))
        if odd == 2:
            body = amid(body, 1, follow(paper.name))
        body.append(f'<div align="right"><b>{signature(article.byline, "Tin, ảnh: ")}</b></div>')
        text = joined(body)
        if odd == 0:  # pasted from another program: the whole text in the cell of a table
            text = f'<table width="100%"><tbody><tr><td><div class="pasted">{text}</div></td></tr></tbody></table>'
        seen = clock_text(shown.published, "Cập nhật: {weekday}, %d/%m/%Y | %I:%M:%S %p")
        kicker = f'<p class="tieudephu">{esc(article.kicker)}</p>' if article.kicker else ""
        tags = joined(f'<a href="/Tags/{place}.aspx">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        category = esc(self.section_path(paper.section(article.section)))
        main = f"""<div class="zonebar"><a href="{category}">{section_name(paper, article)}</a></div>
{kicker}<h1 class="news-title-detail">{written(article.title, article.quirks)}</h1>
<span class="meta">{seen}</span>
<div class="sapo-detail"><b>{written(article.lead, article.quirks)}</b></div>
<div class="content-news-detail">
{text}
</div>
<div class="tags-news">{tags}</div>
<div class="cactinkhac"><b>Các tin khác</b>{self._rows(edition, others(edition, shown, 6))}</div>"""
        return self._page(edition, article.title, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A zone or the front page."""
        name = edition.paper.name if section is None else section.name
        shelves = joined(
            f'<tr><td><a href="{lure}">Báo in, truyền hình</a></td></tr>' for lure in sorted(self.lures(edition.paper))
        )
        feeds = joined(f'<a href="{path}">RSS</a>' for path in self.feeds(edition.paper))
        rows = self._rows(edition, self.on_page(edition, section, page))
        return self._page(edition, name, f"{rows}<table>{shelves}</table><div class=rss>{feeds}</div>")

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, f'<div class="thongbao"><b>{esc(title)}</b><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """Administration and printing are closed."""
        return "User-agent: *\nDisallow: /Admin/\nDisallow: /Print/\n"

    def _shelf(self, edition: Edition, lure: str) -> str:
        if "Bao_in" in lure:
            pages = joined(f'<img src="/NewsImg/pdf/{n}.jpg" alt="Trang {n}">' for n in range(1, 5))
            main = f'<h1 class="news-title-detail">Báo in số 4410</h1><span class="meta">20/11/2026</span><div class="content-news-detail">{pages}</div>'
            return self._page(edition, "Báo in số 4410", main)
        programme = joined(f"<tr><td>{hour}h00</td><td>Thời sự địa phương</td></tr>" for hour in (6, 11, 19, 21))
        main = f'<h1 class="news-title-detail">Chương trình truyền hình</h1><div class="content-news-detail"><table>{programme}</table></div>'
        return self._page(edition, "Truyền hình", main)

    def _rows(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<table class="rownews"><tr><td><a href="{url}"><img src="{src}" width="120"></a></td><td><a class="tieude" href="{url}">{title}</a><br>{lead}</td></tr></table>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, main: str) -> str:
        paper = edition.paper
        clock = clock_text(edition.now, "{weekday}, %d/%m/%Y %H:%M:%S")
        zones = joined(f'<td><a href="{esc(self.section_path(s))}">{esc(s.name)}</a></td>' for s in paper.sections)
        return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{esc(title)} - {esc(paper.name)}</title></head><body>
<div class="grid-header"><ul><li><span>{clock}</span></li></ul></div>
<table class="menu"><tr><td><a href="/">{esc(paper.name)}</a></td>{zones}{word_list(paper.menu, "<td>{}</td>")}</tr></table>
<marquee>{word_list(paper.ticker, "<b>{}</b>")}</marquee>
<div class="grid-main">
{main}
</div>
<div class="grid-footer"><p>{esc(paper.licence)}</p></div>
</body></html>
"""


def _zone(section: str) -> int:
    """The number that the system gives a section."""
    return 11 + number_of(section)
