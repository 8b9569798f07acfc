"""Reads what a demo's data folder holds at the end."""

from __future__ import annotations

from storage.database import Database
from tintinh.demo.verdict import Kept


def read_kept(database: Database) -> Kept:
    """The corpus and the alerts of a small data folder, whole."""
    articles = tuple(
        (row["id"], row["url"]) for row in database.rows("SELECT id, url FROM articles ORDER BY seen_order")
    )
    alerts = database.rows(
        "SELECT o.id, o.topic, a.url, o.channel FROM outbox o JOIN articles a ON a.id = o.article_id"
    )
    return Kept(
        articles=articles,
        discovered=_count(database, "SELECT COUNT(*) AS n FROM links"),
        rejected=_count(database, "SELECT COUNT(*) AS n FROM links WHERE state = 'rejected'"),
        versions=_count(database, "SELECT COUNT(*) AS n FROM versions"),
        removed=_count(database, "SELECT COUNT(*) AS n FROM articles WHERE removed_at IS NOT NULL"),
        stories=_count(database, "SELECT COUNT(DISTINCT story) AS n FROM articles WHERE story IS NOT NULL"),
        alerts={row["id"]: (row["topic"], row["url"], row["channel"]) for row in alerts},
        delivered=_count(database, "SELECT COUNT(*) AS n FROM outbox WHERE state = 'delivered'"),
    )


def _count(database: Database, sql: str) -> int:
    return int(database.rows(sql)[0]["n"])
