"""Family `uploads-image`: `/<section>/<slug>-<id>.html`, sections at `/<section>-<id>.html`, `div.contentView`.

The lead is the bold first paragraph of the text, and stands in the page's description with the paper's name behind
it. An Atom feed; a sitemap index with one sitemap a section; lists by `?page=<n>`.
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
    Validator,
    absolute,
    clock_text,
    esc,
    joined,
    number_of,
    others,
    written,
)
from samples.markup.parts import Form, amid, links, pieces, section_name, signature, word_list
from samples.markup.sitemaps import index, urlset, xml
from samples.markup.widgets import invitation, read_also
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<p class="MsoNormal"><span style="font-size:14pt">{}</span></p>',
    subheading='<p class="MsoNormal"><b><span style="font-size:14pt">{}</span></b></p>',
    question='<p class="MsoNormal"><b><i>{}</i></b></p>',
    quote='<div class="khung"><p>{}</p></div>',
    picture='<p style="text-align:center"><img src="{src}" alt="" /></p>\n<p style="text-align:center"><em>{}</em></p>',
)


class UploadsImage(Family):
    """Markup of the family `uploads-image`."""

    validators: frozenset[Validator] = frozenset({"etag"})
    feed_style = FeedStyle("atom")
    per_page = 4
    query_keys = frozenset({"page"})

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<section>/<slug>-<id>.html`."""
        return f"/{article.section}/{article.slug}-{17000 + 5 * article.number}.html"

    def section_path(self, section: Section) -> str:
        """`/<section>-<id>.html`: only its depth tells it from an article."""
        return f"/{section.slug}-{215 + number_of(section.slug)}.html"

    def page_path(self, section: Section | None, page: int) -> str:
        """`?page=<n>` from the second page on."""
        path = super().page_path(section, page)
        return path if page == 1 else f"{path}?page={page}"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """One for the whole paper."""
        return {"/atom.xml": None}

    def lists(self, paper: Paper, section: Section) -> frozenset[str]:
        """Besides pages and feed, the section's sitemap."""
        return super().lists(paper, section) | {f"/sitemap-{section.slug}.xml"}

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The sitemap index, a sitemap for each section, the printed paper and the page of videos."""
        paper = edition.paper
        made: dict[str, Callable[[], Document | str]] = {
            absolute(paper, "/sitemap.xml"): partial(self._index, edition),
        }
        for section in paper.sections:
            made[absolute(paper, f"/sitemap-{section.slug}.xml")] = partial(self._sitemap, edition, section)
        for lure in self.lures(paper):
            made[absolute(paper, lure)] = partial(self._shelf, edition, lure)
        return made

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper and videos at addresses of articles."""
        return frozenset({"/bao-in/bao-bien-ranh-so-2760-16001.html", "/video/nhip-song-dao-tuan-nay-16002.html"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        lead = f'<p class="MsoNormal"><b><span style="font-size:14pt">{written(article.lead, article.quirks)}</span></b></p>'
        body = pieces(_FORM, article, f"/uploads/image/{clock_text(shown.published, '%Y/%m/%d')}/")
        if odd == 0:
            body = amid(body, 1, read_also(self, edition, shown, '<div class="doc-them"><p>Đọc thêm</p>', "</div>"))
        if odd == 1:
            body = ['<div class="section-wrap"><div class="WordSection1">', *body, "</div></div>"]
        body.append(f'<p style="text-align: right;"><strong>{signature(article.byline, "Bài và ảnh: ")}</strong></p>')
        if odd == 2:
            body.append(invitation("qc-cuoi-bai", paper.name))
        tags = joined(f'<a href="/tag-{place}.html">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        category = esc(self.section_path(paper.section(article.section)))
        kicker = f'<div class="phu-de">{esc(article.kicker)}</div>' if article.kicker else ""
        head = f'<meta name="description" content="{esc(article.lead)} - {esc(paper.name)}">'
        main = f"""<div class="box-breadcrumb"><ul><li><a href="/">Trang chủ</a></li><li><a href="{category}">{section_name(paper, article)}</a></li></ul></div>
<div class="news-details-content">{kicker}<h1>{written(article.title, article.quirks)}</h1>
<div class="date">{clock_text(shown.published, "Cập nhật lúc %H:%M, {weekday}, %d/%m/%Y (GMT+7)")}</div>
<div class="contentView">
{lead}
{joined(body)}
</div>
<div class="tags">{tags}</div></div>
<div class="tin-lien-quan">{self._rows(edition, others(edition, shown, 6))}</div>"""
        return self._page(edition, article.title, head, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A page of a list, with a link to the next."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        following = (
            f'<li class="next"><a href="{self.page_path(section, page + 1)}">»</a></li>'
            if page < self.page_count(edition, section)
            else ""
        )
        shelves = joined(f'<h4><a href="{lure}">Báo in và video</a></h4>' for lure in sorted(self.lures(paper)))
        rows = self._rows(edition, self.on_page(edition, section, page))
        head = '<link rel="alternate" type="application/atom+xml" href="/atom.xml">'
        main = (
            f'<div class="box-title"><h2>{esc(name)}</h2></div>{rows}<ul class="pagination">{following}</ul>{shelves}'
        )
        return self._page(edition, name, head, main)

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="loi"><h2>{esc(title)}</h2><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """The sitemap index is named."""
        return f"User-agent: *\nDisallow: /admin/\nDisallow: /print/\nSitemap: {absolute(paper, '/sitemap.xml')}\n"

    def _index(self, edition: Edition) -> Document:
        newest = {shown.article.section: shown for shown in reversed(edition.listed())}
        rows = [
            (absolute(edition.paper, f"/sitemap-{section.slug}.xml"), newest[section.slug].published)
            for section in edition.paper.sections
            if section.slug in newest
        ]
        return xml(index(rows))

    def _sitemap(self, edition: Edition, section: Section) -> Document:
        articles = [shown for shown in edition.listed() if shown.article.section == section.slug]
        return xml(urlset(edition, self.article_path, articles))

    def _shelf(self, edition: Edition, lure: str) -> str:
        if lure.startswith("/bao-in/"):
            pages = joined(f'<p><img src="/uploads/bao-in/2760/{n}.jpg" alt="Trang {n}"></p>' for n in range(1, 9))
            main = f'<div class="news-details-content"><h1>Báo Biền Rạnh số 2760</h1><div class="contentView">{pages}</div></div>'
            return self._page(edition, "Báo in", "", main)
        rows = self._rows(edition, edition.listed()[:4])
        main = f'<div class="news-details-content"><h1>Nhịp sống đảo tuần này</h1><video src="/v/1.mp4"></video></div>{rows}'
        return self._page(edition, "Video", "", main)

    def _rows(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="row-news"><a href="{url}"><img src="{src}" alt="{title}"></a><h4><a href="{url}" title="{title}">{title}</a></h4></div>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        sections = joined(f'<li><a href="{esc(self.section_path(s))}">{esc(s.name)}</a></li>' for s in paper.sections)
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{esc(title)} - {esc(paper.name)}</title>
{head}
</head><body>
<div class="header"><a href="/">{esc(paper.name)}</a><ul>{sections}{word_list(paper.menu)}</ul><ul class="news-run">{word_list(paper.ticker)}</ul></div>
<div class="content">
{main}
</div>
<div class="footer"><p>{esc(paper.licence)}</p></div>
</body></html>
"""
