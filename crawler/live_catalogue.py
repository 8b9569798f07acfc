"""The catalogue of a process that lives long: read again as soon as a file of the user's or an override changes."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from corpus.errors import UsageError
from crawler.catalogue import load_catalogue
from crawler.outlet import Outlet
from crawler.outlet_file import FileFault

log = logging.getLogger(__name__)

_Marks = tuple[tuple[str, int, int, int], ...]


class LiveCatalogue:
    """Outlets by slug, as the files say at each `read`.

    A broken file of the user's is left out and logged once; `fault` tells it to who asks for that outlet.

    Args:
        user_folder: as `load_catalogue` takes it.
        overrides: the folder of the overrides.
    """

    def __init__(self, user_folder: Path, overrides: Path) -> None:
        self._folders = (user_folder / "outlets", user_folder / "families", overrides)
        self._user_folder = user_folder
        self._overrides = overrides
        self._marks: _Marks | None = None
        self._outlets: Mapping[str, Outlet] = {}
        self._faults: list[UsageError] = []

    def read(self) -> Mapping[str, Outlet]:
        """The outlets now; the files are only looked at again where one was written, added or taken away.

        Raises:
            UsageError: a file that comes with the package is broken.
        """
        marks = tuple(mark for folder in self._folders for mark in _marks(folder))
        if marks != self._marks:
            known = {str(fault) for fault in self._faults}
            self._faults = []
            self._outlets = load_catalogue(self._user_folder, overrides=self._overrides, faults=self._faults)
            self._marks = marks
            for fault in self._faults:
                if str(fault) not in known:
                    log.error("outlet_file_left_out", extra={"why": fault.message})
        return self._outlets

    def fault(self, slug: str) -> str | None:
        """What is wrong with a file of this outlet (its own, its family's, its override), as the last `read` saw."""
        outlet = self._outlets.get(slug)
        names = {slug, outlet.family if outlet else None}
        return next((f.message for f in self._faults if isinstance(f, FileFault) and f.path.stem in names), None)


def _marks(folder: Path) -> list[tuple[str, int, int, int]]:
    """What tells one state of a folder's files from another."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith(".toml")]
    except OSError:  # no such folder, or a file that went while we looked: the next look sees it
        return []
    return sorted((path, stat.st_mtime_ns, stat.st_size, stat.st_ino) for path, stat in found)
