"""Channels on the command line: `channels add|list|test|remove`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import DeliveryError, UsageError
from storage.channels import Channel, ChannelStore
from storage.topics import TopicStore
from tintinh.cli.session import ALL_FAILED, OK, PARTLY, Session, Yes, command, unknown
from tintinh.cli.topics import SLUG
from tintinh.telling import new_channel, open_channel, public_settings, test_message

Name = Annotated[str, typer.Argument(help="a short name of your own")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    channels = typer.Typer(help="How people are told.", no_args_is_help=True)
    adding = typer.Typer(help="Add a channel.", no_args_is_help=True)
    command(adding, "email")(add_email)
    command(adding, "webhook")(add_webhook)
    channels.add_typer(adding, name="add")
    command(channels, "list")(list_channels)
    command(channels, "test")(test)
    command(channels, "remove")(remove)
    app.add_typer(channels, name="channels")


def add_email(session: Session, name: Name, to: Annotated[list[str], typer.Option("--to", help="an address")]) -> int:
    """Tell by e-mail. The mail server stands in the configuration under \\[email]."""
    channel = _add(session, name, "email", {"to": to})
    _print_added(session, channel, {})
    return OK


def add_webhook(
    session: Session,
    name: Name,
    url: Annotated[str, typer.Option("--url")],
    secret_file: Annotated[
        Path | None, typer.Option("--secret-file", help="file with the whsec_... secret; made anew if left out")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="the receiver stands in our own house")
    ] = False,
) -> int:
    """Tell a program by HTTP POST, signed as Standard Webhooks says."""
    settings: dict[str, Any] = {"url": url, "allow_private": allow_private}
    if secret_file is not None:
        settings["secret"] = _read_secret(secret_file)
    channel = _add(session, name, "webhook", settings)
    made = {} if secret_file else {"secret": channel.settings["secret"]}
    _print_added(session, channel, made)
    if made and not session.as_json:
        session.note(session.say("channels.secret", **made))
    return OK


def _print_added(session: Session, channel: Channel, more: dict[str, Any]) -> None:
    if session.as_json:
        session.json({"slug": channel.slug, "kind": channel.kind, "settings": public_settings(channel), **more})
    else:
        session.line(channel.slug)


def _add(session: Session, name: str, kind: str, settings: dict[str, Any]) -> Channel:
    store = ChannelStore(session.made_database())
    if not SLUG.fullmatch(name):
        raise UsageError("slug", f"{name!r}: small letters, digits and - only, 40 at most", hint="such as phong-tin")
    if store.get(name) is not None:
        raise UsageError("channel_exists", f"there is a channel {name!r} already")
    channel = new_channel(name, kind, settings, session.config, session.clock())
    store.add(channel)
    return channel


def _read_secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("unreadable", f"{path} cannot be read: {error}") from error


def list_channels(session: Session) -> int:
    """List all channels, without their secrets."""
    channels = ChannelStore(session.database).all()
    if session.as_json:
        for channel in channels:
            session.json({"slug": channel.slug, "kind": channel.kind, "settings": public_settings(channel)})
        return OK
    say = session.say
    session.table(
        (say("column.slug"), say("column.kind"), say("column.settings")),
        ((channel.slug, channel.kind, _in_words(public_settings(channel))) for channel in channels),
    )
    return OK


def _in_words(settings: dict[str, Any]) -> str:
    shown = {key: ", ".join(value) if isinstance(value, list) else value for key, value in settings.items()}
    return "; ".join(f"{key}: {value}" for key, value in shown.items() if value not in (None, False))


def test(session: Session, name: Annotated[str, typer.Argument()]) -> int:
    """Send a test message now. Exit 4 if it does not get through."""
    store = ChannelStore(session.database)
    channel = store.get(name)
    if channel is None:
        raise unknown("unknown_channel", name, [known.slug for known in store.all()])
    try:
        asyncio.run(
            open_channel(channel.kind, channel.settings, session.config).deliver(
                test_message(session.config, session.clock())
            )
        )
    except DeliveryError as error:
        if session.as_json:
            session.json({"channel": name, "delivered": False, "error": error.code, "message": error.message})
        session.note(session.say("channels.test_failed", name=name, reason=error.message))
        return ALL_FAILED
    if session.as_json:
        session.json({"channel": name, "delivered": True})
    session.note(session.say("channels.test_sent", name=name))
    return OK


def remove(session: Session, name: Annotated[str, typer.Argument()], yes: Yes = False) -> int:
    """Remove a channel that no topic uses."""
    store = ChannelStore(session.database)
    if store.get(name) is None:
        raise unknown("unknown_channel", name, [known.slug for known in store.all()])
    users = [topic.slug for topic in TopicStore(session.database).all() if name in topic.channels]
    if users:
        raise UsageError(
            "channel_used", f"channel {name!r} is used by topic {users[0]!r}", hint="remove the topic first"
        )
    if not session.sure(yes, session.say("channels.sure", name=name)):
        return PARTLY
    store.remove(name)
    session.note(session.say("channels.removed", name=name))
    return OK
