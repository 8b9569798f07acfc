"""`doctor --live` and `outlets probe`: try outlets on the net and tell it as one table that fits into a mail."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from corpus.clock import stamp
from tintinh import __version__
from tintinh.cli.corpus import target
from tintinh.cli.session import ALL_FAILED, OK, PARTLY, PlainConsole, Session
from tintinh.messages import knows
from tintinh.probing import Probed, clock_error, no_network, probe_all
from tintinh.wiring import make_supervisor, require_contact, timetabled

Output = Annotated[Path | None, typer.Option("--output", "-o", help="write the table (or the JSON lines) here too")]

COLUMNS = ("dns", "tls", "robots", "front", "links", "article", "clock_offset", "requests")


def try_outlets(session: Session, slugs: Sequence[str], output: Path | None) -> int:
    """Probe these outlets (none given: all of the timetable) and tell how each of them is.

    Exit 1 if one failed, or this machine's clock seems wrong; 4 if all failed.
    """
    wanted = list(dict.fromkeys(slugs)) or timetabled(session.config, session.place, session.outlets)
    outlets = [session.outlet(slug) for slug in wanted]
    require_contact(session.config, outlets)
    session.note(session.say("data.folder", folder=session.place.data))
    session.tell_faults()
    session.made_database().close()  # a broken or newer database is told before anything is fetched
    if output is None:
        results = _probe(session, wanted)
    else:
        with target(output) as file:  # a file that cannot be written is told before anything is fetched
            results = _probe(session, wanted)
            file.write("".join(f"{line}\n" for line in _told(session, results)).encode())
    for line in _told(session, results):
        session.line(line)
    clock = clock_error(results)
    if session.as_json:
        session.note(_sum(session, results))
        if clock is not None:
            session.note(_clock(session, clock))
        if _no_network(results):
            session.note(session.say("live.no_network"))
    failed = sum(not result.ok for result in results)
    if failed and failed == len(results):
        return ALL_FAILED
    return PARTLY if failed or clock is not None else OK


def _told(session: Session, results: Sequence[Probed]) -> Iterator[str]:
    if not session.as_json:
        yield from report(session, results)
        return
    for result in results:
        yield json.dumps(as_json(session, result), ensure_ascii=False)


def _probe(session: Session, slugs: Sequence[str]) -> list[Probed]:
    supervisor = make_supervisor(session.config, session.place)
    with _progress(session, len(slugs)) as (step, done):
        return asyncio.run(probe_all(supervisor, slugs, step, done))


@contextmanager
def _progress(session: Session, total: int) -> Iterator[tuple[Any, Any]]:
    """How far it is: a bar on a terminal, else a line for each outlet that is done."""
    if not sys.stderr.isatty():
        count = 0

        def line(result: Probed) -> None:
            nonlocal count
            count += 1
            session.note(f"[{count}/{total}] {result.slug}: {result.state}")

        yield (lambda _event: None), line
        return
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=PlainConsole(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def step(event: dict[str, Any]) -> None:
            key = f"progress.{event.get('step')}"
            if knows(session.language, key):
                bar.update(task, description=session.say(key, **{"url": "", "owner": "", **event}))

        yield step, lambda result: bar.update(task, advance=1, description=f"{result.slug}: {result.state}")


def as_json(session: Session, result: Probed) -> dict[str, Any]:
    """One outlet's probe as a JSON object: `outlet`, `name`, `state`, what was found, and both sentences or null."""
    value = {"outlet": result.slug, "name": session.outlets[result.slug].name, "state": result.state, **result.found}
    if result.ok:
        return {**value, "message": None, "next": None}
    message, step = session.problem(result.state, result.detail), session.next_step(result.state, result.slug)
    return {**value, "message": message, "next": step or None}


def report(session: Session, results: Sequence[Probed]) -> Iterator[str]:
    """The lines of the table, and what to do about each outlet that failed; plain text, fit for a mail."""
    say = session.say
    yield f"tintinh {__version__}, {stamp(session.clock())[:16].replace('T', ' ')}"
    headings = (say("column.outlet"), *(say(f"live.{name}") for name in COLUMNS), say("column.state"))
    rows = [headings, *((result.slug, *_cells(result), result.state) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield _sum(session, results)
    clock = clock_error(results)
    if clock is not None:
        yield _clock(session, clock)
    if _no_network(results):
        yield say("live.no_network")
    for result in results:
        if not result.ok:
            name = session.outlets[result.slug].name
            yield f"{result.slug} ({name}): {session.problem(result.state, result.detail)}"
            if step := session.next_step(result.state, result.slug):
                yield f"  -> {step}"


def _cells(result: Probed) -> Iterator[str]:
    for name in COLUMNS:
        value = result.found[name]
        if value is None:
            yield "-"
        elif name == "article":
            yield value.get("problem") or "ok"
        elif name == "clock_offset":
            yield f"{value:+.0f} s"
        else:
            yield str(value)


def _sum(session: Session, results: Sequence[Probed]) -> str:
    well = sum(result.ok for result in results)
    requests = sum(result.found["requests"] or 0 for result in results)
    return session.say("live.sum", outlets=len(results), well=well, failed=len(results) - well, requests=requests)


def _no_network(results: Sequence[Probed]) -> bool:
    return no_network([[] if result.ok else [(result.state, result.detail)] for result in results])


def _clock(session: Session, seconds: float) -> str:
    key = "live.clock_ahead" if seconds > 0 else "live.clock_behind"
    return session.say(key, minutes=f"{abs(seconds) / 60:.0f}")
