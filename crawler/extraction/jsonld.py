"""JSON-LD of a page: the article it describes, its breadcrumb. Broken blocks are skipped, and said."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from crawler.extraction.compare import unescaped

ARTICLE_TYPES = frozenset(
    {
        "article", "newsarticle", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
        "backgroundnewsarticle", "reviewnewsarticle", "blogposting", "liveblogposting", "report",
    }
)  # fmt: skip
NEWS_TYPES = frozenset({"article", "newsarticle", "reportagenewsarticle"})
_MAX_BLOCKS = 30
_MAX_SIZE = 500_000
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_WRAPPERS = ("@graph", "mainEntity", "mainEntityOfPage")


@dataclass(frozen=True, slots=True)
class JsonLd:
    """What the page's JSON-LD says: article nodes, breadcrumb names, all types, number of broken blocks."""

    articles: tuple[dict[str, Any], ...] = ()
    breadcrumb: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    broken: int = 0


def read_jsonld(root: HtmlElement) -> JsonLd:
    """Read all JSON-LD blocks of a page. Items of lists are not looked into: they are other stories."""
    articles: list[dict[str, Any]] = []
    breadcrumb: tuple[str, ...] = ()
    types: set[str] = set()
    broken = 0
    for number, script in enumerate(root.iter("script")):
        if "ld+json" not in (script.get("type") or "").lower() or number > 400 or len(articles) > _MAX_BLOCKS:
            continue
        value = _load(script.text or "")
        if value is None:
            broken += 1
            continue
        for node in _nodes(value, 0):
            kinds = node_types(node)
            types |= kinds
            if kinds & ARTICLE_TYPES:
                articles.append(node)
            if "breadcrumblist" in kinds:
                breadcrumb = _breadcrumb(node) or breadcrumb
    return JsonLd(tuple(articles), breadcrumb, frozenset(types), broken)


def node_types(node: dict[str, Any]) -> set[str]:
    """The types of a node, lower-case, without `schema:` or address."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return {re.split(r"[/:#]", name)[-1].strip().lower() for name in names if isinstance(name, str)}


def text_of(value: Any) -> str | None:
    """A JSON-LD value as one clean line: strings, the first of a list, the name of an object."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    if not isinstance(value, str):
        return None
    return unescaped(value[:5000]) or None


def _load(text: str) -> Any:
    """The block's value, tried as it is and then with common faults mended; None if it cannot be read."""
    text = text.strip()
    if len(text) > _MAX_SIZE:
        return None
    text = text.removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text), html.unescape(text)):
        try:
            return json.loads(attempt.rstrip("; \n"), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value[:200]:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, (dict, list)):
                yield from _nodes(inner, depth + 1)


def _breadcrumb(node: dict[str, Any]) -> tuple[str, ...]:
    items = node.get("itemListElement")
    names: list[str] = []
    for item in items[:20] if isinstance(items, list) else []:
        # Some papers wrap every level in a list of its own.
        item = item[0] if isinstance(item, list) and item else item
        if not isinstance(item, dict):
            continue
        name = text_of(item.get("name")) or text_of(item.get("item"))
        if name:
            names.append(name)
    return tuple(names[:12])
