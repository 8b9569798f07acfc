import json
import os
import sqlite3
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import UsageError, WorkError
from storage.articles import ArticleStore
from storage.backup import MANIFEST, write_backup
from storage.database import FILE_NAME, Database
from tests.storage.made import NOON, article


def saved(db: Database, target: Path, **others: Path) -> int:
    return write_backup(target, db.path, others, now=NOON, version="0.1.0")


def test_a_backup_taken_in_mid_work_opens_as_a_data_folder(db: Database, tmp_path: Path) -> None:
    ArticleStore(db).add(article(1))
    extra = tmp_path / "baoao.toml"
    extra.write_text("tls = 'unverified'\n")
    with db.write():
        ArticleStore(db).add(article(2))  # not committed: not in the backup
        size = write_backup(tmp_path / "b.zip", db.path, {"config/baoao.toml": extra}, now=NOON, version="0.1.0")
    assert size == (tmp_path / "b.zip").stat().st_size
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert sorted(packed.namelist()) == [MANIFEST, "config/baoao.toml", FILE_NAME]
        assert packed.getinfo(FILE_NAME).external_attr >> 16 & 0o777 == 0o600
        manifest = json.loads(packed.read(MANIFEST))
        packed.extractall(tmp_path / "back")
    assert (manifest["articles"], manifest["version"], manifest["made_at"]) == (1, "0.1.0", "2026-01-08T12:00:00+07:00")
    again = Database.open(tmp_path / "back", create=False)
    assert [row["id"] for row in again.rows("SELECT id FROM articles")] == ["baosonghau:a:1"]
    assert again.quick_check() == "ok"
    again.close()
    assert not list(tmp_path.glob(".tintinh-backup-*"))


def test_a_file_from_before_the_clock_was_set_is_kept_too(db: Database, tmp_path: Path) -> None:
    extra = tmp_path / "baoao.toml"
    extra.write_text("tls = 'unverified'\n")
    os.utime(extra, (0, 0))  # ZIP knows no year before 1980
    write_backup(tmp_path / "b.zip", db.path, {"config/baoao.toml": extra}, now=NOON, version="0.1.0")
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert packed.read("config/baoao.toml") == extra.read_bytes()


def test_nothing_is_overwritten(db: Database, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    target.write_text("older")
    with pytest.raises(UsageError) as caught:
        saved(db, target)
    assert caught.value.code == "cannot_write" and str(target) in caught.value.message
    assert target.read_text() == "older"


def test_a_folder_that_is_not_there_is_named(db: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nirgendwo"):
        saved(db, tmp_path / "nirgendwo" / "b.zip")


def test_a_damaged_database_makes_no_backup(db: Database, tmp_path: Path) -> None:
    for number in range(40):
        ArticleStore(db).add(article(number))
    db.checkpoint()
    with closing(sqlite3.connect(db.path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    data = bytearray(db.path.read_bytes())
    data[3 * size : 20 * size] = bytes(17 * size)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(data)
    with pytest.raises(WorkError) as caught:
        write_backup(tmp_path / "b.zip", damaged, {}, now=NOON, version="0.1.0")
    assert caught.value.code == "database_corrupt"
    assert not (tmp_path / "b.zip").exists()
    assert not list(tmp_path.glob(".tintinh-backup-*"))
