"""The headline: the h1 that is shown, not what og:title or JSON-LD say it should have been."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from corpus.text import one_line
from crawler.extraction.compare import key, likeness, overlap, words
from crawler.extraction.jsonld import text_of
from crawler.extraction.layout import Block
from crawler.extraction.markup import Zone, names_of
from crawler.extraction.selectors import select
from crawler.extraction.view import View

_SEPARATOR = re.compile(r"\s+[|\-–—:»]+\s+|\s*\|\s*")
_STAMPED = ("small", "span", "time", "em", "i", "font", "label", "p", "div")
_STAMP = re.compile(
    r"^\W*(?:(?:thứ \w+|chủ nhật|cập nhật|ngày|đăng|lúc)\W+)*(?:\d{1,2}[:h]\d{2}\W+)?\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}"
    r"(?:\W+\d{1,2}[:h]\d{2})?(?:\W*(?:gmt|am|pm|sa|ch)\W*\d*\W*)?$",
    re.IGNORECASE,
)
_CALLED_TITLE = re.compile(r"tieu-?de|(?:^|[\s_-])(?:title|headline|tit)(?:$|[\s_-])|lbltitle|(?:detail|news|post|view|article)-?(?:page-?)?tit")  # fmt: skip  # noqa: E501
_FURNITURE = Zone.HEADER | Zone.NAV | Zone.FOOTER | Zone.COMMENT | Zone.RELATED | Zone.HIDDEN


@dataclass(frozen=True, slots=True)
class Title:
    """The headline, the element and number of the block it stands in (None: not on the page), how it was found.

    `source` is selector, h1, block or meta; `agrees` says that the page's metadata names the same headline.
    """

    text: str
    source: str
    element: HtmlElement | None = None
    index: int | None = None
    agrees: bool = False


def references(view: View) -> list[str]:
    """Headlines as metadata give them, without doubles: JSON-LD, og:title, `<title>` with and without its tails."""
    found = [text_of(node.get("headline")) or text_of(node.get("name")) for node in view.jsonld.articles]
    found += [view.meta.get("og:title"), view.meta.get("twitter:title"), view.page.hint_title]
    whole = view.meta.title
    if whole:
        parts = _SEPARATOR.split(whole)
        found.append(whole)
        found += [whole[: whole.find(parts[cut])].rstrip(" |-–—:»") for cut in range(len(parts) - 1, 0, -1)][:3]
    return list(dict.fromkeys(text for text in found if text))


def find_title(view: View) -> Title | None:
    """The page's headline; None if nothing on the page looks like one."""
    known = references(view)
    chosen = select(view.tree.root, view.selectors.title)
    for element in chosen:
        text = view.text_of(element)
        if text:
            return _title(view, element, text, "selector", known)
    if view.selectors.title:
        view.flag("unverified_layout")
    return _from_h1(view, known) or _from_block(view, known) or _from_lone_h1(view, known) or _from_name(view, known)


def title_from_meta(view: View) -> Title | None:
    """A headline from metadata alone, without the outlet's name behind it; for pages known to be articles."""
    for name in ("og:title", "twitter:title"):
        value = view.meta.get(name)
        if value:
            return Title(_without_site(view, value), "meta")
    for node in view.jsonld.articles:
        headline = text_of(node.get("headline"))
        if headline:
            return Title(headline, "meta")
    if view.meta.title:
        return Title(_without_site(view, view.meta.title), "meta")
    hint = one_line(view.page.hint_title or "")
    return Title(hint, "listing") if hint else None


def stamps(element: HtmlElement) -> list[str]:
    """The texts of elements inside a headline's element that hold a date and nothing else."""
    found = [one_line(child.text_content()) for child in element.iter(*_STAMPED) if child is not element]
    return [text for text in found if text and _STAMP.match(text)]


def _title(view: View, element: HtmlElement, text: str, source: str, known: list[str]) -> Title:
    for stamp in stamps(element):
        text = one_line(text.replace(stamp, " "))
    start, end = view.layout.spans.get(element, (0, 0))
    agrees = any(likeness(text, other) >= 0.6 for other in known)
    return Title(text, source, element, start if end > start else None, agrees)


def _headings(view: View) -> list[tuple[HtmlElement, str]]:
    found = []
    for element in view.tree.root.iter("h1"):
        block = view.block_of(element)
        if block is not None and not block.zone & Zone.HIDDEN:
            text = view.text_of(element)
            if text:
                found.append((element, text))
    return found[:50]


def _from_h1(view: View, known: list[str]) -> Title | None:
    """The h1 that says what metadata say; the first of the best."""
    best: tuple[float, HtmlElement, str] | None = None
    for element, text in _headings(view):
        score = max((likeness(text, other) for other in known), default=0.0)
        if score >= 0.6 and (best is None or score > best[0]):
            best = (score, element, text)
    return _title(view, best[1], best[2], "h1", known) if best else None


def _from_block(view: View, known: list[str]) -> Title | None:
    """Old sites have no h1: a block outside of links and menus that is worded like the page's title."""
    keys = {key(text) for text in known if len(words(text)) >= 4}
    fit = [b for b in view.layout.blocks if not b.zone & _FURNITURE and len(b.text) <= 300 and b.link_share <= 0.5]
    for block in fit:
        if key(block.text) in keys:
            return _of_block(view, block, block.owner, "block", known)
    for block in fit:
        # The headline shown and that of the head often differ by a word or two.
        if len(words(block.text)) >= 6 and any(likeness(block.text, other) >= 0.85 for other in keys):
            return _of_block(view, block, block.owner, "block", known)
    return None


def _from_lone_h1(view: View, known: list[str]) -> Title | None:
    """An h1 that metadata word differently: one that shares half of its words, or the only one outside the header."""
    free = []
    for element, text in _headings(view):
        block = view.block_of(element)
        if block is not None and not block.zone & _FURNITURE and len(words(text)) >= 3:
            free.append((element, text))
    for element, text in free:
        if any(overlap(text, other) >= 0.5 for other in known):
            return _title(view, element, text, "h1", known)
    if len(free) == 1:
        return _title(view, free[0][0], free[0][1], "h1", known)
    return None


def _from_name(view: View, known: list[str]) -> Title | None:
    """Pages whose head says nothing but the paper's name: the only block called title, outside of links and lists."""
    found = []
    for block in view.layout.blocks:
        if block.zone & _FURNITURE or block.link_share > 0.1 or not 5 <= len(words(block.text)) <= 40:
            continue
        if _CALLED_TITLE.search(" ".join(names_of(element) for element in (block.owner, *block.parts[:2]))):
            found.append(block)
    if len(found) != 1:
        return None
    part = next((part for part in found[0].parts[:2] if _CALLED_TITLE.search(names_of(part))), found[0].owner)
    return _of_block(view, found[0], part, "named", known)


def _of_block(view: View, block: Block, element: HtmlElement, source: str, known: list[str]) -> Title:
    """A headline that is a block: its owner may hold much of the page, so the number is the block's own."""
    return replace(_title(view, element, one_line(block.text), source, known), index=block.index)


def _without_site(view: View, text: str) -> str:
    """Cut the outlet's name, and the section before it, off the end of a title."""
    names = [view.meta.get("og:site_name") or "", view.outlet.name if view.outlet else ""]
    parts = _SEPARATOR.split(text)
    for cut, part in enumerate(parts[1:], 1):
        if any(name and overlap(part, name) >= 0.99 for name in names) or part.lower().startswith("báo "):
            return one_line(_SEPARATOR.sub(" - ", " - ".join(parts[:cut])))
    return one_line(text)
