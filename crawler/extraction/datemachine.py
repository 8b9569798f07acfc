"""Dates as pages write them for machines: JSON-LD, `<meta>`, `<time datetime>`; with every fault seen in the wild."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal

from corpus.clock import HANOI
from crawler.extraction.dateforms import clock_time, day_of, find_seen

_ISO = re.compile(
    r"^\s*(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"
    r"(?:[T\s]+(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[AP]M)?"
    r"\s*(?P<zone>Z|UTC|GMT|(?:GMT|UTC)?\s*[+-]\s?\d{1,2}(?::?\d{2})?)?)?\s*$",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])\s?(\d{1,2}):?(\d{2})?$")


@dataclass(frozen=True, slots=True)
class Stated:
    """A machine-readable date. `at`: the instant it states, in Hà Nội's zone (no zone stated = Hà Nội);
    `wall`: the clock as written, as if it were Hà Nội's; `swapped`: month and day the other way round, where the
    form leaves it open."""

    at: datetime
    wall: datetime
    precision: Literal["minute", "day"]
    swapped: datetime | None = None


def read_stated(value: str, fetched_at: datetime) -> Stated | None:
    """Read a machine-readable date; None if it is none. Seconds are cut off."""
    value = value.strip()[:80]
    match = _ISO.match(value)
    if match:
        return _iso(match)
    if re.match(r"^[A-Za-z]{3},? ", value):
        return _mail_style(value)
    seen = [found for found in find_seen(value, fetched_at) if not found.weak]
    if len(seen) != 1:
        return None
    found = seen[0]
    return Stated(found.at, found.at, found.precision, swapped=found.swapped)


def _iso(match: re.Match[str]) -> Stated | None:
    day = day_of(int(match["y"]), int(match["m"]), int(match["d"]))
    if day is None or not 1990 <= day.year <= 2100:
        return None
    if match["h"] is None:
        wall = datetime(day.year, day.month, day.day, tzinfo=HANOI)
        return Stated(wall, wall, "day")
    at = clock_time(int(match["h"]), int(match["mi"]), match["half"]) if int(match["mi"]) < 60 else None
    if at is None:
        return None
    wall = datetime.combine(day, at, HANOI)
    zone = _zone(match["zone"])
    # Midnight to the second is how software writes a day without a time, whatever zone it puts behind it.
    if wall.hour == wall.minute == int(match["s"] or 0) == 0:
        return Stated(wall, wall, "day")
    if zone is None or zone.utcoffset(None) == timedelta(hours=7):
        return Stated(wall, wall, "minute")
    local = wall.replace(tzinfo=zone).astimezone(HANOI)
    if local.hour == local.minute == int(match["s"] or 0) == 0:
        return Stated(local, local, "day")
    return Stated(local, wall, "minute")


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    found = _OFFSET.search(text)
    if not found:
        return UTC
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    shift = timedelta(hours=hours, minutes=minutes)
    return timezone(-shift if found[1] == "-" else shift)


def _mail_style(value: str) -> Stated | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    wall = moment.replace(tzinfo=HANOI, second=0, microsecond=0)
    if moment.tzinfo is None:
        return Stated(wall, wall, "minute")
    try:
        at = moment.astimezone(HANOI).replace(second=0, microsecond=0)
    except (OverflowError, ValueError):
        return None
    return Stated(at, wall, "minute")
