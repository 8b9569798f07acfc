"""The outlet catalogue: TOML files in, frozen `Outlet` records out.

Three layers: built in are `crawler/outlets/<slug>.toml` and `crawler/families/<family>.toml`. A user's own folder may
hold `outlets/` and `families/` too: an outlet file of a built-in slug changes it key by key, any other is a whole
outlet, and a family file replaces the built-in one as a whole. On top come the overrides (override_file.py). An
outlet without article URL rules of its own has its family's; selectors and `not_articles` of the family come after
its own. The front page of every outlet is a source, `assumed` unless the file grades it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from corpus.errors import UsageError
from corpus.ids import Era
from corpus.urls import canonical_url
from crawler.outlet import Host, JsonListing, Outlet, SectionListing, Selectors, Source
from crawler.outlet_file import (
    EraTable,
    FamilyFile,
    FileFault,
    OutletFile,
    SectionListingTable,
    SelectorTable,
    SourceTable,
    bad_file,
    did_you_mean,
    read_file,
    read_table,
)
from crawler.override_file import merged, read_overrides

_HERE = Path(__file__).parent


def load_catalogue(
    user_folder: Path | None = None,
    *,
    builtin: bool = True,
    overrides: Path | None = None,
    faults: list[UsageError] | None = None,
) -> dict[str, Outlet]:
    """All outlets by slug, in the order of their slugs.

    Args:
        user_folder: a folder that may hold `outlets/*.toml` and `families/*.toml`; it need not exist.
        builtin: false leaves out the files that come with the package.
        overrides: the folder of the overrides, which need not exist; those of unknown outlets are passed over.
        faults: with a list, a broken file of the user's or a broken override is left out, what is built in stands
            in its place, and its error (a FileFault) is appended.

    Raises:
        UsageError: `outlet_file`: unknown key, bad expression or selector, unknown province, family or successor,
            a code or host twice. The message names file and key.
    """
    left_out: set[Path] = set()
    while True:
        try:
            return _load(user_folder, builtin, overrides, left_out)
        except FileFault as fault:
            if faults is None or fault.path in left_out or fault.path.is_relative_to(_HERE):
                raise
            faults.append(fault)
            left_out.add(fault.path)


def _load(
    user_folder: Path | None, builtin: bool, overrides: Path | None, left_out: Collection[Path]
) -> dict[str, Outlet]:
    families = dict(_builtin_families()) if builtin else {}
    files = dict(_builtin_outlets()) if builtin else {}
    for path in _toml_files(user_folder, "families", left_out):
        families[path.stem] = read_file(path, FamilyFile)
    for path in _toml_files(user_folder, "outlets", left_out):
        under = files.get(path.stem)
        files[path.stem] = (path, read_file(path, OutletFile, over=read_table(under[0]) if under else None))
    outlets: dict[str, Outlet] = {}
    for slug, (path, file) in sorted(files.items()):
        if file.family is not None and file.family not in families:
            hint = did_you_mean(file.family, list(families))
            raise bad_file(path, "family", f"there is no family {file.family!r}", hint)
        outlets[slug] = _outlet(slug, file, families.get(file.family or ""))
    paths = {slug: path for slug, (path, _) in files.items()}
    _check_together(outlets, paths)
    if overrides is None:
        return outlets
    return _with_overrides(outlets, overrides, left_out)


@cache
def _builtin_families() -> Mapping[str, FamilyFile]:
    return {path.stem: read_file(path, FamilyFile) for path in _toml_files(_HERE, "families", ())}


@cache
def _builtin_outlets() -> Mapping[str, tuple[Path, OutletFile]]:
    """The files that come with the package, read once in a process."""
    files = {path.stem: (path, read_file(path, OutletFile)) for path in _toml_files(_HERE, "outlets", ())}
    for path, file in files.values():
        if file.tls == "unverified":
            raise bad_file(path, "tls", "only a user's own file may switch the check of certificates off")
        if file.permission is not None:
            raise bad_file(path, "permission", "only a user's own file may say what the paper permitted to that user")
    return files


def _with_overrides(outlets: dict[str, Outlet], folder: Path, left_out: Collection[Path]) -> dict[str, Outlet]:
    """The outlets with what was found out about them; no host becomes one of two outlets."""
    found = dict(outlets)
    for path in _toml_files(folder, ".", left_out):
        if path.stem not in outlets:
            continue
        changed = merged(outlets[path.stem], read_overrides(path.parent, path.stem))
        for host in changed.hosts:
            owner = outlet_of_host(found, host.name)
            if owner is not None and owner.slug != path.stem:
                raise bad_file(path, "hosts", f"{host.name} belongs to {owner.slug}")
        found[path.stem] = changed
    return found


def _toml_files(folder: Path | None, kind: str, left_out: Collection[Path]) -> list[Path]:
    if folder is None:
        return []
    return [path for path in sorted((folder / kind).glob("*.toml")) if path not in left_out]


def outlet_of_host(outlets: Mapping[str, Outlet], host: str) -> Outlet | None:
    """The outlet whose host this is (now or formerly; `www.`, port and case aside), None if none."""
    name = host.partition(":")[0]
    return next((outlet for outlet in outlets.values() if outlet.has_host(name)), None)


def _outlet(slug: str, file: OutletFile, family: FamilyFile | None) -> Outlet:
    base = family or FamilyFile(name="none")
    eras = _eras(file.eras or base.eras)
    not_articles = _joined(file.not_articles, base.not_articles)
    sources = _sources(file)
    selectors = _selectors(file.selectors, base.selectors)
    keep_query = tuple(file.keep_query)
    deciding = [
        [(era.code, era.pattern.pattern) for era in eras],
        not_articles,
        sorted({source.url for source in sources} | set(file.sections)),
        {name: getattr(selectors, name) for name in SelectorTable.model_fields},
        [keep_query, file.base_href],
    ]
    return Outlet(
        slug=slug,
        name=file.name,
        status=file.status,
        province=file.province,
        hosts=tuple(Host(host.name, host.since, host.until) for host in file.hosts),
        home=file.home,
        family=file.family,
        successor=file.successor,
        eras=eras,
        not_articles=not_articles,
        sources=sources,
        section_listing=_section_listing(file.section_listing),
        selectors=selectors,
        datelines=tuple(file.datelines),
        not_authors=tuple(file.not_authors),
        keep_query=keep_query,
        base_href=file.base_href,
        examples=tuple(file.examples),
        sections=tuple(file.sections),
        permission=file.permission,
        tls=file.tls,
        notes=tuple(file.notes),
        rules_version=hashlib.sha256(json.dumps(deciding).encode()).hexdigest()[:16],
    )


def _eras(tables: list[EraTable]) -> tuple[Era, ...]:
    return tuple(Era(era.code, re.compile(era.pattern), era.since, era.until) for era in tables)


def _selectors(own: SelectorTable, family: SelectorTable) -> Selectors:
    """The outlet's selectors first, then the family's."""
    fields = SelectorTable.model_fields
    return Selectors(**{name: _joined(getattr(own, name), getattr(family, name)) for name in fields})


def _joined(own: list[str], shared: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*own, *shared]))


def _sources(file: OutletFile) -> tuple[Source, ...]:
    """The file's sources, with the front page before them unless it is one of them."""
    home = canonical_url(file.home)
    listed = tuple(_source(table) for table in file.sources)
    if any(source.kind == "section" and canonical_url(source.url) == home for source in listed):
        return listed
    return (Source("section", file.home, "assumed"), *listed)


def _source(table: SourceTable) -> Source:
    listing = JsonListing(**table.listing.model_dump()) if table.listing else None
    return Source(table.kind, table.url, table.grade, listing)


def _section_listing(table: SectionListingTable | None) -> SectionListing | None:
    if table is None:
        return None
    return SectionListing(re.compile(table.section), table.url, JsonListing(**table.listing.model_dump()))


def _check_together(outlets: Mapping[str, Outlet], paths: Mapping[str, Path]) -> None:
    """What only the whole catalogue can tell: successors exist, and no host belongs to two outlets."""
    owners: dict[str, str] = {}
    for slug, outlet in outlets.items():
        successor = outlet.successor
        if successor is not None and (successor == slug or successor not in outlets):
            hint = did_you_mean(successor, [other for other in outlets if other != slug])
            raise bad_file(paths[slug], "successor", f"there is no other outlet {successor!r}", hint)
        for host in outlet.hosts:
            owner = owners.setdefault(host.name.removeprefix("www."), slug)
            if owner != slug:
                # What is built in fits together: the fault is in a file of the user's.
                at, other = (owner, slug) if paths[slug].is_relative_to(_HERE) else (slug, owner)
                raise bad_file(paths[at], "hosts", f"{host.name} belongs to {other} too ({paths[other]})")
