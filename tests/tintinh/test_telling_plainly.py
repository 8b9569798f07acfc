"""What a person reads is what is there: names and ids as they are, faults once, hints in the reader's language."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.outlet import Source
from crawler.override_file import add_source, propose_host, read_overrides
from storage.archive import Archive
from storage.database import FILE_NAME, Database
from storage.runs import RunStore
from storage.topics import Topic, TopicStore
from tests.alerts.stock import NOON, article, store
from tests.end_to_end.conftest import COMMAND, environment
from tests.tintinh.commands import Here, command_here
from tintinh.cli.session import PlainConsole, Session
from tintinh.config import Place, load_config
from tintinh.probing import no_network
from tintinh.state import examine

__all__ = ["command_here"]

CONTACT = '[crawl]\ncontact = "a@toa-soan.example"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    config = tmp_path / "tintinh.toml"
    config.write_text(CONTACT, encoding="utf-8")
    return Place(config, tmp_path / "data")


def named(place: Place) -> tuple[str | Path, ...]:
    return "--config", place.config_file, "--data", place.data


def test_ids_and_names_are_printed_as_they_are(
    command_here: Here, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database.open(place.data)
    store(database, article("x:a:1", title="Mưa [bold]lớn[/bold] :100:"))
    TopicStore(database).add(Topic("mua", "Mưa :100: [red]", "mưa", (), 3.0, 1, NOON))
    database.close()
    assert "x:a:1\n" in command_here("articles", "list", *named(place)).out
    assert "[bold]lớn[/bold] :100:" in command_here("articles", "list", *named(place)).out
    assert "Mưa :100: [red]" in command_here("topics", "list", *named(place)).out
    session = Session(place, "en", False)
    session.table([":a: [b]"], [["x:a:1 'y' 7"]])
    assert capsys.readouterr().out.split("\n")[0].strip() == ":a: [b]"
    assert not PlainConsole(stderr=True)._emoji


def test_the_same_problem_of_a_run_is_told_once(place: Place) -> None:
    database = Database.open(place.data)
    runs = RunStore(database)
    runs.begin("r1", "baonghean", "round", NOON)
    problems = [{"code": code, "url": None, "detail": f"{n}"} for n, code in enumerate(["dns", "dns", "refused"])]
    runs.end("r1", "failed", {}, problems, NOON)
    session = Session(place, "en", False)
    found = examine(database, load_config(place, {}), place, session.outlets, NOON)
    (finding,) = [finding for finding in found if finding.code == "last_run"]
    assert [problem["detail"] for problem in finding.fields["problems"]] == ["0", "2"]
    database.close()


@pytest.mark.parametrize(("language", "words"), [("en", "is damaged (file is not"), ("vi", "bị hỏng (file is not")])
def test_doctor_has_one_good_sentence_for_a_damaged_database(
    command_here: Here, place: Place, language: str, words: str
) -> None:
    place.data.mkdir()
    (place.data / FILE_NAME).write_bytes(b"no database at all " * 300)
    ran = command_here("doctor", "--lang", language, "--json", *named(place))
    (finding,) = ran.lines()
    assert (ran.code, finding["code"], finding["level"]) == (1, "database", "problem")
    assert words in finding["message"]
    assert "tintinh doctor" not in finding["message"]


@pytest.mark.parametrize("with_data", [True, False])
def test_a_mistyped_outlet_in_the_configuration(
    command_here: Here, place: Place, with_data: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.config_file.write_text(CONTACT + 'outlets = ["baonghen"]\n', encoding="utf-8")
    if with_data:
        Database.open(place.data).close()
    ran = command_here("doctor", "--json", *named(place))
    (finding,) = ran.lines()
    assert (ran.code, finding["level"]) == (1, "problem")
    assert f"{place.config_file}: crawl.outlets: " in finding["message"]
    assert "did you mean baonghean?" in finding["message"]
    for verb in ("crawl", "run"):
        assert (command_here(verb, "--json", *named(place)).error()["error"]) == "config"
    monkeypatch.setenv("TINTINH_CRAWL__OUTLETS", "baonghen")
    assert "TINTINH_CRAWL__OUTLETS: crawl.outlets" in command_here("doctor", "--json", *named(place)).out


@pytest.mark.parametrize(
    ("file", "text"),
    [("outlets/baonghean.toml", "tsl = 1\n"), ("families/{family}.toml", "x = 1\n"),
     ("data/overrides/baonghean.toml", "x = 1\n")],
)  # fmt: skip
def test_show_says_what_is_left_out(command_here: Here, place: Place, tmp_path: Path, file: str, text: str) -> None:
    family = Session(place, "en", False).outlets["baonghean"].family
    path = tmp_path / file.format(family=family)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    ran = command_here("outlets", "show", "baonghean", *named(place))
    (line,) = [line for line in ran.out.splitlines() if line.startswith("An outlet file is left out: ")]
    assert str(path) in line
    assert len(command_here("outlets", "show", "baonghean", "--json", *named(place)).lines()[0]["left_out"]) == 1
    assert str(path) not in command_here("outlets", "show", "sggp", *named(place)).out or "families" in file


@pytest.mark.parametrize("option", [("--source", "https://baonghean.vn/"), ("--host", "a.example")])
def test_forgetting_from_a_broken_file_says_how_to_be_rid_of_it(
    command_here: Here, place: Place, option: tuple[str, str]
) -> None:
    (place.data / "overrides").mkdir(parents=True)
    (place.data / "overrides" / "baonghean.toml").write_text("x = 1\n", encoding="utf-8")
    ran = command_here("outlets", "forget", "baonghean", *option, "--yes", *named(place))
    assert ran.code == 2
    assert "`tintinh outlets forget baonghean --all` removes the whole file" in ran.err
    assert command_here("outlets", "forget", "baonghean", "--all", "--yes", *named(place)).code == 0


def test_an_archive_that_is_gone_is_one_note(command_here: Here, place: Place) -> None:
    database = Database.open(place.data)
    for number in range(3):
        day = NOON + timedelta(days=number)
        kept = Archive(place.data / "archive", min_free_bytes=0).write(
            outlet="baothu", url="https://thu.example/a", status=200, headers=(), body=b"a", fetched_at=day
        )
        store(database, article(f"bao-mau:a:{number}").with_(archive=kept))
    database.close()
    shutil.rmtree(place.data / "archive")
    ran = command_here("doctor", "--json", *named(place))
    (finding,) = [line for line in ran.lines() if line["code"] == "archive_missing"]
    assert (ran.code, finding["level"]) == (0, "note")
    first, last = NOON.date(), (NOON + timedelta(days=2)).date()
    assert f"any more: 3 (from {first} to {last}), to which 3 rows point" in finding["message"]


@pytest.mark.parametrize(
    ("verb", "step"),
    [
        (("status",), "Hãy chạy `tintinh init`, hoặc chọn đúng thư mục bằng --data."),
        (("outlets", "show", "baonghen"), "did you mean baonghean?"),
        (("crawl", "baonghean"), "Hãy ghi email hoặc trang web của bạn"),
    ],
)
def test_the_next_step_is_vietnamese_where_it_can_be(
    command_here: Here, tmp_path: Path, verb: tuple[str, ...], step: str
) -> None:
    ran = command_here(*verb, "--lang", "vi", "--data", tmp_path / "d")
    assert f"  -> {step}" in ran.err
    assert "run `tintinh init`" not in ran.err


@pytest.mark.parametrize(
    ("failures", "none"),
    [
        ([[("dns", "a")], [("dns", "b")]], True),
        ([[("robots_unreachable", "since 2026-03-02T10:00:00+07:00: dns no name"), ("dns", "")], [("dns", "b")]], True),
        ([[("robots_unreachable", "no usable copy; reset NoRouteError")]], True),
        ([[("dns", "a")]], False),
        ([[("dns", "a")], []], False),
        ([[("dns", "a")], [("timeout", "b")]], False),
        ([[("dns", "a")], [("refused", "b")]], False),
        ([], False),
    ],
)
def test_a_machine_without_a_network(failures: list[list[tuple[str, str]]], none: bool) -> None:
    assert no_network(failures) is none


def test_a_reader_who_leaves_early_is_no_failure(place: Place, tmp_path: Path) -> None:
    Database.open(place.data).close()
    for verb in ("status", "outlets list", "outlets list --json"):
        command = f"set -o pipefail; {COMMAND} {verb} --config {place.config_file} --data {place.data} | true"
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=60, env=environment(tmp_path), check=False
        )
        assert done.returncode == 0, verb
        assert "Exception" not in done.stderr


def test_check_takes_names(command_here: Here, place: Place) -> None:
    ran = command_here("outlets", "check", "baonghean", "sggp", *named(place))
    assert (ran.code, ran.err.splitlines()[-1]) == (0, "Newspapers checked: 2; findings: 0.")
    assert command_here("outlets", "check", "khong-co", "--json", *named(place)).error()["error"] == "unknown_outlet"
    (place.config_file.parent / "outlets").mkdir()
    (place.config_file.parent / "outlets" / "baomoi.toml").write_text("x = 1\n", encoding="utf-8")
    assert command_here("outlets", "check", "sggp", *named(place)).code == 0
    ran = command_here("outlets", "check", "baomoi", "--json", *named(place))
    assert (ran.code, [line["slug"] for line in ran.lines()]) == (1, ["baomoi"])


def test_a_host_may_be_given_as_an_address(command_here: Here, place: Place) -> None:
    overrides = place.data / "overrides"
    propose_host(overrides, "baonghean", "moi.example", "https://baonghean.vn/", NOON.date())
    source = Source("feed", "https://baonghean.vn/rss/a.rss", "candidate")
    add_source(overrides, "baonghean", source, "link", NOON.date())
    assert command_here("outlets", "accept", "baonghean", "https://Moi.example/tin", *named(place)).code == 0
    assert [host.accepted for host in read_overrides(overrides, "baonghean").hosts] == [True]
    ran = command_here("outlets", "forget", "baonghean", "--host", "https://moi.example/", "--yes", *named(place))
    assert ran.code == 0
    assert not read_overrides(overrides, "baonghean").hosts


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("baonghen", "did you mean baonghean?"),
        ("Báo Nghệ An", "did you mean baonghean?"),
        ("bao nghe an", "did you mean baonghean?"),
        ("zzzzzz", "`tintinh outlets list` shows all "),
    ],
)
def test_an_unknown_name_of_a_paper(command_here: Here, place: Place, name: str, hint: str) -> None:
    message = command_here("outlets", "show", name, "--json", *named(place)).error()["message"]
    assert hint in message
    assert message.count(",") <= 10


def test_a_trial_is_no_run_of_the_politeness_sheet(place: Place) -> None:
    database = Database.open(place.data)
    runs = RunStore(database)
    for number, kind in enumerate(("round", "probe")):
        runs.begin(f"r{number}", "baothu", kind, NOON)
        runs.end(f"r{number}", "finished", {"requests": 4, "bytes": 10}, [], NOON)
    (day,) = runs.per_day("baothu", NOON - timedelta(days=1)).values()
    assert day == {"runs": 1, "requests": 8, "bytes": 20}
    database.close()
