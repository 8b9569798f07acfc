"""A webhook receiver on loopback that answers as told and keeps what it got."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    answers: list[bytes] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    port: int = 0
    dribble: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=hush"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.requests.append(Received(first.split()[1], headers, body))
            writer.write(self.answers.pop(0) if self.answers else answer(200))
            await writer.drain()
            while self.dribble:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def answer(status: int, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "Content-Length: 0", "Connection: close", "", ""]).encode()


@asynccontextmanager
async def receiving(*answers: bytes, tls: ssl.SSLContext | None = None, dribble: bool = False):
    receiver = Receiver(list(answers), dribble=dribble)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
