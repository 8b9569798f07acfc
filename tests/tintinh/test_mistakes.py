"""Mistakes of a person at the keyboard: told with the next step, and nothing is made or harmed."""

from __future__ import annotations

from pathlib import Path

import pytest

import tintinh.cli.demo
from tests.tintinh.commands import Here, command_here

__all__ = ["command_here"]

READING = [
    ("status",), ("articles", "list"), ("articles", "show", "x"), ("search", "mưa"), ("export",), ("topics", "list"),
    ("topics", "test", "mưa"), ("topics", "remove", "x", "--yes"), ("channels", "list"), ("channels", "test", "x"),
    ("alerts", "list"), ("alerts", "replay", "--dead"), ("recrawl", "baonghean:a:1"), ("prune", "--keep", "9d"),
    ("reextract", "--outlet", "baonghean"), ("reextract", "--rebuild"), ("backup", "x.zip"),
]  # fmt: skip


@pytest.mark.parametrize("verb", READING, ids=" ".join)
def test_a_mistyped_data_folder_is_told_and_not_made(command_here: Here, tmp_path: Path, verb: tuple[str, ...]) -> None:
    ran = command_here(*verb, "--data", tmp_path / "mistyped", "--json")
    assert (ran.code, ran.error()["error"]) == (3, "no_data")
    assert str(tmp_path / "mistyped") in ran.error()["message"]
    assert not (tmp_path / "mistyped").exists()


def test_doctor_says_more_of_a_mistyped_data_folder_and_does_not_make_it(command_here: Here, tmp_path: Path) -> None:
    ran = command_here("doctor", "--data", tmp_path / "mistyped", "--json")
    assert ran.code == 1
    assert {line["code"] for line in ran.lines()} == {"no_data", "contact"}
    assert not (tmp_path / "mistyped").exists()


@pytest.mark.parametrize("url", ["khong-phai-dia-chi", "ftp://a.example/x", "//a.example/x", ""])
def test_an_address_that_is_none(command_here: Here, tmp_path: Path, url: str) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>a</p>", encoding="utf-8")
    ran = command_here("extract", "--url", url, "--json", page)
    assert (ran.code, ran.error()["error"]) == (2, "url")


def test_a_demo_wants_some_room(command_here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tintinh.cli.demo, "ROOM", 1 << 60)
    ran = command_here("demo", "--data", tmp_path / "d", "--json")
    assert (ran.code, ran.error()["error"]) == (3, "disk_full")
    assert not (tmp_path / "d").exists()
