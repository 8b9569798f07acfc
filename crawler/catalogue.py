"""The outlet catalogue: TOML files in, frozen `Outlet` records out.

Built in are `crawler/outlets/<slug>.toml` and `crawler/families/<family>.toml`; a user's own folder may hold
`outlets/` and `families/` too: a file of the same name replaces the built-in one as a whole. An outlet without
article URL rules of its own has its family's; selectors and `not_articles` of the family come after its own.
The front page of every outlet is a source, `assumed` unless the file grades it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from corpus.ids import Era
from corpus.urls import canonical_url
from crawler.outlet import Host, JsonListing, Outlet, Selectors, Source
from crawler.outlet_file import (
    AnyFile,
    EraTable,
    FamilyFile,
    OutletFile,
    SelectorTable,
    SourceTable,
    bad_file,
    did_you_mean,
    read_file,
)

_HERE = Path(__file__).parent


def load_catalogue(user_folder: Path | None = None, *, builtin: bool = True) -> dict[str, Outlet]:
    """All outlets by slug, in the order of their slugs.

    Args:
        user_folder: a folder that may hold `outlets/*.toml` and `families/*.toml`; it need not exist.
        builtin: false leaves out the files that come with the package.

    Raises:
        UsageError: `outlet_file`: unknown key, bad expression or selector, unknown province, family or successor,
            a code or host twice. The message names file and key.
    """
    folders = ([_HERE] if builtin else []) + ([user_folder] if user_folder else [])
    families = {slug: file for slug, (_, file) in _read_all(folders, "families", FamilyFile).items()}
    files = _read_all(folders, "outlets", OutletFile)
    outlets: dict[str, Outlet] = {}
    for slug, (path, file) in sorted(files.items()):
        if file.family is not None and file.family not in families:
            hint = did_you_mean(file.family, list(families))
            raise bad_file(path, "family", f"there is no family {file.family!r}", hint)
        outlets[slug] = _outlet(slug, file, families.get(file.family or ""))
    _check_together(outlets, {slug: path for slug, (path, _) in files.items()})
    return outlets


def outlet_of_host(outlets: Mapping[str, Outlet], host: str) -> Outlet | None:
    """The outlet whose host this is (now or formerly; `www.`, port and case aside), None if none."""
    name = host.partition(":")[0]
    return next((outlet for outlet in outlets.values() if outlet.has_host(name)), None)


def _read_all(folders: list[Path], kind: str, model: type[AnyFile]) -> dict[str, tuple[Path, AnyFile]]:
    """Every file of a kind by slug; a later folder's file replaces an earlier one's."""
    found: dict[str, tuple[Path, AnyFile]] = {}
    for folder in folders:
        for path in sorted((folder / kind).glob("*.toml")):
            found[path.stem] = (path, read_file(path, model))
    return found


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
                raise bad_file(paths[slug], "hosts", f"{host.name} belongs to {owner} too ({paths[owner]})")
