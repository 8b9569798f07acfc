"""The options of a crawl, as configuration sets them (no Scrapy here)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CrawlOptions:
    """How a crawl behaves. Seconds, bytes and pages as named; DESIGN 7 has the reasons of the figures.

    `contact`: the operator's e-mail or web address; without one only hosts of `resolve` are asked.
    `resolve`: host name -> `address:port`; `resolved_delay`: seconds between requests to such hosts, None as `delay`.
    `revisit_ages`: ages at which a stored article is looked at again, growing.
    `first_backoff`: the first wait after a failure; it doubles to 6 h.
    """

    user_agent: str
    contact: str
    delay: float = 3.0
    max_pages: int = 40
    max_seconds: float = 120.0
    daily_requests: int = 600
    revisit_ages: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(hours=24))
    resolve: Mapping[str, str] = field(default_factory=dict)
    resolved_delay: float | None = None
    page_bytes: int = 4 * MIB
    feed_bytes: int = 8 * MIB
    sitemap_bytes: int = 50 * MIB
    fetch_seconds: float = 60.0
    parse_seconds: float = 20.0
    first_backoff: timedelta = timedelta(minutes=5)

    def delay_for(self, mapped: bool) -> float:
        """Seconds between two requests to a host, mapped by `resolve` or not."""
        return self.resolved_delay if mapped and self.resolved_delay is not None else self.delay

    def full_user_agent(self) -> str:
        """The User-Agent header: the name, and how to reach the operator."""
        if not self.contact or self.contact in self.user_agent:
            return self.user_agent
        return f"{self.user_agent} (+{self.contact})"
