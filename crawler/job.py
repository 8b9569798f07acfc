"""What the supervisor and a crawl worker say to each other: one JSON object a line (no Scrapy here)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

JobKind = Literal["round", "urls", "look", "probe"]
"""round: sources, pending links, due revisits · urls: given links only · look: the front page of a merged outlet, to
see whether it came back · probe: at most four requests that try an outlet and store no article."""
Outcome = Literal["finished", "limit", "locked", "refused", "failed", "killed"]
"""finished: all that may be done now is done · limit: time or page limit reached, the rest stays pending · locked:
another process holds the host · refused: robots, Retry-After or the daily budget forbid any request now ·
failed: nothing could be fetched, or an error ended the run · killed: the supervisor ended it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one outlet."""

    run: str
    outlet: str
    kind: JobKind = "round"
    urls: tuple[str, ...] = ()
    wait: bool = False
    """True waits for the host's lock (command line); false skips a locked host (daemon)."""

    def line(self) -> str:
        """The job as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should know of a run: a code of the message table, the URL, a detail in English."""

    code: str
    url: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """How a run ended. A run is judged by these figures, never by an exit code.

    stats keys: requests, bytes, sources_read, links_new, new, changed, same, rejected, gone, removed, failed,
    pending (links still due for this outlet).
    """

    run: str
    outlet: str
    outcome: Outcome
    stats: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    """What a probe found out (crawler/probe.py); empty for other jobs."""

    def line(self) -> str:
        """The report as one line of JSON, with `"event": "report"`."""
        return json.dumps({"event": "report", **asdict(self)}, ensure_ascii=False)


def job_from(value: dict[str, Any]) -> Job:
    """Read a job line's object."""
    return Job(value["run"], value["outlet"], value["kind"], tuple(value["urls"]), bool(value["wait"]))


def report_from(value: dict[str, Any]) -> Report:
    """Read a report line's object."""
    return Report(
        value["run"],
        value["outlet"],
        value["outcome"],
        dict(value["stats"]),
        tuple(Problem(p["code"], p["url"], p["detail"]) for p in value["problems"]),
        dict(value.get("details", {})),
    )
