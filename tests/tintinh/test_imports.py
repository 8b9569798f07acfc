"""What is loaded where: importing the front door is light, and the daemon never loads a parser or a reactor."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("tintinh", ("storage", "crawler", "pydantic", "sqlite_utils")),
        ("tintinh.wiring, tintinh.cli.service, scheduler.daemon", ("scrapy", "twisted", "trafilatura", "feedparser")),
        ("tintinh.intake", ("scrapy", "twisted", "trafilatura", "apscheduler", "httpx")),
        ("crawler.job", ("scrapy", "twisted", "lxml")),
    ],
)
def test_imports_stay_light(imported, absent):
    code = f"import sys, {imported}; print([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
