"""Who an article is: `<outlet>:<era>:<number>`, else `<outlet>:u:<16 hex of SHA-256 of the canonical URL>`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.urls import host_of, path_and_query


@dataclass(frozen=True, slots=True)
class Era:
    """A span of years in which an outlet's article URLs had one form.

    `pattern` is searched in path and query of the URL (`/a/b-12.html?x=1`); a group `(?P<id>...)`, where it
    has one, is the article's number. Counters restart when a paper changes its system: the code is part of
    the id and never reused.
    """

    code: str
    pattern: re.Pattern[str]
    since: int | None = None
    until: int | None = None


def match_era(eras: Iterable[Era], url: str) -> tuple[Era, str | None] | None:
    """The first era whose pattern is found in the URL's path and query, and the article number where it has one."""
    where = path_and_query(url)
    for era in eras:
        if found := era.pattern.search(where):
            return era, found.groupdict().get("id")
    return None


def article_id(outlet_slug: str | None, eras: Iterable[Era], canonical: str) -> str:
    """The identity of an article.

    Args:
        outlet_slug: the outlet, or None for a page of no known outlet (its id starts with `x`).
        eras: the outlet's URL rules, in order.
        canonical: the canonical URL.
    """
    if outlet_slug is not None:
        found = match_era(eras, canonical)
        if found and found[1]:
            return f"{outlet_slug}:{found[0].code}:{found[1]}"
    return url_id(outlet_slug, canonical)


def url_id(outlet_slug: str | None, canonical: str) -> str:
    """The identity by URL alone: for URLs without a number, and for a number that came back with another text."""
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{outlet_slug or 'x'}:u:{digest[:16]}"


def on_other_hosts(canonical: str, hosts: Iterable[str]) -> tuple[str, ...]:
    """The canonical URLs that the same path and query have on an outlet's other hosts: an article may have come from
    there, or be known by it.

    Args:
        canonical: a canonical URL.
        hosts: all hosts of its outlet, with or without `www.`.
    """
    own, where = host_of(canonical), path_and_query(canonical)
    bare = dict.fromkeys(host.lower().removeprefix("www.") for host in hosts)
    return tuple(f"https://{host}{where}" for host in bare if host != own)
