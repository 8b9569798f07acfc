"""Family `upload-news`: `/tin-tuc/<category>/<id>/<slug>`, texts of one block parted by `<br><br>`, a JSON Feed.

Every fourth page shows no date at all. No metadata.
"""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from samples.edition import Edition, Shown
from samples.markup.family import (
    Dated,
    Document,
    Family,
    FeedStyle,
    Validator,
    absolute,
    clock_text,
    esc,
    joined,
    number_of,
    others,
    written,
)
from samples.markup.parts import Form, amid, links, pieces, section_links, section_name, signature, word_list
from samples.markup.widgets import advert, audio
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph="{}<br><br>",
    subheading="<b>{}</b><br><br>",
    question="<b>{}</b><br><br>",
    quote="<i>{}</i><br><br>",
    item="{}<br>",
    items="{}<br>",
    picture='<table class="imgcenter"><tr><td><img src="{src}" alt="{alt}"></td></tr><tr><td class="note-img">{}</td></tr></table>',
)


class UploadNews(Family):
    """Markup of the family `upload-news`."""

    validators: frozenset[Validator] = frozenset({"last-modified"})
    feed_style = FeedStyle("json")
    per_page = 8
    query_keys = frozenset({"page"})

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/tin-tuc/<category>/<id>/<slug>`."""
        return f"/tin-tuc/{_category(article.section)}/{140100 + 8 * article.number}/{article.slug}"

    def section_path(self, section: Section) -> str:
        """`/chuyen-muc/<category>/<section>`."""
        return f"/chuyen-muc/{_category(section.slug)}/{section.slug}"

    def page_path(self, section: Section | None, page: int) -> str:
        """`?page=<n>` from the second page on."""
        path = super().page_path(section, page)
        return path if page == 1 else f"{path}?page={page}"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """A JSON Feed of the whole paper."""
        return {"/feed.json": None}

    def dated(self, article: SampleArticle) -> Dated:
        """Every fourth page shows no date."""
        return None if article.number % 4 == 0 else "minute"

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The printed paper and the page of broadcasts."""
        return {
            absolute(edition.paper, lure): partial(self._shelf, edition, lure) for lure in self.lures(edition.paper)
        }

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper and the broadcasts at addresses of articles."""
        return frozenset({"/tin-tuc/900/139001/doc-bao-in-so-3302", "/tin-tuc/901/139002/phat-thanh-hom-nay"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        body = pieces(_FORM, article, f"https://media.{paper.host}/upload/news/{clock_text(shown.published, '%m_%Y')}/")
        if odd == 0:
            body = amid(body, 1, advert("chen-giua"))
        if odd == 1:
            body = [audio("docbao"), *body]
        css = "noidung-bai" if odd == 2 else "content-detail-news"
        date = "" if self.dated(article) is None else clock_text(shown.published, "%H:%M ngày %d-%m-%Y")
        kicker = f'<div class="chudeo">{esc(article.kicker)}</div>' if article.kicker else ""
        tags = joined(f'<a href="/tim/{place}">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        category = esc(self.section_path(paper.section(article.section)))
        main = f"""<div class="path"><a href="/">Trang nhất</a> <a href="{category}">{section_name(paper, article)}</a></div>
{kicker}<h1 class="tde">{written(article.title, article.quirks)}</h1>
<div class="time">{date}</div>
<div class="tomtat">{written(article.lead, article.quirks)}</div>
<div class="{css}">
{joined(body)}
<b>{signature(article.byline, "Bài và ảnh: ")}</b><br>
</div>
<div class="tukhoa">Từ khóa: {tags}</div>
<div class="tincu"><b>Tin cũ hơn</b>{self._rows(edition, others(edition, shown, 6))}</div>"""
        return self._page(edition, article.title, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A page of a list, with links to the other pages."""
        name = edition.paper.name if section is None else section.name
        pager = joined(
            f'<a href="{self.page_path(section, n)}">{n}</a>' for n in range(1, self.page_count(edition, section) + 1)
        )
        shelves = joined(
            f'<a class="tieude" href="{lure}">Báo in, phát thanh</a>' for lure in sorted(self.lures(edition.paper))
        )
        rows = self._rows(edition, self.on_page(edition, section, page))
        return self._page(
            edition, name, f'<h1 class="muc">{esc(name)}</h1>{rows}<div class="phantrang">{pager}</div>{shelves}'
        )

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, f'<h1 class="loi">{esc(title)}</h1><p>{esc(words)}</p>')

    def robots(self, paper: Paper) -> str:
        """The back office is closed."""
        return "User-agent: *\nDisallow: /quantri/\nDisallow: /print/\n"

    def _shelf(self, edition: Edition, lure: str) -> str:
        if "bao-in" in lure:
            pages = joined(f'<img src="/upload/in/{n}.jpg" alt="Trang {n}"><br>' for n in range(1, 9))
            main = f'<h1 class="tde">Báo in số 3302</h1><div class="content-detail-news">{pages}</div>'
            return self._page(edition, "Báo in số 3302", main)
        hours = joined(f"{hour} giờ 30: Bản tin trong ngày<br>" for hour in (5, 11, 17, 20))
        main = f'<h1 class="tde">Phát thanh hôm nay</h1><div class="time">{clock_text(edition.now, "%d-%m-%Y")}</div><div class="content-detail-news">{hours}</div>'
        return self._page(edition, "Phát thanh", main)

    def _rows(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="tin"><a href="{url}"><img src="{src}" alt=""></a><a class="tieude" href="{url}">{title}</a><div class="gioithieu">{lead}</div></div>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, main: str) -> str:
        paper = edition.paper
        return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{esc(title)}</title>
<link rel="alternate" type="application/feed+json" href="/feed.json"></head><body>
<div id="dau"><a href="/">{esc(paper.name)}</a><ul>{section_links(self, paper)}{word_list(paper.menu)}</ul><ul class="chay">{word_list(paper.ticker)}</ul></div>
<div id="giua">
{main}
</div>
<div id="cuoi"><p>{esc(paper.licence)}</p></div>
</body></html>
"""


def _category(section: str) -> int:
    """The number that the system gives a section."""
    return 200 + number_of(section)
