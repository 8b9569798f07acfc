"""One SQLite file in the data folder: WAL, FULL, writers begin IMMEDIATE, errors told once at this edge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from corpus.errors import WorkError
from storage.migrations import MIGRATIONS, applied_steps, known_steps

FILE_NAME = "tintinh.db"
WORKER_TIMEOUT = 120.0
"""Seconds that workers and intake wait for another writer."""
DAEMON_TIMEOUT = 5.0
"""Seconds that the daemon's database thread waits; it comes back later."""

Params = Sequence[Any] | Mapping[str, Any]


class Database:
    """The corpus database of one data folder, for one thread of one process.

    Reads see the last commit; every write stands in `write()`, which begins IMMEDIATE (a deferred begin loses
    writers: SQLITE_BUSY_SNAPSHOT does not wait) and commits or rolls back as one. Nested `write()` blocks
    join the outer one. Nothing slow may stand inside: no parsing, matching, hashing or network.
    All methods raise WorkError for what SQLite refuses: `disk_full`, `data_read_only`, `database_locked`,
    `database_corrupt`, `data_unreadable`.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._depth = 0
        self.path = path

    @classmethod
    def open(cls, folder: Path, *, busy_timeout: float = WORKER_TIMEOUT, create: bool = True) -> Database:
        """Open (and where needed make and migrate) the database of a data folder.

        Args:
            folder: the data folder; made with mode 0700 if missing and `create` is true.
            busy_timeout: seconds to wait for another writer.
            create: false refuses a folder without a database.

        Raises:
            WorkError: codes `data_unreadable`, `data_read_only`, `no_data`, `newer_database`, `database_corrupt`,
                `disk_full`.
        """
        path = folder / FILE_NAME
        with _told(path):
            if not path.exists():
                if not create:
                    raise WorkError(
                        "no_data", f"there is no database in {folder}", hint="run `tintinh init` or give --data"
                    )
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)
            try:
                _set_pragmas(connection)
                _migrate(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; all of it or nothing. Inner blocks join the outer one."""
        with _told(self.path):
            if self._depth:
                self._depth += 1
                try:
                    yield self._connection
                finally:
                    self._depth -= 1
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield self._connection
            except BaseException:
                self._depth = 0
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth = 0
            self._connection.execute("COMMIT")

    def rows(self, sql: str, params: Params = ()) -> list[dict[str, Any]]:
        """Run a short read and give all its rows. Long reads go by key in pages."""
        with _told(self.path):
            cursor = self._connection.execute(sql, params)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, params: Params = ()) -> dict[str, Any] | None:
        """The first row of a read, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None

    def quick_check(self) -> str:
        """SQLite's own check; `ok` or what it found."""
        return str(self.rows("PRAGMA quick_check(1)")[0]["quick_check"])

    def checkpoint(self) -> None:
        """Move the journal into the database file and cut it."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection; the object cannot be used afterwards."""
        self._connection.close()


def _set_pragmas(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_size_limit=67108864")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    known, applied = known_steps(), applied_steps(connection)
    unknown = sorted(set(applied) - set(known))
    if unknown:
        raise WorkError(
            "newer_database",
            f"{path} was written by a newer tintinh (step {unknown[-1]!r} is unknown here)",
            hint="install the newer tintinh again, or give another data folder with --data",
        )
    if len(applied) < len(known):
        # One process migrates, a second one waits here and then finds nothing to do.
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS.apply(sqlite_utils.Database(connection))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say into one of our errors, once, at this edge."""
    try:
        yield
    except PermissionError as error:
        raise WorkError(
            "data_unreadable", f"no permission for {path}: {error.strerror}", hint="give another folder with --data"
        ) from error
    except (sqlite3.Error, OSError) as error:
        raise _work_error(path, error) from error


_CODES = (
    ("full", "disk_full", "free some space; nothing was lost and the work goes on by itself", True),
    ("disk i/o", "disk_full", "check the disk and its free space", True),
    ("no space", "disk_full", "free some space; nothing was lost and the work goes on by itself", True),
    ("readonly", "data_read_only", "make the folder writable or give another one with --data", False),
    ("read-only", "data_read_only", "make the folder writable or give another one with --data", False),
    ("locked", "database_locked", "another tintinh is writing; try again", True),
    ("busy", "database_locked", "another tintinh is writing; try again", True),
    ("unable to open", "data_unreadable", "check the folder's permissions or give another one with --data", False),
    ("malformed", "database_corrupt", "restore a backup; `tintinh doctor` says more", False),
    ("not a database", "database_corrupt", "restore a backup; `tintinh doctor` says more", False),
)


def _work_error(path: Path, error: Exception) -> Exception:
    text = str(error).lower()
    for part, code, hint, retry in _CODES:
        if part in text:
            return WorkError(code, f"{path}: {error}", hint=hint, retry=retry)
    if isinstance(error, OSError):
        return WorkError("data_unreadable", f"{path}: {error}", hint="give another folder with --data")
    return error
