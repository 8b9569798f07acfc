"""Sets the demo's stage: its data folder with configuration, outlet files, channels and topics."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alerts.channels import prepare_settings
from corpus.clock import Clock, now
from corpus.errors import UsageError, WorkError
from samples.newsroom import Newsroom
from samples.press import OUTLETS, Press
from samples.schedule import plan
from storage.channels import Channel, ChannelStore
from storage.database import Database
from storage.locks import daemon_lock
from storage.runs import RunStore
from storage.topics import Topic, TopicStore
from tintinh.config import Place
from tintinh.demo.receivers import ADDRESS, Receivers
from tintinh.wiring import child_command

MARK = "demo.json"
"""This file marks a folder as the demo's own: only such a folder is emptied for the next demo."""
CHANNELS = ("mail", "hook")

_CONFIG = """\
# Written by `tintinh demo`. The same options as in production, with a faster timetable.
language = {language}

[crawl]
contact = "demo@tintinh.example"
outlets = {outlets}
interval = "3s"
workers = 2
daily_requests = 100000
revisit_ages = ["8s", "20s", "35s", "50s", "70s", "100s"]

[network]
resolved_delay = 0.1

[network.resolve]
{resolve}

[email]
host = "{address}"
port = {port}
security = "none"
sender = "tintinh@tintinh.example"
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo that is set up: papers on the air (holding their live articles back), receivers, data folder."""

    press: Press
    newsroom: Newsroom
    receivers: Receivers
    place: Place
    database: Database

    def first_round_done(self) -> bool:
        """Whether every paper was read once: what is public before is baseline and stays silent."""
        ended = {slug for slug, run in RunStore(self.database).last_by_outlet().items() if run.ended_at}
        return {paper.slug for paper in self.press.papers} <= ended

    def start_daemon(self) -> subprocess.Popen[bytes]:
        """Start `tintinh run` here; its log is added to `daemon.log` in the data folder."""
        command = child_command("tintinh", self.place)
        with (self.place.data / "daemon.log").open("ab") as log:
            return subprocess.Popen(
                [*command[:3], "run", *command[3:]],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=without_options(os.environ),
            )


def without_options(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which nothing configures tintinh: the demo is its own, whatever a person has set."""
    return {name: value for name, value in environ.items() if not name.startswith("TINTINH_")}


@contextmanager
def set_stage(
    folder: Path, press: Press, seconds: float, *, language: str = "vi", clock: Clock = now
) -> Iterator[Stage]:
    """Set up a demo in which the papers publish for `seconds` after `newsroom.open()`, by their own `clock`.

    Raises:
        UsageError: the folder is not the demo's.
    """
    prepare_folder(folder)
    with Receivers() as receivers, Newsroom(press, plan(press, seconds), clock, hold=True) as newsroom:
        place = write_files(folder, press, newsroom.hosts(), receivers.mail_port, language)
        database = Database.open(place.data)
        try:
            fill_database(database, press, receivers.hook_url, now)
            yield Stage(press, newsroom, receivers, place, database)
        finally:
            database.close()


def prepare_folder(folder: Path) -> None:
    """Make the demo's folder, or empty one that an earlier demo left.

    Raises:
        UsageError: code `demo_folder`: the folder holds something else.
        LockHeld: a demo is running there.
        WorkError: code `cannot_write`.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise UsageError("demo_folder", f"{folder} is not empty and no demo's folder", hint="name another one")
        with daemon_lock(folder / "locks"):  # a demo that is still running keeps its folder
            pass
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700, parents=True)
        (folder / MARK).write_text("{}\n", encoding="utf-8")
    except OSError as error:
        raise WorkError(
            "cannot_write", f"{folder}: {error.strerror}", hint="name another folder with --data"
        ) from error


def write_files(folder: Path, press: Press, hosts: Mapping[str, str], mail_port: int, language: str) -> Place:
    """Write configuration and outlet files into the folder; gives the demo's place."""
    resolve = "\n".join(f"{json.dumps(host)} = {json.dumps(target)}" for host, target in sorted(hosts.items()))
    text = _CONFIG.format(
        language=json.dumps(language),
        outlets=json.dumps([paper.slug for paper in press.papers]),
        resolve=resolve,
        address=ADDRESS,
        port=mail_port,
    )
    file = folder / "tintinh.toml"
    file.write_text(text, encoding="utf-8")
    (folder / "outlets").mkdir(exist_ok=True)
    for paper in press.papers:
        shutil.copy(OUTLETS / f"{paper.slug}.toml", folder / "outlets" / f"{paper.slug}.toml")
    return Place(file, folder)


def fill_database(database: Database, press: Press, hook_url: str, clock: Clock) -> None:
    """Add the demo's two channels and all topics of the sample press."""
    hook = prepare_settings("webhook", {"url": hook_url, "allow_private": True})
    channels = ChannelStore(database)
    channels.add(Channel("mail", "email", {"to": ["press-office@tintinh.example"]}, clock()))
    channels.add(Channel("hook", "webhook", hook, clock()))
    for topic in press.topics:
        TopicStore(database).add(Topic(topic.slug, topic.name, topic.query, CHANNELS, 3.0, 1, clock()))
