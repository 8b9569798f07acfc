"""What a hostile server sends to burst a crawler: each case a page, a feed, a section page or a sitemap.

All bodies are made small, from repeated blocks: nothing here is ever as big as what it claims to be.
"""

import gzip
import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Literal

import brotli  # type: ignore[import-untyped]
from backports import zstd

from crawler.job import Job
from storage.database import Database
from storage.links import LinkStore
from tests.crawler.press import Answer, Press, article, path_of

MIB = 1024 * 1024
BLOCK = b"\0" * MIB
HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}
ROOT = Path(__file__).parents[2]
Place = Literal["page", "feed", "section", "sitemap"]
PLACES: dict[Place, str] = {"page": path_of(0), "feed": "/bom.rss", "section": "/bom", "sitemap": "/bom.xml.gz"}


@dataclass(frozen=True)
class Bomb:
    """One case. `slow`: it is dropped at the time limit of a fetch, not at a size."""

    name: str
    place: Place
    answer: Answer
    slow: bool = False


def packed(coding: str, mib: int) -> bytes:
    """So many MiB of zeros in a few bytes."""
    if coding == "br":
        press: Any = brotli.Compressor(quality=1)
        return bytes(b"".join([press.process(BLOCK) for _ in range(mib)]) + press.finish())
    if coding == "zstd":
        press = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
        return bytes(b"".join([press.compress(BLOCK) for _ in range(mib)]) + press.flush())
    press = zlib.compressobj(6, wbits=31)
    return bytes(b"".join([press.compress(BLOCK) for _ in range(mib)]) + press.flush())


def laughs(inner: str) -> bytes:
    """A billion laughs: ten entities of ten entities, nine times, inside a document."""
    lines = ['<!ENTITY a0 "haha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    return f'<?xml version="1.0"?><!DOCTYPE x [{"".join(lines)}]>{inner}'.encode()


def _body_without_end(wire: BufferedIOBase) -> None:
    wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(10_000):
        wire.write(BLOCK)


def _head_without_end(wire: BufferedIOBase) -> None:
    wire.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        wire.write(b"X-%d: %s\r\n" % (number, b"z" * 1000))


def _byte_a_second(wire: BufferedIOBase) -> None:
    wire.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    for _ in range(600):
        wire.write(b"x")
        wire.flush()
        time.sleep(1.0)


def bombs(mib: int) -> tuple[Bomb, ...]:
    """All cases; packed bodies open to so many MiB."""
    nested = b"<html><body>" + b"<div>" * 100_000 + b"Tin" + b"</div>" * 100_000 + b"</body></html>"
    deep_feed = b'<?xml version="1.0"?><rss version="2.0"><channel>' + b"<a>" * 100_000
    rss = "<rss version='2.0'><channel><title>&a9;</title><item><title>&a9;</title></item></channel></rss>"
    urls = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>&a9;</loc></url></urlset>"
    gz = packed("gzip", mib)
    coded = {"gzip": gz, "br": packed("br", mib), "zstd": packed("zstd", mib), "gzip, gzip": gzip.compress(gz)}
    announced = {**HTML, "Content-Length": "10000000000"}
    pages = {name: Answer(body, headers={**HTML, "Content-Encoding": name}) for name, body in coded.items()}
    return (
        *(Bomb(f"page, {name}", "page", answer) for name, answer in pages.items()),
        Bomb("page, 10 GB", "page", Answer(stream=_body_without_end)),
        Bomb("page, 10 GB announced", "page", Answer(raw=_head(announced) + BLOCK)),
        Bomb("page, 100,000 nested tags", "page", Answer(nested, headers=HTML)),
        Bomb("page, headers without end", "page", Answer(stream=_head_without_end)),
        Bomb("page, a byte a second", "page", Answer(stream=_byte_a_second), slow=True),
        Bomb("feed, entities", "feed", Answer(laughs(rss), headers=XML)),
        Bomb("feed, 100,000 nested tags", "feed", Answer(deep_feed, headers=XML)),
        Bomb("feed, gzip", "feed", Answer(gz, headers={**XML, "Content-Encoding": "gzip"})),
        Bomb("section, 100,000 nested tags", "section", Answer(nested, headers=HTML)),
        Bomb("sitemap, .xml.gz", "sitemap", Answer(gz, headers={"Content-Type": "application/gzip"})),
        Bomb("sitemap, entities", "sitemap", Answer(laughs(urls), headers=XML)),
        Bomb("sitemap, 49 MiB of addresses", "sitemap", Answer(_huge_sitemap(49), headers=XML)),
    )  # fmt: skip


def _huge_sitemap(mib: int) -> bytes:
    """As many addresses as the limit of a sitemap allows: no bomb, but as large as anything that is read."""
    head = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    each = b"<url><loc>https://baobom0.vn/tin-moi/cau-treo-suoi-thu-so-9-%07d.html</loc></url>"
    count = mib * MIB // len(each % 0)
    return head + b"".join([each % number for number in range(count)]) + b"</urlset>"


def _head(headers: dict[str, str]) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()).encode() + b"\r\n"


def harmless(press: Press, host: str) -> None:
    """Put a good feed with two articles, and a harmless source of each other kind, into place."""
    items = "".join(f"<item><title>Tin {n}</title><link>https://{host}{path_of(n)}</link></item>" for n in (0, 1, 2))
    rss = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Báo</title>{items}</channel></rss>'
    empty = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>'
    link = f'<html><body><main><h2><a href="{path_of(1)}">Tin số 1 từ huyện</a></h2></main></body></html>'
    press.pages = {
        "/robots.txt": Answer(status=404),
        "/rss/home.rss": Answer(rss.encode(), headers=XML),
        "/bom.rss": Answer(rss.encode(), headers=XML),
        "/bom": Answer(link.encode(), headers=HTML),
        "/": Answer(link.encode(), headers=HTML),
        "/bom.xml.gz": Answer(gzip.compress(empty.encode()), headers={"Content-Type": "application/gzip"}),
        **{path_of(n): article(f"Tin mới số {n} từ huyện Suối Thử") for n in (0, 1, 2)},
    }


class Worker:
    """A crawl worker in a process of its own."""

    def __init__(self, folder: Path, target: str, *more: str) -> None:
        command = [sys.executable, "-m", "tests.crawler.worker_program", str(folder), target, *more]
        with (folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT, text=True
            )
        self.pid = self._process.pid
        self._folder = folder

    def run(self, job: Job) -> Iterator[tuple[float, dict[str, Any]]]:
        """Give it a job: what it says, each with the time, up to the report (or to its death)."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.write(job.line() + "\n")
            self._process.stdin.flush()
        for line in self._process.stdout:
            event = json.loads(line)
            yield time.monotonic(), event
            if event["event"] == "report":
                return

    def peak(self) -> float:
        """The most memory it has had, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def forget_peak(self) -> None:
        """Let the peak begin anew (Linux: 5 in clear_refs)."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def stored(self, host: str) -> int:
        """How many of the two harmless articles of a paper are stored."""
        database = Database.open(self._folder)
        try:
            links = LinkStore(database)
            found = [links.get(host.removesuffix(".vn"), f"https://{host}{path_of(n)}") for n in (1, 2)]
            return sum(link is not None and link.state == "stored" for link in found)
        finally:
            database.close()

    def ended(self) -> int:
        """Wait for its end."""
        return self._process.wait(30)

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


@dataclass(frozen=True)
class Met:
    """How a worker met a bomb: seconds until it went on to something else, and how many of the paper's two other
    articles it has stored after this run and the next."""

    seconds: float
    others: int
    problems: tuple[tuple[str, str | None], ...]


def meet(worker: Worker, press: Press, number: int, bomb: Bomb) -> Met:
    """Let the worker crawl the paper `baobom<number>`, which has this bomb in one place."""
    host = f"baobom{number}.vn"
    harmless(press, host)
    press.pages[PLACES[bomb.place]] = bomb.answer
    began = seconds = 0.0
    problems: list[tuple[str, str | None]] = []
    for attempt in range(2):
        for at, event in worker.run(Job(f"{host}-{attempt}-{os.getpid()}", f"baobom{number}")):
            if began:
                seconds, began = max(seconds, at - began), 0.0
            if str(event.get("url", "")).endswith(host + PLACES[bomb.place]):
                began = at
            if event["event"] == "report":
                problems += [(p["code"], p["url"]) for p in event["problems"]]
        if worker.stored(host) == 2:
            break
    return Met(seconds, worker.stored(host), tuple(problems))
