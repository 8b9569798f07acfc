"""Invented pages for the extraction tests: no paper ever printed these words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from corpus.record import Article, Rejected
from crawler.extraction import Extraction, PageInput, extract
from crawler.outlet import Host, Outlet

FETCHED = datetime.fromisoformat("2024-05-20T12:00:00+07:00")
TITLE = "Làng nghề Cát Sơn mở lớp đan lát miễn phí cho thanh niên"
LEAD = "Sau ba năm vắng tiếng cười, xưởng đan cũ bên sông lại sáng đèn mỗi tối với hơn hai mươi học viên trẻ tuổi."
PARAGRAPHS = (
    "Lớp học do hợp tác xã Cát Sơn đứng ra tổ chức, thầy là những nghệ nhân đã theo nghề từ thuở còn để chỏm.",
    "Mỗi học viên được phát một bộ dụng cụ, hai bó nan tre và một quyển sổ ghi chép các kiểu đan cổ của làng.",
    "Theo ban tổ chức, cuối khóa sẽ có phiên chợ nhỏ để các bạn trẻ bày bán những sản phẩm đầu tay của mình.",
)


def page(
    *,
    head: str = "",
    over: str = "",
    under: str = "",
    body: str = "",
    after: str = "",
    title: str = TITLE,
    h1: str = f"<h1>{TITLE}</h1>",
    outside: str = "",
) -> str:
    """A plain article page: header with menu, headline, a place under it, the body, a place behind it, a footer."""
    text = body or "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>'
        f'<div id="header">{outside}<ul class="menu"><li><a href="/tin-tuc">Tin tức</a></li></ul></div>'
        f'<div class="detail">{over}{h1}{under}<div class="noi-dung">{text}</div>{after}</div>'
        '<div id="footer"><p>Giấy phép số 12/GP cấp ngày 03/02/2015. © 2016 Tòa soạn</p></div></body></html>'
    )


def run(markup: str | bytes, url: str | None = None, **more: Any) -> Extraction:
    """Extract a page; fetched on 20 May 2024 unless told otherwise."""
    body = markup.encode() if isinstance(markup, str) else markup
    more.setdefault("fetched_at", FETCHED)
    return extract(PageInput(body, url, more.pop("outlet", None), more.pop("fetched_at"), **more))


def article(markup: str | bytes, url: str | None = None, **more: Any) -> Article:
    """Extract a page that is an article."""
    result = run(markup, url, **more).result
    assert isinstance(result, Article), result
    return result


def rejected(markup: str | bytes, url: str | None = None, **more: Any) -> str:
    """Extract a page that is none; the reason."""
    result = run(markup, url, **more).result
    assert isinstance(result, Rejected), result
    return result.reason


def outlet(**more: Any) -> Outlet:
    """A small outlet for the tests."""
    values: dict[str, Any] = {
        "slug": "baocatson",
        "name": "Báo Cát Sơn",
        "status": "active",
        "province": "Bắc Giang",
        "hosts": (Host("baocatson.example"),),
        "home": "https://baocatson.example/",
    }
    return Outlet(**(values | more))
