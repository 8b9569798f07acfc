"""Overrides: what tintinh found out about an outlet by itself, as a small TOML file that a person may read and delete.

`<data>/overrides/<slug>.toml` holds `[[sources]]` (found ones, and grades that were raised) and `[[hosts]]` (hosts to
which the paper's pages redirect). Deleting an entry, or the file, goes back to the catalogue. Written atomically, by
whoever holds the outlet's host lock.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from corpus.errors import WorkError
from corpus.urls import BadUrl, canonical_url
from crawler.outlet import Grade, Host, Outlet, Source, SourceKind
from crawler.outlet_file import Address, FileModel, Text, host_name, is_host_name, read_file

MOST_HOSTS = 20
_GRADES: tuple[Grade, ...] = ("assumed", "candidate", "confirmed")
_HEAD = (
    "# Found out by tintinh. You may delete an entry, or this file: the catalogue holds again.\n"
    "# Comments of your own are not kept.\n"
)


class FoundSource(FileModel):
    """A source that was found, or one of the catalogue whose grade was raised; `by` says how."""

    kind: SourceKind
    url: Address
    grade: Literal["candidate", "confirmed"]
    found: date
    by: Text


class FoundHost(FileModel):
    """A host to which a page at `from` redirected. Nothing is asked of it before it is `accepted`."""

    name: Annotated[str, AfterValidator(host_name)]
    seen: date
    origin: Annotated[Address, Field(alias="from")]
    accepted: bool


class OverrideFile(FileModel):
    """`overrides/<slug>.toml`."""

    sources: list[FoundSource] = Field(default_factory=list)
    hosts: list[FoundHost] = Field(default_factory=list)


def read_overrides(folder: Path, slug: str) -> OverrideFile:
    """The overrides of one outlet, empty ones where there is no file.

    Raises:
        UsageError: `outlet_file`, naming file and key.
    """
    path = _path(folder, slug)
    return read_file(path, OverrideFile) if path.is_file() else OverrideFile()


def add_source(folder: Path, slug: str, source: Source, by: str, today: date) -> bool:
    """Write down a source with its grade (at least `candidate`); false where that stood there already.

    A grade is only ever raised. The first finding keeps its date.

    Raises:
        UsageError: `outlet_file`: the file is broken. WorkError: it cannot be written.
    """
    old = read_overrides(folder, slug)
    same = next((known for known in old.sources if _key(known.url) == _key(source.url)), None)
    grade: Literal["candidate", "confirmed"] = "confirmed" if source.grade == "confirmed" else "candidate"
    if same is not None and (same.grade == grade or same.grade == "confirmed") and same.kind == source.kind:
        return False
    new = FoundSource(kind=source.kind, url=source.url, grade=grade, found=same.found if same else today, by=by)
    others = [known for known in old.sources if known is not same]
    _write(folder, slug, OverrideFile(sources=[*others, new], hosts=old.hosts))
    return True


def propose_host(folder: Path, slug: str, name: str, from_url: str, today: date) -> bool:
    """Write down a host to which the outlet's pages lead; false where it is known already, where no file may name it
    (servers do redirect to names with an underscore), or where MOST_HOSTS stand there: a server may invent names.

    Raises:
        UsageError: `outlet_file`: the file is broken. WorkError: it cannot be written.
    """
    old = read_overrides(folder, slug)
    if len(old.hosts) >= MOST_HOSTS or any(known.name == name for known in old.hosts) or not is_host_name(name):
        return False
    new = FoundHost.model_validate({"name": name, "seen": today, "from": from_url, "accepted": False})
    _write(folder, slug, OverrideFile(sources=old.sources, hosts=[*old.hosts, new]))
    return True


def accept_host(folder: Path, slug: str, name: str) -> bool:
    """Let a proposed host be one of the outlet's; false where it was not proposed.

    Raises:
        UsageError: `outlet_file`: the file is broken. WorkError: it cannot be written.
    """
    old = read_overrides(folder, slug)
    if not any(host.name == name for host in old.hosts):
        return False
    hosts = [host.model_copy(update={"accepted": True}) if host.name == name else host for host in old.hosts]
    _write(folder, slug, OverrideFile(sources=old.sources, hosts=hosts))
    return True


def forget(folder: Path, slug: str, *, source: str | None = None, host: str | None = None) -> bool:
    """Take a source (by its address) or a host out again; false where it did not stand there.

    Raises:
        UsageError: `outlet_file`: the file is broken. WorkError: it cannot be written.
    """
    old = read_overrides(folder, slug)
    sources = [known for known in old.sources if source is None or _key(known.url) != _key(source)]
    hosts = [known for known in old.hosts if known.name != host]
    if len(sources) == len(old.sources) and len(hosts) == len(old.hosts):
        return False
    _write(folder, slug, OverrideFile(sources=sources, hosts=hosts))
    return True


def merged(outlet: Outlet, found: OverrideFile) -> Outlet:
    """An outlet with its overrides: grades raised, found sources behind its own, accepted hosts among its hosts."""
    by_key = {_key(source.url): source for source in found.sources}
    own = tuple(_raised(source, by_key.pop(_key(source.url), None)) for source in outlet.sources)
    found_by_itself = (Source(s.kind, s.url, s.grade, outlet.listing_of(s.url), found=True) for s in by_key.values())
    # A JSON listing cannot be read without its file's table: one whose table has left the file is passed over.
    new = tuple(source for source in found_by_itself if source.kind != "json" or source.listing is not None)
    hosts = tuple(Host(host.name) for host in found.hosts if host.accepted and not outlet.has_host(host.name))
    proposed = tuple(host.name for host in found.hosts if not host.accepted and not outlet.has_host(host.name))
    rules = outlet.rules_version
    if hosts:  # what they decide: links to them are the outlet's. Found sources decide nothing about an article.
        rules = hashlib.sha256(" ".join([rules, *(host.name for host in hosts)]).encode()).hexdigest()[:16]
    return replace(outlet, sources=own + new, hosts=outlet.hosts + hosts, proposed_hosts=proposed, rules_version=rules)


def _raised(source: Source, found: FoundSource | None) -> Source:
    """A source of the catalogue as it was found: at the higher grade, and, where the file itself does not call it
    confirmed, of the kind that stood at the address. (A JSON listing is told by its file's table alone.)"""
    if found is None:
        return source
    grade = max(source.grade, found.grade, key=_GRADES.index)
    unproven = source.grade != "confirmed" and "json" not in (source.kind, found.kind)
    kind = found.kind if unproven else source.kind
    if (grade, kind) == (source.grade, source.kind):
        return source
    return replace(source, kind=kind, grade=grade, found=True)


def _key(url: str) -> str:
    try:
        return canonical_url(url, keep_query=("*",))
    except BadUrl:
        return url


def _path(folder: Path, slug: str) -> Path:
    return folder / f"{slug}.toml"


def _write(folder: Path, slug: str, file: OverrideFile) -> None:
    """Replace the file in one step; an empty one is taken away.

    Raises:
        WorkError: `overrides`: the folder cannot be written.
    """
    path, text = _path(folder, slug), _toml(file)
    try:
        if not text:
            path.unlink(missing_ok=True)
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{slug}-", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(_HEAD + text)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(path)
        except OSError:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise WorkError("overrides", f"{path} cannot be written: {error.strerror}", retry=True) from error


def _toml(file: OverrideFile) -> str:
    return "".join(
        _tables(name, [entry.model_dump(by_alias=True) for entry in entries])
        for name, entries in (("sources", file.sources), ("hosts", file.hosts))
    )


def _tables(name: str, rows: Sequence[dict[str, Any]]) -> str:
    return "".join(
        f"\n[[{name}]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in row.items()) for row in rows
    )


def _value(value: Any) -> str:
    """A TOML value; a JSON string without surrogates is a TOML basic string too."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False).replace("\x7f", "")
