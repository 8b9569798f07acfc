"""Which links of a source read are taken, and which of them are silent: those of the first complete read, and those
of a flood. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from crawler.discovery.found import FoundLink
from storage.links import NewLink, Silent

MOST_NEW = 300
"""No read adds more links: what a trap, or a paper that lists all its years, can do at once. The next read goes on."""
FRESH = timedelta(days=7)
"""Of a sitemap that was never read, links of this age or less are taken; the others are history."""
STALE = timedelta(days=4)
"""What a sitemap says was last changed so long ago is no news: a topic's usual limit of three days, and a day for dates
without an hour."""
FLOOD_LINKS = 50
FLOOD_FACTOR = 5
DAY = timedelta(days=1)


def of_today(found: Sequence[FoundLink], *, prior_read_at: datetime | None, now: datetime) -> tuple[FoundLink, ...]:
    """The links of a sitemap's first read (or its first under new rules) that are taken: those that it dates within
    the last days, or since the last complete read. Undated ones tell nothing: they are only remembered."""
    since = min(now - FRESH, (prior_read_at or now) - DAY)
    return tuple(link for link in found if (dated := link.published or link.modified) and dated >= since)


def newest(found: Sequence[FoundLink], most: int) -> tuple[FoundLink, ...]:
    """At most so many links, the newest; undated ones come behind, in their order."""
    return tuple(sorted(found, key=_age)[:most])


def _age(link: FoundLink) -> float:
    dated = link.published or link.modified
    return -dated.timestamp() if dated else 0.0


def silenced(
    links: Sequence[NewLink],
    *,
    prior_read_at: datetime | None,
    now: datetime,
    usual_per_day: float,
    modified: Mapping[str, datetime] = MappingProxyType({}),
    others_read_at: datetime | None = None,
) -> tuple[NewLink, ...]:
    """Mark the new links of one read.

    Args:
        links: the links of the read that are not known yet.
        prior_read_at: the source's last complete read before this one; None: there was none, and links are `baseline`.
        usual_per_day: new links that the outlet usually has in a day.
        modified: when a sitemap says that these (canonical) URLs changed, for links without a date of publication.
        others_read_at: at a source's first read the last complete read of the outlet's other sources, in earlier
            runs: what is dated later, by a clock, is news since then, though this source was not known yet.

    Returns:
        the same links, with `silent` and `prior_read_at` set.
    """
    dates = [link.published or modified.get(link.canonical_url) for link in links]
    if prior_read_at is None:
        return tuple(
            replace(link, prior_read_at=others_read_at)
            if _is_later(dated, others_read_at)
            else replace(link, silent="baseline")
            for link, dated in zip(links, dates, strict=True)
        )
    flood = is_flood(len(links), now - prior_read_at, usual_per_day)
    stale = min(now - STALE, prior_read_at - DAY)
    return tuple(
        replace(link, silent=_silence(link, dated, prior_read_at, stale, flood=flood), prior_read_at=prior_read_at)
        for link, dated in zip(links, dates, strict=True)
    )


def is_flood(count: int, span: timedelta, usual_per_day: float) -> bool:
    """More than 50 new links, and more than five times what the outlet usually has in this span."""
    return count > FLOOD_LINKS and count > FLOOD_FACTOR * usual_per_day * (span / DAY)


def _silence(
    link: NewLink, dated: datetime | None, prior_read_at: datetime, stale: datetime, *, flood: bool
) -> Silent | None:
    if flood and _is_old(dated, prior_read_at):
        return "flood"
    return "baseline" if link.published is None and dated is not None and dated < stale else None


def _is_later(dated: datetime | None, read_at: datetime | None) -> bool:
    """Whether a link was dated after a read; a day alone, which stands for its first moment, says too little."""
    if dated is None or read_at is None or dated.hour == dated.minute == dated.second == 0:
        return False
    return dated > read_at


def _is_old(dated: datetime | None, prior_read_at: datetime) -> bool:
    return dated is None or dated < prior_read_at - DAY
