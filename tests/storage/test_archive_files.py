from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import WorkError
from storage.archive import ArchivedResponse
from storage.archive_files import ArchiveFile, archive_files, responses
from tests.storage.made import NOON
from tests.storage.test_archive import archive_in, keep


def test_files_are_listed_oldest_first_and_strangers_left_out(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    assert archive_files(archive.folder) == []
    keep(archive, fetched_at=NOON + timedelta(days=1))
    keep(archive, outlet="baoao")
    keep(archive)
    (archive.folder / "baoao" / "ghi-chu.warc.gz").write_bytes(b"x")
    (archive.folder / "baoao" / "baokhac-20260108.warc.gz").write_bytes(b"x")
    (archive.folder / "baoao" / "baoao-20261399.warc.gz").write_bytes(b"x")
    found = archive_files(archive.folder)
    assert [(file.outlet, file.day) for file in found] == [
        ("baoao", date(2026, 1, 8)),
        ("baosonghau", date(2026, 1, 8)),
        ("baosonghau", date(2026, 1, 9)),
    ]
    assert all((archive.folder / file.name).stat().st_size == file.size for file in found)
    assert [file.outlet for file in archive_files(archive.folder, "baoao")] == ["baoao"]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.binary(max_size=300), min_size=1, max_size=5), cut=st.integers(0, 400))
def test_what_was_written_is_read_and_a_torn_end_costs_only_itself(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], cut: int
) -> None:
    archive = archive_in(tmp_path_factory.mktemp("archive"))
    positions = [keep(archive, body) for body in bodies]
    (file,) = archive_files(archive.folder)
    read = list(responses(archive, file))
    assert [position for position, _ in read] == positions
    assert [response.body for _, response in read if isinstance(response, ArchivedResponse)] == bodies
    path = archive.folder / file.name
    path.write_bytes(path.read_bytes()[: max(0, file.size - cut)])
    whole = [position for position in positions if position.offset + position.length <= file.size - cut]
    read = list(responses(archive, file))
    assert [position for position, response in read if isinstance(response, ArchivedResponse)] == whole
    assert sum(isinstance(response, WorkError) for _, response in read) <= 1


def test_what_stands_behind_a_damaged_stretch_is_found_again(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    positions = [keep(archive, f"<p>Bài {number}</p>".encode()) for number in range(4)]
    (file,) = archive_files(archive.folder)
    path, second = archive.folder / file.name, positions[1]
    data = bytearray(path.read_bytes())
    data[second.offset : second.offset + second.length] = bytes(second.length)
    path.write_bytes(data)
    read = dict(responses(archive, file))
    damaged = [error.message for error in read.values() if isinstance(error, WorkError)]
    assert len(damaged) == 1 and str(path) in damaged[0] and f"byte {second.offset}" in damaged[0]
    assert [position for position in read if position in positions and position != second] == [
        positions[0], positions[2], positions[3],
    ]  # fmt: skip


def test_a_file_of_rubbish_is_told_and_a_folder_with_such_a_name_is_no_file(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    position = keep(archive)
    (archive.folder / position.file).write_bytes(b"\x1f\x8b\x08" + b"r" * 5000)
    (archive.folder / "baosonghau" / "baosonghau-20260102.warc.gz").mkdir()
    (file,) = archive_files(archive.folder)
    assert [isinstance(response, WorkError) for _, response in responses(archive, file)] == [True]


def test_a_second_file_of_a_day_comes_after_the_first(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    first = keep(archive)
    path = archive.folder / first.file
    path.write_bytes(path.read_bytes()[:-3])
    second = keep(archive_in(tmp_path), b"<p>Sau</p>")
    assert [(file.name, file.number) for file in archive_files(archive.folder)] == [(first.file, 0), (second.file, 1)]


def test_a_file_that_went_meanwhile_is_named(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    gone = ArchiveFile("baoao/baoao-20260108.warc.gz", "baoao", date(2026, 1, 8), 0, 1)
    with pytest.raises(WorkError, match="baoao-20260108"):
        list(responses(archive, gone))
