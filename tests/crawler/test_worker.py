"""The worker as the daemon sees it: a child process with JSON lines on its pipes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.job import Job, report_from
from tests.crawler.press import Answer, Bench, path_of

pytestmark = pytest.mark.crawl

PROGRAM = [sys.executable, "-m", "tests.crawler.worker_program"]
ROOT = Path(__file__).parents[2]


class Child:
    """A worker process and its pipes."""

    def __init__(self, folder: Path, target: str) -> None:
        with (folder / "worker.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, str(folder), target],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdin and self.process.stdout
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def send(self, line: str) -> None:
        self.stdin.write(line + "\n")
        self.stdin.flush()

    def event(self) -> dict[str, Any]:
        line = self.stdout.readline()
        assert line, "the worker is gone"
        value = json.loads(line)
        assert isinstance(value, dict)
        return value

    def report(self) -> dict[str, Any]:
        while True:
            value = self.event()
            if value["event"] == "report":
                return value

    def memory(self) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])

    def listening(self) -> list[str]:
        """Sockets of the process that listen, TCP and UDP, from the kernel's tables."""
        inodes = set()
        for link in Path(f"/proc/{self.process.pid}/fd").iterdir():
            name = os.readlink(link)
            if name.startswith("socket:["):
                inodes.add(name[8:-1])
        found = []
        for table in ("tcp", "tcp6", "udp", "udp6"):
            path = Path(f"/proc/{self.process.pid}/net/{table}")
            for line in path.read_text().splitlines()[1:] if path.exists() else []:
                columns = line.split()
                if columns[9] in inodes and (columns[3] == "0A" or table.startswith("udp")):
                    found.append(line)
        return found

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.stdin.close()
        self.stdout.close()


@pytest.fixture
def child(bench: Bench) -> Iterator[Child]:
    made = Child(bench.folder, bench.press.target)
    yield made
    made.close()


def test_many_jobs_in_one_process_without_a_port_or_a_word_too_much(bench: Bench, child: Child) -> None:
    bench.show(1, 2)
    child.send(Job("r1", "baothutu").line())
    events = [child.event()]
    while events[-1]["event"] != "report":
        events.append(child.event())
    assert [event.get("step") for event in events] == ["source", "page", "page", None]
    assert {(event["run"], event["outlet"]) for event in events} == {("r1", "baothutu")}
    assert report_from(events[-1]).stats["new"] == 2
    assert child.listening() == []
    child.send(Job("r2", "khongco").line())
    assert child.report()["outcome"] == "failed"
    child.send("{this is no job")
    assert child.report()["outcome"] == "failed"
    child.send(Job("r1", "baothutu").line())  # a run of this name is known: this run breaks, the worker does not
    assert child.report()["outcome"] == "failed"
    child.send(Job("r3", "baothutu").line())
    assert child.report()["outcome"] == "finished"
    child.stdin.close()
    assert child.process.wait(20) == 0 and child.stdout.read() == ""
    log = (bench.folder / "worker.log").read_text().splitlines()
    assert all(json.loads(line)["event"] for line in log)


def test_term_lets_the_page_under_way_finish(bench: Bench, child: Child) -> None:
    bench.show(1, 2, 3)
    for number in (1, 2, 3):
        page = bench.press.pages[path_of(number)]
        assert isinstance(page, Answer)
        page.wait = 0.3
    child.send(Job("r1", "baothutu").line())
    while child.event().get("step") != "page":
        pass
    child.process.send_signal(signal.SIGTERM)
    report = child.report()
    assert report["outcome"] == "limit" and report["stats"]["new"] == 1 and report["stats"]["pending"] == 2
    assert child.process.wait(20) == 0
    assert bench.links.counts() == {"pending": 2, "stored": 1}


def test_a_second_term_ends_it_at_once_and_no_link_is_harmed(bench: Bench, child: Child) -> None:
    bench.show(1)
    page = bench.press.pages[path_of(1)]
    assert isinstance(page, Answer)
    page.wait = 15.0
    child.send(Job("r1", "baothutu").line())
    while child.event().get("step") != "page":
        pass
    began = time.monotonic()
    while child.process.poll() is None and time.monotonic() - began < 10:
        child.process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    assert time.monotonic() - began < 5
    assert bench.links.counts() == {"fetching": 1}
    page.wait = 0.0
    assert bench.run().stats["new"] == 1


PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
child.stdin.write(b'{"run": "r", "outlet": "khongco", "kind": "round", "urls": [], "wait": false}\\n')
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def test_it_dies_with_its_parent(bench: Bench) -> None:
    command = [sys.executable, "-c", PARENT, *PROGRAM, str(bench.folder), bench.press.target]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    began = time.monotonic()
    while _alive(pid) and time.monotonic() - began < 10:
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet has ended."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
