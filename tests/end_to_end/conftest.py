"""The installed command, run as a person would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("tintinh")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON, a line each."""
        return [json.loads(line) for line in self.out.splitlines()]

    def error(self) -> dict[str, Any]:
        """The last line of standard error as JSON."""
        value: dict[str, Any] = json.loads(self.err.splitlines()[-1])
        return value


Tintinh = Callable[..., Ran]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without anything of tintinh's, with a home of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("TINTINH", "XDG_", "LC_", "LANG"))}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", **more}


@pytest.fixture
def tintinh(tmp_path: Path) -> Tintinh:
    """Runs the installed command with a home folder of its own; `given` is its standard input."""

    def run(*arguments: str | Path, given: str = "", timeout: float = 120, **more: str) -> Ran:
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment(tmp_path, **more),
            cwd=tmp_path,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
