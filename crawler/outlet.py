"""An outlet as the catalogue describes it: plain frozen records, made by `catalogue.py` from TOML files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from corpus.ids import Era, on_other_hosts

Status = Literal["active", "merged", "ended"]
SourceKind = Literal["feed", "sitemap", "section", "json"]
Grade = Literal["confirmed", "candidate", "assumed"]
Tls = Literal["verified", "unverified"]


@dataclass(frozen=True, slots=True)
class Host:
    """A host name of the outlet and the years in which it was in use (None: unknown or open)."""

    name: str
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class JsonListing:
    """How a JSON listing is read. Keys are dotted paths (`data.list`).

    `items` leads to the list of articles (empty: the document itself). `link`, `title` and `published` are keys of
    an item; a `link` with braces is a template: `/{type|tin-bai}/{slug}` puts in the item's keys, after the bar the
    text for one that is missing or empty. `ajax` sends `X-Requested-With: XMLHttpRequest`, which some listings need.
    """

    items: str
    link: str
    title: str | None = None
    published: str | None = None
    ajax: bool = False


@dataclass(frozen=True, slots=True)
class SectionListing:
    """A JSON listing that each section of an outlet has, where its sections are known only from its pages.

    `section` is searched in the path of the front page's links: its group `section` names a section. `url` holds
    `{section}`, and gives that section's listing; `listing` says how it is read.
    """

    section: re.Pattern[str]
    url: str
    listing: JsonListing

    def url_of(self, path: str) -> str | None:
        """The address of the listing of the section that a path names, None where it names none."""
        found = self.section.search(path)
        return self.url.replace("{section}", found["section"]) if found else None

    def is_one(self, url: str) -> bool:
        """Whether this is the address of such a listing."""
        before, _, after = self.url.partition("{section}")
        return url.startswith(before) and url.endswith(after) and len(url) > len(before) + len(after)


@dataclass(frozen=True, slots=True)
class Source:
    """Where links come from, with the grade of our evidence for its address.

    `listing` says how to read a JSON listing (kind `json`; None: a JSON Feed, which is of kind `feed`). `found` is
    true where tintinh found the source, or its grade, by itself (an override in the data folder).
    """

    kind: SourceKind
    url: str
    grade: Grade
    listing: JsonListing | None = None
    found: bool = False


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS selectors of an article page, each a tuple tried in order; empty: unknown. `drop` are all removed."""

    container: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    kicker: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newspaper and its site. `selectors` and `eras` already hold what its family adds."""

    slug: str
    name: str
    status: Status
    province: str | None
    hosts: tuple[Host, ...]
    home: str
    family: str | None = None
    successor: str | None = None
    eras: tuple[Era, ...] = ()
    not_articles: tuple[str, ...] = ()
    """Regular expressions over path and query of URLs that are never articles (topic pages, tools)."""
    sources: tuple[Source, ...] = ()
    section_listing: SectionListing | None = None
    selectors: Selectors = field(default_factory=Selectors)
    datelines: tuple[str, ...] = ()
    not_authors: tuple[str, ...] = ()
    keep_query: tuple[str, ...] = ()
    base_href: bool = True
    examples: tuple[str, ...] = ()
    """Article URLs that are known to be real; `outlets check` tests the rules against them."""
    sections: tuple[str, ...] = ()
    """Section URLs that are known to be real; no article rule may match one."""
    permission: str | None = None
    """The paper's written word; it alone lifts robots.txt, and lets a cookie gate be answered."""
    tls: Tls = "verified"
    """`unverified` only in a file of the user's: certificates are then not checked, and articles carry a flag."""
    notes: tuple[str, ...] = ()
    """Quirks that a person should know, in English."""
    proposed_hosts: tuple[str, ...] = ()
    """Hosts to which its pages redirect, found by tintinh; nothing is asked of them before the user agrees."""
    rules_version: str = ""
    """Hash of all that decides what is an article here; a change lets rejected links be judged again."""

    def listing_of(self, url: str) -> JsonListing | None:
        """How a JSON listing that was found by itself is read; None for any other address."""
        found = self.section_listing
        return found.listing if found is not None and found.is_one(url) else None

    def other_addresses(self, canonical: str) -> tuple[str, ...]:
        """The canonical URLs that an article at this one may have on the outlet's other hosts."""
        return on_other_hosts(canonical, (host.name for host in self.hosts))

    def has_host(self, host: str) -> bool:
        """Whether a host name (without port, any case) belongs to this outlet, `www.` aside."""
        wanted = host.lower().removeprefix("www.")
        return any(wanted == known.name.lower().removeprefix("www.") for known in self.hosts)
