"""A crawl worker: `python -m tintinh.crawl_worker --data D [--config F]`. Reads configuration anew at its start."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path

from corpus.clock import now
from corpus.errors import TintinhError
from crawler.crawl import Crawling, CrawlOptions
from crawler.job import Problem, Report, job_from
from crawler.live_catalogue import LiveCatalogue
from crawler.worker import run_worker
from storage.archive import Archive
from storage.database import Database
from storage.hosts import HostStore
from storage.sink import Sink
from tintinh.config import Config, Place, find_place, load_config
from tintinh.logs import set_up_logs
from tintinh.wiring import OVERRIDES, user_agent


def main() -> int:
    """Serve jobs until the input ends. While configuration or data folder cannot be used, jobs end as `failed`."""
    parser = argparse.ArgumentParser(prog="tintinh.crawl_worker")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--log-level", default="INFO", help="INFO, WARNING ...")
    parser.add_argument("--books", type=Path, help="where articles go, if not into the data folder")
    given = parser.parse_args()
    for line in sys.stdin:
        try:
            crawling = make_crawling(find_place(given.config, given.data), given.books)
        except TintinhError as error:
            _refuse(line, error)
            continue
        set_up_logs(given.log_level)
        return run_worker(crawling, itertools.chain([line], sys.stdin), sys.stdout)
    return 0


def _refuse(line: str, error: TintinhError) -> None:
    """Answer a job that cannot be begun: its report says why, so that `status` does; the next job tries anew."""
    job = job_from(json.loads(line))
    report = Report(job.run, job.outlet, "failed", problems=(Problem(error.code, None, error.message),))
    sys.stdout.write(report.line() + "\n")
    sys.stdout.flush()


def make_crawling(place: Place, books: Path | None = None) -> Crawling:
    """All that the runs of one worker share.

    Args:
        place: configuration and data folder; host locks and politeness always lie there.
        books: another folder for links, articles and archive.

    Raises:
        TintinhError: configuration or the data folder cannot be used.
    """
    config = load_config(place)
    database = Database.open(books or place.data)
    catalogue = LiveCatalogue(place.user_folder, place.data / OVERRIDES)
    return Crawling(
        outlets=catalogue.read(),
        options=crawl_options(config),
        database=database,
        sink=Sink(database, now),
        archive=Archive((books or place.data) / "archive"),
        locks_folder=place.data / "locks",
        clock=now,
        hosts=HostStore(Database.open(place.data)) if books else None,
        overrides=None if books else place.data / OVERRIDES,
        catalogue=catalogue,
    )


def crawl_options(config: Config) -> CrawlOptions:
    """The crawler's options out of the configuration."""
    crawl = config.crawl
    return CrawlOptions(
        user_agent=user_agent(config),
        contact=crawl.contact,
        delay=crawl.delay,
        max_pages=crawl.max_pages,
        max_seconds=crawl.max_seconds,
        daily_requests=crawl.daily_requests,
        revisit_ages=crawl.revisit_ages,
        resolve=config.network.resolve,
        resolved_delay=config.network.resolved_delay,
    )


if __name__ == "__main__":
    sys.exit(main())
