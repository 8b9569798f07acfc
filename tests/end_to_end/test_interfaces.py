"""The interfaces of the installed command that others rely on: keys, order, exit codes, where errors stand."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.outbox import OutboxStore
from tests.alerts.stock import NOON, fill
from tests.end_to_end.conftest import Tintinh

pytestmark = pytest.mark.end_to_end


def jsonl(*values: object) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def hits_of(tintinh: Tintinh, query: str, *values: object, **more: str) -> list[dict[str, Any]]:
    ran = tintinh("topics", "test", query, "--from", "-", "--json", given=jsonl(*values), **more)
    assert ran.code == 0, ran.err
    return ran.lines()


def test_hits_slice_the_value_as_it_was_read(tintinh: Tintinh) -> None:
    nfd = unicodedata.normalize("NFD", "Chủ tịch\u00a0Uỷ\u00a0ban nhân dân tỉnh")
    items: list[dict[str, Any]] = [
        {"text": nfd},
        {"authors": ["Lan Anh", "Minh Tú"]},
        {"author": "Lan Anh, Minh Tú"},
        {"outlet": "Báo Nghệ An"},
        {"outlet": "baonghean", "outlet_name": "Báo Nghệ An"},
        {"province": "Bắc Giang"},
    ]
    query = '"UBND tỉnh" OR author:"Minh Tú" OR outlet:"bao nghe an" OR province:"Bắc Ninh"'
    lines = hits_of(tintinh, query, *items)
    assert [line["line"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert all(line["match"] for line in lines)
    for line, item in zip(lines, items, strict=True):
        for hit in line["hits"]:
            assert list(hit) == ["field", "item", "start", "end", "surface", "clause", "reason"]
            value = item[hit["field"]]
            text = value if hit["item"] is None else value[hit["item"]]
            assert text[hit["start"] : hit["end"]] == hit["surface"]
            assert query[slice(*hit["clause"])].startswith('"')
    assert [line["hits"][0]["reason"] for line in lines] == [
        "alias:UBND", "exact", "exact", "folded", "folded", "alias:Bắc Ninh",
    ]  # fmt: skip


def test_half_a_character_breaks_nothing(tintinh: Tintinh) -> None:
    (line,) = hits_of(tintinh, '"Tỉnh ủy"', {"text": "Tỉnh\ud800 ủy"})
    assert line["hits"][0]["surface"] == "Tỉnh\ud800 ủy"


def test_a_byte_order_mark_and_no_lines_at_all_are_no_fault(tintinh: Tintinh, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text("\ufeff" + jsonl({"title": "mưa"}), encoding="utf-8")
    assert tintinh("topics", "test", "mưa", "--from", file, "--json").lines()[0]["match"] is True
    file.write_text("", encoding="utf-8")
    ran = tintinh("topics", "test", "mưa", "--from", file, "--json")
    assert (ran.code, ran.out) == (0, "")


def test_pipes_are_utf8_whatever_the_system_says(tintinh: Tintinh, tmp_path: Path) -> None:
    (line,) = hits_of(tintinh, "tinh uy", {"title": "Tỉnh ủy"}, PYTHONIOENCODING="latin-1")
    assert line["hits"][0]["surface"] == "Tỉnh ủy"


def test_a_deeply_nested_line_is_a_bad_line(tintinh: Tintinh) -> None:
    ran = tintinh("topics", "test", "a", "--from", "-", "--json", given="[" * 100_000 + "\n")
    assert (ran.code, ran.error()["error"]) == (2, "line")


@pytest.mark.parametrize(
    "line", ['{"html": 5}', '{"html": null}', '{"html": "a", "outlet": 7}', "[]", "{}", "[" * 9999]
)
def test_extract_names_the_line_that_is_wrong(tintinh: Tintinh, line: str) -> None:
    ran = tintinh("extract", "--from", "-", "--json", given='\ufeff{"html": "<p>a</p>"}\n' + line + "\n")
    assert (ran.code, ran.error()["error"]) == (2, "line")
    assert "line 2" in ran.error()["message"]
    assert [set(value) for value in ran.lines()] == [{"rejected", "detail"}]


def test_outlets_list(tintinh: Tintinh) -> None:
    for outlet in tintinh("outlets", "list", "--json").lines():
        assert {"slug", "name", "province", "status", "sources"} <= set(outlet)


def test_the_version(tintinh: Tintinh) -> None:
    ran = tintinh("--version")
    assert (ran.code, ran.out.split()[0]) == (0, "tintinh")


def test_help_says_what_stands_in_the_text(tintinh: Tintinh) -> None:
    assert "[email]" in " ".join(tintinh("channels", "add", "email", "--help").out.split())
    assert "[[" not in tintinh("crawl", "--help").out


def test_no_arguments_give_help_and_nothing_else(tintinh: Tintinh) -> None:
    ran = tintinh()
    assert ran.code == 2
    assert "Usage" in ran.out + ran.err
    assert "tintinh: \n" not in ran.err


def test_init_makes_the_file_that_it_is_given(tintinh: Tintinh, tmp_path: Path) -> None:
    file = tmp_path / "new" / "tintinh.toml"
    place = ("--config", file, "--data", tmp_path / "d")
    answers = ("--contact", "tin@tinh.example", "--provinces", "Nghệ An", "--topic", '"đất đai"', "--email", "")
    ran = tintinh("init", *place, *answers)
    assert ran.code == 0, ran.err
    assert 'outlets = ["baonghean"]' in file.read_text(encoding="utf-8")
    again = tintinh("init", *place, *answers, "--json")
    assert (again.code, again.error()["error"]) == (2, "config_exists")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("--email", "nobody", "--smtp", "thu.example:587"), "channel_settings"),
        (("--email", "a@b.example", "--smtp", ""), "no_mail_server"),
        (("--email", "a@b.example", "--smtp", "thu.example:587", "--security", "some"), "config"),
        (("--topic", "NOT mưa"), "query"),
    ],
)
def test_init_writes_nothing_if_an_answer_is_wrong(
    tintinh: Tintinh, tmp_path: Path, wrong: tuple[str, ...], code: str
) -> None:
    file = tmp_path / "new" / "tintinh.toml"
    answers = {
        "--contact": "tin@tinh.example",
        "--provinces": "",
        "--topic": "",
        "--email": "",
        "--sender": "a@b.example",
    }
    answers |= dict(zip(wrong[::2], wrong[1::2], strict=True))
    given = [part for pair in answers.items() for part in pair]
    ran = tintinh("init", *given, "--config", file, "--data", tmp_path / "d", "--json")
    assert (ran.code, ran.error()["error"]) == (2, code)
    assert not file.parent.exists() or list(file.parent.iterdir()) == []


def test_replay_says_how_many_and_knows_its_ids(tintinh: Tintinh, tmp_path: Path) -> None:
    database = Database.open(tmp_path / "d")
    fill(database, articles=2)
    outbox = OutboxStore(database)
    first, second = (row.id for row in outbox.listing())
    outbox.dead(first, NOON, "smtp: no")
    database.close()
    data = ("--data", tmp_path / "d")
    assert tintinh("alerts", "replay", "alert_none", "--json", *data).error()["error"] == "unknown_alert"
    ran = tintinh("alerts", "replay", first, second, "--json", *data)
    assert (ran.code, ran.lines()) == (1, [{"id": first}])  # the other one was not given up
    ran = tintinh("alerts", "replay", "--dead", *data)
    assert (ran.code, ran.err) == (0, "Alerts that will be delivered again: 0.\n")


def test_removing_takes_a_yes(tintinh: Tintinh, tmp_path: Path) -> None:
    data = ("--data", tmp_path / "d")
    tintinh("topics", "add", "mưa", *data)
    assert tintinh("topics", "remove", "mua", "--yes", *data).code == 0


def test_a_password_file_is_no_unknown_key(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    ran = tintinh("doctor", "--json", "--data", tmp_path / "d", TINTINH_EMAIL__PASSWORD_FILE=str(tmp_path / "secret"))
    assert {line["code"] for line in ran.lines()} >= {"contact"}


def test_our_own_mistakes_are_told_like_any_other_error(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{}\n", encoding="utf-8")
    ran = tintinh("topics", "test", "a", "--from", tmp_path / "in.jsonl", "--json", PYTHONPATH=str(broken(tmp_path)))
    assert (ran.code, ran.error()["error"]) == (3, "internal")
    assert "ZeroDivisionError" in ran.err


def broken(folder: Path) -> Path:
    """A folder whose start-up code makes matching fail."""
    (folder / "sitecustomize.py").write_text(
        "import alerts.matching\n\ndef fail(value):\n    return 1 / 0\n\nalerts.matching.searchable_from_json = fail\n",
        encoding="utf-8",
    )
    return folder
