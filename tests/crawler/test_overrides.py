"""Overrides and the user's files: three layers, and what happens when one of them is broken."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UsageError, WorkError
from crawler.catalogue import load_catalogue
from crawler.live_catalogue import LiveCatalogue
from crawler.outlet import Outlet, Source
from crawler.outlet_file import FileFault
from crawler.override_file import MOST_HOSTS, accept_host, add_source, forget, propose_host, read_overrides

DAY = date(2026, 3, 2)
FEED = Source("feed", "https://baothu.example/rss/moi.rss", "candidate")
PLAIN = 'name = "Báo Thử"\nstatus = "active"\nhome = "https://baothu.example/"\nhosts = [{ name = "baothu.example" }]\n'
OTHER = PLAIN.replace("baothu", "baokhac").replace("Thử", "Khác")


@pytest.fixture
def user(tmp_path: Path) -> Path:
    for slug, text in (("baothu", PLAIN), ("baokhac", OTHER)):
        write(tmp_path / "user" / "outlets" / f"{slug}.toml", text)
    return tmp_path / "user"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(user: Path, overrides: Path, faults: list[UsageError] | None = None) -> dict[str, Outlet]:
    return load_catalogue(user, builtin=False, overrides=overrides, faults=faults)


def test_a_found_source_stands_behind_the_outlets_own_until_it_is_forgotten(user: Path, tmp_path: Path) -> None:
    folder = tmp_path / "overrides"
    before = load(user, folder)["baothu"]
    assert add_source(folder, "baothu", FEED, "search: robots", DAY)
    assert not add_source(folder, "baothu", FEED, "search: robots", DAY)
    found = load(user, folder)["baothu"]
    assert [(s.url, s.grade, s.found) for s in found.sources] == [
        ("https://baothu.example/", "assumed", False),
        (FEED.url, "candidate", True),
    ]
    assert found.rules_version == before.rules_version
    assert forget(folder, "baothu", source=FEED.url) and not forget(folder, "baothu", source=FEED.url)
    assert load(user, folder)["baothu"] == before and not list(folder.iterdir())


def test_a_grade_is_raised_and_never_lowered(user: Path, tmp_path: Path) -> None:
    folder = tmp_path / "overrides"
    front = Source("section", "https://baothu.example/", "confirmed")
    add_source(folder, "baothu", front, "two complete reads", DAY)
    assert not add_source(folder, "baothu", Source("section", front.url, "candidate"), "search: link", DAY)
    outlet = load(user, folder)["baothu"]
    assert [(s.url, s.grade, s.found) for s in outlet.sources] == [(front.url, "confirmed", True)]
    (folder / "baothu.toml").unlink()
    assert load(user, folder)["baothu"].sources[0].grade == "assumed"


@pytest.mark.parametrize(("grade", "kind"), [("assumed", "sitemap"), ("candidate", "sitemap"), ("confirmed", "feed")])
def test_what_stands_at_an_address_is_believed_over_an_unproven_file(
    user: Path, tmp_path: Path, grade: str, kind: str
) -> None:
    line = f'sources = [{{ kind = "feed", url = "{FEED.url}", grade = "{grade}" }}]\n'
    write(user / "outlets" / "baothu.toml", PLAIN + line)
    add_source(tmp_path / "overrides", "baothu", replace(FEED, kind="sitemap"), "search: link", DAY)
    (source,) = (s for s in load(user, tmp_path / "overrides")["baothu"].sources if s.url == FEED.url)
    assert source.kind == kind


def test_what_is_written_can_be_read_by_a_person(tmp_path: Path) -> None:
    add_source(tmp_path, "baothu", FEED, "search: link", DAY)
    propose_host(tmp_path, "baothu", "baothumoi.example", "https://baothu.example/", DAY)
    text = (tmp_path / "baothu.toml").read_text()
    assert text.startswith("# Found out by tintinh.")
    assert 'grade = "candidate"\nfound = 2026-03-02\nby = "search: link"\n' in text
    assert 'name = "baothumoi.example"\nseen = 2026-03-02\nfrom = "https://baothu.example/"\naccepted = false' in text
    assert [path.name for path in tmp_path.iterdir()] == ["baothu.toml"]


def test_a_server_that_invents_hosts_fills_no_file(tmp_path: Path) -> None:
    done = [propose_host(tmp_path, "baothu", f"a{n}.example", "https://baothu.example/", DAY) for n in range(30)]
    assert sum(done) == len(read_overrides(tmp_path, "baothu").hosts) == MOST_HOSTS


def test_a_host_is_proposed_and_is_the_outlets_only_once_accepted(user: Path, tmp_path: Path) -> None:
    folder = tmp_path / "overrides"
    assert propose_host(folder, "baothu", "baothumoi.example", "https://baothu.example/", DAY)
    assert not propose_host(folder, "baothu", "baothumoi.example", "https://baothu.example/a", DAY)
    outlet = load(user, folder)["baothu"]
    assert outlet.proposed_hosts == ("baothumoi.example",) and not outlet.has_host("baothumoi.example")
    assert accept_host(folder, "baothu", "baothumoi.example") and not accept_host(folder, "baothu", "khac.example")
    accepted = load(user, folder)["baothu"]
    assert accepted.has_host("www.baothumoi.example") and not accepted.proposed_hosts
    assert accepted.rules_version != outlet.rules_version  # links to it are the outlet's now
    assert forget(folder, "baothu", host="baothumoi.example")


@pytest.mark.parametrize("name", ["quang_cao.baothu.example", "báo.example", "::1", ""])
def test_a_name_that_no_outlet_file_may_hold_is_not_proposed(tmp_path: Path, name: str) -> None:
    assert not propose_host(tmp_path, "baothu", name, "https://baothu.example/", DAY)
    assert list(tmp_path.iterdir()) == []


def test_no_host_becomes_one_of_two_papers(user: Path, tmp_path: Path) -> None:
    folder, faults = tmp_path / "overrides", list[UsageError]()
    propose_host(folder, "baothu", "baokhac.example", "https://baothu.example/", DAY)
    accept_host(folder, "baothu", "baokhac.example")
    with pytest.raises(UsageError, match=r"overrides/baothu\.toml: hosts: .* belongs to baokhac"):
        load(user, folder)
    assert not load(user, folder, faults)["baothu"].has_host("baokhac.example") and len(faults) == 1


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[[sources]]\nurl = 3\n", r"sources\[0\]"),
        ("[[hosts]]\nname = \"A B\"\nseen = 2026-03-02\nfrom = \"https://a.vn/\"\naccepted = true\n", "name"),
        ("[[sources", "text"),
        ("sorces = []\n", "sorces"),
        ("\x00", "text"),
    ],
)  # fmt: skip
def test_a_broken_override_names_file_and_key_and_stops_nobody(user: Path, tmp_path: Path, text: str, key: str) -> None:
    folder, faults = tmp_path / "overrides", list[UsageError]()
    path = write(folder / "baothu.toml", text)
    with pytest.raises(UsageError, match=key) as caught:
        load(user, folder)
    assert caught.value.code == "outlet_file" and str(path) in caught.value.message
    assert load(user, folder, faults) == load_catalogue(user, builtin=False)
    assert [fault.path for fault in faults if isinstance(fault, FileFault)] == [path]
    with pytest.raises(UsageError, match=key):
        add_source(folder, "baothu", FEED, "search: link", DAY)
    assert path.read_text() == text


def test_a_broken_file_of_the_users_leaves_all_others_as_they_are(tmp_path: Path) -> None:
    built_in, faults = load_catalogue(), list[UsageError]()
    slug = next(iter(built_in))
    bad = write(tmp_path / "outlets" / f"{slug}.toml", 'stauts = "active"\n')
    good = write(tmp_path / "outlets" / "baothu.toml", PLAIN)
    lost = write(tmp_path / "outlets" / "baokhac.toml", OTHER + 'family = "khongco"\n')
    family = write(tmp_path / "families" / "zce.toml", "name = 5\n")
    outlets = load_catalogue(tmp_path, faults=faults)
    assert outlets == {**built_in, "baothu": outlets["baothu"]}
    assert {fault.path for fault in faults if isinstance(fault, FileFault)} == {bad, lost, family}
    assert good.exists()


def test_a_host_of_a_built_in_paper_is_the_users_fault(tmp_path: Path) -> None:
    built_in, faults = load_catalogue(), list[UsageError]()
    host = next(iter(built_in.values())).hosts[0].name
    path = write(tmp_path / "outlets" / "zbaothu.toml", PLAIN.replace("baothu.example", host))
    first = write(tmp_path / "outlets" / "aabaothu.toml", PLAIN.replace("baothu.example", host))
    assert load_catalogue(tmp_path, faults=faults) == built_in
    assert {fault.path for fault in faults if isinstance(fault, FileFault)} == {path, first}


def test_the_catalogue_of_a_long_process_follows_its_files(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "overrides"
    live = LiveCatalogue(user, folder)
    first = live.read()
    assert live.read() is first and live.fault("baothu") is None
    add_source(folder, "baothu", FEED, "search: link", DAY)
    assert live.read()["baothu"].sources[-1].url == FEED.url
    write(user / "outlets" / "baothu.toml", "broken")
    assert "baothu" not in live.read() and "not TOML" in (live.fault("baothu") or "")
    write(user / "outlets" / "baothu.toml", PLAIN)
    forget(folder, "baothu", source=FEED.url)
    assert live.read() == first and live.fault("baothu") is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "overrides").write_text("")
    with pytest.raises(WorkError, match="cannot be written"):
        add_source(tmp_path / "overrides", "baothu", FEED, "search: link", DAY)


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.text(alphabet="abcđ-_ =&?\"'\\%/", max_size=30)
)
def test_whatever_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, by: str, path: str) -> None:
    folder = tmp_path_factory.mktemp("overrides")
    source = Source("feed", f"https://baothu.example/{path.replace(chr(92), '')}", "candidate")
    add_source(folder, "baothu", source, by, DAY)
    found = read_overrides(folder, "baothu").sources[0]
    assert (found.url, found.by, found.found) == (source.url, by.replace("\x7f", ""), DAY) or "\x7f" in by
