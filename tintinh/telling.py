"""Joins channels to configuration: the mail server stands in one place, channels only say whom to tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.channels import KINDS, make_channel, prepare_settings
from alerts.channels.base import AlertMessage, ChannelTools
from alerts.channels.base import Channel as OpenChannel
from corpus.clock import Clock, now
from corpus.errors import UsageError
from corpus.record import Published
from storage.channels import Channel
from tintinh.config import Config
from tintinh.messages import speaker

SECRET_SETTINGS = frozenset({"secret", "password"})
"""Settings of channels that are never listed, logged or exported."""


def new_channel(slug: str, kind: str, given: dict[str, Any], config: Config, moment: datetime) -> Channel:
    """A channel as it is stored: its settings checked and completed; the mail server's stay in the configuration.

    Raises:
        UsageError: `channel_settings` or `no_mail_server`.
    """
    if kind != "email":
        return Channel(slug, kind, prepare_settings(kind, given), moment)
    prepare_settings(kind, _with_server(given, config))
    return Channel(slug, kind, given, moment)


def open_channel(kind: str, settings: Mapping[str, Any], config: Config, clock: Clock = now) -> OpenChannel:
    """A channel from its stored settings, ready to deliver.

    Raises:
        UsageError: `unknown_kind`, `channel_settings` or `no_mail_server`.
    """
    whole = _with_server(settings, config) if kind == "email" else settings
    return make_channel(kind, whole, ChannelTools(speaker(config.language), clock))


def public_settings(channel: Channel) -> dict[str, Any]:
    """What may be shown of a channel's settings."""
    if channel.kind not in KINDS:
        return {}
    return {key: value for key, value in channel.settings.items() if key not in SECRET_SETTINGS}


def test_message(config: Config, moment: datetime) -> AlertMessage:
    """The message that `channels test` sends."""
    say = speaker(config.language)
    return AlertMessage(
        id=f"test_{int(moment.timestamp())}",
        kind="new",
        topic="test",
        topic_name=say("channels.test_title"),
        article_id="x:u:0000000000000000",
        version=1,
        title=say("channels.test_title"),
        outlet="tintinh",
        outlet_name="tintinh",
        url="https://tintinh.example/",
        published=Published(moment, "minute"),
        first_seen_at=moment,
        matched_at=moment,
        sentences=(say("channels.test_sentence"),),
    )


def _with_server(given: Mapping[str, Any], config: Config) -> dict[str, Any]:
    server = config.email
    if not server.host:
        raise UsageError(
            "no_mail_server",
            "no mail server is configured",
            hint="set host, port, security and sender under [email] in tintinh.toml",
        )
    login = {"username": server.username, "password": server.password.get_secret_value()} if server.username else {}
    connection = {"host": server.host, "port": server.port, "security": server.security, "sender": server.sender}
    return {**connection, **login, **given}
