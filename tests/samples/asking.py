"""A plain HTTP client for the tests of the sample press, and a clock that a test moves."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from corpus.clock import HANOI


@dataclass
class MovableClock:
    """A clock that stands still until a test moves it."""

    time: datetime = datetime(2026, 11, 20, 8, 30, tzinfo=HANOI)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


def ask(hosts: Mapping[str, str], host: str, path: str, *, method: str = "GET", **headers: str) -> Got:
    """One request to the listener of `host`; header names are written with underscores."""
    address, _, port = hosts[host].partition(":")
    connection = http.client.HTTPConnection(address, int(port), timeout=10)
    try:
        sent = {"Host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, headers=sent)
        response = connection.getresponse()
        return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()
