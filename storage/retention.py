"""Pruning the archive: files older than a limit go, and no row points to them any more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from corpus.clock import HANOI
from corpus.errors import WorkError
from storage.archive_files import ArchiveFile, archive_files
from storage.database import Database

PAGE_ROWS = 500
"""Articles whose versions are rewritten in one transaction."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go: files and bytes of the archive."""

    files: int
    bytes: int


def outdated(folder: Path, keep: timedelta, now: datetime) -> list[ArchiveFile]:
    """The archive's files whose day ended more than `keep` ago; today's are never among them."""
    first_kept = min((now.astimezone(HANOI) - keep).date(), now.astimezone(HANOI).date())
    return [file for file in archive_files(folder) if file.day < first_kept]


def careful_now(folder: Path, now: datetime) -> datetime:
    """The time by which to prune where nobody is asked: not later than the day of the archive's newest file.

    A clock that jumps years ahead would else empty the archive.
    """
    newest = max((file.day for file in archive_files(folder)), default=None)
    return now if newest is None else min(now, datetime.combine(newest, time(23, 59), HANOI))


def prune_archive(database: Database, folder: Path, keep: timedelta, now: datetime) -> Pruned:
    """Remove the outdated files. Rows forget them first, so that none ever points to what is gone.

    A process that dies in between leaves files without rows, which is legal; the next pruning removes them.
    Articles and their versions stay: only the raw responses go.

    Raises:
        WorkError: `archive_stuck`, a file cannot be removed; those of Database.
    """
    files = outdated(folder, keep, now)
    if not files:
        return Pruned(0, 0)
    names = json.dumps([file.name for file in files])
    _forget_links(database, names)
    _forget_articles(database, names)
    for file in files:
        path = folder / file.name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise WorkError("archive_stuck", f"{path}: {error.strerror}", hint="correct its owner or mode") from error
    return Pruned(len(files), sum(file.size for file in files))


def _forget_links(database: Database, names: str) -> None:
    with database.write() as connection:
        connection.execute(
            "UPDATE links SET archive_file = NULL, archive_offset = NULL, archive_length = NULL"
            " WHERE archive_file IN (SELECT value FROM json_each(?))",
            [names],
        )


def _forget_articles(database: Database, names: str) -> None:
    """Articles and versions, page by page: a corpus of years must not hold up the crawl for its length."""
    last = 0
    while True:
        page = database.rows(
            "SELECT seen_order, id FROM articles WHERE seen_order > ? ORDER BY seen_order LIMIT ?", [last, PAGE_ROWS]
        )
        if not page:
            return
        last = page[-1]["seen_order"]
        ids = json.dumps([row["id"] for row in page])
        with database.write() as connection:
            connection.execute(
                "UPDATE articles SET archive = NULL WHERE id IN (SELECT value FROM json_each(:ids))"
                " AND json_extract(archive, '$.file') IN (SELECT value FROM json_each(:names))",
                {"ids": ids, "names": names},
            )
            connection.execute(
                "UPDATE versions SET record = json_set(record, '$.archive', json('null'))"
                " WHERE article_id IN (SELECT value FROM json_each(:ids))"
                " AND json_extract(record, '$.archive.file') IN (SELECT value FROM json_each(:names))",
                {"ids": ids, "names": names},
            )
