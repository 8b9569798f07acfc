"""The newsroom plays faults and scenes as they were planned: by its clock, host and path."""

from __future__ import annotations

import http.client
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import get_args

import pytest

from samples.clones import day_of, renamed
from samples.faults import COOKIE, ROBOTS, Fault, FaultKind, fault_at
from samples.newsroom import Newsroom
from samples.outcome import against_given_robots, before_retry_after
from samples.press import OUTLETS, load_press
from samples.scenes import Merger, Move, Redesign, Replay, Restart, Scenes
from samples.schedule import plan
from tests.samples.asking import Got, MovableClock, ask

PRESS = load_press(("baosonglinh", "baovinhhac"))
HOST, OTHER = "baosonglinh.example", "baovinhhac.example"
PAGE = "/gia-co-tuyen-de-ta-linh-truoc-mua-mua-bao-post412307.html"


def room(clock: MovableClock, *faults: Fault, **scenes: object) -> Newsroom:
    return Newsroom(PRESS, plan(PRESS, 7200), clock, faults=faults, scenes=Scenes(**scenes))  # type: ignore[arg-type]


def get(newsroom: Newsroom, path: str, host: str = HOST, **headers: str) -> Got:
    return ask(newsroom.hosts(), host, path, **headers)


def test_a_fault_strikes_its_host_and_paths_in_its_time() -> None:
    clock = MovableClock()
    with room(clock, Fault("status", HOST, since=60, until=120)) as newsroom:
        seen = []
        for _ in range(3):
            seen.append([get(newsroom, path, host).status for path, host in (("/", HOST), ("/", OTHER))])
            clock.forward(60)
        assert seen == [[200, 200], [500, 200], [200, 200]]
        clock.forward(-90)
        assert get(newsroom, "/robots.txt").status == 200


def test_the_first_of_two_faults_holds() -> None:
    first, second = Fault("reset", HOST, paths="/a"), Fault("empty", HOST)
    assert fault_at((first, second), HOST, "/a", 0) is first
    assert fault_at((first, second), HOST, "/b", 0) is second
    assert fault_at((first, second), OTHER, "/b", 0) is None


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_every_kind_gives_a_reply_that_a_client_can_tell(kind: FaultKind) -> None:
    with room(MovableClock(), Fault(kind, HOST, paths=".*", held=0.05, size=5000, retry_after="60")) as newsroom:
        match kind:
            case "cut":
                with pytest.raises(http.client.IncompleteRead):
                    get(newsroom, "/")
            case "reset":
                with pytest.raises((ConnectionError, http.client.HTTPException)):
                    get(newsroom, "/")
            case _:
                got = get(newsroom, PAGE)
                assert got.status in (200, 301, 302, 403, 500)


def test_a_cookie_opens_the_gate() -> None:
    with room(MovableClock(), Fault("cookie_gate", HOST)) as newsroom:
        assert len(get(newsroom, "/").body) < 500
        assert len(get(newsroom, "/", Cookie=COOKIE).body) > 1000


@pytest.mark.parametrize("wish", ["90", "+90"])
def test_a_request_before_retry_after_is_counted(wish: str) -> None:
    clock = MovableClock()
    with room(clock, Fault("throttled", HOST, status=429, retry_after=wish, until=1)) as newsroom:
        got = get(newsroom, "/")
        named = got.headers["retry-after"]
        assert named == "90" or parsedate_to_datetime(named) == clock() + timedelta(seconds=90)
        for seconds in (60, 29, 2):
            clock.forward(seconds)
            get(newsroom, "/")
            get(newsroom, "/", OTHER)
        assert [r.host for r in before_retry_after(newsroom.log().requests)] == [HOST, HOST]


def test_requests_against_the_robots_file_that_was_given_are_counted() -> None:
    clock = MovableClock()
    closed = Fault("closed", HOST, paths=ROBOTS, since=10, until=20)
    broken = Fault("status", HOST, paths=ROBOTS, since=20, until=30)
    with room(clock, closed, broken, Fault("status", HOST, paths=ROBOTS, since=30, status=404)) as newsroom:
        wrong = []
        get(newsroom, "/")  # before robots.txt was asked for
        for _ in range(4):
            get(newsroom, "/robots.txt")
            get(newsroom, "/")
            wrong.append(len(against_given_robots(newsroom.log().requests, "tintinh")))
            clock.forward(10)
        assert wrong == [1, 2, 3, 3]  # the broken file left the closed one in force


def test_a_moved_and_a_merged_paper_lead_to_their_new_places() -> None:
    clock = MovableClock()
    with room(clock, moves=(Move("baosonglinh", 60, "moi.example.org"),)) as newsroom:
        clock.forward(61)
        assert get(newsroom, PAGE).headers["location"] == f"https://moi.example.org{PAGE}"
        assert get(newsroom, PAGE, "moi.example.org").status == 200
    with room(clock, mergers=(Merger("baosonglinh", "baovinhhac", 60),)) as newsroom:
        clock.forward(3600)
        there = get(newsroom, PAGE).headers["location"]
        assert there.startswith(f"https://{OTHER}/") and PRESS.articles[0].slug in there
        assert get(newsroom, there.removeprefix(f"https://{OTHER}"), OTHER).status == 200
        urls = {h.key: h.url for h in newsroom.log().happenings}
        assert urls["baosonglinh/01"] == f"https://{HOST}{PAGE}"
        assert urls["baosonglinh/05"].startswith(f"https://{OTHER}/")
        assert urls["baosonglinh/05"].removeprefix(f"https://{OTHER}") in get(newsroom, "/", OTHER).text
        assert there not in get(newsroom, "/", OTHER).text


@pytest.mark.parametrize("family", [None, "dataimages", "htm"])
def test_a_redesign_changes_the_markup_and_no_address(family: str | None) -> None:
    clock = MovableClock()
    with room(clock, redesigns=(Redesign("baosonglinh", 60, family),)) as newsroom:  # type: ignore[arg-type]
        before, front = get(newsroom, PAGE).text, get(newsroom, "/").text
        clock.forward(61)
        after = get(newsroom, PAGE).text
        assert "article__title" in before and "article__title" not in after
        assert PRESS.articles[0].title in after and PRESS.articles[0].blocks[0].text[:40] in after
        assert PAGE in front and PAGE in get(newsroom, "/").text
        assert get(newsroom, "/rss/home.rss").status == 200


def test_a_restart_and_a_replay() -> None:
    clock = MovableClock()
    scenes: dict[str, object] = {
        "restarts": (Restart("baosonglinh", 60, 1000),),
        "replays": (Replay("baosonglinh", 3600, 7200),),
        "most": 2,
    }
    with room(clock, **scenes) as newsroom:
        clock.forward(3500)
        plain = get(newsroom, "/rss/home.rss").text
        assert plain.count("<item>") == 2 and "post405" in plain
        clock.forward(200)
        replayed = get(newsroom, "/rss/home.rss").text
        assert replayed.count("<item>") > 2 and "lan-hai-" in replayed and PAGE in replayed


def test_papers_with_one_address_share_a_server() -> None:
    from dataclasses import replace

    press = replace(PRESS, papers=tuple(replace(paper, address="127.0.0.99") for paper in PRESS.papers))
    with Newsroom(press, plan(press, 60), MovableClock()) as newsroom:
        assert len(set(newsroom.hosts().values())) == 1
        assert [paper.name in get(newsroom, "/", paper.host).text for paper in press.papers] == [True, True]


def test_a_day_of_clones() -> None:
    day = day_of(load_press(), 20, 24.0)
    assert day == day_of(load_press(), 20, 24.0)
    assert len({paper.host for paper in day.press.papers}) == 20
    assert all(-86400 < event.after < 86400 for event in day.events)
    paper = day.press.papers[3]
    original = load_press().paper(day.originals[paper.slug])
    text = renamed((OUTLETS / f"{original.slug}.toml").read_text(encoding="utf-8"), original, paper)
    assert paper.host in text and f'"{original.host}"' not in text and f"//{original.host}/" not in text
