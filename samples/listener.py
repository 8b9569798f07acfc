"""HTTP listeners on loopback: each answers by a function, in a thread of its own; requests are logged.

Hosts that are given the same address share a server, as papers of one vendor share machines.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from corpus.clock import Clock
from samples.site import Reply, not_modified


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was answered. `host` is the Host header without port; `address` the listener's.

    `status` is 0 where the connection was broken instead. `not_before` is the moment that a Retry-After named,
    `rules` the body of a robots.txt.
    """

    at: datetime
    address: str
    host: str
    path: str
    status: int
    user_agent: str
    not_before: datetime | None = None
    rules: str | None = None


Answer = Callable[[str, str, str], Reply | None]
"""Host, path (with query) and Cookie header in, reply out; None: this server does not know the host."""


class Listeners:
    """A group of listeners with one log. Use it as a context manager: it binds on entry, closes on exit."""

    def __init__(self, addresses: Mapping[str, str], answer: Answer, clock: Clock) -> None:
        self._wanted = dict(addresses)
        self._answer = answer
        self._clock = clock
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self.closing = threading.Event()
        """Set when the listeners close: replies that are held back end their wait."""

    def __enter__(self) -> Self:
        shared: dict[str, ThreadingHTTPServer] = {}
        for host, address in self._wanted.items():
            if address not in shared:
                shared[address] = server = self._bind(address)
                thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"press {host}", daemon=True)
                thread.start()
                self._threads.append(thread)
            self._servers[host] = shared[address]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        for server in dict.fromkeys(self._servers.values()):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def hosts(self) -> dict[str, str]:
        """Host name -> `address:port`, as `[network.resolve]` wants it."""
        return {host: "{}:{}".format(*server.server_address[:2]) for host, server in self._servers.items()}

    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in the order in which they came."""
        with self._lock:
            return tuple(self._requests)

    def reply(self, address: str, target: str, headers: Mapping[str, str]) -> Reply:
        """Answer one request and log it."""
        host = headers.get("Host", "").partition(":")[0].lower()
        with self._lock:
            at = self._clock()
            reply = self._answer(host, target, headers.get("Cookie", ""))
            if reply is None:
                reply = Reply(421, "text/plain; charset=utf-8", b"unknown host\n")
            elif not_modified(reply, headers.get("If-None-Match"), headers.get("If-Modified-Since")):
                reply = replace(reply, status=304, body=b"")
            self._requests.append(_record(at, address, host, target, headers.get("User-Agent", ""), reply))
        return reply

    def now(self) -> datetime:
        """The time by the listeners' clock."""
        return self._clock()

    def _bind(self, address: str) -> ThreadingHTTPServer:
        try:
            return _Server((address, 0), self)
        except OSError:
            # Linux owns all of 127.0.0.0/8; elsewhere the other addresses need an alias, and one must do for all.
            return _Server(("127.0.0.1", 0), self)


def _record(at: datetime, address: str, host: str, target: str, agent: str, reply: Reply) -> Request:
    status = 0 if reply.ending == "reset" else reply.status
    wish = dict(reply.more).get("Retry-After")
    not_before = None
    if wish is not None:
        not_before = at + timedelta(seconds=int(wish)) if wish.isdigit() else parsedate_to_datetime(wish)
    rules = reply.body.decode("utf-8", "replace") if target == "/robots.txt" and status == 200 else None
    return Request(at, address, host, target, status, agent, not_before, rules)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], listeners: Listeners) -> None:
        self.listeners = listeners
        super().__init__(address, _Handler)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """Keep silent about clients that go away in mid-reply: a crawler under test is killed at any moment."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body may wait 40 ms for the client to have its headers
    timeout = 10

    def do_GET(self) -> None:
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr: requests are kept as records."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the listeners' clock: in a test the press lives in the test's time."""
        assert isinstance(self.server, _Server)
        return format_datetime(self.server.listeners.now().astimezone(UTC).replace(microsecond=0), usegmt=True)

    def _send(self, *, with_body: bool) -> None:
        assert isinstance(self.server, _Server)
        listeners = self.server.listeners
        reply = listeners.reply(str(self.server.server_address[0]), self.path, dict(self.headers.items()))
        self.close_connection = True
        if reply.held and listeners.closing.wait(reply.held):
            return
        if reply.ending == "reset":
            # Without lingering, closing sends RST: the client's read breaks instead of ending.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        self.send_response(reply.status)
        for name, value in reply.headers():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(reply.body if reply.ending == "whole" else reply.body[: len(reply.body) // 2])
