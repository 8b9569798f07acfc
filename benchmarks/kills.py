"""Random `kill -9` of daemon, intake and workers during the demo, then restart: what is lost, what is told twice?

`python -m benchmarks kills [--kills 50]`
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples.press import CORE, load_press
from storage.outbox import OutboxStore
from tintinh.demo.play import FIRST_ROUND, stop_daemon, verdict_of
from tintinh.demo.stage import Stage, set_stage

PAUSE = (0.3, 2.0)
"""Seconds between two kills, drawn evenly."""
SETTLE = 120.0
"""Seconds that everything has, after the last kill, to be stored and told."""


@dataclass
class Killer:
    """Kills processes of one stage and starts the daemon again when it was hit."""

    stage: Stage
    chance: random.Random
    daemon: subprocess.Popen[bytes]
    killed: Counter[str]

    def strike(self) -> None:
        """Kill a random one of daemon, intake and workers."""
        role, pid = self.chance.choice(self._targets())
        os.kill(pid, signal.SIGKILL)
        self.killed[role] += 1
        if role == "daemon":
            self.daemon.wait()
            self.daemon = self._started_again()

    def _targets(self) -> list[tuple[str, int]]:
        """The daemon, and one intake and one worker where there are such; the three kinds are equally likely."""
        kinds: dict[str, list[int]] = {"daemon": [self.daemon.pid]}
        for pid, command in children(self.daemon.pid):
            kinds.setdefault("intake" if "tintinh.intake" in command else "worker", []).append(pid)
        return [(role, self.chance.choice(pids)) for role, pids in kinds.items()]

    def _started_again(self) -> subprocess.Popen[bytes]:
        for _ in range(100):
            daemon = self.stage.start_daemon()
            time.sleep(0.3)
            if daemon.poll() is None:
                return daemon
        raise RuntimeError("the daemon does not start again")


def children(pid: int) -> list[tuple[int, str]]:
    """Child processes of a process: (pid, command line). Linux."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            try:
                command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            found.append((int(child), command))
    return found


def run(folder: Path, kills: int, seed: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Play the demo under fire; gives the figures. `lost`, `alerts_twice` must be 0, `quick_check` ok."""
    chance = random.Random(seed)
    seconds = kills * sum(PAUSE) / 2 + 25
    with set_stage(folder, load_press(CORE), seconds) as stage:
        began = time.monotonic()
        killer = Killer(stage, chance, stage.start_daemon(), Counter())
        try:
            _until(stage.first_round_done, FIRST_ROUND, "the first round")
            stage.newsroom.open()
            for number in range(kills):
                time.sleep(chance.uniform(*PAUSE))
                killer.strike()
                tell(f"{number + 1}/{kills} {dict(killer.killed)}")
            left = max(0.0, began + seconds - time.monotonic())
            _until(lambda: _settled(stage, began + seconds), left + SETTLE, "settling", strict=False)
        finally:
            stop_daemon(killer.daemon)
        verdict = verdict_of(stage, time.monotonic() - began)
        ids = Counter(arrival.id for arrival in stage.receivers.arrivals)
        return {
            **verdict.figures,
            "kills": dict(killer.killed),
            "lost": sum(code in ("missed", "not_told") for code, _ in verdict.faults),
            "alerts_twice": sum(code == "told_twice" for code, _ in verdict.faults) - _repeated(stage),
            "wrong": [fault for fault in verdict.faults if fault[0] in ("wrongly_told", "stored_twice")],
            "deliveries_repeated_with_the_same_id": sum(count - 1 for count in ids.values()),
            "quick_check": stage.database.quick_check(),
            "faults": [list(fault) for fault in verdict.faults],
        }


def _repeated(stage: Stage) -> int:
    """Alerts that arrived more than once under one id: made once, delivered again after a kill, as documented."""
    return sum(count > 1 for count in Counter(arrival.id for arrival in stage.receivers.arrivals).values())


def _settled(stage: Stage, after: float) -> bool:
    """Whether the papers have published all, and all of it is stored and told: what is missing at the end is lost."""
    # A repeated delivery is told by its id afterwards; waiting longer would not undo it.
    missing = any(code != "told_twice" for code, _ in verdict_of(stage, 0.0).faults)
    return time.monotonic() > after and not missing and not _waiting(stage)


def _waiting(stage: Stage) -> bool:
    due = OutboxStore(stage.database).counts()["due"]
    return bool(due or stage.database.rows("SELECT 1 FROM intake LIMIT 1"))


def _until(done: Callable[[], bool], seconds: float, what: str, *, strict: bool = True) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            if strict:
                raise TimeoutError(f"{what} took more than {seconds:.0f} s")
            return
        time.sleep(0.25)


def main(kills: int = 50, seed: int | None = None) -> int:
    """Run and print the figures; 0 if nothing was lost or told twice."""
    seed = random.randrange(10**6) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="tintinh-kills-") as folder:
        figures = run(Path(folder) / "data", kills, seed, lambda line: print(line, flush=True))
    print(json.dumps({"seed": seed, **figures}, ensure_ascii=False, indent=1))
    good = figures["lost"] == 0 and figures["alerts_twice"] == 0 and figures["quick_check"] == "ok"
    return 0 if good and not figures["wrong"] else 1
