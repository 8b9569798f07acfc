"""Hosts: when the next request may start, what the server asked for, and the last robots.txt.

These are rows, not variables, so that politeness holds from one process to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from corpus.clock import HANOI, parse_stamp
from storage.database import Database

RobotsState = Literal["rules", "allowed", "unreachable"]


@dataclass(frozen=True, slots=True)
class HostState:
    """How a host (or a server address) may be asked.

    `next_allowed_at` keeps requests apart; `blocked_until` is Retry-After or a back-off, of which
    `backoff_seconds` is the last length; `requests`, `revisits` and `bytes` count those of `day` (ISO date in Hà Nội).
    `throttled_at` and `throttled_status` are of the last 429 or 503.
    """

    host: str
    next_allowed_at: datetime | None = None
    backoff_seconds: float = 0.0
    blocked_until: datetime | None = None
    day: str | None = None
    requests: int = 0
    revisits: int = 0
    bytes: int = 0
    throttled_at: datetime | None = None
    throttled_status: int | None = None


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """The last robots.txt of a host. `body` and `at` are of the last good copy (b"": none is there, all allowed).

    `state` is the last answer; `next_at` when to ask again; `failing_since` the start of the present failure and
    `cause` the last one of it: a problem code, a blank, a detail.
    """

    host: str
    body: bytes | None = None
    at: datetime | None = None
    state: RobotsState | None = None
    next_at: datetime | None = None
    backoff_seconds: float = 0.0
    failing_since: datetime | None = None
    cause: str | None = None


class HostStore:
    """Keeps both by host name. Contract: the two halves of a row are written apart and never touch each other.

    Politeness goes by registrable host and by server (its address, `address:port` where mapped), robots.txt by the
    full host name. Times keep their milliseconds: a delay of 3 s is never cut to 2.x. Raises WorkError.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def politeness(self, host: str) -> HostState:
        """What is known of this host; the initial state if nothing is."""
        row = self._db.row(f"SELECT {', '.join(_POLITE)} FROM hosts WHERE host = ?", [host])  # noqa: S608 - own names
        if row is None:
            return HostState(host)
        return HostState(**{**row, **_times(row, ("next_allowed_at", "blocked_until", "throttled_at"))})

    def save_politeness(self, states: Sequence[HostState]) -> None:
        """Write the politeness of these hosts in one transaction."""
        with self._db.write() as connection:
            for state in states:
                values = [_precise(getattr(state, column)) for column in _POLITE]
                connection.execute(_upsert(_POLITE), values)

    def robots(self, host: str) -> RobotsCopy:
        """The copy of this host's robots.txt; an empty one if it was never asked for."""
        row = self._db.row("SELECT * FROM hosts WHERE host = ?", [host])
        if row is None:
            return RobotsCopy(host)
        return RobotsCopy(
            host,
            body=row["robots_body"],
            state=row["robots_state"],
            backoff_seconds=row["robots_backoff"],
            at=_time(row["robots_at"]),
            next_at=_time(row["robots_next_at"]),
            failing_since=_time(row["robots_failing_since"]),
            cause=row["robots_cause"],
        )

    def save_robots(self, copy: RobotsCopy) -> None:
        """Write the copy of one host."""
        values = [copy.host, copy.body, _precise(copy.at), copy.state, _precise(copy.next_at), copy.backoff_seconds]
        with self._db.write() as connection:
            connection.execute(_upsert(_ROBOTS), [*values, _precise(copy.failing_since), copy.cause])

    def all_robots(self) -> list[RobotsCopy]:
        """The copies of all hosts that were asked for theirs, by host."""
        rows = self._db.rows("SELECT host FROM hosts WHERE robots_state IS NOT NULL ORDER BY host")
        return [self.robots(row["host"]) for row in rows]


_POLITE = (
    "host", "next_allowed_at", "backoff_seconds", "blocked_until", "day", "requests", "revisits", "bytes",
    "throttled_at", "throttled_status",
)  # fmt: skip
_ROBOTS = (
    "host", "robots_body", "robots_at", "robots_state", "robots_next_at", "robots_backoff", "robots_failing_since",
    "robots_cause",
)  # fmt: skip


def _upsert(columns: Sequence[str]) -> str:
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    return (
        f"INSERT INTO hosts ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - own names
        f" ON CONFLICT (host) DO UPDATE SET {changes}"
    )


def _precise(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(HANOI).isoformat(timespec="milliseconds")
    return value


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_stamp(text)


def _times(row: dict[str, Any], columns: Sequence[str]) -> dict[str, datetime | None]:
    return {column: _time(row[column]) for column in columns}
