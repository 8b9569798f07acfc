"""What a line that holds a date is about: a date line of the article, or something else with a date in it."""

from __future__ import annotations

import re
from typing import Any

from crawler.extraction.compare import unescaped
from crawler.extraction.dateforms import Seen
from crawler.extraction.layout import Block

_STRANGE = re.compile(
    r"\b(?:giấy phép|cấp ngày|hiệu lực|nghị (?:định|quyết)|quyết định|thông tư|khai mạc|bế mạc|từ ngày|đến ngày"
    r"|trước ngày|diễn ra|kỳ họp|thi hành|ra ngày|số báo|số ra|hạn (?:chót|cuối)|sinh ngày|khoá|khóa|nhiệm kỳ"
    r"|bình luận lúc|copyright)\b|©",
    re.IGNORECASE,
)
FILL = re.compile(
    r"thứ\s*(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ\s*nhật|\b(?:cn|t[2-7])\b"
    r"|[(\[]?\s*(?:gmt|utc)\s*\+?\s*0?7(?::?00)?\s*[)\]]?"
    r"|cập nhật(?: lần cuối| lúc| ngày)?|ngày đăng|đăng(?: tải| ngày| lúc| tin| bài)?|xuất bản|phát hành"
    r"|\blúc\b|\bngày\b|thời gian|lượt (?:xem|đọc)|bình luận|chia sẻ|theo dõi|\bviews?\b|\d+"
    r"|(?:bản )?in (?:bài|trang|tin)(?: này| viết)?|bản in|gửi (?:email|bài|tin|cho bạn bè?)|lưu bài"
    r"|cỡ chữ|nghe (?:đọc )?bài(?: viết)?|google news|facebook|twitter|zalo"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[|•·–—»›>]|\s[-/]\s")
_COMPANIONS = frozenset({"theo", "bởi", "tác", "giả", "viết", "bài", "ảnh", "nguồn", "tin", "pv", "phút", "đọc"})


def view_text(element: Any) -> str:
    """The text of an inline element as one line."""
    return unescaped(element.text_content())


def left_over(text: str, seen: list[Seen]) -> list[str]:
    """The words of a line that are neither its dates nor what goes with dates."""
    for one in sorted(seen, key=lambda s: -s.start):
        text = text[: one.start] + " " + text[one.end :]
    return re.findall(r"[^\W\d_]+", FILL.sub(" ", text))


def strange(block: Block, text: str, seen: list[Seen]) -> str | None:
    """Why a line with dates is not a date line; None if it is one. `text` is the block's, as dates were read in it."""
    if _STRANGE.search(text):
        return "the line speaks of something else"
    if len(left_over(text, seen)) > 12:
        return "the line holds more than a date"
    if not _stands_alone(block):
        for one in seen:
            start = max((cut.end() for cut in _SEPARATOR.finditer(text, 0, one.start)), default=0)
            behind = _SEPARATOR.search(text, one.end)
            segment = text[start : one.start] + " " + text[one.end : behind.start() if behind else len(text)]
            if any(word.islower() and word not in _COMPANIONS for word in left_over(segment, [])):
                return "the line is a sentence"
    days = {one.at.date() for one in seen if one.label is None}
    if len(days) > 1:
        return "the line holds several days"
    return None


def _stands_alone(block: Block) -> bool:
    """Whether a date is all that an inline element of the line holds."""
    return any(
        part.tag in ("span", "time", "em", "i", "small", "b", "strong", "label", "font")
        and re.search(r"\d", view_text(part))
        and len(view_text(part)) < len(block.text)
        and not re.findall(r"[^\W\d_]{2,}", FILL.sub(" ", view_text(part)))
        for part in block.parts[:20]
    )
