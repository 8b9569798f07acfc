import sqlite3
from datetime import timedelta

import pytest

from storage.database import Database
from storage.runs import Run, RunStore
from tests.storage.made import NOON

HOUR = timedelta(hours=1)


def test_a_run_is_seen_from_its_start_to_its_end(db: Database) -> None:
    store = RunStore(db)
    store.begin("r1", "baosonghau", "round", NOON)
    started = Run("r1", "baosonghau", "round", NOON, None, None, {}, ())
    assert store.unfinished() == [store.last("baosonghau")] == [started]
    problem = {"code": "tls", "url": "https://baosonghau.example/", "detail": "hết hạn"}
    store.end("r1", "finished", {"new": 3}, [problem], NOON + HOUR)
    ended = Run("r1", "baosonghau", "round", NOON, NOON + HOUR, "finished", {"new": 3}, (problem,))
    assert store.get("r1") == ended
    assert store.unfinished() == []


def test_the_first_end_holds(db: Database) -> None:
    store = RunStore(db)
    store.begin("r1", "baosonghau", "round", NOON)
    store.end("r1", "finished", {"new": 3}, [], NOON + HOUR)
    store.end("r1", "killed", {}, [], NOON + 2 * HOUR)
    run = store.get("r1")
    assert run is not None
    assert (run.outcome, run.stats) == ("finished", {"new": 3})


def test_the_last_run_is_the_one_that_started_last(db: Database) -> None:
    store = RunStore(db)
    for number, (outlet, hours) in enumerate([("a", 0), ("b", 2), ("a", 3), ("a", 1)]):
        store.begin(f"r{number}", outlet, "round", NOON + hours * HOUR)
    assert {outlet: run.id for outlet, run in store.last_by_outlet().items()} == {"a": "r2", "b": "r1"}
    assert [run.id for run in store.recent(3)] == ["r2", "r1", "r3"]
    last = store.last("a")
    assert last is not None
    assert last.id == "r2"
    assert store.last("c") is None
    assert store.get("r9") is None


def test_a_run_id_is_used_once(db: Database) -> None:
    store = RunStore(db)
    store.begin("r1", "a", "round", NOON)
    with pytest.raises(sqlite3.IntegrityError):
        store.begin("r1", "b", "round", NOON)
