"""The demo, whole: everything stored, every alert once by mail and by webhook, nothing left outside its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Tintinh

pytestmark = pytest.mark.end_to_end


def test_everything_is_kept_and_told_once(tintinh: Tintinh, tmp_path: Path) -> None:
    data = tmp_path / "demo"
    ran = tintinh("demo", "--seconds", "45", "--json", "--data", data)
    assert ran.code == 0, ran.err
    (figures,) = ran.lines()
    assert list(figures) == [
        "outlets", "published", "discovered", "stored", "rejected", "versions", "removed", "stories", "duplicates",
        "missed", "alerts", "delivered", "seconds",
    ]  # fmt: skip
    assert (figures["outlets"], figures["published"], figures["stored"]) == (13, 157, 159)  # two in Khmer
    assert (figures["missed"], figures["duplicates"], figures["rejected"]) == (0, 0, 14)
    assert (figures["versions"], figures["removed"], figures["stories"]) == (166, 2, 5)
    assert figures["alerts"] == figures["delivered"] > 60
    assert {path.name for path in tmp_path.iterdir()} == {"demo"}
    look_around(tintinh, data)


def look_around(tintinh: Tintinh, data: Path) -> None:
    """What a newcomer tries next in the demo's folder."""
    place = ("--data", data, "--config", data / "tintinh.toml")
    status = tintinh("status", "--json", *place)
    assert status.code == 0, status.err
    value = json.loads(status.out)
    assert value["daemon"] is False
    assert {outlet["outcome"] for outlet in value["outlets"]} <= {"finished", "limit", "killed"}
    assert tintinh("status", *place, "--lang", "vi").code == 0
    doctor = tintinh("doctor", "--json", *place)
    assert [finding for finding in doctor.lines() if finding["level"] == "problem"] == [], doctor.out
    assert tintinh("alerts", "list", "--json", "--state", "dead", *place).out == ""
    found = tintinh("search", "song linh", "--json", *place).lines()
    assert found
    assert all("lead" in article for article in found)
    edited = [a for a in tintinh("articles", "list", "--json", "--limit", "200", *place).lines() if a["version"] == 2]
    assert len(edited) == 7
    versions = tintinh("articles", "versions", edited[0]["id"], "--json", *place).lines()
    assert [version["version"] for version in versions] == [1, 2]
    assert versions[0]["text"] != versions[1]["text"]


def test_without_a_folder_nothing_is_left_and_a_foreign_folder_is_refused(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("của tôi", encoding="utf-8")
    ran = tintinh("demo", "--data", tmp_path / "mine", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "demo_folder")
    assert (tmp_path / "mine" / "note.txt").read_text(encoding="utf-8") == "của tôi"
