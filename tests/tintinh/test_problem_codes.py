"""Every code that a person may meet has its words: problems a sentence and a next step, errors a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from crawler.discovery import found
from crawler.fetching.responses import ResponseClass
from tintinh.messages import table

ROOT = Path(__file__).parents[2]
PROBLEM = re.compile(r"""\b(?:Problem|WorkerLost)\(\s*"([a-z_]+)\"""")
ERROR = re.compile(r"""\b(?:WorkError|UsageError|LockHeld|unknown)\(\s*"([a-z_]+)\"""")


RUN = ("archive", "articles", "database", "hosts", "links", "outlets", "runs", "sink", "sources")
"""The modules of storage that a crawl run works with."""


def literals(pattern: re.Pattern[str], *places: str) -> set[str]:
    """What a pattern finds in the code of these rooms or files."""
    paths = [
        path for place in places for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    return {code for path in paths for code in pattern.findall(path.read_text(encoding="utf-8"))}


def problem_codes() -> set[str]:
    """The codes that crawler, supervisor and scheduler can give a run or an outlet."""
    classes = set(get_args(ResponseClass)) - {"ok", "not_modified"}
    tls = {"tls_name", "tls_expired", "tls_chain", "tls_protocol"}
    sources = {f"source_{problem}" for problem in get_args(found.Problem)}
    run = literals(PROBLEM, "crawler", "scheduler", "tintinh") | {"run_stopped", "came_back", "moved"}
    # A worker that cannot work, and a run that breaks, give the codes of the errors that stop them.
    stopping = literals(ERROR, *(f"storage/{name}.py" for name in RUN)) | {"config", "outlet_file", "overrides"}
    return classes | tls | sources | run | stopping


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_problem_has_a_sentence_and_a_next_step(language: str) -> None:
    codes = problem_codes()
    assert len(codes) > 40
    for section in ("problem", "next"):
        assert {code for code in codes if f"{section}.{code}" not in table(language)} == set(), section


def test_sentences_and_next_steps_have_the_same_keys() -> None:
    keys = {section: {key.partition(".")[2] for key in table("en") if key.startswith(f"{section}.")}
            for section in ("problem", "next")}  # fmt: skip
    assert keys["problem"] == keys["next"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_sentences_are_whole(language: str) -> None:
    for key, text in table(language).items():
        if key.startswith(("problem.", "next.")):
            assert text[0].isupper() or text.startswith(("`", "tintinh")), key
            assert text.endswith((".", "`.")), key


def test_every_error_of_the_command_line_has_a_vietnamese_sentence() -> None:
    codes = literals(ERROR, "storage", "tintinh", "crawler", "corpus")
    words = table("vi")
    assert {code for code in codes if f"error.{code}" not in words and f"problem.{code}" not in words} == set()
