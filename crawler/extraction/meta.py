"""`<meta>`, `<link>` and `<title>` of a page's head."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from crawler.extraction.compare import unescaped

_MAX = 400


@dataclass(frozen=True, slots=True)
class Meta:
    """Head of a page: `values` by lower-case name, property or itemprop (first one wins), unescaped;
    `all` holds every different value of a name."""

    values: dict[str, str] = field(default_factory=dict)
    all: dict[str, tuple[str, ...]] = field(default_factory=dict)
    title: str | None = None
    canonical: str | None = None
    base: str | None = None
    language: str | None = None

    def get(self, *names: str) -> str | None:
        """The first of these that the page gives a value."""
        for name in names:
            value = self.values.get(name)
            if value:
                return value
        return None


def read_meta(root: HtmlElement) -> Meta:
    """Read a page's head. Tags are taken wherever they stand: broken heads end early in the tree."""
    values: dict[str, str] = {}
    all_values: dict[str, tuple[str, ...]] = {}
    for number, tag in enumerate(root.iter("meta")):
        if number >= _MAX:
            break
        content = tag.get("content")
        if not content:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (tag.get(attribute) or "").strip().lower()
            if not name:
                continue
            value = unescaped(content[:4000])
            values.setdefault(name, value)
            if value not in all_values.get(name, ()):
                all_values[name] = (*all_values.get(name, ()), value)
    title = next(root.iter("title"), None)
    return Meta(
        values,
        all_values,
        unescaped(title.text_content()) or None if title is not None else None,
        _link(root, "canonical"),
        _base(root),
        (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "").lower() or None,
    )


def _link(root: HtmlElement, relation: str) -> str | None:
    for link in root.iter("link"):
        if relation in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href")).strip()
    return None


def _base(root: HtmlElement) -> str | None:
    base = next(root.iter("base"), None)
    return base.get("href") if base is not None else None
