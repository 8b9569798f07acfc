import pytest

from storage.articles import ArticleStore
from storage.database import Database
from storage.intake import Backlog, IntakeStore, NewMatch, Settled, Verdict
from storage.outbox import OutboxStore
from tests.alerts.stock import NOON, article, channel, store, topic


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    yield database
    database.close()


def match(channels: tuple[str, ...] = ("van-phong",)) -> NewMatch:
    return NewMatch("nuoc", 1, None, (), ({"surface": "hồ"},), ("Một cái hồ.",), channels)


def test_rows_wait_oldest_first_and_can_be_paged(db):
    for number in range(3):
        store(db, article(f"bao-mau:a:{number}"), prior_read_at=NOON)
    rows = IntakeStore(db).due(2)
    assert [row.article_id for row in rows] == ["bao-mau:a:0", "bao-mau:a:1"]
    assert [row.article_id for row in IntakeStore(db).due(2, after=rows[-1].id)] == ["bao-mau:a:2"]
    assert rows[0].prior_read_at == rows[0].created_at == NOON
    assert IntakeStore(db).count() == Backlog(3, 0, NOON)


def test_settling_writes_story_matches_and_alerts_and_deletes_the_row(db):
    channel(db)
    topic(db)
    store(db, article("bao-mau:a:1"))
    other = store(db, article("bao-khac:a:1"))
    row = IntakeStore(db).due()[0]
    verdict = Verdict((match(),), "s:abc", ("bao-mau:a:1", other.id or ""))
    assert IntakeStore(db).settle(row, verdict, NOON) == Settled(1, 1)
    assert [a.story for a in ArticleStore(db).listing()] == ["s:abc", "s:abc"]
    assert OutboxStore(db).counts() == {"due": 1, "delivered": 0, "dead": 0}
    assert row not in IntakeStore(db).due()


def test_a_row_that_is_gone_settles_nothing(db):
    channel(db)
    topic(db)
    store(db, article())
    row = IntakeStore(db).due()[0]
    IntakeStore(db).settle(row, Verdict(), NOON)
    assert IntakeStore(db).settle(row, Verdict((match(),)), NOON) == Settled(0, 0)
    assert OutboxStore(db).counts()["due"] == 0


def test_settling_is_all_or_nothing(db):
    store(db, article())
    row = IntakeStore(db).due()[0]
    broken = NewMatch("nuoc", 1, None, (), ({"surface": object()},), (), ())
    with pytest.raises(TypeError):
        IntakeStore(db).settle(row, Verdict((match(), broken)), NOON)
    assert IntakeStore(db).due() == [row]
    assert db.rows("SELECT id FROM matches") == []
    assert OutboxStore(db).counts()["due"] == 0


def test_a_row_is_set_aside_after_three_failures_and_can_come_back(db):
    store(db, article())
    intake = IntakeStore(db)
    row = intake.due()[0]
    assert [intake.failed(row.id, "ValueError: no", NOON) for _ in range(3)] == [False, False, True]
    assert intake.due() == []
    assert intake.count() == Backlog(0, 1, None)
    assert (intake.parked()[0].error, intake.parked()[0].parked_at) == ("ValueError: no", NOON)
    assert intake.unpark() == 1
    assert intake.due() == [row.__class__(**{**_fields(row), "error": "ValueError: no"})]


def _fields(row):
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
