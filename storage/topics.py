"""Topics: saved queries and who hears of them. The revision grows with every change; matches name it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from corpus.clock import parse_stamp, stamp
from corpus.errors import UsageError
from storage.channels import ChannelStore, check_slug
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Topic:
    """A saved query. `channels` are slugs (none = matches are kept, nobody is told); `revision` starts at 1.

    Articles published more than `max_age_days` ago make no alert, unless they were found late.
    """

    slug: str
    name: str
    query: str
    channels: tuple[str, ...]
    max_age_days: float
    revision: int
    created_at: datetime


class TopicStore:
    """All topics, by slug. Queries are stored as given: the caller has them parsed before."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, topic: Topic) -> Topic:
        """Store a new topic; its revision becomes 1.

        Raises:
            UsageError: `bad_slug`, `bad_topic`, `topic_exists`, `unknown_channel`.
        """
        topic = replace(topic, revision=1)
        check_slug(topic.slug)
        with self._db.write() as connection:
            if self.get(topic.slug) is not None:
                raise UsageError("topic_exists", f"there is already a topic {topic.slug!r}")
            self._check(topic)
            connection.execute(
                "INSERT INTO topics (slug, name, query, channels, max_age_days, revision, created_at)"
                " VALUES (:slug, :name, :query, :channels, :max_age_days, :revision, :created_at)",
                _row(topic),
            )
        return topic

    def change(self, topic: Topic) -> Topic:
        """Replace the topic of that slug; give it with its new revision.

        Raises:
            UsageError: `unknown_topic`, `bad_topic`, `unknown_channel`.
        """
        with self._db.write() as connection:
            old = self.get(topic.slug)
            if old is None:
                raise _unknown(topic.slug)
            topic = replace(topic, revision=old.revision + 1, created_at=old.created_at)
            self._check(topic)
            connection.execute(
                "UPDATE topics SET name = :name, query = :query, channels = :channels,"
                " max_age_days = :max_age_days, revision = :revision WHERE slug = :slug",
                {key: value for key, value in _row(topic).items() if key != "created_at"},
            )
        return topic

    def get(self, slug: str) -> Topic | None:
        """The topic of that name, or None."""
        row = self._db.row("SELECT * FROM topics WHERE slug = ?", [slug])
        return None if row is None else _topic(row)

    def all(self) -> list[Topic]:
        """All topics by slug."""
        return [_topic(row) for row in self._db.rows("SELECT * FROM topics ORDER BY slug")]

    def remove(self, slug: str) -> None:
        """Remove a topic. Its matches stay; alerts that still wait become dead letters when they fall due.

        Raises:
            UsageError: `unknown_topic`.
        """
        with self._db.write() as connection:
            if connection.execute("DELETE FROM topics WHERE slug = ?", [slug]).rowcount == 0:
                raise _unknown(slug)

    def _check(self, topic: Topic) -> None:
        if not topic.name.strip():
            raise UsageError("bad_topic", f"topic {topic.slug!r} has no name")
        if not 0 < topic.max_age_days <= 36500:
            raise UsageError("bad_topic", f"topic {topic.slug!r}: the age limit must be above 0 and below 36500 days")
        known = {channel.slug for channel in ChannelStore(self._db).all()}
        for name in topic.channels:
            if name not in known:
                raise UsageError("unknown_channel", f"there is no channel {name!r}", hint="see `tintinh channels list`")


def _unknown(slug: str) -> UsageError:
    return UsageError("unknown_topic", f"there is no topic {slug!r}", hint="see `tintinh topics list`")


def _row(topic: Topic) -> dict[str, Any]:
    return {
        "slug": topic.slug,
        "name": topic.name,
        "query": topic.query,
        "channels": json.dumps(list(dict.fromkeys(topic.channels))),
        "max_age_days": topic.max_age_days,
        "revision": topic.revision,
        "created_at": stamp(topic.created_at),
    }


def _topic(row: dict[str, Any]) -> Topic:
    return Topic(
        slug=row["slug"],
        name=row["name"],
        query=row["query"],
        channels=tuple(json.loads(row["channels"])),
        max_age_days=row["max_age_days"],
        revision=row["revision"],
        created_at=parse_stamp(row["created_at"]),
    )
