import asyncio
import sqlite3
import threading

import pytest

from corpus.errors import WorkError
from scheduler.database_thread import DatabaseThread
from storage.database import FILE_NAME, Database


def run(folder, main):
    async def whole():
        database = DatabaseThread(folder, busy_timeout=0.05, again_seconds=0.02)
        try:
            return await main(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def write_something(database):
    with database.write() as connection:
        connection.execute("INSERT INTO hosts (host) VALUES ('bao.vn')")
    return threading.current_thread().name


def test_all_work_is_done_in_one_other_thread(tmp_path):
    async def main(database):
        return {await database(lambda _: threading.current_thread().name) for _ in range(5)}

    (name,) = run(tmp_path, main)
    assert name.startswith("database")


def test_a_locked_database_is_told_and_until_done_comes_back(tmp_path, caplog):
    Database.open(tmp_path).close()
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)

    async def main(database):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WorkError) as told:
            await database(write_something)
        assert told.value.code == "database_locked"
        writing = asyncio.create_task(database.until_done(write_something, "a test"))
        while "database_later" not in caplog.text:
            await asyncio.sleep(0.01)
        other.execute("ROLLBACK")
        await writing
        return await database(lambda db: len(db.rows("SELECT host FROM hosts")))

    assert run(tmp_path, main) == 1
    other.close()


def test_until_done_gives_up_where_trying_again_cannot_help(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"this is no database, and it is long enough to be looked at" * 50)

    async def main(database):
        with pytest.raises(WorkError) as told:
            await database.until_done(write_something, "a test")
        return told.value.code

    assert run(tmp_path, main) == "database_corrupt"
