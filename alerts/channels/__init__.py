"""Delivery channels: one module a kind, one line here to register it.

To add a kind: write its module (settings model, class with `prepare` and `deliver`), register it, test it, and add
its settings to docs/operations.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.channels.base import Channel, ChannelTools
from alerts.channels.email import EmailChannel
from alerts.channels.webhook import WebhookChannel
from corpus.errors import UsageError

KINDS: dict[str, type[Channel]] = {"email": EmailChannel, "webhook": WebhookChannel}


def prepare_settings(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check a new channel's settings and complete them to what is stored.

    Raises:
        UsageError: `unknown_kind` or `channel_settings`.
    """
    return _kind(kind).prepare(given)


def make_channel(kind: str, settings: Mapping[str, Any], tools: ChannelTools) -> Channel:
    """A channel from its stored settings.

    Raises:
        UsageError: `unknown_kind` or `channel_settings`.
    """
    return _kind(kind)(settings, tools)


def _kind(kind: str) -> type[Channel]:
    if kind not in KINDS:
        raise UsageError("unknown_kind", f"there is no channel kind {kind!r}", hint=f"kinds are: {', '.join(KINDS)}")
    return KINDS[kind]
