"""Days and times as options take them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from corpus.clock import HANOI
from corpus.errors import UsageError
from tintinh.durations import parse_duration


def since(text: str | None, now: datetime, option: str = "--since") -> datetime | None:
    """The start of a span: a day (`2026-01-08`), a time, or an age (`7d`, `12h`).

    Raises:
        UsageError: code `option`, naming it.
    """
    if text is None:
        return None
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "option", f"{option} {text!r} is no time", hint="write a day (2026-01-08), a time or an age (7d)"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=HANOI)


def until(text: str | None, now: datetime) -> datetime | None:
    """The end of a span; a day means its end."""
    moment = since(text, now, "--until")
    if text is not None and moment is not None and _is_day(text):
        return datetime.combine(moment.date() + timedelta(days=1), time(), HANOI)
    return moment


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
