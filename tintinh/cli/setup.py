"""`tintinh init`: a short dialogue that leaves a configuration, a first topic and a channel behind."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import typer

from alerts.channels import prepare_settings
from alerts.query import parse
from corpus.errors import QueryError, TintinhError, UsageError, WorkError
from corpus.provinces import province_2025
from crawler.outlet import Outlet
from storage.articles import ArticleStore
from storage.channels import Channel, ChannelStore
from storage.database import FILE_NAME
from storage.topics import Topic, TopicStore
from tintinh.cli.channels import test as test_channel
from tintinh.cli.session import OK, Session, command
from tintinh.cli.topics import make_slug
from tintinh.config import Config, Place, find_place, is_contact, load_config
from tintinh.telling import new_channel

CHANNEL = "mail"
PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Ways to secure the connection to a mail server, with their usual ports."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Given:
    """What the options say; None where an option was not given."""

    contact: str | None = None
    provinces: str | None = None
    topic: str | None = None
    email: str | None = None
    smtp: str | None = None
    sender: str | None = None
    security: str | None = None
    username: str | None = None
    password_file: Path | None = None


@dataclass(frozen=True)
class Mail:
    """Who gets the alerts, and the server that they are sent through."""

    to: tuple[str, ...]
    host: str
    port: int
    security: str
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)


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
    sender: Annotated[str | None, typer.Option("--sender", help="address that alerts come from")] = None,
    security: Annotated[str | None, typer.Option("--security", help="starttls (if left out), tls or none")] = None,
    username: Annotated[str | None, typer.Option("--username", help="login at the mail server; empty: none")] = None,
    password_file: Annotated[Path | None, typer.Option("--password-file", help="file with its password")] = None,
) -> int:
    """Set tintinh up: contact, provinces, a first topic and who hears of it. Asks for what no option gives."""
    given = Given(contact, provinces, topic, email, smtp, sender, security, username, password_file)
    file = session.place.config_file
    if file.exists():
        raise UsageError("config_exists", f"{file} is there already", hint="edit it, or name another with --config")
    if not sys.stdin.isatty() and missing(given):
        names = ", ".join(missing(given))
        raise UsageError("usage", f"nobody can be asked here (no terminal); give also {names}", hint="--help shows how")
    load_config(session.place)  # a wrong variable of the environment is told before anything is asked
    say = session.say
    who = _ask(session, given.contact, "contact", check_contact)
    slugs = _ask(session, given.provinces, "provinces", lambda text: outlets_of(text, session.outlets))
    query = _ask(session, given.topic, "topic", check_query)
    if query:
        session.note(say("init.dry_run", count=_stored_matches(session, query)))
    to = _ask(session, given.email, "email", addresses)
    mail = _ask_mail(session, given, who, to) if to else None
    language = "en" if session.named_language == "en" else "vi"
    with _draft(file, config_text(language, who, slugs, mail)) as draft:
        # What the mail server is called or who hears of it may be wrong: nothing is written then.
        config = load_config(replace(session.place, config_file=draft))
        if mail:
            new_channel(CHANNEL, "email", {"to": list(mail.to)}, config, session.clock())
        session.made_database().rows("SELECT 1")  # the data folder is made before the configuration names it
    session.note(say("init.written", file=file))
    session.__dict__.pop("config", None)
    _store(session, config, query, mail)
    session.note(say("init.next", place=place_options(session.place, find_place(None, None, new=True))))
    return OK


def missing(given: Given) -> list[str]:
    """The options without which somebody would have to be asked."""
    wanted = ["contact", "provinces", "topic", "email"]
    if (given.email or "").strip():
        wanted += ["smtp", "sender"]
    if given.password_file is not None:
        wanted.append("username")
    return [f"--{name}" for name in wanted if getattr(given, name) is None]


def _ask(
    session: Session,
    given: str | None,
    key: str,
    check: Callable[[str], Answer],
    *,
    default: str = "",
    hidden: bool = False,
) -> Answer:
    """What the option gives, or a person's answer; a person is told what is wrong with it and asked again."""
    if given is not None:
        return check(given)
    if not sys.stdin.isatty():
        return check(default)
    question = session.say(f"init.{key}")
    while True:
        text = typer.prompt(question, default=default, show_default=bool(default), hide_input=hidden, err=True)
        try:
            return check(str(text))
        except UsageError as error:
            session.note(session.say(f"init.{key}_wrong"))
            position = f" (position {error.position})" if isinstance(error, QueryError) else ""
            session.note(f"  {error.message}{position}")
            if error.hint:
                session.note(f"  -> {error.hint}")


def _ask_mail(session: Session, given: Given, contact: str, to: tuple[str, ...]) -> Mail:
    host, port = _ask(session, given.smtp, "smtp", mail_server)
    security = _ask(session, given.security, "security", check_security, default="starttls")
    usual = contact if "@" in contact and "/" not in contact else ""
    sender = _ask(session, given.sender, "sender", lambda text: check_address(text.strip() or usual), default=usual)
    username = _ask(
        session, given.username, "username", lambda text: check_login(text.strip(), needed=bool(given.password_file))
    )
    password = ""
    if given.password_file is not None:
        password = check_login(_read(given.password_file), "password")
    elif username:
        password = _ask(session, None, "password", lambda text: check_login(text, "password"), hidden=True)
    return Mail(to, host, port or PORTS[security], security, sender, username, password)


def check_contact(text: str) -> str:
    """The operator's contact. Raises UsageError `no_contact` or `contact`."""
    text = text.strip()
    if not text:
        raise UsageError("no_contact", "a contact is needed: newspapers must be able to reach who asks them")
    if not is_contact(text):
        raise UsageError("contact", f"{text!r} is neither an e-mail address nor an http(s) URL")
    return text


def outlets_of(text: str, outlets: Mapping[str, Outlet]) -> list[str]:
    """Active outlets of the named provinces, which stand with commas; [] (all) for no name.

    Raises:
        UsageError: `province`: one is no province, or has no active outlet.
    """
    found: dict[str, list[str]] = {}
    for outlet in outlets.values():
        province = province_2025(outlet.province)
        if outlet.status == "active" and province is not None:
            found.setdefault(province, []).append(outlet.slug)
    hint = f"provinces with a newspaper here: {', '.join(sorted(found))}; leave it empty for all"
    wanted = set()
    for name in filter(None, (part.strip() for part in text.split(","))):
        province = province_2025(name)
        if province is None:
            raise UsageError("province", f"{name!r} is no province", hint=hint)
        if province not in found:
            raise UsageError("province", f"no active newspaper of {province} is in the catalogue yet", hint=hint)
        wanted.add(province)
    return [slug for province, slugs in found.items() if province in wanted for slug in slugs]


def check_query(text: str) -> str:
    """A query that can be read, or "" for none. Raises QueryError."""
    text = text.strip()
    if text:
        parse(text)
    return text


def addresses(text: str) -> tuple[str, ...]:
    """Mail addresses that stand with commas; () for none. Raises UsageError `channel_settings`."""
    return tuple(check_address(part.strip()) for part in text.split(",") if part.strip())


def check_address(text: str) -> str:
    """One mail address. Raises UsageError `channel_settings`."""
    try:
        prepare_settings("email", {"host": "localhost", "sender": text, "to": [text]})
    except UsageError as error:
        wanted = "a mail address such as ban-tin@tinh.example is wanted"
        raise UsageError("channel_settings", f"{text!r}: {wanted}") from error
    return text


def mail_server(text: str) -> tuple[str, int | None]:
    """Host and port (None where it is not named) of `host:port`. Raises UsageError `no_mail_server`, `mail_server`."""
    text = text.strip()
    if not text:
        raise UsageError("no_mail_server", "a mail server is needed to send e-mail", hint="name it as host:port")
    wrong = UsageError(
        "mail_server", f"{text!r} is no mail server", hint="write it as host:port, such as a.example:587"
    )
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", parts.port
        prepare_settings("email", {"host": host, "port": port, "sender": "a@b.example", "to": "a@b.example"})
    except (ValueError, UsageError) as error:
        raise wrong from error
    # urlsplit drops what it does not know; all of the text must have been host and port.
    whole = {f"{name}{end}" for name in (host, f"[{host}]") for end in ("", f":{port}")}
    if not host.isprintable() or text.lower() not in whole or (":" in host) != text.startswith("["):
        raise wrong
    return host, port


def check_security(text: str) -> str:
    """One of PORTS. Raises UsageError `config`, as the configuration does."""
    text = text.strip().lower()
    if text not in PORTS:
        raise UsageError("config", f"security {text!r}: it is one of {', '.join(PORTS)}")
    return text


def check_login(text: str, name: str = "username", *, needed: bool = False) -> str:
    """A user name or password, perhaps "". Raises UsageError `channel_settings`, which does not show it."""
    if needed and not text:
        raise UsageError("channel_settings", f"a {name} is needed: there is a password")
    if not text.isascii() or not (text.isprintable() or not text):
        raise UsageError("channel_settings", f"the {name} may hold only ASCII characters, mail servers know no others")
    return text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("unreadable", f"{path} cannot be read: {error}") from error


def _stored_matches(session: Session, query: str) -> int:
    """How many stored articles a query matches; makes no data folder."""
    if not (session.place.data / FILE_NAME).exists():
        return 0
    from alerts.matching import Searchable, match

    parsed = parse(query)
    pages = ArticleStore(session.made_database()).pages()
    return sum(match(parsed, Searchable.of(article)) is not None for page in pages for article in page)


def config_text(language: str, contact: str, slugs: list[str], mail: Mail | None) -> str:
    """The configuration file."""

    def quoted(value: str | list[str]) -> str:
        # TOML's basic strings are JSON's, but for the one control character that JSON lets stand.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines = [f"language = {quoted(language)}", "", "[crawl]", f"contact = {quoted(contact)}"]
    if slugs:
        lines.append(f"outlets = {quoted(slugs)}")
    if mail:
        lines += ["", "[email]", f"host = {quoted(mail.host)}", f"port = {mail.port}"]
        lines += [f"security = {quoted(mail.security)}", f"sender = {quoted(mail.sender)}"]
        if mail.username:
            lines += [f"username = {quoted(mail.username)}", f"password = {quoted(mail.password)}"]
        lines += ["# the password may also stand in a file that TINTINH_EMAIL__PASSWORD_FILE names"]
    return "\n".join(lines) + "\n"


@contextmanager
def _draft(file: Path, text: str) -> Iterator[Path]:
    """The text in a draft beside the file; it takes the file's name if the block ends well, else it goes."""
    draft = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)  # its mode would stay, and the text may hold a password
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        yield draft
        draft.replace(file)
    except OSError as error:
        raise WorkError("cannot_write", f"{file}: {error.strerror}", hint="name another file with --config") from error
    finally:
        draft.unlink(missing_ok=True)


def _store(session: Session, config: Config, query: str, mail: Mail | None) -> None:
    """Add channel and topic, tell of them, and try the channel."""
    channels: tuple[str, ...] = ()
    if mail:
        store = ChannelStore(session.made_database())
        slug, new = channel_for(store.all(), mail.to)
        channels = (slug,)
        if new:
            store.add(new_channel(slug, "email", {"to": list(mail.to)}, config, session.clock()))
    if query:
        topics = TopicStore(session.made_database())
        topic = topic_for(topics.all(), query, channels, config.alerts.max_age_days, session.clock())
        if topics.get(topic.slug) is None:
            topics.add(topic)
        else:
            topics.change(topic)
        session.note(session.say("init.topic_added", slug=topic.slug))
        if not topic.channels:
            session.note(session.say("topics.no_channel", slug=topic.slug))
    for slug in channels:
        try:
            test_channel(session, slug)
        except TintinhError as error:
            session.note(session.say("channels.test_failed", name=slug, reason=error.message))


def channel_for(channels: Iterable[Channel], to: tuple[str, ...]) -> tuple[str, bool]:
    """The slug of the channel that mails to these addresses, and whether it is still to be made."""
    known = {channel.slug: channel for channel in channels}
    for slug in _names(CHANNEL):
        if slug not in known:
            return slug, True
        if known[slug].kind == "email" and known[slug].settings == {"to": list(to)}:
            return slug, False
    raise AssertionError("there is always another name")


def topic_for(
    topics: Iterable[Topic], query: str, channels: tuple[str, ...], max_age_days: float, moment: datetime
) -> Topic:
    """The topic as it is to be stored: one of that query gets the channels too, a new one gets a free slug."""
    known = {topic.slug: topic for topic in topics}
    for slug in _names(make_slug(query)):
        if slug not in known:
            return Topic(slug, query, query, channels, max_age_days, 1, moment)
        if known[slug].query == query:
            return replace(known[slug], channels=tuple(dict.fromkeys((*known[slug].channels, *channels))))
    raise AssertionError("there is always another name")


def _names(slug: str) -> Iterator[str]:
    """`slug`, `slug-2`, `slug-3`...: 40 characters at most."""
    yield slug
    for number in range(2, 10**6):
        end = f"-{number}"
        yield slug[: 40 - len(end)].rstrip("-") + end


def place_options(place: Place, usual: Place) -> str:
    """The options that the next commands need to find this place, with a blank before each; "" for the usual one."""
    named = [("--config", place.config_file, usual.config_file), ("--data", place.data, usual.data)]
    return "".join(f" {option} {shlex.quote(str(path))}" for option, path, default in named if path != default)
