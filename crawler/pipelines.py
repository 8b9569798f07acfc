"""Items, and the pipeline that hands them to the sink."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from scrapy.crawler import Crawler

from corpus.record import to_json
from crawler.ledger import TakesArticles
from storage.sink import Submission


@dataclass(slots=True)
class ArticleItem:
    """An article on its way to the sink. `done` gets the sink's answer, or the error that kept it from storing."""

    submission: Submission
    done: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _HasSink(Protocol):
    sink: TakesArticles | None


class StorePipeline:
    """Stores each item through the spider's sink; what comes out is the record as a JSON object (for `-O`)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        """As Scrapy makes it."""
        return cls(crawler)

    def process_item(self, item: ArticleItem) -> dict[str, Any]:
        """Store one item; the run that yielded it waits for `done`."""
        sink = cast(_HasSink, self._crawler.spider).sink
        assert sink is not None  # a spider that yields has been opened with one
        try:
            decision = sink.store(item.submission)
        except Exception as error:  # whoever waits for the item hears of it, whatever it was
            item.done.set_exception(error)
            raise
        item.done.set_result(decision)
        return to_json(item.submission.article)
