"""Discovery: the bytes of a source in, links out. Pure: no clock, no network, no exception for any bytes."""

from __future__ import annotations

from datetime import datetime

from crawler.discovery.feeds import read_feed
from crawler.discovery.found import FoundLink, Problem, SourceRead
from crawler.discovery.rules import is_article_url, looks_like_article, worth_fetching
from crawler.discovery.sections import read_section
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
        source: a feed or a section page of it.
        body: the decoded response body.
        base_url: where the body came from, after redirects; relative links hang on it.
        content_type: the response header, if any.
        now: the time of the reading; a feed's times after it (an hour of grace) are not believed.
    """
    if source.kind == "feed":
        return read_feed(outlet, body, base_url=base_url, content_type=content_type, now=now)
    return read_section(outlet, body, base_url=base_url, content_type=content_type)
