"""The dispatcher killed at any moment: no alert is lost, and what is told again has the same id."""

import random
import signal
import subprocess
import sys
from collections import Counter

import pytest

from alerts.dispatcher import LEASE
from corpus.clock import now, stamp
from storage.database import Database
from storage.outbox import OutboxStore
from tests.alerts.stock import fill

CHILD = """
import asyncio, os, signal, sys
from datetime import timedelta
from pathlib import Path
from alerts.channels.base import Receipt
from alerts.dispatcher import Dispatcher
from corpus.clock import now
from storage.database import Database

folder, ahead, death = Path(sys.argv[1]), timedelta(seconds=float(sys.argv[2])), sys.argv[3]
db = Database.open(folder)

class Sink:
    async def deliver(self, alert):
        if death == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with open(folder / "told", "a") as told:
            told.write(alert.id + "\\n")
            told.flush()
            os.fsync(told.fileno())
        if death == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return Receipt(200)

async def in_database(work):
    await asyncio.sleep(0)
    return work(db)

async def main():
    dispatcher = Dispatcher(in_database, lambda kind, settings: Sink(), clock=lambda: now() + ahead, jitter=lambda: 0)
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    while await dispatcher.step(patience=None) is not None:
        await asyncio.sleep(0.01)

asyncio.run(main())
"""


class Scene:
    """Children one after the other, each behind the end of the leases of the one before."""

    def __init__(self, db, folder):
        self.outbox = OutboxStore(db)
        self.folder = folder
        self.ahead = 0.0
        with db.write() as connection:
            connection.execute("UPDATE outbox SET next_at = ?", [stamp(now())])

    def child(self, death="none", patience=60.0):
        """Run one; true if it had to be killed."""
        self.ahead += LEASE.total_seconds() + 5
        command = [sys.executable, "-c", CHILD, str(self.folder), str(self.ahead), death]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            try:
                child.wait(patience)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                return True
        return child.returncode == -signal.SIGKILL

    def told(self):
        path = self.folder / "told"
        return Counter(path.read_text().split()) if path.exists() else Counter()


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


def test_no_kill_loses_an_alert_and_a_repeat_has_the_same_id(db, tmp_path):
    total = 120
    fill(db, ("a", "b", "c"), articles=total // 3)
    scene, dice, kills = Scene(db, tmp_path), random.Random(11), 0
    for _ in range(6):
        kills += scene.child(patience=dice.uniform(0, 0.08))
    scene.child()
    assert kills > 0
    assert scene.outbox.counts() == {"due": 0, "delivered": total, "dead": 0}
    assert set(scene.told()) == {row.id for row in scene.outbox.listing(limit=total)}
    # One alert a channel is under way at any time: a kill repeats three at most.
    assert sum(scene.told().values()) - total <= 3 * kills


@pytest.mark.parametrize(("death", "times"), [("before", 1), ("after", 2)])
def test_a_kill_just_before_or_just_after_the_receivers_yes(db, tmp_path, death, times):
    fill(db)
    scene = Scene(db, tmp_path)
    assert scene.child(death)
    assert scene.outbox.counts()["due"] == 1
    assert not scene.child()
    assert list(scene.told().values()) == [times]
    assert scene.outbox.counts() == {"due": 0, "delivered": 1, "dead": 0}
