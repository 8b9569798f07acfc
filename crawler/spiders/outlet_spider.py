"""The spider: one class, of which every outlet of the catalogue has its own subclass, made from its file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from corpus import clock
from crawler.fetching.guard import Gate
from crawler.job import Job
from crawler.ledger import TakesArticles, throwaway_ledger
from crawler.options import CrawlOptions
from crawler.outlet import Outlet
from crawler.pipelines import ArticleItem
from crawler.round import Round


class OutletSpider(Spider):
    """Yields the articles of one outlet. Its requests go one after the other through `Round`, none by Scrapy's queue.

    The worker hands in the round. Without one (`scrapy crawl SLUG`) the spider makes its own, on books that are
    thrown away afterwards: every article that the sources show is new then, and nothing is stored.
    """

    outlet: ClassVar[Outlet]
    outlets: ClassVar[dict[str, Outlet]]

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Let the user agent of `scrapy crawl` name the operator, and check certificates unless the outlet's user said
        otherwise."""
        super().update_settings(settings)
        settings.set("DOWNLOAD_VERIFY_CERTIFICATES", cls.outlet.tls == "verified", priority="spider")
        if settings["TINTINH_CONTACT"]:
            options = CrawlOptions(settings["USER_AGENT"], settings["TINTINH_CONTACT"])
            settings.set("USER_AGENT", options.full_user_agent(), priority="spider")

    def __init__(self, *args: Any, round_: Round | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gate: Gate | None = None
        self.sink: TakesArticles | None = None
        self._round = round_
        if round_ is not None:
            self._open(round_)

    def _open(self, round_: Round) -> None:
        """Let the download handler and the pipeline find what they work with."""
        self.gate, self.sink = round_.gate, round_.ledger.sink

    async def start(self) -> AsyncIterator[ArticleItem]:
        """The run, as Scrapy asks for it."""
        if self._round is not None:
            async for item in self._work(self._round):
                yield item
            return
        with throwaway_ledger(clock.now) as ledger:
            job, options = Job("scrapy", self.outlet.slug), options_from(self.crawler)
            round_ = Round(job, self.outlet, self.outlets, options, ledger, clock.now, self._log_step)
            self._open(round_)
            async for item in self._work(round_):
                yield item
            self.logger.info(json.dumps(round_.tally.figures()))
            for problem in round_.tally.problems:
                self.logger.warning(f"{problem.code} {problem.url}: {problem.detail}")

    async def _work(self, round_: Round) -> AsyncIterator[ArticleItem]:
        engine = self.crawler.engine
        async for item in round_.items(engine.download_async):
            yield item
        # Scrapy looks for the end when the last item has left its pipelines, or else at its next heartbeat, 5 s later.
        while engine.scraper.slot is not None and not engine.scraper.slot.is_idle():
            await asyncio.sleep(0.002)

    def _log_step(self, event: dict[str, object]) -> None:
        self.logger.info(json.dumps(event, ensure_ascii=False))


def options_from(crawler: Crawler) -> CrawlOptions:
    """The options of `scrapy crawl`, from Scrapy's settings."""
    settings = crawler.settings
    return CrawlOptions(
        user_agent=settings["USER_AGENT"],
        contact=settings["TINTINH_CONTACT"],
        resolve=settings.getdict("TINTINH_RESOLVE"),
        resolved_delay=settings.getfloat("TINTINH_RESOLVED_DELAY"),
    )


def spider_class(outlet: Outlet, outlets: dict[str, Outlet]) -> type[OutletSpider]:
    """The spider of one outlet; its name is the outlet's slug."""
    return type(
        "OutletSpider_" + outlet.slug.replace("-", "_"),
        (OutletSpider,),
        {"name": outlet.slug, "outlet": outlet, "outlets": outlets, "__doc__": f"The spider of {outlet.name}."},
    )
