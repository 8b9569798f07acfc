"""Which sources of an outlet a run asks, in which order, and which sitemaps of an index. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from crawler.discovery.found import ChildSitemap
from crawler.outlet import Outlet, Source
from crawler.sources.memory import READ, Memory
from storage.sources import SourceState

PATIENCE = 3
"""A source that failed so often in a row is asked less and less often, down to once in six hours."""
LONGEST_WAIT = timedelta(hours=6)
ALWAYS_READ = 2
"""The best feed and the front page are read in every run."""
HOPELESS = 6
"""An address of doubtful evidence that so often in a row was no source is asked only with the weekly search."""
NO_SOURCE = frozenset({"not_found", "not_a_feed", "not_a_sitemap", "empty_listing", "needs_javascript", "unreadable"})
"""What the last reading of such an address said: a response class, or a problem of discovery."""
UNDATED_WAIT = timedelta(hours=6)
"""From one reading to the next of a sitemap whose index does not say when it changed; later as long as it has shown
nothing new, so that the distances double."""
LONGEST_UNDATED_WAIT = timedelta(days=7)
KNOWN_CHILDREN = 200
"""Of the sitemaps that an index has long had only the newest are looked at: the days of half a year, or all months."""
FIRST_CHILDREN = 2
"""Sitemaps of an index that are read at its first sight: the newest ones. The others are history."""
DAY = timedelta(days=1)
_NUMBER = re.compile(r"[0-9]{1,18}")
_GRADES = {"confirmed": 0, "candidate": 1, "assumed": 2}


def in_order(outlet: Outlet, states: Mapping[str, SourceState]) -> list[Source]:
    """An outlet's sources as a run asks them: its best feed and its front page, then the rest; of both the longest
    unread first."""
    feeds = sorted((source for source in outlet.sources if source.kind == "feed"), key=lambda s: _GRADES[s.grade])
    first = feeds[:1] + [source for source in outlet.sources if source.url == outlet.home]
    rest = [source for source in outlet.sources if source not in first]
    return [s for part in (first, rest) for s in sorted(part, key=lambda source: _when(states[source.url].checked_at))]


def _when(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def is_due(state: SourceState, now: datetime, first_wait: timedelta) -> bool:
    """Whether a source is asked in this run: always, but after three failures at doubling distances, at most 6 h."""
    if state.failures < PATIENCE or state.checked_at is None or state.checked_at > now:
        return True
    wait = min(first_wait * 2 ** min(state.failures - PATIENCE, 20), LONGEST_WAIT)
    return bool(now - state.checked_at >= wait)


def is_hopeless(outlet: Outlet, source: Source, state: SourceState) -> bool:
    """Whether this never was a source, by all that was seen: not confirmed, never read, and six times nothing there.

    The front page is never given up.
    """
    if source.grade == "confirmed" or source.url == outlet.home or state.first_complete_at is not None:
        return False
    return state.failures >= HOPELESS and not NO_SOURCE.isdisjoint((state.response, state.error))


@dataclass(frozen=True, slots=True)
class WantedChild:
    """A sitemap of an index that is to be read.

    `since`: for one that came into the index after it had been read: the index's last complete read. What it lists
    is news since then, though it was never read itself.
    """

    child: ChildSitemap
    since: datetime | None = None


def wanted_children(
    children: Sequence[ChildSitemap],
    states: Mapping[str, SourceState],
    *,
    index: SourceState,
    first_wait: timedelta,
    now: datetime,
) -> list[WantedChild]:
    """The sitemaps of an index that are to be read now, the most urgent first.

    At first sight of the index the newest two. Later those that are new in it, wherever they stand; those that it
    says changed after their own last complete read (or, never read, after the first sight); and those of which it
    says nothing, six hours after their last reading, or as long as they have shown nothing new, up to a week.

    Args:
        children: as the index lists them, newest first.
        states: what is known of them, by URL.
        index: the state of the index; `seen` are the children that it had at its complete reads.
    """
    first_sight, known = index.first_complete_at, Memory(index.seen, children=True)
    children = newest_first(children)
    if first_sight is None or READ not in known:  # an index now, though the address may have been a list before
        return [WantedChild(c) for c in children[:FIRST_CHILDREN] if _never_read(states.get(c.url))]
    wanted = []
    for place, child in enumerate(children):
        if place >= KNOWN_CHILDREN and child.url in known:
            continue
        state = states.get(child.url)
        if state is not None and not is_due(state, now, first_wait):
            continue
        if child.url not in known and _never_read(state):
            wanted.append(WantedChild(child, index.last_complete_at))
        elif _may_have_changed(child, state, first_sight, now):
            wanted.append(WantedChild(child))
    wanted.sort(key=lambda w: (w.since is None, -_when(w.child.modified), _when(_checked(states.get(w.child.url)))))
    return wanted


def newest_first(children: Sequence[ChildSitemap]) -> list[ChildSitemap]:
    """Sitemaps for which the index gives the same date, or none: of those whose names differ only in their numbers the
    highest number comes first. The order is kept otherwise."""
    ordered: list[ChildSitemap] = []
    for _, same in groupby(children, key=lambda child: child.modified):
        group, places = list(same), dict[str, int]()
        for child in group:
            places.setdefault(_NUMBER.sub("#", _name(child)), len(places))
        ordered += sorted(group, key=lambda c: (places[_NUMBER.sub("#", _name(c))], [-n for n in _numbers(c)]))
    return ordered


def _name(child: ChildSitemap) -> str:
    return child.url.rpartition("/")[2]


def _numbers(child: ChildSitemap) -> list[int]:
    return [int(digits) for digits in _NUMBER.findall(_name(child))]


def _never_read(state: SourceState | None) -> bool:
    return state is None or state.last_complete_at is None


def _checked(state: SourceState | None) -> datetime | None:
    return state.checked_at if state else None


def _may_have_changed(child: ChildSitemap, state: SourceState | None, first_sight: datetime, now: datetime) -> bool:
    if child.modified is None:
        checked = _checked(state)
        return checked is None or not timedelta() <= now - checked < _undated_wait(state)
    changed = child.modified
    if changed.hour == changed.minute == changed.second == 0:
        changed += DAY  # a day alone: it may have changed until its last moment
    read = state.last_complete_at if state else None
    if read is not None and read > now:
        return True  # by a clock that has been set back since
    return changed > (read or first_sight)


def _undated_wait(state: SourceState | None) -> timedelta:
    if state is None or state.last_complete_at is None or state.changed_at is None:
        return UNDATED_WAIT
    return min(max(state.last_complete_at - state.changed_at, UNDATED_WAIT), LONGEST_UNDATED_WAIT)
