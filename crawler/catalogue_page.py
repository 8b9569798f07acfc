"""docs/outlets.md, made from the catalogue: `python -m crawler.catalogue_page > docs/outlets.md`. Pure but for that."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping

from corpus.ids import Era
from corpus.provinces import PROVINCES, province_2025
from crawler.catalogue import load_catalogue
from crawler.outlet import Grade, Host, Outlet, SourceKind

_KINDS: tuple[SourceKind, ...] = ("feed", "sitemap", "json", "section")
_GRADES: tuple[Grade, ...] = ("confirmed", "candidate", "assumed")

_INTRO = """\
# The outlets

This page is made from `crawler/outlets/*.toml` by `python -m crawler.catalogue_page > docs/outlets.md`; a test fails
while it is out of date. Do not edit it by hand.

{total} outlets: {active} active, {merged} merged into another one in 2025. **None of the addresses was tried live from
where this catalogue was written**; all come from public code, saved pages and lists, and the first runs have to prove
them. `tintinh outlets probe` does so for one outlet.

**Grades of a source.** `confirmed`: its address stood in a page of the paper, or somebody's test had fetched it, or
tintinh itself found five article links there on two reads. `candidate`: somebody's crawler of this paper used it; it
may be out of date. `assumed`: it was filled in by a pattern, such as `/rss/home.rss` for every paper, or it is the
front page, which every outlet has as a section. No sitemap of any of these papers is known: active outlets look for
sources by themselves.

**Address rules.** An era is a span in which a paper's article addresses had one form; its code is part of the ids of
these articles and is never used again. Years are given as far as they are known. A family is a group of papers whose
sites share one system (`crawler/families/`); the others have one of their own, or it is not known. Without a rule the
general one chooses what to fetch: same host, a last path part of at least four words, ending in a number, `.html`,
`.htm` or `/`. The files hold the rules themselves, and selectors, examples and known sections.
"""

_HEAD = (
    "| outlet | province → since July 2025 | state | hosts | family | sources | address rules |\n"
    "|---|---|---|---|---|---|---|\n"
)


def page(outlets: Mapping[str, Outlet]) -> str:
    """The whole page, in Markdown. Outlets stand in the order of today's provinces, the active one first."""
    places = {province.name: place for place, province in enumerate(PROVINCES)}

    def order(outlet: Outlet) -> tuple[int, bool, str]:
        return places.get(province_2025(outlet.province) or "", len(places)), outlet.status != "active", outlet.slug

    listed = sorted(outlets.values(), key=order)
    counts = Counter(outlet.status for outlet in listed)
    intro = _INTRO.format(total=len(listed), active=counts["active"], merged=counts["merged"])
    rows = "".join(_row(outlet) for outlet in listed)
    notes = "\n".join(line for outlet in listed for line in _notes(outlet))
    return f"{intro}\n{_HEAD}{rows}\n## Quirks\n\n{notes}\n"


def _row(outlet: Outlet) -> str:
    cells = (
        f"{outlet.name} (`{outlet.slug}`)",
        _province(outlet),
        f"→ `{outlet.successor}`" if outlet.successor else outlet.status,
        ", ".join(_host(host) for host in outlet.hosts),
        f"`{outlet.family}`" if outlet.family else "none",
        _sources(outlet),
        ", ".join(_era(era) for era in outlet.eras) or "none",
    )
    return f"| {' | '.join(cells)} |\n"


def _province(outlet: Outlet) -> str:
    today = province_2025(outlet.province)
    if outlet.province is None or today is None:
        return "central"
    return outlet.province if outlet.province == today else f"{outlet.province} → {today}"


def _host(host: Host) -> str:
    years = _years(host.since, host.until)
    return host.name + (f" ({years})" if years else "")


def _era(era: Era) -> str:
    years = _years(era.since, era.until)
    return f"`{era.code}`" + (f" {years}" if years else "")


def _years(since: int | None, until: int | None) -> str:
    if since is None and until is None:
        return ""
    return f"{since or ''}–{until or ''}"


def _sources(outlet: Outlet) -> str:
    counts = Counter((source.kind, source.grade) for source in outlet.sources)
    parts = []
    for kind in _KINDS:
        graded = [f"{counts[kind, grade]} {grade}" for grade in _GRADES if counts[kind, grade]]
        if graded:
            parts.append(f"{kind}: {', '.join(graded)}")
    return "; ".join(parts)


def _notes(outlet: Outlet) -> Iterator[str]:
    if outlet.notes:
        yield f"- **{outlet.name}** (`{outlet.slug}`):"
        yield from (f"  - {_plain(note)}" for note in outlet.notes)


def _plain(note: str) -> str:
    """A note as Markdown text: what looks like a tag would not be shown."""
    return note.replace("<", r"\<").replace("*", r"\*")


if __name__ == "__main__":
    sys.stdout.write(page(load_catalogue()))
