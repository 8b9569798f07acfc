"""The archive's files and what they hold, read without the database: for pruning, for rebuilding, for a look."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Literal

from corpus.errors import WorkError
from corpus.record import ArchivePosition
from storage.archive import Archive, ArchivedResponse

_NAME = re.compile(r"(?P<outlet>[a-z0-9][a-z0-9-]{0,39})-(?P<day>\d{8})(?:-(?P<number>\d+))?\.warc\.gz")
_CHUNK = 1 << 16
_HEAD = 2048
"""Bytes of a record in which its type stands."""
_MAGIC = b"\x1f\x8b\x08"
_RESPONSE = re.compile(rb"^WARC-Type:[ \t]*response\r?$", re.I | re.M)


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One WARC file: `name` relative to the archive's folder, the outlet, the day (Hà Nội), the size in bytes.

    `number` counts the files of one day: a later one was begun because the one before was torn.
    """

    name: str
    outlet: str
    day: date
    number: int
    size: int


def archive_files(folder: Path, outlet: str | None = None) -> list[ArchiveFile]:
    """The files of an archive, or of one outlet in it, oldest first; [] where there is none.

    Files that do not bear the archive's form of name are not ours and are left out.
    """
    found = []
    for path in folder.glob(f"{outlet or '*'}/*.warc.gz"):
        form = _NAME.fullmatch(path.name)
        if form is None or form["outlet"] != path.parent.name or not path.is_file():
            continue
        try:
            day, size = date.fromisoformat(form["day"]), path.stat().st_size
        except (ValueError, OSError):
            continue
        name = path.relative_to(folder).as_posix()
        found.append(ArchiveFile(name, form["outlet"], day, int(form["number"] or 0), size))
    return sorted(found, key=lambda file: (file.day, file.outlet, file.number))


def responses(archive: Archive, file: ArchiveFile) -> Iterator[tuple[ArchivePosition, ArchivedResponse | WorkError]]:
    """The responses of a file in the order in which they were written; an error for each stretch that is damaged.

    What stands behind a damaged stretch is found again at the next record.

    Raises:
        WorkError: `archive_missing`, the file cannot be read.
    """
    path = archive.folder / file.name
    try:
        stretches = list(_stretches(path))
    except (OSError, ValueError) as error:
        raise WorkError("archive_missing", f"{path}: {error}") from error
    for offset, length, kind in stretches:
        position = ArchivePosition(file.name, offset, length)
        if kind == "torn":
            yield position, WorkError("archive_damaged", f"{path} at byte {offset}: {length} bytes are no whole record")
        elif kind == "response":
            yield position, _read(archive, position)


def _read(archive: Archive, position: ArchivePosition) -> ArchivedResponse | WorkError:
    try:
        return archive.read(position)
    except WorkError as error:
        return error


_Kind = Literal["response", "other", "torn"]


def _stretches(path: Path) -> Iterator[tuple[int, int, _Kind]]:
    """Offset, length and kind of every gzip member, and of every stretch between them that is none."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        offset = torn = 0
        while offset < len(data):
            length, kind = _member(data, offset)
            if not length:
                following = data.find(_MAGIC, offset + 1)
                offset = following if following >= 0 else len(data)
                continue
            if torn < offset:
                yield torn, offset - torn, "torn"
            yield offset, length, kind
            torn = offset = offset + length
        if torn < len(data):
            yield torn, len(data) - torn, "torn"


def _member(data: mmap, offset: int) -> tuple[int, _Kind]:
    """The length of the gzip member at an offset, 0 where there is no whole one, and the kind of its record."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    start, end = b"", offset
    while not unpacker.eof:
        chunk = data[end : end + _CHUNK]
        if not chunk:
            return 0, "torn"
        try:
            plain = unpacker.decompress(chunk)
        except zlib.error:
            return 0, "torn"
        start += plain[: max(0, _HEAD - len(start))]
        end += len(chunk) - len(unpacker.unused_data)
    return end - offset, "response" if _RESPONSE.search(start) else "other"
