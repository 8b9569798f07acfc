"""From publication on the newsroom to the mail: seconds; and CPU and memory of daemon, workers and intake meanwhile.

`python -m benchmarks delay`
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.kills import children
from samples.press import CORE, load_press
from tintinh.demo.kept import read_kept
from tintinh.demo.play import FIRST_ROUND, stop_daemon
from tintinh.demo.stage import Stage, set_stage

SECONDS = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Play one demo and print the figures."""
    with (
        tempfile.TemporaryDirectory(prefix="tintinh-delay-") as folder,
        set_stage(Path(folder) / "data", load_press(CORE), SECONDS) as stage,
    ):
        daemon = stage.start_daemon()
        memory: dict[str, list[float]] = defaultdict(list)
        try:
            end = time.monotonic() + FIRST_ROUND
            while not stage.first_round_done() and time.monotonic() < end:
                time.sleep(0.2)
            stage.newsroom.open()
            before, end = _cpu(daemon.pid), time.monotonic() + SECONDS
            while time.monotonic() < end:
                for role, mib in _memory(daemon.pid):
                    memory[role].append(mib)
                time.sleep(1.0)
            cpu = {role: round(used - before.get(role, 0.0), 2) for role, used in _cpu(daemon.pid).items()}
        finally:
            stop_daemon(daemon)
        delays = _delays(stage)
        figures = {
            "alerts": len(delays),
            "seconds_to_mail": {
                "median": round(statistics.median(delays), 2),
                "p95": round(sorted(delays)[int(len(delays) * 0.95)], 2),
                "max": round(max(delays), 2),
            },
            "cpu_seconds_in_60_s": cpu,
            "pss_mib": {
                role: {"median": round(statistics.median(seen), 1), "max": round(max(seen), 1)}
                for role, seen in sorted(memory.items())
            },
        }
        print(json.dumps(figures, indent=1))
    return 0


def _delays(stage: Stage) -> list[float]:
    """Seconds from publication to the mail, for articles that matched as published (edits count from the edit)."""
    log, alerts = stage.newsroom.log(), read_kept(stage.database).alerts
    published = {h.url: h.at for h in log.happenings if h.kind == "published"}
    edited = {h.url: h.at for h in log.happenings if h.kind == "edited"}
    found = []
    for arrival in stage.receivers.arrivals:
        if arrival.channel == "mail":
            topic, url, _ = alerts[arrival.id]
            key = next(h.key for h in log.happenings if h.url == url)
            as_published = topic in stage.press.article(key).topics
            found.append((arrival.at - (published[url] if as_published else edited[url])).total_seconds())
    return found


def _processes(daemon: int) -> list[tuple[str, int]]:
    kinds = [("intake" if "tintinh.intake" in command else "worker", pid) for pid, command in children(daemon)]
    return [("daemon", daemon), *kinds]


def _cpu(daemon: int) -> dict[str, float]:
    """CPU seconds so far, by role."""
    used: dict[str, float] = defaultdict(float)
    for role, pid in _processes(daemon):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used[role] += (int(fields[11]) + int(fields[12])) / TICKS
    return used


def _memory(daemon: int) -> list[tuple[str, float]]:
    """Proportional set size in MiB of each process; and of all together."""
    found = []
    for role, pid in _processes(daemon):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found.append((role, int(line.split()[1]) / 1024))
    return [*found, ("all", sum(mib for _, mib in found))]
