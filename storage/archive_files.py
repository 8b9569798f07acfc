"""The archive's files and what they hold, read without the database: for pruning, for rebuilding, for a look."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.errors import WorkError
from corpus.record import ArchivePosition
from storage.archive import Archive, ArchivedResponse

_NAME = re.compile(r"(?P<outlet>[a-z0-9][a-z0-9-]{0,39})-(?P<day>\d{8})(?:-(?P<number>\d+))?\.warc\.gz")
_CHUNK = 1 << 16


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
        if form is None or form["outlet"] != path.parent.name:
            continue
        try:
            day, size = date.fromisoformat(form["day"]), path.stat().st_size
        except (ValueError, OSError):
            continue
        name = path.relative_to(folder).as_posix()
        found.append(ArchiveFile(name, form["outlet"], day, int(form["number"] or 0), size))
    return sorted(found, key=lambda file: (file.day, file.outlet, file.number))


def responses(archive: Archive, file: ArchiveFile) -> Iterator[tuple[ArchivePosition, ArchivedResponse]]:
    """The whole responses of a file in the order in which they were written; a torn end is passed over.

    Raises:
        WorkError: `archive_missing`, the file cannot be read.
    """
    path = archive.folder / file.name
    try:
        members = list(_members(path))
    except OSError as error:
        raise WorkError("archive_missing", f"{path}: {error.strerror}") from error
    for offset, length in members:
        position = ArchivePosition(file.name, offset, length)
        try:
            yield position, archive.read(position)
        except WorkError as error:
            if error.code != "archive_damaged":
                raise
            # The record that opens a file, or one with a torn body: no response to be had.


def _members(path: Path) -> Iterator[tuple[int, int]]:
    """Offset and length of every whole gzip member; ends at the first byte that belongs to none."""
    start = end = 0
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            while chunk:
                try:
                    unpacker.decompress(chunk)
                except zlib.error:
                    return
                end += len(chunk) - len(unpacker.unused_data)
                chunk = unpacker.unused_data
                if unpacker.eof:
                    yield start, end - start
                    start = end
                    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
