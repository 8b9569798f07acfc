"""Widgets inside a body: polls, players, adverts, weather, calls to follow. Told by structure and by their words.

Class names tell nothing here: they change with each redesign, a radio button or "0:12 / 3:40" does not.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from corpus.text import one_line
from crawler.extraction.container import Container, article_root
from crawler.extraction.layout import Block
from crawler.extraction.markup import INLINE
from crawler.extraction.title import Title
from crawler.extraction.view import View

_SIZE = 500
"""Characters: a box with more than this is no widget."""
_SHARE = 0.6
_LONG = 120
_LONGEST_LINE = 300
_CLOCKS = re.compile(
    r"^\W*(?:(?:nghe|đọc|audio|podcast|thời lượng)\b[^.!?]{0,40})?\d{1,2}:\d{2}\s*/\s*\d{1,2}:\d{2}\W*$", re.IGNORECASE
)
_VOICE = re.compile(
    r"\b(?:giọng đọc|bản đọc|đọc bài|nghe bài)\b.{0,80}\b(?:tự động|máy|ai|trí tuệ nhân tạo|công nghệ)\b"
    r"|^\W*(?:giọng )?(?:nam|nữ)(?: miền)? (?:bắc|trung|nam)\W*$",
    re.IGNORECASE,
)
_PLATFORM = r"(?:zalo|facebook|fanpage|youtube|tiktok|telegram|viber|google (?:news|tin tức)|ứng dụng|app)"
_FOLLOW = re.compile(
    r"^\W*(?:(?:mời|hãy|vui lòng|xin mời)\W+)?(?:(?:quý vị|quý độc giả|quý bạn đọc|bạn đọc|độc giả|các bạn|bạn)\W+)?"
    r"(?:bấm|nhấn|nhấp|click|chọn|quét|tải|quan tâm|theo dõi|follow|đăng ký|like|tham gia|kết nối|subscribe)\b"
    rf"(?=.{{0,100}}\b{_PLATFORM}\b)"
    r"(?=.*(?:\bđể (?:nhận|đọc|xem|cập nhật|theo dõi|không bỏ lỡ)\b"
    r"|\b(?:kênh|fanpage|trang|ứng dụng|app)\b.{0,20}\bbáo\b"
    r"|\bchúng tôi\b))[^.!?]*[.!?]?\W*$",
    re.IGNORECASE,
)
_SHARING = re.compile(
    r"^\W*(?:(?:chia sẻ|share|facebook|fb|twitter|zalo|e?-?mail|messenger|telegram|linkedin|pinterest|viber|tweet"
    r"|sao chép(?: liên kết| link)?|copy(?: link)?|in(?: bài| trang)?|bản in|lưu(?: bài| tin)?|gửi(?: bài| tin)?"
    r"|thích|like|link|x)\b\W*){3,}$",
    re.IGNORECASE,
)
_INVITATION = re.compile(
    r"^\W*(?:mời|nhận|liên hệ|đăng ký|hợp tác|bảng giá|báo giá)\s+(?:đặt |đăng |phòng )?quảng cáo\b[^.!?]*$",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"\b(?:điện thoại|đt|hotline|tel|e-?mail|zalo|liên hệ)\b", re.IGNORECASE)
_REACHED = re.compile(r"\d[\d .]{7,}\d|\S@\S")
_WEATHER_DAY = re.compile(r"^\W*(?:hôm nay|ngày mai|ngày kia)\W*$", re.IGNORECASE)
_DEGREES = re.compile(r"\d\s*°|\d\s*(?:độ )?c\b", re.IGNORECASE)
_POLL_WORDS = re.compile(r"^\W*(?:thăm dò|bình chọn|khảo sát)\b|\?\W*$", re.IGNORECASE)


def is_widget_line(text: str) -> bool:
    """Whether a line is a widget's whatever stands around it: a player's clocks, a call to follow, a row of buttons."""
    if len(text) > _LONGEST_LINE:
        return False
    line = one_line(text)
    sharing = _SHARING.match(line) if len(line) <= 100 else None
    return bool(sharing or _CLOCKS.match(line) or _FOLLOW.match(line) or _is_invitation(line))


def widget_blocks(view: View, title: Title | None, container: Container) -> set[int]:
    """The numbers of the blocks that are widgets, from the headline to the end of the body."""
    above = title is not None and title.index is not None and title.index < container.start
    first = title.index + 1 if above and title is not None and title.index is not None else container.start
    blocks = view.layout.blocks[first : container.end]
    limit = min(_SIZE, _SHARE * sum(len(block.text) for block in blocks))
    root = article_root(view, title, container) if above else None
    found: set[int] = set()
    # Adjoining widgets would be searched once for each of their elements.
    seen: set[HtmlElement] = set()
    for element in (container.element if root is None else root).iter("audio", "input", "a", "table"):
        if _marks_box(view, element):
            found |= _box(view, container, element, limit, seen)
        elif element.tag == "input" and (element.get("type") or "").lower() in ("radio", "checkbox"):
            found |= _poll(view, container, element, limit, seen)
    found &= set(range(first, container.end))
    found |= {block.index for block in blocks if is_widget_line(block.text)}
    return found | _beside(blocks, found) | _contacts_at_the_end(blocks, found)


def _marks_box(view: View, element: HtmlElement) -> bool:
    """Whether the element's box is a widget: a player, a link that is paid for, a weather table."""
    if element.tag == "a":
        return "sponsored" in (element.get("rel") or "").lower().split()
    return element.tag == "audio" or (element.tag == "table" and _is_weather(view, element))


def _box(view: View, container: Container, element: HtmlElement, limit: float, seen: set[HtmlElement]) -> set[int]:
    """The blocks of the smallest element around a sign of a widget that shows words; none where that is large."""
    current: HtmlElement | None = element
    while current is not None and current is not container.element:
        if current.tag not in INLINE and view.layout.within(current):
            if current in seen:
                return set()
            seen.add(current)
            inside = view.layout.within(current)
            return {block.index for block in inside} if sum(len(block.text) for block in inside) <= limit else set()
        current = current.getparent()
    return set()


def _poll(view: View, container: Container, element: HtmlElement, limit: float, seen: set[HtmlElement]) -> set[int]:
    """The blocks of the largest small element around an answer to tick, with the question that may stand before it."""
    best: HtmlElement | None = None
    current = element.getparent()
    while current is not None and current is not container.element:
        if current in seen:
            break
        seen.add(current)
        inside = view.layout.within(current)
        if sum(len(block.text) for block in inside) > limit or any(len(block.text) > _LONG for block in inside):
            break
        if current.tag not in INLINE and inside:
            best = current
        current = current.getparent()
    if best is None:
        return set()
    found = {block.index for block in view.layout.within(best)}
    before = min(found) - 1
    if before >= container.start and before not in found:
        block = view.layout.blocks[before]
        if len(block.text) <= _LONG and _POLL_WORDS.search(block.text) and block.owner.getparent() is best.getparent():
            found.add(before)
    return found


def _is_weather(view: View, table: HtmlElement) -> bool:
    """A table of degrees for "Hôm nay" and "Ngày mai": news name their days by date."""
    texts = [block.text for block in view.layout.within(table)[:40]]
    return any(_WEATHER_DAY.match(text) for text in texts) and any(_DEGREES.search(text) for text in texts)


def _is_invitation(line: str) -> bool:
    found = _INVITATION.match(line)
    # "Liên hệ quảng cáo qua mạng, ông bị lừa" is a sentence; an invitation is a heading or brings a number.
    return found is not None and (line.isupper() or bool(_REACHED.search(line)) or len(line.split()) <= 8)


def _is_contact(line: str) -> bool:
    if len(line) > _LONGEST_LINE or "quảng cáo" not in line.casefold():
        return False
    return bool(_CONTACT.search(line) and _REACHED.search(line))


def _beside(blocks: list[Block], sure: set[int]) -> set[int]:
    """Lines that belong to a widget because they adjoin one: a player's word on its voice, an advertiser's number."""
    found: set[int] = set()
    for ordered, step in ((blocks, -1), (blocks[::-1], 1)):
        for block in ordered:
            near = block.index + step
            weak = len(block.text) <= _LONGEST_LINE and (_VOICE.search(block.text) or _is_contact(block.text))
            if weak and (near in sure or near in found):
                found.add(block.index)
    return found


def _contacts_at_the_end(blocks: list[Block], sure: set[int]) -> set[int]:
    """An address for advertisers behind the last line of the text."""
    found: set[int] = set()
    for block in reversed(blocks):
        if block.index in sure:
            continue
        if not _is_contact(one_line(block.text[: _LONGEST_LINE + 1])):
            break
        found.add(block.index)
    return found
