"""What the parts of one run work with: reading, searching, visiting, a look, a probe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from corpus.clock import Clock
from crawler.fetching.fetch import Fetcher
from crawler.ledger import Ledger
from crawler.options import CrawlOptions
from crawler.outlet import Outlet
from crawler.sources.findings import Findings
from crawler.tally import Tally

Progress = Callable[[dict[str, object]], None]
"""Told each step of a run: `{"step": "lock" | "source" | "search" | "page", ...}`."""


@dataclass(frozen=True, slots=True)
class Running:
    """All that the parts of one run share. `outlet` is the one that is crawled, `outlets` the whole catalogue."""

    outlet: Outlet
    outlets: Mapping[str, Outlet]
    options: CrawlOptions
    ledger: Ledger
    fetcher: Fetcher
    clock: Clock
    tally: Tally
    findings: Findings
    progress: Progress
