import multiprocessing
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import WorkError
from storage.database import FILE_NAME, Database

SPAWN = multiprocessing.get_context("spawn")


def add_host(db: Database, name: str) -> None:
    with db.write() as connection:
        connection.execute("INSERT INTO hosts (host) VALUES (?)", [name])


def hosts(db: Database) -> list[str]:
    return [row["host"] for row in db.rows("SELECT host FROM hosts ORDER BY host")]


def test_every_connection_has_its_pragmas(db: Database) -> None:
    values = {name: db.rows(f"PRAGMA {name}")[0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert [next(iter(row.values())) for row in values.values()] == ["wal", 2, 1]
    assert db.rows("PRAGMA busy_timeout")[0]["timeout"] == 120_000
    assert db.path.parent.stat().st_mode & 0o777 == 0o700
    assert db.quick_check() == "ok"


def test_an_error_takes_everything_back(db: Database) -> None:
    with pytest.raises(RuntimeError), db.write() as connection:
        connection.execute("INSERT INTO hosts (host) VALUES ('a')")
        raise RuntimeError
    assert hosts(db) == []
    add_host(db, "b")
    assert hosts(db) == ["b"]


def test_inner_blocks_join_the_outer_one(db: Database) -> None:
    with pytest.raises(RuntimeError), db.write():
        add_host(db, "a")
        add_host(db, "b")
        raise RuntimeError
    assert hosts(db) == []


def test_a_failed_inner_block_leaves_nothing_although_the_outer_one_goes_on(db: Database) -> None:
    with db.write():
        add_host(db, "a")
        with pytest.raises(RuntimeError), db.write():
            add_host(db, "b")
            with db.write():
                add_host(db, "c")
            raise RuntimeError
        with pytest.raises(sqlite3.IntegrityError):
            add_host(db, "a")
        add_host(db, "d")
    assert hosts(db) == ["a", "d"]


def test_a_row_is_there_or_none(db: Database) -> None:
    assert db.row("SELECT 1 AS one") == {"one": 1}
    assert db.row("SELECT 1 AS one WHERE 0") is None


def test_our_own_mistakes_are_told_as_they_are(db: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        db.rows("SELECT * FROM nowhere")


def write_many(folder: Path, name: str, number: int) -> None:
    db = Database.open(folder)
    for count in range(number):
        with db.write() as connection:  # a read first: with a deferred begin this loses writers at once
            connection.execute("SELECT COUNT(*) FROM hosts").fetchone()
            connection.execute("INSERT INTO hosts (host) VALUES (?)", [f"{name}-{count}"])
    db.close()


def test_writers_of_several_processes_all_get_through_also_at_the_very_first_opening(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    writers = [SPAWN.Process(target=write_many, args=(folder, f"w{n}", 40)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    db = Database.open(folder)
    assert len(hosts(db)) == 120
    db.close()


def test_a_lock_that_lasts_is_told_and_heals(db: Database) -> None:
    other = Database.open(db.path.parent, busy_timeout=0.05)
    with db.write():
        with pytest.raises(WorkError) as caught:
            add_host(other, "a")
        assert (caught.value.code, caught.value.retry) == ("database_locked", True)
        assert hosts(other) == []  # readers go on
    add_host(other, "a")
    other.close()
    assert hosts(db) == ["a"]


def test_a_full_disk_is_told_loses_nothing_and_heals(db: Database) -> None:
    add_host(db, "before")
    pages = db.rows("PRAGMA page_count")[0]["page_count"]
    db.rows(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(WorkError) as caught, db.write() as connection:
        for count in range(100):
            connection.execute("INSERT INTO hosts (host, robots_body) VALUES (?, ?)", [f"h{count}", b"x" * 4000])
    assert (caught.value.code, caught.value.retry) == ("disk_full", True)
    assert hosts(db) == ["before"]
    assert db.quick_check() == "ok"
    db.rows("PRAGMA max_page_count = 1000000")
    add_host(db, "after")
    assert hosts(db) == ["after", "before"]


def test_a_transaction_that_sqlite_took_back_is_never_said_to_be_committed(db: Database) -> None:
    with pytest.raises(WorkError) as caught, db.write() as connection:
        connection.execute("INSERT INTO hosts (host) VALUES ('a')")
        connection.execute("ROLLBACK")  # as SQLite does by itself on some errors
    assert caught.value.code == "disk_full"
    add_host(db, "b")
    assert hosts(db) == ["b"]


def fill_until_refused(folder: Path) -> None:
    """Write under a file size limit until it is refused; exits with 7 if that was told right."""
    db = Database.open(folder)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    count = 0
    try:
        while count < 1000:
            with db.write() as connection:
                connection.execute("INSERT INTO hosts (host, robots_body) VALUES (?, ?)", [f"h{count}", b"x" * 9000])
                connection.execute("INSERT INTO hosts (host) VALUES (?)", [f"pair{count}"])
            count += 1
    except WorkError as error:
        os._exit(7 if error.code == "disk_full" else 8)


def test_a_file_size_limit_tears_no_pair(tmp_path: Path) -> None:
    writer = SPAWN.Process(target=fill_until_refused, args=(tmp_path,))
    writer.start()
    writer.join(60)
    assert writer.exitcode == 7
    db = Database.open(tmp_path)
    assert db.quick_check() == "ok"
    names = hosts(db)
    assert len(names) > 20
    assert len([n for n in names if n.startswith("pair")]) * 2 == len(names)
    add_host(db, "again")
    db.close()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda tmp: (tmp / "file").write_text("x") and tmp / "file", "data_unreadable"),
        (lambda tmp: (tmp / "file").write_text("x") and tmp / "file" / "below", "data_unreadable"),
        (lambda tmp: Path("/proc/tintinh"), "data_unreadable"),
        (lambda tmp: (tmp / "d" / FILE_NAME).mkdir(parents=True) or tmp / "d", "data_unreadable"),
    ],
)
def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    with pytest.raises(WorkError) as caught:
        Database.open(make(tmp_path))
    assert caught.value.code == code
    assert caught.value.hint


def test_a_folder_without_a_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkError) as caught:
        Database.open(tmp_path / "none", create=False)
    assert caught.value.code == "no_data"
    assert not (tmp_path / "none").exists()


def test_a_read_only_database_is_told(db: Database) -> None:
    add_host(db, "a")
    db._connection.execute("PRAGMA query_only = 1")  # what SQLite says on a read-only file system; holds for root, too
    with pytest.raises(WorkError) as caught:
        add_host(db, "b")
    assert caught.value.code == "data_read_only"
    assert hosts(db) == ["a"]


def open_as_nobody(folder: Path) -> None:
    """Open the database as a user who may not write there; exits with 7 if that was told right."""
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        Database.open(folder)
    except WorkError as error:
        os._exit(7 if error.code == "data_read_only" else 8)


def test_a_folder_that_became_read_only_is_told() -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which only its owner may enter
        folder = Path(name)
        Database.open(folder).close()
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        reader = SPAWN.Process(target=open_as_nobody, args=(folder,))
        reader.start()
        reader.join(60)
        folder.chmod(0o755)
        assert reader.exitcode == 7


@pytest.mark.parametrize(
    "content", [b"not a database at all, just text" * 200, b"SQLite format 3\x00" + b"\xff" * 4080]
)
def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(WorkError) as caught:
        Database.open(tmp_path)
    assert caught.value.code == "database_corrupt"
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_damaged_page_is_told(tmp_path: Path) -> None:
    db = Database.open(tmp_path)
    with db.write() as connection:
        for count in range(200):
            connection.execute("INSERT INTO hosts (host, robots_body) VALUES (?, ?)", [f"h{count}", b"x" * 500])
    db.checkpoint()
    (root,) = db.rows("SELECT rootpage FROM sqlite_master WHERE name = 'hosts'")
    db.close()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((root["rootpage"] - 1) * 4096)
        file.write(b"\x00" * 4096)
    db = Database.open(tmp_path)
    assert db.quick_check() != "ok"
    with pytest.raises(WorkError) as caught:
        add_host(db, "z")
    assert caught.value.code == "database_corrupt"
    db.close()


KILLED_WRITER = """
import os, sys
from pathlib import Path
from storage.database import Database
db = Database.open(Path(sys.argv[1]))
with db.write() as connection:
    connection.execute("INSERT INTO hosts (host) VALUES ('whole-1')")
    connection.execute("INSERT INTO hosts (host) VALUES ('whole-2')")
with db.write() as connection:
    connection.execute("INSERT INTO hosts (host) VALUES ('torn')")
    with db.write():
        connection.execute("INSERT INTO hosts (host, robots_body) VALUES ('torn-2', zeroblob(3000000))")
    os.kill(os.getpid(), 9)
"""


def test_a_kill_inside_a_transaction_leaves_the_last_commit(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WRITER, tmp_path], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    db = Database.open(tmp_path)
    assert hosts(db) == ["whole-1", "whole-2"]
    assert db.quick_check() == "ok"
    db.close()


def test_a_checkpoint_empties_the_journal(db: Database) -> None:
    add_host(db, "a")
    journal = db.path.with_name(FILE_NAME + "-wal")
    assert journal.stat().st_size > 0
    db.checkpoint()
    assert journal.stat().st_size == 0


def test_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "open-to-all"
    folder.mkdir(mode=0o755)
    database = Database.open(folder)  # it holds the secrets of webhooks
    with database.write() as connection:
        connection.execute("CREATE TABLE t (x)")
    assert {oct(path.stat().st_mode & 0o777) for path in folder.glob(f"{FILE_NAME}*")} == {"0o600"}
    database.close()
