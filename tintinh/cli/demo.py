"""`tintinh demo`: the whole pipe, offline."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from corpus.errors import WorkError
from tintinh.cli.session import OK, PARTLY, Session, command
from tintinh.demo.play import Demo
from tintinh.demo.verdict import Verdict

MIB = 1024 * 1024
ROOM = 128 * MIB
"""Bytes that must be free: the demo writes some, and below 64 MiB no run begins."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "demo")(demo)


def demo(
    session: Session,
    seconds: Annotated[float, typer.Option("--seconds", min=30, help="how long the papers publish")] = 60,
) -> int:
    """Show the whole pipe, offline: 13 invented papers publish, alerts arrive. Exit 1 if one was missed or doubled.

    With --data DIR everything stays in that folder for a look afterwards; else nothing is left behind.
    """
    kept = session.named_data
    folder = kept or Path(tempfile.mkdtemp(prefix="tintinh-demo-")) / "data"
    try:
        session.note(session.say("data.folder", folder=folder))
        _want_room(folder)
        session.note(session.say("demo.starts"))
        verdict = Demo(folder, seconds, session.language, lambda code, fields: _tell(session, code, fields)).play()
    finally:
        if kept is None:
            shutil.rmtree(folder.parent, ignore_errors=True)
    _sum_up(session, verdict, kept)
    return PARTLY if verdict.faults else OK


def _want_room(folder: Path) -> None:
    """The daemon of a demo on a disk that is nearly full would ask for nothing, and the demo would call that a loss.

    Raises:
        WorkError: code `disk_full`.
    """
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if free < ROOM:
        raise WorkError(
            "disk_full",
            f"{folder}: {free // MIB} MiB are free, the demo wants {ROOM // MIB}",
            hint="free some space, or name a folder on another disk with --data",
        )


def _tell(session: Session, code: str, fields: dict[str, object]) -> None:
    session.note(session.clock().strftime("%H:%M:%S  ") + session.say(f"demo.{code}", **fields))


def _sum_up(session: Session, verdict: Verdict, kept: Path | None) -> None:
    for code, detail in verdict.faults:
        session.note(session.say(f"demo.fault_{code}", detail=detail))
    if session.as_json:
        session.json(verdict.figures)
        return
    session.line(session.say("demo.sum", **verdict.figures))
    if kept:
        session.line(session.say("demo.look", folder=kept))
