"""Sources: what was read last from each feed and section page, and when it was last read completely."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from corpus.clock import parse_stamp, stamp
from storage.database import Database


@dataclass(frozen=True, slots=True)
class SourceState:
    """A row of `sources`. `failures` counts tries in a row that gave no complete read.

    `first_complete_at` is the baseline: links met then are silent. `etag`, `last_modified` and `body_hash` are
    those of the last complete read. `response` is the class of the last response, `error` what went wrong.
    `good_reads` counts complete reads with five article links or more; `parent` is the sitemap index that named this
    sitemap; `seen` holds what a sitemap listed at its complete reads: links, or the sitemaps of an index (8 bytes a
    URL: crawler/sources/memory.py). `read_at` is when the server last sent a body, not only "unchanged"; `changed_at`
    the last complete read that showed an address not met before.
    """

    outlet: str
    url: str
    kind: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    first_complete_at: datetime | None = None
    last_complete_at: datetime | None = None
    checked_at: datetime | None = None
    response: str | None = None
    failures: int = 0
    links: int = 0
    error: str | None = None
    good_reads: int = 0
    parent: str | None = None
    seen: bytes | None = None
    read_at: datetime | None = None
    changed_at: datetime | None = None


class SourceStore:
    """Keeps the state of sources. Contract: `save` stands in the write transaction that adds the links of the
    same read, so that a listing is never taken for read while its links are lost. Raises WorkError.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, outlet: str, url: str) -> SourceState | None:
        """The state of one source, or None if it was never tried."""
        row = self._db.row("SELECT * FROM sources WHERE outlet = ? AND url = ?", [outlet, url])
        return _state(row) if row else None

    def all(self, outlet: str | None = None) -> list[SourceState]:
        """All sources that were ever tried, of one outlet or of all, by outlet and address."""
        rows = self._db.rows(
            "SELECT * FROM sources WHERE ? IS NULL OR outlet = ? ORDER BY outlet, url", [outlet, outlet]
        )
        return [_state(row) for row in rows]

    def children(self, outlet: str, parent: str) -> dict[str, SourceState]:
        """The sitemaps of an index that were ever tried, by URL; without `seen`, which may be large in all of them."""
        names = ", ".join(name for name in _COLUMNS if name != "seen")
        rows = self._db.rows(f"SELECT {names} FROM sources WHERE outlet = ? AND parent = ?", [outlet, parent])  # noqa: S608 - own names
        return {row["url"]: _state(row) for row in rows}

    def forget_children(self, outlet: str, parent: str, *, but: Collection[str], before: datetime) -> None:
        """Drop the sitemaps of an index that were last asked for before a moment, but for these URLs."""
        with self._db.write() as connection:
            connection.execute(
                "DELETE FROM sources WHERE outlet = ? AND parent = ? AND checked_at < ?"
                " AND url NOT IN (SELECT value FROM json_each(?))",
                [outlet, parent, stamp(before), json.dumps(list(but))],
            )

    def save(self, state: SourceState) -> None:
        """Write the whole state of one source."""
        values: dict[str, Any] = {name: getattr(state, name) for name in _COLUMNS}
        for column in _TIMES:
            moment = values[column]
            values[column] = None if moment is None else stamp(moment)
        names = ", ".join(_COLUMNS)
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        with self._db.write() as connection:
            connection.execute(f"INSERT OR REPLACE INTO sources ({names}) VALUES ({marks})", values)  # noqa: S608 - own names


_COLUMNS = tuple(SourceState.__dataclass_fields__)
_TIMES = ("first_complete_at", "last_complete_at", "checked_at", "read_at", "changed_at")


def _state(row: dict[str, Any]) -> SourceState:
    values = dict(row)
    for column in _TIMES:
        if values[column] is not None:
            values[column] = parse_stamp(values[column])
    return SourceState(**values)
