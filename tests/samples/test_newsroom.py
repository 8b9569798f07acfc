import json
from datetime import timedelta

import pytest

from corpus.clock import parse_stamp
from samples.newsroom import Newsroom
from samples.outcome import against_robots, expected, shortest_gap
from samples.press import CORE, load_press
from samples.schedule import plan
from tests.samples.asking import MovableClock, ask

PRESS = load_press(CORE)
HOSTS = [paper.host for paper in PRESS.papers]


def newsroom(clock: MovableClock, *, hold: bool = False) -> Newsroom:
    return Newsroom(PRESS, plan(PRESS, 90), clock, hold=hold)


def urls(room: Newsroom, kind: str) -> dict[str, str]:
    return {h.key: h.url for h in room.log().happenings if h.kind == kind}


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_every_paper_has_its_own_loopback_address():
    with newsroom(MovableClock()) as room:
        addresses = {host: where.partition(":")[0] for host, where in room.hosts().items()}
        assert set(addresses) == set(HOSTS)
        assert all(address.startswith("127.0.0.") for address in addresses.values())
        for host in HOSTS:
            front = ask(room.hosts(), host, "/")
            assert front.status == 200 and PRESS.papers[HOSTS.index(host)].name in front.text


def test_live_articles_wait_for_the_opening():
    clock = MovableClock()
    with newsroom(clock, hold=True) as room:
        clock.forward(500)
        assert len(urls(room, "published")) == 12
        room.open()
        room.open()
        clock.forward(90)
        assert len(urls(room, "published")) == 40
        assert len(urls(room, "edited")) == 4 and len(urls(room, "removed")) == 1


def test_published_edited_and_removed_articles():
    clock = MovableClock()
    with newsroom(clock) as room:
        host = "baosonglinh.example"
        early = ask(room.hosts(), host, "/ap-thap-nhiet-doi-vao-bo-mua-dien-rong-post412349.html")
        assert early.status == 404
        removed = path_of(urls(room, "published")["baosonglinh/03"])
        assert ask(room.hosts(), host, removed).status == 200
        clock.forward(6)
        page = "/nuoc-song-linh-len-nhanh-trong-dem-post412328.html"
        first = ask(room.hosts(), host, page)
        clock.forward(10)
        second = ask(room.hosts(), host, page)
        assert (first.status, second.status) == (200, 200)
        assert "6,12 m" in first.text and "6,87 m" in second.text and "chợ Bến Gạo" in second.text
        assert ask(room.hosts(), host, removed).status == 410
        assert removed not in ask(room.hosts(), host, "/rss/home.rss").text


def test_validators_give_304_until_something_changes():
    clock = MovableClock()
    with newsroom(clock) as room:
        for host, header in (("baosonglinh.example", "etag"), ("baothuongngan.example", "last-modified")):
            condition = "If_None_Match" if header == "etag" else "If_Modified_Since"
            first = ask(room.hosts(), host, "/")
            again = ask(room.hosts(), host, "/", **{condition: first.headers[header]})
            assert (again.status, again.body) == (304, b"")
        clock.forward(30)
        for host, header in (("baosonglinh.example", "etag"), ("baothuongngan.example", "last-modified")):
            condition = "If_None_Match" if header == "etag" else "If_Modified_Since"
            assert ask(room.hosts(), host, "/", **{condition: first.headers.get(header, '"old"')}).status == 200


def test_a_bad_condition_is_ignored():
    with newsroom(MovableClock()) as room:
        assert ask(room.hosts(), "baothuongngan.example", "/", If_Modified_Since="hôm qua".encode().hex()).status == 200


def test_the_paper_with_a_page_clock_sends_no_validators():
    with newsroom(MovableClock()) as room:
        headers = ask(room.hosts(), "baodongsen.example", "/").headers
        assert "etag" not in headers and "last-modified" not in headers


def test_unknown_pages_and_hosts():
    with newsroom(MovableClock()) as room:
        for host in HOSTS:
            assert ask(room.hosts(), host, "/khong-co-trang-nay-99.html").status == 404
            robots = ask(room.hosts(), host, "/robots.txt")
            assert robots.status == 200 and "Disallow: /" in robots.text
        assert ask(room.hosts(), HOSTS[0], "/", Host="la.example").status == 421
        head = ask(room.hosts(), HOSTS[0], "/", method="HEAD")
        assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 1000


def test_the_log_holds_happenings_and_requests_and_is_json():
    clock = MovableClock()
    with newsroom(clock) as room:
        ask(room.hosts(), HOSTS[0], "/?utm_source=x", User_Agent="thu/1")
        clock.forward(20)
        log = room.log()
    assert [(r.host, r.path, r.status, r.user_agent) for r in log.requests] == [
        (HOSTS[0], "/?utm_source=x", 200, "thu/1")
    ]
    value = json.loads(json.dumps(log.to_json(), ensure_ascii=False))
    assert len(value["happenings"]) == len(log.happenings) > 12
    assert parse_stamp(value["now"]) == clock()


def read_all(room: Newsroom, paths: tuple[str, ...] = ("/",)) -> None:
    for host in HOSTS:
        for path in paths:
            ask(room.hosts(), host, path)


def test_all_live_matches_must_be_told_and_the_baseline_never():
    clock = MovableClock()
    with newsroom(clock, hold=True) as room:
        read_all(room)
        room.open()
        clock.forward(100)
        read_all(room)
        outcome = expected(PRESS, room.log())
        published = urls(room, "published")
    live = [article for article in PRESS.articles if article.role == "live"]
    assert outcome.must == {(t, published[a.key]) for a in live for t in a.edited().topics}
    assert outcome.may == set()
    assert outcome.stored == set(published.values()) - outcome.removed  # no one read it in time
    assert len(outcome.versions) == 4 and len(outcome.removed) == 1
    assert sorted(len(group) for group in outcome.carried) == [2, 2, 2]


def test_what_stood_on_a_source_at_its_first_read_is_silent():
    clock = MovableClock()
    with newsroom(clock) as room:
        clock.forward(7)
        read_all(room)
        clock.forward(93)
        read_all(room)
        outcome = expected(PRESS, room.log())
        first = urls(room, "published")["baosonglinh/04"]
        told = urls(room, "published")["baosonglinh/06"]
    assert ("de-dieu", first) not in outcome.must
    assert ("de-dieu", first) in outcome.may  # it gains its topic by an edit, after a silent first reading
    assert ("ocop", told) in outcome.must


def test_what_comes_after_the_limit_may_but_need_not_be_told():
    clock = MovableClock()
    with newsroom(clock, hold=True) as room:
        read_all(room)
        room.open()
        opened = clock()
        clock.forward(100)
        outcome = expected(PRESS, room.log(), until=opened + timedelta(seconds=30))
    assert outcome.must and outcome.may
    assert not outcome.must & outcome.may
    assert len(outcome.stored) < 40


def test_a_removed_article_must_be_kept_if_it_was_read():
    clock = MovableClock()
    with newsroom(clock) as room:
        url = urls(room, "published")["baosonglinh/03"]
        ask(room.hosts(), "baosonglinh.example", path_of(url))
        clock.forward(30)
        outcome = expected(PRESS, room.log())
    assert outcome.removed == {url} and url in outcome.stored


def test_politeness_figures():
    clock = MovableClock()
    with newsroom(clock) as room:
        ask(room.hosts(), HOSTS[0], "/")
        clock.forward(3)
        ask(room.hosts(), HOSTS[0], "/robots.txt")
        clock.forward(2)
        ask(room.hosts(), HOSTS[0], "/in-bai/1" if HOSTS[0] == "baodongsen.example" else "/print/1.html")
        requests = room.log().requests
    address = requests[0].address
    assert shortest_gap(requests, address) == pytest.approx(2.0)
    assert shortest_gap(requests[:1], address) is None
    assert [r.path for r in against_robots(PRESS, requests, "tintinh")] == [requests[2].path]
