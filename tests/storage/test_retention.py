from datetime import timedelta
from pathlib import Path

import pytest

from corpus.errors import WorkError
from corpus.record import ArchivePosition
from storage.articles import ArticleStore
from storage.database import Database
from storage.links import LinkStore
from storage.retention import careful_now, outdated, prune_archive
from tests.storage.made import NOON, add_link, article
from tests.storage.test_archive import archive_in, keep

WEEK = timedelta(days=7)


def stored(db: Database, folder: Path, number: int, days_ago: int) -> ArchivePosition:
    """An article with a link, both pointing to a response of some days ago."""
    position = keep(archive_in(folder), fetched_at=NOON - timedelta(days=days_ago))
    ArticleStore(db).add(article(number, archive=position))
    link = add_link(db, f"https://baosonghau.example/tin/mua-vu-{number}.html")
    LinkStore(db).reject(link, reason="tag", detail="", rules_version="r1", archive=position)
    return position


def test_old_responses_go_and_articles_stay(db: Database, tmp_path: Path) -> None:
    stored(db, tmp_path, 1, days_ago=8)
    kept = stored(db, tmp_path, 2, days_ago=7)
    folder = tmp_path / "archive"
    going = outdated(folder, WEEK, NOON)
    pruned = prune_archive(db, folder, WEEK, NOON)
    assert (pruned.files, pruned.bytes) == (1, going[0].size)
    assert [path.name for path in folder.rglob("*.gz")] == [Path(kept.file).name]
    articles = ArticleStore(db)
    old, new = articles.get("baosonghau:a:1"), articles.get("baosonghau:a:2")
    assert old is not None and old.archive is None and old.text == article(1).text
    assert new is not None and new.archive == kept
    records = [
        row["archive"] for row in db.rows("SELECT json_extract(record, '$.archive.file') AS archive FROM versions")
    ]
    assert records == [None, kept.file]
    assert [row["archive_file"] for row in db.rows("SELECT archive_file FROM links ORDER BY id")] == [None, kept.file]
    assert prune_archive(db, folder, WEEK, NOON).files == 0


def test_a_clock_that_jumps_ahead_empties_no_archive(db: Database, tmp_path: Path) -> None:
    stored(db, tmp_path, 1, days_ago=0)
    stored(db, tmp_path, 2, days_ago=5)
    stored(db, tmp_path, 3, days_ago=9)
    folder, jumped = tmp_path / "archive", NOON + timedelta(days=3650)
    going = outdated(folder, WEEK, careful_now(folder, jumped))
    assert [file.day for file in going] == [(NOON - timedelta(days=9)).date()]
    assert careful_now(folder, NOON) == NOON and careful_now(tmp_path / "none", jumped) == jumped


def test_today_is_never_pruned_even_by_a_clock_set_back(db: Database, tmp_path: Path) -> None:
    stored(db, tmp_path, 1, days_ago=0)
    assert outdated(tmp_path / "archive", timedelta(), NOON) == []
    assert outdated(tmp_path / "archive", WEEK, NOON - timedelta(days=365)) == []


def test_no_row_points_to_a_file_that_is_gone_when_the_disk_refuses(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(db, tmp_path, 1, days_ago=30)

    def refused(self: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(WorkError) as caught:
        prune_archive(db, tmp_path / "archive", WEEK, NOON)
    assert caught.value.code == "archive_stuck" and "20251209" in caught.value.message
    monkeypatch.undo()
    found = ArticleStore(db).get("baosonghau:a:1")
    assert found is not None and found.archive is None
    assert prune_archive(db, tmp_path / "archive", WEEK, NOON).files == 1
