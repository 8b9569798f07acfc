from datetime import datetime

from corpus.clock import HANOI
from storage.database import Database
from storage.sources import SourceState, SourceStore

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI)


def test_a_source_comes_back_as_it_was_saved(db: Database) -> None:
    store = SourceStore(db)
    assert store.get("a", "u") is None and store.all() == []
    state = SourceState("a", "u", "feed", '"e"', "Mon", "hash", NOW, NOW, NOW, "ok", 2, 7, "nothing")
    store.save(state)
    store.save(SourceState("b", "u", "section"))
    assert store.get("a", "u") == state
    assert [one.outlet for one in store.all()] == ["a", "b"] and store.all("a") == [state]
    store.save(SourceState("a", "u", "feed"))
    assert store.get("a", "u") == SourceState("a", "u", "feed")
