"""Where an outlet may have feeds and sitemaps that its file does not know, in the order in which they deserve a
request; and what a document is that came back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

from lxml import etree

from corpus.text import one_line
from corpus.urls import BadUrl, canonical_url, host_of, path_and_query, resolve
from crawler.discovery.encoding import as_utf8
from crawler.discovery.json_listing import is_json, is_json_feed
from crawler.discovery.rules import worth_fetching
from crawler.discovery.sections import page_anchors, parse_page
from crawler.discovery.unpacking import Unpacked
from crawler.outlet import Outlet, Source, SourceKind

By = Literal["section", "robots", "link", "catalogue", "feed list", "usual place"]

MAX_CANDIDATES = 60
_FIRST = 3
"""So many of each kind come before the rest of any: a budget of a few requests must not go into one kind alone."""
_BEGINNING = 64 * 1024

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
_SITEMAP_LINE = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*([^\s#]{1,2000})", re.IGNORECASE | re.MULTILINE)
_FEED_PATH = re.compile(
    r"(?:^|/)(?:rss|feeds?|atom)(?:\d*[-_/.?]|$)|\.(?:rss|atom)$|rss\w*\.(?:html?|xml|aspx)$", re.IGNORECASE
)
_FEED_WORD = re.compile(r"(?:kênh |tin )?rss(?: feeds?)?", re.IGNORECASE)
_LESS = re.compile(r"comment|binh-luan|video|podcast|(?:^|/)(?:en|english|khmer|zh|lo)(?:/|$)", re.IGNORECASE)
_NEWS = re.compile(r"news|tin|post|article|bai", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_FIRST_TAG = re.compile(rb"<(?:\w{1,20}:)?([A-Za-z]\w{0,40})[\s/>]")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_ROOTS: dict[bytes, SourceKind] = {b"urlset": "sitemap", b"sitemapindex": "sitemap", b"html": "section"}
_ROOTS |= {b"rss": "feed", b"rdf": "feed", b"feed": "feed", b"channel": "feed"}

_USUAL: tuple[tuple[SourceKind, str], ...] = (
    ("feed", "/rss/home.rss"),
    ("sitemap", "/sitemap.xml"),
    ("feed", "/rss"),
    ("sitemap", "/sitemap-news.xml"),
    ("feed", "/rss.html"),
    ("sitemap", "/sitemap_index.xml"),
    ("sitemap", "/news-sitemap.xml"),
    ("feed", "/feed"),
)
_OF_FAMILY = {
    "1cdn": "/rss/{section}",
    "a-fck": "/rss/cate/{section}/",
    "content-detail": "/rss/news/{section}.rss",
    "dataimages": "/{section}/index.rss",
}
"""Feeds that were seen at outlets of a family; `{section}` is the last part of one of the outlet's sections."""


class Candidate(NamedTuple):
    """An address that may be a source. `kind` is what is expected there, `by` who named it.

    What the answer is, `sniff` says; a page (`section`) at a feed's address may be a list of feeds (`listed_feeds`).
    """

    kind: SourceKind
    url: str
    by: By


def candidates(
    outlet: Outlet,
    front_page: bytes | None,
    front_url: str,
    content_type: str | None,
    robots_body: bytes | None,
    known: Collection[str],
) -> tuple[Candidate, ...]:
    """Where to look for sources, the likeliest first, each address once, only on the outlet's own hosts.

    Args:
        outlet: its unconfirmed feeds, sitemaps and listings are among the candidates.
        front_page: the body of the front page, None if it was not had.
        front_url: where it came from; usual places are looked for on its host.
        content_type: the front page's header.
        robots_body: robots.txt, None if there is none.
        known: addresses of sources that need no search (confirmed ones, and those that were tried).
    """
    root = parse_page(front_page, content_type) if front_page is not None else None
    named = (
        () if root is None else _announced(root, front_url),
        () if root is None else _section_listings(outlet, root, front_url),
        _robots(robots_body or b"", front_url),
        _catalogue(outlet, "candidate"),
        () if root is None else _linked(outlet, root, front_url, "link"),
        _usual(outlet, front_url),
        _catalogue(outlet, "assumed"),
    )
    groups = [[one for one in group if outlet.has_host(host_of(one.url))] for group in named]
    in_turns = [
        *(one for group in groups for one in group[:_FIRST]),
        *(one for group in groups for one in group[_FIRST:]),
    ]
    return _once(outlet, in_turns, known)


def listed_feeds(outlet: Outlet, body: bytes, base_url: str, content_type: str | None) -> tuple[Candidate, ...]:
    """The feeds that a page lists, those of the whole paper and of news first; empty for what is no page."""
    root = parse_page(body, content_type)
    if root is None:
        return ()
    found = [*_announced(root, base_url), *_linked(outlet, root, base_url, "feed list")]
    listed = [Candidate("feed", candidate.url, "feed list") for candidate in found]
    return _once(outlet, sorted(listed, key=_feed_rank), (base_url,))


def sniff(body: bytes, content_type: str | None) -> SourceKind | None:
    """What a document is by its own beginning: a feed (also a JSON Feed), a sitemap (also packed, also a plain list of
    addresses), other JSON, a page; None for anything else."""
    start = as_utf8(_beginning(body), content_type).lstrip()
    if is_json(start):
        return "feed" if is_json_feed(start) else "json"
    words = start.split()[:100]
    if words and all(word.lower().startswith((b"http://", b"https://")) for word in words):
        return "sitemap"
    if _HTML.match(start):
        return "section"
    # The first tag decides; if that is some server's warning, any of the known ones.
    tags = [tag.group(1).lower() for tag in islice(_FIRST_TAG.finditer(_COMMENT.sub(b"", start)), 500)]
    return next((_ROOTS[tag] for tag in tags if tag in _ROOTS), None) or ("section" if _HTML.search(start) else None)


def _beginning(body: bytes) -> bytes:
    """The first part of a document, unpacked."""
    return b"".join(islice(Unpacked(body[:_BEGINNING], 8 * _BEGINNING), 1))


def _announced(root: etree._Element, base: str) -> Iterator[Candidate]:
    """Feeds that a page names in its head for programs."""
    for link in islice(root.iter("link"), 500):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if "alternate" in rel and kind in _FEED_TYPES and (url := resolve(base, (link.get("href") or "").strip())):
            yield Candidate("feed", url, "link")
        elif "sitemap" in rel and (url := resolve(base, (link.get("href") or "").strip())):
            yield Candidate("sitemap", url, "link")


def _linked(outlet: Outlet, root: etree._Element, base: str, by: By) -> Iterator[Candidate]:
    """Links for people that look like a feed or a list of feeds, those last that are likely none of the news."""
    found: list[Candidate] = []
    for anchor, url in page_anchors(root, base):
        path = path_and_query(url)
        text = one_line("".join(str(piece[:40]) for piece in islice(anchor.itertext(), 5)))
        looks = _FEED_PATH.search(path.partition("?")[0]) or _FEED_WORD.fullmatch(text)
        if looks and path != "/" and not worth_fetching(outlet, url):
            found.append(Candidate("feed", url, by))
    yield from sorted(found, key=_feed_rank)


def _section_listings(outlet: Outlet, root: etree._Element, base: str) -> Iterator[Candidate]:
    """The JSON listings of the sections that a page's links name, where the outlet has such listings."""
    if outlet.section_listing is None:
        return
    for _, link in page_anchors(root, base):
        url = outlet.section_listing.url_of(path_and_query(link)) if outlet.has_host(host_of(link)) else None
        if url is not None:
            yield Candidate("json", url, "section")


def _feed_rank(candidate: Candidate) -> tuple[bool, bool]:
    path = path_and_query(candidate.url)
    return _LESS.search(path) is not None, re.search(r"home|trang-chu|tin-moi|index", path, re.IGNORECASE) is None


def _robots(body: bytes, front_url: str) -> Iterator[Candidate]:
    """The sitemaps that robots.txt names, those of news first."""
    lines = islice(_SITEMAP_LINE.finditer(as_utf8(body[: 512 * 1024], None)), 200)
    urls = [url for line in lines if (url := resolve(front_url, line.group(1).decode("utf-8", "replace")))]
    for url in sorted(urls, key=lambda url: _NEWS.search(path_and_query(url)) is None):
        yield Candidate("sitemap", url, "robots")


def _catalogue(outlet: Outlet, grade: str) -> Iterator[Candidate]:
    """The outlet's own unconfirmed sources that are no section: those are read in every run anyway."""
    sources: list[Source] = [s for s in outlet.sources if s.grade == grade and s.kind != "section"]
    for source in sources:
        yield Candidate(source.kind, source.url, "catalogue")


def _usual(outlet: Outlet, front_url: str) -> Iterator[Candidate]:
    """Places where papers of these systems have feeds and sitemaps, the family's own first."""
    form = _OF_FAMILY.get(outlet.family or "")
    sections = [path_and_query(url).partition("?")[0].strip("/") for url in outlet.sections]
    for section in [section for section in sections if section and "." not in section][: 2 if form else 0]:
        yield _at(front_url, "feed", str(form).format(section=section.rpartition("/")[2]))
    for kind, path in _USUAL:
        yield _at(front_url, kind, path)


def _at(front_url: str, kind: SourceKind, path: str) -> Candidate:
    return Candidate(kind, resolve(front_url, path) or "", "usual place")


def _once(outlet: Outlet, found: Iterable[Candidate], known: Collection[str]) -> tuple[Candidate, ...]:
    """Each address once, without those known, the front page and sections, and only on the outlet's hosts."""
    met = {_key(url) for url in (*known, outlet.home)}
    kept: list[Candidate] = []
    for candidate in found:
        if len(kept) == MAX_CANDIDATES:
            break
        key = _key(candidate.url)
        if key and key not in met and outlet.has_host(host_of(candidate.url)):
            met.add(key)
            kept.append(candidate)
    return tuple(kept)


def _key(url: str) -> str:
    """One form per address, for what http and https, a last slash and `www.` make no difference; '' for none."""
    try:
        return canonical_url(url, keep_query=("*",)).rstrip("/")
    except BadUrl:
        return ""
