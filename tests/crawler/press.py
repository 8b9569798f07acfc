"""A newspaper on loopback for crawl tests: scripted answers, a list of what was asked, and a crawl over it."""

import asyncio
import contextlib
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path

from scrapy.utils.reactor import install_reactor

from corpus.clock import HANOI
from crawler.job import Job, Report
from crawler.options import CrawlOptions
from storage.archive import Archive
from storage.articles import ArticleStore
from storage.database import Database
from storage.links import Link, LinkStore
from storage.sink import Sink
from tests.crawler.worker_outlets import HOST, OUTLET

install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")

from twisted.internet import reactor  # noqa: E402 - only after the right one is installed

from crawler.crawl import Crawling, crawl  # noqa: E402
from crawler.fetching.guard import PublicResolver  # noqa: E402

LOOP: asyncio.AbstractEventLoop = reactor._asyncioEventloop
RESOLVER = PublicResolver(reactor, frozenset({"127.0.0.1"}))
RESOLVER.install_on_reactor()

START = datetime(2026, 3, 2, 8, 0, tzinfo=HANOI)


@dataclass
class Answer:
    """One scripted response, `wait` seconds later. `raw` replaces everything, `stream` writes for itself as long as the
    client listens, `reset` breaks the connection."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    raw: bytes | None = None
    stream: Callable[[BufferedIOBase], None] | None = None
    reset: bool = False


class Press:
    """The server. `pages` maps paths to an answer, or to a function of the request headers that gives one."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Answer | Callable[[dict[str, str]], Answer]] = {"/robots.txt": Answer(status=404)}
        self.asked: list[tuple[float, str, dict[str, str]]] = []
        self.open = self.most_open = 0
        """Connections: now, and at most at one time."""
        press = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each body waits 40 ms for the client to have its headers

            def setup(self) -> None:
                press.open += 1
                press.most_open = max(press.most_open, press.open)
                super().setup()

            def finish(self) -> None:
                press.open -= 1
                super().finish()

            def do_GET(self) -> None:
                press.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                pass  # clients of these tests hang up on purpose

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.target = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.asked.append((time.monotonic(), handler.path, headers))
        page = self.pages.get(handler.path, Answer(status=404))
        answer = page(headers) if callable(page) else page
        time.sleep(answer.wait)
        with contextlib.suppress(OSError):
            if answer.reset:
                handler.close_connection = True
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
                return
            if answer.stream is not None:
                handler.close_connection = True
                answer.stream(handler.wfile)
                return
            if answer.raw is not None:
                handler.close_connection = True
                handler.wfile.write(answer.raw)
                return
            handler.send_response(answer.status)
            for name, value in answer.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer.body)))
            handler.end_headers()
            handler.wfile.write(answer.body)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for _, path, _ in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def article(title: str, *paragraphs: str) -> Answer:
    """An article page that the general rules know as one."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs or (f"{title}. " + LONG_1, LONG_2, LONG_3))
    ld = f'{{"@context":"https://schema.org","@type":"NewsArticle","headline":"{title}"}}'
    html = (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{title}</title>'
        f'<script type="application/ld+json">{ld}</script></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )
    return Answer(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


LONG_1 = "Sáng nay, huyện Suối Thử khánh thành cây cầu treo mới nối hai xã vùng cao sau ba năm thi công kéo dài."
LONG_2 = "Ông Lò Văn Mẫu, trưởng bản, cho biết từ nay học sinh không còn phải lội suối đến trường vào mùa nước lớn."
LONG_3 = "Công trình có tổng vốn hơn mười hai tỷ đồng, do nhân dân và các nhà hảo tâm trong tỉnh cùng đóng góp."


def feed(*items: tuple[str, str, datetime | None]) -> Answer:
    """An RSS feed of (path, title, published)."""
    parts = []
    for path, title, published in items:
        date = f"<pubDate>{published:%a, %d %b %Y %H:%M:%S %z}</pubDate>" if published else ""
        parts.append(f"<item><title>{title}</title><link>https://{HOST}{path}</link>{date}</item>")
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Báo Thử</title>'
    text = f"{head}{''.join(parts)}</channel></rss>"
    return Answer(text.encode(), headers={"Content-Type": "application/rss+xml"})


def path_of(number: int) -> str:
    return f"/tin-moi/cau-treo-suoi-thu-so-{number}-{1000 + number}.html"


class Clock:
    """A clock that a test moves. Every reading is a little later, so that nothing happens at one instant."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class Bench:
    """One data folder, one press, one outlet; `round()` crawls it."""

    def __init__(self, folder: Path, press: Press) -> None:
        self.folder = folder
        self.press = press
        self.clock = Clock()
        self.outlet = OUTLET
        self.options = CrawlOptions(
            user_agent="tintinh/0.1",
            contact="",
            delay=0.0,
            max_seconds=20.0,
            resolve={HOST: press.target},
            fetch_seconds=10.0,
        )
        self.db = Database.open(folder)
        self.links = LinkStore(self.db)
        self.articles = ArticleStore(self.db)
        self.events: list[dict[str, object]] = []
        self.addresses: dict[str, tuple[str, ...]] = {}
        self._runs = itertools.count(1)

    def crawling(self) -> Crawling:
        archive = Archive(self.folder / "archive", min_free_bytes=0)
        sink = Sink(self.db, self.clock)
        outlets = {self.outlet.slug: self.outlet}
        where = (self.folder / "locks", self.clock)
        return Crawling(outlets, self.options, self.db, sink, archive, *where, lookup=self.lookup)

    async def lookup(self, name: str) -> tuple[str, ...]:
        """What a name server would say; nothing but what a test has put down."""
        return self.addresses.get(name, ())

    def set(self, **changes: object) -> None:
        self.options = replace(self.options, **changes)  # type: ignore[arg-type]

    def run(self, *urls: str) -> Report:
        """A round, or a run of these URLs."""
        job = Job(f"run-{next(self._runs)}", self.outlet.slug, "urls" if urls else "round", urls)
        return LOOP.run_until_complete(asyncio.wait_for(crawl(job, self.crawling(), self.events.append), 60))

    def state(self, path: str) -> str:
        link = self.links.get(self.outlet.slug, f"https://{HOST}{path}")
        return link.state if link else "unknown"

    def link(self, path: str) -> Link:
        found = self.links.get(self.outlet.slug, f"https://{HOST}{path}")
        assert found is not None
        return found

    def show(self, *numbers: int, published: datetime | None = START) -> None:
        """Put articles with these numbers into the feed, and their pages where none are."""
        self.press.pages["/rss/home.rss"] = feed(*[(path_of(n), f"Tin số {n}", published) for n in numbers])
        for number in numbers:
            self.press.pages.setdefault(path_of(number), article(f"Tin mới số {number} từ huyện Suối Thử"))

    def intake(self) -> list[tuple[str, str | None]]:
        return [(row["kind"], row["silent"]) for row in self.db.rows("SELECT kind, silent FROM intake ORDER BY id")]

    def close(self) -> None:
        self.db.close()


@contextmanager
def bench_in(folder: Path) -> Iterator[Bench]:
    press = Press()
    bench = Bench(folder, press)
    try:
        yield bench
    finally:
        bench.close()
        press.close()
