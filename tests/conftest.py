"""What concerns every test: child processes keep their bytecode."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Where Python is told to write no bytecode, let it write into a folder of this session.

    Each command and each crawl worker is a process of its own; compiled anew, the project takes a second to start.
    Test processes of pytest-xdist are children too, and find the folder made.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", "") and "PYTHONPYCACHEPREFIX" not in os.environ:
        folder = tempfile.mkdtemp(prefix="tintinh-bytecode-")
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
