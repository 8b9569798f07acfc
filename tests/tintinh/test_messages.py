"""The message tables: the same keys and fields in both languages, and every key that the code names is there."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from tintinh.messages import LANGUAGES, speaker, system_language, table

ROOT = Path(__file__).parents[2]
SAID = re.compile(r"""\bsay\(\s*f?["']([a-z_]+\.[a-z_.{}!]+)["']""")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_tables_have_the_same_keys():
    assert set(table("vi")) == set(table("en"))


def test_each_message_has_the_same_fields_in_both():
    for key, text in table("en").items():
        assert fields(table("vi")[key]) == fields(text), key


def test_every_key_in_the_code_is_there():
    keys = set(table("en"))
    named = set()
    for room in ("tintinh", "alerts"):
        for path in (ROOT / room).rglob("*.py"):
            named |= set(SAID.findall(path.read_text(encoding="utf-8")))
    assert named
    for key in named:
        pattern = re.compile(re.sub(r"\\\{.*\\\}", "[a-z_0-9]+", re.escape(key)))
        assert any(pattern.fullmatch(known) for known in keys), key


def test_a_missing_field_is_a_mistake_that_shows():
    with pytest.raises(KeyError):
        speaker("vi")("topics.removed")


@pytest.mark.parametrize(("locale", "language"), [("vi_VN.UTF-8", "vi"), ("en_US.UTF-8", "en"), ("C", "en")])
def test_system_language(locale, language):
    assert system_language({"LANG": locale}) == language
    assert language in LANGUAGES
