"""The command line inside this process: the same arguments, output and exit codes, without the cost of a start."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Ran
from tintinh.cli.app import build
from tintinh.cli.session import guarded

Here = Callable[..., Ran]


@pytest.fixture
def command_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process, with a home folder of its own and nothing of tintinh's in the environment."""
    for name in os.environ:
        if name.startswith(("TINTINH", "XDG_", "LC_", "LANG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Ran:
        words = [str(argument) for argument in arguments]
        capsys.readouterr()
        code = guarded(build(words[0]), words)
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run
