"""What every channel offers, and the errors by which it says whether trying again helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from alerts.message import AlertMessage
from corpus.clock import Clock
from corpus.errors import DeliveryError, UsageError

__all__ = ["DEADLINE", "AlertMessage", "Channel", "ChannelTools", "PartlyDelivered", "Receipt", "Say", "read_settings"]

DEADLINE = 30.0
"""Seconds that one delivery may take as a whole, whatever the receiver does."""

Say = Callable[..., str]
"""`say(key, **fields)`: a sentence of the message table in the language of the mails."""

Settings = TypeVar("Settings", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ChannelTools:
    """What channels need from the house: words and the time."""

    say: Say
    clock: Clock


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver's yes: its code and, where useful, a short sentence."""

    status: int | None = None
    detail: str | None = None


class Channel(Protocol):
    """One way to tell people. Made anew for each delivery, from the settings as they are then."""

    def __init__(self, settings: Mapping[str, Any], tools: ChannelTools) -> None:
        """Read the stored settings. Raises UsageError `channel_settings`."""

    @classmethod
    def prepare(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check what a user gave and complete it to what is stored. Raises UsageError `channel_settings`."""

    async def deliver(self, alert: AlertMessage) -> Receipt:
        """Tell it, within DEADLINE seconds. Raises DeliveryError, without secrets in its message."""


class PartlyDelivered(DeliveryError):
    """Some recipients have it, or were tried; `remaining` have not."""

    def __init__(self, code: str, message: str, *, retry: bool, status: int | None, remaining: tuple[str, ...]) -> None:
        super().__init__(code, message, retry=retry, status=status)
        self.remaining = remaining


def read_settings(model: type[Settings], kind: str, given: Mapping[str, Any]) -> Settings:
    """Read settings strictly.

    Raises:
        UsageError: `channel_settings`, naming each wrong key and what it wants, never the values.
    """
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        )
        known = ", ".join(model.model_fields)
        raise UsageError("channel_settings", f"{kind} channel: {faults}", hint=f"settings are: {known}") from None
