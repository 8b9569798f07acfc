"""A crawl worker for tests: `python -m tests.crawler.worker_program FOLDER ADDRESS:PORT`."""

import sys
from pathlib import Path

from corpus import clock
from crawler.crawl import Crawling, CrawlOptions
from crawler.worker import run_worker
from storage.archive import Archive
from storage.database import Database
from storage.sink import Sink
from tests.crawler.worker_outlets import HOST, OUTLETS
from tintinh.logs import set_up_logs


def main(folder: Path, target: str) -> int:
    db = Database.open(folder)
    options = CrawlOptions(
        "tintinh/0.1", "", delay=0.0, resolve={HOST: target}, fetch_seconds=20, daily_requests=10_000
    )
    archive = Archive(folder / "archive", min_free_bytes=0)
    sink = Sink(db, clock.now)
    set_up_logs()
    return run_worker(Crawling(OUTLETS, options, db, sink, archive, folder / "locks", clock.now), sys.stdin, sys.stdout)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
