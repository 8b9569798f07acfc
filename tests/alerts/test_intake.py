import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import matching
from alerts.intake import TOO_OLD, TopicBook, run_intake, timing
from alerts.query import parse
from corpus.clock import HANOI
from corpus.errors import WorkError
from corpus.record import Published
from storage.articles import ArticleStore
from storage.database import Database
from storage.intake import IntakeRow, IntakeStore
from storage.outbox import OutboxStore
from storage.topics import TopicStore
from tests.alerts.stock import NOON, article, channel, store, topic

DAY = timedelta(days=1)
EDITED = "Sáng nay, xã Đồi Mây khánh thành hồ chứa nước, sớm một tháng."


@pytest.fixture
def db(tmp_path):
    database = Database.open(tmp_path)
    channel(database)
    yield database
    database.close()


def run(db, book=None):
    return run_intake(db, book or TopicBook(db), lambda: NOON, lambda: None)


def minute(moment):
    return Published(moment, "minute", "visible", None)


def matches(db):
    return db.rows("SELECT topic, article_id, version, kind, silent, flags FROM matches ORDER BY id")


def test_an_article_that_matches_makes_a_match_and_an_alert_and_the_row_goes(db):
    topic(db)
    store(db, article())
    store(db, article("bao-mau:a:2", title="Giải bóng đá", text="Trận cuối hòa."))
    woken = []
    result = run_intake(db, TopicBook(db), lambda: NOON, lambda: woken.append(1))
    assert (result.rows, result.matches, result.alerts, result.failed) == (2, 1, 1, 0)
    assert woken == [1]
    assert IntakeStore(db).due() == []
    (claimed,) = OutboxStore(db).claim(NOON, lease=DAY)
    assert claimed.surfaces == ("hồ chứa nước",)
    assert claimed.sentences == ("Sáng nay, xã Đồi Mây khởi công hồ chứa nước.",)
    assert run(db).rows == 0


def test_one_alert_for_each_topic_and_channel(db):
    channel(db, "lanh-dao")
    topic(db, "nuoc", channels=("van-phong", "lanh-dao"))
    topic(db, "xa", query="xã Đồi Mây")
    topic(db, "khong-ai", query="xã Đồi Mây", channels=())
    store(db, article())
    result = run(db)
    assert (result.matches, result.alerts) == (3, 3)


@pytest.mark.parametrize("silent", ["baseline", "flood", "reextract"])
def test_silent_rows_get_matches_and_stories_but_tell_nobody(db, silent):
    topic(db)
    store(db, article(), silent=silent)
    store(db, article("bao-khac:a:1"), silent=silent)
    result = run(db)
    assert (result.matches, result.alerts) == (2, 0)
    assert {row["silent"] for row in matches(db)} == {silent}
    assert {item.story for item in ArticleStore(db).listing()} == {f"s:{article().content_hash[:16]}"}


def test_the_same_text_in_two_outlets_is_one_story_and_within_one_outlet_is_none(db):
    store(db, article("bao-mau:a:1"))
    store(db, article("bao-mau:a:2"))
    run(db)
    assert {item.story for item in ArticleStore(db).listing()} == {None}
    store(db, article("bao-khac:a:1"))
    store(db, article("bao-khac:a:2", text="Chuyện khác."))
    run(db)
    stories = {item.id: item.story for item in ArticleStore(db).listing()}
    story = f"s:{article().content_hash[:16]}"
    assert stories == {"bao-mau:a:1": story, "bao-mau:a:2": story, "bao-khac:a:1": story, "bao-khac:a:2": None}


def test_an_edit_tells_nobody_twice(db):
    topic(db)
    store(db, article())
    run(db)
    for number in range(3):
        store(db, article(text=f"{EDITED} Lần {number}."), "edited", at=NOON + timedelta(hours=1))
    result = run(db)
    assert (result.matches, result.alerts) == (3, 0)
    assert OutboxStore(db).counts()["due"] == 1


def test_an_edit_that_makes_an_article_match_alerts_once(db):
    topic(db)
    store(db, article(title="Tin vắn", text="Chuyện khác hẳn."))
    assert run(db).alerts == 0
    store(db, article(), "edited")
    assert run(db).alerts == 1
    (claimed,) = OutboxStore(db).claim(NOON, lease=DAY)
    assert (claimed.match_kind, claimed.version) == ("edited", 2)


def test_an_edit_of_an_article_that_matched_silently_before_tells_nobody(db):
    topic(db)
    store(db, article(), silent="baseline")
    run(db)
    store(db, article(text=f"{EDITED} Thêm một câu."), "edited")
    result = run(db)
    assert (result.matches, result.alerts) == (1, 0)


def test_versions_are_judged_as_they_were_stored(db):
    topic(db)
    store(db, article())
    store(db, article(title="Tin vắn", text="Chuyện khác hẳn."), "edited")
    run(db)
    assert [(row["version"], row["kind"]) for row in matches(db)] == [(1, "new")]


def test_a_removed_article_makes_no_match_and_no_alert(db):
    topic(db)
    store(db, article(), silent="baseline")
    run(db)
    IntakeStore(db).add("bao-mau:a:1", 1, "removed", None, None, NOON)
    result = run(db)
    assert (result.rows, result.matches, result.alerts) == (1, 0, 0)


@pytest.mark.parametrize(("query", "found"), [("hồ AND language:en", 1), ("hồ AND NOT language:zh", 1), ("hồ", 0)])
def test_a_topic_that_names_a_language_sees_other_languages(db, query, found):
    topic(db, query=query)
    store(db, article(language="en"))
    assert run(db).matches == found


@pytest.mark.parametrize(("language", "found"), [("vi", 1), (None, 1), ("en", 0), ("zh", 0)])
def test_other_languages_are_kept_out_of_topics(db, language, found):
    topic(db)
    store(db, article(language=language))
    assert run(db).alerts == found


def test_an_old_article_is_matched_but_not_told(db):
    topic(db)
    store(db, article(published=minute(NOON - 10 * DAY)), prior_read_at=NOON - timedelta(hours=1))
    assert run(db).alerts == 0
    assert [row["silent"] for row in matches(db)] == [TOO_OLD]


def test_an_article_found_late_is_told_and_marked(db):
    topic(db)
    store(db, article(published=minute(NOON - 10 * DAY)), prior_read_at=NOON - 9.5 * DAY)
    assert run(db).alerts == 1
    assert OutboxStore(db).claim(NOON, lease=DAY)[0].flags == ("late",)


ROW = IntakeRow(1, "x", 1, "new", None, None, NOON, 0, None, None)
LIMIT = 3 * DAY


@pytest.mark.parametrize(
    ("published", "prior", "kind", "expected"),
    [
        (minute(NOON - LIMIT), None, "new", "fresh"),
        (minute(NOON - LIMIT - timedelta(seconds=1)), None, "new", "old"),
        (minute(NOON + DAY), None, "new", "fresh"),
        (minute(NOON - 9 * DAY), NOON - 8 * DAY, "new", "late"),
        (minute(NOON - 9 * DAY - timedelta(seconds=1)), NOON - 8 * DAY, "new", "old"),
        (minute(NOON - 9 * DAY), NOON - 8 * DAY, "edited", "old"),
        (minute(NOON - LIMIT), None, "edited", "fresh"),
        (Published(datetime(2026, 2, 27, tzinfo=HANOI), "day"), None, "new", "fresh"),
        (Published(datetime(2026, 2, 26, tzinfo=HANOI), "day"), None, "new", "old"),
        (Published(datetime(2026, 2, 23, tzinfo=HANOI), "day"), NOON - 6 * DAY, "new", "late"),
        (Published(), None, "new", "fresh"),
        (Published(), None, "edited", "fresh"),
    ],
)
def test_what_counts_as_news(published, prior, kind, expected):
    item = article(published=published, first_seen_at=NOON - DAY)
    assert timing(replace(ROW, prior_read_at=prior, kind=kind), item, LIMIT) == expected


def test_an_edit_of_an_undated_article_is_news_while_the_article_is():
    item = article(published=Published(), first_seen_at=NOON - LIMIT - timedelta(seconds=1))
    assert timing(replace(ROW, kind="edited"), item, LIMIT) == "old"
    assert timing(ROW, item, LIMIT) == "fresh"


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_longer_age_limit_never_makes_news_older(age, limit):
    ranks = {"fresh": 0, "late": 1, "old": 2}
    row = replace(ROW, prior_read_at=NOON - 5 * DAY)
    first, second = (ranks[timing(row, article(published=minute(NOON - age)), value)] for value in (limit, limit + DAY))
    assert second <= first


def test_a_backlog_makes_nothing_old(db):
    topic(db)
    store(db, article())
    result = run_intake(db, TopicBook(db), lambda: NOON + 20 * DAY, lambda: None)
    assert result.alerts == 1


def test_a_row_that_fails_three_times_is_parked_and_the_next_goes_on(db, monkeypatch):
    topic(db)
    store(db, article("bao-mau:a:1", title="Hỏng"))
    store(db, article("bao-mau:a:2"))
    whole = matching.match

    def brittle(query, item):
        if item.title == "Hỏng":
            raise RuntimeError("broken")
        return whole(query, item)

    monkeypatch.setattr("alerts.matching.match", brittle)
    results = [run(db) for _ in range(3)]
    assert [(r.rows, r.alerts, r.failed, r.parked) for r in results] == [(1, 1, 1, 0), (0, 0, 1, 0), (0, 0, 1, 1)]
    assert [row.error for row in IntakeStore(db).parked()] == ["RuntimeError: broken"]
    assert IntakeStore(db).due() == []


def test_the_databases_own_trouble_is_no_fault_of_the_row(db, monkeypatch):
    topic(db)
    store(db, article())

    def full(*_):
        raise WorkError("disk_full", "no space", retry=True)

    monkeypatch.setattr(IntakeStore, "settle", full)
    with pytest.raises(WorkError):
        run(db)
    assert [row.attempts for row in IntakeStore(db).due()] == [0]


def test_a_topic_changed_meanwhile_counts_from_the_next_row(db, monkeypatch):
    stored = topic(db)
    store(db, article("bao-mau:a:1"))
    store(db, article("bao-mau:a:2"))
    settle = IntakeStore.settle

    def change_first(self, row, verdict, now):
        if row.article_id == "bao-mau:a:1":
            TopicStore(db).change(replace(stored, query="Đồi Mây"))
        return settle(self, row, verdict, now)

    monkeypatch.setattr(IntakeStore, "settle", change_first)
    run(db)
    assert [row["topic_revision"] for row in db.rows("SELECT topic_revision FROM matches ORDER BY id")] == [1, 2]


def test_queries_are_parsed_once_per_revision(db, monkeypatch):
    stored = topic(db)
    asked: Counter[str] = Counter()

    def counted(text):
        asked[text] += 1
        return parse(text)

    monkeypatch.setattr("alerts.intake.parse", counted)
    book = TopicBook(db)
    for number in range(5):
        store(db, article(f"bao-mau:a:{number}"))
    run(db, book)
    TopicStore(db).change(replace(stored, name="Tên khác"))
    store(db, article("bao-mau:a:9"))
    run(db, book)
    assert asked == {"hồ chứa nước": 1}


def test_a_topic_that_cannot_be_read_any_more_is_told_and_stops_no_other(db):
    topic(db)
    with db.write() as connection:
        connection.execute("INSERT INTO topics SELECT 'hong', name, '((', channels, 3, 1, created_at FROM topics")
    store(db, article())
    result = run(db)
    assert (result.alerts, result.broken_topics) == (1, ("hong",))


CHILD = """
import sys
from pathlib import Path
from alerts.intake import TopicBook, run_intake
from corpus.clock import now
from storage.database import Database
db = Database.open(Path(sys.argv[1]))
sys.stdout.write("ready\\n"); sys.stdout.flush()
run_intake(db, TopicBook(db), now, lambda: None)
"""


def test_no_kill_loses_or_doubles_an_alert(db, tmp_path):
    topic(db)
    total = 150
    for number in range(total):
        store(db, article(f"bao-mau:a:{number}"))
    dice = random.Random(7)
    kills = 0
    while kills < 6:
        with subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            try:
                child.wait(dice.uniform(0, 0.08))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                kills += 1
        if not IntakeStore(db).due(1):
            break
        # What is settled and what waits are complete at any time.
        waiting = {row.article_id for row in IntakeStore(db).due(total)}
        told = {row["article_id"] for row in db.rows("SELECT article_id FROM outbox")}
        assert waiting.isdisjoint(told)
        assert len(waiting) + len(told) == total
    run(db)
    assert kills > 0
    found = Counter(row["article_id"] for row in db.rows("SELECT article_id FROM outbox"))
    assert len(found) == total
    assert set(found.values()) == {1}
    assert len(matches(db)) == total
