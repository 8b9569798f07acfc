"""What goes into extraction and what comes out: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from corpus.record import Article, Rejected
from crawler.outlet import Outlet


@dataclass(frozen=True, slots=True)
class PageInput:
    """One fetched page, as raw as it came; everything that extraction may know of it.

    `body` is the response body (gzip members are undone here). `url` is the address that answered, `outlet`
    the outlet it belongs to; both may be unknown, then the page's own canonical link and `outlets` (by slug)
    decide. `fetched_at` is aware and the only clock. `hint_title` and `hint_published` come from the listing
    or feed that named the link. `force` skips the question whether the page is an article.
    """

    body: bytes
    url: str | None
    outlet: Outlet | None
    fetched_at: datetime
    content_type: str | None = None
    hint_title: str | None = None
    hint_published: datetime | None = None
    force: bool = False
    outlets: Mapping[str, Outlet] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extraction:
    """The record or the refusal, and `explain`: JSON values that say which candidates were seen and decided."""

    result: Article | Rejected
    explain: dict[str, Any]
