"""Trying outlets live: probe jobs for the crawl workers, and what their reports say."""

from __future__ import annotations

import asyncio
import statistics
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.job import Job, Report
from scheduler.supervisor import Progress, Supervisor

FIELDS = ("at", "dns", "tls", "robots", "front", "links", "article", "clock_offset", "requests")
"""What a probe tells of an outlet beside its state (crawler/probe.py); None where it was not learnt."""
NO_NETWORK = ("dns", "timeout", "reset")
"""Problem codes that a machine without a network gives for every outlet."""
CLOCK_LIMIT = 300.0
"""Seconds by which an outlet's clock may differ."""
CLOCK_WITNESSES = 3
"""Outlets that must differ in the same direction before this machine's clock is doubted."""


@dataclass(frozen=True, slots=True)
class Probed:
    """One outlet after a probe. `state` is `ok` or a problem code, `detail` says more of it (English).

    `found` has the keys of FIELDS.
    """

    slug: str
    state: str
    detail: str
    found: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether all went well."""
        return self.state == "ok"


def probed(report: Report) -> Probed:
    """What a probe's report says; a run that found out nothing has its first problem, or its outcome, as state."""
    found = {name: report.details.get(name) for name in FIELDS}
    first = report.problems[0].code if report.problems else report.outcome
    state = str(report.details.get("state") or first)
    # A problem may be told by two parts of a run; the one that says more knows why.
    detail = max((problem.detail for problem in report.problems if problem.code == state), key=len, default="")
    return Probed(report.outlet, state, "" if state == "ok" else detail, found)


def clock_error(outlets: Iterable[Probed]) -> float | None:
    """By how many seconds this machine's clock is ahead (negative: behind), as three outlets or more agree; else None.

    A single server whose clock is wrong says nothing of ours.
    """
    offsets = [value for outlet in outlets if (value := outlet.found["clock_offset"]) is not None]
    for far in ([v for v in offsets if v > CLOCK_LIMIT], [v for v in offsets if v < -CLOCK_LIMIT]):
        if len(far) >= CLOCK_WITNESSES:
            return float(statistics.median(far))
    return None


def no_network(failures: Sequence[Sequence[tuple[str, str]]]) -> bool:
    """Whether this machine seems to have no network: all that was tried failed, and for one reason of that kind.

    Args:
        failures: of each outlet that was tried its problems (code, detail); none for one that was reached.
    """
    reasons = {_network_reason(code, detail) for problems in failures for code, detail in problems}
    if not all(failures) or len(reasons) != 1 or None in reasons:
        return False
    # One paper alone may have lost its name or its server; that there is no route is our own machine's word.
    return len(failures) > 1 or any("NoRoute" in detail for problems in failures for _, detail in problems)


def _network_reason(code: str, detail: str) -> str | None:
    """What kept a request from leaving (of robots.txt the reason stands in the detail); None for all else."""
    words = detail.replace(":", " ").split() if code == "robots_unreachable" else [code]
    return next((word for word in words if word in NO_NETWORK), None)


async def probe_all(
    supervisor: Supervisor, slugs: Sequence[str], progress: Progress, done: Callable[[Probed], None]
) -> list[Probed]:
    """Probe outlets, as many at a time as the supervisor has workers; in the order given.

    Args:
        progress: told each step of a probe.
        done: told each outlet when its probe has ended.
    """

    async def one(slug: str) -> Probed:
        job = Job(uuid.uuid4().hex[:12], slug, "probe", wait=True)
        result = probed(await supervisor.run(job, progress))
        done(result)
        return result

    try:
        return list(await asyncio.gather(*(one(slug) for slug in slugs)))
    finally:
        await supervisor.stop()
