"""Plays the demo: newsroom and receivers here, the daemon as a child process, events told as they happen."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from corpus.errors import WorkError
from samples.newsroom import Newsroom
from samples.outcome import expected
from samples.press import Press, load_press
from tintinh.demo.kept import read_kept
from tintinh.demo.receivers import Receivers
from tintinh.demo.stage import Stage, set_stage
from tintinh.demo.verdict import Verdict, judge

Tell = Callable[[str, dict[str, object]], None]
"""Called with an event code and its fields, as things happen."""

TAIL = timedelta(seconds=15)
"""What was published later than this before the end need not be stored yet."""
FIRST_ROUND = 60.0
"""Seconds that the first round of all papers may take."""
STOP = 20.0
POLL = 0.25


@dataclass
class Demo:
    """One demo on one folder."""

    folder: Path
    seconds: float
    language: str
    tell: Tell
    press: Press = field(default_factory=load_press)

    def play(self) -> Verdict:
        """Run from start to end.

        Raises:
            WorkError: code `demo_daemon`: the daemon ended by itself or never came round; its log is named.
            UsageError: the folder is not the demo's.
        """
        with set_stage(self.folder, self.press, self.seconds, language=self.language) as stage:
            began = time.monotonic()
            daemon = stage.start_daemon()
            try:
                self._until_first_round(daemon, stage)
                stage.newsroom.open()
                self.tell("opened", {"papers": len(self.press.papers)})
                self._watch(daemon, stage.newsroom, stage.receivers)
            finally:
                stop_daemon(daemon)
            return verdict_of(stage, time.monotonic() - began)

    def _until_first_round(self, daemon: subprocess.Popen[bytes], stage: Stage) -> None:
        end = time.monotonic() + FIRST_ROUND
        while not stage.first_round_done():
            self._check(daemon)
            if time.monotonic() > end:
                raise WorkError("demo_daemon", f"no first round in {FIRST_ROUND:.0f} s; see {self._log()}")
            time.sleep(POLL)

    def _watch(self, daemon: subprocess.Popen[bytes], newsroom: Newsroom, receivers: Receivers) -> None:
        end = time.monotonic() + self.seconds
        happened, arrived, planned = len(newsroom.log().happenings), 0, len(newsroom.timeline.events)
        while time.monotonic() < end:
            self._check(daemon)
            happenings, arrivals = newsroom.log().happenings, list(receivers.arrivals)
            for happening in happenings[happened:]:
                title = self.press.article(happening.key).title
                self.tell(happening.kind, {"title": title, "paper": happening.key.split("/")[0]})
            for arrival in arrivals[arrived:]:
                self.tell(arrival.channel, {"title": arrival.title})
            if happened < planned == len(happenings):
                self.tell("quiet", {"seconds": round(end - time.monotonic())})
            happened, arrived = len(happenings), len(arrivals)
            time.sleep(POLL)

    def _check(self, daemon: subprocess.Popen[bytes]) -> None:
        if daemon.poll() is not None:
            raise WorkError("demo_daemon", f"the daemon ended by itself ({daemon.returncode}); see {self._log()}")

    def _log(self) -> Path:
        return self.folder / "daemon.log"


def stop_daemon(daemon: subprocess.Popen[bytes]) -> None:
    """End the daemon as a service manager would: TERM, and KILL if it does not leave."""
    if daemon.poll() is None:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(STOP)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()


def verdict_of(stage: Stage, seconds: float) -> Verdict:
    """Judge a stage whose daemon has ended, after `seconds`."""
    log = stage.newsroom.log()
    return judge(
        expected(stage.press, log, log.now - TAIL),
        read_kept(stage.database),
        stage.receivers.arrivals,
        outlets=len(stage.press.papers),
        published=sum(happening.kind == "published" for happening in log.happenings),
        seconds=seconds,
    )
