"""Every example of docs/query-language.md does what the page says."""

import json
import re
from pathlib import Path

import pytest

from alerts.matching import match, searchable_from_json
from alerts.query import parse
from alerts.query.aliases import _SAFE
from alerts.query.nodes import FIELDS
from corpus.errors import QueryError

PAGE = (Path(__file__).parents[2] / "docs/query-language.md").read_text(encoding="utf-8")


def examples():
    query = ""
    for block in re.findall(r"```query\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("  "):
                verdict, _, text = line.strip().partition(":")
                yield query, verdict == "yes", text.strip()
            else:
                query = line


@pytest.mark.parametrize(("query", "matches", "text"), list(examples()))
def test_example(query, matches, text):
    item = searchable_from_json(json.loads(text) if text.startswith("{") else {"text": text})
    assert (match(parse(query), item) is not None) == matches


@pytest.mark.parametrize(
    "query", [line for block in re.findall(r"```error\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
)
def test_error(query):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.hint or caught.value.message


def test_there_are_examples_in_both_halves():
    english, vietnamese = PAGE.split("\n---\n")
    assert english.count("yes:") > 15
    assert vietnamese.count("yes:") >= 4


@pytest.mark.parametrize("half", PAGE.split("\n---\n"))
def test_each_half_names_all_fields_and_abbreviations(half):
    for field in FIELDS:
        assert f"`{field}:`" in half
    for name, _ in _SAFE:
        assert name in half
