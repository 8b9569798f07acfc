"""Pages that are no news whatever their URL says: error pages, soft 404s, cookie gates, challenges."""

from __future__ import annotations

import re

from corpus.record import Rejected
from crawler.extraction.view import View

_LITTLE_TEXT = 600
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
    r"^\W*(?:(?:lỗi|error|http)\W*)?(?:40[0134]|410|50[0234])(?:\W|$)|\b404\b.{0,30}(?:not found|lỗi|error|không)"
    r"|^\W*(?:page )?not found|\b(?:internal server error|bad gateway|service unavailable|gateway time-?out)\b"
    r"|\bforbidden\b|^\W*(?:lỗi|error|thông báo lỗi)\W*$|runtime error|server error in",
    re.IGNORECASE,
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
    if any(weights[block.index] and _GONE.search(block.text) for block in view.layout.blocks):
        paragraphs -= 1
    visible = sum(len(block.text) for block in view.layout.blocks)
    title = view.meta.title or ""
    if visible < _LITTLE_TEXT and len(source) < 40_000:
        if _COOKIE_SCRIPT.search(source) and _RELOAD.search(source) and visible < 300:
            return Rejected("cookie_gate", "sets a cookie by script and reloads")
        shown = title + "\n" + "\n".join(block.text for block in view.layout.blocks)
        if _CHALLENGE_TEXT.search(shown) or _CHALLENGE_MARKUP.search(source):
            return Rejected("challenge", "asks whether the reader is human")
    if paragraphs < 2 and _CHALLENGE_TEXT.search(title):
        return Rejected("challenge", "asks whether the reader is human")
    return _error(view, title, paragraphs)


def _error(view: View, title: str, paragraphs: int) -> Rejected | None:
    headings = [block.text for block in view.layout.blocks if block.heading and block.link_share < 0.5][:10]
    named = next((text for text in (title, *headings[:3]) if _ERROR_TITLE.search(text)), None)
    if named and paragraphs < 2:
        return Rejected("error", f"error page: {named[:80]}")
    if paragraphs >= 2:
        return None
    for text in (title, *(block.text for block in view.layout.blocks if len(block.text) < 240)):
        found = _GONE.search(text)
        # A headline of another story may speak of missing pages; a link is no notice.
        if found and not _is_link(view, text):
            return Rejected("error", f"soft 404: {found[0][:80]}")
    return None


def _is_link(view: View, text: str) -> bool:
    return any(block.link_share > 0.5 for block in view.layout.blocks if block.text == text)
