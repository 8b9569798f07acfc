"""Where the body of the article stands: by the outlet's selector, else found by structure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from lxml.html import HtmlElement

from crawler.extraction.layout import Block, Layout
from crawler.extraction.markup import NOT_ARTICLE, names_of
from crawler.extraction.selectors import select
from crawler.extraction.title import Title
from crawler.extraction.view import View

_LONG = 60
_TEASER_LINK = 20
_CARD_LINK = 8
_CARDS = 3
_IMPRINT = re.compile(
    r"^\W*(?:©|copyright\b|bản quyền thuộc|(?:phó )?tổng biên tập(?: phụ trách)?\s*:|(?:cơ quan )?chủ quản\s*:"
    r"|giấy phép (?:hoạt động|xuất bản|thiết lập|báo chí|mở chuyên trang|(?:số\s*)?:?\s*\d+/))",
    re.IGNORECASE,
)
"""Lines that stand under every page of a paper, in no element that says so on old sites."""


@dataclass(frozen=True, slots=True)
class Container:
    """The element that holds the body, the block where it begins and ends, and how it was found.

    `source` is selector, itemprop or structure; `paragraphs` counts real paragraphs (60 characters or more,
    less than 30 % of them in links, no teaser of another story).
    """

    element: HtmlElement
    start: int
    end: int
    source: str
    paragraphs: int
    link_share: float


def paragraph_weights(layout: Layout) -> list[int]:
    """For each block its length if it is a real paragraph, else 0."""
    weights = [0] * len(layout.blocks)
    for block in layout.blocks:
        if is_paragraph(block) and not is_teaser(layout, block):
            weights[block.index] = len(block.text)
    return weights


def is_paragraph(block: Block) -> bool:
    """A block of running text, wherever it stands."""
    plain = len(block.text) >= _LONG and block.link_share < 0.3 and not block.zone & NOT_ARTICLE
    return plain and not is_imprint(block.text)


def is_imprint(text: str) -> bool:
    """Whether a line is of the imprint: licence, editor in chief, rights."""
    return bool(_IMPRINT.match(text))


def find_container(view: View, title: Title | None, weights: list[int]) -> Container | None:
    """The element that holds the article's body; None if the page has no running text."""
    layout = view.layout
    found = select(view.tree.root, view.selectors.container)
    found = [element for element in found if layout.within(element)]
    if found:
        best = max(found, key=lambda element: sum(len(block.text) for block in layout.within(element)))
        return _container(view, best, 0, "selector", weights)
    if view.selectors.container:
        view.flag("unverified_layout")
    start = title.index + 1 if title and title.index is not None else 0
    for first in (start, 0) if start else (0,):
        sums = [0, *accumulate(weight if index >= first else 0 for index, weight in enumerate(weights))]
        if sums[-1]:
            return _by_structure(view, first, weights, sums)
    return None


def _by_structure(view: View, first: int, weights: list[int], sums: list[int]) -> Container:
    layout = view.layout

    def weight(element: HtmlElement) -> int:
        start, end = layout.spans.get(element, (0, 0))
        return sums[end] - sums[start]

    marked = [e for e in view.tree.body.iter("*") if e.get("itemprop") == "articleBody" and weight(e)]
    if marked:
        best = max(marked, key=weight)
        return _container(view, best, first, "itemprop", weights)
    scores: dict[HtmlElement, float] = defaultdict(float)
    for block in layout.blocks[first:]:
        if not weights[block.index]:
            continue
        element: HtmlElement | None = block.owner
        owner_start, owner_end = layout.spans[block.owner]
        # A paragraph's own element holds the body only if it holds several blocks (double line breaks).
        factor = 1.0 if owner_end - owner_start > 1 else 0.0
        for share in (factor, 1.0, 0.5, 0.25):
            if element is None or element is view.tree.root:
                break
            scores[element] += weights[block.index] * share
            element = element.getparent()
    top = max(scores, key=lambda element: (scores[element], -layout.spans.get(element, (0, 0))[0]))
    return _container(view, _climbed(view, top, first, weight), first, "structure", weights)


def _climbed(view: View, element: HtmlElement, first: int, weight: Callable[[HtmlElement], int]) -> HtmlElement:
    """Go up while the parent adds a good deal of running text and does not reach back to the headline."""
    while True:
        parent = element.getparent()
        if parent is None or parent is view.tree.root or (first and view.layout.holds(parent, first - 1)):
            return element
        if weight(parent) < weight(element) * 1.25:
            return element
        blocks = view.layout.within(parent)
        characters = sum(len(block.text) for block in blocks)
        if sum(block.links for block in blocks) > characters * 0.3:
            return element
        element = parent


def _container(view: View, element: HtmlElement, first: int, source: str, weights: list[int]) -> Container:
    start, end = view.layout.spans[element]
    start = max(start, first)
    blocks = view.layout.blocks[start:end]
    characters = sum(len(block.text) for block in blocks)
    return Container(
        element,
        start,
        end,
        source,
        sum(1 for block in blocks if weights[block.index]),
        sum(block.links for block in blocks) / max(1, characters),
    )


def is_teaser_box(inside: list[Block]) -> bool:
    """A small box of another story: its linked headline first, then its summary."""
    headlines = [b for b in inside if b.link_share > 0.7 and len(b.text) >= _TEASER_LINK]
    longs = [b for b in inside if len(b.text) >= _LONG and b.link_share < 0.3]
    return bool(headlines) and headlines[0] is inside[0] and len(inside) <= 6 and len(longs) <= len(headlines)


def is_teaser(layout: Layout, block: Block) -> bool:
    """A summary under the linked headline of another story: both stand in one small box."""
    box = block.owner
    for _ in range(4):
        parent = box.getparent()
        if parent is None or parent is layout.body:
            return False
        box = parent
        inside = layout.within(box)
        if len(inside) > 6:
            return False
        if len(inside) > 1:
            shortest = _CARD_LINK if _is_card(box) else _TEASER_LINK
            headlines = [b for b in inside if b.link_share > 0.7 and len(b.text) >= shortest]
            longs = [b for b in inside if len(b.text) >= _LONG and b.link_share < 0.3]
            if headlines and headlines[0].index < block.index and len(longs) <= len(headlines):
                return True
    return False


def _is_card(box: HtmlElement) -> bool:
    """Whether a box is one of three or more of its kind side by side: a list of stories, some with short headlines."""
    parent, names = box.getparent(), box.get("class")
    if parent is None or not names:
        return False
    return sum(1 for other in parent if other.tag == box.tag and other.get("class") == names) >= _CARDS


def article_root(view: View, title: Title | None, container: Container | None) -> HtmlElement | None:
    """The smallest element that holds both headline and body; the body element on flat pages, None without either."""
    if title is None or title.index is None or container is None or container.end <= container.start:
        return None
    return view.layout.common(title.index, container.start)


def names_up(element: HtmlElement, levels: int) -> str:
    """Class and id names of an element and of some of its ancestors, in one string."""
    names = []
    current: HtmlElement | None = element
    for _ in range(levels):
        if current is None or current.tag in ("body", "html"):
            break
        names.append(names_of(current))
        current = current.getparent()
    return " ".join(names)
