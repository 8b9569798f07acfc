import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from corpus.record import ArchivePosition, Published, from_json, to_json
from tests.corpus.articles import NOON, article

SCHEMA = json.loads((files("corpus") / "article.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DAY = NOON.replace(hour=0)

ARTICLES = [
    article(),
    article(
        published=Published(DAY, "day", "listing", "08/01/2026"), archive=ArchivePosition("baomau/a.warc.gz", 0, 9)
    ),
    article(published=Published(), id=None, url=None, canonical_url=None, outlet=None, outlet_name=None, province=None),
    article(removed_at=NOON, modified_at=NOON, authors=(), captions=(), tags=(), lead=None, language=None),
]


@pytest.mark.parametrize("made", ARTICLES)
def test_records_fit_the_schema_and_come_back(made):
    value = json.loads(json.dumps(to_json(made)))
    VALIDATOR.validate(value)
    assert from_json(value) == made


def test_the_schema_is_sound_and_names_the_keys_in_order():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert list(SCHEMA["properties"]) == SCHEMA["required"] == list(to_json(article()))


@pytest.mark.parametrize(
    "change",
    [
        {"title": None},
        {"extra": 1},
        {"version": 0},
        {"fetched_at": "2026-01-08T12:00:00Z"},
        {"content_hash": "x"},
        {"canonical_url": "http://a.vn/"},
        {"published": {"at": "2026-01-08", "precision": "none", "source": None, "raw": None}},
        {"published": {"at": None, "precision": "day", "source": None, "raw": None}},
        {"published": {"at": "2026-01-08", "precision": "minute", "source": None, "raw": None}},
    ],
)
def test_what_the_schema_refuses(change):
    assert not VALIDATOR.is_valid(to_json(article()) | change)
    value = to_json(article())
    del value["kicker"]
    assert not VALIDATOR.is_valid(value)


def test_every_key_is_documented():
    page = (Path(__file__).parents[2] / "docs/corpus-format.md").read_text(encoding="utf-8")
    for key in (*SCHEMA["properties"], *SCHEMA["properties"]["published"]["properties"]):
        assert f"| `{key}` |" in page, key
