"""How a host may be asked. Pure: the host's row and *now* in, a wait or the next row out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from corpus.clock import HANOI
from storage.hosts import HostState

THROTTLED = frozenset({429, 503})
"""Statuses with which a server asks for a pause, with or without Retry-After (RFC 6585, RFC 9110)."""
LONGEST_BACKOFF = timedelta(hours=6)
LONGEST_RETRY_AFTER = timedelta(days=7)
"""A server that asks for more is asked again after this: a typing error must not silence an outlet for good."""
SHORTEST_RETRY_AFTER = timedelta(seconds=60)
"""A server that throttles and asks for less (many say 0) does not mean it: its first pause is this long, and from the
second in a row on the doubled back-off."""
LONGEST_CRAWL_DELAY = 60.0
"""Seconds between requests that robots.txt may ask for; a longer wish is met with this one."""
REVISIT_SHARE = 4
"""At most one request in so many of a day's budget may be a revisit."""
SPREAD_FROM = 1 / 15
SPREAD_SHARE = 0.85
"""Of a day's budget: what may be spent at once after midnight, and what is spread evenly over the day."""
SILENT_MARGIN = 1 / 20
"""Of a day's budget: what pages that tell nobody may have above that; dozens of sources use up all of it each run."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether the next request may start: after `seconds`, or not before `until` (blocked), or not today (budget)."""

    verdict: Literal["go", "blocked", "budget"]
    seconds: float = 0.0
    until: datetime | None = None


def turn(state: HostState, now: datetime, *, delay: float, daily: int, revisit: bool) -> Turn:
    """Say when the next request to this host may start.

    Args:
        delay: seconds between starts; also the longest wait, so that a clock set back does not stop a host.
        daily: requests a day; revisits may take a quarter of them.
    """
    if state.blocked_until is not None and now < state.blocked_until <= now + LONGEST_RETRY_AFTER:
        return Turn("blocked", until=state.blocked_until)
    today = of_day(state, now)
    if today.requests >= daily or (revisit and today.revisits >= daily // REVISIT_SHARE):
        return Turn("budget")
    if state.next_allowed_at is None:
        return Turn("go")
    return Turn("go", min(max((state.next_allowed_at - now).total_seconds(), 0.0), delay))


def has_spare(state: HostState, now: datetime, *, daily: int, silent: bool = False) -> bool:
    """Whether a host's budget leaves room for one more request that can wait: a source of many, or (`silent`) a page
    that tells nobody.

    Most of the budget is spread evenly over the day, so that an outlet with dozens of sources or a long history has
    requests left for its articles in the evening.
    """
    today = of_day(state, now).requests
    local = now.astimezone(HANOI)
    share = (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)
    return today < daily * (SPREAD_FROM + SPREAD_SHARE * share + (SILENT_MARGIN if silent else 0.0))


def started(state: HostState, now: datetime, *, hold: float, revisit: bool) -> HostState:
    """The row while a request is under way.

    When the server sees the request is not known yet: resolving the name and connecting take their time. Until
    `answered` the next start is `hold` seconds away (a fetch and a delay); should this process die meanwhile, the
    next one waits for the delay, counted from its own first look.
    """
    today = of_day(state, now)
    return replace(
        today,
        next_allowed_at=now + timedelta(seconds=hold),
        requests=today.requests + 1,
        revisits=today.revisits + revisit,
    )


def answered(
    state: HostState,
    now: datetime,
    *,
    delay: float,
    received: int,
    status: int | None,
    retry_after: timedelta | None,
    of_page: bool,
    first_backoff: timedelta,
) -> HostState:
    """The row after an answer, or after a fetch that brought none (`status` None).

    The delay counts from here: whenever the server saw the request, it was before. 429 and 503 stop the host for
    what it asked, else for twice the last back-off; any other status ends a back-off. Who asks for less than
    SHORTEST_RETRY_AFTER is asked again later than that, never before.

    Args:
        received: bytes of the body as they came over the wire.
        of_page: false for robots.txt: a host that throttles its pages still gives that out, and it ends no back-off.
    """
    today = of_day(state, now)
    after = replace(today, next_allowed_at=now + timedelta(seconds=delay), bytes=today.bytes + received)
    if status is None:
        return after
    if status not in THROTTLED:
        return after if not of_page else replace(after, backoff_seconds=0.0, blocked_until=None)
    doubled = timedelta(seconds=state.backoff_seconds * 2) or first_backoff
    backoff = min(doubled, LONGEST_BACKOFF)
    if retry_after is None:
        wait = backoff
    elif retry_after < SHORTEST_RETRY_AFTER:
        wait = backoff if state.backoff_seconds else SHORTEST_RETRY_AFTER
    else:
        wait = min(retry_after, LONGEST_RETRY_AFTER)
    return replace(
        after,
        backoff_seconds=backoff.total_seconds(),
        blocked_until=now + wait,
        throttled_at=now,
        throttled_status=status,
    )


def of_day(state: HostState, now: datetime) -> HostState:
    """The row with its counts set back if they are of another day (in Hà Nội)."""
    day = now.astimezone(HANOI).date().isoformat()
    return state if state.day == day else replace(state, day=day, requests=0, revisits=0, bytes=0)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or HTTP date; None if there is none or it cannot be read."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_RETRY_AFTER.total_seconds())))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=HANOI)
    return max(moment - now, timedelta())
