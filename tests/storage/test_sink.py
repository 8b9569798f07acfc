import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import WorkError
from corpus.ids import url_id
from corpus.record import ArchivePosition, Article, Published
from storage.articles import ArticleStore
from storage.database import Database
from storage.search import search
from storage.sink import REUSED_NUMBER, Sink, Submission
from tests.storage.made import NOON, add_link, article

LATER = NOON + timedelta(days=1)


def submission(item: Article, **changes: Any) -> Submission:
    values: dict[str, Any] = {
        "link_id": None,
        "silent": None,
        "prior_read_at": None,
        "next_visit_at": None,
        "etag": None,
        "last_modified": None,
        "body_hash": None,
    }
    return Submission(item, **{**values, **changes})


def sink_of(db: Database) -> Sink:
    return Sink(db, lambda: NOON)


def intake(db: Database) -> list[tuple[Any, ...]]:
    rows = db.rows("SELECT article_id, version, kind, silent, prior_read_at FROM intake ORDER BY id")
    return [tuple(row.values()) for row in rows]


def test_a_new_article_brings_everything_with_it(db: Database) -> None:
    link = add_link(db, "https://baosonghau.example/tin/mua-vu-1.html")
    item = article(archive=ArchivePosition("baosonghau/a.warc.gz", 10, 20))
    done = sink_of(db).store(
        submission(
            item,
            link_id=link,
            silent="baseline",
            prior_read_at=NOON,
            next_visit_at=LATER,
            etag='"e"\x00',
            last_modified="yesterday",
            body_hash="b",
        )
    )
    assert done == "new"
    assert ArticleStore(db).get(item.id or "") == item
    assert intake(db) == [(item.id, 1, "new", "baseline", "2026-01-08T12:00:00+07:00")]
    assert [a.id for a in search(db, "nông dân")] == [item.id]
    row = db.rows("SELECT * FROM links WHERE id = ?", [link])[0]
    wanted = {
        "state": "stored", "article_id": item.id, "next_at": "2026-01-09T12:00:00+07:00", "visits": 0, "gone_seen": 0,
        "etag": '"e"', "last_modified": "yesterday", "body_hash": "b", "attempt": 0, "since": None,
        "archive_file": "baosonghau/a.warc.gz", "archive_offset": 10, "archive_length": 20,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_the_same_again_is_only_a_visit(db: Database) -> None:
    link = add_link(db, "https://baosonghau.example/tin/mua-vu-1.html")
    sink = sink_of(db)
    sink.store(submission(article(archive=ArchivePosition("f", 1, 2)), link_id=link, body_hash="b"))
    again = article(fetched_at=LATER, first_seen_at=LATER, archive=None, authors=())
    assert sink.store(submission(again, link_id=link, body_hash="b")) == "same"
    stored = ArticleStore(db).get("baosonghau:a:1")
    assert stored is not None
    assert (stored.version, stored.fetched_at, stored.first_seen_at) == (1, LATER, article().first_seen_at)
    assert (stored.authors, stored.archive) == (article().authors, ArchivePosition("f", 1, 2))
    row = db.rows("SELECT visits, archive_file, archive_length FROM links")[0]
    assert row == {"visits": 1, "archive_file": "f", "archive_length": 2}
    assert len(intake(db)) == 1


def test_a_change_is_a_version_that_may_alert_even_where_the_first_was_silent(db: Database) -> None:
    sink = sink_of(db)
    sink.store(submission(article(), silent="baseline"))
    changed = article(text="Cánh đồng số 1 đã cấy xong. Thêm một câu.", fetched_at=LATER)
    assert sink.store(submission(changed, silent="baseline")) == "changed"
    assert intake(db)[1] == ("baosonghau:a:1", 2, "edited", None, None)
    assert [a.id for a in search(db, "câu")] == ["baosonghau:a:1"]
    assert search(db, "phân bón vẫn cao") == []


def test_an_extraction_anew_is_silent_and_betters_the_record(db: Database) -> None:
    sink = sink_of(db)
    sink.store(submission(article(authors=())))
    better = article(published=Published())  # the date was never right
    assert sink.store(submission(better, reextract=True)) == "same"
    stored = ArticleStore(db).get("baosonghau:a:1")
    assert stored is not None
    assert (stored.version, stored.authors, stored.published.at) == (1, article().authors, None)
    assert sink.store(submission(article(text="Khác hẳn."), reextract=True)) == "changed"
    assert [row[2:4] for row in intake(db)] == [("new", None), ("edited", "reextract")]


def test_an_edited_page_that_lost_its_date_keeps_its_day(db: Database) -> None:
    sink = sink_of(db)
    sink.store(submission(article()))
    sink.store(submission(article(text="Sửa lại.", published=Published())))
    stored = ArticleStore(db).get("baosonghau:a:1")
    assert stored is not None
    assert stored.published == article().published


def test_a_reused_number_is_another_article(db: Database) -> None:
    sink = sink_of(db)
    sink.store(submission(article(text="Một hai ba bốn năm sáu bảy tám chín mười.")))
    other: dict[str, Any] = {
        "url": "https://baosonghau.example/tin/cau-moi-1.html",
        "canonical_url": "https://baosonghau.example/tin/cau-moi-1.html",
        "title": "Khánh thành cầu mới",
        "lead": None,
    }
    newcomer = article(text="Cây cầu bắc qua sông vừa được đưa vào sử dụng sáng nay.", **other)
    assert sink.store(submission(newcomer)) == "new"
    new_id = url_id("baosonghau", newcomer.canonical_url or "")
    stored = ArticleStore(db).get(new_id)
    assert stored is not None
    assert stored.flags == (REUSED_NUMBER,)
    # both go on under their own ids, also when they are edited
    assert sink.store(submission(newcomer)) == "same"
    edited = article(text="Một hai ba bốn năm: nay viết lại hoàn toàn, ý khác hẳn, không giống bài cũ.", **other)
    assert sink.store(submission(edited)) == "changed"
    assert ArticleStore(db).count() == 2
    assert [row[0] for row in intake(db)] == ["baosonghau:a:1", new_id, new_id]


def test_a_known_number_under_a_new_slug_is_the_same_article(db: Database) -> None:
    sink = sink_of(db)
    sink.store(submission(article()))
    moved = "https://baosonghau.example/tin/mua-vu-moi-1.html"
    assert sink.store(submission(article(url=moved, canonical_url=moved))) == "same"
    assert ArticleStore(db).count() == 1


def test_an_article_stored_by_its_url_stays_that_one_when_the_outlet_gets_a_rule(db: Database) -> None:
    sink = sink_of(db)
    by_url = url_id("baosonghau", article().canonical_url or "")
    sink.store(submission(article(id=by_url)))
    assert sink.store(submission(article())) == "same"
    assert [(a.id, a.flags) for a in ArticleStore(db).listing()] == [(by_url, ())]


def by_url(host: str, **changes: Any) -> Article:
    """An article of a paper without numbers in its addresses, at this host."""
    url = f"https://{host}/tin/mua-vu"
    return article(id=url_id("baosonghau", url), url=url, canonical_url=url, **changes)


def test_an_article_without_a_number_stays_itself_on_the_papers_other_hosts(db: Database) -> None:
    sink, old = sink_of(db), by_url("baosonghau.example")
    sink.store(submission(old))
    link = add_link(db, "https://baomoi.example/tin/mua-vu")
    also = (old.canonical_url or "",)
    moved = by_url("baomoi.example", fetched_at=LATER)
    assert sink.store(submission(moved, link_id=link, also=also)) == "same"
    assert db.rows("SELECT state, article_id FROM links") == [{"state": "stored", "article_id": old.id}]
    edited = by_url("baomoi.example", text="Cánh đồng số 1 đã cấy xong.\nGiá phân bón vẫn cao, bà con lo.")
    assert sink.store(submission(edited, also=also)) == "changed"
    again = "https://baoba.example/tin/mua-vu"  # its record has the second host by now, its id still the first
    third = edited.with_(id=url_id("baosonghau", again), url=again, canonical_url=again)
    assert sink.store(submission(third, also=(*also, edited.canonical_url or ""))) == "same"
    assert sink.store(submission(old, also=(again,))) == "changed"  # the first host has its old text yet
    assert [a.id for a in ArticleStore(db).listing()] == [old.id]
    assert {row[0] for row in intake(db)} == {old.id}


def test_one_path_on_two_hosts_may_be_two_articles(db: Database) -> None:
    sink, old = sink_of(db), by_url("baosonghau.example")
    sink.store(submission(old))
    other = by_url("en.baosonghau.example", text="Farmers of the delta have begun to sow their early rice this week.")
    assert sink.store(submission(other, also=(old.canonical_url or "",))) == "new"


def test_an_unknown_link_stores_nothing(db: Database) -> None:
    with pytest.raises(WorkError) as caught:
        sink_of(db).store(submission(article(), link_id=77))
    assert caught.value.code == "link_missing"
    assert (ArticleStore(db).count(), intake(db)) == (0, [])


def test_poisoned_fields_lose_no_article(db: Database) -> None:
    bad = article(title="T\x00i\ud83d" + "é" * 600, text="a\udc00b", tags=("\ud800",))
    assert sink_of(db).store(submission(bad)) == "new"
    stored = ArticleStore(db).get("baosonghau:a:1")
    assert stored is not None
    assert (stored.title[:3], len(stored.title), stored.text) == ("Tié", 500, "ab")


def test_a_removal_is_told_once_and_ends_the_visits(db: Database) -> None:
    link = add_link(db, "https://baosonghau.example/tin/mua-vu-1.html")
    sink = sink_of(db)
    sink.store(submission(article(), link_id=link, next_visit_at=LATER))
    sink.remove("baosonghau:a:1", link, LATER)
    sink.remove("baosonghau:a:1", link, LATER)
    sink.remove("baosonghau:a:9", None, LATER)
    assert [row[:4] for row in intake(db)[1:]] == [("baosonghau:a:1", 1, "removed", None)]
    stored = ArticleStore(db).get("baosonghau:a:1")
    assert stored is not None
    assert stored.removed_at == LATER
    assert db.rows("SELECT next_at, attempt, since FROM links")[0] == {"next_at": None, "attempt": 0, "since": None}


def test_another_process_that_was_faster_is_taken_into_account(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sink, other = sink_of(db), sink_of(db)
    sink.store(submission(article()))
    plan, plans = sink._plan, list[int]()

    def plan_while_another_edits(item: Article, of: Submission) -> Any:
        made = plan(item, of)
        if not plans:
            other.store(submission(article(text="Người khác đã sửa trước.")))
        plans.append(1)
        return made

    monkeypatch.setattr(sink, "_plan", plan_while_another_edits)
    assert sink.store(submission(article(text="Người khác đã sửa trước."))) == "same"
    assert len(plans) == 2
    assert [n for n, _, _ in ArticleStore(db).versions("baosonghau:a:1")] == [1, 2]


WRITER = """
import sys
from pathlib import Path
from corpus.record import ArchivePosition
from storage.database import Database
from storage.sink import Sink
from tests.storage.made import NOON, add_link, article
from tests.storage.test_sink import submission
db = Database.open(Path(sys.argv[1]))
sink = Sink(db, lambda: NOON)
start = db.rows("SELECT COUNT(*) AS n FROM links")[0]["n"]
for number in range(start, start + 100_000):
    link = add_link(db, f"https://baosonghau.example/tin/{number}.html")
    item = article(number, archive=ArchivePosition("f", number, 1))
    sink.store(submission(item, link_id=link, next_visit_at=NOON))
    sink.store(submission(item.with_(content_hash="2", text="Bản hai."), link_id=link, next_visit_at=NOON))
    print(number, flush=True)
"""


def torn(db: Database) -> list[dict[str, Any]]:
    """Articles that lack any of what belongs to them, and links that are stored without an article."""
    return db.rows(
        """
        SELECT a.id FROM articles a WHERE
          (SELECT COUNT(*) FROM versions v WHERE v.article_id = a.id) != a.version
          OR (SELECT COUNT(*) FROM intake i WHERE i.article_id = a.id) != a.version
          OR (SELECT COUNT(*) FROM article_search s WHERE s.rowid = a.seen_order) != 1
          OR NOT EXISTS (SELECT 1 FROM links l WHERE l.article_id = a.id AND l.state = 'stored'
                         AND l.archive_offset = json_extract(a.archive, '$.offset') AND l.visits + 1 = a.version)
        UNION ALL
        SELECT CAST(l.id AS TEXT) FROM links l WHERE (l.state = 'stored') != (l.article_id IS NOT NULL)
        UNION ALL
        SELECT CAST(l.id AS TEXT) FROM links l
          WHERE l.article_id IS NOT NULL AND l.article_id NOT IN (SELECT id FROM articles)
        """
    )


def test_a_kill_at_any_moment_tears_nothing_and_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    Database.open(tmp_path / "data").close()
    acknowledged = list[str]()
    for round_ in range(10):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path / "data"], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        with writer:
            acknowledged.append(writer.stdout.readline().strip())  # it works
            time.sleep(0.007 * round_)  # the moment of the kill, spread over a few transactions
            writer.kill()
            acknowledged += writer.stdout.read().split()
        db = Database.open(tmp_path / "data")
        assert torn(db) == []
        assert db.quick_check() == "ok"
        versions = {row["id"]: row["version"] for row in db.rows("SELECT id, version FROM articles")}
        assert [n for n in acknowledged if versions.get(f"baosonghau:a:{n}") != 2] == []
        db.close()
    assert len(acknowledged) >= 10
