"""The short form of benchmarks/kills.py: random kill -9 of daemon, intake and workers; nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import run

pytestmark = pytest.mark.end_to_end


def test_nothing_is_lost_or_told_twice_when_processes_are_killed(tmp_path: Path) -> None:
    figures = run(tmp_path / "data", kills=6, seed=20261122, tell=lambda line: None)
    assert sum(figures["kills"].values()) == 6
    # A repeat with the same id is allowed after a kill; an alert made twice is not (below).
    assert [fault for fault in figures["faults"] if fault[0] != "told_twice"] == []
    assert (figures["lost"], figures["alerts_twice"]) == (0, 0)
    assert figures["quick_check"] == "ok"
