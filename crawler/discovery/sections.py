"""Section pages: the article links of an HTML page, and where its list goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree, html

from corpus.text import one_line
from corpus.urls import BadUrl, canonical_url, path_and_query, resolve
from crawler.discovery.client_side import needs_javascript
from crawler.discovery.encoding import as_utf8
from crawler.discovery.found import FoundLink, Problem, SourceRead
from crawler.discovery.paging import Step, next_page
from crawler.discovery.rules import worth_fetching
from crawler.outlet import Outlet
from crawler.tags import without_overloaded_tags

MAX_BYTES = 4 * 1024 * 1024
MAX_ANCHORS = 20_000
MAX_LINKS = 500
"""More article links than any list has: a trap, or an archive that new articles do not need."""
_LONGEST_TITLE = 500
_END = re.compile(rb"</html\s*>", re.IGNORECASE)


def read_section(outlet: Outlet, body: bytes, *, base_url: str, content_type: str | None) -> SourceRead:
    """The links of a section page that are worth fetching, in the order of the page, each once with its best title,
    and where the list goes on."""
    if len(body) > MAX_BYTES:
        return SourceRead((), False, "too_large")
    root = parse_page(body, content_type)
    if root is None:
        return SourceRead((), False, "unreadable")
    base = _base(root, base_url) if outlet.base_href else base_url
    anchors = list(page_anchors(root, base))
    links = _links(outlet, anchors)
    if not links:
        return SourceRead((), True, "needs_javascript" if needs_javascript(root) else "empty_listing")
    problem: Problem | None = "too_many_links" if len(links) > MAX_LINKS else None
    steps = (Step(url, _words(anchor), _is_next(anchor)) for anchor, url in anchors)
    is_front = path_and_query(base_url).partition("?")[0] == path_and_query(outlet.home)
    following = None if is_front else next_page([*steps, *_next_links(root, base)], base_url)
    return SourceRead(tuple(islice(links.values(), MAX_LINKS)), True, problem, next_page=following)


def _links(outlet: Outlet, anchors: list[tuple[etree._Element, str]]) -> dict[str, FoundLink]:
    """By canonical address; one more than the limit at most."""
    links: dict[str, FoundLink] = {}
    ranks: dict[str, int] = {}
    for anchor, url in anchors:
        try:
            canonical = canonical_url(url, keep_query=outlet.keep_query)
        except BadUrl:
            continue
        if canonical not in links and (len(links) > MAX_LINKS or not worth_fetching(outlet, canonical)):
            continue
        rank, title = _title(anchor)
        if canonical not in links or rank > ranks[canonical]:
            links[canonical] = FoundLink(links[canonical].url if canonical in links else url, canonical, title)
            ranks[canonical] = rank
    return links


def parse_page(body: bytes, content_type: str | None) -> etree._Element | None:
    """The page's tree, None where there is none. libxml2 keeps 256 levels of nesting (no huge_tree)."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    text = _END.sub(b"", as_utf8(body, content_type))  # libxml2 drops what stands after it; browsers do not
    try:
        return etree.fromstring(without_overloaded_tags(text), parser)
    except (etree.LxmlError, ValueError):
        return None


def _base(root: etree._Element, base_url: str) -> str:
    """The first `<base href>`, itself resolved, else where the page came from."""
    for element in root.iter("base"):
        href = element.get("href")
        if href:
            return resolve(base_url, href.strip()) or base_url
    return base_url


def page_anchors(root: etree._Element, base: str) -> Iterator[tuple[etree._Element, str]]:
    """Anchors with the address that each leads to; jumps within the page, mailto: and script are left out."""
    for count, anchor in enumerate(root.iter("a", "area")):
        if count >= MAX_ANCHORS:
            return
        href = (anchor.get("href") or "").strip()
        if href and not href.startswith("#") and (url := resolve(base, href)):
            yield anchor, url


def _next_links(root: etree._Element, base: str) -> Iterator[Step]:
    for element in islice(root.iter("link"), MAX_ANCHORS):
        if _is_next(element) and (url := resolve(base, (element.get("href") or "").strip())):
            yield Step(url, "", True)


def _is_next(element: etree._Element) -> bool:
    return "next" in (element.get("rel") or "").lower().split()


def _words(anchor: etree._Element) -> str:
    """The few words on a pager's link, an empty text where there are more."""
    text = one_line("".join(str(piece[:50]) for piece in islice(anchor.itertext(), 5)))
    return text if len(text) <= 30 else ""


def _title(anchor: etree._Element) -> tuple[int, str | None]:
    """A link's title with its rank: text of three words or more, the title attribute, a picture's alt, shorter text."""
    text = _short("".join(str(piece[:_LONGEST_TITLE]) for piece in islice(anchor.itertext(), 50)))
    if text is not None and text.count(" ") >= 2:
        return 3, text
    if attribute := _short(anchor.get("title")):
        return 2, attribute
    pictures = (_short(picture.get("alt")) for picture in anchor.iter("img"))
    if alt := next((alt for alt in pictures if alt), None):
        return 1, alt
    return 0, text


def _short(text: str | None) -> str | None:
    """One line of at most 500 characters, None for a blank."""
    return one_line((text or "")[: 4 * _LONGEST_TITLE])[:_LONGEST_TITLE].strip() or None
