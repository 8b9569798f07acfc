"""A backup: one ZIP file with a consistent copy of the database and the files that belong to it."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from corpus.clock import stamp
from corpus.errors import UsageError, WorkError
from storage.database import FILE_NAME
from storage.migrations import applied_steps

MANIFEST = "backup.json"
_STORED_AS_IS = (".gz",)
"""Endings of files that are compressed already."""


def write_backup(target: Path, database: Path, others: Mapping[str, Path], *, now: datetime, version: str) -> int:
    """Write a backup; gives its size in bytes. Crawls may go on meanwhile.

    The database comes from SQLite's own backup and is checked before it counts. The file appears under its name only
    when it is whole, readable by its owner alone: it holds the secrets of channels and of the configuration.

    Args:
        target: the ZIP file to make; it must not exist.
        database: the database file.
        others: name inside the ZIP -> file, for all that is to be kept beside the database.
        now, version: for the manifest, with the database's steps and its number of articles.

    Raises:
        UsageError: `cannot_write`, the file exists or its folder cannot be written.
        WorkError: `database_corrupt`, the copy does not pass SQLite's check; `disk_full`.
    """
    if target.exists():
        raise UsageError("cannot_write", f"{target} exists", hint="name another file, or remove this one first")
    try:
        with tempfile.TemporaryDirectory(prefix=".tintinh-backup-", dir=target.parent) as work:
            copy = Path(work) / FILE_NAME
            manifest = {"made_at": stamp(now), "version": version, **_copied(database, copy)}
            whole = Path(work) / "whole.zip"
            os.close(os.open(whole, os.O_WRONLY | os.O_CREAT, 0o600))
            with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=6, strict_timestamps=False) as packed:
                packed.writestr(MANIFEST, json.dumps(manifest, indent=1) + "\n")
                packed.write(copy, FILE_NAME)
                for name, path in sorted(others.items()):
                    kind = zipfile.ZIP_STORED if path.suffix in _STORED_AS_IS else zipfile.ZIP_DEFLATED
                    packed.write(path, name, kind)
            with whole.open("rb") as written:
                os.fsync(written.fileno())
            whole.replace(target)
    except OSError as error:
        raise UsageError("cannot_write", f"{target}: {error.strerror}", hint="name another file or folder") from error
    return target.stat().st_size


def _copied(database: Path, copy: Path) -> dict[str, object]:
    """Copy a database in use; what the manifest says of the copy."""
    copy.touch(mode=0o600)  # as it will be unpacked: it holds the secrets of channels
    try:
        with (
            closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as made,
        ):
            source.backup(made)
            made.execute("PRAGMA journal_mode=DELETE")  # one file, that needs nothing beside it
            (checked,) = made.execute("PRAGMA quick_check(1)").fetchone()
            if checked != "ok":
                raise WorkError("database_corrupt", f"{database}: {checked}", hint="`tintinh doctor` says more")
            (articles,) = made.execute("SELECT COUNT(*) FROM articles").fetchone()
            return {"articles": articles, "steps": sorted(applied_steps(made))}
    except sqlite3.Error as error:
        code = (
            "disk_full" if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL else "database_corrupt"
        )
        raise WorkError(code, f"{database}: {error}", hint="`tintinh doctor` says more") from error
