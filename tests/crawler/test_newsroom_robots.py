"""Every state of robots.txt, played by the newsroom: what may be asked meanwhile, and what comes after it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samples.faults import ROBOTS, Fault
from tests.crawler.newsroom_bench import HOUR, SONG_LINH, newsroom_bench, press_of

pytestmark = pytest.mark.crawl
PRESS = press_of("baosonglinh")
AFTERWARDS = (2.1, 5, 9, 15)


def robots(kind: str, **more: object) -> Fault:
    return replace(Fault(kind, SONG_LINH, paths=ROBOTS), **more)  # type: ignore[arg-type]


UNREACHABLE = [
    robots("status", status=500),
    robots("throttled", status=429, retry_after="1200"),
    robots("throttled", status=503, retry_after="+1200"),
    robots("redirect_loop"),
    robots("timeout"),
    robots("reset"),
]
_ids = [f"{fault.kind}-{fault.status}" for fault in UNREACHABLE]


@pytest.mark.parametrize("fault", UNREACHABLE, ids=_ids)
def test_without_any_copy_no_page_is_asked_for(tmp_path: Path, fault: Fault) -> None:
    with newsroom_bench(tmp_path, PRESS, faults=(replace(fault, until=1.4 * HOUR),)) as bench:
        bench.tune(fetch_seconds=0.3 if fault.kind == "timeout" else 10.0)
        bench.play(0, 0.5, 1)
        assert bench.page_requests() == []
        assert {report.outcome for report in bench.reports} == {"refused"}
        assert "robots_unreachable" in bench.codes()
        bench.play(*AFTERWARDS)
        bench.check()
        assert len(bench.stored()) == 9  # the tenth was taken away before it could be read
        assert bench.codes(since=9) == set()


@pytest.mark.parametrize("fault", UNREACHABLE, ids=_ids)
def test_with_a_good_copy_the_round_goes_on(tmp_path: Path, fault: Fault) -> None:
    """The copy of the start is asked for anew after a day; then robots.txt fails for a week. Its rules stand in.

    Where it asks for a pause the pages wait as well, but only until robots.txt itself is asked less often than that.
    """
    week = replace(fault, since=12 * HOUR, until=190 * HOUR)
    with newsroom_bench(tmp_path, PRESS, faults=(week,)) as bench:
        bench.tune(fetch_seconds=0.3 if fault.kind == "timeout" else 10.0)
        bench.play(0)
        before = len(bench.stored())
        bench.play(25, 25.5, 26, 26.5, 27, 27.5, 28, 30)
        assert "robots_unreachable" in bench.codes(24)
        assert len(bench.stored()) == 10 > before
        bench.check()


def test_a_copy_older_than_thirty_days_is_no_copy(tmp_path: Path) -> None:
    fault = robots("status", status=500, since=1 * HOUR)
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 29 * 24)
        bench.clock.forward(days=2)
        asked = len(bench.page_requests())
        bench.round()
        assert len(bench.page_requests()) == asked
        assert bench.reports[-1].outcome == "refused"


def test_an_html_page_for_robots_allows_all_and_is_noted(tmp_path: Path) -> None:
    with newsroom_bench(tmp_path, PRESS, faults=(robots("front_page"),)) as bench:
        bench.play(0, 2.1)
        bench.check()
        assert bench.codes() == {"robots_without_rules"}
        assert len(bench.stored()) == 10


@pytest.mark.parametrize("status", [403, 404])
def test_other_4xx_allow_all(tmp_path: Path, status: int) -> None:
    with newsroom_bench(tmp_path, PRESS, faults=(robots("status", status=status),)) as bench:
        bench.play(0, 2.1)
        bench.check()
        assert bench.codes() == set()
        assert len(bench.stored()) == 10


def test_a_paper_that_closes_itself_is_left_alone_and_told_of(tmp_path: Path) -> None:
    """It closes after the first day; within 24 hours nothing more is asked for. When it opens again, all is found."""
    fault = robots("closed", since=1 * HOUR, until=40 * HOUR)
    with newsroom_bench(tmp_path, PRESS, faults=(fault,)) as bench:
        bench.play(0, 0.1, 25)
        asked = len(bench.page_requests())
        bench.play(26, 30, 38)
        assert len(bench.page_requests()) == asked
        assert "robots_disallowed" in bench.codes(24)
        assert bench.reports[-1].outcome == "refused"
        bench.play(52, 60, 70, 80)
        assert len(bench.page_requests()) > asked
        bench.check()


def test_a_closed_path_is_never_asked_for(tmp_path: Path) -> None:
    """The papers' own rules, and the newsroom's pages link to what they forbid."""
    press = press_of("baodongsen", "baosonglinh", "baothuongngan", "baovinhhac")
    with newsroom_bench(tmp_path, press) as bench:
        bench.play(0, 2.1)
        bench.check()
        assert len(bench.stored()) == 40
