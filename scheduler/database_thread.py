"""The daemon's one database thread: the event loop never waits for the disk or for another writer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from corpus.errors import WorkError
from storage.database import DAEMON_TIMEOUT, Database

T = TypeVar("T")

log = logging.getLogger(__name__)


class InDatabase(Protocol):
    """Runs short work with the database in the daemon's database thread."""

    async def __call__(self, work: Callable[[Database], T]) -> T:
        """Run `work(database)` and give what it gives.

        Raises:
            WorkError: as Database does; `database_locked` after 5 s means: come back later.
        """


class DatabaseThread:
    """An InDatabase that opens the database with its first work and keeps it open.

    Args:
        folder: the data folder.
        busy_timeout: seconds to wait for another writer.
        again_seconds: wait before `until_done` tries again.
    """

    def __init__(self, folder: Path, *, busy_timeout: float = DAEMON_TIMEOUT, again_seconds: float = 5.0) -> None:
        self._folder = folder
        self._busy_timeout = busy_timeout
        self._again_seconds = again_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._database: Database | None = None

    async def __call__(self, work: Callable[[Database], T]) -> T:
        """Run `work(database)` in the thread; raises WorkError as Database does."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(self._opened()))

    async def until_done(self, work: Callable[[Database], T], what: str) -> T:
        """Run work, coming back as long as the error says that trying again may help.

        Args:
            work: may run several times, so it must be whole or nothing.
            what: two words for the log.
        """
        while True:
            try:
                return await self(work)
            except WorkError as error:
                if not error.retry:
                    raise
                log.warning("database_later", extra={"what": what, "code": error.code, "why": error.message})
            await asyncio.sleep(self._again_seconds)

    async def close(self) -> None:
        """Close the database and end the thread; waits for the work under way."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _opened(self) -> Database:
        if self._database is None:
            self._database = Database.open(self._folder, busy_timeout=self._busy_timeout)
        return self._database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
