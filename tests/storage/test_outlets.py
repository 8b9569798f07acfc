from dataclasses import replace
from datetime import datetime

from corpus.clock import HANOI
from storage.database import Database
from storage.outlets import OutletState, OutletStore


def test_an_unknown_outlet_has_an_empty_state(db: Database) -> None:
    assert OutletStore(db).get("baomot") == OutletState("baomot")
    assert OutletStore(db).all() == {}


def test_a_state_comes_back_as_it_was_saved(db: Database) -> None:
    moment = datetime(2026, 11, 23, 7, 0, tzinfo=HANOI)
    state = OutletState("baomot", moment, None, moment, "ab12", None, moment, {"links": 5, "read": "Một bài"})
    store = OutletStore(db)
    store.save(state)
    assert store.get("baomot") == state
    store.save(replace(state, verified_at=moment))
    assert store.all() == {"baomot": replace(state, verified_at=moment)}
