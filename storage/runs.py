"""Runs: one row for each crawl of one outlet, from its start on, so that a run that died is seen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from corpus.clock import parse_stamp, stamp
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one outlet. `ended_at`, `outcome` None: under way, or its process died.

    `stats` are counts by name; `problems` are objects with `code`, `url`, `detail`.
    """

    id: str
    outlet: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    stats: dict[str, int]
    problems: tuple[dict[str, Any], ...]


class RunStore:
    """Runs by id. Contract: a run's row is committed before its first request; `end` writes the figures once."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, run_id: str, outlet: str, kind: str, now: datetime) -> None:
        """A run starts.

        Raises:
            sqlite3.IntegrityError: a run with this id is known.
        """
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO runs (id, outlet, kind, started_at) VALUES (?, ?, ?, ?)",
                [run_id, outlet, kind, stamp(now)],
            )

    def end(
        self,
        run_id: str,
        outcome: str,
        stats: Mapping[str, int],
        problems: Sequence[Mapping[str, Any]],
        now: datetime,
    ) -> None:
        """A run has ended, this way. A run that has ended keeps its first end: its killer may be late."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE runs SET ended_at = ?, outcome = ?, stats = ?, problems = ? WHERE id = ? AND ended_at IS NULL",
                [stamp(now), outcome, _json(dict(stats)), _json([dict(p) for p in problems]), run_id],
            )

    def get(self, run_id: str) -> Run | None:
        """The run with this id, or None."""
        return _first(self._db.rows("SELECT * FROM runs WHERE id = ?", [run_id]))

    def last(self, outlet: str) -> Run | None:
        """The run of this outlet that started last, or None."""
        return _first(
            self._db.rows("SELECT * FROM runs WHERE outlet = ? ORDER BY started_at DESC, rowid DESC LIMIT 1", [outlet])
        )

    def last_by_outlet(self, kind: str | None = None) -> dict[str, Run]:
        """For each outlet that ever had one, the run (of this kind, where one is named) that started last."""
        found = self._db.rows(
            "SELECT * FROM runs WHERE rowid IN (SELECT (SELECT rowid FROM runs AS r WHERE r.outlet = o.outlet"
            " AND (:kind IS NULL OR r.kind = :kind) ORDER BY started_at DESC, rowid DESC LIMIT 1)"
            " FROM (SELECT DISTINCT outlet FROM runs) AS o) ORDER BY outlet",
            {"kind": kind},
        )
        return {row["outlet"]: _run(row) for row in found}

    def unfinished(self) -> list[Run]:
        """Runs without an end, oldest first: under way, or died."""
        return [_run(row) for row in self._db.rows("SELECT * FROM runs WHERE ended_at IS NULL ORDER BY started_at")]

    def first_started_at(self) -> datetime | None:
        """When the first run of all started; None before it."""
        (row,) = self._db.rows("SELECT MIN(started_at) AS at FROM runs")
        return parse_stamp(row["at"]) if row["at"] else None

    def per_day(self, outlet: str, since: datetime) -> dict[str, dict[str, int]]:
        """What the runs of an outlet asked and got since a time: day (Hà Nội) -> `runs`, `requests`, `bytes`.

        A probe is no run, but its requests were made.
        """
        found = self._db.rows(
            "SELECT substr(started_at, 1, 10) AS day, SUM(kind <> 'probe') AS runs,"
            " COALESCE(SUM(json_extract(stats, '$.requests')), 0) AS requests,"
            " COALESCE(SUM(json_extract(stats, '$.bytes')), 0) AS bytes"
            " FROM runs WHERE outlet = ? AND started_at >= ? GROUP BY day ORDER BY day",
            [outlet, stamp(since)],
        )
        return {row.pop("day"): row for row in found}

    def recent(self, limit: int) -> list[Run]:
        """The runs that started last, newest first."""
        found = self._db.rows("SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?", [limit])
        return [_run(row) for row in found]


def _first(rows: list[dict[str, Any]]) -> Run | None:
    return _run(rows[0]) if rows else None


def _run(row: dict[str, Any]) -> Run:
    return Run(
        id=row["id"],
        outlet=row["outlet"],
        kind=row["kind"],
        started_at=parse_stamp(row["started_at"]),
        ended_at=parse_stamp(row["ended_at"]) if row["ended_at"] else None,
        outcome=row["outcome"],
        stats=json.loads(row["stats"]),
        problems=tuple(json.loads(row["problems"])),
    )


def _json(value: Any) -> str:
    return json.dumps(value)
