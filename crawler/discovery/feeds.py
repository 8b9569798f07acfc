"""Feeds: RSS 0.90 to 2.0, RDF and Atom, in the shapes that papers really publish.

feedparser is handed a `BytesIO` and nothing else: given bytes or str it opens files and fetches addresses that the
body names. What makes it slow (entity declarations, deep nesting, hundreds of attributes, blanks without end, great
size) is stopped before it. Texts of items are not used, so they are neither cleaned nor resolved.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from feedparser import api

from corpus.urls import host_of, resolve
from crawler.discovery.encoding import as_utf8
from crawler.discovery.feed_values import feed_time, plain_title
from crawler.discovery.found import FoundLink, Problem, SourceRead
from crawler.discovery.rules import own_link
from crawler.outlet import Outlet

MAX_BYTES = 8 * 1024 * 1024
MAX_ITEMS = 5_000
MAX_TAGS = 500_000
MAX_DEPTH = 1_000
MAX_DEPTHS = 50_000_000
"""Sum of the depths of all tags: what feedparser does at a tag grows with its depth."""
MAX_ATTRIBUTES = 200
GRACE = timedelta(hours=1)

_ENTITY = re.compile(rb"<!ENTITY[^>]*>?", re.IGNORECASE)
_NUMBERED = re.compile(rb"&#(x[0-9a-f]{1,4000}|[0-9]{1,4000});?", re.IGNORECASE)
_BLANKS = re.compile(rb"\s{2,}")
_FIRST_TAG = re.compile(rb"<[A-Za-z]")
_HIDDEN = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(rb"<(/?)[A-Za-z][^<>]*")
_ROOT = re.compile(rb"<(?:\w{1,20}:)?(?:rss|rdf|feed|channel)[\s>]", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ITEM_END = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s*>", re.IGNORECASE)
_FEED_END = re.compile(rb"</(?:\w{1,20}:)?(?:rss|rdf|feed|channel)\s*>", re.IGNORECASE)


def read_feed(
    outlet: Outlet, body: bytes, *, base_url: str, content_type: str | None, now: datetime | None = None
) -> SourceRead:
    """The items of a feed that lead to the outlet's own hosts, in the feed's order, each once.

    A feed that breaks off gives its whole items and is not complete. Times later than `now` are None.
    """
    if len(body) > MAX_BYTES:
        return SourceRead((), False, "too_large")
    body = _defused(as_utf8(body, content_type))
    if not _ROOT.search(body):
        return SourceRead((), False, "not_a_feed")
    if _too_complex(body):
        return SourceRead((), False, "too_complex")
    body, whole = _whole_items(body)
    parsed = _parse(body, base_url)
    if not (parsed.get("version") or parsed.get("entries")):
        return SourceRead((), False, "not_a_feed")
    times = _Times(latest=now + GRACE if now is not None else None, rss=parsed["version"].startswith("rss"))
    links: dict[str, FoundLink] = {}
    for entry in parsed["entries"]:
        if (link := _found(outlet, entry, base_url, times)) is not None:
            links.setdefault(link.canonical_url, link)
    problem: Problem | None = "truncated" if not whole else None if links else "empty_listing"
    return SourceRead(tuple(links.values()), whole, problem)


def _defused(body: bytes) -> bytes:
    """Without entity declarations, and without long blanks before the first tag, where feedparser's search for a
    document type is quadratic, and without references to characters that there are not, on which it gives up."""
    body = _NUMBERED.sub(_character, _ENTITY.sub(b"", body.strip()))
    first = _FIRST_TAG.search(body)
    head = first.start() if first else len(body)
    return _BLANKS.sub(b"\n", body[:head]) + body[head:]


def _character(found: re.Match[bytes]) -> bytes:
    """A numbered character as it stands, or nothing where Unicode has none of that number."""
    digits = found.group(1).lower()
    number = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return found.group() if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else b""


def _too_complex(body: bytes) -> bool:
    """Whether tags are too many, nest too deeply or have too many attributes; CDATA and comments hold no tags."""
    markup = _HIDDEN.sub(b"", body)
    if markup.count(b"<") > MAX_TAGS:
        return True
    depth = depths = 0
    for match in _TAG.finditer(markup):
        tag = match.group()
        if match.group(1):
            depth = max(0, depth - 1)
        elif not tag.endswith(b"/"):
            depth += 1
        depths += depth
        if depth > MAX_DEPTH or (len(tag) > MAX_ATTRIBUTES and tag.count(b"=") > MAX_ATTRIBUTES):
            return True
    return depths > MAX_DEPTHS


def _whole_items(body: bytes) -> tuple[bytes, bool]:
    """The feed and whether it is whole: cut after its last whole item if it breaks off before its end, and after
    item 5,000 anyway."""
    ends = [match.end() for match in islice(_ITEM_END.finditer(body), MAX_ITEMS + 1)]
    if len(ends) > MAX_ITEMS:
        return body[: ends[MAX_ITEMS - 1]], False
    if _FEED_END.search(body, max(0, len(body) - 4096)):
        return body, True
    if ends:
        return body[: ends[-1]], False
    first = _ITEM.search(body)
    return (body[: first.start()] if first else body), False


def _parse(body: bytes, base_url: str) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base_url}
    parse: Any = api.parse
    try:
        return parse(io.BytesIO(body), response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    except Exception:  # noqa: BLE001 - a library over hostile bytes: what it cannot read is no feed, never a lost run
        return {}


@dataclass(frozen=True, slots=True)
class _Times:
    """How the times of a feed are read: none after `latest`; in RSS, where feedparser calls `dc:date` updated, a lone
    time is the publication."""

    latest: datetime | None
    rss: bool

    def of(self, entry: Any) -> tuple[datetime | None, datetime | None]:
        """When an item was published and when it was changed."""
        published = feed_time(entry.get("published"), latest=self.latest)
        # Asked first: without `updated` feedparser would give `published`, and a warning.
        modified = feed_time(entry["updated"], latest=self.latest) if "updated" in entry else None
        return (modified, None) if self.rss and published is None else (published, modified)


def _found(outlet: Outlet, entry: Any, base_url: str, times: _Times) -> FoundLink | None:
    """An item's link, None where it has none or it leads elsewhere. A feed may name articles of unknown form."""
    for href in _addresses(entry):
        url = resolve(base_url, href.strip())
        if url is None or not outlet.has_host(host_of(url)):
            continue  # a redirector or a counter; the article's own address may stand beside it
        link = own_link(outlet, base_url, href)
        return FoundLink(*link, plain_title(entry.get("title")), *times.of(entry)) if link else None
    return None


def _addresses(entry: Any) -> Iterator[str]:
    """The addresses that an item gives, the one to be believed first: the one a redirector leads to, the link, links
    of any type, the guid beside a link that leads elsewhere, and as the last the item's address of itself."""
    guid = entry.get("id")
    links = [link for link in entry.get("links", ()) if isinstance(link.get("href"), str)]
    yield from (
        href
        for href in (
            entry.get("feedburner_origlink"),
            entry.get("link"),
            *(link["href"] for link in links if link.get("rel") == "alternate"),
            guid if entry.get("link") and str(guid).startswith(("http://", "https://")) else None,
            *(link["href"] for link in links if link.get("rel") == "self"),
        )
        if isinstance(href, str) and href.strip()
    )
