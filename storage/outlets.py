"""Outlets: what was found out about them beside their files: searches, probes, looks at merged ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from corpus.clock import parse_stamp, stamp
from storage.database import Database


@dataclass(frozen=True, slots=True)
class OutletState:
    """A row of `outlets`. All times are None where it never happened.

    `sought_at`: last search for sources. `verified_at`: last time that an article was read on the live site.
    `looked_at`, `returned_at`: looks at a merged outlet; `front_hash`: the article links that they saw (8 bytes
    each, in hexadecimal, crawler/sources/memory.py). `probed_at`, `probe`: the last probe. `search_requests`: what the
    search under way has spent in all its runs.
    """

    slug: str
    sought_at: datetime | None = None
    verified_at: datetime | None = None
    looked_at: datetime | None = None
    front_hash: str | None = None
    returned_at: datetime | None = None
    probed_at: datetime | None = None
    probe: dict[str, Any] = field(default_factory=dict)
    search_requests: int = 0


class OutletStore:
    """Keeps these states. Contract: a row is written by the run that holds the outlet's host lock. Raises WorkError."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, slug: str) -> OutletState:
        """The state of one outlet; the initial state if nothing is known."""
        row = self._db.row("SELECT * FROM outlets WHERE slug = ?", [slug])
        return _state(row) if row else OutletState(slug)

    def all(self) -> dict[str, OutletState]:
        """All known states by slug."""
        return {row["slug"]: _state(row) for row in self._db.rows("SELECT * FROM outlets ORDER BY slug")}

    def save(self, state: OutletState) -> None:
        """Write the whole state of one outlet."""
        values: dict[str, Any] = {name: getattr(state, name) for name in _COLUMNS}
        for column in _TIMES:
            values[column] = None if values[column] is None else stamp(values[column])
        values["probe"] = json.dumps(state.probe, ensure_ascii=False)
        marks = ", ".join(f":{name}" for name in _COLUMNS)
        with self._db.write() as connection:
            connection.execute(f"INSERT OR REPLACE INTO outlets ({', '.join(_COLUMNS)}) VALUES ({marks})", values)  # noqa: S608 - own names


_COLUMNS = tuple(OutletState.__dataclass_fields__)
_TIMES = ("sought_at", "verified_at", "looked_at", "returned_at", "probed_at")


def _state(row: dict[str, Any]) -> OutletState:
    times = {column: parse_stamp(row[column]) if row[column] else None for column in _TIMES}
    return OutletState(**{**row, **times, "probe": json.loads(row["probe"] or "{}")})
