from datetime import datetime, timedelta

import pytest

from corpus.clock import HANOI
from corpus.record import ArchivePosition
from storage.database import Database
from storage.links import Link, LinkStore, NewLink

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI)
HOUR = timedelta(hours=1)


@pytest.fixture
def links(db: Database) -> LinkStore:
    return LinkStore(db)


def url(number: int) -> str:
    return f"https://baothutu.vn/tin-{number}.html"


def new(number: int, **changes: object) -> NewLink:
    return NewLink(url(number), url(number), **changes)  # type: ignore[arg-type]


def added(links: LinkStore, number: int = 1, **changes: object) -> Link:
    links.add_new("baothutu", [new(number, **changes)], NOW)
    link = links.get("baothutu", url(number))
    assert link is not None
    return link


def stored(links: LinkStore, db: Database, number: int = 1) -> Link:
    """A link whose article the sink has stored, as the sink writes it."""
    link = added(links, number)
    with db.write() as connection:
        connection.execute(
            "UPDATE links SET state = 'stored', article_id = 'baothutu:a:1', next_at = ?, attempt = 0 WHERE id = ?",
            [(NOW + HOUR).isoformat(), link.id],
        )
    return link


def test_a_link_keeps_what_its_source_said(links: LinkStore) -> None:
    published = NOW - HOUR
    link = added(links, title="Cầu treo", published=published, source_url="s", silent="flood", prior_read_at=published)
    assert (link.state, link.silent, link.prior_read_at, link.next_at) == ("pending", "flood", published, NOW)
    assert (link.hint_title, link.hint_published, link.source_url, link.found_at) == ("Cầu treo", published, "s", NOW)
    assert links.by_id(link.id) == link and links.by_id(99) is None and links.get("khac", url(1)) is None


def test_a_title_from_a_hostile_feed_is_kept_as_far_as_it_can_be(links: LinkStore) -> None:
    assert added(links, title="Cầu\x00 treo \ud83d" + "x" * 1_000_000).hint_title == ("Cầu treo " + "x" * 1000)[:500]
    assert added(links, 2, title="\x00").hint_title is None


def test_a_url_is_one_link_per_outlet(links: LinkStore) -> None:
    assert links.add_new("baothutu", [new(1), new(1), new(2)], NOW) == 2
    assert links.add_new("baothutu", [new(2), new(3)], NOW) == 1
    assert links.add_new("baokhac", [new(1)], NOW) == 1
    assert links.known("baothutu", [url(n) for n in range(2, 1200)]) == {url(2), url(3)}
    assert links.known("baothutu", []) == set()
    assert links.counts() == {"pending": 4} and links.counts("baokhac") == {"pending": 1}


def test_news_elsewhere_ends_the_silence_of_a_baseline_that_is_not_stored_yet(links: LinkStore, db: Database) -> None:
    link = added(links, source_url="b", silent="baseline")
    links.add_new("baothutu", [new(1, source_url="b", prior_read_at=NOW)], NOW)
    assert links.by_id(link.id) == link  # its own source says nothing new
    links.add_new("baothutu", [new(1, source_url="a", silent="baseline")], NOW)
    assert links.by_id(link.id) == link  # another baseline neither
    links.add_new("baothutu", [new(1, source_url="a", prior_read_at=NOW - HOUR)], NOW)
    told = links.by_id(link.id)
    assert told is not None and told.silent is None and told.prior_read_at == NOW - HOUR


def test_the_order_is_new_ones_first_newest_first_and_killers_last(links: LinkStore, db: Database) -> None:
    stored(links, db, 9)
    added(links, 1, published=NOW - 5 * HOUR)
    added(links, 2)
    added(links, 3, published=NOW - HOUR)
    killer = added(links, 4, published=NOW + HOUR)
    links.start(killer.id, NOW)
    links.begin_run("baothutu", NOW)
    due = links.due("baothutu", NOW + 2 * HOUR, 10)
    assert [link.url for link in due] == [url(2), url(3), url(1), url(4), url(9)]
    assert [link.url for link in links.due("baothutu", NOW, 2)] == [url(2), url(3)]
    assert links.count_due("baothutu", NOW) == 4 and links.count_due("baothutu", NOW + HOUR) == 5


def test_what_a_dead_run_left_is_due_again_until_it_has_killed_two_parsers(links: LinkStore) -> None:
    link = added(links)
    for deaths, state in [(1, "pending"), (2, "given_up")]:
        links.start(link.id, NOW)
        links.parsing(link.id, ArchivePosition("a.warc.gz", 10, 20))
        left = links.begin_run("baothutu", NOW + HOUR)
        assert [(one.parses, one.state) for one in left] == [(deaths, "fetching")]
        found = links.by_id(link.id)
        assert found is not None and found.state == state and found.archive == ArchivePosition("a.warc.gz", 10, 20)
    assert links.begin_run("baothutu", NOW) == [] and links.due("baothutu", NOW + 99 * HOUR, 9) == []


def test_deaths_while_waiting_for_a_server_are_forgiven_for_long(links: LinkStore) -> None:
    link = added(links)
    for _ in range(9):
        links.start(link.id, NOW)
        links.begin_run("baothutu", NOW)
    assert [one.id for one in links.due("baothutu", NOW, 9)] == [link.id]
    links.start(link.id, NOW)
    links.begin_run("baothutu", NOW)
    assert links.counts() == {"given_up": 1}


def test_an_orderly_end_clears_the_counts(links: LinkStore) -> None:
    link = added(links)
    links.start(link.id, NOW)
    links.parsing(link.id, None)
    links.begin_run("baothutu", NOW)
    links.start(link.id, NOW)
    links.retry(link.id, reason="timeout", next_at=NOW + HOUR)
    links.start(link.id, NOW)
    links.parsing(link.id, None)
    links.begin_run("baothutu", NOW)
    found = links.by_id(link.id)
    assert found is not None and found.state == "pending" and found.parses == 1


def test_another_outlets_run_is_left_alone(links: LinkStore) -> None:
    link = added(links)
    links.start(link.id, NOW)
    assert links.begin_run("baokhac", NOW) == [] and links.counts() == {"fetching": 1}


def test_an_article_stays_stored(links: LinkStore, db: Database) -> None:
    link = stored(links, db)
    for end in (
        lambda: links.retry(link.id, reason="timeout", next_at=NOW),
        lambda: links.visited(link.id, next_at=None),
        lambda: links.missing(link.id, next_at=NOW + HOUR),
        lambda: links.begin_run("baothutu", NOW),
    ):
        links.start(link.id, NOW)
        end()
        assert links.counts() == {"stored": 1}
    found = links.by_id(link.id)
    assert found is not None and (found.visits, found.gone_seen) == (2, 1)
    links.visited(link.id, next_at=None)
    found = links.by_id(link.id)
    assert found is not None and (found.gone_seen, found.next_at) == (0, None)


def test_a_link_that_is_not_there_is_gone_after_five_tries(links: LinkStore) -> None:
    link, now, waits = added(links), NOW, []
    while not links.gone(link.id, reason="not_found", now=now):
        found = links.by_id(link.id)
        assert found is not None and found.next_at is not None and found.state == "pending"
        waits.append(found.next_at - now)
        now = found.next_at
    assert waits == [timedelta(minutes=15), HOUR, 6 * HOUR, 24 * HOUR]
    found = links.by_id(link.id)
    assert found is not None and (found.state, found.reason, found.next_at) == ("gone", "not_found", None)


def test_rejected_links_wait_for_other_rules(links: LinkStore) -> None:
    link = added(links)
    links.reject(link.id, reason="tag", detail="x" * 900, rules_version="r1", archive=None)
    assert links.rejected_under_other_rules("baothutu", "r1", NOW) == []
    found = links.rejected_under_other_rules("baothutu", "r2", NOW)
    assert [(one.reason, len(one.detail or ""), one.next_at) for one in found] == [("tag", 500, None)]


def test_a_rejected_link_without_an_archived_page_waits_a_week_and_no_longer(links: LinkStore) -> None:
    link, position = added(links), ArchivePosition("baothutu/baothutu-20260108.warc.gz", 10, 20)
    links.reject(link.id, reason="tag", detail="x", rules_version="r1", archive=None)
    later = NOW + timedelta(days=8)
    assert links.rejected_under_other_rules("baothutu", "r2", NOW + timedelta(days=6))
    assert links.rejected_under_other_rules("baothutu", "r2", later) == []
    links.reject(link.id, reason="tag", detail="x", rules_version="r1", archive=position)
    assert [one.archive for one in links.rejected_under_other_rules("baothutu", "r2", later)] == [position]


def test_what_an_outlet_usually_has_is_counted_without_baselines(links: LinkStore) -> None:
    assert links.found_per_day("baothutu", NOW) == 50
    links.add_new("baothutu", [new(n, silent="baseline") for n in range(100, 150)], NOW - timedelta(days=4))
    links.add_new("baothutu", [new(n) for n in range(30)], NOW - timedelta(days=3))
    assert links.found_per_day("baothutu", NOW) == 10
    links.add_new("baothutu", [new(n) for n in range(200, 206)], NOW - timedelta(days=90))
    assert links.found_per_day("baothutu", NOW) == 10
    assert links.found_per_day("baothutu", NOW - timedelta(days=3) + HOUR) == 30  # never less than a day


def test_of_an_outlet_that_is_new_nothing_is_known_but_its_baseline(links: LinkStore) -> None:
    links.add_new("baothutu", [new(n, silent="baseline") for n in range(100, 170)], NOW - timedelta(days=9))
    assert links.found_per_day("baothutu", NOW) == 70  # no later read has shown anything
    links.add_new("baothutu", [new(n) for n in range(4)], NOW - timedelta(days=2))
    assert links.found_per_day("baothutu", NOW) == 2
    assert links.found_per_day("baothutu", NOW - timedelta(days=7)) == 70  # two days after the first link


@pytest.mark.parametrize(
    ("published", "expected"), [(NOW - 20 * HOUR, None), (NOW - 26 * HOUR, "flood"), (None, "flood")]
)
def test_a_flood_link_that_a_later_read_dates_is_news(
    links: LinkStore, published: datetime | None, expected: str | None
) -> None:
    added(links, 1, silent="flood", prior_read_at=NOW)
    assert links.add_new("baothutu", [new(1, published=published, silent="baseline")], NOW + HOUR) == 0
    link = links.get("baothutu", url(1))
    assert link is not None and link.silent == expected and link.prior_read_at == NOW
    assert link.hint_published == (published if expected is None else None)


def test_news_comes_before_what_is_silent(links: LinkStore) -> None:
    added(links, 1, published=NOW - 5 * HOUR)
    added(links, 2, silent="flood")
    added(links, 3, silent="baseline", published=NOW - HOUR)
    assert [link.canonical_url for link in links.due("baothutu", NOW, 9)] == [url(1), url(2), url(3)]


def test_revisits_of_what_was_told_come_before_what_is_silent_too(links: LinkStore, db: Database) -> None:
    stored(links, db, 9)
    added(links, 2, silent="flood")
    due = links.due("baothutu", NOW + 2 * HOUR, 9)
    assert [link.canonical_url for link in due] == [url(9), url(2)]


def test_rejected_links_are_found_by_their_reason(links: LinkStore) -> None:
    for number, reason in ((1, "refused_address"), (2, "not_article")):
        link = added(links, number)
        links.reject(link.id, reason=reason, detail="", rules_version="r1", archive=None)
    assert [link.canonical_url for link in links.rejected_for("baothutu", "refused_address")] == [url(1)]
    assert links.rejected_for("baokhac", "refused_address") == []


def test_a_wait_that_a_wrong_clock_wrote_silences_no_new_link(links: LinkStore, db: Database) -> None:
    link = added(links)
    links.retry(link.id, reason="timeout", next_at=NOW + timedelta(days=3650))
    assert [due.id for due in links.due("baothutu", NOW, 9)] == [link.id] and links.count_due("baothutu", NOW) == 1
    links.retry(link.id, reason="timeout", next_at=NOW + 24 * HOUR)
    assert links.due("baothutu", NOW, 9) == [] and links.count_due("baothutu", NOW) == 0
