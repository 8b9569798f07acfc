"""Logs: one JSON object a line on standard error, with event name and fields."""

from __future__ import annotations

import json
import logging
from datetime import datetime

from corpus.clock import HANOI, stamp

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: time, level, event, and whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        value = {
            "time": stamp(datetime.fromtimestamp(record.created, HANOI)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        value |= {key: field for key, field in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            value["error"] = self.formatException(record.exc_info)
        return json.dumps(value, ensure_ascii=False, default=str)


def set_up_logs(level: str = "INFO") -> None:
    """Send all logs of this process to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("apscheduler", "asyncio", "httpx", "httpcore", "scrapy", "trafilatura", "htmldate", "twisted"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
