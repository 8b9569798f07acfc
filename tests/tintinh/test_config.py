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


def test_a_secret_may_stand_in_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("mật khẩu\n", encoding="utf-8")
    config = load_config(place(tmp_path, ""), {"TINTINH_EMAIL__PASSWORD_FILE": str(secret)})
    assert config.email.password.get_secret_value() == "mật khẩu"
    assert "mật khẩu" not in repr(config)


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
