from datetime import datetime, timedelta

from corpus.clock import HANOI
from storage.database import Database
from storage.hosts import HostState, HostStore, RobotsCopy

NOW = datetime(2026, 3, 2, 8, 0, 0, 987000, tzinfo=HANOI)


def test_the_two_halves_of_a_row_are_kept_apart_and_to_the_millisecond(db: Database) -> None:
    store = HostStore(db)
    assert store.politeness("a.vn") == HostState("a.vn") and store.robots("a.vn") == RobotsCopy("a.vn")
    state = HostState("a.vn", NOW, 300.0, NOW + timedelta(seconds=3), "2026-03-02", 4, 1, 9_000, NOW, 429)
    copy = RobotsCopy("a.vn", b"User-agent: *\n\x00\xff", NOW, "unreachable", NOW, 600.0, NOW, "tls_name khác")
    store.save_politeness([state, HostState("127.0.0.1:80", NOW, day="2026-03-02")])
    store.save_robots(copy)
    assert store.politeness("a.vn") == state and store.robots("a.vn") == copy
    store.save_robots(RobotsCopy("a.vn", b"", NOW, "allowed"))
    store.save_politeness([HostState("a.vn", day="2026-03-03")])
    assert store.robots("a.vn").body == b"" and store.politeness("a.vn").requests == 0
    store.save_robots(RobotsCopy("b.vn", None, None, "unreachable", NOW))
    assert [one.host for one in store.all_robots()] == ["a.vn", "b.vn"]
    assert store.politeness("127.0.0.1:80").day == "2026-03-02"
