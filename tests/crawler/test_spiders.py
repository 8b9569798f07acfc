"""Scrapy's own commands over the catalogue, and the settings that they and the worker run with."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.record import from_json
from crawler import settings
from crawler.catalogue import load_catalogue
from crawler.crawl import run_settings
from crawler.options import CrawlOptions
from tests.crawler.press import Answer, Press, article

ROOT = Path(__file__).parents[2]


def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_there_is_one_spider_per_outlet() -> None:
    done = scrapy("list")
    assert done.returncode == 0 and done.stdout.split() == sorted(load_catalogue())


@pytest.mark.crawl
def test_scrapy_crawl_yields_records_and_stores_nothing(tmp_path: Path) -> None:
    press = Press()
    try:
        path = "/du-lich/cau-treo-moi-o-huyen-suoi-thu-da-khanh-thanh-3400001.html"
        link = f'<html><body><h2><a href="{path}">Cầu treo mới</a></h2></body></html>'
        press.pages["/"] = Answer(link.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        press.pages[path] = article("Cầu treo mới ở huyện Suối Thử đã khánh thành")
        outlet = load_catalogue()["baoquangninh"]
        resolve = json.dumps(
            {host: press.target for known in outlet.hosts for host in (known.name, "www." + known.name)}
        )
        out = tmp_path / "out.jsonl"
        options = ["-s", f"TINTINH_RESOLVE={resolve}", "-s", "TINTINH_RESOLVED_DELAY=0", "-s", "LOG_LEVEL=ERROR"]
        done = scrapy("crawl", "baoquangninh", "-O", str(out), *options)
    finally:
        press.close()
    assert done.returncode == 0, done.stderr
    records = [from_json(json.loads(line)) for line in out.read_text().splitlines()]
    assert [record.outlet for record in records] == ["baoquangninh"], done.stderr
    assert records[0].title.startswith("Cầu treo mới") and "Suối Thử" in records[0].text
    assert not list(ROOT.glob("*.db"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELNETCONSOLE_ENABLED", False), ("REMOTE_CONTROL_ENABLED", False), ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("ROBOTSTXT_OBEY", False), ("COOKIES_ENABLED", False), ("REDIRECT_ENABLED", False), ("RETRY_ENABLED", False),
        ("METAREFRESH_ENABLED", False), ("AUTOTHROTTLE_ENABLED", False), ("HTTPPROXY_ENABLED", False),
        ("CONCURRENT_REQUESTS", 1), ("DOWNLOAD_TIMEOUT", 60.0), ("DOWNLOAD_MAXSIZE", 8 * 1024 * 1024),
    ],
)  # fmt: skip
def test_a_run_has_the_settings_of_the_project(name: str, value: object) -> None:
    assert run_settings(CrawlOptions("tintinh/0.1", "a@b.vn"))[name] == value


def test_only_http_has_a_handler() -> None:
    made = run_settings(CrawlOptions("tintinh/0.1", "a@b.vn"))
    assert {scheme for scheme, handler in made.getwithbase("DOWNLOAD_HANDLERS").items() if handler} == {"http", "https"}
    assert made["USER_AGENT"] == "tintinh/0.1 (+a@b.vn)" and settings.USER_AGENT == "tintinh/0.1"


def test_an_unknown_spider_is_told_in_one_line() -> None:
    done = scrapy("crawl", "khong-co")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "there is no outlet 'khong-co'" in done.stderr + done.stdout
