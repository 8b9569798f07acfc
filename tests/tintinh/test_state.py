"""What `doctor` finds on the alert path."""

from __future__ import annotations

import subprocess
import sys

import pytest

from storage.database import Database
from storage.intake import FAILURES, Backlog, IntakeStore
from storage.outbox import CHANNEL_REMOVED, OutboxStore
from storage.runs import RunStore
from tests.alerts.stock import NOON, article, fill, store
from tintinh.cli.session import Session
from tintinh.cli.status import doctor
from tintinh.config import Place, load_config
from tintinh.state import examine


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


def test_what_was_set_aside_is_tried_again_by_a_new_intake_process(db, tmp_path):
    fill(db)
    store(db, article("bao-mau:a:7"))
    row = IntakeStore(db).due()[0]
    for _ in range(FAILURES):
        IntakeStore(db).failed(row.id, "ValueError: x", NOON)
    assert IntakeStore(db).count().parked == 1
    command = [sys.executable, "-m", "tintinh.intake", "--data", str(tmp_path)]
    done = subprocess.run(command, input="\n", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert IntakeStore(db).count() == Backlog()


def codes(db, tmp_path):
    place = Place(tmp_path / "none.toml", tmp_path)
    return {finding.code for finding in examine(db, load_config(place, {}), place, {}, NOON)}


def test_a_query_that_cannot_be_read_any_more_is_a_problem(db, tmp_path):
    fill(db)
    assert "topic" not in codes(db, tmp_path)
    with db.write() as connection:
        connection.execute("UPDATE topics SET query = 'NOT'")
    assert "topic" in codes(db, tmp_path)


def test_a_failed_run_is_told_in_the_readers_language(db, tmp_path, capsys):
    runs = RunStore(db)
    runs.begin("r1", "baonghean", "round", NOON)
    runs.end("r1", "failed", {}, [{"code": "dns", "url": "https://a.example/", "detail": "a.example"}], NOON)
    session = Session(Place(tmp_path / "none.toml", tmp_path), "vi", False)
    assert doctor(session) == 1
    told = capsys.readouterr().out
    assert "không lấy được. Tên miền không có địa chỉ công khai. (a.example)" in told
    session.database.close()


@pytest.mark.parametrize(("error", "found"), [("smtp: no", True), (CHANNEL_REMOVED, False)])
def test_dead_letters_of_what_was_removed_are_nobodys_problem(db, tmp_path, error, found):
    fill(db)
    outbox = OutboxStore(db)
    outbox.dead(outbox.listing()[0].id, NOON, error)
    assert ("dead" in codes(db, tmp_path)) is found
