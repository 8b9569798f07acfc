import asyncio
import json
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels import make_channel
from alerts.channels.base import ChannelTools, PartlyDelivered, Receipt
from alerts.dispatcher import LEASE, LONGEST_HOLD, LONGEST_WISH, SCHEDULE, Dispatcher, decide
from alerts.intake import TopicBook, run_intake
from corpus.errors import DeliveryError, UsageError, WorkError
from storage.channels import Channel, ChannelStore
from storage.database import Database
from storage.outbox import FARTHEST, OutboxStore
from storage.topics import TopicStore
from tests.alerts.receiver import answer, receiving
from tests.alerts.stock import NOON, article, fill, store
from tests.alerts.words import say

SECOND = timedelta(seconds=1)


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


class House:
    """A dispatcher with channels that do what the test says, and a clock that the test turns."""

    def __init__(self, db):
        self.db = db
        self.now = NOON
        self.told = []
        self.doing = {}
        self.dispatcher = Dispatcher(self.in_database, self.make, clock=lambda: self.now, jitter=lambda: 0.0)
        self.database_fails = []

    async def in_database(self, work):
        await asyncio.sleep(0)
        if self.database_fails:
            raise self.database_fails.pop()
        return work(self.db)

    def make(self, kind, settings):
        return Fake(self, settings["url"])

    async def step_at(self, moment):
        self.now = moment
        return await self.dispatcher.step(patience=None)

    @property
    def outbox(self):
        return OutboxStore(self.db)


class Fake:
    def __init__(self, house, name):
        self.house, self.name = house, name

    async def deliver(self, alert):
        self.house.told.append((self.name, alert.article_id, alert.id))
        done = self.house.doing.get(self.name)
        result = await done(alert) if done else Receipt(200)
        if isinstance(result, Exception):
            raise result
        return result


def always(result):
    async def do(_):
        return result

    return do


def refusal(status=500, retry=True, wish=None, code="status"):
    return DeliveryError(code, "no", retry=retry, status=status, retry_after=wish)


def test_what_is_due_is_delivered_and_marked(db):
    fill(db, ("a", "b"), articles=3)
    house = House(db)
    assert asyncio.run(house.step_at(NOON)) is None
    assert Counter(name for name, _, _ in house.told) == {"a": 3, "b": 3}
    assert house.outbox.counts() == {"due": 0, "delivered": 6, "dead": 0}
    asyncio.run(house.step_at(NOON + timedelta(days=1)))
    assert len(house.told) == 6


def test_an_alert_is_tried_on_the_schedule_with_one_id_and_then_parked(db):
    fill(db)
    house = House(db)
    house.doing["a"] = always(refusal())
    moment, waits = NOON, []
    for _ in range(9):
        due = asyncio.run(house.step_at(moment))
        assert due is not None
        waits.append(due - moment)
        early = len(house.told)
        asyncio.run(house.step_at(due - SECOND))
        assert len(house.told) == early
        moment = due
    assert asyncio.run(house.step_at(moment)) is None
    assert waits == list(SCHEDULE)
    assert len(house.told) == 10
    assert len({id_ for _, _, id_ in house.told}) == 1
    (row,) = house.outbox.listing(state="dead")
    assert (row.error, row.attempts) == ("status: no", 10)
    house.outbox.replay(None, moment)
    house.doing.clear()
    asyncio.run(house.step_at(moment))
    assert house.outbox.counts() == {"due": 0, "delivered": 1, "dead": 0}
    assert len({id_ for _, _, id_ in house.told}) == 1


def test_nine_failures_and_a_yes_are_one_delivery(db):
    fill(db)
    house = House(db)
    answers = [refusal()] * 9 + [Receipt(200)]

    async def do(_):
        return answers.pop(0)

    house.doing["a"] = do
    due = NOON
    while due is not None:
        due = asyncio.run(house.step_at(due))
    assert house.outbox.counts()["delivered"] == 1


def test_a_final_refusal_is_parked_at_once_and_the_others_go_on(db):
    fill(db, articles=2)
    house = House(db)

    async def do(alert):
        return refusal(410, retry=False) if alert.article_id.endswith("0") else Receipt(200)

    house.doing["a"] = do
    asyncio.run(house.step_at(NOON))
    assert house.outbox.counts() == {"due": 0, "delivered": 1, "dead": 1}


def test_retry_after_holds_the_whole_channel_and_no_other(db):
    fill(db, ("a", "b"), articles=3)
    house = House(db)
    house.doing["a"] = always(refusal(429, wish=3600.0))
    asyncio.run(house.step_at(NOON))
    assert Counter(name for name, _, _ in house.told) == {"a": 1, "b": 3}
    due = asyncio.run(house.step_at(NOON + timedelta(minutes=59)))
    assert due == NOON + timedelta(hours=1)
    assert Counter(name for name, _, _ in house.told)["a"] == 1
    house.doing.clear()
    asyncio.run(house.step_at(due))
    assert house.outbox.counts()["delivered"] == 6


def test_a_dead_endpoint_delays_the_others_by_nothing(db):
    names = ("tot-chet", *(f"tot-{number}" for number in range(50)))
    fill(db, names)
    house = House(db)

    async def scene():
        gate = asyncio.Event()

        async def hang(_):
            await gate.wait()
            return refusal(None, code="timeout")

        house.doing["tot-chet"] = hang
        due = await house.dispatcher.step(patience=0.5)
        assert house.outbox.counts()["delivered"] == 50
        assert due is not None
        assert due <= house.now + timedelta(seconds=5)
        store(db, article("bao-mau:a:9"))
        run_intake(db, TopicBook(db), lambda: NOON, lambda: None)
        await house.dispatcher.step(patience=0.5)
        assert house.outbox.counts()["delivered"] == 100
        assert Counter(name for name, _, _ in house.told)["tot-chet"] == 1
        gate.set()
        await house.dispatcher.step(patience=None)

    asyncio.run(scene())
    assert house.outbox.counts() == {"due": 2, "delivered": 100, "dead": 0}


def test_one_channel_gets_one_alert_at_a_time(db):
    fill(db, articles=5)
    house, at_once = House(db), []

    async def do(_):
        at_once.append(1)
        await asyncio.sleep(0)
        assert len(at_once) == 1
        at_once.pop()
        return Receipt(200)

    house.doing["a"] = do
    asyncio.run(house.step_at(NOON))
    assert house.outbox.counts()["delivered"] == 5


def test_a_poison_row_moves_an_hour_ahead_and_the_others_go_on(db):
    fill(db, articles=2)
    house = House(db)

    async def do(alert):
        return RuntimeError("hush") if alert.article_id.endswith("0") else Receipt(200)

    house.doing["a"] = do
    due = asyncio.run(house.step_at(NOON))
    assert due == NOON + timedelta(hours=1)
    assert house.outbox.counts() == {"due": 1, "delivered": 1, "dead": 0}
    assert [row.error for row in house.outbox.listing(state="due")] == ["unexpected: RuntimeError"]


def test_settings_that_do_not_fit_any_more_can_be_mended_meanwhile(db):
    fill(db)
    house = House(db)

    def broken(kind, settings):
        raise UsageError("channel_settings", "email channel: host: missing")

    house.dispatcher._make_channel = broken
    due = asyncio.run(house.step_at(NOON))
    house.dispatcher._make_channel = house.make
    assert asyncio.run(house.step_at(due)) is None
    assert house.outbox.counts()["delivered"] == 1


@pytest.mark.parametrize("what", ["topic", "channel"])
def test_an_alert_whose_topic_or_channel_is_gone_is_parked_with_that_reason(db, what):
    fill(db)
    if what == "topic":
        TopicStore(db).remove("nuoc")
    else:
        ChannelStore(db).remove("a")
    house = House(db)
    assert asyncio.run(house.step_at(NOON)) is None
    assert house.told == []
    assert [row.error for row in house.outbox.listing(state="dead")] == [f"{what}_removed"]


def test_only_the_remaining_recipients_are_told_again(db):
    fill(db)
    house, seen = House(db), []

    async def do(alert):
        seen.append(alert.remaining)
        if len(seen) == 1:
            return PartlyDelivered("recipients", "x", retry=True, status=451, remaining=("b@tinh.example",))
        return Receipt(250)

    house.doing["a"] = do
    due = asyncio.run(house.step_at(NOON))
    asyncio.run(house.step_at(due))
    assert seen == [None, ("b@tinh.example",)]


def test_marking_waits_for_the_database_and_never_sends_again(db):
    fill(db)
    house = House(db)
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    async def do(_):
        house.database_fails += [WorkError("database_locked", "x", retry=True)] * 3
        return Receipt(200)

    house.doing["a"] = do
    house.dispatcher._sleep = sleep
    asyncio.run(house.step_at(NOON))
    assert waits == [1.0, 2.0, 4.0]
    assert len(house.told) == 1
    assert house.outbox.counts()["delivered"] == 1


def test_a_locked_database_means_later(db):
    fill(db)
    house = House(db)
    house.database_fails = [WorkError("database_locked", "x", retry=True)]
    assert asyncio.run(house.step_at(NOON)) == NOON + timedelta(seconds=5)
    house.database_fails = [WorkError("data_read_only", "x")]
    with pytest.raises(WorkError):
        asyncio.run(house.step_at(NOON))


def test_closing_lets_work_end_and_cuts_what_hangs(db):
    fill(db, ("a", "b"))
    house = House(db)

    async def hang(_):
        await asyncio.Event().wait()

    async def scene():
        house.doing["a"] = hang
        await house.dispatcher.step(patience=0.05)
        await house.dispatcher.close(grace=0.05)
        assert await house.dispatcher.step(patience=0.05) == NOON + LEASE

    asyncio.run(scene())
    assert house.outbox.counts() == {"due": 1, "delivered": 1, "dead": 0}
    assert Counter(name for name, _, _ in house.told) == {"a": 1, "b": 1}


def test_what_a_dead_dispatcher_held_is_delivered_at_once_by_the_next_one(db):
    fill(db)
    house = House(db)
    (lost,) = house.outbox.claim(NOON, lease=LEASE)
    asyncio.run(house.step_at(NOON))
    assert [id_ for _, _, id_ in house.told] == [lost.id]


def test_a_claim_that_was_never_marked_is_delivered_when_the_lease_ends(db):
    house = House(db)
    assert asyncio.run(house.step_at(NOON)) is None
    fill(db)
    (lost,) = house.outbox.claim(NOON, lease=LEASE)
    assert asyncio.run(house.step_at(NOON)) == NOON + LEASE
    assert house.told == []
    asyncio.run(house.step_at(NOON + LEASE))
    assert [id_ for _, _, id_ in house.told] == [lost.id]


RESULTS = st.one_of(
    st.just(Receipt(200)),
    st.just(RuntimeError("x")),
    st.just(UsageError("channel_settings", "x")),
    st.builds(
        DeliveryError,
        st.sampled_from(["status", "timeout", "smtp"]),
        st.just("x"),
        retry=st.booleans(),
        status=st.none() | st.integers(100, 599),
        retry_after=st.none() | st.floats(0, 1e12),
    ),
)


@given(st.integers(0, 12), RESULTS, st.floats(0, 1))
def test_no_alert_is_forgotten_and_none_waits_too_long(attempts, result, jitter):
    outcome = decide(attempts, result, NOON, jitter)
    assert outcome.state in {"due", "delivered", "dead"}
    if outcome.state == "due":
        assert attempts < len(SCHEDULE)
        assert outcome.next_at is not None
        assert NOON + SCHEDULE[attempts] <= outcome.next_at < NOON + FARTHEST
        if isinstance(result, DeliveryError) and result.retry_after:
            assert outcome.next_at >= NOON + min(timedelta(seconds=result.retry_after), LONGEST_WISH)
    if outcome.hold_until is not None:
        assert NOON < outcome.hold_until <= NOON + max(LONGEST_HOLD, LONGEST_WISH)
    if isinstance(result, Receipt):
        assert outcome.state == "delivered"


def test_over_a_real_connection(db):
    async def scene():
        async with receiving(answer(500), answer(200)) as receiver:
            ChannelStore(db).add(
                Channel(
                    "a",
                    "webhook",
                    {"url": receiver.url, "allow_private": True, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                    NOON,
                )
            )
            fill(db)
            house = House(db)
            tools = ChannelTools(say, lambda: house.now)
            house.dispatcher._make_channel = lambda kind, settings: make_channel(kind, settings, tools)
            due = await house.step_at(NOON)
            assert due is not None
            assert await house.step_at(due) is None
            return receiver.requests

    first, second = asyncio.run(scene())
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert json.loads(first.body) == json.loads(second.body)
