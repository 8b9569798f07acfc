"""`outlets check`: every outlet's URL rules against the addresses that its file knows. Offline and pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpus.ids import match_era
from corpus.urls import canonical_url, host_of, path_and_query
from crawler.discovery.rules import is_article_url, looks_like_article
from crawler.outlet import Outlet

FINDINGS = {
    "example_host": "an example is on none of the outlet's hosts",
    "example_refused": "an example is a source or section, or not_articles matches it",
    "example_no_rule": "no article URL rule matches an example",
    "example_no_id": "the rule that matches an example captures no article number, though it has a group for one",
    "section_host": "a section is on none of the outlet's hosts",
    "section_is_article": "an article URL rule matches a section",
    "source_host": "a source is on none of the outlet's hosts",
    "source_is_article": "an article URL rule matches a source",
}
"""What the check can find: code -> meaning."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit in an outlet's file: a code of FINDINGS; what it means and the address."""

    slug: str
    code: str
    detail: str


def check_outlets(outlets: Mapping[str, Outlet]) -> list[Finding]:
    """All findings, outlet by outlet in the order given; an empty list: every file fits its own addresses."""
    return [finding for outlet in outlets.values() for finding in _check(outlet)]


def _check(outlet: Outlet) -> Iterator[Finding]:
    for example in outlet.examples:
        if code := _example_fault(outlet, example):
            yield _finding(outlet, code, example)
    for section in outlet.sections:
        if code := _listing_fault(outlet, section, "section"):
            yield _finding(outlet, code, section)
    for source in outlet.sources:
        if code := _listing_fault(outlet, source.url, "source"):
            yield _finding(outlet, code, source.url)


def _finding(outlet: Outlet, code: str, url: str) -> Finding:
    return Finding(outlet.slug, code, f"{FINDINGS[code]}: {url}")


def _example_fault(outlet: Outlet, url: str) -> str | None:
    canonical = canonical_url(url, keep_query=outlet.keep_query)
    if not outlet.has_host(host_of(canonical)):
        return "example_host"
    answer = is_article_url(outlet, canonical)
    if answer == "no":
        return "example_refused"
    if not outlet.eras:
        return None if looks_like_article(outlet, canonical) else "example_no_rule"
    found = match_era(outlet.eras, canonical)
    if found is None:
        return "example_no_rule"
    era, number = found
    return "example_no_id" if "id" in era.pattern.groupindex and not number else None


def _listing_fault(outlet: Outlet, url: str, kind: str) -> str | None:
    """A listing must be on the outlet's hosts and under no article rule; that it is listed does not excuse it."""
    canonical = canonical_url(url, keep_query=outlet.keep_query)
    if not outlet.has_host(host_of(canonical)):
        return f"{kind}_host"
    where = path_and_query(canonical)
    if any(re.search(pattern, where) for pattern in outlet.not_articles):
        return None
    return f"{kind}_is_article" if match_era(outlet.eras, canonical) else None
