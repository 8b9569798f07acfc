"""Bad input on the command line: a clear message with the next step, the right exit code, nothing half-written."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import sqlite3
import subprocess
from pathlib import Path

import pytest

from storage.database import FILE_NAME, Database
from tests.end_to_end.conftest import COMMAND, Tintinh, environment

pytestmark = pytest.mark.end_to_end


def test_unknown_outlet(tintinh: Tintinh, tmp_path: Path) -> None:
    ran = tintinh("crawl", "baoquangnin", "--data", tmp_path / "d", "--json")
    assert ran.code == 2
    assert ran.error()["error"] == "unknown_outlet"
    assert "did you mean baoquangninh?" in ran.error()["message"]
    assert ran.out == ""


def test_bad_toml_names_the_file(tintinh: Tintinh, tmp_path: Path) -> None:
    file = tmp_path / "tintinh.toml"
    file.write_text("[crawl\n", encoding="utf-8")
    ran = tintinh("crawl", "--config", file, "--data", tmp_path / "d", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "config")
    assert str(file) in ran.error()["message"]


def test_a_bad_outlet_file_names_file_and_key(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "outlets").mkdir()
    bad = tmp_path / "outlets" / "baothu.toml"
    bad.write_text('name = "Báo Thử"\nstatus = "active"\nprovinces = "Nghệ An"\n', encoding="utf-8")
    (tmp_path / "tintinh.toml").write_text("", encoding="utf-8")
    ran = tintinh("outlets", "check", "--config", tmp_path / "tintinh.toml", "--json")
    (finding,) = [line for line in ran.lines() if line["code"] == "outlet_file"]
    assert (ran.code, finding["slug"]) == (1, "baothu")
    assert "baothu.toml" in finding["detail"]
    assert "provinces" in finding["detail"]


def test_a_bad_query_is_told_with_its_position(tintinh: Tintinh) -> None:
    ran = tintinh("topics", "test", '"đất đai" AND (', "--from", "-", "--json")
    assert ran.code == 2
    (value,) = ran.lines()
    assert value["error"] == "query"
    assert isinstance(value["position"], int)
    assert set(value) == {"error", "position", "message", "hint"}


def test_a_bad_query_adds_no_topic(tintinh: Tintinh, tmp_path: Path) -> None:
    ran = tintinh("topics", "add", "NOT mưa", "--data", tmp_path / "d")
    assert ran.code == 2
    assert "position 0" in ran.err
    assert tintinh("topics", "list", "--data", tmp_path / "d", "--json").out == ""


@pytest.mark.parametrize("verb", [("status",), ("articles", "list"), ("topics", "list")])
def test_a_file_where_the_data_folder_should_be(tintinh: Tintinh, tmp_path: Path, verb: tuple[str, ...]) -> None:
    (tmp_path / "d").write_text("", encoding="utf-8")
    ran = tintinh(*verb, "--data", tmp_path / "d", "--json")
    assert ran.code == 3
    assert ran.error()["error"] in ("data_unreadable", "no_data")
    assert str(tmp_path / "d") in ran.error()["message"]


def test_a_data_folder_that_nobody_can_write(tintinh: Tintinh) -> None:
    ran = tintinh("topics", "add", "mưa", "--data", "/proc/tintinh", "--json")
    assert ran.code == 3
    assert ran.error()["error"] in ("data_unreadable", "data_read_only")


def test_a_newer_database_is_refused(tintinh: Tintinh, tmp_path: Path) -> None:
    Database.open(tmp_path / "d").close()
    with sqlite3.connect(tmp_path / "d" / FILE_NAME) as connection:
        connection.execute("INSERT INTO _sqlite_migrations VALUES (99, 'tintinh', 'm9999_future', '2030-01-01')")
    connection.close()
    ran = tintinh("articles", "list", "--data", tmp_path / "d", "--json")
    assert (ran.code, ran.error()["error"]) == (3, "newer_database")


def test_a_damaged_database_is_told(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / FILE_NAME).write_bytes(b"no database at all " * 300)
    ran = tintinh("articles", "list", "--data", tmp_path / "d", "--json")
    assert (ran.code, ran.error()["error"]) == (3, "database_corrupt")


def test_a_second_daemon_refuses(tintinh: Tintinh, tmp_path: Path) -> None:
    file = tmp_path / "tintinh.toml"
    file.write_text('[crawl]\ncontact = "a@b.example"\n', encoding="utf-8")
    locks = tmp_path / "d" / "locks"
    locks.mkdir(parents=True)
    Database.open(tmp_path / "d").close()
    with (locks / "daemon.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(f"{os.getpid()} tintinh run")
        held.flush()
        ran = tintinh("run", "--config", file, "--data", tmp_path / "d")
    assert ran.code == 3
    assert "in use" in ran.err


def test_public_papers_are_not_asked_without_a_contact(tintinh: Tintinh, tmp_path: Path) -> None:
    for verb in (("run",), ("crawl", "baoquangninh"), ("recrawl", "https://baoquangninh.vn/a-1234567.html")):
        ran = tintinh(*verb, "--data", tmp_path / "d", "--json")
        assert (ran.code, ran.error()["error"]) == (2, "no_contact")


def test_a_url_of_no_known_outlet(tintinh: Tintinh, tmp_path: Path) -> None:
    ran = tintinh("recrawl", "https://khong-quen.example/a-1.html", "--data", tmp_path / "d", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "unknown_host")
    assert "outlets list" in ran.error()["message"]


def test_a_page_that_is_no_article(tintinh: Tintinh, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><head><title>Trang chủ</title></head><body><p>Chào</p></body></html>", encoding="utf-8")
    ran = tintinh("extract", "--json", page)
    assert ran.code == 1
    (value,) = ran.lines()
    assert set(value) == {"rejected", "detail"}


def test_options_that_contradict(tintinh: Tintinh) -> None:
    for verb in (("extract",), ("recrawl",), ("alerts", "replay"), ("crawl", "--nonsense"), ("nonsense",)):
        ran = tintinh(*verb, "--json")
        assert (ran.code, ran.error()["error"]) == (2, "usage"), verb


def test_errors_speak_vietnamese_where_the_system_does(tintinh: Tintinh) -> None:
    ran = tintinh("outlets", "show", "khongco", LANG="vi_VN.UTF-8")
    assert "Không có tờ báo này trong danh mục." in ran.err


def test_bad_lines_name_file_and_line(tintinh: Tintinh, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps({"title": "Mưa lớn"}) + "\nkhông phải JSON\n", encoding="utf-8")
    ran = tintinh("topics", "test", "mưa", "--from", file, "--json")
    assert ran.code == 2
    assert f"{file}, line 2" in ran.error()["message"]


def test_a_channel_in_use_stays(tintinh: Tintinh, tmp_path: Path) -> None:
    data = ("--data", tmp_path / "d")
    assert tintinh("channels", "add", "webhook", "hook", "--url", "https://a.example/h", *data).code == 0
    assert tintinh("topics", "add", '"mưa lớn"', "--channel", "hook", *data).out == "mua-lon\n"
    ran = tintinh("channels", "remove", "hook", "--json", *data)
    assert (ran.code, ran.error()["error"]) == (2, "channel_used")
    listed = tintinh("channels", "list", "--json", *data)
    assert "whsec_" not in listed.out + listed.err


NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
"""On its small disk Python would leave halves of bytecode files, which break whoever starts next."""


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    data = tmp_path / "d"
    database = Database.open(data)
    database.checkpoint()
    database.close()
    limit = 16384  # the journal may grow a little, then the "disk" is full

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [COMMAND, "topics", "add", "mưa " * 2400, "--slug", "dai", "--data", data, "--json"],
        capture_output=True, text=True, timeout=60, env=environment(tmp_path, **NO_BYTECODE), preexec_fn=small_disk,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["error"] in ("disk_full", "disk_error")
    database = Database.open(data)
    assert database.quick_check() == "ok"
    assert database.rows("SELECT * FROM topics") == []
    database.close()


@pytest.mark.parametrize("kept", [True, False])
def test_the_demo_on_a_full_disk_says_so(tmp_path: Path, kept: bool) -> None:
    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    command: list[str | Path] = [COMMAND, "demo", "--seconds", "30", "--json"]
    done = subprocess.run(
        [*command, *(["--data", str(tmp_path / "d")] if kept else [])],
        capture_output=True, text=True, timeout=60, env=environment(tmp_path, **NO_BYTECODE), preexec_fn=small_disk,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["error"] == "disk_full"


def test_doctor_tells_a_page_of_the_database_that_is_damaged(tintinh: Tintinh, tmp_path: Path) -> None:
    data = tmp_path / "d"
    database = Database.open(data)
    with database.write() as connection:
        for number in range(300):
            row = [f"chu-de-{number}", "Tên " * 50, "mưa", "[]", "2026-03-02T10:00:00+07:00"]
            connection.execute("INSERT INTO topics VALUES (?, ?, ?, ?, 3, 1, ?)", row)
    database.checkpoint()
    database.close()
    file = data / FILE_NAME
    content = bytearray(file.read_bytes())
    page = content.index("Tên Tên".encode()) // 4096
    content[page * 4096 : (page + 1) * 4096] = b"\x07" * 4096
    file.write_bytes(content)
    ran = tintinh("doctor", "--json", "--data", data)
    assert ran.code == 1, ran.err
    assert "database" in {finding["code"] for finding in ran.lines()}


def test_what_cannot_be_undone_wants_a_yes_where_nobody_can_be_asked(tintinh: Tintinh, tmp_path: Path) -> None:
    data = ("--data", tmp_path / "d")
    tintinh("topics", "add", "mưa", *data)
    ran = tintinh("topics", "remove", "mua", "--json", *data)
    assert (ran.code, ran.error()["error"]) == (2, "needs_yes")
    assert tintinh("topics", "remove", "mua", "--yes", "--json", *data).lines() == [{"removed": "mua"}]
    assert (tintinh("topics", "edit", "mua", "--json", *data)).code == 2
