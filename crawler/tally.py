"""What a run counts and what it has to say, and the outcome that follows from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from crawler.job import Outcome, Problem

STATS = (
    "requests", "bytes", "sources_read", "links_new", "new", "changed", "same", "rejected", "gone", "removed",
    "failed", "pending",
)  # fmt: skip
MOST_PROBLEMS = 20


@dataclass(slots=True)
class Tally:
    """Figures and problems of one run. `answers` counts responses that a host really gave to a page or source."""

    stats: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    answers: int = 0
    limited: bool = False
    """Work is left that might be done now: time or pages are used up, or the run was asked to stop."""
    barred: bool = False
    """A host did not let the run ask: robots.txt unknown, Retry-After, budget. Its row says when it may be asked."""
    forbidden: bool = False
    """robots.txt or the gate forbade some URL; others may well have been asked for."""
    broken: bool = False
    """An error of ours, or of the machine, ended the run."""

    def note(self, problem: Problem) -> None:
        """Keep a problem, once per code and URL, up to a limit."""
        if len(self.problems) < MOST_PROBLEMS and all(
            (known.code, known.url) != (problem.code, problem.url) for known in self.problems
        ):
            self.problems.append(problem)

    def outcome(self) -> Outcome:
        """How the run went as a whole.

        `limit` makes the outlet due again at once, so it is only said where a new run could do something now: what a
        barred host left waits for the outlet's next turn.
        """
        if self.broken:
            return "failed"
        if not self.answers and (self.barred or self.forbidden):
            return "refused"
        if self.limited:
            return "limit"
        return "failed" if not self.answers and self.stats["failed"] else "finished"

    def figures(self) -> dict[str, int]:
        """The statistics of the report, all of them."""
        return {name: self.stats[name] for name in STATS}
