from dataclasses import replace

import pytest

from corpus.errors import UsageError
from storage.database import Database
from storage.topics import Topic, TopicStore
from tests.alerts.stock import NOON, channel, topic


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


def test_a_topic_comes_back_as_it_was_stored(db):
    channel(db)
    stored = topic(db)
    assert TopicStore(db).get("nuoc") == stored
    assert TopicStore(db).all() == [stored]
    assert stored.revision == 1


def test_every_change_raises_the_revision_and_keeps_the_birthday(db):
    channel(db)
    stored = topic(db)
    changed = TopicStore(db).change(replace(stored, query="đập", revision=99))
    assert (changed.revision, changed.query, changed.created_at) == (2, "đập", NOON)
    assert TopicStore(db).get("nuoc") == changed


def test_a_channel_named_twice_counts_once(db):
    channel(db)
    topic(db, channels=("van-phong", "van-phong"))
    found = TopicStore(db).get("nuoc")
    assert found is not None
    assert found.channels == ("van-phong",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"slug": "Nước"}, "bad_slug"),
        ({"slug": ""}, "bad_slug"),
        ({"slug": "../x"}, "bad_slug"),
        ({"slug": "a" * 41}, "bad_slug"),
        ({"name": "  "}, "bad_topic"),
        ({"max_age_days": 0.0}, "bad_topic"),
        ({"max_age_days": float("nan")}, "bad_topic"),
        ({"max_age_days": float("inf")}, "bad_topic"),
        ({"channels": ("khong-co",)}, "unknown_channel"),
    ],
)
def test_a_wrong_topic_is_refused(db, change, code):
    good = Topic("nuoc", "Nước", "nước", (), 3.0, 1, NOON)
    with pytest.raises(UsageError) as caught:
        TopicStore(db).add(replace(good, **change))
    assert caught.value.code == code
    assert TopicStore(db).all() == []


def test_unknown_and_doubled_names_are_told(db):
    channel(db)
    stored = topic(db)
    for call, code in (
        (lambda: topic(db), "topic_exists"),
        (lambda: TopicStore(db).remove("khac"), "unknown_topic"),
        (lambda: TopicStore(db).change(replace(stored, slug="khac")), "unknown_topic"),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == code


def test_a_removed_topic_is_gone(db):
    channel(db)
    topic(db)
    TopicStore(db).remove("nuoc")
    assert TopicStore(db).get("nuoc") is None
