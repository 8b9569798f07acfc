"""JSON documents: the listings that some papers' pages are filled from, and JSON Feed (version 1 and 1.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from corpus.clock import HANOI
from corpus.urls import host_of
from crawler.discovery.encoding import as_utf8
from crawler.discovery.feed_values import feed_time, plain_title
from crawler.discovery.found import FoundLink, Problem, SourceRead
from crawler.discovery.paging import counted_on
from crawler.discovery.rules import own_link
from crawler.outlet import JsonListing, Outlet

MAX_BYTES = 8 * 1024 * 1024
MAX_ITEMS = 5_000
GRACE = timedelta(hours=1)

_PLACE = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_ITEMS = re.compile(r'"items"\s*:\s*\[')
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{12,13}")
_VERSION = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org')


def read_listing(
    outlet: Outlet,
    listing: JsonListing,
    body: bytes,
    *,
    base_url: str,
    content_type: str | None,
    now: datetime | None = None,
) -> SourceRead:
    """The links of a JSON listing in its order, each once. Relative ones of an API on a host of its own hang on the
    front page: what an API lists are pages of the paper. A document of another shape than `listing` says, also one
    whose items all lack the keys of their address, is `unreadable`."""
    if len(body) > MAX_BYTES:
        return SourceRead((), False, "too_large")
    items = value_at(_document(_text(body, content_type)), listing.items)
    if not isinstance(items, list):
        return SourceRead((), False, "unreadable")
    addresses = [(link_of(item, listing.link), item) for item in items[:MAX_ITEMS]]
    if items and not any(address for address, _ in addresses):
        return SourceRead((), False, "unreadable")
    latest = now + GRACE if now is not None else None
    base = base_url if host_of(base_url) == host_of(outlet.home) else outlet.home
    found = (
        _found(
            outlet,
            base,
            [address],
            value_at(item, listing.title) if listing.title else None,
            moment_of(value_at(item, listing.published), latest) if listing.published else None,
        )
        for address, item in addresses
    )
    read = _read(found, whole=len(items) <= MAX_ITEMS)
    return replace(read, next_page=counted_on(base_url) if read.links else None)


def is_json(body: bytes) -> bool:
    """Whether a document starts as a JSON object or list does."""
    return as_utf8(body[:64], None).lstrip()[:1] in (b"{", b"[")


def is_json_feed(body: bytes) -> bool:
    """Whether a JSON document says of itself that it is a feed, as the format demands."""
    return _VERSION.search(_text(body[:65536], None)) is not None


def read_json_feed(
    outlet: Outlet, body: bytes, *, base_url: str, content_type: str | None, now: datetime | None = None
) -> SourceRead:
    """The items of a JSON Feed, read as those of other feeds are. One that breaks off gives its whole items."""
    if len(body) > MAX_BYTES:
        return SourceRead((), False, "too_large")
    text = _text(body, content_type)
    document = _document(text)
    whole = isinstance(document, dict)
    items = document.get("items") if isinstance(document, dict) else list(_items_before_the_break(text))
    if not isinstance(items, list) or not (items or is_json_feed(body)):
        return SourceRead((), False, "not_a_feed")
    latest = now + GRACE if now is not None else None
    found = (
        _found(
            outlet,
            base_url,
            _addresses(item),
            item.get("title"),
            moment_of(item.get("date_published"), latest),
            moment_of(item.get("date_modified"), latest),
        )
        for item in items[:MAX_ITEMS]
        if isinstance(item, dict)
    )
    return _read(found, whole=whole and len(items) <= MAX_ITEMS)


def _addresses(item: dict[str, Any]) -> list[Any]:
    """The article's address, else its id where that is one, else the address that it links to."""
    name = item.get("id")
    is_address = isinstance(name, str) and name.startswith(("http://", "https://"))
    return [item.get("url"), name if is_address else None, item.get("external_url")]


def value_at(document: object, path: str) -> object:
    """What stands at a dotted path of keys (empty: the document itself), None where there is nothing."""
    for key in path.split(".") if path else ():
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def link_of(item: object, link: str) -> str | None:
    """An item's address: the value of a key, or a template with the item's values put in; None where one is missing."""
    if "{" not in link:
        return _word(value_at(item, link))
    parts: list[str] = []
    end = 0
    for place in _PLACE.finditer(link):
        word = _word(value_at(item, place.group(1))) or place.group(2)
        if word is None:
            return None
        parts += [link[end : place.start()], word]
        end = place.end()
    return "".join(parts) + link[end:]


def moment_of(value: object, latest: datetime | None = None) -> datetime | None:
    """A time as such documents write them: ISO, day first with a clock, or seconds or milliseconds since 1970."""
    text = _word(value)
    if text is None:
        return None
    if not _EPOCH.fullmatch(text):
        return feed_time(text, latest=latest)
    seconds = float(text) / (1000 if len(text.partition(".")[0]) > 10 else 1)
    moment = datetime.fromtimestamp(int(seconds), HANOI)
    return moment if moment.year >= 1990 and (latest is None or moment <= latest) else None


def _word(value: object) -> str | None:
    """A text or a number as a text, None for anything else and for a blank."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)[:5000].strip() or None


def _text(body: bytes, content_type: str | None) -> str:
    return as_utf8(body, content_type).decode("utf-8", "replace")


def _document(text: str) -> object:
    """The document, None for what is none; a nest of brackets ends in RecursionError, a giant number in ValueError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _items_before_the_break(text: str) -> Iterator[object]:
    start = _ITEMS.search(text)
    place = start.end() if start else len(text)
    decoder = json.JSONDecoder()
    for _ in range(MAX_ITEMS):
        place += len(text[place : place + 200]) - len(text[place : place + 200].lstrip(" \t\r\n,"))
        try:
            item, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        yield item


def _found(
    outlet: Outlet,
    base_url: str,
    addresses: list[Any],
    title: object,
    published: datetime | None,
    modified: datetime | None = None,
) -> FoundLink | None:
    """The item's link: the first of its addresses that is one on the outlet's hosts."""
    for address in addresses:
        if isinstance(address, str) and (link := own_link(outlet, base_url, address)):
            text = plain_title(title) if isinstance(title, str) else None
            return FoundLink(*link, text, published, modified)
    return None


def _read(found: Iterable[FoundLink | None], *, whole: bool) -> SourceRead:
    links: dict[str, FoundLink] = {}
    for link in found:
        if link is not None:
            links.setdefault(link.canonical_url, link)
    problem: Problem | None = "truncated" if not whole else None if links else "empty_listing"
    return SourceRead(tuple(links.values()), whole, problem)
