"""One SQLite file in the data folder: WAL, FULL, writers begin IMMEDIATE, errors told once at this edge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
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
    All methods raise WorkError for what SQLite refuses: `disk_full`, `disk_error`, `data_read_only`,
    `database_locked`, `database_corrupt`, `data_unreadable`. Constraints and wrong SQL stay sqlite3 errors.
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
            WorkError: codes `data_unreadable`, `data_read_only`, `no_data`, `no_wal`, `newer_database`,
                `database_corrupt`, `database_locked`, `disk_full`, `disk_error`.
        """
        path = folder / FILE_NAME
        _make_folder(folder, path, create=create)
        with _told(path):
            if not path.exists():
                path.touch(mode=0o600)  # it holds the secrets of webhooks; SQLite's other files take its mode
            connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)
            try:
                _set_pragmas(connection, path, busy_timeout)
                _migrate(connection, path)
            except BaseException:  # whatever went wrong, an open connection must not be left
                connection.close()
                raise
        return cls(connection, path)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; all of it or nothing. Inner blocks join the outer one.

        An inner block that raises leaves nothing behind even where the outer one catches the error and goes on.
        """
        with _told(self.path):
            name = f"block_{self._depth}"
            self._connection.execute(f"SAVEPOINT {name}" if self._depth else "BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
                if not self._connection.in_transaction:
                    # SQLite itself rolls back on some errors (a full disk); whoever caught that must not go on.
                    raise WorkError("disk_full", f"{self.path}: the transaction was rolled back", retry=True)
                self._connection.execute(f"RELEASE {name}" if self._depth > 1 else "COMMIT")
            except BaseException:  # rolled back whatever it was, then passed on
                if self._connection.in_transaction:
                    self._connection.execute(f"ROLLBACK TO {name}" if self._depth > 1 else "ROLLBACK")
                    if self._depth > 1:
                        self._connection.execute(f"RELEASE {name}")
                raise
            finally:
                self._depth -= 1

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


def _make_folder(folder: Path, path: Path, *, create: bool) -> None:
    try:
        if path.exists():
            return
        if create:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
    except OSError as error:
        raise WorkError(
            "data_unreadable", f"{folder}: {error.strerror}", hint="give another folder with --data"
        ) from error
    raise WorkError("no_data", f"there is no database in {folder}", hint="run `tintinh init` or give --data")


def _set_pragmas(connection: sqlite3.Connection, path: Path, busy_timeout: float) -> None:
    _use_wal(connection, path, busy_timeout)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_size_limit=67108864")


def _use_wal(connection: sqlite3.Connection, path: Path, busy_timeout: float) -> None:
    """Switch a new database to WAL. SQLite's own waiting does not cover this one step, so it is done here."""
    deadline = monotonic() + busy_timeout
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            sleep(0.02)
    if mode != "wal":
        raise WorkError(
            "no_wal",
            f"{path}: this file system cannot hold the database's journal (a network share?)",
            hint="give a folder on a local disk with --data",
        )


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
        except BaseException:  # rolled back whatever it was, then passed on
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one of our errors, once, at this edge."""
    try:
        yield
    except sqlite3.Error as error:
        told = _work_error(path, error)
        if told is None:
            raise  # a constraint, wrong SQL: our own mistake, told as it is
        raise told from error


_SPACE = "free some space; nothing was lost and the work goes on by itself"
_WRITABLE = "make the folder writable or give another one with --data"
_CODES = {
    sqlite3.SQLITE_FULL: ("disk_full", _SPACE, True),
    sqlite3.SQLITE_IOERR_WRITE: ("disk_full", _SPACE, True),
    sqlite3.SQLITE_IOERR_SHMSIZE: ("disk_full", _SPACE, True),
    sqlite3.SQLITE_IOERR: ("disk_error", "check the disk; `tintinh doctor` says more", True),
    sqlite3.SQLITE_READONLY: ("data_read_only", _WRITABLE, False),
    sqlite3.SQLITE_BUSY: ("database_locked", "another tintinh is writing; try again", True),
    sqlite3.SQLITE_LOCKED: ("database_locked", "another tintinh is writing; try again", True),
    sqlite3.SQLITE_CANTOPEN: ("data_unreadable", _WRITABLE, False),
    sqlite3.SQLITE_PERM: ("data_unreadable", _WRITABLE, False),
    sqlite3.SQLITE_CORRUPT: ("database_corrupt", "restore a backup; `tintinh doctor` says more", False),
    sqlite3.SQLITE_NOTADB: ("database_corrupt", "restore a backup; `tintinh doctor` says more", False),
}
"""What SQLite's result codes mean for a person. An extended code stands before its primary one (its low byte)."""


def _work_error(path: Path, error: sqlite3.Error) -> WorkError | None:
    number = getattr(error, "sqlite_errorcode", None)  # missing where the module itself refuses, not SQLite
    if number is None:
        return None
    known = _CODES.get(number) or _CODES.get(number & 0xFF)
    if known is None:
        return None
    code, hint, retry = known
    return WorkError(code, f"{path}: {error}", hint=hint, retry=retry)
