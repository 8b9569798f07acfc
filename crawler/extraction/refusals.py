"""Pages that are no news whatever their URL says: error pages, soft 404s, cookie gates, challenges."""

from __future__ import annotations

import re

from corpus.record import Rejected
from crawler.extraction.compare import likeness, words
from crawler.extraction.view import View

_LITTLE_TEXT = 600
_NOTICE = 6
_COOKIE_SCRIPT = re.compile(r"document\.cookie\s*=")
_RELOAD = re.compile(r"location\.(?:reload|href|replace|assign)|(?:window|document|self)\.location\s*=|location\s*=")
_CHALLENGE_MARKUP = re.compile(
    r"cf-chl|challenge-platform|cf_chl_opt|g-recaptcha|h-captcha|hcaptcha\.com|recaptcha/api|turnstile|ddos-guard"
    r"|_Incapsula_Resource",
    re.IGNORECASE,
)
_CHALLENGE_TEXT = re.compile(
    r"just a moment|attention required|checking your browser|verify (?:that )?you are (?:a )?human|are you a robot"
    r"|enable javascript and cookies|xác (?:minh|nhận|thực) (?:bạn|rằng bạn)?\s*(?:không phải|là con người)"
    r"|bạn không phải là (?:người máy|robot)|nhập mã (?:captcha|xác (?:nhận|thực))|đang kiểm tra trình duyệt",
    re.IGNORECASE,
)
_ERROR_TITLE = re.compile(
    r"^\W*(?:mã\s)?(?:lỗi|error|http)\W*(?:40[0134]|410|50[0234])(?:\W|$)"
    r"|^\W*(?:40[0134]|410|50[0234])\W*(?:$|[-–—|:]|not found|page|error|lỗi|không|forbidden|bad|internal|service"
    r"|gateway|unauthori[sz]ed|gone|access)"
    r"|\b404\b.{0,30}(?:not found|lỗi|error|không)"
    r"|^\W*(?:page )?not found|\b(?:internal server error|bad gateway|service unavailable|gateway time-?out)\b"
    r"|\bforbidden\b|^\W*(?:lỗi|error|thông báo lỗi)\W*$|runtime error|server error in"
    r"|\baccount (?:has been )?suspended"
    r"|(?:website|trang web|tên miền|tài khoản).{0,40}(?:bị khoá|bị khóa|tạm (?:ngưng|dừng))",
    re.IGNORECASE,
)
_SERVER_TITLE = re.compile(
    r"^\W*(?:server error in|runtime error|(?:this )?account (?:has been )?suspended)", re.IGNORECASE
)
"""Headings of long notices that no paper writes."""
_PARKED = re.compile(
    r"(?:domain|tên miền)(?:[^.!?\n]|\.(?=\w)){0,80}(?:for sale|has expired|is parked|đã được đăng ký|đang được rao bán"
    r"|đã hết hạn|chưa (?:được )?(?:cấu hình|trỏ))|buy this domain|account has been suspended",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"request(?:ed url)? (?:was )?rejected|your support id is|access (?:to this page has been )?denied", re.IGNORECASE
)
_GONE = re.compile(
    r"(?:trang|bài(?: viết| báo)?|nội dung|tin(?: bài)?|đường dẫn|liên kết|địa chỉ|dữ liệu|bản tin|chuyên mục|kết quả)"
    r"[^.!?\n]{0,60}(?:không tồn tại|không (?:được )?tìm thấy|không còn tồn tại|không khả dụng"
    r"|đã (?:bị )?(?:xoá|xóa|gỡ))"
    r"|(?:không tìm thấy|không tồn tại|không thể tìm thấy)[^.!?\n]{0,20}(?:trang|bài|nội dung|đường dẫn|tin)\b"
    r"|(?:hệ thống|máy chủ|website|trang web)[^.!?\n]{0,40}(?:đang (?:bảo trì|nâng cấp|quá tải)|gặp sự cố)"
    r"|page (?:you (?:are|were) looking for|cannot be found|could not be found|not found)"
    r"|(?:article|page) (?:does not|doesn't|no longer) exist",
    re.IGNORECASE,
)


def refusal(view: View, source: str, weights: list[int]) -> Rejected | None:
    """Why the page is refused whatever its URL, or None.

    `source` is the page's markup; `weights` tells real paragraphs: an article about a missing page has some,
    the missing page has not.
    """
    paragraphs = sum(1 for weight in weights if weight)
    headed = _headed(view)
    if any(weights[block.index] and _GONE.search(block.text) for block in view.layout.blocks):
        paragraphs -= 1
    visible = sum(len(block.text) for block in view.layout.blocks)
    title = view.meta.title or ""
    if visible < _LITTLE_TEXT and len(source) < 40_000:
        if _COOKIE_SCRIPT.search(source) and _RELOAD.search(source) and visible < 300:
            return Rejected("cookie_gate", "sets a cookie by script and reloads")
        shown = title + "\n" + "\n".join(block.text for block in view.layout.blocks)
        if not headed and (_CHALLENGE_TEXT.search(shown) or _CHALLENGE_MARKUP.search(source) or _WALL.search(shown)):
            return Rejected("challenge", "asks whether the reader is human")
    if paragraphs < 2 and _CHALLENGE_TEXT.search(title):
        return Rejected("challenge", "asks whether the reader is human")
    return _error(view, title, paragraphs, headed)


def _headed(view: View) -> bool:
    """Whether the page has a news headline: a heading of five words or more that its head names too."""
    named = [text for text in (view.meta.title, view.meta.get("og:title")) if text]
    for block in view.layout.blocks:
        text = block.text
        plain = block.heading and block.link_share < 0.5 and len(words(text)) >= 5
        if plain and not _says_error(text) and any(likeness(text, other) >= 0.6 for other in named):
            return True
    return False


def _says_error(text: str) -> bool:
    return any(form.search(text) for form in (_ERROR_TITLE, _GONE, _PARKED, _CHALLENGE_TEXT))


def _error(view: View, title: str, paragraphs: int, headed: bool) -> Rejected | None:
    headings = [block.text for block in view.layout.blocks if block.heading and block.link_share < 0.5][:10]
    named = next((text for text in (title, *headings[:3]) if _ERROR_TITLE.search(text)), None)
    if named and paragraphs < 2:
        return Rejected("error", f"error page: {named[:80]}")
    server = next((text for text in (title, *headings[:2]) if _SERVER_TITLE.search(text)), None)
    if server:
        return Rejected("error", f"error page: {server[:80]}")
    parked = next((text for text in (title, *headings[:2]) if _PARKED.search(text)), None)
    if parked and paragraphs < _NOTICE and len(view.layout.blocks) < 40:
        return Rejected("error", f"parked domain: {parked[:80]}")
    if paragraphs >= 2 or headed:
        return None
    for text in (title, *(block.text for block in view.layout.blocks if len(block.text) < 240)):
        found = _GONE.search(text)
        # A headline of another story may speak of missing pages; a link is no notice.
        if found and not _is_link(view, text):
            return Rejected("error", f"soft 404: {found[0][:80]}")
    return None


def _is_link(view: View, text: str) -> bool:
    return any(block.link_share > 0.5 for block in view.layout.blocks if block.text == text)
