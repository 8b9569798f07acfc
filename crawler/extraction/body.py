"""The text of the article: trafilatura on the cut page, checked against what was left after cutting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import trafilatura
from lxml.html import HtmlElement

from corpus.text import clean, one_line
from crawler.extraction.compare import key, words
from crawler.extraction.layout import Block
from crawler.extraction.parse import MAX_ELEMENTS

_ENOUGH = 0.9
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Body:
    """Paragraphs of the text, and how they were made: `cut` (trafilatura on the cut page), `blocks` (trafilatura
    lost more than a tenth of it, or the cut page is too large for it) or `whole` (trafilatura on the whole page)."""

    paragraphs: tuple[str, ...]
    made_by: str


def read_cut(root: HtmlElement, kept: list[Block]) -> Body:
    """Text of a cut page. What trafilatura loses or reorders is taken from the blocks themselves."""
    own = _from_blocks(kept)
    if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        return Body(tuple(own), "blocks")
    lines = _trafilatura(root, fast=True)
    wanted = set(words(" ".join(own)))
    found = set(words(" ".join(lines)))
    size, expected = sum(map(len, lines)), sum(map(len, own))
    if size >= expected * _ENOUGH and len(wanted & found) >= len(wanted) * _ENOUGH:
        return Body(tuple(lines), "cut")
    return Body(tuple(own), "blocks")


def without_dropped(body: Body, dropped: list[Block], kept: list[Block]) -> Body:
    """The body without lines that were to be dropped: loose text between line breaks has no element to cut out."""
    gone = {key(line) for block in dropped for line in (block.text, *block.text.split("\n"))}
    gone -= {key(line) for block in kept for line in block.text.split("\n")}
    return Body(tuple(text for text in body.paragraphs if key(text) not in gone), body.made_by)


def read_whole(root: HtmlElement) -> Body:
    """Text of an uncut page, all of trafilatura's fallbacks at work. The caller has checked the page's size."""
    return Body(tuple(_trafilatura(root, fast=False)), "whole")


def without(paragraphs: tuple[str, ...], unwanted: list[str]) -> tuple[str, ...]:
    """Paragraphs without those that only repeat one of the given texts."""
    keys = {key(text) for text in unwanted if text}
    return tuple(text for text in paragraphs if key(text) not in keys)


def _trafilatura(root: HtmlElement, fast: bool) -> list[str]:
    try:
        document = trafilatura.bare_extraction(root, fast=fast, include_comments=False, include_tables=True)
    except Exception:  # noqa: BLE001 - whatever a page does to the library, it costs us the library's help, not the page
        return []
    if document is None or isinstance(document, dict) or document.body is None:
        return []
    return list(_lines(document.body))


def _lines(body: HtmlElement) -> Iterator[str]:
    """The paragraphs of trafilatura's own XML: rows of a table with " | " between their cells."""
    for element in body:
        if element.tag == "table":
            for row in element.iter("row"):
                inside = list(row.iter("cell"))
                if len(inside) == 1:
                    # One cell a row is a frame around text, not a table.
                    yield from _split("".join(_texts(inside[0])))
                    continue
                cells = [one_line(" ".join(cell.itertext())) for cell in inside]
                line = " | ".join(cell for cell in cells if cell)
                if line:
                    yield line
        elif element.tag == "list":
            for item in element.iter("item"):
                yield from _split("".join(_texts(item)))
        else:
            yield from _split("".join(_texts(element)))


def _texts(element: HtmlElement) -> Iterator[str]:
    if element.tag == "lb":
        yield "\n"
    yield element.text or ""
    for child in element:
        if child.tag in ("p", "list", "item", "head", "quote"):
            yield "\n"
        yield from _texts(child)
        if child.tag in ("p", "list", "item", "head", "quote"):
            yield "\n"
        yield child.tail or ""


def _split(text: str) -> Iterator[str]:
    for line in clean(text).split("\n"):
        if _WORD.search(line):
            yield line.strip()


def _from_blocks(kept: list[Block]) -> list[str]:
    """Paragraphs from blocks; the cells of one table row become one line."""
    lines: list[str] = []
    row: HtmlElement | None = None
    for block in kept:
        mine = _row_of(block)
        text = " ".join(block.text.split()) if mine is not None else block.text
        if mine is not None and mine is row and lines and _cells(mine) > 1:
            lines[-1] += " | " + text
        else:
            lines += _split(text)
        row = mine
    return lines


def _cells(row: HtmlElement) -> int:
    return sum(1 for cell in row if cell.tag in ("td", "th"))


def _row_of(block: Block) -> HtmlElement | None:
    element = block.owner
    for _ in range(4):
        if element is None:
            return None
        if element.tag == "tr":
            return element
        element = element.getparent()
    return None
