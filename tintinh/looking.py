"""A look at one page of a known outlet: fetched as politely as any, and not kept."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from pathlib import Path

from corpus.errors import WorkError
from corpus.record import ArchivePosition
from crawler.job import Job, Report
from storage.archive import Archive, ArchivedResponse
from storage.database import Database
from tintinh.config import Config, Place
from tintinh.wiring import make_supervisor


def look_at(url: str, slug: str, config: Config, place: Place) -> ArchivedResponse:
    """Fetch the page at `url` of the outlet `slug`; nothing of it stays in the data folder.

    Raises:
        WorkError: code `not_fetched`, with what the run says of it.
    """
    with tempfile.TemporaryDirectory(prefix="tintinh-look-") as folder:
        books = Path(folder)
        report = asyncio.run(_run(Job(uuid.uuid4().hex[:12], slug, "urls", (url,), wait=True), config, place, books))
        position = _position(books)
        if position is None:
            why = "; ".join(f"{problem.code}: {problem.detail}" for problem in report.problems) or report.outcome
            raise WorkError("not_fetched", f"{url} was not fetched ({why})", retry=True)
        return Archive(books / "archive", min_free_bytes=0).read(position)


async def _run(job: Job, config: Config, place: Place, books: Path) -> Report:
    async with make_supervisor(config, place, books=books) as supervisor:
        return await supervisor.run(job)


def _position(books: Path) -> ArchivePosition | None:
    database = Database.open(books)
    try:
        row = database.row(
            "SELECT archive_file, archive_offset, archive_length FROM links WHERE archive_file IS NOT NULL"
        )
    finally:
        database.close()
    return None if row is None else ArchivePosition(row["archive_file"], row["archive_offset"], row["archive_length"])
