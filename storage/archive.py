"""The archive of raw responses: one WARC file per outlet and day, one gzip member a record."""

from __future__ import annotations

import errno
import os
import re
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, cast
from urllib.parse import quote

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpus.clock import HANOI, parse_stamp
from corpus.errors import WorkError
from corpus.record import ArchivePosition

MIN_FREE_BYTES = 2 * 1024**3
"""Below this much free space nothing is archived: articles matter more."""
ORIGINAL = "X-Archive-Orig-"
"""Prefix of response headers that described the body as it came over the wire, and not as it is kept."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ArchivedResponse:
    """A response as the archive holds it: `body` decoded, `headers` those of that body, `fetched_at` in seconds."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime


class Archive:
    """The WARC files under one folder. Contract:

    - `write` comes back when the record is flushed to the disk (fsync), so a row may point to it. A record to
      which no row points is legal: its process died in between.
    - A body that has not changed is not written again: the caller decides that by the body's hash, and calls
      `write` for new bodies only.
    - One writer per outlet at a time: the one that holds the lock of the outlet's host. Readers are free.
    - A file that a dead process left torn is left alone, with all its earlier records; the day's next records go
      into a new file beside it (`<outlet>-20260108-1.warc.gz`).
    - Bodies are kept decoded, so `Content-Encoding` and `Transfer-Encoding` are kept as `X-Archive-Orig-...`.
    """

    def __init__(self, folder: Path, *, min_free_bytes: int = MIN_FREE_BYTES) -> None:
        self.folder = folder
        self._min_free_bytes = min_free_bytes
        self._sound: dict[Path, int] = {}

    def has_room(self) -> bool:
        """Whether enough of the disk is free to archive on.

        Raises:
            WorkError: `data_unreadable`, the folder cannot be made.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return shutil.disk_usage(self.folder).free >= self._min_free_bytes
        except OSError as error:
            raise _refused(self.folder, error) from error

    def write(
        self, *, outlet: str, url: str, status: int, headers: Headers, body: bytes, fetched_at: datetime
    ) -> ArchivePosition | None:
        """Keep one response; where it lies, or None where the disk is (or just ran) too full to archive.

        Args:
            outlet: the outlet's slug.
            url: the address that answered, http or https.
            status: its status code.
            headers: the response's headers, in their order.
            body: the decoded body.
            fetched_at: when it was fetched, aware.

        Raises:
            WorkError: `data_unreadable`, the folder or file cannot be written.
            ValueError: a slug that cannot name a file.
        """
        if not _SLUG.fullmatch(outlet):
            raise ValueError(f"not an outlet's slug: {outlet!r}")
        if not self.has_room():
            return None
        record = _response_bytes(url, status, headers, body, fetched_at)
        path = self.folder / outlet
        try:
            path = self._file_for(outlet, fetched_at)
            offset = self._append(path, record, fetched_at)
        except OSError as error:
            self._sound.pop(path, None)
            if error.errno in _FULL:
                return None
            raise _refused(path, error) from error
        return ArchivePosition(path.relative_to(self.folder).as_posix(), offset, len(record))

    def read(self, position: ArchivePosition) -> ArchivedResponse:
        """The response at a position, its body byte for byte.

        Raises:
            WorkError: `archive_missing`, the file is not there; `archive_damaged`, there is no whole record.
        """
        relative = PurePosixPath(position.file)
        if relative.is_absolute() or ".." in relative.parts:
            raise WorkError("archive_missing", f"{position.file} is not a file of the archive")
        path = self.folder / relative
        try:
            with path.open("rb") as file:
                file.seek(position.offset)
                member = file.read(position.length)
        except OSError as error:
            raise WorkError(
                "archive_missing", f"{path}: {error.strerror}", hint="`tintinh recrawl` fetches the page again"
            ) from error
        return _parsed(member, path, position.offset)

    def _file_for(self, outlet: str, fetched_at: datetime) -> Path:
        """The day's file of this outlet, or the first one beside it that is not torn."""
        day = fetched_at.astimezone(HANOI).strftime("%Y%m%d")
        number = 0
        while True:
            suffix = f"-{number}" if number else ""
            path = self.folder / outlet / f"{outlet}-{day}{suffix}.warc.gz"
            size = path.stat().st_size if path.exists() else 0
            if size in (0, self._sound.get(path)) or _is_sound(path):
                return path
            number += 1

    def _append(self, path: Path, record: bytes, fetched_at: datetime) -> int:
        """Add a record to the end of a sound file and flush it; gives its offset. A failed write leaves no trace."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            start = os.lseek(file, 0, os.SEEK_END)
            head = b"" if start else _info_bytes(path.name, fetched_at)
            try:
                _write_all(file, head + record)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, start)
                raise
        finally:
            os.close(file)
        if not start:
            _flush_folder(path.parent)
            _flush_folder(self.folder)
        self._sound[path] = start + len(head) + len(record)
        return start + len(head)


# warcio ships no types.
_Builder: Any = RecordBuilder
_Writer: Any = WARCWriter
_Http: Any = StatusAndHeaders
_Iterator: Any = ArchiveIterator

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ON_THE_WIRE = ("content-encoding", "transfer-encoding", "content-length")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


def _response_bytes(url: str, status: int, headers: Headers, body: bytes, fetched_at: datetime) -> bytes:
    kept = [_kept_header(name, value) for name, value in headers if _HEADER_NAME.fullmatch(name)]
    kept.append(("Content-Length", str(len(body))))
    http = _Http(f"{status} {_phrase(status)}", kept, protocol="HTTP/1.1")
    record = _Builder().create_warc_record(
        quote(url, safe=_URL_SAFE, errors="replace"),
        "response",
        payload=BytesIO(body),
        length=len(body),
        http_headers=http,
        warc_headers_dict={"WARC-Date": _warc_date(fetched_at)},
    )
    return _member(record)


def _info_bytes(name: str, at: datetime) -> bytes:
    """The record that opens a file: what wrote it, in which format."""
    info = b"software: tintinh\r\nformat: WARC File Format 1.0\r\n"
    record = _Builder().create_warc_record(
        "",
        "warcinfo",
        payload=BytesIO(info),
        length=len(info),
        warc_headers_dict={"WARC-Date": _warc_date(at), "WARC-Filename": name},
    )
    return _member(record)


def _member(record: Any) -> bytes:
    out = BytesIO()
    _Writer(out, gzip=True).write_record(record)
    return out.getvalue()


def _kept_header(name: str, value: str) -> tuple[str, str]:
    value = _CONTROLS.sub(" ", value.encode("utf-8", "replace").decode()).strip()
    value = quote(value, safe="".join(map(chr, range(32, 127)))) if not value.isascii() else value
    return (ORIGINAL + name if name.lower() in _ON_THE_WIRE else name), value


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parsed(member: bytes, path: Path, offset: int) -> ArchivedResponse:
    try:
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        plain = unpacker.decompress(member)
        if not unpacker.eof:
            raise _damaged(path, offset, "the record is cut short")
        record = next(iter(_Iterator(BytesIO(plain))))
        if record.rec_type != "response" or record.http_headers is None:
            raise _damaged(path, offset, f"a {record.rec_type} record stands there")
        return ArchivedResponse(
            url=str(record.rec_headers.get_header("WARC-Target-URI")),
            status=int(record.http_headers.get_statuscode()),
            headers=tuple((str(name), str(value)) for name, value in record.http_headers.headers),
            body=cast(bytes, record.raw_stream.read()),
            fetched_at=parse_stamp(record.rec_headers.get_header("WARC-Date")),
        )
    except (zlib.error, ArchiveLoadFailed, StopIteration, ValueError, TypeError) as error:
        raise _damaged(path, offset, str(error)) from error


def _is_sound(path: Path) -> bool:
    """Whether a file is nothing but whole gzip members."""
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    inside = False
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 16):
                while chunk:
                    unpacker.decompress(chunk)
                    chunk, inside = unpacker.unused_data, not unpacker.eof
                    if unpacker.eof:
                        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    except zlib.error:
        return False
    return not inside


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _flush_folder(folder: Path) -> None:
    """Make a new file's name itself last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refused(path: Path, error: OSError) -> WorkError:
    return WorkError("data_unreadable", f"{path}: {error.strerror}", hint="give another folder with --data")


def _damaged(path: Path, offset: int, detail: str) -> WorkError:
    return WorkError(
        "archive_damaged", f"{path} at byte {offset}: {detail}", hint="`tintinh recrawl` fetches the page again"
    )
