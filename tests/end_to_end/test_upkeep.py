"""Backup, pruning, and articles rebuilt from the archive, by the installed command on the sample press."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from samples.press import CORE, load_press
from storage.archive import Archive, ArchivedResponse
from storage.archive_files import archive_files, responses
from storage.database import FILE_NAME, Database
from tests.end_to_end.conftest import COMMAND, Ran, Tintinh, environment
from tintinh.demo.stage import set_stage

pytestmark = pytest.mark.end_to_end


class House:
    """An installation with a crawled corpus of twelve articles; the press is off the air."""

    def __init__(self, run: Tintinh, config: Path, data: Path) -> None:
        self.run, self.config, self.data = run, config, data

    def __call__(self, *arguments: str | Path) -> Ran:
        return self.run(*arguments, "--config", self.config, "--data", self.data)

    def articles(self) -> list[dict[str, Any]]:
        return sorted(self("export", "--format", "jsonl").lines(), key=lambda article: article["id"])


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder after a crawl, configuration inside; made once, copied for each test."""
    folder = tmp_path_factory.mktemp("crawled")
    with set_stage(folder / "data", load_press(CORE), 30.0) as stage:
        command: list[str | Path] = [COMMAND, "crawl", "--config", stage.place.config_file, "--data", stage.place.data]
        subprocess.run(command, check=True, capture_output=True, timeout=120, env=environment(folder))
    return stage.place.data


@pytest.fixture
def house(tintinh: Tintinh, tmp_path: Path, crawled: Path) -> House:
    shutil.copytree(crawled, tmp_path / "data")
    made = House(tintinh, tmp_path / "data" / "tintinh.toml", tmp_path / "data")
    assert len(made.articles()) == 12
    return made


def test_a_lost_database_is_rebuilt_from_the_archive(house: House) -> None:
    before = house.articles()
    for path in house.data.glob(f"{FILE_NAME}*"):
        path.unlink()
    ran = house("reextract", "--rebuild", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.lines() == [{"new": 12, "changed": 0, "known": 0, "rejected": 0, "failed": []}]
    times = ("first_seen_at", "fetched_at")
    rebuilt = house.articles()
    assert [{**article, **dict.fromkeys(times)} for article in rebuilt] == [
        {**article, **dict.fromkeys(times), "story": None} for article in before
    ]
    again = house("reextract", "--rebuild", "--outlet", "baosonglinh", "--json")
    assert again.lines() == [{"new": 0, "changed": 0, "known": 3, "rejected": 0, "failed": []}]
    assert house("alerts", "list", "--json").out == ""


def test_a_rebuilt_corpus_has_the_versions_that_the_archive_has(house: House) -> None:
    archive = Archive(house.data / "archive", min_free_bytes=0)
    file = next(file for file in archive_files(archive.folder) if file.outlet == "baosonglinh")
    _, response = next(responses(archive, file))
    assert isinstance(response, ArchivedResponse)
    text = next(a["text"] for a in house.articles() if a["url"] == response.url)
    line = next(line for line in text.splitlines() if line.encode() in response.body)
    longer = response.body.replace(line.encode(), f"{line} Đoạn này do tòa soạn thêm vào buổi chiều.".encode())
    for days, body in ((1, longer), (2, response.body)):
        archive.write(
            outlet="baosonglinh",
            url=response.url,
            status=200,
            headers=response.headers,
            body=body,
            fetched_at=response.fetched_at.replace(year=response.fetched_at.year + days),
        )
    told = house("reextract", "--rebuild", "--outlet", "baosonglinh", "--json").lines()
    assert told == [{"new": 0, "changed": 2, "known": 3, "rejected": 0, "failed": []}]
    article = next(a for a in house.articles() if a["url"] == response.url)
    assert (article["version"], article["text"]) == (3, text)


def test_a_backup_is_a_data_folder_again(house: House, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    (house.data / "outlets" / "baocu.toml").symlink_to(tmp_path / "nothing.toml")
    ran = house("backup", target, "--with-archive", "--json")
    (house.data / "outlets" / "baocu.toml").unlink()
    assert ran.code == 0, ran.err
    assert ran.lines()[0]["bytes"] == target.stat().st_size
    with zipfile.ZipFile(target) as packed:
        packed.extractall(tmp_path / "back")
    before = house.articles()
    shutil.copytree(tmp_path / "back" / "data", tmp_path / "new")
    shutil.copy(tmp_path / "back" / FILE_NAME, tmp_path / "new" / FILE_NAME)
    moved = House(house.run, tmp_path / "back" / "config" / "tintinh.toml", tmp_path / "new")
    assert moved.articles() == before
    assert moved("reextract", *[a["id"] for a in before], "--json").lines()[0]["same"] == 12
    refused = house("backup", target, "--json")
    assert (refused.code, refused.error()["error"]) == (2, "cannot_write")


def test_pruning_takes_a_yes_and_leaves_articles(house: House) -> None:
    archive = Archive(house.data / "archive", min_free_bytes=0)
    file = archive_files(archive.folder)[0]
    _, response = next(responses(archive, file))
    assert isinstance(response, ArchivedResponse)
    old = response.fetched_at.replace(year=response.fetched_at.year - 2)
    archive.write(outlet=file.outlet, url=response.url, status=200, headers=(), body=b"x", fetched_at=old)
    unlimited = house("prune", "--json")
    assert (unlimited.code, unlimited.error()["error"]) == (2, "usage")
    assert house("prune", "--keep", "400d", "--dry-run", "--json").lines()[0]["files"] == 1
    refused = house("prune", "--keep", "400d", "--json")
    assert (refused.code, refused.error()["error"]) == (2, "needs_yes")
    done = house("prune", "--keep", "400d", "--yes", "--json")
    assert done.lines()[0] | {"bytes": 0} == {"files": 1, "bytes": 0, "removed": True}
    assert house("prune", "--keep", "400d", "--yes", "--json").lines()[0]["files"] == 0
    assert len(house.articles()) == 12
    assert house("prune", "--keep", "1h", "--json").error()["error"] == "option"


def test_a_mistyped_data_folder_is_not_backed_up(tintinh: Tintinh, tmp_path: Path) -> None:
    ran = tintinh("backup", tmp_path / "b.zip", "--data", tmp_path / "nothing", "--json")
    assert (ran.code, ran.error()["error"]) == (3, "no_data")
    assert not (tmp_path / "nothing").exists()


def test_what_the_fetch_said_of_a_page_outlives_an_extraction_anew(house: House) -> None:
    first = house.articles()[0]["id"]
    database = Database.open(house.data)
    with database.write() as connection:
        connection.execute("UPDATE articles SET flags = ? WHERE id = ?", ['["tls_unverified"]', first])
    database.close()
    assert house("reextract", first, "--json").lines() == [{"same": 1, "changed": 0, "failed": []}]
    assert "tls_unverified" in house.articles()[0]["flags"]


def test_foreign_records_in_the_archive_become_no_articles(house: House) -> None:
    archive = Archive(house.data / "archive", min_free_bytes=0)
    file = archive_files(archive.folder)[0]
    _, response = next(responses(archive, file))
    assert isinstance(response, ArchivedResponse)
    for url, status in (
        ("https://khac.example/bai-viet-1.html", 200),
        ("https://x/" + "a" * 9000, 200),
        (response.url, 404),
    ):
        archive.write(
            outlet=file.outlet, url=url, status=status, headers=response.headers, body=response.body,
            fetched_at=response.fetched_at.replace(year=response.fetched_at.year + 1),
        )  # fmt: skip
    told = house("reextract", "--rebuild", "--outlet", file.outlet, "--json")
    (figures,) = told.lines()
    assert (figures["new"], figures["changed"], figures["rejected"], len(figures["failed"])) == (0, 0, 1, 2)
    assert told.code == 1
