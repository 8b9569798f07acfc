import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import WorkError
from storage import migrations
from storage.database import FILE_NAME, Database
from storage.migrations import MIGRATIONS, applied_steps, known_steps


def test_a_new_database_has_every_step_and_a_second_opening_adds_none(tmp_path: Path) -> None:
    Database.open(tmp_path).close()
    before = (tmp_path / FILE_NAME).read_bytes()
    Database.open(tmp_path).close()
    assert (tmp_path / FILE_NAME).read_bytes() == before
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert sorted(applied_steps(connection)) == sorted(known_steps()) == sorted(set(known_steps()))
    connection.close()


def test_steps_keep_their_names_and_order() -> None:
    assert known_steps()[0] == "m0001_first"
    assert known_steps() == sorted(known_steps())


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    Database.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    with connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'm9999_later', 'x')",
            [MIGRATIONS.name],
        )
    connection.close()
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(WorkError) as caught:
        Database.open(tmp_path)
    assert caught.value.code == "newer_database"
    assert "m9999_later" in caught.value.message
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "_FIRST", migrations._FIRST + ";\nCREATE TABLE links (x);\n")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        Database.open(tmp_path)
    monkeypatch.undo()
    db = Database.open(tmp_path)
    assert db.rows("SELECT * FROM articles") == []
    db.close()


KILLED_IN_A_STEP = """
import os, sys
from pathlib import Path
from storage import migrations
from storage.database import Database
migrations._FIRST += ";\\nSELECT kill_now();\\n"
import sqlite_utils
apply = migrations.MIGRATIONS.apply
def apply_with_kill(db):
    db.conn.create_function("kill_now", 0, lambda: os.kill(os.getpid(), 9))
    apply(db)
migrations.MIGRATIONS.apply = apply_with_kill
Database.open(Path(sys.argv[1]))
"""


def test_a_kill_inside_a_step_leaves_none_of_it(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_IN_A_STEP, tmp_path], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    db = Database.open(tmp_path)
    assert db.quick_check() == "ok"
    db.close()
