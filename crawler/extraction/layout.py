"""A page as a list of text blocks in reading order, with their place in the tree.

A block is a run of inline content: a paragraph, a heading, a table cell, a line between two double breaks.
All that later steps ask ("what stands between title and body?", "how much of this element is links?") is
answered from this list; the tree is walked once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from corpus.text import clean
from crawler.extraction.markup import HEADINGS, INLINE, SKIPPED, Zone, zone_of


@dataclass(slots=True, eq=False)
class Block:
    """One run of text. `owner` is the block-level element it stands in, `parts` its inline elements.

    `text` is clean and keeps single line breaks; `links`, `bold` and `italic` count its characters in such elements;
    `after_image` says that a picture stands between the previous block and the end of this one.
    """

    index: int
    owner: HtmlElement
    text: str
    links: int
    bold: int
    italic: int
    zone: int
    after_image: bool
    parts: tuple[HtmlElement, ...] = ()

    @property
    def link_share(self) -> float:
        """Share of the characters that stand in links, 0 to 1."""
        return min(1.0, self.links / max(1, len(self.text)))

    @property
    def heading(self) -> bool:
        """Whether the block stands in h1 to h6."""
        return self.owner.tag in HEADINGS


@dataclass(slots=True)
class Layout:
    """The blocks of a page, and for each element the half-open range of blocks that stand in it."""

    blocks: list[Block] = field(default_factory=list)
    spans: dict[HtmlElement, tuple[int, int]] = field(default_factory=dict)
    levels: int = 0
    body: HtmlElement | None = None

    def within(self, element: HtmlElement) -> list[Block]:
        """The blocks inside an element."""
        start, end = self.spans.get(element, (0, 0))
        return self.blocks[start:end]

    def holds(self, element: HtmlElement, index: int) -> bool:
        """Whether block number `index` stands inside an element."""
        start, end = self.spans.get(element, (0, 0))
        return start <= index < end

    def common(self, first: int, second: int) -> HtmlElement | None:
        """The smallest element that holds both blocks."""
        element: HtmlElement | None = self.blocks[first].owner
        while element is not None and not self.holds(element, second):
            element = element.getparent()
        return element


@dataclass(slots=True)
class _Frame:
    element: HtmlElement
    zone: int
    in_article: bool
    first: int
    children: list[HtmlElement]
    inline: bool


class _Walker:
    """Collects blocks on an iterative walk; deep pages must not exhaust Python's stack."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._pieces: list[str] = []
        self._parts: list[HtmlElement] = []
        self._counts = {"a": 0, "b": 0, "i": 0}
        self._depth = {"a": 0, "b": 0, "i": 0}
        self._image = False
        self._breaks = 0

    def walk(self, body: HtmlElement) -> Layout:
        stack = [self._open(body, Zone.NONE, False)]
        self.layout.body = body
        while stack:
            frame = stack[-1]
            self.layout.levels = max(self.layout.levels, len(stack))
            if frame.children:
                child = frame.children.pop()
                tag = child.tag if isinstance(child.tag, str) else ""
                if not tag or tag in SKIPPED:
                    if tag in ("video", "iframe", "object", "embed"):
                        self._image = True
                    self.layout.spans[child] = (len(self.layout.blocks), len(self.layout.blocks))
                    self._text(child.tail, frame)
                elif tag == "br":
                    self._break(frame)
                    if _between_fields(child):
                        self._flush(frame)
                    self._text(child.tail, frame)
                else:
                    if tag not in INLINE:
                        self._flush(frame)
                    stack.append(self._open(child, frame.zone, frame.in_article))
                continue
            stack.pop()
            self._close(frame, stack[-1] if stack else None)
        return self.layout

    def _open(self, element: HtmlElement, zone: int, in_article: bool) -> _Frame:
        tag = element.tag
        inline = tag in INLINE
        frame = _Frame(
            element,
            zone | zone_of(element, tag, in_article),
            in_article or tag in ("article", "main"),
            len(self.layout.blocks),
            list(reversed(element)),
            inline,
        )
        if tag in ("img", "picture"):
            self._image = True
        style = _style(tag)
        if style:
            self._depth[style] += 1
        if inline:
            self._parts.append(element)
        self._text(element.text, frame)
        return frame

    def _close(self, frame: _Frame, parent: _Frame | None) -> None:
        if not frame.inline:
            self._flush(frame)
        style = _style(frame.element.tag)
        if style:
            self._depth[style] -= 1
        # An inline element's text may still be pending: its range then ends with the block to come.
        end = len(self.layout.blocks) + (1 if frame.inline and self._pieces else 0)
        self.layout.spans[frame.element] = (frame.first, end)
        if parent is not None:
            self._text(frame.element.tail, parent)

    def _text(self, text: str | None, frame: _Frame) -> None:
        if not text or (frame.inline and frame.zone & Zone.HIDDEN):
            return
        if text.strip():
            self._breaks = 0
            size = len(" ".join(text.split()))
            for style, depth in self._depth.items():
                if depth:
                    self._counts[style] += size
            self._pieces.append(text.replace("\n", " ").replace("\r", " "))
        elif self._pieces:
            self._pieces.append(" ")

    def _break(self, frame: _Frame) -> None:
        self._breaks += 1
        if self._breaks >= 2:
            self._flush(frame)
        else:
            self._pieces.append("\n")

    def _flush(self, frame: _Frame) -> None:
        if self._pieces:
            text = clean("".join(self._pieces)).strip()
            if text:
                owner = frame.element
                while owner.tag in INLINE and owner.getparent() is not None:
                    owner = owner.getparent()
                self.layout.blocks.append(
                    Block(
                        len(self.layout.blocks),
                        owner,
                        text,
                        self._counts["a"],
                        self._counts["b"],
                        self._counts["i"],
                        frame.zone,
                        self._image,
                        tuple(self._parts),
                    )
                )
                self._image = False
        self._pieces = []
        self._parts = []
        self._counts = {"a": 0, "b": 0, "i": 0}
        self._breaks = 0


def _between_fields(line_break: HtmlElement) -> bool:
    """Whether a line break parts two inline elements that have an id each: ASP.NET sets headline, date and lead so."""
    before, after = line_break.getprevious(), line_break.getnext()
    if before is None or after is None or before.tag not in INLINE or after.tag not in INLINE:
        return False
    alone = not (before.tail or "").strip() and not (line_break.tail or "").strip()
    return alone and bool(before.get("id") and after.get("id"))


def _style(tag: str) -> str | None:
    if tag == "a":
        return "a"
    if tag in ("b", "strong"):
        return "b"
    if tag in ("i", "em"):
        return "i"
    return None


def lay_out(body: HtmlElement) -> Layout:
    """Walk a page's body once and give its blocks."""
    return _Walker().walk(body)
