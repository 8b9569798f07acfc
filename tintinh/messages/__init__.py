"""What a person reads: one message table per language (`en.toml`, `vi.toml`), the same keys in both."""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Say = Callable[..., str]
"""`say("mail.subject", topic="...")`: the text of a key with its fields filled in."""

LANGUAGES = ("vi", "en")


@cache
def table(language: str) -> Mapping[str, str]:
    """All messages of a language by dotted key (`section.name`)."""
    text = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": message for section, part in tomllib.loads(text).items() for key, message in part.items()
    }


def speaker(language: str) -> Say:
    """The `say` function of a language.

    It raises KeyError for an unknown key or a missing field: both are mistakes of ours, caught by tests.
    """
    messages = table(language)

    def say(key: str, **fields: Any) -> str:
        return messages[key].format(**fields)

    return say


def knows(language: str, key: str) -> bool:
    """Whether the table has a key; for texts that only some codes have."""
    return key in table(language)


def system_language(environ: Mapping[str, str] = os.environ) -> str:
    """`vi` where the system's locale says so, else `en`."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(variable):
            return "vi" if environ[variable].lower().startswith("vi") else "en"
    return "vi" if (locale.getlocale()[0] or "").lower().startswith("vi") else "en"
