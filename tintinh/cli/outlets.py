"""The catalogue on the command line: `outlets list|show|check|probe|accept|forget`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, Literal

import typer

from corpus.clock import stamp
from corpus.errors import UsageError
from corpus.provinces import province_2025
from corpus.urls import host_of
from crawler.check import check_outlets
from crawler.fetching.guard import Gate
from crawler.outlet import Outlet
from crawler.override_file import OverrideFile, accept_host, forget, read_overrides
from storage.locks import host_lock
from storage.outlets import OutletState, OutletStore
from tintinh.cli.corpus import ProvinceOption, province_name
from tintinh.cli.live import Output, try_outlets
from tintinh.cli.outlet_sheet import as_json, full_json, sheet
from tintinh.cli.session import OK, PARTLY, Session, Yes, command

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="short name of the outlet")]
StatusOption = Annotated[
    Literal["active", "merged", "ended"] | None, typer.Option("--status", help="active, merged or ended")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    outlets = typer.Typer(help="The newspapers that tintinh knows.", no_args_is_help=True)
    command(outlets, "list")(list_outlets)
    command(outlets, "show")(show)
    command(outlets, "check")(check)
    command(outlets, "probe")(probe)
    command(outlets, "accept")(accept)
    command(outlets, "forget")(forget_found)
    app.add_typer(outlets, name="outlets")


def list_outlets(session: Session, status: StatusOption = None, province: ProvinceOption = None) -> int:
    """List outlets: status, last verified live, sources by grade. A province may bear its old or its present name."""
    wanted = province_name(province)
    database = session.database_if_any()
    states = OutletStore(database).all() if database else {}
    outlets = [
        outlet
        for outlet in session.outlets.values()
        if status in (None, outlet.status) and (wanted is None or wanted in _provinces(outlet))
    ]
    if session.as_json:
        for outlet in outlets:
            session.json(as_json(outlet, states.get(outlet.slug, OutletState(outlet.slug))))
        return OK
    say = session.say
    headings = ("slug", "name", "province", "status", "verified", "sources")
    session.table(
        [say(f"column.{heading}") for heading in headings],
        (_row(session, outlet, states.get(outlet.slug)) for outlet in outlets),
    )
    counts = Counter(outlet.status for outlet in outlets)
    session.note(say("outlets.sum", count=len(outlets), **{key: counts[key] for key in ("active", "merged", "ended")}))
    return OK


def _provinces(outlet: Outlet) -> set[str | None]:
    return {outlet.province, province_2025(outlet.province)}


def _row(session: Session, outlet: Outlet, state: OutletState | None) -> tuple[str, ...]:
    say = session.say
    verified = state.verified_at if state else None
    return (
        outlet.slug,
        outlet.name,
        outlet.province or "-",
        say(f"status.{outlet.status}") + (f" -> {outlet.successor}" if outlet.successor else ""),
        stamp(verified)[:10] if verified else say("outlets.never"),
        ", ".join(
            f"{count} {say(f'grade.{grade}')} ({', '.join(kinds)})" for grade, count, kinds in _grades(session, outlet)
        ),
    )


def _grades(session: Session, outlet: Outlet) -> Iterator[tuple[str, int, list[str]]]:
    for grade in ("confirmed", "candidate", "assumed"):
        kinds = Counter(source.kind for source in outlet.sources if source.grade == grade)
        if kinds:
            named = [session.say(f"source.{kind}") + (f" x{n}" if n > 1 else "") for kind, n in kinds.items()]
            yield grade, kinds.total(), named


def show(session: Session, slug: Slug) -> int:
    """Show all that is known of one outlet, what was found of it, and how gently it is asked."""
    outlet, database = session.outlet(slug), session.database_if_any()
    if session.as_json:
        session.json(full_json(session, outlet, database))
        return OK
    for line in sheet(session, outlet, database):
        session.line(line)
    return OK


def check(session: Session, slugs: Annotated[list[str] | None, typer.Argument(metavar="SLUG")] = None) -> int:
    """Test the rules of outlets (none named: all) against examples, sources and sections, offline. Exit 1 on a finding.

    A broken file of one's own is a finding too.
    """
    broken = [fault for slug in slugs for fault in session.faults_of(slug)] if slugs else session.faults
    left_out = {fault.path.stem for fault in broken}
    outlets = session.outlets
    if slugs:
        outlets = {slug: session.outlet(slug) for slug in slugs if slug in session.outlets or slug not in left_out}
    findings: list[dict[str, Any]] = [
        {"slug": finding.slug, "code": finding.code, "detail": finding.detail} for finding in check_outlets(outlets)
    ]
    findings += [{"slug": f.path.stem, "code": f.code, "detail": f.message} for f in dict.fromkeys(broken)]
    for finding in findings:
        if session.as_json:
            session.json(finding)
        else:
            session.line(f"{finding['slug']}: {finding['detail']}")
    if not session.as_json:
        session.note(session.say("outlets.checked", outlets=len(outlets), findings=len(findings)))
    return PARTLY if findings else OK


def probe(
    session: Session,
    slugs: Annotated[list[str] | None, typer.Argument(metavar="SLUG")] = None,
    output: Output = None,
) -> int:
    """Try outlets live, with at most four requests each: those named, else all of the timetable."""
    return try_outlets(session, slugs or (), output)


def accept(session: Session, slug: Slug, host: Annotated[str, typer.Argument(metavar="HOST")]) -> int:
    """Let a host to which the paper's pages redirect be one of the paper's own."""
    outlet, host = session.outlet(slug), _host(host)
    if not outlet.has_host(host):
        if host not in outlet.proposed_hosts:
            _known(session, slug)
            proposed = ", ".join(outlet.proposed_hosts)
            hint = f"proposed: {proposed}" if proposed else f"name hosts of your own in outlets/{slug}.toml"
            raise UsageError("not_proposed", f"{host!r} was not proposed for {slug}", hint=hint)
        with _alone(session, outlet):
            accept_host(session.overrides, slug, host)
    if session.as_json:
        session.json({"slug": slug, "accepted": host})
    else:
        session.line(session.say("outlets.accepted", slug=slug, host=host))
    return OK


def forget_found(
    session: Session,
    slug: Slug,
    source: Annotated[str | None, typer.Option("--source", help="address of a source that was found")] = None,
    host: Annotated[str | None, typer.Option("--host", help="a host that was proposed or accepted")] = None,
    everything: Annotated[bool, typer.Option("--all", help="all that was found of this outlet")] = False,
    yes: Yes = False,
) -> int:
    """Forget what tintinh found out by itself about an outlet; its file in the catalogue holds again."""
    if sum((source is not None, host is not None, everything)) != 1:
        raise UsageError("usage", "give one of --source URL, --host HOST and --all")
    outlet = session.outlet(slug)
    host = _host(host) if host else None
    what = source or host or f"{slug}.toml"
    file = session.overrides / f"{slug}.toml"
    if not file.is_file():
        raise UsageError("not_found_out", f"nothing was found out about {slug}", hint=f"{file} does not exist")
    if not everything:
        known = _known(session, slug)
        names = [entry.url for entry in known.sources] + [entry.name for entry in known.hosts]
        if what not in names:
            raise UsageError("not_found_out", f"{what!r} was not found out", hint=f"known: {', '.join(names)}")
    if not session.sure(yes, session.say("outlets.forget", slug=slug, what=what)):
        return PARTLY
    with _alone(session, outlet):
        if everything:
            file.unlink(missing_ok=True)  # a broken file goes too
        else:
            forget(session.overrides, slug, source=source, host=host)
    if session.as_json:
        session.json({"slug": slug, "forgotten": what})
    else:
        session.line(session.say("outlets.forgotten", slug=slug, what=what))
    return OK


def _host(text: str) -> str:
    """A host name; of an address its host."""
    return (host_of(text) if "://" in text else text).lower()


def _known(session: Session, slug: str) -> OverrideFile:
    """What was found out about an outlet.

    Raises:
        UsageError: code `outlet_file`: the file is broken; the hint says how to be rid of it.
    """
    try:
        return read_overrides(session.overrides, slug)
    except UsageError as error:
        hint = f"correct it, or `tintinh outlets forget {slug} --all` removes the whole file"
        raise UsageError(error.code, error.message, hint=hint) from error


@contextmanager
def _alone(session: Session, outlet: Outlet) -> Iterator[None]:
    """Hold what a run of this outlet locks: no run writes the same file meanwhile."""
    with ExitStack() as held:
        for name in Gate(outlet, session.config.network.resolve).names():
            lock = host_lock(session.place.data / "locks", name)
            lock.wait(
                lambda owner: session.note(session.say("progress.lock", outlet=outlet.slug, owner=owner or "tintinh"))
            )
            held.callback(lock.release)
        yield
