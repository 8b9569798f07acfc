"""Cutting the page down to the article: decided on blocks, carried out on the tree.

What goes: related boxes, link lists and their headings, captions, byline and source lines, headline, lead and
date where they stand inside, the paper's buttons. The page's tree is changed in place; dates, captions and all
else must have been read before.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml.html import HtmlElement, document_fromstring

from corpus.text import one_line
from crawler.extraction.byline import end_of_article
from crawler.extraction.compare import key
from crawler.extraction.container import Container, is_teaser_box
from crawler.extraction.layout import Block, Layout
from crawler.extraction.markup import INLINE, NOT_ARTICLE, SKIPPED, Zone, names_of
from crawler.extraction.selectors import select_all
from crawler.extraction.view import View

_BOX_HEADINGS = (
    r"(?:các )?(?:tin|bài|bài viết|tin tức|tin bài|nội dung)(?: (?:bài|viết|tức))?\s*(?:mới(?: nhất)?|liên quan|khác"
    r"|cùng chuyên mục|nổi bật|đọc nhiều|xem nhiều|cũ hơn|nên đọc)",
    r"(?:đọc|xem) nhiều(?: nhất)?|nóng nhất|mới nhất|tin nóng|liên quan|cùng chuyên mục|bạn nên đọc|xem tin theo ngày",
    r"có thể bạn (?:quan tâm|thích)|(?:đọc|xem) (?:thêm|tiếp)|mời (?:quý vị|bạn đọc|độc giả|quý độc giả)[^.]{0,40}",
    r"tags?|từ khoá|từ khóa|chia sẻ|bình luận(?: \(\d+\))?|ý kiến bạn đọc|(?:gửi|xem) bình luận",
    r"theo dõi (?:chúng tôi|báo|\S.{0,40} trên)\b.{0,40}",
    r"quảng cáo|advertisement|về trang chủ đề|\[?video\]?|in bài viết|gửi email|thích|lưu bài|nghe bài viết",
    r"quay (?:trở )?lại(?: đầu trang)?|về đầu trang|trở về",
)
_BOX_HEADING = re.compile(rf"^\W*(?:{'|'.join(_BOX_HEADINGS)})\W*$", re.IGNORECASE)
_SEE_ALSO = re.compile(
    r"^\W*(?:>>+|»|►|▶|(?:xem|đọc) (?:thêm|tiếp|lại)\s*:|mời (?:xem|đọc)|tham khảo thêm)", re.IGNORECASE
)
_TAIL_NAMES = re.compile(
    r"(?:^|[\s_-])(?:tags?|keywords?|tu-?khoa|rating|vote|author|byline|tac-?gia|source|nguon|share|social|newsletter"
    r"|subscribe|ads?|adv|advert|adsense|adsweb|video-?(?:title|caption|desc)|quang-?cao|banner|breadcrumb|toolbar|audio|player)(?:$|[\s_-])"
)
_TAG_LINE = re.compile(r"^\W*(?:từ khoá|từ khóa|tags?)\s*:", re.IGNORECASE)
_ADVERT_LABEL = re.compile(
    r"^\W*(?:quảng cáo|advertisement|nội dung (?:được )?tài trợ|tài trợ|sponsored)\W*$", re.IGNORECASE
)
_UNFILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
"""Template text that the server sent unfilled, as Báo Lạng Sơn's does."""
_BOX_SHARE = 0.4


def drop_blocks(view: View, container: Container, extra: set[int]) -> set[int]:
    """The numbers of the container's blocks that are not running text; `extra` are known ones (captions, byline)."""
    blocks = view.layout.blocks[container.start : container.end]
    chosen = {b.index for e in select_all(container.element, view.selectors.drop) for b in view.layout.within(e)}
    total = sum(len(block.text) for block in blocks) or 1
    dropped = {block.index for block in blocks if block.index in chosen or block.index in extra}
    dropped |= _boxes(view, container, blocks, total)
    lines = _comma_lines(view)
    for block in blocks:
        if block.index not in dropped and (_is_clutter(block) or _is_keyword_line(view, block, lines)):
            dropped.add(block.index)
    return dropped | _trailing_headings(blocks, dropped)


def kept_blocks(view: View, container: Container, dropped: set[int]) -> list[Block]:
    """The blocks of the body that are left; what stands behind byline and box heading is another story."""
    blocks = end_of_article(view.layout.blocks[container.start : container.end], is_box_heading)
    return [block for block in blocks if block.index not in dropped]


def is_box_heading(line: str) -> bool:
    """Whether a line is the heading of a box of other stories, comments or buttons."""
    return len(line) <= 80 and bool(_BOX_HEADING.match(one_line(line)))


def cut_tree(layout: Layout, container: Container, kept: list[Block]) -> HtmlElement:
    """The container with nothing but the kept blocks, as a small page of its own, wrapped in `<article>`."""
    keep = {block.index for block in kept}
    root = document_fromstring("<html><body><article></article></body></html>")
    article = next(root.iter("article"))
    element = container.element
    _prune(layout, element, keep)
    element.tail = None
    if element.tag in ("body", "html", "article", "main"):
        element.tag = "div"
    article.append(element)
    return root


def _prune(layout: Layout, top: HtmlElement, keep: set[int]) -> None:
    """Take out every element none of whose blocks is kept; loose text beside them goes with them."""
    stack = [top]
    while stack:
        element = stack.pop()
        for child in list(element):
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag == "br":
                continue
            start, end = layout.spans.get(child, (0, 0))
            if tag in SKIPPED or not tag or not any(index in keep for index in range(start, end)):
                _remove(child, keep_tail=not _tail_dropped(layout, element, start, end, keep))
            else:
                stack.append(child)


def _tail_dropped(layout: Layout, parent: HtmlElement, start: int, end: int, keep: set[int]) -> bool:
    """Whether the text behind a removed child belongs to a dropped block of its parent."""
    for index in (end, start):
        if index < len(layout.blocks) and layout.blocks[index].owner is parent:
            return index not in keep
    return False


def _remove(element: HtmlElement, keep_tail: bool) -> None:
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail if keep_tail else None
    if tail and element.tag not in INLINE:
        # What stood behind a picture's box must not run together with what stood before it.
        element.clear(keep_tail=True)
        element.tag = "br"
        return
    if tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def _boxes(view: View, container: Container, blocks: list[Block], total: int) -> set[int]:
    """Blocks in boxes called related, comment and the like, and in lists of links; never a large part of the body."""
    dropped: set[int] = set()
    seen: set[HtmlElement] = set()
    for block in blocks:
        element = block.owner
        while element is not None and element is not container.element:
            if element not in seen:
                seen.add(element)
                inside = [b for b in view.layout.within(element) if b.index >= container.start]
                size = sum(len(b.text) for b in inside)
                if size <= total * _BOX_SHARE and _is_box(element, inside, size):
                    dropped |= {b.index for b in inside}
            element = element.getparent()
    return dropped


def _is_box(element: HtmlElement, inside: list[Block], size: int) -> bool:
    if inside and all(block.zone & NOT_ARTICLE for block in inside):
        return True
    names = names_of(element)
    if names and _TAIL_NAMES.search(names) and size < 400:
        return True
    if len(inside) > 1 and (is_teaser_box(inside) or (size < 300 and _ADVERT_LABEL.match(inside[0].text))):
        return True
    links = sum(block.links for block in inside)
    if element.tag in ("td", "th", "tr", "table", "tbody"):
        return bool(size) and links > size * 0.8
    if size and links > size * 0.6 and (len(inside) > 1 or inside[0].link_share > 0.9):
        return True
    return bool(inside) and len(inside) > 1 and bool(_BOX_HEADING.match(inside[0].text)) and links > size * 0.3


def _is_clutter(block: Block) -> bool:
    line = one_line(block.text)
    if block.zone & Zone.HIDDEN or not re.search(r"\w", line) or _UNFILLED.search(line):
        return True
    if is_box_heading(line) or (block.link_share > 0.3 and _TAG_LINE.match(line)):
        return True
    return bool(_SEE_ALSO.match(line)) and (block.link_share > 0.3 or len(line) < 60)


def _comma_lines(view: View) -> Counter[str]:
    """How often the page shows each short line with commas; counted once, since pages have thousands of lines."""
    return Counter(key(b.text) for b in view.layout.blocks if len(b.text) <= 300 and b.text.count(",") >= 2)


def _is_keyword_line(view: View, block: Block, lines: Counter[str]) -> bool:
    """A line of keywords: those of the page's head, or a list of words that the page shows twice."""
    pieces = block.text.strip(" ,;").split(",")
    if len(pieces) < 3 or len(block.text) > 300 or block.text.rstrip().endswith((".", "!", "?")):
        return False
    mine = key(block.text)
    if mine == key(view.meta.get("keywords", "news_keywords") or ""):
        return True
    short = all(len(piece.split()) <= 4 for piece in pieces)
    return short and lines[mine] > 1


def keywords_shown(view: View, container: Container) -> tuple[str, ...]:
    """The keywords of a keyword line in the body: the only tags that some papers show."""
    lines = _comma_lines(view)
    for block in view.layout.blocks[container.start : container.end]:
        if _is_keyword_line(view, block, lines):
            return tuple(
                dict.fromkeys(word for piece in block.text.split(",") if (word := one_line(piece).strip(" ;#")))
            )
    return ()


def _trailing_headings(blocks: list[Block], dropped: set[int]) -> set[int]:
    """Headings at the very end of what is kept stand over nothing: they go too."""
    extra: set[int] = set()
    for block in reversed(blocks):
        if block.index in dropped:
            continue
        if not block.heading or len(block.text) > 120:
            break
        extra.add(block.index)
    return extra
