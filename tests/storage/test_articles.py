from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.clock import HANOI, stamp
from corpus.record import ArchivePosition, Caption, Published
from storage.articles import TITLE_LENGTH, ArticleStore, storable
from storage.database import Database
from tests.storage.made import NOON, article


def test_an_article_comes_back_as_it_was_stored(db: Database) -> None:
    store = ArticleStore(db)
    full = article(
        captions=(Caption("Chợ nổi lúc bình minh", "Ảnh: Đào"), Caption("Ghe lúa")),
        modified_at=NOON + timedelta(hours=1),
        archive=ArchivePosition("baosonghau/x.warc.gz", 12, 345),
        flags=("unverified_layout",),
        kicker="Nông thôn mới",
        dateline="(BSH)",
    )
    assert store.add(full) == full
    assert store.get("baosonghau:a:1") == full
    assert store.by_url(full.canonical_url or "") == full
    assert store.get("baosonghau:a:2") is None
    assert store.by_url("https://baosonghau.example/khac.html") is None
    assert [(n, seen, old) for n, seen, old in store.versions("baosonghau:a:1")] == [(1, full.fetched_at, full)]


def test_a_change_makes_a_version_and_keeps_first_seen_and_story(db: Database) -> None:
    store = ArticleStore(db)
    first = store.add(article())
    store.set_story("baosonghau:a:1", "s1")
    store.mark_removed("baosonghau:a:1", NOON)
    later = NOON + timedelta(hours=3)
    edited = store.change(article(text="Bản đã sửa, dài hơn trước.", first_seen_at=later, fetched_at=later))
    assert (edited.version, edited.first_seen_at, edited.story) == (2, first.first_seen_at, "s1")
    assert edited.removed_at is None
    assert store.get("baosonghau:a:1") == edited
    assert [(n, a.text) for n, _, a in store.versions("baosonghau:a:1")] == [(1, first.text), (2, edited.text)]
    assert store.count() == 1


def test_a_change_of_an_unknown_article_is_an_error(db: Database) -> None:
    with pytest.raises(KeyError):
        ArticleStore(db).change(article())


def test_a_refresh_replaces_the_current_version(db: Database) -> None:
    store = ArticleStore(db)
    store.add(article(authors=()))
    store.refresh(article(authors=("Lê Thị Đào",)))
    assert [(n, a.authors) for n, _, a in store.versions("baosonghau:a:1")] == [(1, ("Lê Thị Đào",))]


def test_removal_is_noted_once_and_ends_when_the_article_is_seen_again(db: Database) -> None:
    store = ArticleStore(db)
    store.add(article())
    assert store.mark_removed("baosonghau:a:1", NOON)
    assert not store.mark_removed("baosonghau:a:1", NOON + timedelta(days=1))
    assert not store.mark_removed("baosonghau:a:9", NOON)
    removed = store.get("baosonghau:a:1")
    assert removed is not None
    assert removed.removed_at == NOON
    store.touch("baosonghau:a:1", NOON + timedelta(days=2))
    back = store.get("baosonghau:a:1")
    assert back is not None
    assert (back.removed_at, back.fetched_at) == (None, NOON + timedelta(days=2))


def test_same_content_is_found_in_other_outlets(db: Database) -> None:
    store = ArticleStore(db)
    mine = article(1)
    same = {"title": mine.title, "text": mine.text}
    other = article(2, id="baodongsong:a:7", outlet="baodongsong", **same)
    for each in (mine, other, article(3)):
        store.add(each)
    assert store.same_hash(mine.content_hash) == [mine.id, other.id]
    assert store.same_hash(mine.content_hash, besides_outlet="baosonghau") == [other.id]


def test_lists_are_newest_first(db: Database) -> None:
    store = ArticleStore(db)
    for number in (5, 1, 4, 2, 3):  # ids are no order
        store.add(article(number))
    assert [a.id for a in store.listing(limit=2)] == ["baosonghau:a:3", "baosonghau:a:2"]
    assert [str(a.id)[-1] for a in store.listing()] == ["3", "2", "4", "1", "5"]


def test_lists_filter_by_outlet_province_and_time(db: Database) -> None:
    store = ArticleStore(db)
    day = datetime(2026, 1, 8, tzinfo=HANOI)
    store.add(article(1, published=Published(day, "day", "jsonld", "8/1/2026")))
    store.add(article(2, published=Published(day - timedelta(seconds=1), "minute", "meta", "x")))
    store.add(article(3, published=Published(), first_seen_at=day + timedelta(days=1)))
    store.add(article(4, outlet="baodongsong", id="baodongsong:a:4", province="Cần Thơ"))
    ids = lambda **filters: [str(a.id).rpartition(":")[2] for a in store.listing(**filters)]  # noqa: E731
    assert ids(since=day) == ["4", "3", "1"]
    assert ids(until=day) == ["2"]
    assert ids(since=day, until=day + timedelta(days=1)) == ["4", "1"]
    assert ids(province="Hậu Giang") == ["3", "2", "1"]
    assert ids(province="Cần Thơ") == ["4", "3", "2", "1"]
    assert ids(outlet="baodongsong") == ["4"]


def test_pages_hold_everything_once_and_block_no_writer(db: Database) -> None:
    store = ArticleStore(db)
    for number in range(1, 8):
        store.add(article(number))
    seen = []
    for page in store.pages(rows=3):
        assert len(page) <= 3
        seen += [a.id for a in page]
        if len(seen) == 3:
            store.add(article(8))
    assert seen == [f"baosonghau:a:{n}" for n in range(1, 9)]
    assert [len(page) for page in store.pages(outlet="baokhac")] == []


@pytest.mark.parametrize("missing", ["id", "url", "canonical_url", "outlet", "outlet_name"])
def test_an_article_without_identity_is_not_storable(missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        storable(article().with_(**{missing: None}))


def test_fields_that_sqlite_cannot_hold_are_cleaned() -> None:
    clean = storable(
        article(
            title="Đ" * 900,
            text="một\x00hai\ud800ba",
            tags=("x\udfff",),
            captions=(Caption("a\x00b", None),),
            archive=ArchivePosition("f", 2**70, 1),
        )
    )
    assert len(clean.title) == TITLE_LENGTH
    assert (clean.text, clean.tags, clean.captions[0].text, clean.archive) == ("mộthaiba", ("x",), "ab", None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=80), title=st.text(st.characters(), min_size=1, max_size=20))
def test_any_text_can_be_stored(db: Database, text: str, title: str) -> None:
    store = ArticleStore(db)
    number = store.count() + 1
    clean = storable(article(number, text=text, title=title))
    store.add(clean)
    assert store.get(clean.id or "") == clean


def test_the_summary_counts_articles_by_outlet(db: Database) -> None:
    store = ArticleStore(db)
    assert store.summary() == {}
    stored = store.add(article())
    assert store.summary() == {"baosonghau": (1, stamp(stored.first_seen_at))}
