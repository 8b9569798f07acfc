"""Topics on the command line: `topics add|list|remove|test`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from alerts.matching import Searchable, match, searchable_from_json
from alerts.query import Query, parse
from corpus.clock import stamp
from corpus.errors import QueryError, UsageError
from corpus.text import bare_key
from storage.articles import ArticleStore
from storage.channels import ChannelStore
from storage.topics import Topic, TopicStore
from tintinh.cli.session import OK, PARTLY, USAGE, Session, Yes, command, unknown
from tintinh.cli.spans import since as since_

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    topics = typer.Typer(help="What is watched, and who hears of it.", no_args_is_help=True)
    command(topics, "add")(add)
    command(topics, "edit")(edit)
    command(topics, "list")(list_topics)
    command(topics, "remove")(remove)
    command(topics, "test")(test)
    app.add_typer(topics, name="topics")


Name = Annotated[str | None, typer.Option("--name", help="a name for people; the query itself if left out")]
Slug = Annotated[str | None, typer.Option("--slug", help="a short name for commands; from the name if left out")]
ChannelNames = Annotated[list[str] | None, typer.Option("--channel", help="a channel to tell; may stand repeatedly")]
MaxAge = Annotated[float | None, typer.Option("--max-age", min=0, help="age limit in days")]


def add(
    session: Session,
    query: Annotated[str, typer.Argument(help='for example: "đất đai" AND NOT "bóng đá"')],
    name: Name = None,
    slug: Slug = None,
    channel: ChannelNames = None,
    max_age: MaxAge = None,
) -> int:
    """Add a topic. New articles that match it are told on its channels."""
    parse(query)
    name = name or query
    slug = slug or make_slug(name)
    if not SLUG.fullmatch(slug):
        raise UsageError(
            "slug", f"--slug {slug!r}: small letters, digits and - only, 40 at most", hint="such as dat-dai"
        )
    if TopicStore(session.made_database()).get(slug) is not None:
        raise UsageError(
            "topic_exists", f"there is a topic {slug!r} already", hint="`tintinh topics edit`, or another --slug"
        )
    age = session.config.alerts.max_age_days if max_age is None else max_age
    topic = Topic(slug, name, query, _channels(session, channel), age, 1, session.clock())
    return _stored(session, TopicStore(session.database).add(topic))


def edit(
    session: Session,
    slug: Annotated[str, typer.Argument()],
    query: Annotated[str | None, typer.Option("--query", help="another query")] = None,
    name: Annotated[str | None, typer.Option("--name", help="another name for people")] = None,
    channel: ChannelNames = None,
    max_age: MaxAge = None,
) -> int:
    """Change a topic: what is given replaces what was. Alerts that were made stay as they are."""
    if all(given is None for given in (query, name, channel, max_age)):
        raise UsageError("usage", "nothing to change", hint="give --query, --name, --channel or --max-age")
    if query is not None:
        parse(query)
    old = _topic(session, slug)
    changed = replace(
        old,
        query=old.query if query is None else query,
        name=old.name if name is None else name,
        channels=old.channels if channel is None else _channels(session, channel),
        max_age_days=old.max_age_days if max_age is None else max_age,
    )
    return _stored(session, TopicStore(session.database).change(changed))


def _channels(session: Session, names: list[str] | None) -> tuple[str, ...]:
    known = [channel.slug for channel in ChannelStore(session.database).all()]
    for name in names or ():
        if name not in known:
            raise unknown("unknown_channel", name, known)
    return tuple(names or ())


def _topic(session: Session, slug: str) -> Topic:
    store = TopicStore(session.database)
    topic = store.get(slug)
    if topic is None:
        raise unknown("unknown_topic", slug, [known.slug for known in store.all()])
    return topic


def _stored(session: Session, topic: Topic) -> int:
    if session.as_json:
        session.json(topic_json(topic))
    else:
        session.line(topic.slug)
    if not topic.channels:
        session.note(session.say("topics.no_channel", slug=topic.slug))
    return OK


def make_slug(name: str) -> str:
    """A slug from a name: without marks, words joined by -, 40 characters at most; `topic` if nothing is left."""
    words = re.findall(r"[a-z0-9]+", bare_key(name))
    return "-".join(words)[:40].strip("-") or "topic"


def list_topics(session: Session) -> int:
    """List all topics."""
    topics = TopicStore(session.database).all()
    if session.as_json:
        for topic in topics:
            session.json(topic_json(topic))
        return OK
    say = session.say
    session.table(
        (say("column.slug"), say("column.name"), say("column.query"), say("column.channels")),
        ((topic.slug, topic.name, topic.query, ", ".join(topic.channels) or "-") for topic in topics),
    )
    return OK


def topic_json(topic: Topic) -> dict[str, Any]:
    """A topic as one JSON object."""
    return {
        "slug": topic.slug,
        "name": topic.name,
        "query": topic.query,
        "channels": list(topic.channels),
        "max_age_days": float(topic.max_age_days),
        "revision": topic.revision,
        "created_at": stamp(topic.created_at),
    }


def remove(session: Session, slug: Annotated[str, typer.Argument()], yes: Yes = False) -> int:
    """Remove a topic. Its past matches and alerts stay in the ledger."""
    _topic(session, slug)
    if not session.sure(yes, session.say("topics.sure", slug=slug)):
        return PARTLY
    TopicStore(session.database).remove(slug)
    if session.as_json:
        session.json({"removed": slug})
    session.note(session.say("topics.removed", slug=slug))
    return OK


def test(
    session: Session,
    query: Annotated[str, typer.Argument()],
    source: Annotated[
        str | None, typer.Option("--from", help="JSON lines to test against; - is standard input")
    ] = None,
    since: Annotated[str, typer.Option("--since", help="without --from: stored articles since then")] = "30d",
) -> int:
    """Try a query: against lines of a file, or against what is stored. Exit 0 whether or not anything matches."""
    try:
        parsed = parse(query)
    except QueryError as error:
        if not session.as_json:
            raise
        session.json({"error": "query", "position": error.position, "message": error.message, "hint": error.hint})
        return USAGE
    if source is not None:
        for number, item in _lines(source):
            _print_line(session, number, match(parsed, item))
        return OK
    return _test_stored(session, parsed, since)


def _print_line(session: Session, number: int, hits: Any) -> None:
    value = {"line": number, "match": hits is not None, "hits": [hit.to_json() for hit in hits or ()]}
    if session.as_json:
        session.json(value)
    else:
        session.line(f"{number}: " + (", ".join(hit.surface for hit in hits) if hits is not None else "-"))


def _lines(source: str) -> Iterator[tuple[int, Searchable]]:
    """Yields (line number from 1, item); blank lines count as lines of nothing and are refused like broken ones."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("unreadable", f"{source} cannot be read: {error}") from error
    text = text.removeprefix("\ufeff").removesuffix("\n")
    for number, line in enumerate(text.split("\n") if text else (), start=1):
        try:
            yield number, searchable_from_json(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UsageError(
                "line", f"{source}, line {number}: {error}", hint="each line is one JSON object"
            ) from error


def _test_stored(session: Session, parsed: Query, since: str) -> int:
    store = ArticleStore(session.database)
    count = total = 0
    for page in store.pages(since=since_(since, session.clock())):
        for article in page:
            total += 1
            hits = match(parsed, Searchable.of(article))
            if hits is None:
                continue
            count += 1
            if session.as_json:
                session.json({"id": article.id, "title": article.title, "hits": [hit.to_json() for hit in hits]})
            else:
                session.line(f"{(article.published.text() or '-')[:10]}  {article.outlet_name}: {article.title}")
    if not session.as_json:
        session.note(session.say("topics.tested", count=count, total=total, since=since))
    return OK
