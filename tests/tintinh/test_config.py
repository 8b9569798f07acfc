"""Configuration: file, environment, secrets, refusals, and that its table is whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UsageError
from tintinh.config import Place, find_place, load_config, options
from tintinh.durations import parse_duration

DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"


def place(tmp_path: Path, text: str) -> Place:
    file = tmp_path / "tintinh.toml"
    file.write_text(text, encoding="utf-8")
    return Place(file, tmp_path / "data")


def test_defaults_without_a_file(tmp_path):
    config = load_config(Place(tmp_path / "none.toml", tmp_path))
    assert config.crawl.interval == timedelta(minutes=15)
    assert config.crawl.delay == 3
    assert config.language == "vi"


def test_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("TINTINH_CRAWL__INTERVAL", "10m")
    config = load_config(place(tmp_path, '[crawl]\ninterval = "1h"\ncontact = "a@b.example"\n'))
    assert config.crawl.interval == timedelta(minutes=10)
    assert config.crawl.contact == "a@b.example"


def test_a_secret_may_stand_in_a_file(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("mật khẩu\n", encoding="utf-8")
    monkeypatch.setenv("TINTINH_EMAIL__PASSWORD_FILE", str(secret))
    config = load_config(place(tmp_path, '[email]\npassword = "cũ"\n'))
    assert config.email.password.get_secret_value() == "mật khẩu"
    assert "mật khẩu" not in repr(config)


def test_only_the_environment_that_is_handed_in_counts(tmp_path, monkeypatch):
    monkeypatch.setenv("TINTINH_LANGUAGE", "en")
    assert load_config(place(tmp_path, ""), {}).language == "vi"


@pytest.mark.parametrize(
    "value", ["baonghean,baoquangninh", " baonghean , baoquangninh ", '["baonghean","baoquangninh"]']
)
def test_lists_in_the_environment_stand_with_commas_or_as_json(tmp_path, value):
    config = load_config(place(tmp_path, ""), {"TINTINH_CRAWL__OUTLETS": value})
    assert config.crawl.outlets == ("baonghean", "baoquangninh")


def test_tables_in_the_environment_are_json(tmp_path):
    given = {"TINTINH_NETWORK__RESOLVE": '{"A.example": "127.0.0.1:80"}', "TINTINH_CRAWL__REVISIT_AGES": "8s, 20s"}
    config = load_config(place(tmp_path, ""), given)
    assert config.network.resolve == {"a.example": "127.0.0.1:80"}
    assert config.crawl.revisit_ages == (timedelta(seconds=8), timedelta(seconds=20))


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("TINTINH_CRAWL__DELAY", "1", "crawl.delay"),
        ("TINTINH_CRAWL__CONTATC", "x", "crawl.contatc"),
        ("TINTINH_CRAW__CONTACT", "x", "craw"),
        ("TINTINH_NETWORK__RESOLVE", "nowhere", "network.resolve"),
        ("TINTINH_CRAWL", "garbage", "crawl"),
        ("TINTINH_LANGUAGE", "fr", "language"),
        ("TINTINH_EMAIL__PASSWORD_FILE", "/nowhere/at/all", "cannot be read"),
    ],
)
def test_bad_variables_are_refused_by_their_name(tmp_path, name, value, key):
    where = place(tmp_path, "")
    with pytest.raises(UsageError) as caught:
        load_config(where, {name: value})
    assert caught.value.code == "config"
    assert name in caught.value.message
    assert key in caught.value.message
    assert str(where.config_file) not in caught.value.message


def test_other_variables_are_none_of_our_business(tmp_path):
    given = {"TINTINH_SHARED": "/somewhere", "TINTINH_CONFIG": "/x", "TINTINH_DATA": "/y", "TINTINH_LANGUAGE": ""}
    assert load_config(place(tmp_path, ""), given).language == "vi"


@pytest.mark.parametrize(
    ("text", "part", "hint"),
    [
        ("[crawl]\ncontatc = 'x'\n", "unknown key crawl.contatc", "crawl.contact"),
        ("[craw]\ncontact = 'x'\n", "unknown key craw", "crawl"),
        ("[crawl]\ndelay = 0.5\n", "crawl.delay", "docs/configuration.md"),
        ("[crawl]\ninterval = 'soon'\n", "crawl.interval", "docs/configuration.md"),
        ("[network.resolve]\n'a.example' = 'nowhere'\n", "network.resolve", "docs/configuration.md"),
        ("[crawl\n", "no valid TOML", "correct"),
    ],
)
def test_bad_files_are_refused_with_file_and_key(tmp_path, text, part, hint):
    where = place(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        load_config(where)
    assert caught.value.code == "config"
    assert part in caught.value.message
    assert str(where.config_file) in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_named_file_must_be_there(tmp_path):
    with pytest.raises(UsageError, match="is not a file"):
        find_place(tmp_path / "none.toml", None)


def test_a_file_that_is_to_be_made_need_not_be_there(tmp_path):
    assert find_place(tmp_path / "none.toml", None, new=True).config_file == tmp_path / "none.toml"


def test_empty_folders_in_the_environment_count_as_none(tmp_path):
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""}
    found = find_place(None, None, environ)
    assert found.config_file == tmp_path / ".config/tintinh/tintinh.toml"
    assert found.data == tmp_path / ".local/share/tintinh"


def test_place_from_options_environment_and_home(tmp_path):
    environ = {"HOME": str(tmp_path), "TINTINH_DATA": str(tmp_path / "d")}
    found = find_place(None, None, environ)
    assert found.config_file == tmp_path / ".config/tintinh/tintinh.toml"
    assert found.data == tmp_path / "d"
    assert find_place(None, tmp_path / "e", environ).data == tmp_path / "e"


def test_every_option_is_documented_with_its_default():
    text = DOCS.read_text(encoding="utf-8")
    for name, default, description in options():
        assert f"| `{name}` | `{default}` | {description} |" in text


@given(st.integers(1, 10_000), st.sampled_from("smhd"))
def test_durations(number, unit):
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert parse_duration(f"{number}{unit}").total_seconds() == number * seconds


@given(st.text(max_size=8))
def test_other_durations_are_refused_or_positive(text):
    try:
        assert parse_duration(text) > timedelta(0)
    except ValueError as error:
        assert "span of time" in str(error)
