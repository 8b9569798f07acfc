"""Text -> element tree, once, with limits on what later steps may be asked to read."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from crawler.tags import without_overloaded_tags

MAX_ELEMENTS = 10_000
"""Above this, trafilatura reads no uncut page (100,000 paragraphs cost it more than a minute)."""
MAX_LEVELS = 250
"""Above this trafilatura answers nothing, and lxml itself stops at 254 levels."""
WALK_ELEMENTS = 150_000
"""Above this a page is not even walked."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed page: its root, its body element, the number of elements."""

    root: HtmlElement
    body: HtmlElement
    elements: int


def parse(text: str) -> Tree | None:
    """Parse a page; None when there is nothing to parse."""
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = document_fromstring(without_overloaded_tags(text.encode("utf-8", "ignore")), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    body = root.find("body")
    if body is None:
        # A page of nothing but a script has none, and must still be told from an empty one.
        body = etree.SubElement(root, "body")
    return Tree(root, body, sum(1 for _ in root.iter()))
