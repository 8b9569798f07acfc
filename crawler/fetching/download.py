"""The one door to the network: Scrapy's handler for http and https, behind the run's gate."""

from __future__ import annotations

from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.internet.defer import succeed
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.client import HTTPConnectionPool
from twisted.web.iweb import IPolicyForHTTPS

from corpus.urls import host_of
from crawler.fetching.certificates import ExplainingPolicy
from crawler.fetching.guard import Gate

HEAD_BYTES = 256 * 1024
"""Status line and headers of a response; Twisted itself keeps as many lines as a server cares to send."""


class RefusedAddress(Exception):
    """A URL that the run's gate does not let through; no connection was made."""


class HeadTooLarge(Exception):
    """A server sent headers without end."""


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Gives up on a response whose headers have no end."""

    _head = 0

    def dataReceived(self, data: bytes) -> None:
        """Count what comes before the body."""
        if not self._in_head():
            super().dataReceived(data)  # type: ignore[no-untyped-call]
            return
        self._head += len(data)
        if self._head > HEAD_BYTES:
            reason = HeadTooLarge(f"headers longer than {HEAD_BYTES} bytes")
            self._giveUp(Failure(reason))  # type: ignore[no-untyped-call]
            return
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if not self._in_head():
            self._head = 0

    def _in_head(self) -> bool:
        return self._parser is not None and self._parser.state in (STATUS, HEADER)


class _BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes such protocols."""

    def buildProtocol(self, addr: Any) -> _BoundedProtocol:
        """One connection."""
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _OneConnection(HTTPConnectionPool):
    """Keeps at most one connection open, to whichever host it is.

    Twisted keeps one for each scheme, host and port, and asks again at once, behind the back of every delay, where a
    kept connection breaks. Here a broken connection is a failure like any other.
    """

    retryAutomatically = False

    def __init__(self, reactor: Any) -> None:
        super().__init__(reactor, persistent=True)  # type: ignore[no-untyped-call]
        self.maxPersistentPerHost = 1

    def getConnection(self, key: Any, endpoint: Any) -> Any:
        """The kept connection, if it leads there; else a new one, once the kept one is closed."""
        if self._connections.get(key):
            return super().getConnection(key, endpoint)
        # Begun with a plain Deferred: what closes is a list of them, whose cancel() ends nothing once all are closed,
        # and a fetch that takes too long is cancelled through what is given back here.
        opening: Any = succeed(None)
        opening.addCallback(lambda _: self.closeCachedConnections())  # type: ignore[no-untyped-call]
        return opening.addCallback(lambda _: super(_OneConnection, self).getConnection(key, endpoint))


class _Gated(Protocol):
    gate: Gate | None


class GatedDownloadHandler(HTTP11DownloadHandler):
    """Asks the spider's gate before every request, and serves mapped hosts from where they are mapped to.

    A mapped host is asked in plain HTTP at its address and port, also for https URLs; the URL of the request
    and the response and the Host header keep the real name. A spider without a gate may fetch nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor  # Scrapy has installed it by now

        self._pool = _OneConnection(reactor)
        self._pool._factory = _BoundedFactory
        if crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"):
            self._contextFactory = cast(IPolicyForHTTPS, ExplainingPolicy(self._contextFactory))
        self._gated = crawler
        self._received = 0
        crawler.signals.connect(self._count, signals.bytes_received)

    async def download_request(self, request: Request) -> Response:
        """Fetch, or raise RefusedAddress. `request.meta["received"]` then has the bytes of the body on the wire."""
        gate = cast(_Gated, self._gated.spider).gate if hasattr(self._gated.spider, "gate") else None
        reason = gate.refusal(request.url) if gate else "this spider has no gate"
        if gate is None or reason is not None:
            raise RefusedAddress(f"{request.url} is refused: {reason}")
        host = host_of(request.url)
        target = gate.target(host)
        self._received = 0
        try:
            return await (self._at(request, host, target) if target else super().download_request(request))
        finally:
            request.meta["received"] = self._received

    async def _at(self, request: Request, host: str, target: str) -> Response:
        address, _, port = target.rpartition(":")
        netloc = f"[{address.strip('[]')}]:{port}" if ":" in address else target
        mapped = request.replace(url=urlsplit(request.url)._replace(scheme="http", netloc=netloc).geturl())
        mapped.headers["Host"] = host
        response = await super().download_request(mapped)
        return response.replace(url=request.url)

    def _count(self, data: bytes) -> None:
        self._received += len(data)
