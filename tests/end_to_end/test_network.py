"""What a crawl does on the network: it listens nowhere, looks up no foreign name, and reaches nothing private."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samples.press import CORE, load_press
from tests.end_to_end.conftest import Tintinh
from tintinh.demo.stage import set_stage

pytestmark = pytest.mark.end_to_end

WATCH = """
import json, os, socket

def noted(what, value):
    with open(os.environ["WATCH_LOG"], "a") as log:
        log.write(json.dumps([what, value]) + "\\n")

real_getaddrinfo, real_listen, real_connect = socket.getaddrinfo, socket.socket.listen, socket.socket.connect_ex

def getaddrinfo(host, *rest, **more):
    noted("lookup", host if isinstance(host, str) else (host or b"").decode())
    return real_getaddrinfo(host, *rest, **more)

class Watched(socket.socket):
    def listen(self, *rest):
        noted("listen", str(self.getsockname()))
        return super().listen(*rest)

    def connect(self, address):
        noted("connect", str(address))
        return super().connect(address)

    def connect_ex(self, address):
        noted("connect", str(address))
        return super().connect_ex(address)

socket.getaddrinfo, socket.socket = getaddrinfo, Watched
"""
"""A sitecustomize module: every Python process of the run writes down what its sockets do."""


def watched(tmp_path: Path) -> tuple[dict[str, str], Path]:
    folder, log = tmp_path / "watch", tmp_path / "watch.jsonl"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    log.touch()
    return {"PYTHONPATH": str(folder), "WATCH_LOG": str(log)}, log


def seen(log: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"lookup": set(), "listen": set(), "connect": set()}
    for line in log.read_text(encoding="utf-8").splitlines():
        what, value = json.loads(line)
        found[what].add(value)
    return found


def test_a_crawl_connects_to_its_papers_and_to_nothing_else(tintinh: Tintinh, tmp_path: Path) -> None:
    environ, log = watched(tmp_path)
    with set_stage(tmp_path / "data", load_press(CORE), 30.0) as stage:
        place = ("--config", stage.place.config_file, "--data", stage.place.data)
        ran = tintinh("crawl", "--json", *place, **environ)
        papers = stage.newsroom.hosts()
    assert ran.code == 0, ran.err
    assert sum(report["stats"]["new"] for report in ran.lines()) == 12
    found = seen(log)
    assert found["listen"] == set()
    targets = {str((address, int(port))) for address, _, port in (t.partition(":") for t in papers.values())}
    assert found["connect"] == targets
    assert found["lookup"] <= {target.partition(":")[0] for target in papers.values()}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "169.254.169.254"])
def test_private_hosts_are_not_reached(tintinh: Tintinh, tmp_path: Path, host: str) -> None:
    environ, log = watched(tmp_path)
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "baotrong.toml").write_text(
        f'name = "Báo Trong Nhà"\nstatus = "active"\nhome = "http://{host}/"\nhosts = [{{ name = "{host}" }}]\n',
        encoding="utf-8",
    )
    config = tmp_path / "tintinh.toml"
    config.write_text('[crawl]\ncontact = "a@toa-soan.example"\n', encoding="utf-8")
    ran = tintinh("crawl", "baotrong", "--json", "--config", config, "--data", tmp_path / "d", **environ)
    assert ran.code in (2, 4), ran.out + ran.err
    assert seen(log)["connect"] == set()


@pytest.mark.parametrize("url", ["file:///etc/hostname", "data:text/html,x", "ftp://baoquangninh.vn/a-1234567.html"])
def test_other_schemes_are_refused(tintinh: Tintinh, tmp_path: Path, url: str) -> None:
    config = tmp_path / "tintinh.toml"
    config.write_text('[crawl]\ncontact = "a@toa-soan.example"\n', encoding="utf-8")
    ran = tintinh("recrawl", url, "--json", "--config", config, "--data", tmp_path / "d")
    assert ran.code in (2, 4), ran.out + ran.err


def test_a_look_at_an_address_stores_nothing(tintinh: Tintinh, tmp_path: Path) -> None:
    with set_stage(tmp_path / "data", load_press(CORE), 30.0) as stage:
        place = ("--config", stage.place.config_file, "--data", stage.place.data)
        url = stage.newsroom.log().happenings[0].url
        ran = tintinh("extract", url, "--json", *place)
        again = tintinh("extract", url.rpartition("/")[0] + "/khong-co-bai-nay-post1.html", "--json", *place)
        strange = tintinh("extract", "https://khong-quen.example/a", "--json", *place)
    assert ran.code == 0, ran.err
    (record,) = ran.lines()
    assert record["url"] == url
    assert record["archive"] is None
    assert tintinh("articles", "list", "--json", *place).out == ""
    assert (again.code, again.error()["error"]) == (3, "not_fetched")
    assert (strange.code, strange.error()["error"]) == (2, "unknown_host")
