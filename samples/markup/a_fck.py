"""Family `a-fck`: `/<slug>-a<id>.html`, `#newscontents .content-fck`, two h1, and an edition in Khmer.

The first h1 is the section's name. JSON-LD knows the day only. Addresses are cut at 100 characters. Feeds by section.
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
from samples.markup.parts import (
    Form,
    amid,
    dateline_of,
    links,
    pieces,
    section_links,
    section_name,
    signature,
    word_list,
)
from samples.markup.widgets import audio, poll
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<p style="text-align:justify">{}</p>',
    subheading='<p style="text-align:justify"><strong>{}</strong></p>',
    question='<p style="text-align:justify"><strong>{}</strong></p>',
    quote='<table class="tblquote"><tbody><tr><td><p>{}</p></td></tr></tbody></table>',
    picture='<table class="image center"><tbody><tr><td><img src="{src}" alt="{alt}"></td></tr><tr><td class="image_desc">{}</td></tr></tbody></table>',
)
_KHMER = (
    ("ព្រឹកនេះនៅក្នុងភូមិ", "ព្រឹកនេះមានភ្លៀងធ្លាក់។ ប្រជាជនក្នុងភូមិដាំស្រូវ។ ក្មេងៗទៅសាលារៀន។"),
    ("ទឹកនិងត្រី", "ទឹកទន្លេឡើងបន្តិច។ អ្នកនេសាទចេញទៅចាប់ត្រី។ ផ្សារមានមនុស្សច្រើន។"),
)
"""Headline and text of the Khmer edition's articles."""


class AFck(Family):
    """Markup of the family `a-fck`."""

    validators: frozenset[Validator] = frozenset({"etag", "last-modified"})
    feed_style = FeedStyle(cdata=True)

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-a<id>.html`, the slug cut at 100 characters."""
        return f"/{article.slug[:100]}-a{196600 + 2 * article.number}.html"

    def section_path(self, section: Section) -> str:
        """`/<section>/`."""
        return f"/{section.slug}/"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """`/rss/cate/<section>/`."""
        return {f"/rss/cate/{section.slug}/": section for section in paper.sections}

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The Khmer edition, the printed paper and the page of videos."""
        paper = edition.paper
        made: dict[str, Callable[[], Document | str]] = {
            absolute(paper, "/khmer/"): partial(self._khmer_list, edition),
        }
        for place, _ in enumerate(_KHMER):
            made[absolute(paper, f"/khmer/detail-a{177897 + place}.html")] = partial(self._khmer, edition, place)
        for lure in self.lures(paper):
            if not lure.startswith("/khmer/"):
                made[absolute(paper, lure)] = partial(self._shelf, edition, lure)
        return made

    def lures(self, paper: Paper) -> frozenset[str]:
        """The Khmer edition's articles, the printed paper, videos."""
        khmer = {f"/khmer/detail-a{177897 + place}.html" for place, _ in enumerate(_KHMER)}
        return frozenset({*khmer, "/bao-in-so-1688-a195001.html", "/truyen-hinh-truc-tuyen-a195002.html"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        body = pieces(
            _FORM, article, f"https://{paper.host}/image/fckeditor/upload/{clock_text(shown.published, '%Y/%Y%m%d')}/"
        )
        if odd == 1:
            body = [audio("voice-reader"), *body]
        if odd == 2:
            body = amid(body, 1, poll("tham-do"))
        body.append(f'<p style="text-align:right"><strong>{signature(article.byline, "Bài, ảnh: ")}</strong></p>')
        text = joined(body)
        css = "content-fck"
        if odd == 0:
            css, text = "fck-long", f'<div class="long-form"><div class="col">{text}</div></div>'
        name = section_name(paper, article)
        kicker = f'<p class="tieude-phu">{esc(article.kicker)}</p>' if article.kicker else ""
        tags = joined(f'<a href="/tag/{place}/">{esc(tag)}</a>' for place, tag in enumerate(article.tags))
        record = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "name": article.title,
            "datePublished": clock_text(shown.published, "%Y-%m-%d"),
            "description": article.lead,
        }
        head = f'<meta name="Description" content="{esc(article.lead)}"><script type="application/ld+json">{json.dumps(record, ensure_ascii=False)}</script>'
        main = f"""<h1 class="catename-h1"><a href="{absolute(paper, f"/{article.section}/")}">{name}</a></h1><input type="hidden" id="txtnewscate" value="{name}">
{kicker}<h1 class="margintopbot10 fw700">{written(article.title, article.quirks)}</h1>
<div class="author-share"><span class="pubdate">{clock_text(shown.published, "%d/%m/%Y - %H:%M")}</span></div>
<div class="detail-desc"><p>{dateline_of(paper, article)}{written(article.lead, article.quirks)}</p></div>
<div id="newscontents"><div class="{css}">
{text}
</div></div>
<div class="tag-detail">{tags}</div>
<div class="news-same-cate">{self._rows(edition, others(edition, shown, 6))}</div>"""
        return self._page(edition, article.title, head, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A section or the front page; the front page shows an article of the Khmer edition among the others."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        head = (
            ""
            if section is None
            else f'<link rel="alternate" type="application/rss+xml" href="/rss/cate/{section.slug}/">'
        )
        media = joined(
            f'<h3><a href="{lure}">Nghe nhìn</a></h3>' for lure in sorted(self.lures(paper)) if section is None
        )
        rows = self._rows(edition, self.on_page(edition, section, page))
        return self._page(
            edition, name, head, f'<h1 class="catename-h1">{esc(name)}</h1>{rows}<div class="media">{media}</div>'
        )

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, "", f'<div class="alert"><h1>{esc(title)}</h1><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """The search and printing are closed."""
        return "User-agent: *\nDisallow: /search/\nDisallow: /print/\n"

    def _khmer_list(self, edition: Edition) -> str:
        rows = joined(
            f'<div class="item"><h3><a href="/khmer/detail-a{177897 + place}.html">{title}</a></h3></div>'
            for place, (title, _) in enumerate(_KHMER)
        )
        return self._page(edition, "ភាសាខ្មែរ", "", f'<h1 class="catename-h1">ភាសាខ្មែរ</h1>{rows}')

    def _khmer(self, edition: Edition, place: int) -> str:
        title, text = _KHMER[place]
        day = min((shown.published for shown in edition.articles), default=edition.now)
        body = joined(f"<p>{sentence}។</p>" for sentence in text.split("។") if sentence.strip())
        main = f"""<h1 class="catename-h1">ភាសាខ្មែរ</h1><h1 class="margintopbot10 fw700">{title}</h1>
<span class="pubdate">{clock_text(day, "%d/%m/%Y - %H:%M")}</span><div id="newscontents"><div class="content-fck">{body}</div></div>"""
        return self._page(edition, title, '<meta property="og:type" content="article">', main)

    def _shelf(self, edition: Edition, lure: str) -> str:
        if lure.startswith("/bao-in"):
            pages = joined(f'<img src="/image/bao-in/1688/{n}.jpg" alt="Trang {n}">' for n in range(1, 9))
            main = f'<h1 class="margintopbot10 fw700">Báo in số 1688</h1><div id="newscontents"><div class="content-fck">{pages}</div></div>'
            return self._page(edition, "Báo in số 1688", "", main)
        rows = self._rows(edition, edition.listed()[:5])
        return self._page(
            edition, "Truyền hình", "", f'<h1 class="margintopbot10 fw700">Truyền hình trực tuyến</h1>{rows}'
        )

    def _rows(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="item"><a class="img" href="{url}"><img src="{src}" alt="{title}"></a><h3><a href="{url}">{title}</a></h3><p class="desc">{lead}</p></div>'
        return links(self, edition, articles, row)

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8"><title>{esc(title)} - {esc(paper.name)}</title>
{head}
</head><body>
<div class="header"><a href="{absolute(paper, "/")}">{esc(paper.name)}</a><ul>{section_links(self, paper)}<li><a href="/khmer/">ខ្មែរ</a></li>{word_list(paper.menu)}</ul>
<ul class="run">{word_list(paper.ticker)}</ul></div>
<div class="main">
{main}
</div>
<div class="footer"><p>{esc(paper.licence)}</p></div>
</body></html>
"""
