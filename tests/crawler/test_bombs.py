"""Hostile bodies, against a worker in a process of its own whose memory is measured."""

from collections.abc import Iterator

import pytest

from crawler.job import Job
from tests.crawler.bombs import Worker, bombs, harmless, meet
from tests.crawler.press import Bench, path_of

pytestmark = pytest.mark.crawl
FETCH_SECONDS = 3.0
PEAK_MIB = 300


@pytest.fixture
def worker(bench: Bench) -> Iterator[Worker]:
    made = Worker(bench.folder, bench.press.target, "0", str(FETCH_SECONDS))
    yield made
    made.close()


def test_no_body_takes_long_or_much_memory_or_another_page(bench: Bench, worker: Worker) -> None:
    """All in one process, so that what one leaves behind counts for the next."""
    for number, bomb in enumerate(bombs(64)):
        met = meet(worker, bench.press, number, bomb)
        assert met.seconds < (FETCH_SECONDS + 1.5 if bomb.slow else 5.0), bomb.name
        assert met.others == 2, (bomb.name, met)
        assert worker.peak() < PEAK_MIB, (bomb.name, worker.peak())


def test_a_page_that_kills_the_parser_is_set_aside_after_two_attempts_and_shown(bench: Bench) -> None:
    host, slug = "baobom0.vn", "baobom0"
    harmless(bench.press, host)
    deadly, said = f"https://{host}{path_of(0)}", []
    for attempt in range(4):
        worker = Worker(bench.folder, bench.press.target, "0", "5", path_of(0))
        reports = [event for _, event in worker.run(Job(f"r{attempt}", slug)) if event["event"] == "report"]
        if not reports:
            assert worker.ended() < 0  # killed by a signal
        worker.close()
        said.append([(p["code"], p["url"]) for report in reports for p in report["problems"]])
        link = bench.links.get(slug, deadly)
        if link and link.state == "given_up":
            break
    assert link and link.state == "given_up" and link.parses == 2 and link.archive is not None
    assert bench.press.paths().count(path_of(0)) == 2
    assert ("crashed", deadly) in said[-1]
    assert worker.stored(host) == 2
