"""When a link is fetched again. Pure: what is known and *now* in, a time out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.links import Link

LONGEST_WAIT = timedelta(hours=6)
OLD = timedelta(days=7)
WAIT_WHEN_OLD = timedelta(hours=24)


def next_visit(visits: int, ages: Sequence[timedelta], now: datetime) -> datetime | None:
    """When an article that has had so many visits after the first is visited again; None: no more.

    Ages are counted from the first fetch, so the wait is the difference to the age before.
    """
    if visits >= len(ages):
        return None
    return now + (ages[visits] - (ages[visits - 1] if visits else timedelta()))


def second_look(visits: int, ages: Sequence[timedelta], now: datetime) -> datetime | None:
    """When an article whose page was not found once is looked at again, also when its ages are used up.

    That is at the next age, else after the last age once more; None only where nothing is ever revisited.
    """
    planned = next_visit(visits, ages, now)
    if planned is not None or not ages:
        return planned
    return now + ages[-1]


def after_failure(link: Link, now: datetime, first: timedelta) -> datetime:
    """When a link whose fetch failed is tried again: waits double with its age, from `first` to 6 h; 24 h when old.

    It is never given up: an outlet may be down for days and come back.
    """
    age = now - link.found_at
    if age > OLD:
        return now + WAIT_WHEN_OLD
    return now + min(max(age, first), LONGEST_WAIT)
