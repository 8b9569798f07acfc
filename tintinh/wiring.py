"""Joins the rooms: the only place that knows all of them. Everything here is made from a Config and a Place."""

from __future__ import annotations

import difflib
import random
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from alerts.channels.base import Channel as OpenChannel
from alerts.dispatcher import Dispatcher
from alerts.intake import IntakeResult, TopicBook, run_intake
from corpus.clock import Clock, now
from corpus.errors import UsageError
from crawler.outlet import Outlet
from scheduler.daemon import DaemonPlan
from scheduler.database_thread import InDatabase
from scheduler.supervisor import Supervisor
from storage.database import Database
from storage.locks import intake_lock
from tintinh import __version__
from tintinh.config import Config, Place, load_config, where_given
from tintinh.telling import open_channel

OVERRIDES = "overrides"
"""The folder inside the data folder for what tintinh finds out about outlets by itself."""
GRACE_SECONDS = 90.0
"""How much longer than its own limit a run may take (a last fetch, a last parse) before its worker is ended."""


def user_agent(config: Config) -> str:
    """The honest user agent: name, version, and the operator's contact."""
    return f"tintinh/{__version__} (+{config.crawl.contact})" if config.crawl.contact else f"tintinh/{__version__}"


def require_contact(config: Config, outlets: Iterable[Outlet]) -> None:
    """Refuse to crawl public hosts without the operator's contact.

    Raises:
        UsageError: code `no_contact`.
    """
    if config.crawl.contact:
        return
    for outlet in outlets:
        if not all(host.name in config.network.resolve for host in outlet.hosts):
            raise UsageError(
                "no_contact",
                f"{outlet.slug} is a public newspaper and crawl.contact is empty",
                hint="set crawl.contact in tintinh.toml to your e-mail or web address, or run `tintinh init`",
            )


def child_command(module: str, place: Place) -> list[str]:
    """The command of a child process of ours: `python -m MODULE --config F --data D`."""
    command = [sys.executable, "-m", module, "--data", str(place.data)]
    if place.config_file.is_file():
        command += ["--config", str(place.config_file)]
    return command


def timetabled(config: Config, place: Place, outlets: Mapping[str, Outlet]) -> list[str]:
    """Slugs on the timetable: those that the configuration names, else all active ones.

    Raises:
        UsageError: code `config` for a name that is not in the catalogue; it names file (or variable) and key.
    """
    if not config.crawl.outlets:
        return [slug for slug, outlet in outlets.items() if outlet.status == "active"]
    for slug in config.crawl.outlets:
        if slug not in outlets:
            where = where_given(place.config_file, ("crawl", "outlets"))
            near = difflib.get_close_matches(slug, outlets, n=1)
            hint = f"did you mean {near[0]}?" if near else "`tintinh outlets list` shows the names"
            raise UsageError("config", f"{where}: crawl.outlets: there is no outlet {slug!r}", hint=hint)
    return list(config.crawl.outlets)


def looked_at(config: Config, outlets: Mapping[str, Outlet]) -> list[str]:
    """Slugs of merged outlets that the daemon looks at once a week; none where the configuration names its outlets."""
    return [] if config.crawl.outlets else [slug for slug, outlet in outlets.items() if outlet.status == "merged"]


def make_dispatcher(place: Place, in_database: InDatabase) -> Dispatcher:
    """The daemon's dispatcher. It reads the configuration for each delivery: a corrected password helps at once."""
    return Dispatcher(in_database, partial(_make_channel, place), clock=now, jitter=random.random)


def _make_channel(place: Place, kind: str, settings: Mapping[str, Any]) -> OpenChannel:
    return open_channel(kind, settings, load_config(place))


def make_supervisor(config: Config, place: Place, *, books: Path | None = None) -> Supervisor:
    """Crawl workers for a command: only their warnings reach its terminal.

    Args:
        config: the configuration.
        place: where it and the data folder lie.
        books: another folder for what the workers find.
    """
    more = ["--log-level", "WARNING", *(["--books", str(books)] if books else [])]
    return Supervisor(
        child_command("tintinh.crawl_worker", place) + more,
        workers=config.crawl.workers,
        wall_seconds=config.crawl.max_seconds + GRACE_SECONDS,
    )


def run_intake_once(database: Database, place: Place, clock: Clock) -> IntakeResult:
    """Match what was stored, once, in this process.

    Raises:
        LockHeld: a daemon's intake process does it already.
    """
    with intake_lock(place.data / "locks"):
        return run_intake(database, TopicBook(database), clock, lambda: None)


def daemon_plan(config: Config, place: Place, outlets: Mapping[str, Outlet]) -> DaemonPlan:
    """All that the daemon needs."""
    return DaemonPlan(
        folder=place.data,
        outlets=dict.fromkeys(timetabled(config, place, outlets), config.crawl.interval),
        worker_command=child_command("tintinh.crawl_worker", place),
        intake_command=child_command("tintinh.intake", place),
        dispatcher=partial(make_dispatcher, place),
        looks=looked_at(config, outlets),
        workers=config.crawl.workers,
        wall_seconds=config.crawl.max_seconds + GRACE_SECONDS,
        archive_keep=config.archive.keep,
    )
