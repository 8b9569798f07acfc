"""`outlets show`: an outlet's facts, its sources and how they are, what was found, and the politeness sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from corpus.clock import stamp
from crawler.outlet import Outlet, Source
from storage.database import Database
from storage.outlets import OutletState, OutletStore
from storage.sources import SourceState, SourceStore
from tintinh.cli.session import Session
from tintinh.politeness_sheet import HostSheet, PolitenessSheet, politeness_sheet

KIB = 1024


def as_json(outlet: Outlet, state: OutletState) -> dict[str, Any]:
    """An outlet as one JSON object (DESIGN 5: slug, name, province, status, sources and more)."""
    return {
        "slug": outlet.slug,
        "name": outlet.name,
        "province": outlet.province,
        "status": outlet.status,
        "successor": outlet.successor,
        "family": outlet.family,
        "home": outlet.home,
        "verified_at": _stamp(state.verified_at),
        "hosts": [{"name": host.name, "since": host.since, "until": host.until} for host in outlet.hosts],
        "eras": [{"code": era.code, "pattern": era.pattern.pattern} for era in outlet.eras],
        "sources": [
            {"kind": source.kind, "url": source.url, "grade": source.grade, "found": source.found}
            for source in outlet.sources
        ],
        "permission": outlet.permission,
        "tls": outlet.tls,
    }


def full_json(session: Session, outlet: Outlet, database: Database | None) -> dict[str, Any]:
    """All that `outlets show` knows, as one JSON object: the list's keys and more."""
    state = _state(outlet, database)
    polite = politeness_sheet(database, session.config, outlet, session.clock())
    sources = [
        {
            "kind": source.kind,
            "url": source.url,
            "grade": source.grade,
            "found": source.found,
            "last_read": _stamp(known.last_complete_at) if known else None,
            "checked_at": _stamp(known.checked_at) if known else None,
            "links": known.links if known else None,
            "failures": known.failures if known else None,
            "problem": problem_of(known),
        }
        for source, known in _sources(outlet, database)
    ]
    return {
        **as_json(outlet, state),
        "sources": sources,
        "left_out": [fault.message for fault in session.faults_of(outlet.slug)],
        "notes": list(outlet.notes),
        "proposed_hosts": list(outlet.proposed_hosts),
        "returned_at": _stamp(state.returned_at),
        "sought_at": _stamp(state.sought_at),
        "probed_at": _stamp(state.probed_at),
        "probe": state.probe or None,
        "politeness": {
            "daily_requests": polite.daily_requests,
            "hosts": [{key: _plain(value) for key, value in asdict(host).items()} for host in polite.hosts],
            "days": [asdict(day) for day in polite.days],
        },
    }


def problem_of(state: SourceState | None) -> str | None:
    """The problem code of a source's last try, None where there is none (or no try)."""
    if state is None:
        return None
    if state.response not in (None, "ok", "not_modified"):
        return "robots_disallowed" if state.response == "disallowed" else state.response
    if not state.error:
        return None
    return "crashed" if state.error == "crashed" else f"source_{state.error}"


def sheet(session: Session, outlet: Outlet, database: Database | None) -> Iterator[str]:
    """The lines that a person reads."""
    say, state = session.say, _state(outlet, database)
    yield f"{outlet.slug}: {outlet.name}"
    for fault in session.faults_of(outlet.slug):
        yield say("outlets.left_out", detail=fault.message)
    yield from _facts(session, outlet, state)
    yield say("show.sources")
    for source, known in _sources(outlet, database):
        yield from _source(session, outlet, source, known)
    for host in outlet.proposed_hosts:
        yield say("show.proposed", host=host, slug=outlet.slug)
    if state.returned_at:
        told = session.problem("came_back", stamp(state.returned_at)[:10])
        yield f"{told} {session.next_step('came_back', outlet.slug)}"
    yield say("show.politeness")
    yield from _politeness(session, politeness_sheet(database, session.config, outlet, session.clock()))


def _facts(session: Session, outlet: Outlet, state: OutletState) -> Iterator[str]:
    say = session.say
    successor = f" -> {outlet.successor}" if outlet.successor else ""
    facts: dict[str, str | None] = {
        say("column.province"): outlet.province,
        say("column.status"): say(f"status.{outlet.status}") + successor,
        say("column.verified"): _day(state.verified_at) or say("outlets.never"),
        say("show.family"): outlet.family,
        say("show.home"): outlet.home,
        say("show.hosts"): ", ".join(f"{host.name}{_years(host.since, host.until)}" for host in outlet.hosts),
        say("show.rules"): "; ".join(f"{era.code}: {era.pattern.pattern}" for era in outlet.eras) or None,
        say("show.permission"): outlet.permission,
        say("show.tls"): say("show.unverified") if outlet.tls == "unverified" else None,
        say("show.probe"): f"{_time(state.probed_at)}, {state.probe.get('state', '-')}" if state.probed_at else None,
    }
    for label, fact in facts.items():
        if fact is not None:
            yield f"  {label}: {fact}"
    for note in outlet.notes:
        yield f"  {say('show.note')}: {note}"


def _source(session: Session, outlet: Outlet, source: Source, known: SourceState | None) -> Iterator[str]:
    say = session.say
    by = say("show.found_alone") if source.found else say("show.found_in_file")
    yield f"  {say(f'source.{source.kind}')}, {say(f'grade.{source.grade}')} ({by}): {source.url}"
    if known is None:
        yield f"    {say('show.not_tried')}"
        return
    read = _time(known.last_complete_at)
    yield f"    {say('show.read', at=read, links=known.links) if read else say('show.never_read')}"
    code = problem_of(known)
    if code is not None:
        failures = f" {say('show.failures', count=known.failures)}" if known.failures else ""
        yield f"    {session.problem(code, '')}{failures} {session.next_step(code, outlet.slug)}".rstrip()


def _politeness(session: Session, polite: PolitenessSheet) -> Iterator[str]:
    say = session.say
    for host in polite.hosts:
        yield "  " + say(
            "show.today",
            host=host.host,
            requests=host.requests,
            most=polite.daily_requests,
            size=_size(host.bytes),
            delay=f"{host.delay:g}",
        )
        for line in _answers(session, host):
            yield f"    {line}"
    yield "  " + say("show.days")
    for day in polite.days:
        yield f"    {day.day}  {say('show.day', runs=day.runs, requests=day.requests, size=_size(day.bytes))}"


def _answers(session: Session, host: HostSheet) -> Iterator[str]:
    say = session.say
    if host.crawl_delay is not None:
        yield say("show.crawl_delay", delay=f"{host.crawl_delay:g}")
    if host.robots is None:
        yield say("show.robots_never")
    else:
        yield say(f"show.robots_{host.robots}", since=_time(host.robots_since) or "-")
    if host.last_throttled_at is not None:
        yield say("show.throttled", at=_time(host.last_throttled_at), status=host.last_throttled_status or "-")
    if host.paused_until is not None:
        yield say("show.paused", until=_time(host.paused_until))


def _state(outlet: Outlet, database: Database | None) -> OutletState:
    return OutletStore(database).get(outlet.slug) if database else OutletState(outlet.slug)


def _sources(outlet: Outlet, database: Database | None) -> Iterator[tuple[Source, SourceState | None]]:
    """The outlet's sources, and the sitemaps that an index of them named, with their states."""
    states = {state.url: state for state in SourceStore(database).all(outlet.slug)} if database else {}
    for source in outlet.sources:
        yield source, states.pop(source.url, None)
    for state in states.values():
        if state.parent is not None:
            yield Source("sitemap", state.url, "candidate", found=True), state


def _stamp(moment: datetime | None) -> str | None:
    return stamp(moment) if moment else None


def _plain(value: Any) -> Any:
    return stamp(value) if isinstance(value, datetime) else value


def _day(moment: datetime | None) -> str | None:
    return stamp(moment)[:10] if moment else None


def _time(moment: datetime | None) -> str | None:
    return stamp(moment)[:16].replace("T", " ") if moment else None


def _years(since: int | None, until: int | None) -> str:
    return f" ({since or '...'}-{until or ''})" if since or until else ""


def _size(count: int) -> str:
    if count < KIB:
        return f"{count} B"
    return f"{count / KIB:.0f} KiB" if count < KIB * KIB else f"{count / KIB / KIB:.1f} MiB"
