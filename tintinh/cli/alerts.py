"""The ledger of alerts on the command line: `alerts list|replay`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from corpus.clock import stamp
from corpus.errors import UsageError
from storage.outbox import OutboxStore
from tintinh.cli.session import OK, PARTLY, Session, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    alerts = typer.Typer(help="What was told, what waits, what failed.", no_args_is_help=True)
    command(alerts, "list")(list_alerts)
    command(alerts, "replay")(replay)
    app.add_typer(alerts, name="alerts")


def list_alerts(
    session: Session,
    state: Annotated[Literal["due", "delivered", "dead"] | None, typer.Option("--state")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 50,
) -> int:
    """List alerts, newest first, with their state and last error."""
    rows = OutboxStore(session.database).listing(state=state, limit=limit)
    if session.as_json:
        for row in rows:
            session.json(
                {
                    "id": row.id,
                    "topic": row.topic,
                    "article": row.article_id,
                    "title": row.title,
                    "channel": row.channel,
                    "state": row.state,
                    "attempts": row.attempts,
                    "error": row.error,
                    "created_at": stamp(row.created_at),
                    "next_at": stamp(row.next_at),
                    "delivered_at": stamp(row.delivered_at) if row.delivered_at else None,
                }
            )
        return OK
    say = session.say
    session.table(
        (
            say("column.created"),
            say("column.topic"),
            say("column.title"),
            say("column.channel"),
            say("column.state"),
            say("column.id"),
        ),
        (
            (
                stamp(row.created_at)[:16].replace("T", " "),
                row.topic,
                row.title,
                row.channel,
                say(f"alert.{row.state}") + (f" ({row.error})" if row.error and row.state != "delivered" else ""),
                row.id,
            )
            for row in rows
        ),
    )
    return OK


def replay(
    session: Session,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="all that were given up")] = False,
) -> int:
    """Deliver again: given alerts, or all that were given up. The daemon sends them."""
    if bool(ids) == dead:
        raise UsageError("usage", "name alerts by id, or give --dead", hint="`tintinh alerts list` shows ids")
    outbox = OutboxStore(session.database)
    for name in ids or ():
        if outbox.get(name) is None:
            raise UsageError("unknown_alert", f"there is no alert {name!r}", hint="`tintinh alerts list` shows ids")
    replayed = outbox.replay(None if dead else tuple(ids or ()), session.clock())
    if session.as_json:
        for name in replayed:
            session.json({"id": name})
    for name in set(ids or ()) - set(replayed):
        session.note(session.say("alerts.not_dead", id=name))
    session.note(session.say("alerts.replayed", count=len(replayed)))
    return OK if dead or set(ids or ()) <= set(replayed) else PARTLY
