"""CPU per stored article: `tintinh crawl` against a bare Scrapy spider that fetches the same pages and keeps nothing.

Start-up is taken off on both sides: a second crawl with nothing new, and a spider without addresses.
`python -m benchmarks cost`
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from corpus.clock import now
from samples.press import CORE, load_press
from tintinh.demo.stage import Stage, set_stage
from tintinh.wiring import child_command

ROUNDS = 3
BARE = """
import sys, json, scrapy
from scrapy.crawler import AsyncCrawlerProcess
urls = json.loads(sys.argv[1])
class Bare(scrapy.Spider):
    name = "bare"
    async def start(self):
        for url, host in urls:
            yield scrapy.Request(url, headers={"Host": host})
    def parse(self, response):
        yield {"url": response.url, "title": response.css("h1 ::text").get()}
process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False})
process.crawl(Bare)
process.start()
"""


def main() -> int:
    """Measure some rounds in turn and print the medians and the ratio."""
    ours, bare, count = [], [], 0
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="tintinh-cost-") as folder:
            ahead = [timedelta()]
            with set_stage(Path(folder) / "data", load_press(CORE), 30.0, clock=lambda: now() + ahead[0]) as stage:  # noqa: B023
                stage.newsroom.open()
                ahead[0] = timedelta(hours=1)  # the whole press is on the air at once
                addresses = _addresses(stage)
                count = len(addresses)
                bare.append((_cpu(_bare(addresses)) - _cpu(_bare([]))) / count)
                first, second = _cpu(_crawl(stage)), _cpu(_crawl(stage))
                ours.append((first - second) / count)
    figures = {
        "articles": count,
        "cpu_ms_per_article": {
            "tintinh crawl": round(statistics.median(ours) * 1000, 1),
            "bare Scrapy": round(statistics.median(bare) * 1000, 1),
        },
        "ratio": {
            "median": round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 2),
            "all": [round(a / b, 2) for a, b in zip(ours, bare, strict=True)],
        },
    }
    print(json.dumps(figures, indent=1))
    return 0


def _addresses(stage: Stage) -> list[tuple[str, str]]:
    hosts = stage.newsroom.hosts()
    found = []
    for happening in stage.newsroom.log().happenings:
        if happening.kind == "published":
            host, _, path = happening.url.removeprefix("https://").partition("/")
            found.append((f"http://{hosts[host]}/{path}", host))
    return found


def _bare(addresses: list[tuple[str, str]]) -> list[str]:
    return [sys.executable, "-c", BARE, json.dumps(addresses)]


def _crawl(stage: Stage) -> list[str]:
    command = child_command("tintinh", stage.place)
    return [*command[:3], "crawl", *command[3:]]


def _cpu(command: list[str]) -> float:
    """CPU seconds of a command and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
