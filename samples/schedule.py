"""When the sample press publishes, edits and removes: pure functions of the demo's length and its times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Literal

from samples.press import Press, SampleArticle

EventKind = Literal["published", "edited", "removed"]

QUIET_END = 20.0
"""Seconds at the end of a demo in which nothing new appears, so that all of it can be read and told."""
LEAD_IN = 3.0
"""Seconds after the start before the first live article, so that a first round sees the baseline alone."""
EDIT_AFTER = 6.0
"""Seconds from an article's publication to its edit."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a paper does `after` seconds from the opening (before the start, where negative).

    `dated` is the moment that the paper shows as its date, where that is another one (an old article, put up now).
    """

    after: float
    kind: EventKind
    key: str
    dated: float | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A plan set into time: what is older than the demo counts from `started`, all else from `opened`.

    `opened` is None as long as nothing live may appear (the first round has not ended).
    """

    events: tuple[Event, ...]
    started: datetime
    opened: datetime | None

    def at(self, event: Event) -> datetime | None:
        """When the event happens; None: not known yet."""
        if event.after < 0:
            return self.started + timedelta(seconds=event.after)
        return None if self.opened is None else self.opened + timedelta(seconds=event.after)

    def until(self, now: datetime) -> tuple[tuple[datetime, Event], ...]:
        """The events up to `now`, in order, each with its time."""
        times = ((self.at(event), event) for event in self.events)
        return tuple((at, event) for at, event in times if at is not None and at <= now)


def plan(press: Press, seconds: float) -> tuple[Event, ...]:
    """All events of a demo of `seconds`, in order of time.

    Baseline articles are hours old at the start. Live ones appear evenly until QUIET_END before the end, the
    papers taking turns, those to be edited first. The removed article goes as soon as the first live one comes.
    """
    window = max(1.0, seconds - QUIET_END)
    lead_in = min(LEAD_IN, window / 4)
    live = _in_turns(press)
    step = (window - lead_in) / max(1, len(live))
    events = list(_baseline(press))
    for place, article in enumerate(live):
        at = lead_in + step * place
        events.append(Event(at, "published", article.key))
        if article.edit:
            events.append(Event(at + EDIT_AFTER, "edited", article.key))
    # Early: an article counts as removed only after two visits, and a short demo has to see both.
    events += [Event(lead_in, "removed", article.key) for article in press.articles if article.removed]
    return tuple(sorted(events, key=lambda event: (event.after, event.key)))


def _in_turns(press: Press) -> list[SampleArticle]:
    queues = [
        sorted(
            (a for a in press.articles if a.paper == paper.slug and a.role == "live"),
            key=lambda a: (a.edit is None, a.number),
        )
        for paper in press.papers
    ]
    return [article for article in chain.from_iterable(zip_longest(*queues)) if article is not None]


def _baseline(press: Press) -> list[Event]:
    """Three hours old and more, each paper with its own minutes, so that no two articles share a moment."""
    events = []
    for place, paper in enumerate(press.papers):
        old = [a for a in press.articles if a.paper == paper.slug and a.role == "baseline"]
        events += [
            Event(-(3 + 5 * age) * 3600.0 - place * 660, "published", article.key) for age, article in enumerate(old)
        ]
    return events
