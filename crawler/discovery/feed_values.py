"""Titles and times as feeds write them: plain text, and aware times or none."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta, timezone

from corpus.clock import HANOI
from corpus.text import one_line

_LONGEST_TITLE = 500
_MARKUP = re.compile(r"<[A-Za-z/!?][^<>]*>")

_ZONE = r"\s*(?P<zone>Z|[A-Za-z]{2,4}\s*[+-]\s*\d{1,2}(?::?\d{2})?|[+-]\d{2}:?\d{2}|[A-Za-z]{2,4})?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?"
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3,9}\s*,?\s+)?(?P<day>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})[ -](?P<year>\d{4}|\d{2})\s+"
    + _CLOCK
    + _ZONE
)
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:T|\s+)" + _CLOCK + _ZONE)
_NUMBERS = re.compile(
    r"(?P<day>\d{1,2})(?P<dash>[/-])(?P<month>\d{1,2})(?P=dash)(?P<year>\d{4})(?:,|\s+[-|])?\s+"
    + _CLOCK
    + r"(?:\s*(?P<half>[AaPp][Mm]))?"
    + _ZONE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "ICT": 7, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7}
_NAMED |= {"MDT": -6, "PST": -8, "PDT": -7}
_OFFSET = re.compile(r"(?P<name>[A-Za-z]{2,4})?\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")


def plain_title(value: str | None) -> str | None:
    """A feed's title as one line of plain text: references resolved (also doubly escaped ones), markup taken out,
    500 characters at most; None for a blank. It is text, not HTML: whoever shows it escapes it."""
    text = (value or "")[: 10 * _LONGEST_TITLE]
    for _ in range(3):  # `&amp;amp;apos;` is the worst that papers were seen to write
        unescaped = html.unescape(text)
        if unescaped == text:
            break
        text = unescaped
    return one_line(_MARKUP.sub(" ", text))[:_LONGEST_TITLE].strip() or None


def feed_time(value: str | None, *, latest: datetime | None = None) -> datetime | None:
    """A feed's time in Hà Nội's zone; without a zone it is read as Hà Nội's own.

    None for what has no clock time, has an unknown zone, or can be read in two ways (`3/8/2017 3:05 PM`: such a
    clock goes with the month first, or not); and for a time after `latest`.
    """
    text = (value or "").strip()[:80]
    for form in (_RFC_822, _ISO, _NUMBERS):
        if match := form.fullmatch(text):
            moment = _moment(match.groupdict())
            return None if moment is None or (latest is not None and moment > latest) else moment
    return None


def _moment(parts: dict[str, str | None]) -> datetime | None:
    zone = _zone(parts["zone"])
    day, month = int(parts["day"] or 0), _month(parts)
    if parts.get("half"):
        if day <= 12 and (month or 0) <= 12 and day != month:
            return None
        if (month or 0) > 12:
            day, month = month or 0, day
    year, hour = int(parts["year"] or 0), int(parts["hour"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < 70 else 1900
    if parts.get("half") and hour <= 12:
        hour = hour % 12 + (12 if (parts["half"] or "").lower() == "pm" else 0)
    if zone is None or month is None or not 1990 <= year <= 2100:
        return None
    try:
        second = int(parts["second"] or 0)
        second = 59 if second == 60 else second  # a leap second
        return datetime(year, month, day, hour, int(parts["minute"] or 0), second, tzinfo=zone).astimezone(HANOI)
    except ValueError:
        return None


def _month(parts: dict[str, str | None]) -> int | None:
    if number := parts.get("month"):
        return int(number)
    name = (parts.get("name") or "")[:3].lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else None


def _zone(text: str | None) -> timezone | None:
    """The zone that a feed names, Hà Nội's where it names none, None for an unknown one."""
    if text is None:
        return HANOI
    if (hours := _NAMED.get(text.upper())) is not None:
        return timezone(timedelta(hours=hours))
    match = _OFFSET.fullmatch(text)
    if match is None or (match["name"] or "GMT").upper() not in {"GMT", "UTC"}:
        return None
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    offset = -offset if match["sign"] == "-" else offset
    return timezone(offset) if timedelta(hours=-12) <= offset <= timedelta(hours=14) else None
