"""docs/operations.md is whole: every code that a person may meet stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.channels.email import EmailSettings
from alerts.channels.webhook import WebhookSettings
from alerts.dispatcher import SCHEDULE, UNREACHABLE
from storage.outbox import CHANNEL_REMOVED, TOPIC_REMOVED
from tintinh.cli.live import COLUMNS
from tintinh.messages import speaker, table

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def codes(section: str) -> list[str]:
    return [key.partition(".")[2] for key in table("en") if key.startswith(f"{section}.")]


@pytest.mark.parametrize("code", [c for c in codes("outcome") if c not in ("running", "never")])
def test_every_outcome_is_explained(code):
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("code", codes("problem"))
def test_problems_are_explained_in_the_words_of_the_program(code):
    say = speaker("en")
    assert f"| `{code}` | {say(f'problem.{code}')} | {say(f'next.{code}', slug='SLUG')} |\n" in TEXT


def test_no_problem_is_explained_that_there_is_not():
    _, _, rest = TEXT.partition("## What a problem code means")
    section = rest.partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z_]+)` \|", section, re.M) == codes("problem")


@pytest.mark.parametrize("column", [*(f"live.{name}" for name in COLUMNS), "column.state"])
def test_every_column_of_the_live_table_is_explained(column):
    assert f"| `{table('en')[column]}` |" in TEXT


@pytest.mark.parametrize("words", [text for key, text in table("en").items() if key.startswith("outcome.")])
def test_outcomes_are_named_as_status_shows_them(words):
    assert f"| {words} |" in TEXT


@pytest.mark.parametrize("setting", [*EmailSettings.model_fields, *WebhookSettings.model_fields])
def test_every_channel_setting_is_explained(setting):
    assert f"`{setting}`" in TEXT


@pytest.mark.parametrize(
    "error",
    [*UNREACHABLE, TOPIC_REMOVED, CHANNEL_REMOVED, "smtp", "recipients", "status", "no_mail_server", "unexpected"],
)
def test_every_delivery_error_is_explained(error):
    assert f"`{error}`" in TEXT


def test_the_schedule_is_the_real_one():
    words = ["5 s", "5 min", "30 min", "2 h", "5 h", "10 h", "14 h", "20 h", "24 h"]
    seconds = [int(n) * {"s": 1, "min": 60, "h": 3600}[unit] for n, unit in map(str.split, words)]
    assert [wait.total_seconds() for wait in SCHEDULE] == seconds
    assert ", ".join(words[:-1]) + " and 24 h" in " ".join(TEXT.split())
