"""Where outside test material lies: real pages, seeds, published suites. It is never part of the repository."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("TINTINH_SHARED") or Path(__file__).parents[2] / "shared").resolve()

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"no outside test material (TINTINH_SHARED or {SHARED.name}/ beside the repository)"
)
"""Mark for tests that read SHARED; they skip where the folder is missing."""
