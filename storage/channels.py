"""Delivery channels as the user set them up: one row a channel, settings as JSON, secrets included."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from corpus.clock import parse_stamp, stamp
from corpus.errors import UsageError
from storage.database import Database

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def check_slug(slug: str) -> None:
    """Raise UsageError `bad_slug` unless this is a short name of a-z, 0-9 and hyphens."""
    if not _SLUG.fullmatch(slug):
        raise UsageError(
            "bad_slug", f"{slug!r} is no short name", hint="use a-z, 0-9 and hyphens, at most 40, such as `van-phong`"
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts go. `kind` names its code (`email`, `webhook`); `settings` are as that kind wants them."""

    slug: str
    kind: str
    settings: dict[str, Any]
    created_at: datetime

    def __repr__(self) -> str:
        # Settings hold passwords; they must not get into a log by way of a traceback.
        return f"Channel({self.slug!r}, {self.kind!r})"


class ChannelStore:
    """All channels, by slug. Settings are stored as given: the caller has them checked by their kind before."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, channel: Channel) -> Channel:
        """Store a new channel.

        Raises:
            UsageError: `bad_slug`, or `channel_exists`.
        """
        check_slug(channel.slug)
        with self._db.write() as connection:
            if self.get(channel.slug) is not None:
                raise UsageError("channel_exists", f"there is already a channel {channel.slug!r}")
            connection.execute(
                "INSERT INTO channels (slug, kind, settings, created_at) VALUES (?, ?, ?, ?)",
                [channel.slug, channel.kind, json.dumps(channel.settings), stamp(channel.created_at)],
            )
        return channel

    def get(self, slug: str) -> Channel | None:
        """The channel of that name, or None."""
        row = self._db.row("SELECT * FROM channels WHERE slug = ?", [slug])
        return None if row is None else _channel(row)

    def all(self) -> list[Channel]:
        """All channels by slug."""
        return [_channel(row) for row in self._db.rows("SELECT * FROM channels ORDER BY slug")]

    def remove(self, slug: str) -> list[str]:
        """Remove a channel, also from the topics that name it; give these topics' slugs.

        Alerts that wait for it become dead letters when they fall due.

        Raises:
            UsageError: `unknown_channel`.
        """
        with self._db.write() as connection:
            if connection.execute("DELETE FROM channels WHERE slug = ?", [slug]).rowcount == 0:
                raise UsageError("unknown_channel", f"there is no channel {slug!r}", hint="see `tintinh channels list`")
            losers = []
            for row in self._db.rows("SELECT slug, channels FROM topics ORDER BY slug"):
                names = json.loads(row["channels"])
                if slug in names:
                    left = json.dumps([name for name in names if name != slug])
                    connection.execute("UPDATE topics SET channels = ? WHERE slug = ?", [left, row["slug"]])
                    losers.append(row["slug"])
        return losers


def _channel(row: dict[str, Any]) -> Channel:
    return Channel(row["slug"], row["kind"], json.loads(row["settings"]), parse_stamp(row["created_at"]))
