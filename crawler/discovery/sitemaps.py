"""Sitemaps: lists of pages, indexes of lists, news sitemaps, plain lists of addresses; packed or not.

The document goes through libxml2 in pieces and no tree is made of it. Before that every reference that is none of
XML's own five becomes plain text, so that no entity, whatever a document declares, is ever put in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from corpus.clock import HANOI
from corpus.urls import BadUrl, canonical_url, host_of, resolve
from crawler.discovery.encoding import decoded_pieces
from crawler.discovery.feed_values import feed_time, plain_title
from crawler.discovery.found import ChildSitemap, FoundLink, Problem, SourceRead
from crawler.discovery.rules import worth_fetching
from crawler.discovery.sitemap_entries import MAX_ENTRIES, Entries, Entry, ListedLines
from crawler.discovery.unpacking import Unpacked
from crawler.outlet import Outlet

MAX_BYTES = 50 * 1024 * 1024
"""Of the document as it came, and of all that is unpacked from it."""
GRACE = timedelta(hours=1)
_SAME_MOMENT, _SAME_DAY = 20, 500
"""No paper publishes more than so many articles in one second, or on one day: such a time is the sitemap's own."""

_LINES = re.compile(r"\s*https?://", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml[^>]{0,500}\?>", re.IGNORECASE)
_SLIP = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:#(x[0-9A-Fa-f]{1,8}|[0-9]{1,8});)?|<(?![A-Za-z_:/!?])")
_ENDS = re.compile(r"</\s*(?:[\w.-]{1,20}:)?(?:urlset|sitemapindex)\s*>", re.IGNORECASE)
_HEAD = 600
_LONGEST_TAG = 256 * 1024
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:Z|[+-]\d{2}:?\d{2})?")
_MIDNIGHT = re.compile(r"T00:00(?::00(?:\.0{1,9})?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE)
_MONTH_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_/]?(0[1-9]|1[0-2]|[1-9](?!\d))(?:[-_/]?(\d\d))?(?!\d)")
_SIDE_LIST = re.compile(
    r"categor|chuyen-?muc|(?<![a-z])tags?(?![a-z])|author|tac-gia|image|photo|video|static", re.IGNORECASE
)


def read_sitemap(
    outlet: Outlet, body: bytes, *, base_url: str, content_type: str | None, now: datetime | None = None
) -> SourceRead:
    """The links of a sitemap that are worth fetching, newest first (undated ones behind, in its own order), or the
    sitemaps on the outlet's hosts that an index names.

    A sitemap that breaks off gives what stands before the break and is not complete. Times later than `now` are None,
    and so are those that too many entries share.
    """
    if len(body) > MAX_BYTES:
        return SourceRead((), False, "too_large")
    unpacked = Unpacked(body, MAX_BYTES)
    entries = _entries(decoded_pieces(unpacked, content_type))
    if unpacked.problem == "too_large" or entries.too_complex:
        return SourceRead((), False, "too_large" if unpacked.problem == "too_large" else "too_complex")
    if not entries.is_sitemap:
        return SourceRead((), False, "not_a_sitemap")
    latest = now + GRACE if now is not None else None
    links = _links(outlet, entries.pages, base_url, latest)
    children = _children(outlet, entries.sitemaps, base_url, latest)
    whole = entries.whole and unpacked.problem is None
    problem: Problem | None = "truncated" if not whole else None if links or children else "empty_listing"
    return SourceRead(tuple(links), whole, problem, tuple(children))


def _entries(texts: Iterator[str]) -> Entries | ListedLines:
    """The document's entries, read until it ends or holds more than we take."""
    head = ""
    for text in texts:
        head = (head + text).lstrip()
        if len(head) >= _HEAD:
            break
    if _LINES.match(head):
        lines = ListedLines()
        for text in _chained(head, texts):
            if not lines.feed(text):
                break
        lines.finish()
        return lines
    entries = Entries()
    target: Any = entries
    parser = etree.XMLParser(
        target=target,
        recover=True,
        resolve_entities=False,
        huge_tree=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    tail = ""
    try:
        for text in _whole_tags(_chained(_without_declaration(head), texts)):
            mended, slips = _SLIP.subn(_plain, text)
            entries.slips += slips
            parser.feed(mended.encode("utf-8", "replace"))
            entries.fed(len(mended))
            tail = (tail + text)[-500:]
            if entries.has_enough:
                break
        entries.finish(whole=not entries.has_enough and _ENDS.search(tail) is not None)
        parser.close()
    except etree.LxmlError:
        entries.finish(whole=False)
    return entries


def _without_declaration(head: str) -> str:
    """The document from its first tag on, without the encoding that it declares: it is in UTF-8 by now."""
    head = head[max(0, head.find("<")) :]
    declared = _DECLARATION.match(head)
    return head[declared.end() :] if declared else head


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _whole_tags(texts: Iterable[str]) -> Iterator[str]:
    """The same text cut anew, each piece ending with a tag, so that no reference is cut in two."""
    waiting = ""
    for text in texts:
        waiting += text
        cut = waiting.rfind(">") + 1
        if cut or len(waiting) > _LONGEST_TAG:
            yield waiting[: cut or None]
            waiting = waiting[cut:] if cut else ""
    yield waiting


def _plain(found: re.Match[str]) -> str:
    """A reference by number as it stands where there is such a character; any other `&`, and a `<` that opens no tag,
    as plain text."""
    digits = found.group(1)
    if found.group() == "<":
        return "&lt;"
    if digits is None:
        return "&amp;"
    number = int(digits[1:], 16) if digits[0] == "x" else int(digits)
    return found.group() if 31 < number < 0xD800 or 0xDFFF < number < 0xFFFE else ""


def _links(outlet: Outlet, pages: list[Entry], base_url: str, latest: datetime | None) -> list[FoundLink]:
    shared = Counter(page.lastmod for page in pages)
    links: dict[str, FoundLink] = {}
    listed: dict[str, Entry] = {}
    for page in pages[:MAX_ENTRIES]:
        listed.setdefault(page.loc, page)
    for page in listed.values():
        url = resolve(base_url, page.loc)
        try:
            canonical = canonical_url(url or "", keep_query=outlet.keep_query)
        except BadUrl:
            continue
        if canonical in links or not worth_fetching(outlet, canonical):
            continue
        published = None if _MIDNIGHT.search(page.published) else feed_time(page.published, latest=latest)
        believed = shared[page.lastmod] <= (_SAME_MOMENT if ":" in page.lastmod else _SAME_DAY)
        modified = (earliest_moment(page.lastmod, latest) if believed else None) or (
            earliest_moment(page.published, latest) if published is None else None
        )
        links[canonical] = FoundLink(url or canonical, canonical, plain_title(page.title), published, modified)
    return sorted(links.values(), key=lambda link: _age(link.published or link.modified))


def _children(outlet: Outlet, sitemaps: list[Entry], base_url: str, latest: datetime | None) -> list[ChildSitemap]:
    """The named sitemaps, newest first; those of categories, tags and pictures last, for they list no articles."""
    children: dict[str, ChildSitemap] = {}
    for sitemap in sitemaps[:MAX_ENTRIES]:
        url = resolve(base_url, sitemap.loc)
        if url is not None and url != base_url and outlet.has_host(host_of(url)):
            children.setdefault(url, ChildSitemap(url, earliest_moment(sitemap.lastmod, latest)))
    return sorted(
        children.values(), key=lambda child: (_is_side_list(child.url), _age(child.modified), _name_age(child.url))
    )


def earliest_moment(text: str, latest: datetime | None = None) -> datetime | None:
    """The first moment of what a W3C date names: a time, a day, a month or a year; None for garbage and for what is
    later than `latest`."""
    if moment := feed_time(text, latest=latest):
        return moment
    if not (found := _DAY.fullmatch(text.strip())):
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        moment = datetime(year, month, day, tzinfo=HANOI)
    except ValueError:
        return None
    return moment if 1990 <= year <= 2100 and (latest is None or moment <= latest) else None


def _age(moment: datetime | None) -> float:
    """A key that puts the newest first and what has no time last."""
    return -moment.timestamp() if moment is not None else float("inf")


def _is_side_list(url: str) -> bool:
    return _SIDE_LIST.search(url.rpartition("/")[2]) is not None


def _name_age(url: str) -> int:
    """The same for the month in a sitemap's name, `sitemap-2026-03.xml`."""
    found = _MONTH_IN_NAME.search(url.rpartition("/")[2])
    return -int(f"{found[1]}{int(found[2]):02}{int(found[3] or 0):02}") if found else 0
