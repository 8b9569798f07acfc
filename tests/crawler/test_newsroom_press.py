"""The whole sample press, crawled by the real code, every stored record beside what its paper meant.

The markup is written from what is known of the real systems, apart from the selectors: so only what must always hold
is asserted in full, and a floor for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crawler.newsroom_bench import NewsBench, newsroom_bench, press_of
from tests.crawler.newsroom_truth import Compared, compare, contradicts, table

pytestmark = pytest.mark.crawl
PRESS = press_of()

FLOORS = {
    "lead": 0.98,
    "text": 0.8,
    "authors": 0.9,
    "date": 0.98,
    "section": 0.9,
    "tags": 0.8,
    "captions": 0.95,
    "language": 1.0,
}
"""Share of the articles whose field is exactly right."""
TEXT_F1 = 0.97


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewsBench]:
    """The press after a day: a baseline, rounds while it publishes, and some after."""
    with newsroom_bench(tmp_path_factory.mktemp("press"), PRESS) as bench:
        bench.play(0, 1, 2.1, 3, 9)
        yield bench


@pytest.fixture(scope="module")
def found(crawled: NewsBench) -> list[Compared]:
    return compare(crawled)


def test_nothing_is_missed_doubled_or_told_wrongly(crawled: NewsBench) -> None:
    crawled.check()


def test_every_title_is_right(found: list[Compared]) -> None:
    wrong = [(one.key, one.wanted, one.got) for one in found if one.field == "title" and not one.right]
    assert wrong == []


def test_no_date_is_wrong(crawled: NewsBench, found: list[Compared]) -> None:
    at = {h.key: h.at for h in crawled.room.log().happenings if h.kind == "published"}
    wrong = [
        (one.key, at[one.key], one.got) for one in found if one.field == "date" and contradicts(one.got, at[one.key])
    ]
    assert wrong == []


def test_no_furniture_is_stored(found: list[Compared]) -> None:
    assert [(one.key, one.got) for one in found if one.field == "furniture" and not one.right] == []


def test_nothing_but_articles_is_stored(crawled: NewsBench) -> None:
    """No section, tag page, printed issue or broadcast, whatever its address looks like: its words are furniture."""
    meant = {happening.url for happening in crawled.room.log().happenings}
    rows = crawled.db.rows("SELECT url, language FROM articles")
    foreign = {row["url"] for row in rows if "/khmer/" in row["url"] and row["language"] != "vi"}
    assert set(crawled.stored()) - meant - foreign == set()


def test_articles_in_another_language_are_stored_as_such(crawled: NewsBench) -> None:
    rows = crawled.db.rows("SELECT language FROM articles WHERE url LIKE '%/khmer/detail-%'")
    assert [row["language"] == "vi" for row in rows] == [False, False]


@pytest.mark.parametrize("field", FLOORS)
def test_the_rest_is_mostly_right(found: list[Compared], field: str) -> None:
    ones = [one for one in found if one.field == field]
    share = sum(one.right for one in ones) / len(ones)
    assert share >= FLOORS[field], f"{share:.3f}\n{table(found)}"


def test_the_text_of_every_article_is_nearly_right(found: list[Compared]) -> None:
    poor = [(one.key, round(one.f1, 3)) for one in found if one.field == "text" and one.f1 < TEXT_F1]
    assert poor == []
