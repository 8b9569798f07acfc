"""The pause between two requests, read from the servers' own log: two papers on one server, and two processes at once.

What a server sees is what counts: a pause is measured there from the arrival of one request to that of the next.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from samples.outcome import against_given_robots, before_retry_after, shortest_gap
from samples.press import Press, load_press
from tests.end_to_end.conftest import COMMAND, Tintinh, environment
from tintinh.demo.play import stop_daemon
from tintinh.demo.stage import Stage, set_stage

pytestmark = pytest.mark.end_to_end

ONE_SERVER = "127.0.0.77"
DELAY = 0.1
"""Seconds: the stage's own `resolved_delay`."""
SLUGS = ("baosonglinh", "baovinhhac")


def neighbours() -> Press:
    """Two papers whose sites stand on one server."""
    press = load_press(SLUGS)
    return replace(press, papers=tuple(replace(paper, address=ONE_SERVER) for paper in press.papers))


@contextmanager
def stage_with(folder: Path, *options: tuple[str, str]) -> Iterator[Stage]:
    """A stage with these lines of its configuration replaced."""
    with set_stage(folder, neighbours(), 30.0) as stage:
        text = stage.place.config_file.read_text(encoding="utf-8")
        for old, new in options:
            assert old in text
            text = text.replace(old, new)
        stage.place.config_file.write_text(text, encoding="utf-8")
        assert len(set(stage.newsroom.hosts().values())) == 1
        yield stage


def check(stage: Stage, least: float) -> int:
    """No two requests to the server closer than `least` seconds; gives their number."""
    requests = stage.newsroom.log().requests
    assert {request.host for request in requests} == {f"{slug}.example" for slug in SLUGS}
    gap = shortest_gap(requests, requests[0].address)
    assert gap is not None and gap >= least, f"{gap:.3f} s between two requests"
    assert against_given_robots(requests, "tintinh") == ()
    assert before_retry_after(requests) == ()
    return len(requests)


def test_two_papers_on_one_server_share_its_pause(tintinh: Tintinh, tmp_path: Path) -> None:
    with stage_with(tmp_path / "data") as stage:
        ran = tintinh("crawl", *SLUGS, "--config", stage.place.config_file, "--data", stage.place.data)
        assert ran.code == 0, ran.err
        assert check(stage, DELAY) >= 12


def test_the_true_pause_of_three_seconds(tintinh: Tintinh, tmp_path: Path) -> None:
    """One page of each paper, by two workers: four requests, with each paper's robots.txt."""
    with stage_with(tmp_path / "data", (f"resolved_delay = {DELAY}\n", "")) as stage:
        first = {h.key.partition("/")[0]: h.url for h in stage.newsroom.log().happenings}
        began = time.monotonic()
        ran = tintinh("recrawl", *first.values(), "--config", stage.place.config_file, "--data", stage.place.data)
        assert ran.code == 0, ran.err
        assert check(stage, 3.0) == 4
        assert time.monotonic() - began < 20


def test_a_crawl_by_hand_beside_the_daemon(tmp_path: Path) -> None:
    """The daemon reads both papers every two seconds; two crawls by hand come between. The server sees one pause."""
    with stage_with(tmp_path / "data", ('interval = "3s"', 'interval = "2s"')) as stage:
        stage.newsroom.open()
        daemon = stage.start_daemon()
        try:
            until(stage.first_round_done, 40)
            place = ["--config", str(stage.place.config_file), "--data", str(stage.place.data)]
            for slug in SLUGS:
                done = subprocess.run(
                    [COMMAND, "crawl", slug, *place], env=environment(tmp_path), capture_output=True, timeout=60
                )
                assert done.returncode in (0, 1), done.stderr
        finally:
            stop_daemon(daemon)
        assert check(stage, DELAY) > 25


def until(done: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)
