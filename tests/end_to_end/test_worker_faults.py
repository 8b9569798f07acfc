"""A crawl worker whose ground breaks under it: what it cannot begin it says, and heals alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.job import Job
from tests.end_to_end.conftest import environment

pytestmark = pytest.mark.end_to_end


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [("outlets/baothutu.toml", "name = [broken", "outlet_file"), ("tintinh.toml", "[crawl]\nfoo = 1\n", "config")],
)
def test_a_file_that_becomes_broken_is_told_and_heals(tmp_path: Path, file: str, text: str, code: str) -> None:
    (tmp_path / "outlets").mkdir()
    config = tmp_path / "tintinh.toml"
    config.write_text("[crawl]\n")
    (tmp_path / file).write_text(text)
    command = [sys.executable, "-m", "tintinh.crawl_worker", "--data", str(tmp_path / "data")]
    command += ["--config", str(config)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(tmp_path)
    ) as worker:
        broken = asked(worker, Job("run-1", "baothutu"))
        assert broken["outcome"] == "failed" and broken["problems"][0]["code"] == code
        assert file in broken["problems"][0]["detail"]
        (tmp_path / file).write_text("[crawl]\n") if code == "config" else (tmp_path / file).unlink()
        # The files are sound again: the same process gets as far as looking for the outlet.
        assert asked(worker, Job("run-2", "baothutu"))["problems"][0]["code"] == "unknown_outlet"
        worker.communicate(timeout=30)
    assert worker.returncode == 0


def asked(worker: subprocess.Popen[bytes], job: Job) -> dict[str, Any]:
    """Hand a job to the worker; its answer."""
    assert worker.stdin is not None and worker.stdout is not None
    worker.stdin.write(job.line().encode() + b"\n")
    worker.stdin.flush()
    answer: dict[str, Any] = json.loads(worker.stdout.readline())
    return answer
