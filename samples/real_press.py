"""Serves saved pages of real papers under their own host names on loopback, for tests that may read such pages.

A folder of saved pages holds `<name>.html` with `<name>.json` beside it, an object with at least `url`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from corpus.clock import Clock
from corpus.clock import now as wall_clock
from samples.listener import Listeners, Request
from samples.site import Reply

SitePages = Mapping[str, Mapping[str, Path]]
"""Host name -> path (with query) -> file with the page's bytes."""


def saved_pages(folder: Path) -> dict[str, dict[str, Path]]:
    """The pages of a folder by host and path.

    Raises:
        KeyError, ValueError: a JSON file is not of its form.
    """
    pages: dict[str, dict[str, Path]] = {}
    for facts in sorted(folder.glob("*.json")):
        page = facts.with_suffix(".html")
        if page.is_file():
            url = urlsplit(json.loads(facts.read_text(encoding="utf-8"))["url"])
            target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
            pages.setdefault(str(url.hostname), {})[target] = page
    return pages


class RealPress:
    """Serves the pages from entry to exit; every host has its own address, from 127.0.0.10 upwards.

    robots.txt is missing (404: all is allowed) unless a file is given for it; so is every other path.
    """

    def __init__(self, pages: SitePages, clock: Clock = wall_clock) -> None:
        self._pages = pages
        addresses = {host: f"127.0.0.{number}" for number, host in enumerate(sorted(pages), start=10)}
        self._listeners = Listeners(addresses, self._answer, clock)

    def __enter__(self) -> Self:
        self._listeners.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listeners.__exit__(kind, error, trace)

    def hosts(self) -> dict[str, str]:
        """Host name -> `address:port` of its listener."""
        return self._listeners.hosts()

    def requests(self) -> tuple[Request, ...]:
        """All requests so far."""
        return self._listeners.requests()

    def _answer(self, host: str, target: str, _cookie: str) -> Reply | None:
        pages = self._pages.get(host)
        if pages is None:
            return None
        file = pages.get(target)
        if file is None:
            return Reply(404, "text/html; charset=utf-8", b"<title>404</title><p>Not found</p>")
        return Reply(200, _type_of(file), file.read_bytes())


def _type_of(file: Path) -> str:
    return {".rss": "application/rss+xml", ".xml": "application/xml", ".txt": "text/plain"}.get(
        file.suffix, "text/html"
    ) + "; charset=utf-8"
