"""From stored versions to stories, matches and alerts: each row judged outside any write, then written in one go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from alerts import matching
from alerts.message import LATE, MAX_SENTENCES
from alerts.query import Query, parse
from corpus.clock import Clock
from corpus.errors import QueryError, WorkError
from corpus.record import Article
from storage.articles import ArticleStore
from storage.database import Database
from storage.intake import IntakeRow, IntakeStore, NewMatch, Settled, Verdict
from storage.topics import Topic, TopicStore

PAGE_ROWS = 100
TOO_OLD = "age"
"""Why a match made no alert: the article was too old for the topic when it was stored."""

_DAY = timedelta(days=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic with its query, parsed; `all_languages` as the query says."""

    topic: Topic
    query: Query
    all_languages: bool


class TopicBook:
    """All topics as they are now; a query is parsed again only when its topic changed."""

    def __init__(self, db: Database) -> None:
        self._store = TopicStore(db)
        self._topics: list[Topic] = []
        self._compiled: tuple[CompiledTopic, ...] = ()
        self.broken: tuple[str, ...] = ()
        """Slugs of topics whose stored query cannot be read any more: they match nothing until they are edited."""

    def current(self) -> tuple[CompiledTopic, ...]:
        """The topics with parsed queries, by slug."""
        topics = self._store.all()
        if topics != self._topics:
            known = {compiled.topic.query: compiled.query for compiled in self._compiled}
            self._compiled, self.broken = _compile(topics, known)
            self._topics = topics
        return self._compiled


@dataclass(slots=True)
class IntakeResult:
    """What one pass did: rows settled, matches and alerts written, rows that failed now and, of these, set aside."""

    rows: int = 0
    matches: int = 0
    alerts: int = 0
    failed: int = 0
    parked: int = 0
    broken_topics: tuple[str, ...] = field(default=())


def run_intake(db: Database, topics: TopicBook, clock: Clock, wake: Callable[[], None]) -> IntakeResult:
    """Judge every waiting row once, oldest first. The caller holds the intake lock.

    Args:
        db: the corpus database.
        topics: kept by the caller from pass to pass.
        clock: gives the present time.
        wake: called after each commit that put alerts into the outbox.

    Raises:
        WorkError: the database refuses; nothing of the row at hand was written.
    """
    store, result, last = IntakeStore(db), IntakeResult(), 0
    while rows := store.due(PAGE_ROWS, after=last):
        for row in rows:
            last = row.id
            settled = _settle(db, store, topics, row, clock, result)
            if settled.alerts:
                wake()
    result.broken_topics = topics.broken
    return result


def judge(row: IntakeRow, article: Article, topics: Sequence[CompiledTopic], companions: Sequence[str] = ()) -> Verdict:
    """Decide what one stored version leads to. Pure.

    Args:
        row: the intake row.
        article: the record at the row's version.
        topics: all topics, compiled.
        companions: ids of all articles with this content now, if two or more outlets have it; else none.
    """
    if row.kind == "removed":
        return Verdict()
    story = f"s:{article.content_hash[:16]}" if companions else None
    matches: list[NewMatch] = []
    item = matching.Searchable.of(article)
    for compiled in topics:
        if article.language not in (None, "vi") and not compiled.all_languages:
            continue
        hits = matching.match(compiled.query, item)
        if hits is not None:
            matches.append(_match(row, article, compiled.topic, item, hits))
    return Verdict(tuple(matches), story, tuple(companions))


def timing(row: IntakeRow, article: Article, max_age: timedelta) -> Literal["fresh", "late", "old"]:
    """Is a version news for a topic with this age limit? Pure.

    The age counts from publishing to the moment when the version was stored, so that a backlog makes nothing old.
    A day without a time counts to its last minute. `late`: older than the limit, but published after (or within a
    day before) the source's last complete read, so that nobody could be told earlier; an edit is never late.
    Undated articles are fresh; their edits as long as the article itself has not been here for longer.
    """
    oldest, published = row.created_at - max_age, article.published
    if published.at is None:
        return "fresh" if row.kind == "new" or article.first_seen_at >= oldest else "old"
    grace = _DAY if published.precision == "day" else timedelta()
    if published.at >= oldest - grace:
        return "fresh"
    if row.kind == "new" and row.prior_read_at is not None and published.at >= row.prior_read_at - _DAY - grace:
        return "late"
    return "old"


def _settle(
    db: Database, store: IntakeStore, topics: TopicBook, row: IntakeRow, clock: Clock, result: IntakeResult
) -> Settled:
    try:
        article = _at_version(db, row)
        verdict = judge(row, article, topics.current(), _companions(db, article))
        settled = store.settle(row, verdict, clock())
    except WorkError:
        raise  # the disk or a lock, not this row: it keeps its tries
    except Exception as error:  # noqa: BLE001 - a poison row must not stop the queue; it is counted, parked and shown
        _log.exception("intake row failed", extra={"row": row.id, "article": row.article_id})
        result.failed += 1
        result.parked += store.failed(row.id, f"{type(error).__name__}: {error}"[:300], clock())
        return Settled()
    result.rows += 1
    result.matches += settled.matches
    result.alerts += settled.alerts
    return settled


def _at_version(db: Database, row: IntakeRow) -> Article:
    for number, _, article in ArticleStore(db).versions(row.article_id):
        if number == row.version:
            return article
    raise LookupError(f"{row.article_id} has no version {row.version}")


def _companions(db: Database, article: Article) -> list[str]:
    store = ArticleStore(db)
    if not store.same_hash(article.content_hash, besides_outlet=article.outlet):
        return []
    members = store.same_hash(article.content_hash)
    # Edited again meanwhile: the row of that edit will see to it.
    return members if article.id in members else []


def _match(
    row: IntakeRow, article: Article, topic: Topic, item: matching.Searchable, hits: tuple[matching.Hit, ...]
) -> NewMatch:
    when = timing(row, article, timedelta(days=topic.max_age_days))
    silent = row.silent or (TOO_OLD if when == "old" else None)
    return NewMatch(
        topic=topic.slug,
        topic_revision=topic.revision,
        silent=silent,
        flags=(LATE,) if when == "late" and silent is None else (),
        hits=tuple(hit.to_json() for hit in hits),
        sentences=matching.sentences(item, hits, limit=MAX_SENTENCES),
        channels=() if silent else topic.channels,
    )


def _compile(topics: Sequence[Topic], known: dict[str, Query]) -> tuple[tuple[CompiledTopic, ...], tuple[str, ...]]:
    compiled, broken = [], []
    for topic in topics:
        try:
            query = known.get(topic.query) or parse(topic.query)
        except QueryError:
            _log.warning("a topic's query cannot be read", extra={"topic": topic.slug})
            broken.append(topic.slug)
        else:
            compiled.append(CompiledTopic(topic, query, query.all_languages))
    return tuple(compiled), tuple(broken)
