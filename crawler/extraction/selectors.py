"""CSS selectors of outlet files on a page; a selector that cannot be read finds nothing."""

from __future__ import annotations

from functools import lru_cache

from cssselect import HTMLTranslator, SelectorError
from lxml import etree
from lxml.html import HtmlElement


@lru_cache(maxsize=2048)
def _compiled(selector: str) -> etree.XPath | None:
    try:
        return etree.XPath(HTMLTranslator().css_to_xpath(selector))
    except (SelectorError, etree.XPathError):
        return None


def select(root: HtmlElement, selectors: tuple[str, ...]) -> list[HtmlElement]:
    """The elements of the first selector that finds any, in document order."""
    for selector in selectors:
        found = select_all(root, (selector,))
        if found:
            return found
    return []


def select_all(root: HtmlElement, selectors: tuple[str, ...]) -> list[HtmlElement]:
    """The elements that any of the selectors finds."""
    found: list[HtmlElement] = []
    for selector in selectors:
        compiled = _compiled(selector)
        if compiled is None:
            continue
        elements = compiled(root)
        if isinstance(elements, list):
            found.extend(element for element in elements if isinstance(element, HtmlElement))
    return found
