"""A receiver that was away and comes back: what waited for it does not wait out its schedule."""

import asyncio
from datetime import timedelta

import pytest

from alerts.dispatcher import LONGEST_HOLD
from alerts.intake import TopicBook, run_intake
from corpus.errors import DeliveryError
from storage.database import Database
from tests.alerts.stock import NOON, article, fill, store
from tests.alerts.test_dispatcher import House, always


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


def test_alerts_that_waited_for_a_receiver_come_as_soon_as_it_is_back(db):
    fill(db, ("a",), articles=2)
    house = House(db)
    house.doing["a"] = always(DeliveryError("connection", "nobody there", retry=True))
    moment = until_tried(house, 5)
    assert min(row.next_at for row in house.outbox.listing()) - moment > timedelta(hours=4)
    house.doing.clear()
    store(db, article("bao-mau:a:9"))
    run_intake(db, TopicBook(db), lambda: moment, lambda: None)
    asyncio.run(house.step_at(moment + LONGEST_HOLD))
    assert house.outbox.counts() == {"due": 0, "delivered": 3, "dead": 0}


def test_an_alert_that_alone_makes_its_receiver_hang_keeps_its_last_tries_for_days(db):
    fill(db, ("a",))
    house = House(db)
    house.doing["a"] = always(DeliveryError("timeout", "too slow", retry=True))
    moment = until_tried(house, 7)
    waits_until = house.outbox.listing()[0].next_at
    house.doing.clear()
    store(db, article("bao-mau:a:9"))
    run_intake(db, TopicBook(db), lambda: moment, lambda: None)
    asyncio.run(house.step_at(moment + LONGEST_HOLD))
    assert house.outbox.counts()["delivered"] == 1
    assert [row.next_at for row in house.outbox.listing(state="due")] == [waits_until]


def until_tried(house, tries):
    """Steps on until every alert had so many tries; gives the time of the last one."""
    moment = NOON
    while True:
        next_at = asyncio.run(house.step_at(moment))
        if all(row.attempts >= tries for row in house.outbox.listing()):
            return moment
        moment = max(moment, next_at)
