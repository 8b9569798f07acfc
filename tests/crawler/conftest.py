from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.crawler.press import Bench


@pytest.fixture
def bench(tmp_path: Path) -> "Iterator[Bench]":
    """A newspaper on loopback and a data folder to crawl it into."""
    from tests.crawler.press import bench_in  # installs Twisted's reactor: only where a crawl is tested

    with bench_in(tmp_path) as made:
        yield made
