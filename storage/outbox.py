"""Alerts to be delivered: `due` until a receiver has taken them, then `delivered`, or `dead` and replayable."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from corpus.clock import parse_stamp, stamp
from corpus.record import Published, published_from_json
from storage.database import Database

State = Literal["due", "delivered", "dead"]

FARTHEST = timedelta(hours=30)
"""No row waits longer than this. A later time in a row comes from a clock that was wrong: the row is due now."""


TOPIC_REMOVED, CHANNEL_REMOVED = "topic_removed", "channel_removed"
"""Errors of dead letters that the user made by removing what they belonged to: nothing is left to mend."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One alert as lists show it. `error` is the last failure, as `code: sentence`."""

    id: str
    topic: str
    article_id: str
    channel: str
    title: str
    state: State
    attempts: int
    next_at: datetime
    error: str | None
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt: `outcome` is delivered, retry or dead; `status` the receiver's code, where it gave one."""

    attempt: int
    at: datetime
    outcome: str
    status: int | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """An alert that is ours to deliver until the lease ends, with all that a message may show; no full text.

    `topic_name` or `kind` is None where the topic or the channel was removed meanwhile.
    `article` fields are those of the version that matched. `attempts` counts the tries before this one.
    """

    id: str
    topic: str
    topic_name: str | None
    channel: str
    kind: str | None
    settings: dict[str, Any] = field(repr=False)
    attempts: int
    remaining: tuple[str, ...] | None
    match_kind: str
    matched_at: datetime
    flags: tuple[str, ...]
    sentences: tuple[str, ...]
    surfaces: tuple[str, ...]
    article_id: str
    version: int
    title: str
    outlet: str
    outlet_name: str
    url: str
    published: Published
    first_seen_at: datetime


def alert_id(topic: str, article_id: str, channel: str) -> str:
    """The id of an alert, the same for ever: it is also the webhook-id and part of the Message-ID."""
    return "alert_" + sha256("\0".join((topic, article_id, channel)).encode()).hexdigest()[:24]


class OutboxStore:
    """Alerts by id. Contract:

    - one row per (topic, article, channel), for ever: nobody is told twice;
    - `claim` gives a row to one caller until the lease ends; a caller that dies leaves it to the next one;
    - every attempt leaves a delivery row in the transaction that changes the state.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, match_id: int, topic: str, article_id: str, channels: Sequence[str], now: datetime) -> int:
        """Put one alert a channel into the outbox; those ever told (or queued) are left out. Gives how many."""
        added = 0
        with self._db.write() as connection:
            for channel in channels:
                added += connection.execute(
                    "INSERT INTO outbox (id, match_id, topic, article_id, channel, state, next_at, created_at)"
                    " VALUES (?, ?, ?, ?, ?, 'due', ?, ?) ON CONFLICT DO NOTHING",
                    [alert_id(topic, article_id, channel), match_id, topic, article_id, channel, *[stamp(now)] * 2],
                ).rowcount
        return added

    def due_channels(self, now: datetime) -> list[str]:
        """Channels that have alerts to deliver now, the longest waiting first."""
        found = self._db.rows(
            f"SELECT o.channel, MIN(o.next_at) AS first FROM {_DUE} GROUP BY o.channel ORDER BY first",  # noqa: S608 - ours
            _times(now),
        )
        return [row["channel"] for row in found]

    def next_due(self, now: datetime, busy: Collection[str] = ()) -> datetime | None:
        """When the next alert of a channel outside `busy` is due (perhaps now or before), or None."""
        found = self._db.rows(
            f"SELECT o.channel, MIN({_DUE_AT}) AS at FROM {_WAITING} GROUP BY o.channel",  # noqa: S608 - ours
            _times(now),
        )
        times = [row["at"] for row in found if row["channel"] not in busy]
        if not times:
            return None
        return parse_stamp(min(times)) if min(times) else now

    def claim(self, now: datetime, *, lease: timedelta, channel: str | None = None, limit: int = 1) -> list[Claimed]:
        """Take due alerts, the longest waiting first, and hold them for `lease`."""
        only = "" if channel is None else " AND o.channel = :channel"
        with self._db.write() as connection:
            found = self._db.rows(
                f"SELECT o.id FROM {_DUE}{only} ORDER BY o.next_at, o.created_at, o.id LIMIT :limit",  # noqa: S608 - ours
                {**_times(now), "channel": channel, "limit": limit},
            )
            ids = [row["id"] for row in found]
            connection.executemany(
                "UPDATE outbox SET lease_until = ? WHERE id = ?", [[_not_before(now + lease), id_] for id_ in ids]
            )
            return [claimed for id_ in ids if (claimed := self._claimed_or_later(id_, now)) is not None]

    def release(self) -> int:
        """End all leases; for the one dispatcher of a data folder, when it starts. Gives how many there were."""
        with self._db.write() as connection:
            return connection.execute(
                "UPDATE outbox SET lease_until = NULL WHERE state = 'due' AND lease_until IS NOT NULL"
            ).rowcount

    def delivered(
        self,
        id_: str,
        now: datetime,
        *,
        status: int | None = None,
        detail: str | None = None,
        waited_for: Collection[str] = (),
        early_tries: int = 0,
    ) -> None:
        """The receiver took it.

        If its channel was left alone before, it works again: what waited for it (the last error has one of the codes
        in `waited_for`) becomes due, if it was tried `early_tries` times at most. An alert that is itself what makes
        the receiver fail keeps its later tries for later days.
        """
        with self._db.write() as connection:
            self._attempt(id_, now, "delivered", status, detail)
            connection.execute(
                "UPDATE outbox SET state = 'delivered', delivered_at = ?, attempts = attempts + 1, lease_until = NULL,"
                " error = NULL, remaining = NULL WHERE id = ?",
                [stamp(now), id_],
            )
            freed = connection.execute(
                "UPDATE channels SET held_until = NULL WHERE held_until IS NOT NULL"
                " AND slug = (SELECT channel FROM outbox WHERE id = ?) RETURNING slug",
                [id_],
            ).fetchone()
            if freed is not None:
                connection.execute(
                    "UPDATE outbox SET next_at = :now WHERE channel = :channel AND state = 'due' AND next_at > :now"
                    " AND attempts <= :tries AND substr(error, 1, instr(error, ':') - 1) IN"
                    " (SELECT value FROM json_each(:codes))",
                    {
                        "channel": freed[0],
                        "now": stamp(now),
                        "tries": early_tries,
                        "codes": json.dumps(list(waited_for)),
                    },
                )

    def retry(
        self,
        id_: str,
        now: datetime,
        next_at: datetime,
        error: str,
        *,
        status: int | None = None,
        remaining: Sequence[str] | None = None,
        hold_until: datetime | None = None,
    ) -> None:
        """The attempt failed; try again at `next_at`, only for `remaining` recipients if given.

        With `hold_until` the whole channel is left alone until then: the receiver asked for it, or was not there.
        """
        with self._db.write() as connection:
            self._attempt(id_, now, "retry", status, error)
            connection.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_at = ?, lease_until = NULL, error = ?,"
                " remaining = COALESCE(?, remaining) WHERE id = ? AND state = 'due'",
                [_not_before(next_at), error, _json_or_none(remaining), id_],
            )
            if hold_until is not None:
                connection.execute(
                    "UPDATE channels SET held_until = ? WHERE slug = (SELECT channel FROM outbox WHERE id = ?)",
                    [_not_before(hold_until), id_],
                )

    def dead(
        self,
        id_: str,
        now: datetime,
        error: str,
        *,
        status: int | None = None,
        remaining: Sequence[str] | None = None,
    ) -> None:
        """The attempt failed for good; the alert stays, visible, until it is replayed."""
        with self._db.write() as connection:
            self._attempt(id_, now, "dead", status, error)
            connection.execute(
                "UPDATE outbox SET state = 'dead', attempts = attempts + 1, lease_until = NULL, error = ?,"
                " remaining = COALESCE(?, remaining) WHERE id = ? AND state = 'due'",
                [error, _json_or_none(remaining), id_],
            )

    def replay(self, ids: Sequence[str] | None, now: datetime) -> list[str]:
        """Make dead alerts due again, with all their tries; all of them if `ids` is None. Gives the ids replayed.

        Recipients that have already had it stay left out.
        """
        with self._db.write() as connection:
            dead = [
                row["id"] for row in self._db.rows("SELECT id FROM outbox WHERE state = 'dead' ORDER BY created_at")
            ]
            chosen = dead if ids is None else [id_ for id_ in dict.fromkeys(ids) if id_ in set(dead)]
            connection.executemany(
                "UPDATE outbox SET state = 'due', attempts = 0, next_at = ?, lease_until = NULL WHERE id = ?",
                [[stamp(now), id_] for id_ in chosen],
            )
            connection.execute(
                "UPDATE channels SET held_until = NULL WHERE slug IN (SELECT channel FROM outbox WHERE state = 'due')"
            )
        return chosen

    def get(self, id_: str) -> OutboxRow | None:
        """One alert, or None."""
        row = self._db.row(f"SELECT {_SHOWN} WHERE o.id = ?", [id_])
        return None if row is None else _outbox_row(row)

    def listing(self, *, state: State | None = None, topic: str | None = None, limit: int = 50) -> list[OutboxRow]:
        """Alerts, newest first, at most `limit`."""
        found = self._db.rows(
            f"SELECT {_SHOWN} WHERE (:state IS NULL OR o.state = :state) AND (:topic IS NULL OR o.topic = :topic)"
            " ORDER BY o.created_at DESC, o.match_id DESC, o.id LIMIT :limit",
            {"state": state, "topic": topic, "limit": limit},
        )
        return [_outbox_row(row) for row in found]

    def deliveries(self, id_: str) -> list[Delivery]:
        """The attempts of one alert, oldest first."""
        return [
            Delivery(row["attempt"], parse_stamp(row["at"]), row["outcome"], row["status"], row["detail"])
            for row in self._db.rows("SELECT * FROM deliveries WHERE outbox_id = ? ORDER BY id", [id_])
        ]

    def counts(self) -> dict[str, int]:
        """How many alerts are in each state; every state is there."""
        counts = {"due": 0, "delivered": 0, "dead": 0}
        for row in self._db.rows("SELECT state, COUNT(*) AS n FROM outbox GROUP BY state"):
            counts[row["state"]] = row["n"]
        return counts

    def to_mend(self) -> int:
        """How many dead letters ask for somebody to look at them."""
        found = self._db.rows(
            "SELECT COUNT(*) AS n FROM outbox WHERE state = 'dead' AND error NOT IN (?, ?)",
            [TOPIC_REMOVED, CHANNEL_REMOVED],
        )
        return int(found[0]["n"])

    def _attempt(self, id_: str, now: datetime, outcome: str, status: int | None, detail: str | None) -> None:
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO deliveries (outbox_id, attempt, at, outcome, status, detail)"
                " SELECT id, (SELECT COUNT(*) + 1 FROM deliveries WHERE outbox_id = :id), :at, :outcome, :status,"
                " :detail FROM outbox WHERE id = :id",
                {"id": id_, "at": stamp(now), "outcome": outcome, "status": status, "detail": detail},
            )

    def _claimed_or_later(self, id_: str, now: datetime) -> Claimed | None:
        try:
            return self._claimed(id_)
        except (LookupError, TypeError, ValueError) as error:
            # A damaged row must not stop those behind it: it comes again in an hour, and shows why.
            self.retry(id_, now, now + timedelta(hours=1), f"unreadable: {type(error).__name__}")
            return None

    def _claimed(self, id_: str) -> Claimed:
        row = self._db.rows(_CLAIMED, [id_])[0]
        flags = (*json.loads(row["match_flags"]), *json.loads(row["article_flags"]))
        surfaces = [hit["surface"] for hit in json.loads(row["hits"])]
        return Claimed(
            id=row["id"],
            topic=row["topic"],
            topic_name=row["topic_name"],
            channel=row["channel"],
            kind=row["channel_kind"],
            settings=json.loads(row["settings"] or "{}"),
            attempts=row["attempts"],
            remaining=None if row["remaining"] is None else tuple(json.loads(row["remaining"])),
            match_kind=row["match_kind"],
            matched_at=parse_stamp(row["matched_at"]),
            flags=tuple(dict.fromkeys(flags)),
            sentences=tuple(json.loads(row["sentences"])),
            surfaces=tuple(dict.fromkeys(surfaces)),
            article_id=row["article_id"],
            version=row["version"],
            title=row["title"],
            outlet=row["outlet"],
            outlet_name=row["outlet_name"],
            url=row["url"],
            published=published_from_json(json.loads(row["published"])),
            first_seen_at=parse_stamp(row["first_seen_at"]),
        )


# A time too far ahead was written under a wrong clock; it must not silence the row.
_WAITING = "outbox o LEFT JOIN channels c ON c.slug = o.channel WHERE o.state = 'due'"
_DUE_AT = (
    "MAX(CASE WHEN o.next_at > :far THEN '' ELSE o.next_at END,"
    " CASE WHEN o.lease_until IS NULL OR o.lease_until > :far THEN '' ELSE o.lease_until END,"
    " CASE WHEN c.held_until IS NULL OR c.held_until > :far THEN '' ELSE c.held_until END)"
)
_DUE = f"{_WAITING} AND {_DUE_AT} <= :now"
_SHOWN = "o.*, a.title FROM outbox o JOIN articles a ON a.id = o.article_id"
# The record is read field by field: the full text never leaves the database on this way.
_CLAIMED = """
SELECT o.id, o.topic, o.channel, o.attempts, o.remaining, o.article_id, t.name AS topic_name,
  c.kind AS channel_kind, c.settings, m.kind AS match_kind, m.created_at AS matched_at, m.flags AS match_flags,
  m.hits, m.sentences, m.version, a.outlet, a.first_seen_at,
  COALESCE(json_extract(v.record, '$.title'), a.title) AS title, a.outlet_name,
  COALESCE(json_extract(v.record, '$.url'), a.url) AS url,
  COALESCE(json_extract(v.record, '$.published'), a.published) AS published,
  COALESCE(json_extract(v.record, '$.flags'), a.flags) AS article_flags
FROM outbox o JOIN matches m ON m.id = o.match_id JOIN articles a ON a.id = o.article_id
  LEFT JOIN versions v ON v.article_id = m.article_id AND v.version = m.version
  LEFT JOIN topics t ON t.slug = o.topic LEFT JOIN channels c ON c.slug = o.channel
WHERE o.id = ?
"""


def _times(now: datetime) -> dict[str, str]:
    return {"now": stamp(now), "far": stamp(now + FARTHEST)}


def _not_before(moment: datetime) -> str:
    """The stamp of the first whole second at or after a time, so that nothing is tried too early."""
    return stamp(moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1))


def _json_or_none(names: Sequence[str] | None) -> str | None:
    return None if names is None else json.dumps(list(names))


def _outbox_row(row: dict[str, Any]) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        topic=row["topic"],
        article_id=row["article_id"],
        channel=row["channel"],
        title=row["title"],
        state=row["state"],
        attempts=row["attempts"],
        next_at=parse_stamp(row["next_at"]),
        error=row["error"],
        created_at=parse_stamp(row["created_at"]),
        delivered_at=None if row["delivered_at"] is None else parse_stamp(row["delivered_at"]),
    )
