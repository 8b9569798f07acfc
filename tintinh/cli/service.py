"""`tintinh run`: the daemon."""

from __future__ import annotations

import asyncio

import typer

from storage.locks import daemon_lock
from tintinh.cli.session import Session, command
from tintinh.wiring import daemon_plan, require_contact, timetabled


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "run")(run)


def run(session: Session) -> int:
    """Run the daemon: crawl on the timetable, match, deliver. Ends on SIGTERM or Ctrl-C, losing nothing."""
    from scheduler.daemon import run_daemon
    from tintinh.logs import set_up_logs

    slugs = timetabled(session.config, session.place, session.outlets)
    require_contact(session.config, [session.outlets[slug] for slug in slugs])
    session.note(session.say("data.folder", folder=session.place.data))
    session.tell_faults()
    session.made_database().close()  # a broken, newer or read-only one is told before anything starts
    with daemon_lock(session.place.data / "locks"):
        pass  # a second daemon is told so
    set_up_logs()
    session.note(session.say("run.started", count=len(slugs)))
    return asyncio.run(run_daemon(daemon_plan(session.config, session.place, session.outlets)))
