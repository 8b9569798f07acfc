"""Dates and times as Vietnamese papers write them for readers: `Thứ Ba, 02/03/2021, 14:05 [GMT+7]` and its kin.

Day first, always. What is no calendar day gives nothing. Times are in Hà Nội's zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal, cast

from corpus.clock import HANOI

Label = Literal["published", "updated", "clock"]

_WEEKDAYS = {
    "hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "4": 2, "năm": 3, "5": 3, "sáu": 4, "6": 4, "bảy": 5, "bẩy": 5, "7": 5,
}  # fmt: skip
_MONTHS = {
    "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8,
    "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12,
}  # fmt: skip
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:\d{1,2}|mười một|mười hai|mười|một|giêng|hai|ba|tư|bốn|năm|sáu|bảy|bẩy|tám|chín)"
WEEKDAY = r"(?:thứ\s*(?P<wd>hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|(?P<sun>chủ\s*nhật|\bcn\b)|\bt(?P<wt>[2-7])\b)"
_WEEKDAY = re.compile(WEEKDAY, re.IGNORECASE)
_ANY_WEEKDAY = r"(?:thứ\s*(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ\s*nhật|\bcn\b|\bt[2-7]\b)"
_NOT_INSIDE = r"(?<![\d])(?:(?<!\d[/.\-])|(?<=[:h]\d\d-))"
_ENDS = r"(?!\d)(?![/.\-]\d(?!\d?\s?[:hg]\s?\d\d))"
_ENGLISH = r"(?P<en>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_FORMS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_NOT_INSIDE}(?P<y>(?:19|20)\d\d)(?P<s>[-/.])(?P<m>\d{{1,2}})(?P=s)(?P<d>\d{{1,2}}){_ENDS}",
        rf"{_NOT_INSIDE}(?P<d>\d{{1,2}})\s?(?P<s>[/.\-])\s?(?P<m>\d{{1,2}})\s?(?P=s)\s?(?P<y>\d{{4}}|\d\d){_ENDS}",
        rf"(?:ngày\s+)?(?<!\d)(?P<d>\d{{1,2}})\s*tháng\s*(?P<m>{_MONTH})\s*(?:,|/|-|năm)?\s*(?P<y>\d{{4}})(?!\d)",
        rf"\btháng\s*(?P<m>{_MONTH})\s+(?P<d>\d{{1,2}})\s*,\s*(?P<y>\d{{4}})(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s\-]+{_ENGLISH}[\s,\-]+(?P<y>\d{{4}})(?!\d)",
        rf"\b{_ENGLISH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<y>\d{{4}})(?!\d)",
    )
)
_YEARLESS = re.compile(rf"{_NOT_INSIDE}(?P<d>\d{{1,2}})[/\-](?P<m>\d{{1,2}}){_ENDS}(?!\s*%)")
_HALF = r"(?:\s*(?P<half>[AP]\.?M\b\.?|SA\b|CH\b|sáng|trưa|chiều|tối|đêm))?"
_TIMES = (
    re.compile(
        rf"(?<![\d:/])(?P<h>\d{{1,2}})\s?:\s?(?P<mi>[0-5]\d)(?::(?P<s>[0-5]\d)(?:\.\d+)?)?(?![\d:])'?{_HALF}", re.I
    ),
    re.compile(
        rf"(?<![\d:/.])(?P<h>\d{{1,2}})\s?[hg](?:\s?(?P<mi>[0-5]?\d))?(?![\w/]|[.\-]\d{{1,2}}[.\-]){_HALF}", re.I
    ),
    re.compile(
        r"(?<![\d:/.])(?P<h>\d{1,2})\s*giờ(?!\s*(?:\d+\s*phút\s*)?trước)(?:\s*(?P<mi>[0-5]?\d)(?:\s*phút)?)?" + _HALF,
        re.I,
    ),
)
_JOIN = re.compile(
    rf"^[\s,|•·.\-–—/()\[\]:;'’*T]*(?:(?:ngày|vào lúc|lúc|vào|hồi|at|{_ANY_WEEKDAY})[\s,:|•·\-–—()\[\]]*){{0,3}}$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<=[/.\-]\d{4})(?=\d{1,2}[:h]\d{2})|(?<=:\d\d)(?=\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4})")
_UTC = re.compile(r"\s?(?:Z\b|[+-]00:?00\b)")
_RANGE = re.compile(r"^\s*(?:-|–|—|đến|tới)\s*(?:hết\s*)?(?:ngày\s*)?$", re.IGNORECASE)
_AGO = re.compile(r"(?<!\d)(?P<n>\d{1,3})\s*(?P<unit>phút|giờ|tiếng|ngày)\s*trước", re.IGNORECASE)
_NEAR_DAY = re.compile(r"hôm\s*(?P<which>nay|qua|kia)", re.IGNORECASE)
_LABELS: tuple[tuple[Label, re.Pattern[str]], ...] = tuple(
    (
        cast(Label, name),
        re.compile(rf"(?:{words})(?:\s*(?:lúc|ngày|vào|on|lần cuối|mới nhất|cuối))*\W*$", re.IGNORECASE),
    )
    for name, words in (
        ("updated", "cập nhật|chỉnh sửa|sửa đổi|sửa|updated|modified"),
        ("published", "đăng(?: tải| tin| bài)?|xuất bản|phát hành|phát|ngày đăng|ngày viết|posted|published"),
        ("clock", "hôm nay|bây giờ|hiện tại|thời gian|giờ hà nội|today"),
    )
)
_FIRST_YEAR = 1997
"""Vietnam went online in 1997; an older "publication" is a date of something else."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A date found in visible text. `at` is aware, in Hà Nội; with precision `day` it is midnight.

    `start` and `end` are offsets in the text read. `weekday_differs`: the weekday beside it is another one.
    `weak`: relative or without year, so that it rests on the time of the fetch. `swapped`: month first is as possible.
    """

    at: datetime
    precision: Literal["minute", "day"]
    raw: str
    start: int
    end: int
    label: Label | None = None
    weekday_differs: bool = False
    weak: bool = False
    seconds: bool = False
    swapped: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Time:
    start: int
    end: int
    at: time
    seconds: bool
    english: bool


def find_seen(text: str, fetched_at: datetime) -> list[Seen]:
    """All dates in a line of visible text, in its order. Relative forms count from `fetched_at`."""
    times = _times(text)
    found: list[Seen] = []
    taken: list[tuple[int, int]] = []
    for form in _FORMS:
        for match in form.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            seen = _absolute(text, match, times, fetched_at)
            if seen:
                found.append(seen)
    if not taken:
        found = _weak(text, times, fetched_at)
    found = [seen for seen in found if not _in_range(text, seen, taken)]
    return sorted(found, key=lambda seen: seen.start)


def _in_range(text: str, seen: Seen, others: list[tuple[int, int]]) -> bool:
    """Whether the date is one end of "from ... to ...": events last, publications do not."""
    return any(
        (end <= seen.start and _RANGE.match(text[end : seen.start]))
        or (start >= seen.end and _RANGE.match(text[seen.end : start]))
        for start, end in others
    )


def spread(text: str) -> str:
    """One line in which a date and a time that stand in neighbouring elements do not run together."""
    return _GLUED.sub(" ", text.replace("\n", " "))


def day_of(year: int, month: int, day: int) -> date | None:
    """A calendar day, or None if there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def clock_time(hour: int, minute: int, half: str | None) -> time | None:
    """A time of day. A 24-hour clock with a stray AM or PM ("13:43 PM", "00:01 AM") is taken as it stands."""
    half = (half or "").lower().replace(".", "")
    if (half in ("pm", "ch", "chiều", "tối") and hour < 12) or (half == "trưa" and hour < 4):
        hour += 12
    elif half in ("am", "sa", "sáng", "đêm") and hour == 12:
        hour = 0
    elif half == "đêm" and 8 <= hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 else None


def _times(text: str) -> list[_Time]:
    found: list[_Time] = []
    for form in _TIMES:
        for match in form.finditer(text):
            if any(match.start() < t.end and t.start < match.end() for t in found):
                continue
            parts = match.groupdict()
            at = clock_time(int(parts["h"]), int(parts["mi"] or 0), parts["half"])
            if at is not None:
                english = (parts["half"] or "")[:1].upper() in ("A", "P") if parts["half"] else False
                found.append(_Time(match.start(), match.end(), at, bool(parts.get("s")), english))
    return found


def _absolute(text: str, match: re.Match[str], times: list[_Time], fetched_at: datetime) -> Seen | None:
    year, month = int(match["y"]), _month(match)
    joined = _joined(text, match.start(), match.end(), times)
    if len(match["y"]) == 2:
        before = text[max(0, match.start() - 40) : match.start()]
        # "02/03/21" beside a time is a date; alone it may be a score, a number or a fraction.
        if joined is None and _label(before) is None and _weekday_near(before, "") is None:
            return None
        year += fetched_at.year // 100 * 100
        if year > fetched_at.year + 1:
            year -= 100
    day = day_of(year, month, int(match["d"]))
    if day is None and joined is not None and joined.english and month > 12:
        # American software, and only one reading is left.
        day = day_of(year, int(match["d"]), month)
    if day is None or year < _FIRST_YEAR:
        return None
    seen = _seen(text, match.start(), match.end(), day, joined, swapped=_swapped(match, day, joined))
    if joined is not None and _UTC.match(text[seen.end :]):
        return replace(seen, at=seen.at + timedelta(hours=7))
    return seen


def _swapped(match: re.Match[str], day: date, joined: _Time | None) -> datetime | None:
    """The other reading of "3/2/2021 2:05:00 PM": the form in which American software writes month first."""
    parts = match.groupdict()
    if joined is None or not (joined.seconds and joined.english) or parts.get("s") != "/":
        return None
    if parts["d"].startswith("0") or parts["m"].startswith("0") or joined.start < match.start():
        return None
    other = day_of(day.year, day.day, day.month)
    return datetime.combine(other, joined.at, HANOI) if other and other != day else None


def _weak(text: str, times: list[_Time], fetched_at: datetime) -> list[Seen]:
    """Dates that rest on the time of the fetch: "Hôm qua, 09:00", "3 ngày trước", "14:05 02/03"."""
    local = fetched_at.astimezone(HANOI)
    for match in _NEAR_DAY.finditer(text):
        joined = _joined(text, match.start(), match.end(), times)
        back = {"nay": 0, "qua": 1, "kia": 2}[match["which"].lower()]
        # "Hôm nay" alone may be the page's clock; yesterday is no clock.
        if joined is not None or back:
            day = local.date() - timedelta(days=back)
            return [_seen(text, match.start(), match.end(), day, joined, weak=True)]
    ago = _AGO.search(text)
    if ago:
        return _ago(text, ago, local)
    for match in _YEARLESS.finditer(text):
        joined = _joined(text, match.start(), match.end(), times)
        if joined is None:
            continue
        for year in (local.year, local.year - 1):
            found = day_of(year, int(match["m"]), int(match["d"]))
            if found and datetime.combine(found, joined.at, HANOI) <= local + timedelta(hours=1):
                return [_seen(text, match.start(), match.end(), found, joined, weak=True)]
    return []


def _ago(text: str, match: re.Match[str], local: datetime) -> list[Seen]:
    """The day that "n units ago" names; nothing where rounding leaves two days open."""
    number, unit = int(match["n"]), match["unit"].lower()
    if unit == "ngày":
        days = {local.date() - timedelta(days=number)} if number <= 31 else set()
    else:
        step = timedelta(minutes=1) if unit == "phút" else timedelta(hours=1)
        days = {(local - step * number).date(), (local - step * (number + 1)).date()}
    if len(days) != 1:
        return []
    return [_seen(text, match.start(), match.end(), days.pop(), None, weak=True)]


def _seen(
    text: str,
    start: int,
    end: int,
    day: date,
    joined: _Time | None,
    *,
    weak: bool = False,
    swapped: datetime | None = None,
) -> Seen:
    if joined is not None:
        start, end = min(start, joined.start), max(end, joined.end)
    before = text[max(0, start - 40) : start]
    weekday = _weekday_near(before, text[start:end])
    return Seen(
        datetime.combine(day, joined.at if joined else time(), HANOI),
        "minute" if joined else "day",
        text[start:end].strip(),
        start,
        end,
        _label(before),
        weekday is not None and weekday != day.weekday(),
        weak,
        joined.seconds if joined else False,
        swapped,
    )


def _joined(text: str, start: int, end: int, times: list[_Time]) -> _Time | None:
    """The time of day that belongs to a date: the nearest with nothing but separators between."""
    best: tuple[int, _Time] | None = None
    for moment in times:
        gap = text[end : moment.start] if moment.start >= end else text[moment.end : start]
        if (moment.start >= end or moment.end <= start) and len(gap) <= 30 and _JOIN.match(gap):
            size = len(gap) + (0 if moment.start >= end else 1)
            if best is None or size < best[0]:
                best = (size, moment)
    return best[1] if best else None


def _month(match: re.Match[str]) -> int:
    parts = match.groupdict()
    if parts.get("en"):
        return _ENGLISH_MONTHS.index(parts["en"].lower()) + 1
    text = parts["m"]
    return int(text) if text.isdigit() else _MONTHS[" ".join(text.lower().split())]


def _weekday_near(before: str, inside: str) -> int | None:
    for text in (inside, before[-18:]):
        days = list(_WEEKDAY.finditer(text))
        if days:
            found = days[-1]
            return 6 if found["sun"] else _WEEKDAYS[(found["wd"] or found["wt"]).lower()]
    return None


def _label(before: str) -> Label | None:
    before = re.sub(rf"{_ANY_WEEKDAY}|\bngày\b", " ", before, flags=re.IGNORECASE).rstrip(" ,|-–—:(")
    for name, pattern in _LABELS:
        if pattern.search(before):
            return name
    return None
