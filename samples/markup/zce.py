"""Family `zce`: `/<slug>-post<id>.html`, `article__title cms-title`, full metadata, many dated boxes."""

# Lines of markup stay whole, as templates have them:
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from samples.edition import Edition, Shown
from samples.markup.family import (
    Family,
    FeedStyle,
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
from samples.markup.widgets import poll, read_also
from samples.press import Paper, SampleArticle, Section
from samples.prose import Block

_STAMP = "%Y-%m-%dT%H:%M:%S%z"  # +0700 without a colon, as this family writes it
_SEEN = "%d/%m/%Y %H:%M"


class Zce(Family):
    """Markup of the family `zce`."""

    validators: frozenset[Validator] = frozenset({"etag", "last-modified"})
    feed_style = FeedStyle(cdata=False)

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/<slug>-post<number>.html`."""
        return f"/{article.slug}-post{412300 + 7 * article.number}.html"

    def section_path(self, section: Section) -> str:
        """`/<section>/`."""
        return f"/{section.slug}/"

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """`/rss/home.rss` and `/rss/<section>-<zone>.rss`."""
        zones: dict[str, Section | None] = {"/rss/home.rss": None}
        for zone, section in enumerate(paper.sections, start=11):
            zones[f"/rss/{section.slug}-{zone}.rss"] = section
        return zones

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page, with JSON-LD, metadata and a related box inside the body's column."""
        paper, article = edition.paper, shown.article
        section = paper.section(article.section)
        url = absolute(paper, self.article_path(article, shown.published))
        stamp, seen = clock_text(shown.published, _STAMP), clock_text(shown.published, _SEEN)
        odd = article.number % 3
        body = [_block(paper, block, article.quirks) for block in article.blocks]
        if odd == 1:
            body = amid(body, 1, read_also(self, edition, shown, '<div class="zce-suggest">', "</div>"))
        if odd == 2:
            body = amid(body, 2, poll("interact-box"))
        css = "article__body longform-body" if odd == 0 else "article__body zce-content-body cms-body"
        tags = joined(
            f'<a href="/tu-khoa/{esc(tag.replace(" ", "-"))}-tag1.html">#{esc(tag)}</a>' for tag in article.tags
        )
        main = f"""<div class="breadcrumbs"><h2 class="main"><a class="active" href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a></h2></div>
<div class="main-col content-col"><div class="article">
<h1 class="article__title cms-title "> {written(article.title, article.quirks)} </h1>
<div class="article__meta"><time class="time" datetime="{stamp}"><i class="ic-calendar"></i><span data-format="long">{seen}</span></time>
<meta class="cms-date" itemprop="datePublished" content="{stamp}"></div>
<div class="article__sapo cms-desc"> <i class="icon"></i> {written(article.lead, article.quirks)} </div>
<div class="{css}" itemprop="articleBody">
<style>.t1 {{ text-align: right; }} .t2 {{ font-weight: bold; }}</style>
{joined(body)}
<div class="related-news"><h3>Tin liên quan</h3>{self._boxes(edition, others(edition, shown, 2))}</div>
<div class="t1"> <span class="t2">{esc(article.byline)}</span> </div>
</div>
<div class="article__tags"><h3 class="box-heading"><span class="title">Từ khóa:</span></h3><div class="box-content">{tags}</div></div>
<div class="article__meta"><a class="print sendprint" title="In bài viết" href="javascript:void(0);">In bài viết</a></div>
<div class="wrap-comment"><form><textarea placeholder="Ý kiến của bạn"></textarea><button>Gửi bình luận</button></form></div>
</div></div>
<div class="sub-col sidebar-right"><section class="hot-news"><h3 class="box-heading"><span class="title">Đọc nhiều</span></h3>
<div class="box-content">{self._boxes(edition, others(edition, shown, 6))}</div></section></div>"""
        return self._page(edition, f"{article.title} | {paper.name} điện tử", _head(paper, shown, url, section), main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A section or the front page: `article.story` with a time each."""
        paper = edition.paper
        name = paper.name if section is None else section.name
        feed = next(path for path, of in self.feeds(paper).items() if of == section)
        head = (
            f'<meta property="og:type" content="website"><link rel="alternate" type="application/rss+xml"'
            f' title="{esc(name)}" href="{absolute(paper, feed)}">'
        )
        stories = self._boxes(edition, self.on_page(edition, section, page))
        main = f'<h1 class="section-name">{esc(name)}</h1><div class="box-content">{stories}</div>'
        return self._page(edition, f"{name} | {paper.name} điện tử", head, main)

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        main = f'<div class="page-note"><h2>{esc(title)}</h2><p>{esc(words)}</p></div>'
        return self._page(edition, f"{title} | {edition.paper.name} điện tử", "", main)

    def robots(self, paper: Paper) -> str:
        """Everything but search and printing is allowed."""
        return "User-agent: *\nDisallow: /tim-kiem/\nDisallow: /print/\nAllow: /\n"

    def _boxes(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        return joined(self._story(edition.paper, shown) for shown in articles)

    def _story(self, paper: Paper, shown: Shown) -> str:
        article = shown.article
        url = absolute(paper, self.article_path(article, shown.published))
        stamp, seen = clock_text(shown.published, _STAMP), clock_text(shown.published, _SEEN)
        return f"""<article class="story"><figure class="story__thumb"><a class="cms-link" href="{url}" title="{esc(article.title)}"><img class="lazyload" data-src="{_image(paper, article.key)}" alt="{esc(article.title)}"></a></figure>
<h2 class="story__heading"><a class="cms-link" href="{url}" title="{esc(article.title)}">{esc(article.title)}</a></h2>
<time class="time" datetime="{stamp}">{seen}</time><div class="story__summary">{esc(article.lead)}</div></article>"""

    def _page(self, edition: Edition, title: str, head: str, main: str) -> str:
        paper = edition.paper
        menu = joined(
            f'<li><a href="{absolute(paper, self.section_path(section))}">{esc(section.name)}</a></li>'
            for section in paper.sections
        )
        extra = joined(
            f'<li><a href="/chuyende/{place}/">{esc(name)}</a></li>' for place, name in enumerate(paper.menu)
        )
        ticker = joined(f"<li>{esc(words)}</li>" for words in paper.ticker)
        return f"""<!DOCTYPE html>
<html lang="vi"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{esc(title)}</title>
<meta name="author" content="{esc(paper.name)} điện tử"><meta property="og:site_name" content="{esc(paper.name)} điện tử">
{head}
</head><body>
<header class="site-header"><a class="logo" href="{absolute(paper, "/")}">{esc(paper.name)}</a><ul class="menu">{menu}{extra}</ul>
<ul class="news-ticker">{ticker}</ul></header>
<div class="site-body"><div class="container detail"><div id="sdaWeb_SdaTop" class="rennab" style="display:none"></div>
{main}
</div></div>
<footer class="site-footer"><p>{esc(paper.licence)}</p><p>Không sao chép nội dung khi chưa có sự đồng ý của tòa soạn.</p></footer>
</body></html>
"""


def _head(paper: Paper, shown: Shown, url: str, section: Section) -> str:
    article = shown.article
    stamp, modified = clock_text(shown.published, _STAMP), clock_text(shown.modified, _STAMP)
    record = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": {"@type": "WebPage", "@id": url},
        "headline": article.title,
        "description": article.lead,
        "datePublished": stamp,
        "dateModified": modified,
        "author": {"@type": "Person", "name": f"{paper.name} điện tử"},
        "publisher": {"@type": "Organization", "name": f"{paper.name} điện tử"},
    }
    metadata = (
        ("description", article.lead),
        ("news_keywords", ", ".join(article.tags)),
        ("og:type", "article"),
        ("og:title", article.title),
        ("og:description", article.lead),
        ("og:url", url),
        ("article:published_time", stamp),
        ("article:modified_time", modified),
        ("article:section", section.name),
    )
    lines = [
        f'<meta {"property" if ":" in name else "name"}="{name}" content="{esc(value)}">' for name, value in metadata
    ]
    lines.append(f'<link rel="canonical" href="{url}">')
    lines.append(f'<script type="application/ld+json">{json.dumps(record, ensure_ascii=False)}</script>')
    return joined(lines)


def _block(paper: Paper, block: Block, quirks: frozenset[str]) -> str:
    text = written(block.text, quirks)
    if block.kind == "picture":
        seen = written(f"{block.text}{credit_label(block.credit)}", quirks)
        return (
            f'<figure class="picture"><img src="{_image(paper, block.text)}" alt="{esc(block.text)}">'
            f"<figcaption>{seen}</figcaption></figure>"
        )
    if block.kind == "list":
        return "<ul>" + joined(f"<li>{written(item, quirks)}</li>" for item in block.items) + "</ul>"
    if block.kind in ("subheading", "question"):
        return f"<div> <strong>{text}</strong> </div>"
    if block.kind == "quote":
        return f"<blockquote><p>{text}</p></blockquote>"
    return f"<div> {text} <br>\n</div>"


def _image(paper: Paper, name: str) -> str:
    return f"https://cdn.{paper.host}/images/{hex_of(name, 64)}/anh.jpg.webp"
