"""Sets the demo's stage: its data folder with configuration, outlet files, channels and topics."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from corpus.clock import Clock
from corpus.errors import UsageError
from samples.press import OUTLETS, Press
from storage.channels import Channel, ChannelStore
from storage.database import Database
from storage.topics import Topic, TopicStore
from tintinh.config import Place
from tintinh.demo.receivers import ADDRESS

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
revisit_ages = ["8s", "20s"]

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


def prepare_folder(folder: Path) -> None:
    """Make the demo's folder, or empty one that an earlier demo left.

    Raises:
        UsageError: code `demo_folder`: the folder holds something else.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise UsageError("demo_folder", f"{folder} is not empty and no demo's folder", hint="name another one")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).write_text("{}\n", encoding="utf-8")


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
    for outlet_file in OUTLETS.glob("*.toml"):
        shutil.copy(outlet_file, folder / "outlets" / outlet_file.name)
    return Place(file, folder)


def fill_database(database: Database, press: Press, hook_url: str, secret: str, clock: Clock) -> None:
    """Add the demo's two channels and all topics of the sample press."""
    channels = ChannelStore(database)
    channels.add(Channel("mail", "email", {"to": ["press-office@tintinh.example"]}, clock()))
    channels.add(Channel("hook", "webhook", {"url": hook_url, "secret": secret, "allow_private": True}, clock()))
    for topic in press.topics:
        TopicStore(database).add(Topic(topic.slug, topic.name, topic.query, CHANNELS, 3.0, 1, clock()))
