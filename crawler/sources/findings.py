"""What a run finds out about its outlet by itself, written as overrides; what cannot be written becomes a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from corpus.clock import HANOI, Clock
from corpus.errors import TintinhError
from corpus.urls import host_of
from crawler.catalogue import outlet_of_host
from crawler.job import Problem
from crawler.outlet import Outlet, Source
from crawler.override_file import add_source, propose_host
from crawler.tally import Tally


class Findings:
    """Findings of one run.

    Args:
        folder: where the overrides lie; None: nothing is written (a run whose books are thrown away).
        outlets: the whole catalogue: a host of another paper is never proposed.
    """

    def __init__(
        self, outlet: Outlet, outlets: Mapping[str, Outlet], folder: Path | None, clock: Clock, tally: Tally
    ) -> None:
        self._outlet = outlet
        self._outlets = outlets
        self._folder = folder
        self._clock = clock
        self._tally = tally
        self._moved_to: set[str] = set()

    @property
    def kept(self) -> bool:
        """Whether findings are written at all."""
        return self._folder is not None

    def confirm(self, source: Source, by: str) -> None:
        """The source is proven: from the next run on its grade is `confirmed`."""
        if source.grade != "confirmed":
            self.found(replace(source, grade="confirmed"), by)

    def found(self, source: Source, by: str) -> bool:
        """A source of this address and grade is there; false where that could not be written."""
        return self._write(lambda folder: add_source(folder, self._outlet.slug, source, by, self._today()))

    def moved(self, url: str, target: str) -> None:
        """A page redirects to a host that is none of the outlet's: propose that host, once a run, and say so.

        A host of another paper of the catalogue is no proposal: that is how a merger looks. `url` may lack its scheme
        (`//host/robots.txt`).
        """
        host = host_of(target)
        if host in self._moved_to:
            return
        self._moved_to.add(host)
        owner = outlet_of_host(self._outlets, host)
        origin = f"https:{url}" if url.startswith("//") else url
        if owner is None:
            self._tally.note(Problem("moved", url, target))
            self._write(lambda folder: propose_host(folder, self._outlet.slug, host, origin, self._today()))
        else:
            self._tally.note(Problem("moved", url, f"{target} is a host of {owner.slug}: merged into it?"))

    def _write(self, write: Callable[[Path], object]) -> bool:
        if self._folder is None:
            return False
        try:
            write(self._folder)
        except TintinhError as error:
            self._tally.note(Problem(error.code, None, error.message))
            return False
        return True

    def _today(self) -> date:
        return self._clock().astimezone(HANOI).date()
