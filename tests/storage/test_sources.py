from dataclasses import replace
from datetime import datetime, timedelta

from corpus.clock import HANOI
from storage.database import Database
from storage.sources import SourceState, SourceStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI)


def test_sitemaps_that_left_their_index_are_forgotten_once_they_are_old(db: Database) -> None:
    store, month = SourceStore(db), timedelta(days=30)
    old, new = NOW - 2 * month, NOW - timedelta(days=1)
    for url, parent, checked in [("1", "i", old), ("2", "i", old), ("3", "i", new), ("4", "k", old), ("5", None, old)]:
        store.save(SourceState("a", url, "sitemap", checked_at=checked, parent=parent))
    store.save(SourceState("b", "1", "sitemap", checked_at=old, parent="i"))
    store.forget_children("a", "i", but=["2"], before=NOW - month)
    assert [one.url for one in store.all("a")] == ["2", "3", "4", "5"] and len(store.all("b")) == 1


def test_a_source_comes_back_as_it_was_saved(db: Database) -> None:
    store = SourceStore(db)
    assert store.get("a", "u") is None and store.all() == []
    state = SourceState("a", "u", "feed", '"e"', "Mon", "hash", NOW, NOW, NOW, "ok", 2, 7, "nothing")
    state = replace(state, seen=b"12345678", read_at=NOW, changed_at=NOW - timedelta(days=1))
    store.save(state)
    store.save(SourceState("b", "u", "section"))
    assert store.get("a", "u") == state
    assert [one.outlet for one in store.all()] == ["a", "b"] and store.all("a") == [state]
    store.save(SourceState("a", "u", "feed"))
    assert store.get("a", "u") == SourceState("a", "u", "feed")
