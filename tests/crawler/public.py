"""A paper under a public address which, for the test, leads to a server on loopback."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.crawler.press import RESOLVER, Bench, Press
from tests.crawler.worker_outlets import HOST

PUBLIC = "8.8.4.4"
"""A public address that nobody is asked at: every connection of these tests goes to loopback instead."""


@contextmanager
def public(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext | None, *, slow: float = 0.0
) -> Iterator[Press]:
    """Serve the bench's paper at PUBLIC, from a press that speaks TLS (None: plain HTTP at the TLS port).

    Every second connection, from the first one on, takes `slow` seconds to come about.
    """
    press = Press(tls)
    port = int(press.target.rpartition(":")[2])
    reactor: Any = RESOLVER._reactor
    connect, made = reactor.connectTCP, [0]

    def to_loopback(host: str, _port: int, *given: object, **named: object) -> None:
        assert host == PUBLIC
        made[0] += 1
        reactor.callLater(slow * (made[0] % 2), connect, "127.0.0.1", port, *given, **named)

    monkeypatch.setattr(reactor, "connectTCP", to_loopback)
    press.pages |= bench.press.pages
    bench.addresses = {HOST: (PUBLIC,), f"www.{HOST}": (PUBLIC,)}
    bench.set(resolve={}, contact="toa-soan@example.vn")
    yield press
    press.close()
