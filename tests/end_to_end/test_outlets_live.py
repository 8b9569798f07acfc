"""`doctor --live` and `outlets probe` against the sample press, and what is said of the papers afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.press import CORE, load_press
from tests.end_to_end.conftest import COMMAND, Ran, environment
from tintinh.demo.stage import Stage, set_stage
from tintinh.probing import FIELDS

pytestmark = pytest.mark.end_to_end

PAPERS = sorted(paper.slug for paper in load_press(CORE).papers)
NOWHERE = "127.0.0.1:9"
"""Discard: nothing listens there."""


class Live:
    """The installed command on a data folder whose papers are on the air; `baohong` is one that never answers."""

    def __init__(self, stage: Stage, home: Path) -> None:
        self.stage, self.home = stage, home
        file = stage.place.config_file
        text = file.read_text(encoding="utf-8").replace("outlets = [", 'outlets = ["baohong", ')
        text = text.replace("[network.resolve]\n", f'[network.resolve]\n"baohong.example" = "{NOWHERE}"\n')
        file.write_text(text, encoding="utf-8")
        (stage.place.data / "outlets" / "baohong.toml").write_text(
            'name = "Báo Hỏng"\nstatus = "active"\nhome = "https://baohong.example/"\n'
            'hosts = [{ name = "baohong.example" }]\n',
            encoding="utf-8",
        )

    def __call__(self, *arguments: str | Path) -> Ran:
        place = ("--config", self.stage.place.config_file, "--data", self.stage.place.data)
        done = subprocess.run(
            [COMMAND, *map(str, (*arguments, *place))],
            capture_output=True, text=True, timeout=120, env=environment(self.home),
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def requests(self) -> int:
        """How many requests the papers have answered."""
        return len(self.stage.newsroom.log().requests)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    with set_stage(folder / "data", load_press(CORE), 30.0) as stage:
        yield Live(stage, folder)


@pytest.fixture(scope="module")
def tried(live: Live) -> Ran:
    """The first `doctor --live`, as a table, kept in a file too."""
    return live("doctor", "--live", "--output", live.home / "bang.txt", "--lang", "vi")


def test_one_table_says_how_each_paper_is(live: Live, tried: Ran) -> None:
    assert tried.code == 1, tried.err
    rows = {line.split()[0]: line.split() for line in tried.out.splitlines()[2 : 3 + len(PAPERS)]}
    assert sorted(rows) == sorted([*PAPERS, "baohong"])
    for slug in PAPERS:
        assert rows[slug][1:5] == ["ok", "none", "rules", "ok"]
        assert rows[slug][-1] == "ok"
    assert rows["baohong"][-1] == "robots_unreachable"
    assert "Đã đọc thử 5 báo: 4 tốt, 1 có lỗi" in tried.out
    assert "baohong (Báo Hỏng): Không đọc được tệp robots.txt" in tried.out
    assert "reset Connect" in tried.out
    assert tried.out.splitlines()[-1].startswith("  -> ")
    assert (live.home / "bang.txt").read_text(encoding="utf-8") == tried.out
    assert "[5/5]" in tried.err


def test_json_lines_hold_the_same(live: Live, tried: Ran) -> None:
    before = live.requests()
    ran = live("doctor", "--live", "--json", "--outlet", PAPERS[0], "--outlet", "baohong")
    assert ran.code == 1
    good, bad = ran.lines()
    assert list(good) == ["outlet", "name", "state", *FIELDS, "message", "next"]
    assert (good["outlet"], good["state"], good["message"], good["article"]["problem"]) == (PAPERS[0], "ok", None, None)
    assert good["links"] > 0
    assert abs(good["clock_offset"]) < 60
    assert (bad["outlet"], bad["state"]) == ("baohong", "robots_unreachable")
    assert bad["message"]
    assert bad["next"]
    assert live.requests() - before == good["requests"] <= 4


def test_a_file_that_cannot_be_written_is_told_before_anything_is_asked(live: Live, tried: Ran) -> None:
    before = live.requests()
    ran = live("doctor", "--live", "--json", "--output", live.home / "none" / "x")
    assert (ran.code, ran.error()["error"]) == (3, "cannot_write")
    assert live.requests() == before


def test_a_trial_stores_nothing_and_is_no_round(live: Live, tried: Ran) -> None:
    assert live("articles", "list", "--json").out == ""
    states = {line["slug"]: line for line in live("status", "--json").lines()[0]["outlets"]}
    assert states[PAPERS[0]]["last_run"] is None
    assert "never_run" in {finding["code"] for finding in live("doctor", "--json").lines()}


def test_what_was_learnt_is_shown(live: Live, tried: Ran) -> None:
    listed = {line["slug"]: line for line in live("outlets", "list", "--json").lines()}
    assert listed[PAPERS[0]]["verified_at"] is not None
    assert listed["baohong"]["verified_at"] is None
    shown = live("outlets", "show", PAPERS[0], "--json").lines()[0]
    (host,) = shown["politeness"]["hosts"]
    assert host["requests"] == shown["politeness"]["days"][0]["requests"] > 0
    assert host["bytes"] > 0
    assert (host["robots"], host["delay"], host["last_throttled_at"]) == ("rules", 0.1, None)
    assert shown["probe"]["state"] == "ok"
    assert len(shown["politeness"]["days"]) == 7
    words = live("outlets", "show", PAPERS[0], "--lang", "vi").out
    assert "Mức độ truy cập:" in words
    assert "robots.txt: đang tuân theo" in words


def test_a_crawl_says_what_is_wrong_and_what_to_do(live: Live, tried: Ran) -> None:
    ran = live("crawl", "baohong", "--lang", "vi")
    assert ran.code == 4
    assert "Không đọc được tệp robots.txt của báo" in ran.out
    assert ran.out.count("    -> Chưa cần làm gì") == 1
    assert "baohong: Không đọc được tệp robots.txt" in live("status", "--lang", "vi").out


def test_no_contact_no_request(live: Live, tried: Ran, tmp_path: Path) -> None:
    config = tmp_path / "tintinh.toml"
    config.write_text('[crawl]\noutlets = ["baonghean"]\n', encoding="utf-8")
    done = subprocess.run(
        [COMMAND, "doctor", "--live", "--json", "--config", config, "--data", tmp_path / "d"],
        capture_output=True, text=True, timeout=60, env=environment(tmp_path),
    )  # fmt: skip
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert (ran.code, ran.error()["error"]) == (2, "no_contact")
    assert not (tmp_path / "d").exists()


def test_outlet_and_output_go_with_live(live: Live) -> None:
    ran = live("doctor", "--outlet", "baohong", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "usage")
