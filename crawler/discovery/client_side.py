"""Does a page without articles wait for a script to fill it?"""

from __future__ import annotations

import re

from lxml import etree

_ROOT_IDS = frozenset({"app", "root", "__nuxt", "__next", "___gatsby", "q-app", "svelte", "main-app", "react-root"})
_ROOT_TAGS = frozenset({"app-root", "ng-view", "ion-app"})
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_ASKS = re.compile(r"java\s*script", re.IGNORECASE)
_FRAME = 300
"""Characters: what stands in an empty frame (a name, "Đang tải") is shorter, what stands in any list is longer."""


def needs_javascript(page: etree._Element) -> bool:
    """Whether the page is a frame for scripts: one of the usual root elements with hardly any text in it, or hardly
    any text at all, and then a script or a `<noscript>` that asks for JavaScript. To be asked of a page without
    article links."""
    body = page.find(".//body")
    body = page if body is None else body
    has_script = next(page.iter("script"), None) is not None
    asks = any(_ASKS.search(" ".join(map(str, element.itertext()))) for element in page.iter("noscript"))
    if not has_script and not asks:
        return False
    return _is_bare(body) or any(_is_bare(element) for element in body.iter() if _is_root(element))


def _is_root(element: etree._Element) -> bool:
    name = str(element.get("id") or "").lower()
    return name in _ROOT_IDS or element.tag in _ROOT_TAGS or element.get("ng-app") is not None


def _is_bare(element: etree._Element) -> bool:
    """Whether an element holds less visible text than a list would."""
    seen = 0
    waiting = [element]
    while waiting and seen < _FRAME:
        part = waiting.pop()
        if isinstance(part.tag, str) and part.tag not in _UNSEEN:
            seen += len((part.text or "").strip())
            waiting += list(part)
        if part is not element:
            seen += len((part.tail or "").strip())
    return seen < _FRAME
