"""Where the demo's alerts arrive: a mailbox (SMTP) and a webhook receiver, both on loopback, both in memory."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller

from corpus.clock import Clock, now

ADDRESS = "127.0.0.1"
MAX_BODY = 2**20


@dataclass(frozen=True, slots=True)
class Arrival:
    """One alert as a receiver saw it: its stable id (from Message-ID or webhook-id) and headline."""

    at: datetime
    channel: Literal["mail", "hook"]
    id: str
    title: str


@dataclass
class Receivers:
    """Both receivers, serving from entry to exit; `arrivals` grows as alerts come in."""

    clock: Clock = now
    arrivals: list[Arrival] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        controller = _AnyPort(_Mailbox(self), hostname=ADDRESS, port=0)
        controller.start()
        self._stack.callback(controller.stop)
        self.mail_port = int(controller.port)
        server = ThreadingHTTPServer((ADDRESS, 0), _hook_handler(self))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        self.hook_url = f"http://{ADDRESS}:{server.server_port}/alerts"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def take_mail(self, content: bytes) -> None:
        """Note a mail. The part of its Message-ID before the @ is the alert's id."""
        mail = message_from_bytes(content, policy=policy.default)
        id_ = str(mail["Message-ID"]).strip("<> ").partition("@")[0]
        self.arrivals.append(Arrival(self.clock(), "mail", id_, str(mail["Subject"])))

    def take_hook(self, id_: str, payload: dict[str, Any]) -> None:
        """Note a webhook's payload."""
        data = payload["data"]
        title = f"[{data['topic']['name']}] {data['article']['title']}"
        self.arrivals.append(Arrival(self.clock(), "hook", id_, title))


class _AnyPort(Controller):
    """A controller on a free port: aiosmtpd's own tries its connection on port 0 otherwise."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class _Mailbox:
    """aiosmtpd's handler: takes every mail."""

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._receivers.take_mail(envelope.content)
        return "250 OK"


def _hook_handler(receivers: Receivers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
            receivers.take_hook(self.headers.get("webhook-id", ""), json.loads(self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the demo prints arrivals itself."""

    return Handler
