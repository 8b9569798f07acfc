"""Which links of a source read are silent: those of the first complete read, and those of a flood. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from storage.links import NewLink

FLOOD_LINKS = 50
FLOOD_FACTOR = 5
DAY = timedelta(days=1)


def silenced(
    links: Sequence[NewLink], *, prior_read_at: datetime | None, now: datetime, usual_per_day: float
) -> tuple[NewLink, ...]:
    """Mark the new links of one read.

    Args:
        links: the links of the read that are not known yet.
        prior_read_at: the source's last complete read before this one; None: there was none, all are `baseline`.
        usual_per_day: new links that the outlet usually has in a day.

    Returns:
        the same links, with `silent` and `prior_read_at` set.
    """
    if prior_read_at is None:
        return tuple(replace(link, silent="baseline") for link in links)
    flood = is_flood(len(links), now - prior_read_at, usual_per_day)
    return tuple(
        replace(link, silent="flood" if flood and _is_old(link, prior_read_at) else None, prior_read_at=prior_read_at)
        for link in links
    )


def is_flood(count: int, span: timedelta, usual_per_day: float) -> bool:
    """More than 50 new links, and more than five times what the outlet usually has in this span."""
    return count > FLOOD_LINKS and count > FLOOD_FACTOR * usual_per_day * (span / DAY)


def _is_old(link: NewLink, prior_read_at: datetime) -> bool:
    return link.published is None or link.published < prior_read_at - DAY
