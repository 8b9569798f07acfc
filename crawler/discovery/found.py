"""What discovery hands back: links and how the reading of their source went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Problem = Literal[
    "too_large",
    "too_complex",
    "not_a_feed",
    "not_a_sitemap",
    "truncated",
    "too_many_links",
    "needs_javascript",
    "empty_listing",
    "unreadable",
]
"""too_large: over the size limit, not read · too_complex: nested too deeply or too many tags, not read · not_a_feed,
not_a_sitemap: something else, mostly an HTML page, stands at the address · truncated: the document breaks off, or goes
on beyond the limit of its kind; what stands before that was read · too_many_links: a section page with more article
links than any list has, its first ones were taken · needs_javascript: an empty frame that a script would fill ·
empty_listing: read, but no article link in it · unreadable: no document, or not of the shape that was expected."""


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link to what may be an article of the outlet. `url` is absolute; times are aware and in Hà Nội's zone.

    `modified` may be the first moment of a day: sitemaps often name no hour. It tells new from old and is no date of
    an article.
    """

    url: str
    canonical_url: str
    title: str | None = None
    published: datetime | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChildSitemap:
    """A sitemap that an index names, and when the index says it changed."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRead:
    """The links of one source in its order, each once.

    `complete` is false where the source was not read to its end, so that what it does not list means nothing.
    """

    links: tuple[FoundLink, ...]
    complete: bool
    problem: Problem | None = None
    children: tuple[ChildSitemap, ...] = ()
    """Of a sitemap index: the sitemaps that it names, newest first where it says when they changed."""
    next_page: str | None = None
    """Of a section page or a JSON listing: where its list goes on."""
