"""What happens to papers as a whole: redesign, move, merger, a counter anew, an outage, replays, a flood."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samples.clones import repeated
from samples.edition import Shown
from samples.faults import Fault, FaultKind
from samples.markup.family import in_section
from samples.press import FamilyName
from samples.scenes import Merger, Move, Redesign, Replay, Restart, Scenes
from samples.schedule import Event
from samples.site import article_url
from tests.crawler.newsroom_bench import HOUR, SONG_LINH, NewsBench, at_host, newsroom_bench, press_of

pytestmark = pytest.mark.crawl
PRESS = press_of("baosonglinh")
TWO = press_of("baosonglinh", "baovinhhac")
FIELDS = "SELECT url, title, text, flags, published_at FROM articles"
DAY = 24 * HOUR


@pytest.mark.parametrize("family", [None, "dataimages", "content-detail", "a-id"])
def test_a_redesign_never_silences_a_paper(tmp_path: Path, family: FamilyName | None) -> None:
    """In the middle of the day every selector stops fitting; the articles come all the same, with their flag."""
    scenes = Scenes(redesigns=(Redesign("baosonglinh", 0.7 * HOUR, family),))
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, 0.5)
        before = set(bench.stored())
        bench.play(1, 1.5, 2.1)
        bench.check()
        assert len(bench.stored()) == 10
        titles = {article.title for article in PRESS.articles}
        for row in bench.db.rows(FIELDS):
            assert row["title"] in titles
            assert len(row["text"]) > 400
            if row["url"] not in before:
                assert "unverified_layout" in row["flags"], row["url"]


def test_a_redesign_makes_no_versions_of_old_articles(tmp_path: Path) -> None:
    """Their pages are looked at again after the redesign; the text is the same, so nothing is edited."""
    scenes = Scenes(redesigns=(Redesign("baosonglinh", 3 * HOUR),))
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, 2.1)
        versions = bench.db.rows("SELECT id, version FROM articles ORDER BY id")
        bench.play(4, 6, 30)
        assert bench.db.rows("SELECT id, version FROM articles ORDER BY id") == versions
        bench.check()


def test_a_move_is_said_and_nothing_is_asked_at_the_new_host_before_the_user_agrees(tmp_path: Path) -> None:
    scenes = Scenes(moves=(Move("baosonglinh", 0.52 * HOUR, "songlinh-moi.example.org"),))
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, 0.5)
        bench.play(1, 1.5, 2.1)
        assert "moved" in bench.codes(0.9)
        assert [r for r in bench.room.log().requests if r.host == "songlinh-moi.example.org"] == []
        assert any("songlinh-moi.example.org" in problem.detail for _, _, problem in bench.problems)
        bench.accept_host("baosonglinh", "songlinh-moi.example.org")
        bench.play(3, 5, 9)
        bench.check()
        assert len(bench.stored()) == 10


def test_a_merger_is_said_and_the_other_paper_brings_the_articles(tmp_path: Path) -> None:
    scenes = Scenes(mergers=(Merger("baosonglinh", "baovinhhac", 0.52 * HOUR),))
    press, known = at_host(tmp_path / "user", TWO, "baovinhhac", "vinhhac.example.net")
    with newsroom_bench(tmp_path, press, scenes=scenes, known=known) as bench:
        bench.play(0, 0.5)
        bench.play(1, 1.5, 2.1, 3, 5, 30)
        assert "moved" in bench.codes(0.9, 4)
        assert "moved" in bench.codes(29), "it is still said after robots.txt itself has been asked there"
        bench.check()
        assert len(bench.stored()) == 20
        assert bench.db.rows("SELECT 1 FROM articles WHERE removed_at IS NOT NULL AND url NOT LIKE '%412321%'") == []


def test_a_counter_that_restarts_below_the_old_numbers(tmp_path: Path) -> None:
    scenes = Scenes(restarts=(Restart("baosonglinh", 0.7 * HOUR, 3000),))
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, 0.5, 1, 1.5, 2.1)
        assert any("-post391" in url for url in bench.stored())
        bench.check()
        assert len(bench.stored()) == 10


def test_a_number_that_comes_back_with_another_text_is_another_article(tmp_path: Path) -> None:
    """Numbers 7 to 10 become 1 to 4 again: four ids that are taken."""
    scenes = Scenes(restarts=(Restart("baosonglinh", 0.9 * HOUR, 6),))
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, 0.5, 0.8, 1, 1.5, 2.1)
        numbers = [url.rpartition("-post")[2] for url in bench.stored()]
        assert len(set(numbers)) < len(numbers), "the test needs a number twice"
        bench.check()
        ids = [row["id"] for row in bench.db.rows("SELECT id FROM articles")]
        assert len(set(ids)) == len(ids) == 10
        assert sum(":u:" in one for one in ids) == len(numbers) - len(set(numbers))


@pytest.mark.parametrize("kind", ["reset", "status"])
@pytest.mark.parametrize("most", [3, 10])
def test_a_week_of_outage(tmp_path: Path, kind: FaultKind, most: int) -> None:
    """Meanwhile seven articles appear, one a day. Back again, each list shows its newest: three, or all of them.

    What has fallen off every list that is a source cannot be found; all the rest must be.
    """
    live = [article.key for article in PRESS.articles if article.role == "live"]
    baseline = [article.key for article in PRESS.articles if article.role == "baseline"]
    events = [Event(-5 * HOUR * place, "published", key) for place, key in enumerate(baseline, start=1)]
    events += [Event(DAY * place, "published", key) for place, key in enumerate(live, start=1)]
    outage = Fault(kind, SONG_LINH, paths=".*", since=0.5 * DAY, until=7.6 * DAY, status=502)
    ordered = tuple(sorted(events, key=lambda event: event.after))
    with newsroom_bench(tmp_path, PRESS, faults=(outage,), events=ordered, scenes=Scenes(most=most)) as bench:
        bench.play(0, 1, *(13 + 12 * step for step in range(15)))
        assert {report.outcome for report in bench.reports[3:]} <= {"failed", "refused", "limit"}
        assert len(bench.stored()) == 3
        bench.play(183, 185, 189, 195)
        missed = bench.outcome().stored - set(bench.stored())
        feed = {article_url(PRESS.papers[0], shown) for shown in listed(bench, None)}
        section = {article_url(PRESS.papers[0], shown) for shown in listed(bench, "thoi-su")}
        assert section - feed or most > 7, "the test needs an article that only the section still shows"
        assert missed & (feed | section) == set()
        if most > 7:
            bench.check()


def listed(bench: NewsBench, section: str | None) -> tuple[Shown, ...]:
    """What a list of the paper shows now."""
    paper = PRESS.papers[0]
    return in_section(bench.room.edition_of(paper), paper.section(section) if section else None)


def test_a_feed_that_replays_old_items_with_new_dates_and_guids(tmp_path: Path) -> None:
    scenes = Scenes(replays=(Replay("baosonglinh", 2.5 * HOUR, 4 * HOUR),), most=4)
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, *(step / 4 for step in range(1, 9)), 2.1)
        told, kept = bench.alerts(), bench.stored()
        bench.play(2.6, 3, 3.5, 5, 30)
        assert (bench.alerts(), bench.stored()) == (told, kept)
        bench.check()


@pytest.mark.parametrize("days_old", [0, 10])
def test_a_flood(tmp_path: Path, days_old: int) -> None:
    """Sixty articles stand in the lists at once: fresh ones are told, those of an old archive are stored in silence."""
    paper, model = PRESS.papers[0], PRESS.article("baosonglinh/05")
    old = [repeated(model, paper, number) for number in range(1, 4)]
    new = [repeated(model, paper, number) for number in range(101, 161)]
    events = [Event(-HOUR * place, "published", article.key) for place, article in enumerate(old, start=3)]
    dated = -days_old * DAY if days_old else None
    events += [Event(0.7 * HOUR, "published", article.key, dated) for article in new]
    press = replace(PRESS, articles=(*old, *new))
    with newsroom_bench(tmp_path, press, events=tuple(events)) as bench:
        bench.play(0, 0.5, 1, 1.2, 1.4, 1.6)
        assert len(bench.stored()) == 63
        assert max(bench.alerts().values(), default=0) <= 1
        told = {url for _, url in bench.alerts()}
        fresh = {bench.url_of(article.key) for article in new}
        assert told == (set() if days_old else fresh)
        rows = bench.db.rows("SELECT silent, COUNT(*) AS n FROM links GROUP BY silent ORDER BY silent")
        assert {row["silent"]: row["n"] for row in rows} == {"baseline": 3, "flood" if days_old else None: 60}


def test_a_replay_from_the_first_read_on_dates_nothing_wrongly(tmp_path: Path) -> None:
    """All that the feed says of dates is wrong: what the page says must hold."""
    scenes = Scenes(replays=(Replay("baosonglinh", 0, 4 * HOUR),))
    with newsroom_bench(tmp_path, PRESS, scenes=scenes) as bench:
        bench.play(0, 0.5, 1, 1.5, 2.1)
        published = {h.url: h.at for h in bench.room.log().happenings if h.kind == "published"}
        for row in bench.db.rows(FIELDS):
            if row["published_at"] is not None:
                shown = published[row["url"]].isoformat()
                assert row["published_at"][:16] == shown[:16]
        bench.check()
