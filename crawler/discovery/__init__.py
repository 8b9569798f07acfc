"""Discovery: the bytes of a source in, links out. Pure: no clock, no network, no exception for any bytes."""

from __future__ import annotations

from datetime import datetime

from crawler.discovery.feeds import read_feed
from crawler.discovery.found import FoundLink, Problem, SourceRead
from crawler.discovery.json_listing import is_json, read_json_feed, read_listing
from crawler.discovery.rules import is_article_url, looks_like_article, worth_fetching
from crawler.discovery.sections import read_section
from crawler.discovery.sitemaps import read_sitemap
from crawler.outlet import Outlet, Source

__all__ = [
    "FoundLink",
    "Problem",
    "SourceRead",
    "is_article_url",
    "looks_like_article",
    "read_source",
    "worth_fetching",
]


def read_source(
    outlet: Outlet,
    source: Source,
    body: bytes,
    *,
    base_url: str,
    content_type: str | None,
    now: datetime | None = None,
) -> SourceRead:
    """The links that one reading of a source gives.

    Args:
        outlet: whose rules and hosts decide.
        source: a source of it; what stands at a sitemap's address may be a feed.
        body: the response body without its Content-Encoding; a sitemap may still be a gzip file.
        base_url: where the body came from, after redirects; relative links hang on it.
        content_type: the response header, if any.
        now: the time of the reading; times after it (an hour of grace) are not believed.
    """
    if source.kind == "section":
        return read_section(outlet, body, base_url=base_url, content_type=content_type)
    if source.kind == "json" and source.listing is not None:
        return read_listing(outlet, source.listing, body, base_url=base_url, content_type=content_type, now=now)
    if source.kind == "sitemap":
        read = read_sitemap(outlet, body, base_url=base_url, content_type=content_type, now=now)
        if read.problem != "not_a_sitemap":
            return read
        feed = _read_feed(outlet, body, base_url=base_url, content_type=content_type, now=now)
        return read if feed.problem == "not_a_feed" else feed
    return _read_feed(outlet, body, base_url=base_url, content_type=content_type, now=now)


def _read_feed(
    outlet: Outlet, body: bytes, *, base_url: str, content_type: str | None, now: datetime | None
) -> SourceRead:
    read = read_json_feed if is_json(body) else read_feed
    return read(outlet, body, base_url=base_url, content_type=content_type, now=now)
