"""Where a page lives: its address, its outlet, its canonical URL and its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corpus.ids import article_id, match_era
from corpus.urls import BadUrl, canonical_url, host_of, path_and_query, resolve
from crawler.extraction.meta import Meta
from crawler.extraction.page import PageInput
from crawler.outlet import Outlet


@dataclass(frozen=True, slots=True)
class Address:
    """url and canonical_url as they would be stored, the outlet, the id; None where the page names no address."""

    url: str | None
    canonical: str | None
    outlet: Outlet | None
    id: str | None


def find_address(page: PageInput, meta: Meta) -> Address:
    """Settle the address: the one fetched, else canonical link, else og:url; the outlet given, else the host's."""
    named = _named(page, meta)
    url = page.url or (named[0] if named else None)
    outlet = page.outlet or (_outlet_of(page.outlets, host_of(url)) if url else None)
    if url is None:
        return Address(None, None, outlet, None)
    keep = outlet.keep_query if outlet else ()
    canonical = _canonical(url, keep)
    for other in named:
        better = _canonical(other, keep)
        if better and canonical and better != canonical and _may_replace(better, canonical, outlet):
            canonical = better
            break
    if canonical is None:
        return Address(url, None, outlet, None)
    ident = article_id(outlet.slug if outlet else None, outlet.eras if outlet else (), canonical)
    return Address(url, canonical, outlet, ident)


def _named(page: PageInput, meta: Meta) -> list[str]:
    """The addresses that the page gives itself."""
    found = []
    for value in (meta.canonical, meta.get("og:url")):
        if value:
            absolute = resolve(page.url, value) if page.url else resolve(value, value)
            if absolute:
                found.append(absolute)
    return found


def _canonical(url: str, keep: tuple[str, ...]) -> str | None:
    try:
        return canonical_url(url, keep_query=keep)
    except BadUrl:
        return None


def _may_replace(better: str, canonical: str, outlet: Outlet | None) -> bool:
    """Whether the page's canonical link may stand for the address fetched.

    Templates with a wrong link are common: to the front page, to another host, to an address without the number.
    """
    if path_and_query(better) == "/":
        return False
    if outlet is None:
        return host_of(better).removeprefix("m.") == host_of(canonical).removeprefix("m.")
    if not outlet.has_host(host_of(better)):
        return False
    mine, other = match_era(outlet.eras, canonical), match_era(outlet.eras, better)
    if mine is None:
        return True
    return other is not None and (other[0].code, other[1]) == (mine[0].code, mine[1])


def _outlet_of(outlets: Mapping[str, Outlet], host: str) -> Outlet | None:
    return next((outlet for outlet in outlets.values() if host and outlet.has_host(host)), None)
