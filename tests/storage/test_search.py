import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import UsageError
from storage.articles import ArticleStore
from storage.database import Database
from storage.search import WORDS_AT_MOST, search
from tests.shared import SHARED, needs_shared
from tests.storage.made import article


@pytest.fixture
def corpus(db: Database) -> Database:
    store = ArticleStore(db)
    store.add(article(1, title="Giải phóng mặt bằng đường ven biển", text="Đất đai Đắk Lắk và hoà bình."))
    store.add(article(2, title="Ánh dương trên đồi chè", text="Không có gì về dat dai ở đây. Nộp 1.500 đồng."))
    store.add(article(3, title="COVID-19 đã lùi xa", text="Ngày 7/12/2016 và số 12/2025/NĐ-CP.", outlet="baokhac"))
    return db


def found(db: Database, text: str) -> list[int]:
    return [int(str(item.id).rpartition(":")[2]) for item in search(db, text)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("đường", [1]),
        ("dương", [2]),
        ("duong", [2, 1]),
        ("dat dai", [2, 1]),
        ("đất đai", [1]),
        ('"đất đai đắk lắk"', [1]),
        ('"đai đất"', []),
        ("dak lak", [1]),
        ("hòa bình", [1]),  # the other placement of the tone
        ("ĐẤT", [1]),
        ("covid-19", [3]),
        ("7/12/2016", [3]),
        ("1.500", [2]),
        ("đường dat", [1]),
        ("đường xyz", []),
        ("“đất đai”", [1]),
        ("AND OR NOT", []),
        ('"đất', [1]),
        ("exact : dat", []),
        ("dat*", [2, 1]),  # a star is no operator
        ("e\u0302", []),
    ],
)
def test_marks_typed_must_agree_and_words_without_marks_find_both(corpus: Database, text: str, ids: list[int]) -> None:
    assert found(corpus, text) == ids


def test_decomposed_text_is_found_as_well(corpus: Database) -> None:
    assert found(corpus, "đa\u0302\u0301t \u0111ai") == found(corpus, "đất đai")


def test_newest_first_limited_and_by_outlet(corpus: Database) -> None:
    assert [a.id for a in search(corpus, "đã", limit=1)] == ["baosonghau:a:3"]
    assert [a.outlet for a in search(corpus, "xa", outlet="baokhac")] == ["baokhac"]
    assert search(corpus, "xa", outlet="baosonghau") == []


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "+-*/", "…", "\x00", "\ud800", "🌾"])
def test_nothing_to_search_for_is_wrong_use(corpus: Database, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        search(corpus, text)
    assert caught.value.code == "search_blank"


def test_too_many_words_are_wrong_use(corpus: Database) -> None:
    search(corpus, "lúa " * WORDS_AT_MOST)
    with pytest.raises(UsageError):
        search(corpus, "lúa " * (WORDS_AT_MOST + 1))


def harmless(db: Database, text: str) -> None:
    with suppress(UsageError):
        search(db, text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters() | st.sampled_from("\"*:^(){}-+ 'đĐất"), max_size=60))
def test_whatever_is_typed_is_a_search_or_wrong_use(corpus: Database, text: str) -> None:
    harmless(corpus, text)


@needs_shared
@pytest.mark.shared
def test_naughty_strings_are_a_search_or_wrong_use(corpus: Database) -> None:
    for text in json.loads((SHARED / "trust/markup/naughty_strings.json").read_text("utf-8")):
        harmless(corpus, text)
        harmless(corpus, f'"{text}"')
