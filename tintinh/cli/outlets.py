"""The catalogue on the command line: `outlets list|show|check`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crawler.check import check_outlets
from crawler.outlet import Outlet
from tintinh.cli.session import OK, PARTLY, Session, command


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    outlets = typer.Typer(help="The newspapers that tintinh knows.", no_args_is_help=True)
    command(outlets, "list")(list_outlets)
    command(outlets, "show")(show)
    command(outlets, "check")(check)
    app.add_typer(outlets, name="outlets")


def as_json(outlet: Outlet) -> dict[str, Any]:
    """An outlet as one JSON object (DESIGN 5: slug, name, province, status, sources and more)."""
    return {
        "slug": outlet.slug,
        "name": outlet.name,
        "province": outlet.province,
        "status": outlet.status,
        "successor": outlet.successor,
        "family": outlet.family,
        "home": outlet.home,
        "hosts": [{"name": host.name, "since": host.since, "until": host.until} for host in outlet.hosts],
        "eras": [{"code": era.code, "pattern": era.pattern.pattern} for era in outlet.eras],
        "sources": [{"kind": source.kind, "url": source.url, "grade": source.grade} for source in outlet.sources],
        "permission": outlet.permission,
    }


def list_outlets(session: Session) -> int:
    """List all outlets with status and sources."""
    outlets = session.outlets.values()
    if session.as_json:
        for outlet in outlets:
            session.json(as_json(outlet))
        return OK
    say = session.say
    session.table(
        (
            say("column.slug"),
            say("column.name"),
            say("column.province"),
            say("column.status"),
            say("column.sources"),
        ),
        (
            (
                outlet.slug,
                outlet.name,
                outlet.province or "-",
                say(f"status.{outlet.status}") + (f" -> {outlet.successor}" if outlet.successor else ""),
                _grades(outlet),
            )
            for outlet in outlets
        ),
    )
    return OK


def show(session: Session, slug: Annotated[str, typer.Argument()]) -> int:
    """Show what is known of one outlet."""
    outlet = session.outlet(slug)
    value = as_json(outlet)
    if session.as_json:
        session.json(value)
        return OK
    for key, known in value.items():
        if isinstance(known, list):
            session.line(f"{key}:")
            for item in known:
                session.line("  " + "  ".join(str(part) for part in item.values() if part is not None))
        else:
            session.line(f"{key}: {'-' if known is None else known}")
    return OK


def check(session: Session) -> int:
    """Test every outlet's rules against its examples, sources and sections, offline. Exit 1 on a finding."""
    findings = check_outlets(session.outlets)
    for finding in findings:
        if session.as_json:
            session.json({"slug": finding.slug, "code": finding.code, "detail": finding.detail})
        else:
            session.line(f"{finding.slug}: {finding.detail}")
    if not session.as_json:
        session.note(session.say("outlets.checked", outlets=len(session.outlets), findings=len(findings)))
    return PARTLY if findings else OK


def _grades(outlet: Outlet) -> str:
    counts = dict.fromkeys(("confirmed", "candidate", "assumed"), 0)
    for source in outlet.sources:
        counts[source.grade] += 1
    return ", ".join(f"{count} {grade}" for grade, count in counts.items() if count)
