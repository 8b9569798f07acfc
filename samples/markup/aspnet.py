"""System `aspnet`: `/viewer.aspx?macm=&macmp=&mabb=`, the number only in the query, further pages by post-back.

No headline element: the title is a `p.pTitle`. No metadata, no feed; the header shows a clock.
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
    absolute,
    clock_text,
    esc,
    hex_of,
    joined,
    number_of,
    others,
    written,
)
from samples.markup.parts import Form, links, pieces, section_links, section_name, signature, word_list
from samples.markup.widgets import follow, read_more
from samples.press import Paper, SampleArticle, Section

_FORM = Form(
    paragraph='<p class="pBody">{}</p>',
    subheading='<p class="pSubTitle"><b>{}</b></p>',
    question='<p class="pBody"><b>{}</b></p>',
    quote='<p class="pBox"><i>{}</i></p>',
    picture='<table align="center"><tr><td><img src="{src}" border="0" alt="{alt}"></td></tr><tr><td class="pCaption">{}</td></tr></table>',
)


class AspNet(Family):
    """Markup of the system `aspnet`."""

    # No validators: the clock in the header makes every page a new one.
    per_page = 8
    query_keys = frozenset({"macm", "macmp", "mabb"})

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """`/viewer.aspx?macm=<menu>&macmp=<menu>&mabb=<id>`."""
        menu = _menu_of(article.section)
        return f"/viewer.aspx?macm={menu}&macmp={menu}&mabb={222800 + article.number}"

    def section_path(self, section: Section) -> str:
        """`/ViewCat.aspx?macm=<menu>&macmp=<menu>`."""
        menu = _menu_of(section.slug)
        return f"/ViewCat.aspx?macm={menu}&macmp={menu}"

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """The printed paper and the page of broadcasts."""
        return {
            absolute(edition.paper, self.normal(lure)): partial(self._shelf, edition, lure)
            for lure in self.lures(edition.paper)
        }

    def lures(self, paper: Paper) -> frozenset[str]:
        """The printed paper and broadcasts in the same viewer."""
        return frozenset({"/viewer.aspx?macm=91&macmp=91&mabb=200001", "/viewer.aspx?macm=92&macmp=92&mabb=200002"})

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        paper, article = edition.paper, shown.article
        odd = article.number % 3
        tucked = read_more(self, edition, shown, "xemthem") if odd == 1 else ""
        body = pieces(_FORM, article, f"https://{paper.host}/uploads/{clock_text(shown.published, '%Y/%m')}/", tucked)
        body.append(f'<p class="pAuthor" align="right"><b>{signature(article.byline, "Bài, ảnh: ")}</b></p>')
        if odd == 2:
            body.append(follow(paper.name))
        box = "divNoiDungBai" if odd == 0 else "divContent"
        kicker = f'<p class="pKicker">{esc(article.kicker)}</p>' if article.kicker else ""
        category = esc(self.section_path(paper.section(article.section)))
        main = f"""<div class="duongdan"><a href="{category}">{section_name(paper, article)}</a></div>
<div class="newsDetail">{kicker}<p class="pTitle">{written(article.title, article.quirks)}</p>
<div style="clear: both; height: 25px;"><span class="floatLeft fontsize12 color10">{clock_text(shown.published, "%H:%M', %d/%m/%Y (GMT+7)")}</span></div>
<p class="pHead">{written(article.lead, article.quirks)}</p>
<div id="{box}">
{joined(body)}
</div></div>
<div class="binhluan"><b>Ý kiến bạn đọc</b><p>Chưa có ý kiến nào được đăng.</p></div>
<div class="tinbaikhac">{self._rows(edition, others(edition, shown, 6))}</div>"""
        return self._page(edition, article.title, main)

    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """The newest of a section or of the paper; older ones come by post-back only."""
        name = edition.paper.name if section is None else section.name
        pager = joined(
            f"<a href=\"javascript:__doPostBack('ctl00$cph$pager','{n}')\">{n}</a>"
            for n in range(2, self.page_count(edition, section) + 1)
        )
        shelves = joined(
            f'<div class="itemtinbaikhac"><a href="{esc(lure)}">Báo in, truyền hình</a></div>'
            for lure in sorted(self.lures(edition.paper))
        )
        rows = self._rows(edition, self.on_page(edition, section, 1))
        return self._page(
            edition, name, f'<div class="catname">{esc(name)}</div>{rows}<div class="pagination">{pager}</div>{shelves}'
        )

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of one sentence."""
        return self._page(edition, title, f'<div class="thongbao"><b>{esc(title)}</b><p>{esc(words)}</p></div>')

    def robots(self, paper: Paper) -> str:
        """The back office is closed."""
        return "User-agent: *\nDisallow: /admincp/\nDisallow: /Print.aspx\n"

    def _shelf(self, edition: Edition, lure: str) -> str:
        if "macm=91" in lure:
            pages = joined(f'<a href="/pdf/{n}.pdf">Trang {n}</a><br>' for n in range(1, 9))
            return self._page(
                edition,
                "Báo in",
                f'<div class="newsDetail"><p class="pTitle">Báo in số 5077</p><div id="divContent">{pages}</div></div>',
            )
        rows = self._rows(edition, edition.listed()[:4])
        return self._page(
            edition, "Truyền hình", f'<div class="newsDetail"><p class="pTitle">Thời sự tối nay</p>{rows}</div>'
        )

    def _rows(self, edition: Edition, articles: tuple[Shown, ...]) -> str:
        row = '<div class="itemtinbaikhac"><a href="{url}">{title}</a><div class="trichdan">{lead}</div></div>'
        home = absolute(edition.paper, "/")
        return links(self, edition, articles, row).replace(f'href="{home}viewer', 'href="viewer')  # relative, as there

    def _page(self, edition: Edition, title: str, main: str) -> str:
        paper = edition.paper
        clock = clock_text(edition.now, "{weekday}, ngày %d/%m/%Y %H:%M")
        return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>
	{esc(paper.name)} - {esc(title)}
</title><meta http-equiv="Content-Type" content="text/html; charset=utf-8" /></head><body>
<form method="post" action="./" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="{hex_of(title, 60)}" />
<div id="today">{clock}</div><a href="Default.aspx">{esc(paper.name)}</a><ul>{section_links(self, paper)}{word_list(paper.menu)}</ul>
<marquee>{word_list(paper.ticker, "<span>{}</span>")}</marquee>
<div class="khung">
{main}
</div>
<div class="chantrang"><p>{esc(paper.licence)}</p></div></form>
</body></html>
"""


def _menu_of(section: str) -> int:
    """The number that the system gives a section."""
    return 31 + number_of(section)
