"""A page read once, as all later steps see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from corpus.text import one_line
from crawler.extraction.address import Address
from crawler.extraction.jsonld import JsonLd
from crawler.extraction.layout import Block, Layout
from crawler.extraction.meta import Meta
from crawler.extraction.page import PageInput
from crawler.extraction.parse import Tree
from crawler.outlet import Outlet, Selectors


@dataclass(slots=True)
class View:
    """The parsed page with what was read from it, its address and outlet, and notes for `explain`."""

    page: PageInput
    tree: Tree
    layout: Layout
    meta: Meta
    jsonld: JsonLd
    address: Address
    flags: list[str] = field(default_factory=list)
    explain: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str | None:
        """The page's address; None if neither caller nor page gives one."""
        return self.address.url

    @property
    def outlet(self) -> Outlet | None:
        """The outlet that the page belongs to."""
        return self.address.outlet

    @property
    def selectors(self) -> Selectors:
        """The outlet's selectors; all empty without an outlet."""
        return self.outlet.selectors if self.outlet else Selectors()

    def flag(self, name: str) -> None:
        """Note a flag once."""
        if name not in self.flags:
            self.flags.append(name)

    def text_of(self, element: HtmlElement) -> str:
        """The visible text of an element as one line, from its blocks."""
        if self.layout.spans.get(element, (0, 0)) == (0, 0):
            return one_line(element.text_content())
        blocks = self.layout.within(element)
        if len(blocks) == 1 and element in blocks[0].parts:
            # An inline element shares its block with its neighbours.
            return one_line(element.text_content())
        return one_line(" ".join(block.text for block in blocks))

    def block_of(self, element: HtmlElement) -> Block | None:
        """The first block inside an element."""
        blocks = self.layout.within(element)
        return blocks[0] if blocks else None
