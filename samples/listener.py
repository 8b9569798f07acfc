"""HTTP listeners on loopback: each answers by a function, in a thread of its own; requests are logged."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from corpus.clock import Clock
from samples.site import Reply, not_modified


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was answered. `host` is the Host header without port; `address` the listener's."""

    at: datetime
    address: str
    host: str
    path: str
    status: int
    user_agent: str


Answer = Callable[[str, str], Reply | None]
"""Host and path (with query) in, reply out; None: this server does not know the host."""


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

    def __enter__(self) -> Self:
        for host, address in self._wanted.items():
            server = self._bind(address)
            self._servers[host] = server
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=f"press {host}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
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
            reply = self._answer(host, target)
            if reply is None:
                reply = Reply(421, "text/plain; charset=utf-8", b"unknown host\n")
            elif not_modified(reply, headers.get("If-None-Match"), headers.get("If-Modified-Since")):
                reply = Reply(304, reply.content_type, b"", reply.etag, reply.modified)
            agent = headers.get("User-Agent", "")
            self._requests.append(Request(at, address, host, target, reply.status, agent))
        return reply

    def _bind(self, address: str) -> ThreadingHTTPServer:
        try:
            return _Server((address, 0), self)
        except OSError:
            # Linux owns all of 127.0.0.0/8; elsewhere the other addresses need an alias, and one must do for all.
            return _Server(("127.0.0.1", 0), self)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], listeners: Listeners) -> None:
        self.listeners = listeners
        super().__init__(address, _Handler)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """Keep silent about clients that go away in mid-reply: a crawler under test is killed at any moment."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        self._send(with_body=False)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing on stderr: requests are kept as records."""

    def _send(self, *, with_body: bool) -> None:
        assert isinstance(self.server, _Server)
        address = str(self.server.server_address[0])
        reply = self.server.listeners.reply(address, self.path, dict(self.headers.items()))
        self.send_response(reply.status)
        for name, value in reply.headers():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(reply.body)
        self.close_connection = True
