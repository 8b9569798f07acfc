"""`tintinh init`: a short dialogue that leaves a configuration, a first topic and a channel behind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alerts.query import parse
from corpus.errors import QueryError, TintinhError, UsageError, WorkError
from corpus.provinces import is_province, province_2025
from storage.articles import ArticleStore
from storage.channels import ChannelStore
from storage.topics import Topic, TopicStore
from tintinh.cli.channels import test as test_channel
from tintinh.cli.session import OK, Session, command
from tintinh.cli.topics import make_slug
from tintinh.config import load_config
from tintinh.telling import new_channel

CHANNEL = "mail"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "init", makes_config=True)(init)


def init(
    session: Session,
    contact: Annotated[str | None, typer.Option("--contact", help="your e-mail or web address")] = None,
    provinces: Annotated[str | None, typer.Option("--provinces", help="names with commas; empty: all")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="a first query; empty: none")] = None,
    email: Annotated[str | None, typer.Option("--email", help="address that alerts go to; empty: none")] = None,
    smtp: Annotated[str | None, typer.Option("--smtp", help="mail server as host:port")] = None,
    sender: Annotated[str | None, typer.Option("--sender", help="address in From")] = None,
    security: Annotated[str, typer.Option("--security", help="starttls, tls or none")] = "starttls",
) -> int:
    """Set tintinh up: contact, provinces, a first topic and who hears of it. Asks for what no option gives."""
    file = session.place.config_file
    if file.exists():
        raise UsageError("config_exists", f"{file} is there already", hint="edit it, or name another with --config")
    say = session.say
    contact = _ask(contact, say("init.contact"))
    if not contact:
        raise UsageError("no_contact", "a contact is needed: newspapers must be able to reach who asks them")
    slugs = _outlets(session, _ask(provinces, say("init.provinces")))
    query = _query(session, _ask(topic, say("init.topic")))
    email = _ask(email, say("init.email"))
    if email:
        smtp = _ask(smtp, say("init.smtp"))
        sender = _ask(sender, say("init.sender"))
    text = _config_text(session.language, contact, slugs, smtp if email else None, sender, security)
    with _draft(file, text) as draft:
        # What the mail server is called or who hears of it may be wrong: nothing is written then.
        config = load_config(replace(session.place, config_file=draft))
        if email:
            new_channel(CHANNEL, "email", {"to": [email]}, config, session.clock())
    session.note(say("init.written", file=file))
    session.__dict__.pop("config", None)
    _store(session, query, email)
    session.note(say("init.next"))
    return OK


def _ask(given: str | None, question: str) -> str:
    return (
        given.strip()
        if given is not None
        else str(typer.prompt(question, default="", show_default=False, err=True)).strip()
    )


def _outlets(session: Session, answer: str) -> list[str]:
    """Active outlets of the named provinces; [] (all) for no answer."""
    wanted = set()
    for name in (part.strip() for part in answer.split(",") if part.strip()):
        if not is_province(name):
            raise UsageError(
                "province", f"{name!r} is no province", hint="write it with its marks, for example Quảng Ninh"
            )
        wanted.add(province_2025(name))
    found = [
        outlet.slug
        for outlet in session.outlets.values()
        if outlet.status == "active" and province_2025(outlet.province) in wanted
    ]
    if wanted and not found:
        raise UsageError(
            "province", f"no active outlet of {answer} is in the catalogue yet", hint="leave it empty for all"
        )
    return found


def _query(session: Session, query: str) -> str:
    if not query:
        return ""
    try:
        parsed = parse(query)
    except QueryError as error:
        raise UsageError("query", f"{query!r}: {error.message} (position {error.position})", hint=error.hint) from error
    from alerts.matching import Searchable, match

    pages = ArticleStore(session.database).pages()
    count = sum(match(parsed, Searchable.of(article)) is not None for page in pages for article in page)
    session.note(session.say("init.dry_run", count=count))
    return query


def _config_text(
    language: str, contact: str, slugs: list[str], smtp: str | None, sender: str | None, security: str
) -> str:
    quoted = json.dumps  # TOML's basic strings are JSON's, for what people type here
    lines = [f"language = {quoted(language)}", "", "[crawl]", f"contact = {quoted(contact, ensure_ascii=False)}"]
    if slugs:
        lines.append(f"outlets = {quoted(slugs)}")
    if smtp:
        host, _, port = smtp.partition(":")
        lines += ["", "[email]", f"host = {quoted(host)}", f"port = {int(port) if port.isdigit() else 587}"]
        lines += [f"security = {quoted(security)}", f"sender = {quoted(sender or contact)}"]
        lines += ["# username and password: here, or TINTINH_EMAIL__PASSWORD_FILE=..."]
    return "\n".join(lines) + "\n"


@contextmanager
def _draft(file: Path, text: str) -> Iterator[Path]:
    """The text in a draft beside the file; it takes the file's name if the block ends well, else it goes."""
    draft = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        yield draft
        draft.replace(file)
    except OSError as error:
        raise WorkError("cannot_write", f"{file}: {error.strerror}", hint="name another file with --config") from error
    finally:
        draft.unlink(missing_ok=True)


def _store(session: Session, query: str, email: str) -> None:
    config = load_config(session.place)
    channels: tuple[str, ...] = ()
    if email and ChannelStore(session.database).get(CHANNEL) is None:
        ChannelStore(session.database).add(new_channel(CHANNEL, "email", {"to": [email]}, config, session.clock()))
        channels = (CHANNEL,)
        try:
            test_channel(session, CHANNEL)
        except TintinhError as error:
            session.note(session.say("channels.test_failed", name=CHANNEL, reason=error.message))
    if query:
        slug = make_slug(query)
        TopicStore(session.database).add(
            Topic(slug, query, query, channels, config.alerts.max_age_days, 1, session.clock())
        )
        session.note(session.say("init.topic_added", slug=slug))
