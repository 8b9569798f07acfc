"""When the paper published: the candidates weighed against each other. Null rather than wrong.

Order of trust: the outlet's selector; JSON-LD, meta and `<time>`, checked against what the page shows; the date shown
between headline and body; the listing. A stated time that shows the same clock as the page in another zone is local
time with a wrong zone. Days that contradict each other without a reason give no date, and a flag.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from corpus.record import DateSource, Published
from crawler.extraction.container import Container
from crawler.extraction.datecandidates import (
    Candidate,
    hint_candidate,
    modified_candidates,
    selector_candidates,
    stated_candidates,
    visible_candidates,
)
from crawler.extraction.title import Title
from crawler.extraction.view import View

_FIRST = 1997
_JUST_NOW = timedelta(minutes=10)
_SAME = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Dates:
    """The outcome: publication, change, the numbers of the blocks that hold nothing but these dates, and the words of
    a date that opens lead or text."""

    published: Published
    modified: datetime | None
    blocks: frozenset[int]
    opening: str | None = None


@dataclass(frozen=True, slots=True)
class _Chosen:
    at: datetime
    precision: Literal["minute", "day"]
    source: DateSource
    raw: str
    why: str
    shift: timedelta = timedelta()


def find_dates(
    view: View, title: Title | None, container: Container | None, lead: frozenset[int] = frozenset()
) -> Dates:
    """Find publication and change of an article; every candidate goes into `explain` with why it was refused."""
    selected = selector_candidates(view)
    stated = stated_candidates(view, title)
    shown = visible_candidates(view, title, container, lead)
    hint = hint_candidate(view)
    everything = [*selected, *stated, *shown, *([hint] if hint else [])]
    for candidate in everything:
        candidate.why = candidate.why or _impossible(view, candidate)
    stated += [candidate for candidate in shown if candidate.place == "time"]
    shown = [candidate for candidate in shown if candidate.place != "time"]
    chosen = _choose(view, _good(selected), _good(stated), _good(shown), hint if hint and not hint.why else None)
    view.explain["dates"] = [candidate.json() for candidate in everything]
    view.explain["published"] = chosen.why if chosen else "no candidate"
    blocks = frozenset(c.block for c in (*selected, *shown) if c.block is not None and not c.why)
    opening = next((candidate.opening for candidate in _good(shown) if candidate.opening), None)
    if chosen is None:
        return Dates(Published(), None, blocks, opening)
    at = chosen.at.replace(hour=0, minute=0) if chosen.precision == "day" else chosen.at
    published = Published(at, chosen.precision, chosen.source, chosen.raw[:200])
    return Dates(published, _modified(view, title, chosen, _good(shown)), blocks, opening)


def _good(candidates: list[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.why is None]


def _impossible(view: View, candidate: Candidate) -> str | None:
    if candidate.at > view.page.fetched_at + timedelta(days=1):
        swapped = candidate.stated.swapped if candidate.stated else candidate.seen.swapped if candidate.seen else None
        if swapped is None or swapped > view.page.fetched_at + timedelta(days=1):
            return "later than the fetch"
    return "before papers went online" if candidate.at.year < _FIRST else None


def _choose(
    view: View, selected: list[Candidate], stated: list[Candidate], shown: list[Candidate], hint: Candidate | None
) -> _Chosen | None:
    printed = _printed(selected) or _printed(shown)
    if printed is not None and printed.seen and printed.seen.weekday_differs:
        view.flag("weekday_differs")
    if printed is not None and printed.seen and printed.seen.swapped:
        printed = _unswapped(view, printed, stated, hint)
    if printed is None:
        return _unprinted(view, stated, hint)
    if not stated:
        return _as_is(printed, "the date shown")
    if printed.seen and printed.seen.weak:
        return _beside_weak(view, printed, stated[0])
    for candidate in stated:
        agreed = _agreed(candidate, printed)
        if agreed and printed.place == "selector":
            return replace(agreed, source="selector", raw=printed.raw)
        if agreed:
            return agreed
    if printed.place == "under body":
        # The weakest place: it may confirm what is stated, not contradict it.
        return _unprinted(view, stated, hint)
    return _disagreed(view, printed, stated[0], hint)


def _printed(candidates: list[Candidate]) -> Candidate | None:
    """The date shown that counts: nearest place first, one labelled as publication before others, changes last."""
    for place in ("selector", "under title", "over title", "under body"):
        here = [c for c in candidates if c.place == place]
        for wanted in ("published", None, "updated"):
            for candidate in here:
                if (candidate.seen.label if candidate.seen else None) == wanted:
                    return _finer(candidate, here)
    return None


def _finer(candidate: Candidate, here: list[Candidate]) -> Candidate:
    """The same day with a minute, if another line in the same place gives one."""
    if candidate.precision == "day":
        for other in here:
            if (
                other.precision == "minute"
                and other.at.date() == candidate.at.date()
                and not (other.seen and other.seen.label)
            ):
                return other
    return candidate


def _unswapped(view: View, printed: Candidate, stated: list[Candidate], hint: Candidate | None) -> Candidate | None:
    """Settle a date that may be month first, by anything else that names the day; None if nothing does."""
    assert printed.seen is not None and printed.seen.swapped is not None
    for other in (*stated, *([hint] if hint else [])):
        for reading in (printed.at, printed.seen.swapped):
            if other.at.date() == reading.date():
                printed.at = reading
                return printed
    printed.why = "day and month cannot be told apart"
    view.flag("date_ambiguous")
    return None


def _unprinted(view: View, stated: list[Candidate], hint: Candidate | None) -> _Chosen | None:
    """No date is shown: what metadata state, if they agree; else the listing."""
    clear = [c for c in stated if not (c.stated and c.stated.swapped)]
    for candidate in stated:
        if candidate not in clear and hint and candidate.stated and candidate.stated.swapped:
            for reading in (candidate.at, candidate.stated.swapped):
                if reading.date() == hint.at.date():
                    return _Chosen(
                        reading, candidate.precision, candidate.source, candidate.raw, "read as the listing says"
                    )
        if candidate not in clear:
            candidate.why = "day and month cannot be told apart"
    if clear:
        first = next((c for c in clear if c.precision == "minute"), clear[0])
        days = {c.at.date() for c in clear}
        if len(days) > 1:
            agreeing = [c for c in clear if hint and c.at.date() == hint.at.date()]
            if not agreeing:
                view.flag("dates_disagree")
                return None
            first = agreeing[0]
        return _as_is(first, "stated, nothing shown to check against")
    return _as_is(hint, "the listing's date") if hint else None


def _as_is(candidate: Candidate, why: str) -> _Chosen:
    return _Chosen(candidate.at, candidate.precision, candidate.source, candidate.raw, why)


def _beside_weak(view: View, printed: Candidate, stated: Candidate) -> _Chosen | None:
    """A date shown as "3 giờ trước" only confirms what is stated."""
    if abs((stated.at.date() - printed.at.date()).days) <= 1 and not (stated.stated and stated.stated.swapped):
        return _as_is(stated, "stated, and in line with the date shown")
    view.flag("dates_disagree")
    return None


def _agreed(candidate: Candidate, printed: Candidate) -> _Chosen | None:
    """What a stated and a shown date say together; None if they do not agree."""
    stated = candidate.stated
    if stated is None:
        return None
    if printed.precision == "day":
        for reading in (stated.at, stated.wall, stated.swapped):
            if reading is not None and reading.date() == printed.at.date():
                shift = reading - stated.at
                return _Chosen(
                    reading, candidate.precision, candidate.source, candidate.raw, "stated, on the day shown", shift
                )
        return None
    if candidate.precision == "day":
        same = printed.at.date() in (stated.at.date(), stated.swapped.date() if stated.swapped else None)
        return _Chosen(printed.at, "minute", printed.source, printed.raw, "shown, on the day stated") if same else None
    if abs(stated.at - printed.at) <= _SAME:
        return _Chosen(printed.at, "minute", candidate.source, candidate.raw, "stated and shown alike")
    if abs(stated.wall - printed.at) <= _SAME or (stated.swapped and abs(stated.swapped - printed.at) <= _SAME):
        why = "shown; stated with a wrong zone or month first"
        return _Chosen(printed.at, "minute", printed.source, printed.raw, why, printed.at - stated.at)
    apart = abs(stated.at - printed.at)
    if (
        apart <= timedelta(hours=14)
        and apart % timedelta(hours=1) == timedelta()
        and stated.at.minute == printed.at.minute
    ):
        # Whole hours apart to the minute: UTC written as local time, or a zone that is an hour off.
        return _Chosen(
            printed.at, "minute", printed.source, printed.raw, "shown; stated in another zone", printed.at - stated.at
        )
    return None


def _disagreed(view: View, printed: Candidate, stated: Candidate, hint: Candidate | None) -> _Chosen | None:
    """Stated and shown differ: explain it, or give only what both say."""
    updated = printed.seen is not None and printed.seen.label == "updated"
    if updated and stated.at < printed.at and not (stated.stated and stated.stated.swapped):
        return _as_is(stated, "stated; the date shown is that of a change")
    if abs(stated.at - view.page.fetched_at) <= _JUST_NOW and printed.at < stated.at:
        return _as_is(printed, "shown; the stated time is that of the fetch")
    if printed.place == "selector":
        return _as_is(printed, "the outlet's selector; metadata differ")
    if hint is not None:
        for candidate in (stated, printed):
            if abs(candidate.at - hint.at) <= _SAME or (
                candidate.at.date() == hint.at.date() and stated.at.date() != printed.at.date()
            ):
                return _as_is(candidate, "the one that the listing confirms")
    view.flag("dates_disagree")
    if stated.at.date() == printed.at.date():
        return _Chosen(printed.at, "day", printed.source, printed.raw, "stated and shown agree on the day only")
    return None


def _modified(view: View, title: Title | None, chosen: _Chosen, shown: list[Candidate]) -> datetime | None:
    """The change that the paper states, not before publication; a zone found wrong for one is wrong for both."""
    latest = view.page.fetched_at + timedelta(days=1)
    for candidate in modified_candidates(view, title):
        at = candidate.at + chosen.shift
        if candidate.precision == "minute" and chosen.at - _SAME <= at <= latest:
            return max(at, chosen.at) if chosen.precision == "minute" else at
    for candidate in shown:
        if (
            candidate.seen
            and candidate.seen.label == "updated"
            and candidate.precision == "minute"
            and candidate.at > chosen.at
        ):
            return candidate.at
    return None
