"""What `status` and `doctor` say: read from the stores into plain records, no printing here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.query import parse
from corpus.errors import LockHeld, QueryError, TintinhError, WorkError
from crawler.check import check_outlets
from crawler.outlet import Outlet
from storage.articles import ArticleStore
from storage.channels import ChannelStore
from storage.database import Database
from storage.hosts import HostStore
from storage.intake import IntakeStore
from storage.links import LinkStore
from storage.locks import daemon_lock
from storage.outbox import OutboxStore
from storage.runs import Run, RunStore
from storage.topics import TopicStore
from tintinh.config import Config, Place
from tintinh.telling import open_channel
from tintinh.wiring import timetabled

LOW_SPACE = 2 * 2**30
"""Bytes: below that the archive stops first (DESIGN 6)."""


@dataclass(frozen=True, slots=True)
class OutletState:
    """One outlet as `status` shows it; counts are of the whole corpus."""

    slug: str
    name: str
    status: str
    last_run: Run | None
    articles: int
    last_article: str | None
    links: dict[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `doctor` found: `level` is problem or note; `code` names its text; `fields` fill it in.

    Of a run the fields are its `outcome` and `problems` as they are stored, for the command line to put into words.
    """

    level: str
    code: str
    fields: dict[str, Any]


def outlet_states(database: Database, config: Config, outlets: Mapping[str, Outlet]) -> list[OutletState]:
    """The outlets on the timetable, and any other that has articles, by slug."""
    runs = RunStore(database).last_by_outlet()
    summary = ArticleStore(database).summary()
    links = LinkStore(database)
    wanted = sorted({*timetabled(config, outlets), *summary} & set(outlets))
    return [
        OutletState(
            slug,
            outlets[slug].name,
            outlets[slug].status,
            runs.get(slug),
            *summary.get(slug, (0, None)),
            links.counts(slug),
        )
        for slug in wanted
    ]


def daemon_runs(place: Place) -> bool:
    """Whether a daemon holds this data folder now."""
    try:
        with daemon_lock(place.data / "locks"):
            return False
    except LockHeld:
        return True


def examine(
    database: Database, config: Config, place: Place, outlets: Mapping[str, Outlet], now: datetime
) -> list[Finding]:
    """All that is wrong or worth knowing, offline; nothing is changed."""
    ground = list(_ground(database, config, place))
    if any(finding.code == "database" for finding in ground):
        return ground  # what else a damaged database says cannot be relied on, and may fail
    return [
        *ground,
        *(Finding("problem", "outlet", {"slug": f.slug, "detail": f.detail}) for f in check_outlets(outlets)),
        *_crawling(database, config, outlets, now),
        *_telling(database, config),
    ]


def _ground(database: Database, config: Config, place: Place) -> Iterator[Finding]:
    try:
        checked = database.quick_check()
    except WorkError as error:
        checked = error.message
    if checked != "ok":
        yield Finding("problem", "database", {"path": database.path, "detail": checked})
    free = shutil.disk_usage(place.data).free
    if free < LOW_SPACE:
        yield Finding("problem", "space", {"path": place.data, "gib": f"{free / 2**30:.1f}"})
    if not os.access(place.data, os.W_OK):
        yield Finding("problem", "read_only", {"path": place.data})
    if not config.crawl.contact:
        yield Finding("problem", "contact", {"path": place.config_file})
    if not daemon_runs(place):
        yield Finding("note", "no_daemon", {})


def _crawling(database: Database, config: Config, outlets: Mapping[str, Outlet], now: datetime) -> Iterator[Finding]:
    for state in outlet_states(database, config, outlets):
        run = state.last_run
        if run is None:
            yield Finding("note", "never_run", {"slug": state.slug})
        elif run.outcome in ("failed", "killed", "refused") and not _cut_off(run):
            fields = {"slug": state.slug, "outcome": run.outcome, "problems": run.problems[:2]}
            yield Finding("problem", "last_run", fields)
        if state.links.get("given_up"):
            yield Finding("problem", "given_up", {"slug": state.slug, "count": state.links["given_up"]})
    for copy in HostStore(database).all_robots():
        since = copy.failing_since
        if since is not None and now - since > timedelta(hours=1):
            yield Finding("problem", "robots", {"host": copy.host, "since": since})


def _cut_off(run: Run) -> bool:
    """Whether the run ended with the daemon, in good order or by a crash: it goes on at the next start."""
    return bool({"run_stopped", "run_was_dead"} & {problem["code"] for problem in run.problems})


def _telling(database: Database, config: Config) -> Iterator[Finding]:
    channels = {channel.slug: channel for channel in ChannelStore(database).all()}
    for channel in channels.values():
        try:
            open_channel(channel.kind, channel.settings, config)
        except TintinhError as error:
            yield Finding("problem", "channel", {"slug": channel.slug, "detail": error.message})
    topics = TopicStore(database).all()
    if not topics:
        yield Finding("note", "no_topics", {})
    for topic in topics:
        if not topic.channels:
            yield Finding("note", "silent_topic", {"slug": topic.slug})
        try:
            parse(topic.query)
        except QueryError as error:
            yield Finding("problem", "topic", {"slug": topic.slug, "detail": error.message})
    dead = OutboxStore(database).to_mend()
    if dead:
        yield Finding("problem", "dead", {"count": dead})
    backlog = IntakeStore(database).count()
    if backlog.parked:
        yield Finding("problem", "parked", {"count": backlog.parked})


def open_for_reading(place: Place) -> Database:
    """The database of a place that must exist already.

    Raises:
        WorkError: code `no_data` and those of Database.open.
    """
    if not place.data.is_dir():
        raise WorkError("no_data", f"there is no data folder {place.data}", hint="run `tintinh init` or give --data")
    return Database.open(place.data, create=False)
