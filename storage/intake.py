"""What the crawl workers stored and nobody has judged yet: one row a version, deleted when its matches are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from corpus.clock import parse_stamp, stamp
from storage.articles import ArticleStore
from storage.database import Database
from storage.outbox import OutboxStore

Kind = Literal["new", "edited", "removed"]

FAILURES = 3
"""A row that failed so often is set aside and shown."""


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """A stored version that waits. `silent` says why nobody shall be told, None where somebody may be.

    `prior_read_at` is the last complete read of the source before the link was met; `created_at` is when
    the version was stored.
    """

    id: int
    article_id: str
    version: int
    kind: Kind
    silent: str | None
    prior_read_at: datetime | None
    created_at: datetime
    attempts: int
    error: str | None
    parked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewMatch:
    """A match to be written. `channels` are those to be told: none for a silent one.

    `silent` is why nobody is told: the row's own reason, or `age`. `hits` are JSON objects with a key `surface`.
    """

    topic: str
    topic_revision: int
    silent: str | None
    flags: tuple[str, ...]
    hits: tuple[dict[str, Any], ...]
    sentences: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that intake found out about one row. `story` is put on all articles of `members`."""

    matches: tuple[NewMatch, ...] = ()
    story: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settled row left behind."""

    matches: int = 0
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much intake has before it; `oldest` is when the oldest waiting version was stored."""

    waiting: int = 0
    parked: int = 0
    oldest: datetime | None = field(default=None)


class IntakeStore:
    """Intake rows, oldest first. Contract: `settle` writes everything a row leads to and deletes it, in one go."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        article_id: str,
        version: int,
        kind: Kind,
        silent: str | None,
        prior_read_at: datetime | None,
        now: datetime,
    ) -> None:
        """Leave a row, in the transaction that stores the version."""
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO intake (article_id, version, kind, silent, prior_read_at, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [article_id, version, kind, silent, prior_read_at and stamp(prior_read_at), stamp(now)],
            )

    def due(self, limit: int = 100, *, after: int = 0) -> list[IntakeRow]:
        """Rows that wait, oldest first, those with an id above `after`."""
        found = self._db.rows(
            "SELECT * FROM intake WHERE parked_at IS NULL AND id > ? ORDER BY id LIMIT ?", [after, limit]
        )
        return [_row(row) for row in found]

    def settle(self, row: IntakeRow, verdict: Verdict, now: datetime) -> Settled:
        """Write story, matches and outbox rows and delete the row, in one transaction; nothing if it is gone."""
        with self._db.write() as connection:
            if connection.execute("DELETE FROM intake WHERE id = ?", [row.id]).rowcount == 0:
                return Settled()
            for member in verdict.members:
                ArticleStore(self._db).set_story(member, verdict.story)
            outbox = OutboxStore(self._db)
            matches = alerts = 0
            for match in verdict.matches:
                channels = () if self._matched_before(row, match.topic) else match.channels
                match_id, is_new = self._match(row, match, now)
                matches += is_new
                alerts += outbox.add(match_id, match.topic, row.article_id, channels, now)
        return Settled(matches, alerts)

    def failed(self, row_id: int, error: str, now: datetime) -> bool:
        """Count a failure; true if the row is now set aside."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE intake SET attempts = attempts + 1, error = ?,"
                " parked_at = CASE WHEN attempts + 1 >= ? THEN ? END WHERE id = ?",
                [error, FAILURES, stamp(now), row_id],
            )
            found = self._db.row("SELECT parked_at FROM intake WHERE id = ?", [row_id])
        return found is not None and found["parked_at"] is not None

    def parked(self, limit: int = 50) -> list[IntakeRow]:
        """Rows that were set aside, oldest first."""
        found = self._db.rows("SELECT * FROM intake WHERE parked_at IS NOT NULL ORDER BY id LIMIT ?", [limit])
        return [_row(row) for row in found]

    def unpark(self) -> int:
        """Give all rows that were set aside their tries back, as after an upgrade; gives how many."""
        with self._db.write() as connection:
            return connection.execute(
                "UPDATE intake SET parked_at = NULL, attempts = 0 WHERE parked_at IS NOT NULL"
            ).rowcount

    def count(self) -> Backlog:
        """How many rows wait and how many were set aside."""
        row = self._db.rows(
            "SELECT COUNT(*) FILTER (WHERE parked_at IS NULL) AS waiting, COUNT(parked_at) AS parked,"
            " MIN(created_at) FILTER (WHERE parked_at IS NULL) AS oldest FROM intake"
        )[0]
        return Backlog(row["waiting"], row["parked"], row["oldest"] and parse_stamp(row["oldest"]))

    def _matched_before(self, row: IntakeRow, topic: str) -> bool:
        """Whether an earlier version matched already, told or silent: then an edit is no news for the topic."""
        return bool(
            self._db.rows(
                "SELECT 1 FROM matches WHERE topic = ? AND article_id = ? AND version < ? LIMIT 1",
                [topic, row.article_id, row.version],
            )
        )

    def _match(self, row: IntakeRow, match: NewMatch, now: datetime) -> tuple[int, bool]:
        """The id of the match, and whether it is new."""
        with self._db.write() as connection:
            added: Sequence[Any] | None = connection.execute(
                "INSERT INTO matches (topic, topic_revision, article_id, version, kind, silent, flags, hits,"
                " sentences, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
                [
                    match.topic,
                    match.topic_revision,
                    row.article_id,
                    row.version,
                    row.kind,
                    match.silent,
                    json.dumps(match.flags),
                    json.dumps(match.hits, ensure_ascii=False),
                    json.dumps(match.sentences, ensure_ascii=False),
                    stamp(now),
                ],
            ).fetchone()
        if added is not None:
            return int(added[0]), True
        known = self._db.rows(
            "SELECT id FROM matches WHERE topic = ? AND article_id = ? AND version = ? AND kind = ?",
            [match.topic, row.article_id, row.version, row.kind],
        )
        return int(known[0]["id"]), False


def _row(row: dict[str, Any]) -> IntakeRow:
    return IntakeRow(
        id=row["id"],
        article_id=row["article_id"],
        version=row["version"],
        kind=row["kind"],
        silent=row["silent"],
        prior_read_at=row["prior_read_at"] and parse_stamp(row["prior_read_at"]),
        created_at=parse_stamp(row["created_at"]),
        attempts=row["attempts"],
        error=row["error"],
        parked_at=row["parked_at"] and parse_stamp(row["parked_at"]),
    )
