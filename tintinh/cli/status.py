"""How things stand: `status` and `doctor`."""

from __future__ import annotations

from typing import Any

import typer

from corpus.clock import stamp
from corpus.errors import TintinhError
from storage.intake import IntakeStore
from storage.outbox import OutboxStore
from tintinh.cli.session import OK, PARTLY, Session, command
from tintinh.state import Finding, OutletState, daemon_runs, examine, open_for_reading, outlet_states


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "status")(status)
    command(app, "doctor")(doctor)


def status(session: Session) -> int:
    """Show every outlet: last run, last article, what waits; and the alerts."""
    database = open_for_reading(session.place)
    states = outlet_states(database, session.config, session.outlets)
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
    session.line(say("status.alerts", **alerts))
    if backlog.parked:
        session.line(say("doctor.parked", count=backlog.parked))
    return OK


def _worded(session: Session, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a finding; outcome and problems of a run in words."""
    if "problems" not in fields:
        return fields
    detail = "; ".join(session.problem(problem["code"], problem["detail"]) for problem in fields["problems"])
    return {"slug": fields["slug"], "outcome": session.say(f"outcome.{fields['outcome']}"), "detail": detail}


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


def doctor(session: Session) -> int:
    """Look for what is wrong, and say what to do. Exit 1 if there is a problem."""
    findings = _broken(session)
    if not findings:
        findings = examine(session.database, session.config, session.place, session.outlets, session.clock())
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


def _broken(session: Session) -> list[Finding]:
    """What keeps the house from opening at all: configuration, an outlet file, the data folder."""
    findings = []
    for part in ("config", "outlets", "database"):
        try:
            getattr(session, part)
        except TintinhError as error:
            detail = error.message + (f"; {error.hint}" if error.hint else "")
            findings.append(Finding("problem", "broken", {"detail": detail}))
    return findings
