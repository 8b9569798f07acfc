"""What a run reads and writes: the stores of one database, the sink and the archive, in one hand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from corpus.clock import Clock
from storage.archive import Archive
from storage.database import Database
from storage.hosts import HostStore
from storage.links import LinkStore
from storage.outlets import OutletStore
from storage.runs import RunStore
from storage.sink import Sink, Submission
from storage.sources import SourceStore


class TakesArticles(Protocol):
    """Where articles go: storage.sink.Sink, or what a test puts in its place."""

    def store(self, submission: Submission) -> Literal["new", "changed", "same"]:
        """Store an article with its link's state in one transaction."""

    def remove(self, article_id: str, link_id: int | None, at: datetime) -> None:
        """Note that the paper took an article away."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The books of a run. `database` is for transactions that several stores share."""

    database: Database
    links: LinkStore
    sources: SourceStore
    outlets: OutletStore
    hosts: HostStore
    runs: RunStore
    sink: TakesArticles
    archive: Archive

    @classmethod
    def over(cls, database: Database, sink: TakesArticles, archive: Archive) -> Ledger:
        """The books that stand in this database."""
        return cls(
            database,
            LinkStore(database),
            SourceStore(database),
            OutletStore(database),
            HostStore(database),
            RunStore(database),
            sink,
            archive,
        )


@contextmanager
def throwaway_ledger(clock: Clock) -> Iterator[Ledger]:
    """Books that are gone afterwards, for `scrapy crawl`, which yields articles and stores nothing."""
    with tempfile.TemporaryDirectory(prefix="tintinh-") as folder:
        database = Database.open(Path(folder))
        try:
            yield Ledger.over(database, Sink(database, clock), Archive(Path(folder) / "archive"))
        finally:
            database.close()
