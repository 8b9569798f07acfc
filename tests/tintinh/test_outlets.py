"""The catalogue on the command line: its list, own files key by key, what was found out and how to undo it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crawler.outlet import Source
from crawler.override_file import add_source, propose_host
from storage.database import Database
from storage.outlets import OutletState, OutletStore
from tests.alerts.stock import NOON
from tests.end_to_end.conftest import Ran
from tests.tintinh.commands import Here, command_here

__all__ = ["command_here"]

FEED = "https://baonghean.vn/rss/phat-hien.rss"
NEW_HOST = "nghean-moi.example"


class House:
    """The command with a configuration folder and a data folder of its own."""

    def __init__(self, run: Here, folder: Path) -> None:
        self.run, self.folder, self.data = run, folder, folder / "data"
        self.config = folder / "tintinh.toml"
        self.config.write_text('[crawl]\ncontact = "a@toa-soan.example"\noutlets = ["baonghean"]\n', encoding="utf-8")
        (folder / "outlets").mkdir()

    def __call__(self, *arguments: str | Path) -> Ran:
        return self.run(*arguments, "--config", self.config, "--data", self.data)

    def own(self, slug: str, text: str) -> Path:
        """Write an outlet file of the user's."""
        path = self.folder / "outlets" / f"{slug}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def shown(self, slug: str = "baonghean") -> dict[str, object]:
        """What `outlets show` says, as an object."""
        ran = self("outlets", "show", slug, "--json")
        assert ran.code == 0, ran.err
        (value,) = ran.lines()
        return value


@pytest.fixture
def house(command_here: Here, tmp_path: Path) -> House:
    return House(command_here, tmp_path)


@pytest.fixture
def found(house: House) -> House:
    """A house in which a source was found and a host is proposed."""
    overrides = house.data / "overrides"
    add_source(overrides, "baonghean", Source("feed", FEED, "confirmed"), "link", date(2026, 3, 2))
    propose_host(overrides, "baonghean", NEW_HOST, "https://baonghean.vn/", date(2026, 3, 2))
    return house


def test_the_list_without_any_data_makes_none(house: House) -> None:
    lines = house("outlets", "list", "--json").lines()
    wanted = {"slug", "name", "province", "status", "sources", "successor", "hosts", "verified_at", "family"}
    assert all(wanted <= set(line) for line in lines)
    assert {line["verified_at"] for line in lines} == {None}
    assert not house.data.exists()


def test_filters(house: House) -> None:
    merged = house("outlets", "list", "--status", "merged", "--json").lines()
    assert {line["status"] for line in merged} == {"merged"}
    old = house("outlets", "list", "--province", "bac giang", "--json").lines()
    assert [line["slug"] for line in old] == ["baobacgiang"]
    today = house("outlets", "list", "--province", "Bắc Ninh", "--json").lines()
    assert {line["slug"] for line in today} >= {"baobacgiang", "baobacninh"}
    ran = house("outlets", "list", "--province", "Atlantis", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "province")


def test_the_day_of_the_last_live_article_is_shown(house: House) -> None:
    database = Database.open(house.data)
    OutletStore(database).save(OutletState("baonghean", verified_at=NOON))
    database.close()
    row = next(line for line in house("outlets", "list").out.splitlines() if line.startswith("baonghean "))
    assert NOON.date().isoformat() in row
    assert "never" not in row
    assert "Newspapers: " in house("outlets", "list").err


def test_one_key_of_ones_own_overrides_the_catalogue(house: House) -> None:
    assert house.shown()["tls"] == "verified"
    house.own("baonghean", 'tls = "unverified"\n')
    value = house.shown()
    assert (value["tls"], value["name"]) == ("unverified", "Báo Nghệ An")
    assert "not checked, as you decided" in house("outlets", "show", "baonghean").out


def test_a_broken_file_of_ones_own_is_told_and_left_out(house: House) -> None:
    path = house.own("baonghean", 'tsl = "unverified"\n')
    assert house.shown()["tls"] == "verified"
    ran = house("outlets", "check", "--json")
    (finding,) = [line for line in ran.lines() if line["code"] == "outlet_file"]
    assert (ran.code, finding["slug"]) == (1, "baonghean")
    assert str(path) in finding["detail"]
    assert "tsl" in finding["detail"]
    told = [line for line in house("doctor", "--json").lines() if line["code"] == "outlet_file"]
    assert [line["level"] for line in told] == ["problem"]
    assert str(path) in told[0]["message"]


def test_a_broken_file_of_an_unknown_paper_is_named_where_the_paper_is_asked_for(house: House) -> None:
    path = house.own("baothu", 'name = "Báo Thử"\nstatus = "actve"\n')
    ran = house("crawl", "baothu", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "outlet_file")
    assert str(path) in ran.error()["message"]


def test_a_broken_override_is_told_and_can_be_thrown_away(found: House) -> None:
    path = found.data / "overrides" / "baonghean.toml"
    path.write_text("[[sources]\n", encoding="utf-8")
    assert str(path) in found("doctor").out
    assert found("outlets", "forget", "baonghean", "--all", "--yes").code == 0
    assert not path.exists()


def test_what_was_found_is_shown(found: House) -> None:
    value = found.shown()
    assert value["proposed_hosts"] == [NEW_HOST]
    (source,) = [source for source in value["sources"] if source["found"]]  # type: ignore[attr-defined]
    assert (source["url"], source["grade"], source["last_read"], source["problem"]) == (FEED, "confirmed", None, None)
    words = found("outlets", "show", "baonghean", "--lang", "vi").out
    assert f"RSS, đã xác nhận (tintinh tự tìm): {FEED}" in words
    assert f"`tintinh outlets accept baonghean {NEW_HOST}`" in words


def test_a_proposed_host_is_accepted(found: House) -> None:
    ran = found("outlets", "accept", "baonghean", NEW_HOST.upper(), "--json")
    assert (ran.code, ran.lines()) == (0, [{"slug": "baonghean", "accepted": NEW_HOST}])
    value = found.shown()
    assert value["proposed_hosts"] == []
    assert NEW_HOST in [host["name"] for host in value["hosts"]]  # type: ignore[attr-defined]
    assert found("outlets", "accept", "baonghean", NEW_HOST).code == 0


def test_only_what_was_proposed_is_accepted(found: House) -> None:
    ran = found("outlets", "accept", "baonghean", "khac.example", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "not_proposed")
    assert NEW_HOST in ran.error()["message"]


@pytest.mark.parametrize(("option", "value", "left"), [("--source", FEED, "host"), ("--host", NEW_HOST, "source")])
def test_one_finding_is_forgotten(found: House, option: str, value: str, left: str) -> None:
    ran = found("outlets", "forget", "baonghean", option, value, "--json")
    assert (ran.code, ran.error()["error"]) == (2, "needs_yes")
    ran = found("outlets", "forget", "baonghean", option, value, "--yes", "--json")
    assert (ran.code, ran.lines()) == (0, [{"slug": "baonghean", "forgotten": value}])
    shown = found.shown()
    sources = [source for source in shown["sources"] if source["found"]]  # type: ignore[attr-defined]
    assert (bool(sources), bool(shown["proposed_hosts"])) == (left == "source", left == "host")


@pytest.mark.parametrize("options", [(), ("--all", "--host", NEW_HOST), ("--source", "https://baonghean.vn/")])
def test_forgetting_wants_one_thing_that_was_found(found: House, options: tuple[str, ...]) -> None:
    ran = found("outlets", "forget", "baonghean", *options, "--yes", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "not_found_out" if options[:1] == ("--source",) else "usage")
    assert len(found.shown()["proposed_hosts"]) == 1  # type: ignore[arg-type]


def test_nothing_was_found_out(house: House) -> None:
    ran = house("outlets", "forget", "baonghean", "--all", "--yes", "--json")
    assert (ran.code, ran.error()["error"]) == (2, "not_found_out")
    assert not house.data.exists()
