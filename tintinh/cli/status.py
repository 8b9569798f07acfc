"""How things stand: `status` and `doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from corpus.clock import stamp
from corpus.errors import TintinhError, UsageError
from storage.database import FILE_NAME
from storage.intake import IntakeStore
from storage.outbox import OutboxStore
from tintinh.cli.live import Output, try_outlets
from tintinh.cli.session import OK, PARTLY, Session, command
from tintinh.state import Finding, OutletState, daemon_runs, examine, examine_without_data, outlet_states
from tintinh.wiring import timetabled

FAILED = ("failed", "killed", "refused")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "status")(status)
    command(app, "doctor")(doctor)


def status(session: Session) -> int:
    """Show every outlet: last run, last article, what waits; and the alerts."""
    database = session.database
    states = outlet_states(database, session.config, session.place, session.outlets)
    alerts = OutboxStore(database).counts()
    backlog = IntakeStore(database).count()
    running = daemon_runs(session.place)
    if session.as_json:
        session.json(
            {
                "data": str(session.place.data),
                "daemon": running,
                "outlets": [_json(state) for state in states],
                "alerts": alerts,
                "intake": {"waiting": backlog.waiting, "parked": backlog.parked},
            }
        )
        return OK
    say = session.say
    session.line(say("data.folder", folder=session.place.data))
    session.line(say("status.daemon_runs") if running else say("status.daemon_stands"))
    session.table(
        (
            say("column.slug"),
            say("column.outlet"),
            say("column.last_run"),
            say("column.outcome"),
            say("column.articles"),
            say("column.last_article"),
            say("column.pending"),
        ),
        (_row(session, state) for state in states),
    )
    for state in states:
        run = state.last_run
        if run is not None and run.outcome in FAILED and run.problems:
            session.line(f"{state.slug}: {_in_words(session, state.slug, run.problems[0])}")
    for fault in session.faults:
        session.line(say("outlets.left_out", detail=fault.message))
    session.line(say("status.alerts", **alerts))
    if backlog.parked:
        session.line(say("doctor.parked", count=backlog.parked))
    return OK


def _worded(session: Session, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a finding; outcome and problems of a run in words."""
    if "cause" in fields:
        code, _, said = (fields["cause"] or "robots_unreachable").partition(" ")
        fields = {**fields, "cause": session.problem(code, said)}
    if "problems" not in fields:
        return {key: _plain(value) for key, value in fields.items()}
    slug = fields["slug"]
    detail = " ".join(_in_words(session, slug, problem) for problem in fields["problems"])
    return {"slug": slug, "outcome": session.say(f"outcome.{fields['outcome']}"), "detail": detail}


def _in_words(session: Session, slug: str, problem: Mapping[str, Any]) -> str:
    step = session.next_step(problem["code"], slug)
    return session.problem(problem["code"], problem["detail"]) + (f" {step}" if step else "")


def _plain(value: Any) -> Any:
    return stamp(value)[:16].replace("T", " ") if isinstance(value, datetime) else value


def _row(session: Session, state: OutletState) -> tuple[str, ...]:
    run = state.last_run
    return (
        state.slug,
        state.name,
        stamp(run.started_at)[:16].replace("T", " ") if run else "-",
        session.say(f"outcome.{run.outcome or 'running'}") if run else session.say("outcome.never"),
        str(state.articles),
        (state.last_article or "-")[:16].replace("T", " "),
        str(state.links.get("pending", 0)),
    )


def _json(state: OutletState) -> dict[str, Any]:
    run = state.last_run
    return {
        "slug": state.slug,
        "name": state.name,
        "status": state.status,
        "last_run": stamp(run.started_at) if run else None,
        "outcome": run.outcome if run else None,
        "articles": state.articles,
        "last_article": state.last_article,
        "links": state.links,
    }


def doctor(
    session: Session,
    live: Annotated[
        bool, typer.Option("--live", help="try every newspaper on the net, with at most 4 requests")
    ] = False,
    outlet: Annotated[
        list[str] | None, typer.Option("--outlet", help="with --live: only this one; may stand repeatedly")
    ] = None,
    output: Output = None,
) -> int:
    """Look for what is wrong, and say what to do. Exit 1 if there is a problem.

    With --live it tries the newspapers instead, and gives one table that can be sent by mail; exit 4 if all failed.
    """
    if live:
        return try_outlets(session, outlet or (), output)
    if outlet or output:
        raise UsageError("usage", "--outlet and --output go with --live", hint="`tintinh doctor --live --output FILE`")
    findings = _findings(session)
    for finding in findings:
        text = session.say(f"doctor.{finding.code}", **_worded(session, finding.fields))
        if session.as_json:
            session.json({"level": finding.level, "code": finding.code, "message": text})
        else:
            session.line(f"{session.say(f'doctor.level_{finding.level}')}: {text}")
    problems = sum(finding.level == "problem" for finding in findings)
    if not session.as_json:
        session.line(session.say("doctor.sum", problems=problems))
    return PARTLY if problems else OK


def _findings(session: Session) -> list[Finding]:
    """All findings; or what keeps the house from opening at all: configuration, a built-in file, the data folder."""
    broken, no_data = [], False
    for part in ("config", "outlets", "database"):
        try:
            getattr(session, part)
        except TintinhError as error:
            no_data = error.code == "no_data"
            if not no_data:
                broken.append(_broken(session, error))
    if broken:
        return broken
    try:
        timetabled(session.config, session.place, session.outlets)
    except UsageError as error:
        return [_broken(session, error)]
    if no_data:
        return examine_without_data(session.config, session.place, session.faults)
    return examine(session.database, session.config, session.place, session.outlets, session.clock(), session.faults)


def _broken(session: Session, error: TintinhError) -> Finding:
    if error.code == "database_corrupt":
        path = session.place.data / FILE_NAME
        return Finding("problem", "database", {"path": path, "detail": error.message.removeprefix(f"{path}: ")})
    return Finding("problem", "broken", {"detail": error.message + (f"; {error.hint}" if error.hint else "")})
