"""What `doctor` finds on the alert path."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from crawler.outlet import Host, Outlet
from crawler.outlet_file import FileFault
from crawler.override_file import propose_host
from storage.archive import Archive
from storage.database import Database
from storage.hosts import HostStore, RobotsCopy
from storage.intake import FAILURES, Backlog, IntakeStore
from storage.outbox import CHANNEL_REMOVED, OutboxStore
from storage.outlets import OutletState, OutletStore
from storage.runs import RunStore
from storage.sources import SourceState, SourceStore
from tests.alerts.stock import NOON, article, fill, store
from tintinh.cli.session import Session
from tintinh.cli.status import doctor
from tintinh.config import Place, load_config
from tintinh.messages import speaker
from tintinh.state import examine, examine_without_data


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


def codes(db, tmp_path, outlets=(), faults=()):
    place = Place(tmp_path / "none.toml", tmp_path)
    found = examine(db, load_config(place, {}), place, {o.slug: o for o in outlets}, NOON, faults)
    return {finding.code for finding in found}


def paper(status="active", **more):
    return Outlet("baothu", "Báo Thử", status, None, (Host("thu.example"),), "https://thu.example/", **more)


def test_a_merged_paper_that_came_back_is_a_problem_until_the_user_calls_it_active(db, tmp_path):
    OutletStore(db).save(OutletState("baothu", returned_at=NOON))
    assert "came_back" in codes(db, tmp_path, [paper("merged", successor="baokhac")])
    assert "came_back" not in codes(db, tmp_path, [paper()])


def test_a_proposed_host_and_a_broken_file_are_told(db, tmp_path):
    fault = FileFault(tmp_path / "outlets" / "baothu.toml", "tsl", "unknown key")
    found = codes(db, tmp_path, [paper(proposed_hosts=("moi.example",))], [fault])
    assert found >= {"proposed_host", "outlet_file"}


def test_rows_that_point_to_an_archive_file_that_is_gone(db, tmp_path):
    kept = Archive(tmp_path / "archive", min_free_bytes=0).write(
        outlet="baothu", url="https://thu.example/a", status=200, headers=(), body=b"a", fetched_at=NOON
    )
    assert kept is not None
    store(db, article("bao-mau:a:7").with_(archive=kept))
    assert "archive_missing" not in codes(db, tmp_path)
    (tmp_path / "archive" / kept.file).unlink()
    assert "archive_missing" in codes(db, tmp_path)


@pytest.mark.parametrize(("days_later", "lost"), [(None, True), (0, False), (1, True)])
def test_an_archive_from_before_the_database_to_which_no_row_points_is_a_lost_database(db, tmp_path, days_later, lost):
    assert "database_lost" not in codes(db, tmp_path)
    kept = Archive(tmp_path / "archive", min_free_bytes=0).write(
        outlet="baothu", url="https://thu.example/a", status=200, headers=(), body=b"a", fetched_at=NOON
    )
    if days_later is not None:
        RunStore(db).begin("r1", "baothu", "round", NOON + timedelta(days=days_later))
    assert ("database_lost" in codes(db, tmp_path)) is lost
    store(db, article("bao-mau:a:7").with_(archive=kept))  # as a rebuilding does
    assert "database_lost" not in codes(db, tmp_path)


def test_a_database_that_is_not_there_beside_an_archive_is_lost_too(tmp_path):
    place = Place(tmp_path / "none.toml", tmp_path)
    assert next(f.code for f in examine_without_data(load_config(place, {}), place, ())) == "no_data"
    (tmp_path / "archive" / "baothu").mkdir(parents=True)
    (tmp_path / "archive" / "baothu" / "baothu-20260302.warc.gz").write_bytes(b"")
    assert next(f.code for f in examine_without_data(load_config(place, {}), place, ())) == "database_lost"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"last_complete_at": NOON - timedelta(hours=2)}, False),
        ({"last_complete_at": NOON - timedelta(hours=25)}, True),
        ({"error": "empty_listing"}, True),
        ({"failures": 2}, False),
        ({"failures": 3}, True),
    ],
)
def test_runs_that_read_no_source_to_its_end(db, tmp_path, state, told):
    runs = RunStore(db)
    runs.begin("r1", "baothu", "round", NOON)
    runs.end("r1", "finished", {}, [], NOON)
    runs.begin("r2", "baothu", "probe", NOON + timedelta(minutes=1))  # a trial is no round
    SourceStore(db).save(SourceState("baothu", "https://thu.example/", "section", **state))
    assert ("no_read" in codes(db, tmp_path, [paper()])) is told


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
    assert "không thu thập được. Tên miền không có địa chỉ công khai. (a.example)" in told
    session.database.close()


@pytest.mark.parametrize(("error", "found"), [("smtp: no", True), (CHANNEL_REMOVED, False)])
def test_dead_letters_of_what_was_removed_are_nobodys_problem(db, tmp_path, error, found):
    fill(db)
    outbox = OutboxStore(db)
    outbox.dead(outbox.listing()[0].id, NOON, error)
    assert ("dead" in codes(db, tmp_path)) is found


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_finding_has_its_words(db, tmp_path, capsys, language):
    OutletStore(db).save(OutletState("baoapbac", returned_at=NOON))
    HostStore(db).save_robots(RobotsCopy("thu.example", state="unreachable", failing_since=NOON, cause="dns no name"))
    runs = RunStore(db)
    runs.begin("r1", "baonghean", "round", NOON)
    runs.end("r1", "finished", {}, [], NOON)
    SourceStore(db).save(SourceState("baonghean", "https://baonghean.vn/", "section", error="empty_listing"))
    propose_host(tmp_path / "overrides", "sggp", "moi.example", "https://www.sggp.org.vn/", NOON.date())
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "hanoimoi.toml").write_text("tsl = 1\n", encoding="utf-8")
    (tmp_path / "archive" / "baothu").mkdir(parents=True)
    (tmp_path / "archive" / "baothu" / "baothu-20260301.warc.gz").write_bytes(b"")
    session = Session(Place(tmp_path / "tintinh.toml", tmp_path), language, True)
    assert doctor(session) == 1
    session.close()
    found = {line["code"]: line["message"] for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert set(found) >= {"came_back", "robots", "no_read", "proposed_host", "outlet_file", "database_lost", "contact"}
    assert speaker(language)("problem.dns") + " (no name)" in found["robots"]
    assert "2026-03-02 " in found["came_back"]
