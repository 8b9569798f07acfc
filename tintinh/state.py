"""What `status` and `doctor` say: read from the stores into plain records, no printing here."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.query import parse
from corpus.errors import LockHeld, QueryError, TintinhError, UsageError, WorkError
from crawler.check import check_outlets
from crawler.outlet import Outlet
from storage.archive_files import archive_files
from storage.archive_rows import rows_by_file
from storage.articles import ArticleStore
from storage.channels import ChannelStore
from storage.database import Database
from storage.hosts import HostStore
from storage.intake import IntakeStore
from storage.links import LinkStore
from storage.locks import daemon_lock
from storage.outbox import OutboxStore
from storage.outlets import OutletStore
from storage.runs import Run, RunStore
from storage.sources import SourceStore
from storage.topics import TopicStore
from tintinh.config import Config, Place
from tintinh.telling import open_channel
from tintinh.wiring import timetabled

LOW_SPACE = 2 * 2**30
"""Bytes: below that the archive stops first (DESIGN 6)."""
LONG_UNREAD = timedelta(hours=24)
_DAY = re.compile(r"-(\d{8})(?:-\d+)?\.warc\.gz")
"""The day in the name of an archive file."""
MANY_FAILURES = 3
"""When it is told that an outlet runs, and none of its sources is read to the end."""


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


def outlet_states(database: Database, config: Config, place: Place, outlets: Mapping[str, Outlet]) -> list[OutletState]:
    """The outlets on the timetable, and any other that has articles, by slug."""
    runs = RunStore(database).last_by_outlet("round")
    summary = ArticleStore(database).summary()
    links = LinkStore(database)
    wanted = sorted({*timetabled(config, place, outlets), *summary} & set(outlets))
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
    database: Database,
    config: Config,
    place: Place,
    outlets: Mapping[str, Outlet],
    now: datetime,
    faults: Sequence[UsageError] = (),
) -> list[Finding]:
    """All that is wrong or worth knowing, offline; nothing is changed.

    Args:
        faults: the user's outlet files and overrides that were left out of `outlets`.
    """
    ground = [*_place(config, place, faults), *_ground(database)]
    if any(finding.code == "database" for finding in ground):
        return ground  # what else a damaged database says cannot be relied on, and may fail
    return [
        *ground,
        *_archive(database, place),
        *(Finding("problem", "outlet", {"slug": f.slug, "detail": f.detail}) for f in check_outlets(outlets)),
        *_crawling(database, config, place, outlets, now),
        *_found_out(database, outlets),
        *_telling(database, config),
    ]


def examine_without_data(config: Config, place: Place, faults: Sequence[UsageError]) -> list[Finding]:
    """What can be said of a place in which there is no database."""
    files = len(archive_files(place.data / "archive"))
    missing = ("database_lost", {"path": place.data, "files": files}) if files else ("no_data", {"path": place.data})
    return [Finding("problem", *missing), *_place(config, place, faults)]


def _ground(database: Database) -> Iterator[Finding]:
    try:
        checked = database.quick_check()
    except WorkError as error:
        checked = error.message.removeprefix(f"{database.path}: ")
    if checked != "ok":
        yield Finding("problem", "database", {"path": database.path, "detail": checked})


def _place(config: Config, place: Place, faults: Sequence[UsageError]) -> Iterator[Finding]:
    for fault in faults:
        yield Finding("problem", "outlet_file", {"detail": fault.message})
    if not config.crawl.contact:
        yield Finding("problem", "contact", {"path": place.config_file})
    if not place.data.is_dir():
        return
    free = shutil.disk_usage(place.data).free
    if free < LOW_SPACE:
        yield Finding("problem", "space", {"path": place.data, "gib": f"{free / 2**30:.1f}"})
    if not os.access(place.data, os.W_OK):
        yield Finding("problem", "read_only", {"path": place.data})
    if not daemon_runs(place):
        yield Finding("note", "no_daemon", {})


def _archive(database: Database, place: Place) -> Iterator[Finding]:
    """Whether database and archive fit together; either may have been lost or restored without the other."""
    files, rows = archive_files(place.data / "archive"), rows_by_file(database)
    began = RunStore(database).first_started_at()
    older = [file for file in files if began is None or file.day < began.date()]
    if older and not any(rows[file.name] for file in older):
        yield Finding("problem", "database_lost", {"path": place.data, "files": len(older)})
    there = {file.name for file in files}
    gone = [name for name in rows if name not in there]
    if gone:
        days = sorted(day.group(1) for name in gone if (day := _DAY.search(name))) or ["-"]
        fields = {"path": place.data / "archive", "files": len(gone), "rows": sum(rows[name] for name in gone)}
        # A note: after a restore without the archive this stays so, and nothing else is wrong.
        yield Finding("note", "archive_missing", {**fields, "oldest": _iso(days[0]), "newest": _iso(days[-1])})


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day != "-" else day


def _crawling(
    database: Database, config: Config, place: Place, outlets: Mapping[str, Outlet], now: datetime
) -> Iterator[Finding]:
    for state in outlet_states(database, config, place, outlets):
        run = state.last_run
        if run is None:
            yield Finding("note", "never_run", {"slug": state.slug})
        elif run.outcome in ("failed", "killed", "refused") and not _cut_off(run):
            fields = {"slug": state.slug, "outcome": run.outcome, "problems": _first_of_each(run.problems)[:2]}
            yield Finding("problem", "last_run", fields)
        elif (since := _not_read_since(database, run)) is not None:
            yield Finding("problem", "no_read", {"slug": state.slug, "since": since})
        if state.links.get("given_up"):
            yield Finding("problem", "given_up", {"slug": state.slug, "count": state.links["given_up"]})
    for copy in HostStore(database).all_robots():
        since = copy.failing_since
        if since is not None and now - since > timedelta(hours=1):
            yield Finding("problem", "robots", {"host": copy.host, "since": since, "cause": copy.cause})


def _first_of_each(problems: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first problem of each code: a paper whose pages all fail alike is told once."""
    first: dict[str, Mapping[str, Any]] = {}
    for problem in problems:
        first.setdefault(problem["code"], problem)
    return list(first.values())


def _not_read_since(database: Database, run: Run) -> datetime | None:
    """Since when no source of an outlet that is crawled could be read to its end; None if that is not long.

    A run may count as done and yet have read no listing: an empty page, a feed that is none.
    """
    states = SourceStore(database).all(run.outlet)
    reads = [state.last_complete_at for state in states if state.last_complete_at is not None]
    if not reads:
        return run.started_at if any(state.failures >= MANY_FAILURES or state.error for state in states) else None
    return max(reads) if run.started_at - max(reads) > LONG_UNREAD else None


def _found_out(database: Database, outlets: Mapping[str, Outlet]) -> Iterator[Finding]:
    """What tintinh learnt about outlets and a person should decide on."""
    known = OutletStore(database).all()
    for slug, outlet in outlets.items():
        for host in outlet.proposed_hosts:
            yield Finding("note", "proposed_host", {"slug": slug, "host": host})
        returned = known[slug].returned_at if slug in known else None
        if outlet.status == "merged" and returned is not None:
            fields = {"slug": slug, "name": outlet.name, "successor": outlet.successor, "since": returned}
            yield Finding("problem", "came_back", fields)


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
