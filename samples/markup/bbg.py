"""Family `bbg`: `/<slug>-postid<id>.bbg`, some without a number, a server clock in the header, dateline before leads.

RSS by section, and a sitemap index whose children are packed files by month.
"""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from samples.edition import Edition, Shown
from samples.markup.family import Document, Family, absolute, clock_text, esc, joined, others, written
from samples.markup.parts import Form, amid, dateline_of, links, pieces, section_links, section_name, word_list
from samples.markup.sitemaps import by_month, index, packed, urlset, xml
from samples.markup.widgets import invitation, read_also
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<p style="text-align: justify;">{}</p>',
    subheading='<p style="text-align: justify;"><strong>{}</strong></p>',
    question='<p style="text-align: justify;"><strong>{}</strong></p>',
    quote='<div class="quote-news"><p>{}</p></div>',
    picture='<table class="contentimg" align="center"><tbody><tr><td><img src="{src}" alt="{alt}"></td></tr><tr><td><p style="text-align: center;">{}</p></td></tr></tbody></table>',
)


class Bbg(Family):
    """Markup of the family `bbg`."""

    # No validators: the clock in the header makes every page a new one.

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-postid<id>.bbg`; every fourth article has no number."""
        number = "" if article.number % 4 == 0 else f"-postid{431000 + 9 * article.number}"
        return f"/{article.slug}{number}.bbg"

    def section_path(self, section: Section) -> str:
        """`/<section>`."""
        return f"/{section.slug}"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """`/rss` and `/rss/<section>`."""
        return {"/rss": None, **{f"/rss/{section.slug}": section for section in paper.sections}}

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The sitemap index and its packed children, and the printed paper."""
        paper = edition.paper
        months = by_month(edition)
        children = [
            (absolute(paper, f"/sitemap-{month}.xml.gz"), max(shown.modified for shown in articles))
            for month, articles in months.items()
        ]
        made: dict[str, Callable[[], Document | str]] = {
            absolute(paper, "/sitemap.xml"): lambda: xml(index(children)),
        }
        for month, articles in months.items():
            made[absolute(paper, f"/sitemap-{month}.xml.gz")] = partial(self._month, edition, articles)
        for lure in self.lures(paper):
            made[absolute(paper, lure)] = partial(self._printed, edition)
        return made

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper under an article's address."""
        return frozenset({"/bao-thanh-luy-so-5120-postid900001.bbg"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page: the date stands behind the title, far below the page's clock."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        body = pieces(_FORM, article, f"https://img.{paper.host}/uploads/images/")
        if odd == 2:
            box = read_also(self, edition, shown, '<blockquote class="ref-news">', "</blockquote>")
            body = amid(body, 1, box)
        body.append(f'<p style="text-align: right;"><strong>{esc(article.byline)}</strong></p>')
        if odd == 1:
            body.append(invitation("end-note", paper.name))
        css = "news-details__body-v2 linkcontent" if odd == 0 else "news-details__content link_content"
        category = absolute(paper, f"/{article.section}")
        kicker = f'<div class="news-details__sub">{esc(article.kicker)}</div>' if article.kicker else ""
        tags = joined(f'<a href="/tag/{place}.bbg">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        head = f"""<meta property="og:title" content="{esc(article.title)}"><meta property="og:type" content="article">
<meta property="og:description" content="{dateline_of(paper, article)}{esc(article.lead)}"><meta property="og:site_name" content="{esc(paper.name)}">"""
        main = f"""<div class="news-details"><a class="post-meta" href="{category}">{section_name(paper, article)}</a>
{kicker}<h1 class="news-details__title">{written(article.title, article.quirks)}</h1>
<p class="datetimes-detail-article">{clock_text(shown.published, "Cập nhật: %H:%M|%d/%m/%Y")}</p>
<div class="news_detail_sapo">{dateline_of(paper, article)}{written(article.lead, article.quirks)}</div>
<div class="{css}">
{joined(body)}
<div class="news-related__list"><h4>Tin liên quan</h4>{self._titles(edition, others(edition, shown, 3))}</div>
</div>
<div class="news-tags">{tags}</div></div>
<aside><h4>Đọc nhiều</h4>{self._titles(edition, others(edition, shown, 6))}</aside>"""
        return self._page(edition, article.title, head, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A section or the front page: `a.font-tin-doc`."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        feed = "/rss" if section is None else f"/rss/{section.slug}"
        head = f'<link rel="alternate" type="application/rss+xml" href="{feed}">'
        lures = joined(f'<a class="font-tin-doc" href="{lure}">Báo in số 5120</a>' for lure in self.lures(paper))
        items = self._titles(edition, self.on_page(edition, section, page))
        return self._page(
            edition, name, head, f'<h1 class="cate">{esc(name)}</h1>{items}<div class="epaper">{lures}</div>'
        )

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="msg"><h1>{esc(title)}</h1><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """The sitemap index is named."""
        return f"Sitemap: {absolute(paper, '/sitemap.xml')}\nUser-agent: *\nDisallow: /print/\nDisallow: /admin/\n"

    def _month(self, edition: Edition, articles: tuple[Shown, ...]) -> Document:
        return packed(urlset(edition, self.article_path, articles))

    def _printed(self, edition: Edition) -> str:
        pages = joined(
            f'<a href="/epaper/5120/{n}.pdf"><img src="/epaper/5120/{n}.jpg" alt="Trang {n}"></a>' for n in range(1, 9)
        )
        main = f'<div class="news-details"><h1 class="news-details__title">Báo Thành Lũy số 5120</h1><div class="news-details__content">{pages}</div></div>'
        return self._page(edition, "Báo in", '<meta property="og:type" content="article">', main)

    def _titles(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="news-item"><a class="thumb" href="{url}"><img src="{src}" alt=""></a><a class="font-tin-doc" href="{url}">{title}</a><p>{lead}</p></div>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        clock = clock_text(edition.now, "Thời gian: %d/%m/%Y %H:%M:%S (GMT+7)")
        menu = word_list(paper.menu, '<li><a href="/chu-de/">{}</a></li>')
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{esc(title)} | {esc(paper.name)}</title>
{head}
</head><body>
<header><div class="clock">{clock}</div><a href="/">{esc(paper.name)}</a><ul>{section_links(self, paper)}{menu}</ul><ul class="run">{word_list(paper.ticker)}</ul></header>
<main>
{main}
</main>
<footer><p>{esc(paper.licence)}</p></footer>
</body></html>
"""
