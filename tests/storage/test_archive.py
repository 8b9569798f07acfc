import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from corpus.errors import WorkError
from corpus.record import ArchivePosition
from storage.archive import Archive
from tests.storage.made import NOON

URL = "https://baosonghau.example/tin/mua-vu-1.html"
HTML = "<p>Đất đai</p>".encode()


def archive_in(folder: Path, **options: Any) -> Archive:
    return Archive(folder / "archive", **{"min_free_bytes": 0, **options})


def keep(archive: Archive, body: bytes = HTML, **changes: Any) -> ArchivePosition:
    values: dict[str, Any] = {
        "outlet": "baosonghau",
        "url": URL,
        "status": 200,
        "headers": [("Content-Type", "text/html; charset=utf-8")],
        "fetched_at": NOON,
    }
    position = archive.write(body=body, **{**values, **changes})
    assert position is not None
    return position


def bodies(path: Path) -> list[bytes]:
    """All whole response bodies of a file, as another program reads it."""
    found = []
    with path.open("rb") as file:
        records = iter(ArchiveIterator(file, check_digests="raise"))
        while (record := next(records, None)) is not None:
            if record.rec_type == "response":
                found.append(record.content_stream().read())
    return found


def test_a_response_comes_back_as_it_was(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    headers = [("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Empty", "")]
    position = keep(archive, headers=headers, status=404)
    assert position.file == "baosonghau/baosonghau-20260108.warc.gz"
    read = archive.read(position)
    assert (read.url, read.status, read.body, read.fetched_at) == (URL, 404, HTML, NOON)
    assert read.headers == (*headers, ("Content-Length", str(len(HTML))))


def test_a_decoded_body_is_kept_with_headers_that_fit_it(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    wire = [("Content-Encoding", "gzip"), ("transfer-encoding", "chunked"), ("Content-Length", "7")]
    position = keep(archive, headers=wire)
    assert archive.read(position).headers == (
        ("X-Archive-Orig-Content-Encoding", "gzip"),
        ("X-Archive-Orig-transfer-encoding", "chunked"),
        ("X-Archive-Orig-Content-Length", "7"),
        ("Content-Length", str(len(HTML))),
    )
    assert bodies(archive.folder / position.file) == [HTML]


def test_one_file_per_outlet_and_day_in_hanoi(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    files = [
        keep(archive).file,
        keep(archive, b"2").file,
        keep(archive, fetched_at=NOON + timedelta(hours=12)).file,
        keep(archive, outlet="baokhac").file,
    ]
    assert files == [
        "baosonghau/baosonghau-20260108.warc.gz",
        "baosonghau/baosonghau-20260108.warc.gz",
        "baosonghau/baosonghau-20260109.warc.gz",
        "baokhac/baokhac-20260108.warc.gz",
    ]
    assert bodies(archive.folder / files[0]) == [HTML, b"2"]


def test_writers_one_after_the_other_go_on_in_one_file(tmp_path: Path) -> None:
    first, second = archive_in(tmp_path), archive_in(tmp_path)
    positions = [keep(archive, bytes([n])) for n, archive in enumerate([first, second, first, second])]
    assert {position.file for position in positions} == {"baosonghau/baosonghau-20260108.warc.gz"}
    assert [first.read(position).body for position in positions] == [b"\x00", b"\x01", b"\x02", b"\x03"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=3000),
    headers=st.lists(st.tuples(st.text(max_size=12), st.text(st.characters(), max_size=30)), max_size=4),
    status=st.integers(100, 999),
    path=st.text(st.characters(), max_size=30),
)
def test_any_response_is_kept_byte_for_byte(
    tmp_path: Path, body: bytes, headers: Sequence[tuple[str, str]], status: int, path: str
) -> None:
    archive = archive_in(tmp_path)
    read = archive.read(keep(archive, body, headers=headers, status=status, url=f"https://a.example/{path}"))
    assert (read.body, read.status) == (body, status)


@pytest.mark.parametrize("cut", [1, 8, 60, 200])
def test_a_file_cut_short_still_gives_its_earlier_records(tmp_path: Path, cut: int) -> None:
    archive = archive_in(tmp_path)
    positions = [keep(archive, os.urandom(300)) for _ in range(5)]
    wanted = [archive.read(position).body for position in positions[:4]]
    path = archive.folder / positions[0].file
    os.truncate(path, path.stat().st_size - cut)
    assert [archive.read(position).body for position in positions[:4]] == wanted
    with pytest.raises(WorkError) as caught:
        archive.read(positions[4])
    assert caught.value.code == "archive_damaged"
    # what is written next is safe beside it, whoever writes
    for writer in (archive, archive_in(tmp_path)):
        position = keep(writer, b"next")
        assert position.file == "baosonghau/baosonghau-20260108-1.warc.gz"
        assert writer.read(position).body == b"next"
    assert bodies(archive.folder / "baosonghau/baosonghau-20260108-1.warc.gz") == [b"next", b"next"]


def test_too_little_room_archives_nothing(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, min_free_bytes=1 << 60)
    assert not archive.has_room()
    written = archive.write(outlet="a", url=URL, status=200, headers=[], body=b"", fetched_at=NOON)
    assert written is None
    assert list(archive.folder.iterdir()) == []


def test_a_disk_that_runs_full_leaves_no_trace_and_heals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = archive_in(tmp_path)
    first = keep(archive)
    write = os.write

    def write_a_part(file: int, data: bytes) -> int:
        if len(data) < 50:
            raise OSError(28, "No space left on device")
        return write(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", write_a_part)
    full = archive.write(outlet="baosonghau", url=URL, status=200, headers=[], body=HTML, fetched_at=NOON)
    monkeypatch.undo()
    assert full is None
    assert (archive.folder / first.file).stat().st_size == first.offset + first.length
    last = keep(archive, b"again")
    assert (last.file, archive.read(last).body) == (first.file, b"again")


def test_a_record_is_flushed_before_its_position_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = list[int]()
    fsync = os.fsync

    def watched(file: int) -> None:
        fsync(file)
        flushed.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fsync", watched)
    position = keep(archive_in(tmp_path))
    assert position.offset + position.length in flushed


KILLED_WRITER = """
import os, sys
from pathlib import Path
from tests.storage.test_archive import archive_in, keep
archive = archive_in(Path(sys.argv[1]))
for number in range(3):
    print(keep(archive, b"x" * number).offset, flush=True)
write = os.write
def write_half_and_die(file, data):
    write(file, data[:len(data) // 2])
    os.kill(os.getpid(), 9)
os.write = write_half_and_die
keep(archive, b"torn")
"""


def test_a_kill_in_a_write_loses_no_earlier_record(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WRITER, tmp_path], stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == -9
    assert len(done.stdout.split()) == 3
    archive = archive_in(tmp_path)
    position = keep(archive, b"after")
    assert archive.read(position).body == b"after"
    assert bodies(archive.folder / "baosonghau/baosonghau-20260108.warc.gz")[:3] == [b"", b"x", b"xx"]


@pytest.mark.parametrize(
    ("position", "code"),
    [
        (ArchivePosition("baosonghau/none.warc.gz", 0, 10), "archive_missing"),
        (ArchivePosition("../../etc/passwd", 0, 10), "archive_missing"),
        (ArchivePosition("/etc/passwd", 0, 10), "archive_missing"),
        (ArchivePosition("baosonghau/baosonghau-20260108.warc.gz", 0, 10), "archive_damaged"),
        (ArchivePosition("baosonghau/baosonghau-20260108.warc.gz", 3, 500), "archive_damaged"),
        (ArchivePosition("baosonghau/baosonghau-20260108.warc.gz", 10**9, 5), "archive_damaged"),
    ],
)
def test_a_position_where_nothing_lies_is_told(tmp_path: Path, position: ArchivePosition, code: str) -> None:
    archive = archive_in(tmp_path)
    keep(archive)
    with pytest.raises(WorkError) as caught:
        archive.read(position)
    assert caught.value.code == code


def test_the_record_that_opens_a_file_is_no_response(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    first = keep(archive)
    with pytest.raises(WorkError, match="warcinfo"):
        archive.read(ArchivePosition(first.file, 0, first.offset))


def test_a_flipped_byte_is_told(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    position = keep(archive, os.urandom(500))
    with (archive.folder / position.file).open("r+b") as file:
        file.seek(position.offset + position.length - 100)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(WorkError) as caught:
        archive.read(position)
    assert caught.value.code == "archive_damaged"


@pytest.mark.parametrize("slug", ["", "..", "a/b", "Bao", "a" * 41])
def test_only_slugs_name_files(tmp_path: Path, slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        keep(archive_in(tmp_path), outlet=slug)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("x")
    with pytest.raises(WorkError) as caught:
        keep(archive_in(tmp_path))
    assert caught.value.code == "data_unreadable"


def test_an_archive_that_somebody_deletes_is_begun_anew(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    shutil.rmtree(tmp_path / "archive" / Path(keep(archive).file).parent)
    assert archive.read(keep(archive)).body == HTML


def test_a_file_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    archive = archive_in(tmp_path)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "baosonghau").write_text("")
    with pytest.raises(WorkError) as refused:
        keep(archive)
    assert refused.value.code == "data_unreadable"
