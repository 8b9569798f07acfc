"""Stored articles, their versions and their search keys: one row each, newest first by the order of arrival."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from corpus.clock import parse_stamp, stamp
from corpus.record import (
    ArchivePosition,
    Article,
    Caption,
    Extractor,
    from_json,
    published_from_json,
    to_json,
)
from corpus.text import bare_key, exact_key
from storage.database import Database

PAGE_ROWS = 200
"""Articles that one page of a long read holds; no read transaction outlives a page."""
TITLE_LENGTH = 500
"""Code points of a title that are kept."""


class SearchKeys(NamedTuple):
    """What the two search columns hold for one article: keys with and without marks."""

    exact: str
    bare: str


def search_keys(article: Article) -> SearchKeys:
    """The search columns of an article. Folds its whole text: compute it before `write()`, not inside."""
    parts = (article.title, article.kicker, article.lead, article.text, *(c.text for c in article.captions))
    whole = "\n".join(part for part in parts if part)
    return SearchKeys(exact_key(whole), bare_key(whole))


def storable(article: Article) -> Article:
    """The article as SQLite can keep it: no NUL, no lone surrogates, no huge integers, a title of bounded length.

    One such field would otherwise lose the whole record (or the whole batch) at the insert.

    Raises:
        ValueError: `id`, `url`, `canonical_url`, `outlet` or `outlet_name` is missing; a stored article has them.
    """
    for name in ("id", "url", "canonical_url", "outlet", "outlet_name"):
        if not getattr(article, name):
            raise ValueError(f"an article without {name} cannot be stored")
    value = _cleaned(to_json(article))
    value["title"] = value["title"][:TITLE_LENGTH]
    archive = value["archive"]
    if archive and not (0 <= archive["offset"] < _HUGE and 0 <= archive["length"] < _HUGE):
        value["archive"] = None
    return from_json(value)


def storable_text(text: str | None) -> str | None:
    """The text without what SQLite's text cannot hold: NUL and lone surrogates. None stays None."""
    return None if text is None else _UNSTORABLE.sub("", text)


class ArticleStore:
    """Articles by id. Contract:

    - `seen_order` grows by one with every new article and never changes: lists are newest first by it, and it is
      the row number of the search index. Ids are never an order.
    - The row, its versions and its search row change together, in one `write()`.
    - Version 1 is what `add` stored; `change` adds one and keeps `first_seen_at`. A version's record is never
      rewritten, except by `refresh` for the version that is current.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, article_id: str) -> Article | None:
        """The article with this id as it is now, or None."""
        found = self._db.row("SELECT * FROM articles WHERE id = ?", [article_id])
        return article_from_row(found) if found else None

    def by_url(self, canonical_url: str) -> Article | None:
        """The newest article stored under a canonical URL, or None."""
        found = self._db.row(
            "SELECT * FROM articles WHERE canonical_url = ? ORDER BY seen_order DESC LIMIT 1", [canonical_url]
        )
        return article_from_row(found) if found else None

    def add(self, article: Article, keys: SearchKeys | None = None) -> Article:
        """Store a new article as version 1; gives it as stored.

        Args:
            article: cleaned by `storable`.
            keys: its search keys, where a surrounding `write()` makes it wrong to compute them here.

        Raises:
            sqlite3.IntegrityError: the id is taken.
        """
        keys = keys or search_keys(article)
        new = article.with_(version=1)
        values = _row_of(new)
        with self._db.write() as connection:
            (last,) = connection.execute("SELECT COALESCE(MAX(seen_order), 0) FROM articles").fetchone()
            values["seen_order"] = last + 1
            columns = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(f"INSERT INTO articles ({columns}) VALUES ({marks})", values)  # noqa: S608 - our names
            connection.execute(
                "INSERT INTO article_search (rowid, exact, bare) VALUES (?, ?, ?)", [last + 1, keys.exact, keys.bare]
            )
            self._add_version(new)
        return new

    def change(self, article: Article, keys: SearchKeys | None = None) -> Article:
        """Store the next version of a known article; gives it as stored. The story is kept until intake decides anew.

        Raises:
            KeyError: no article has this id.
        """
        keys = keys or search_keys(article)
        with self._db.write():
            old = self._existing(article.id)
            new = article.with_(
                version=old.version + 1, first_seen_at=old.first_seen_at, story=old.story, removed_at=None
            )
            self._update(new, keys)
            self._add_version(new)
        return new

    def refresh(self, article: Article, keys: SearchKeys | None = None) -> Article:
        """Replace the current version by a better extraction of the same content; no new version, gives it as stored.

        Raises:
            KeyError: no article has this id.
        """
        keys = keys or search_keys(article)
        with self._db.write() as connection:
            old = self._existing(article.id)
            new = article.with_(
                version=old.version, first_seen_at=old.first_seen_at, story=old.story, removed_at=old.removed_at
            )
            self._update(new, keys)
            connection.execute(
                "UPDATE versions SET content_hash = ?, record = ? WHERE article_id = ? AND version = ?",
                [new.content_hash, _record(new), new.id, new.version],
            )
        return new

    def touch(self, article_id: str, fetched_at: datetime) -> None:
        """The article was fetched again and says the same: note when. It is there, so it is not removed."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE articles SET fetched_at = ?, removed_at = NULL WHERE id = ?", [stamp(fetched_at), article_id]
            )

    def mark_removed(self, article_id: str, at: datetime) -> bool:
        """The paper took the article away: note when, once. False if that was known, or the id is unknown."""
        with self._db.write() as connection:
            cursor = connection.execute(
                "UPDATE articles SET removed_at = ? WHERE id = ? AND removed_at IS NULL", [stamp(at), article_id]
            )
            return cursor.rowcount > 0

    def set_story(self, article_id: str, story: str | None) -> None:
        """Put an article into a story, or into none."""
        with self._db.write() as connection:
            connection.execute("UPDATE articles SET story = ? WHERE id = ?", [story, article_id])

    def same_hash(self, content_hash: str, *, besides_outlet: str | None = None) -> list[str]:
        """Ids of the articles with this content, oldest first; those of one outlet can be left out."""
        found = self._db.rows(
            "SELECT id FROM articles WHERE content_hash = ? AND outlet IS NOT ? ORDER BY seen_order",
            [content_hash, besides_outlet],
        )
        return [str(row["id"]) for row in found]

    def count(self) -> int:
        """How many articles are stored."""
        return int(self._db.rows("SELECT COUNT(*) AS n FROM articles")[0]["n"])

    def summary(self) -> dict[str, tuple[int, str | None]]:
        """For each outlet with articles: how many, and when the newest was first seen (RFC 3339)."""
        found = self._db.rows("SELECT outlet, COUNT(*) AS n, MAX(first_seen_at) AS last FROM articles GROUP BY outlet")
        return {row["outlet"]: (row["n"], row["last"]) for row in found}

    def listing(
        self,
        *,
        outlet: str | None = None,
        province: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
    ) -> list[Article]:
        """Articles, newest first, at most `limit`.

        Args:
            outlet: only this outlet's.
            province: only this province's: of the article's day, or what it belongs to today.
            since: published (where undated: first seen) at this time or later.
            until: published (where undated: first seen) before this time.
            limit: rows at most.
        """
        where, values = _conditions(outlet, province, since, until)
        sql = f"SELECT * FROM articles WHERE {' AND '.join(where)} ORDER BY seen_order DESC LIMIT :limit"  # noqa: S608
        return [article_from_row(row) for row in self._db.rows(sql, {**values, "limit": limit})]

    def pages(
        self,
        *,
        outlet: str | None = None,
        province: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        rows: int = PAGE_ROWS,
    ) -> Iterator[list[Article]]:
        """All articles that fit, oldest first, in pages of `rows`; each page is a read of its own, by key.

        What is stored meanwhile comes too, at the end. The arguments are those of `listing`.
        """
        where, values = _conditions(outlet, province, since, until)
        where.append("seen_order > :after")
        sql = f"SELECT * FROM articles WHERE {' AND '.join(where)} ORDER BY seen_order LIMIT :rows"  # noqa: S608
        after = 0
        while True:
            found = self._db.rows(sql, {**values, "after": after, "rows": rows})
            if not found:
                return
            after = found[-1]["seen_order"]
            yield [article_from_row(row) for row in found]

    def versions(self, article_id: str) -> list[tuple[int, datetime, Article]]:
        """All versions of an article, oldest first: number, when it was seen, the record of that time."""
        found = self._db.rows(
            "SELECT version, seen_at, record FROM versions WHERE article_id = ? ORDER BY version", [article_id]
        )
        return [(row["version"], parse_stamp(row["seen_at"]), from_json(json.loads(row["record"]))) for row in found]

    def _existing(self, article_id: str | None) -> Article:
        old = self.get(article_id or "")
        if old is None:
            raise KeyError(article_id)
        return old

    def _update(self, new: Article, keys: SearchKeys) -> None:
        values = _row_of(new)
        assignments = ", ".join(f"{name} = :{name}" for name in values if name != "id")
        with self._db.write() as connection:
            connection.execute(f"UPDATE articles SET {assignments} WHERE id = :id", values)  # noqa: S608 - our names
            connection.execute(
                "UPDATE article_search SET exact = ?, bare = ?"
                " WHERE rowid = (SELECT seen_order FROM articles WHERE id = ?)",
                [keys.exact, keys.bare, new.id],
            )

    def _add_version(self, new: Article) -> None:
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO versions (article_id, version, seen_at, content_hash, record) VALUES (?, ?, ?, ?, ?)",
                [new.id, new.version, stamp(new.fetched_at), new.content_hash, _record(new)],
            )


def article_from_row(row: dict[str, Any]) -> Article:
    """Read a row of the table `articles`."""
    published = published_from_json(json.loads(row["published"]))
    archive = json.loads(row["archive"]) if row["archive"] else None
    return Article(
        **{name: row[name] for name in _TEXT_COLUMNS},
        authors=tuple(json.loads(row["authors"])),
        tags=tuple(json.loads(row["tags"])),
        flags=tuple(json.loads(row["flags"])),
        captions=tuple(Caption(c["text"], c["credit"]) for c in json.loads(row["captions"])),
        published=published,
        modified_at=parse_stamp(row["modified_at"]) if row["modified_at"] else None,
        first_seen_at=parse_stamp(row["first_seen_at"]),
        fetched_at=parse_stamp(row["fetched_at"]),
        removed_at=parse_stamp(row["removed_at"]) if row["removed_at"] else None,
        version=row["version"],
        extractor=Extractor(**json.loads(row["extractor"])),
        archive=ArchivePosition(**archive) if archive else None,
    )


_TEXT_COLUMNS = (
    "id", "url", "canonical_url", "outlet", "outlet_name", "province", "province_2025", "title", "kicker", "lead",
    "dateline", "text", "byline", "section", "language", "content_hash", "story", "agency",
)  # fmt: skip
_JSON_COLUMNS = ("authors", "captions", "tags", "published", "flags", "extractor", "archive")

# A day sorts before every minute of that day only once it is written as that day's midnight.
_WHEN = (
    "COALESCE(CASE length(published_at) WHEN 10 THEN published_at || 'T00:00:00+07:00' ELSE published_at END,"
    " first_seen_at)"
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_HUGE = 2**63


def _conditions(
    outlet: str | None, province: str | None, since: datetime | None, until: datetime | None
) -> tuple[list[str], dict[str, Any]]:
    where, values = ["1"], dict[str, Any]()
    if outlet is not None:
        where.append("outlet = :outlet")
        values["outlet"] = outlet
    if province is not None:
        where.append("(province = :province OR province_2025 = :province)")
        values["province"] = province
    if since is not None:
        where.append(f"{_WHEN} >= :since")
        values["since"] = stamp(since)
    if until is not None:
        where.append(f"{_WHEN} < :until")
        values["until"] = stamp(until)
    return where, values


def _row_of(article: Article) -> dict[str, Any]:
    value = to_json(article)
    del value["schema"]
    value["published_at"] = article.published.text()
    for name in _JSON_COLUMNS:
        value[name] = None if value[name] is None else _json(value[name])
    return value


def _record(article: Article) -> str:
    return _json(to_json(article))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return value
