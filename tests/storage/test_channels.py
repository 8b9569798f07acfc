import pytest

from corpus.errors import UsageError
from storage.channels import Channel, ChannelStore
from storage.database import Database
from storage.topics import TopicStore
from tests.alerts.stock import NOON, channel, topic


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


def test_channels_come_back_as_they_were_stored(db):
    second = channel(db, "b")
    first = channel(db, "a", "email")
    assert ChannelStore(db).all() == [first, second]
    assert ChannelStore(db).get("b") == second
    assert ChannelStore(db).get("c") is None


def test_settings_do_not_show_in_a_traceback():
    assert "hush" not in repr(Channel("a", "email", {"password": "hush"}, NOON))


def test_bad_and_doubled_names_are_refused(db):
    channel(db, "a")
    for slug, code in (("a", "channel_exists"), ("A", "bad_slug"), ("-a", "bad_slug")):
        with pytest.raises(UsageError) as caught:
            channel(db, slug)
        assert caught.value.code == code


def test_removing_a_channel_takes_it_off_its_topics_and_says_which(db):
    channel(db, "a")
    channel(db, "b")
    topic(db, "mot", channels=("a", "b"))
    topic(db, "hai", channels=("b",))
    assert ChannelStore(db).remove("a") == ["mot"]
    assert [t.channels for t in TopicStore(db).all()] == [("b",), ("b",)]
    with pytest.raises(UsageError):
        ChannelStore(db).remove("a")
