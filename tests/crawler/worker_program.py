"""A crawl worker for tests.

`python -m tests.crawler.worker_program FOLDER ADDRESS:PORT [DELAY [FETCH_SECONDS [DEADLY]]]`
A page whose address ends in DEADLY kills the process in the middle of its extraction, as a broken C library would.
"""

import os
import signal
import sys
from pathlib import Path

from corpus import clock
from crawler import judging
from crawler.crawl import Crawling, CrawlOptions
from crawler.extraction import Extraction, PageInput, extract
from crawler.worker import run_worker
from storage.archive import Archive
from storage.database import Database
from storage.sink import Sink
from tests.crawler.worker_outlets import OUTLETS
from tintinh.logs import set_up_logs


def main(folder: Path, target: str, delay: str = "0", fetch_seconds: str = "20", deadly: str = "") -> int:
    db = Database.open(folder)
    options = CrawlOptions(
        "tintinh/0.1",
        "",
        delay=float(delay),
        resolve={outlet.hosts[0].name: target for outlet in OUTLETS.values()},
        fetch_seconds=float(fetch_seconds),
        daily_requests=10_000,
    )
    if deadly:
        kill_at(deadly)
    archive = Archive(folder / "archive", min_free_bytes=0)
    sink = Sink(db, clock.now)
    set_up_logs()
    return run_worker(Crawling(OUTLETS, options, db, sink, archive, folder / "locks", clock.now), sys.stdin, sys.stdout)


def kill_at(path: str) -> None:
    def deadly(page: PageInput) -> Extraction:
        if (page.url or "").endswith(path):
            os.kill(os.getpid(), signal.SIGSEGV)
        return extract(page)

    judging.extract = deadly  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
