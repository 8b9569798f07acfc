"""One run of one outlet: its locks, its row in `runs`, its spider, its report."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from corpus.clock import Clock
from corpus.errors import LockHeld, WorkError
from crawler import settings as project
from crawler.fetching.fetch import Stop
from crawler.fetching.servers import Lookup, find_servers
from crawler.job import Job, Outcome, Problem, Report
from crawler.ledger import Ledger, TakesArticles
from crawler.live_catalogue import LiveCatalogue
from crawler.options import MIB, CrawlOptions
from crawler.outlet import Outlet
from crawler.round import Round
from crawler.running import Progress
from crawler.spiders.outlet_spider import spider_class
from crawler.tally import Tally
from storage.archive import Archive
from storage.database import Database
from storage.hosts import HostStore
from storage.locks import Lock, host_lock

__all__ = ["CrawlOptions", "Crawling", "crawl"]

LOCK_POLL_SECONDS = 0.5
MIN_FREE_BYTES = 64 * MIB
"""With less room on the disk no run begins. The archive has stopped long before, and what is pending stays so."""


@dataclass(frozen=True, slots=True)
class Crawling:
    """All that the runs of one process share. `database` belongs to the thread that crawls."""

    outlets: Mapping[str, Outlet]
    options: CrawlOptions
    database: Database
    sink: TakesArticles
    archive: Archive
    locks_folder: Path
    clock: Clock
    hosts: HostStore | None = None
    """Where politeness is kept, if not in `database`: a look at a page that stores nothing is polite all the same."""
    min_free_bytes: int = MIN_FREE_BYTES
    overrides: Path | None = None
    """Where findings about outlets are written; None: nowhere."""
    catalogue: LiveCatalogue | None = None
    """Gives `outlets` anew for each run, where files may have changed."""
    lookup: Lookup | None = None
    """Finds the addresses of a host name, instead of the reactor's resolver."""


async def crawl(job: Job, crawling: Crawling, progress: Progress, *, stop: Stop | None = None) -> Report:
    """Do one job and report on it. Needs Twisted's asyncio reactor on the running loop.

    Args:
        progress: told each step.
        stop: lets the caller end the run at its next safe point.

    Raises:
        WorkError: locks or database cannot be used at all; what happens later is in the report.
    """
    stop, fault = stop or Stop(), None
    if (catalogue := crawling.catalogue) is not None:
        crawling, fault = replace(crawling, outlets=catalogue.read()), catalogue.fault(job.outlet)
    outlet = crawling.outlets.get(job.outlet)
    broken = Problem("outlet_file", None, fault) if fault else None
    if outlet is None:
        unknown = Problem("unknown_outlet", None, f"there is no outlet {job.outlet!r}")
        return _ended(job, "failed", broken or unknown)
    ledger = Ledger.over(crawling.database, crawling.sink, crawling.archive)
    if crawling.hosts is not None:
        ledger = replace(ledger, hosts=crawling.hosts)
    parts = (job, outlet, crawling.outlets, crawling.options, ledger, crawling.clock, progress, stop)
    round_ = Round(*parts, overrides=crawling.overrides)
    if broken:
        round_.tally.note(broken)
    if crawling.options.contact:  # without one no public host is asked
        await find_servers(round_.gate, crawling.lookup)
    async with AsyncExitStack() as held:
        for name in round_.gate.names():
            lock = host_lock(crawling.locks_folder, name)
            owner = await _take(lock, partial(_waiting, progress, lock), stop, wait=job.wait)
            if owner is not None:
                return _ended(job, "locked", Problem("locked", None, f"{lock.what} is in use: {owner}"))
            held.callback(lock.release)
        ledger.runs.begin(job.run, outlet.slug, job.kind, crawling.clock())
        free = shutil.disk_usage(crawling.database.path.parent).free
        if free >= crawling.min_free_bytes:
            await _run_spider(round_, outlet, crawling)
            report = _report(job, round_)
        else:
            report = _ended(job, "failed", Problem("disk_low", None, f"{free // MIB} MiB are free"))
        with suppress(WorkError):  # a full disk: the report is told, the row stays without an end
            ledger.runs.end(
                job.run, report.outcome, report.stats, [asdict(p) for p in report.problems], crawling.clock()
            )
    return report


async def _take(lock: Lock, on_wait: Callable[[str], None], stop: Stop, *, wait: bool) -> str | None:
    """Take a lock, waiting for it if `wait`; None, or who holds it."""
    told = False
    while True:
        try:
            lock.acquire()
        except LockHeld as error:
            if not wait or stop.requested:
                return error.owner or "another process"
            if not told:
                on_wait(error.owner)
                told = True
            await stop.sleep(LOCK_POLL_SECONDS)
        else:
            return None


def _waiting(progress: Progress, lock: Lock, owner: str) -> None:
    progress({"step": "lock", "what": lock.what, "owner": owner})


async def _run_spider(round_: Round, outlet: Outlet, crawling: Crawling) -> None:
    runner = AsyncCrawlerRunner(run_settings(crawling.options))
    crawler = runner.create_crawler(spider_class(outlet, dict(crawling.outlets)))
    try:
        await runner.crawl(crawler, round_=round_)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - Scrapy could not start or close: that run failed, not the worker
        round_.tally.broken = True
        round_.tally.note(Problem("internal", None, f"{type(error).__name__}: {error}"))


def run_settings(options: CrawlOptions) -> Settings:
    """Scrapy's settings for a run: those of the project, with the operator's user agent and limits."""
    settings = Settings()
    settings.setmodule(project)
    settings.set("USER_AGENT", options.full_user_agent())
    settings.set("DOWNLOAD_TIMEOUT", options.fetch_seconds)
    settings.set("DOWNLOAD_MAXSIZE", max(options.page_bytes, options.feed_bytes))
    settings.set("TINTINH_RESOLVE", dict(options.resolve))
    return settings


def _report(job: Job, round_: Round) -> Report:
    tally = round_.tally
    problems = tuple(tally.problems)
    return Report(job.run, job.outlet, tally.outcome(), tally.figures(), problems, details=round_.details)


def _ended(job: Job, outcome: Outcome, problem: Problem) -> Report:
    return Report(job.run, job.outlet, outcome, Tally().figures(), (problem,))
