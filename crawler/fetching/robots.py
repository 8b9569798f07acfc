"""robots.txt after RFC 9309, as DESIGN fixes it. Pure: the stored copy, an answer and *now* in, the next copy out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protego import Protego

from crawler.fetching.politeness import LONGEST_CRAWL_DELAY
from crawler.fetching.responses import ResponseClass
from storage.hosts import RobotsCopy

AGENT = "tintinh"
"""The name that robots.txt may speak to; the user agent begins with it."""
FRESH = timedelta(hours=24)
USABLE = timedelta(days=30)
"""How long the last good copy stands in for one that cannot be read."""
LONGEST_RETRY = timedelta(hours=6)
LARGEST = 512 * 1024
"""Bytes that are read as rules; what follows is ignored (RFC 9309 asks for at least 500 KiB)."""

OF_THE_HOST = frozenset({"moved", "dns", "tls", "tls_name", "tls_expired", "tls_chain", "tls_protocol"})
"""Causes of an unreadable robots.txt that no page of the host would escape either; people are told them as such."""

_AGENT_LINE = re.compile(rb"^[^\S\n]*(?:\xef\xbb\xbf)?user-?agent[^\S\n]*:", re.I | re.M)
_NAME_OF_AGENT = re.compile(r"^([^\S\r\n]*user-?agent[^\S\r\n]*:[^\S\r\n]*)([^\s/#]+)[^\r\n#]*", re.I | re.M)
"""`User-agent: tintinh/0.1 (x)` speaks to tintinh; Protego alone would take all of it for the name."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host allows now. `known` is false where nothing may be fetched for want of any usable copy."""

    known: bool
    crawl_delay: float | None = None
    parser: Protego | None = None

    def allow(self, url: str) -> bool:
        """Whether this URL of the host may be fetched."""
        if not self.known:
            return False
        return self.parser is None or bool(self.parser.can_fetch(url, AGENT))


ALL_ALLOWED = Rules(known=True)


def is_due(copy: RobotsCopy, now: datetime) -> bool:
    """Whether robots.txt is to be asked for: no usable copy is known to be fresh, and no wait is under way."""
    if copy.next_at is None:
        return True
    # A clock that was set back must not leave a copy in force for ever.
    return not now < copy.next_at <= now + FRESH


def after_answer(
    copy: RobotsCopy,
    response: ResponseClass,
    status: int | None,
    body: bytes,
    now: datetime,
    first_retry: timedelta,
    *,
    cause: str | None = None,
) -> RobotsCopy:
    """The copy after an answer.

    2xx: its lines are the rules. 4xx but 429: no rules, all is allowed. Everything else (5xx, 429, too many
    redirects, no answer) is unreachable: the last good copy stays, the next try comes after a doubling wait. `cause`
    is kept for that case (see RobotsCopy).
    """
    if status is not None and 200 <= status < 300 and response != "too_large":
        return RobotsCopy(copy.host, body[:LARGEST], now, "rules", now + FRESH)
    if status is not None and 400 <= status < 500 and status != 429:
        return RobotsCopy(copy.host, b"", now, "allowed", now + FRESH)
    wait = min(timedelta(seconds=copy.backoff_seconds * 2) or first_retry, LONGEST_RETRY)
    return replace(
        copy,
        state="unreachable",
        next_at=now + wait,
        backoff_seconds=wait.total_seconds(),
        failing_since=copy.failing_since or now,
        cause=cause,
    )


def says_something(body: bytes) -> bool:
    """Whether a file has any line that speaks to a robot; an HTML page or an empty file does not."""
    return _AGENT_LINE.search(body[:LARGEST]) is not None


def rules(copy: RobotsCopy, now: datetime) -> Rules:
    """The rules in force: those of the last good copy, if it is not older than 30 days where it failed since."""
    if copy.body is None or copy.at is None:
        return Rules(known=False)
    if copy.state == "unreachable" and now - copy.at > USABLE:
        return Rules(known=False)
    parser = Protego.parse(_NAME_OF_AGENT.sub(r"\1\2", copy.body.decode("utf-8-sig", "replace")))
    delay = parser.crawl_delay(AGENT)
    return Rules(True, min(float(delay), LONGEST_CRAWL_DELAY) if delay else None, parser)
