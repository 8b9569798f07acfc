"""Plays the demo: newsroom and receivers here, the daemon as a child process, events told as they happen."""

from __future__ import annotations

import secrets
import signal
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from corpus.clock import now
from corpus.errors import WorkError
from samples.newsroom import Newsroom
from samples.outcome import expected
from samples.press import Press, load_press
from samples.schedule import plan
from storage.database import Database
from storage.runs import RunStore
from tintinh.config import Place
from tintinh.demo.kept import read_kept
from tintinh.demo.receivers import Receivers
from tintinh.demo.stage import fill_database, prepare_folder, write_files
from tintinh.demo.verdict import Verdict, judge
from tintinh.wiring import child_command

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
        prepare_folder(self.folder)
        with ExitStack() as stack:
            receivers = stack.enter_context(Receivers())
            newsroom = stack.enter_context(Newsroom(self.press, plan(self.press, self.seconds), hold=True))
            place = write_files(self.folder, self.press, newsroom.hosts(), receivers.mail_port, self.language)
            database = Database.open(place.data)
            stack.callback(database.close)
            secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
            fill_database(database, self.press, receivers.hook_url, secret, now)
            began = time.monotonic()
            daemon = _start_daemon(place, stack)
            self._until_first_round(daemon, database)
            newsroom.open()
            self.tell("opened", {"papers": len(self.press.papers)})
            self._watch(daemon, newsroom, receivers)
            _stop(daemon)
            log = newsroom.log()
            return judge(
                expected(self.press, log, log.now - TAIL),
                read_kept(database),
                receivers.arrivals,
                outlets=len(self.press.papers),
                published=sum(happening.kind == "published" for happening in log.happenings),
                seconds=time.monotonic() - began,
            )

    def _until_first_round(self, daemon: subprocess.Popen[bytes], database: Database) -> None:
        """Wait until every paper was read once: what is public before is baseline and stays silent."""
        wanted = {paper.slug for paper in self.press.papers}
        end = time.monotonic() + FIRST_ROUND
        while time.monotonic() < end:
            self._check(daemon)
            ended = {slug for slug, run in RunStore(database).last_by_outlet().items() if run.ended_at}
            if wanted <= ended:
                return
            time.sleep(POLL)
        raise WorkError("demo_daemon", f"no first round in {FIRST_ROUND:.0f} s; see {self.folder / 'daemon.log'}")

    def _watch(self, daemon: subprocess.Popen[bytes], newsroom: Newsroom, receivers: Receivers) -> None:
        end = time.monotonic() + self.seconds
        happened, arrived = len(newsroom.log().happenings), 0
        while time.monotonic() < end:
            self._check(daemon)
            happenings, arrivals = newsroom.log().happenings, list(receivers.arrivals)
            for happening in happenings[happened:]:
                title = self.press.article(happening.key).title
                self.tell(happening.kind, {"title": title, "paper": happening.key.split("/")[0]})
            for arrival in arrivals[arrived:]:
                self.tell(arrival.channel, {"title": arrival.title})
            happened, arrived = len(happenings), len(arrivals)
            time.sleep(POLL)

    def _check(self, daemon: subprocess.Popen[bytes]) -> None:
        if daemon.poll() is not None:
            raise WorkError(
                "demo_daemon", f"the daemon ended by itself ({daemon.returncode}); see {self.folder / 'daemon.log'}"
            )


def _start_daemon(place: Place, stack: ExitStack) -> subprocess.Popen[bytes]:
    log = stack.enter_context((place.data / "daemon.log").open("wb"))
    command = child_command("tintinh", place)
    daemon = subprocess.Popen([*command[:3], "run", *command[3:]], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    stack.callback(_stop, daemon)
    return daemon


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    if daemon.poll() is None:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(STOP)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
