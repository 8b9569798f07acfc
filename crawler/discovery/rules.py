"""Is a URL an article? By the outlet's own rules, and by the general one that only chooses what to fetch."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import unquote

from corpus.ids import match_era
from corpus.urls import BadUrl, canonical_url, host_of, path_and_query, resolve
from crawler.outlet import Outlet

Answer = Literal["yes", "maybe", "no"]

_ENDING = re.compile(r"(?:\d|\.html?|/)$")
_LETTER = re.compile(r"[^\W\d_]")


def is_article_url(outlet: Outlet, url: str) -> Answer:
    """What the outlet's rules say of a URL: an era's pattern is yes; another host, a known source or section
    (case and last slash aside) and a pattern of `not_articles` are no; anything else is maybe.

    A `no` is asked for first, so that `not_articles` can make an exception to an era's pattern.
    """
    try:
        canonical = canonical_url(url, keep_query=outlet.keep_query)
    except BadUrl:
        return "no"
    if not outlet.has_host(host_of(canonical)) or _listing_key(canonical) in _listings(outlet):
        return "no"
    where = path_and_query(canonical)
    if any(re.search(pattern, where) for pattern in outlet.not_articles):
        return "no"
    return "yes" if match_era(outlet.eras, canonical) else "maybe"


def looks_like_article(outlet: Outlet, url: str) -> bool:
    """The general rule: on a host of the outlet, a path whose last part has four words or more and that ends in a
    number, `.html`, `.htm` or `/`. It chooses what is worth fetching and says nothing of what was fetched."""
    path = path_and_query(url).partition("?")[0]
    if not outlet.has_host(host_of(url)) or not _ENDING.search(path):
        return False
    slug = re.sub(r"\.html?$", "", unquote(path).rstrip("/").rpartition("/")[2])
    return sum(_LETTER.search(word) is not None for word in re.split(r"[-_\s]", slug)) >= 4


def worth_fetching(outlet: Outlet, url: str) -> bool:
    """Whether a link on a page may lead to an article: the outlet's rules say yes, or they say maybe and the
    general rule agrees. So a paper that changes the form of its addresses is not lost."""
    answer = is_article_url(outlet, url)
    return answer == "yes" or (answer == "maybe" and looks_like_article(outlet, url))


def own_link(outlet: Outlet, base_url: str, href: str) -> tuple[str, str] | None:
    """The absolute and the canonical form of a link that a list of articles gives; None where it is broken or is
    certainly no article. A list of articles may name some of an unknown form."""
    url = resolve(base_url, href.strip())
    if url is None or is_article_url(outlet, url) == "no":
        return None
    return url, canonical_url(url, keep_query=outlet.keep_query)


@lru_cache(maxsize=256)
def _listings(outlet: Outlet) -> frozenset[str]:
    urls = [outlet.home, *outlet.sections, *(source.url for source in outlet.sources)]
    return frozenset(_listing_key(canonical_url(url, keep_query=outlet.keep_query)) for url in urls)


def _listing_key(canonical: str) -> str:
    """Sections are linked in both cases, with or without a last slash, and from any of the outlet's hosts."""
    return path_and_query(canonical).casefold().rstrip("/") or "/"
