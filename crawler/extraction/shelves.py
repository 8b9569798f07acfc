"""Shelves at the address of an article: the printed paper, a programme, a list of videos.

Systems keep these among the articles, with a number, a headline and a date; only what the page shows tells them.
"""

from __future__ import annotations

import re

from corpus.record import Rejected
from corpus.urls import path_and_query
from crawler.extraction.compare import words
from crawler.extraction.container import Container, is_imprint, is_teaser
from crawler.extraction.datelines import left_over
from crawler.extraction.layout import Block
from crawler.extraction.markup import NOT_ARTICLE
from crawler.extraction.title import Title
from crawler.extraction.view import View

_PRINT = r"(?:(?:đọc|xem) )?(?:báo in|báo giấy|bản in|e-?paper)|(?:đọc|xem) báo"
_SENT = r"videos?|clips?|podcasts?|(?:multi)?media|truyền hình|phát thanh|phát sóng|truyền thanh|tv|radio"
_HEADLINES = (
    ("epaper", re.compile(rf"^\W*(?:{_PRINT})\b", re.IGNORECASE)),
    (
        "epaper",
        re.compile(
            r"^\W*(?:(?:báo|tạp chí|nhật báo|tuần báo|đặc san|phụ san|ấn phẩm)\b.{0,60}\W)?"
            r"số(?: báo)?(?: ra)?(?: ngày)?\s*\d",
            re.IGNORECASE,
        ),
    ),
    (
        "video_list",
        re.compile(
            rf"^\W*(?:{_SENT}|(?:chương trình|lịch)(?: phát sóng)? (?:truyền|phát) (?:hình|thanh|sóng)"
            r"|bản tin (?:truyền hình|phát thanh|thời sự))\b",
            re.IGNORECASE,
        ),
    ),
)
_PARTS = (
    ("epaper", re.compile(rf"^\W*(?:{_PRINT}|ấn phẩm)(?: số.*)?\W*$", re.IGNORECASE)),
    ("video_list", re.compile(rf"^\W*(?:{_SENT})(?: trực tuyến| online)?\W*$", re.IGNORECASE)),
)
"""What a part of the page's `<title>` says, if it is the name of such a section."""
_PATHS = (
    ("epaper", re.compile(r"[/_-](?:e-?paper|bao[-_]?in|bao-?giay|doc-bao|xem-bao|an-pham|so-bao)(?:[/._-]|$)", re.I)),
    (
        "video_list",
        re.compile(r"/(?:videos?|clips?|podcasts?|(?:multi)?media|truyen-hinh|phat-thanh|tv|radio)(?:[/.-]|$)", re.I),
    ),
)
_SEPARATOR = re.compile(r"\s+[|\-–—:»]+\s+|\s*\|\s*")
_HOUR = re.compile(r"^\W*\d{1,2}\s*(?:[:h]|giờ)\s*\d{0,2}.{0,70}$", re.IGNORECASE)
_OWN = 40
_AHEAD = 60


def shelf(view: View, title: Title | None, container: Container | None) -> Rejected | None:
    """The refusal of a page that says it is one of these and tells nothing of its own; None for all others.

    A story that only stands in such a section has a paragraph, or captions under its pictures.
    """
    kind = medium_named(view, title)
    if kind is None or _tells(view, title.index if title and title.index is not None else -1, container):
        return None
    return Rejected(kind, "a shelf of other things, no article")


def medium_named(view: View, title: Title | None) -> str | None:
    """`epaper` or `video_list` where the headline, the page's title or the address speaks of such a thing."""
    shown = title.text if title else ""
    for kind, pattern in _HEADLINES:
        if pattern.search(shown):
            return kind
    for part in _SEPARATOR.split(view.meta.title or ""):
        for kind, pattern in _PARTS:
            if pattern.search(part):
                return kind
    where = path_and_query(view.url) if view.url else ""
    return next((kind for kind, pattern in _PATHS if pattern.search(where)), None)


def _tells(view: View, headline: int, container: Container | None) -> bool:
    """Whether anything is told below the headline: a line that is neither link nor teaser, date, hour or imprint."""
    below = container is not None and container.end > headline + 1
    last = container.end if below and container is not None else headline + 1 + _AHEAD
    blocks = view.layout.blocks[headline + 1 : last]
    return any(_own(view, block, blocks[number - 1] if number else None) for number, block in enumerate(blocks))


def _own(view: View, block: Block, before: Block | None) -> bool:
    if len(block.text) < _OWN or block.link_share > 0.5 or block.zone & NOT_ARTICLE or is_imprint(block.text):
        return False
    if not left_over(block.text, []) or all(_HOUR.match(line) for line in block.text.split("\n")):
        return False
    # What stands under a linked headline is the summary of that story.
    headed = before is not None and before.link_share > 0.7 and len(words(before.text)) >= 4
    return not headed and not is_teaser(view.layout, block)
