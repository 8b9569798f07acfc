from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.channels import ChannelStore
from storage.database import Database
from storage.intake import IntakeStore, NewMatch, Verdict
from storage.outbox import FARTHEST, OutboxStore, alert_id
from storage.topics import TopicStore
from tests.alerts.stock import NOON, article, channel, store, topic

LEASE = timedelta(seconds=120)
SECOND = timedelta(seconds=1)


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


@pytest.fixture
def outbox(db):
    """Two articles, told on two channels: four alerts."""
    channel(db, "a")
    channel(db, "b")
    topic(db, channels=("a", "b"))
    for number in (1, 2):
        queue(db, number)
    return OutboxStore(db)


def queue(db, number, channels=("a", "b"), flags=("late",)):
    store(db, article(f"bao-mau:a:{number}", flags=("unverified_layout",)))
    row = IntakeStore(db).due()[-1]
    match = NewMatch("nuoc", 1, None, flags, ({"surface": "hồ"}, {"surface": "hồ"}), ("Một cái hồ.",), channels)
    return IntakeStore(db).settle(row, Verdict((match,)), NOON + number * SECOND)


def test_nobody_is_queued_twice_for_one_article(db, outbox):
    assert outbox.add(1, "nuoc", "bao-mau:a:1", ["a", "b"], NOON) == 0
    assert outbox.counts() == {"due": 4, "delivered": 0, "dead": 0}


def test_a_claim_carries_what_a_message_shows_and_no_text(outbox):
    (claimed,) = outbox.claim(NOON + LEASE, lease=LEASE, channel="a")
    assert claimed.id == alert_id("nuoc", "bao-mau:a:1", "a")
    assert claimed.topic_name == "Nước và hồ đập"
    assert claimed.kind == "webhook"
    assert claimed.flags == ("late", "unverified_layout")
    assert claimed.surfaces == ("hồ",)
    assert claimed.published == article().published
    assert "120 ha" not in repr(claimed)
    assert "nhan.example" not in repr(claimed)


def test_claimed_rows_belong_to_one_caller_until_the_lease_ends(outbox):
    now = NOON + timedelta(minutes=1)
    first = outbox.claim(now, lease=LEASE, limit=10)
    assert len(first) == 4
    assert outbox.claim(now + LEASE - SECOND, lease=LEASE, limit=10) == []
    assert outbox.due_channels(now) == []
    assert outbox.next_due(now) == now + LEASE
    assert outbox.claim(now + LEASE, lease=LEASE, limit=10) == first


def test_the_longest_waiting_alert_goes_first(outbox):
    now = NOON + timedelta(minutes=1)
    assert [outbox.claim(now, lease=LEASE, channel="b")[0].article_id for _ in range(2)] == [
        "bao-mau:a:1",
        "bao-mau:a:2",
    ]


def test_delivered_rows_are_done_and_their_attempts_kept(outbox):
    now = NOON + timedelta(minutes=1)
    (claimed,) = outbox.claim(now, lease=LEASE, channel="a")
    outbox.retry(claimed.id, now, now + timedelta(seconds=5), "status: 500", status=500)
    (again,) = outbox.claim(now + timedelta(minutes=2), lease=LEASE, channel="b")
    assert again.id != claimed.id
    outbox.delivered(claimed.id, now + timedelta(seconds=9), status=200)
    row = outbox.get(claimed.id)
    assert row is not None
    assert (row.state, row.attempts, row.error, row.delivered_at) == ("delivered", 2, None, now + timedelta(seconds=9))
    assert [(d.attempt, d.outcome, d.status) for d in outbox.deliveries(claimed.id)] == [
        (1, "retry", 500),
        (2, "delivered", 200),
    ]


def test_a_retry_is_never_early(outbox):
    now = NOON + timedelta(minutes=1, microseconds=1)
    (claimed,) = outbox.claim(now, lease=LEASE, channel="a")
    outbox.retry(claimed.id, now, now + timedelta(seconds=5), "x")
    row = outbox.get(claimed.id)
    assert row is not None
    assert row.next_at >= now + timedelta(seconds=5)


def test_dead_rows_stay_visible_and_can_be_replayed(outbox):
    now = NOON + timedelta(minutes=1)
    ids = [claimed.id for claimed in outbox.claim(now, lease=LEASE, limit=4)]
    for id_ in ids[:3]:
        outbox.dead(id_, now, "status: 410", status=410, remaining=("x@y.example",))
    assert outbox.counts() == {"due": 1, "delivered": 0, "dead": 3}
    assert {row.error for row in outbox.listing(state="dead")} == {"status: 410"}
    assert outbox.replay([ids[0], ids[0], ids[3], "alert_unknown"], now) == [ids[0]]
    assert sorted(outbox.replay(None, now)) == sorted(ids[1:3])
    replayed = outbox.claim(now, lease=LEASE, limit=9)
    assert {(c.attempts, c.remaining) for c in replayed} == {(0, ("x@y.example",))}


def test_a_held_channel_waits_as_a_whole_and_the_other_one_goes_on(db, outbox):
    now = NOON + timedelta(minutes=1)
    (first,) = outbox.claim(now, lease=LEASE, channel="a")
    later = now + timedelta(hours=1)
    outbox.retry(first.id, now, now + SECOND, "status: 429", hold_until=later)
    assert outbox.due_channels(now) == ["b"]
    assert outbox.claim(now, lease=LEASE, channel="a") == []
    queue(db, 3)
    assert outbox.claim(now, lease=LEASE, channel="a") == []
    assert outbox.next_due(now, busy={"b"}) == later
    assert len(outbox.claim(later, lease=LEASE, channel="a", limit=9)) == 3


def test_times_from_a_wrong_clock_do_not_silence_an_alert(outbox):
    future = NOON + timedelta(days=3650)
    for claimed in outbox.claim(future, lease=LEASE, limit=4)[:2]:
        outbox.retry(claimed.id, future, future + timedelta(seconds=5), "x", hold_until=future)
    now = NOON + timedelta(minutes=1)
    assert outbox.next_due(now) == now
    assert len(outbox.claim(now, lease=LEASE, limit=9)) == 4


def test_removed_topics_and_channels_show_in_the_claim(db, outbox):
    now = NOON + timedelta(minutes=1)
    TopicStore(db).remove("nuoc")
    ChannelStore(db).remove("b")
    claims = outbox.claim(now, lease=LEASE, limit=9)
    assert {(c.channel, c.topic_name, c.kind) for c in claims} == {("a", None, "webhook"), ("b", None, None)}


def test_a_damaged_row_comes_later_and_stops_nothing(db, outbox):
    now = NOON + timedelta(minutes=1)
    with db.write() as connection:
        connection.execute("UPDATE matches SET hits = '[{' WHERE id = 1")
    assert {c.article_id for c in outbox.claim(now, lease=LEASE, limit=9)} == {"bao-mau:a:2"}
    assert outbox.next_due(now) == now + timedelta(minutes=2)
    assert [row.error for row in outbox.listing() if row.error] == ["unreadable: JSONDecodeError"] * 2


@given(st.tuples(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1)))
def test_an_alerts_id_depends_on_its_three_parts_alone(parts):
    clean = [part.encode("utf-8", "ignore").decode() or "x" for part in parts]
    assert alert_id(*clean) == alert_id(*clean)
    assert alert_id(*clean).startswith("alert_")
    assert len(alert_id(*clean)) == 30


def test_no_wait_is_as_long_as_a_wrong_clock():
    assert timedelta(hours=24) * 1.1 < FARTHEST
