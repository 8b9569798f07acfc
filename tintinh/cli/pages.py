"""Pages to records: `extract` (a file, an address or JSON lines) and `reextract` (from the archive)."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.clock import HANOI
from corpus.errors import UsageError
from corpus.record import Article, Rejected, to_json
from corpus.urls import BadUrl, canonical_url
from crawler.extraction import Extraction, PageInput, extract
from tintinh.cli.corpus import find_article
from tintinh.cli.crawl import ArticleNames, SeenSince, WholeOutlet, outlet_of_url
from tintinh.cli.session import OK, PARTLY, Session, command
from tintinh.cli.spans import since as since_
from tintinh.looking import look_at
from tintinh.rebuilding import rebuild_articles
from tintinh.reextraction import reextract_articles
from tintinh.wiring import require_contact


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "extract")(extract_page)
    command(app, "reextract")(reextract)


def extract_page(
    session: Session,
    page: Annotated[
        str | None,
        typer.Argument(metavar="FILE|URL", help="a saved page (- is standard input), or an address to fetch"),
    ] = None,
    source: Annotated[str | None, typer.Option("--from", help="JSON lines with html, url, outlet, fetched_at")] = None,
    outlet: Annotated[str | None, typer.Option("--outlet", help="slug of the outlet")] = None,
    url: Annotated[str | None, typer.Option("--url", help="the page's address")] = None,
    fetched_at: Annotated[str | None, typer.Option("--fetched-at", help="when it was fetched (ISO 8601)")] = None,
    as_article: Annotated[
        bool, typer.Option("--as-article", help="skip the question whether it is an article")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="show candidates and decisions")] = False,
) -> int:
    """Turn pages into records without storing them. Exit 1 if any was rejected."""
    if bool(page) == bool(source):
        raise UsageError("usage", "name one FILE or URL, or give --from")
    if outlet is not None:
        session.outlet(outlet)
    given = _Given(outlet, url, fetched_at, as_article)
    if source is not None:
        pages = _from_lines(session, source, given)
    else:
        take = _from_address if "://" in str(page) else _from_file
        pages = iter([take(session, str(page), given)])
    rejected = 0
    for item in pages:
        result = extract(item)
        rejected += isinstance(result.result, Rejected)
        _print(session, result, explain)
    return PARTLY if rejected else OK


class _Given:
    """What the options say; it holds where a line says nothing itself."""

    def __init__(self, outlet: str | None, url: str | None, fetched_at: str | None, force: bool) -> None:
        self.outlet, self.url, self.force = outlet, _address(url), force
        self.fetched_at = None if fetched_at is None else _moment(fetched_at, "--fetched-at")


def _address(url: str | None) -> str | None:
    if url is not None:
        try:
            canonical_url(url)
        except BadUrl as error:
            raise UsageError("url", f"--url {url!r}: {error}", hint="write https://... in full") from error
    return url


def _moment(text: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise UsageError("option", f"{where}: {text!r} is no time", hint="write 2026-01-08T18:21:00+07:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=HANOI)


def _from_file(session: Session, name: str, given: _Given) -> PageInput:
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError("unreadable", f"{name} cannot be read: {error.strerror}") from error
    return _page(session, body, given.outlet, given.url, given.fetched_at, given.force)


def _from_address(session: Session, url: str, given: _Given) -> PageInput:
    outlet = session.outlet(given.outlet) if given.outlet else outlet_of_url(session, url)
    require_contact(session.config, [outlet])
    response = look_at(url, outlet.slug, session.config, session.place)
    headers = {name.lower(): value for name, value in response.headers}
    page = _page(session, response.body, outlet.slug, url, response.fetched_at, given.force)
    return replace(page, content_type=headers.get("content-type"))


def _page(
    session: Session, body: bytes, slug: str | None, url: str | None, fetched_at: datetime | None, force: bool
) -> PageInput:
    return PageInput(
        body=body,
        url=url,
        outlet=session.outlet(slug) if slug else None,
        fetched_at=fetched_at or session.clock(),
        force=force,
        outlets=session.outlets,
    )


def _from_lines(session: Session, source: str, given: _Given) -> Iterator[PageInput]:
    try:
        with contextlib.nullcontext(sys.stdin) if source == "-" else Path(source).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _from_line(session, line, f"{source}, line {number}", given)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("unreadable", f"{source} cannot be read: {error}") from error


def _from_line(session: Session, line: str, where: str, given: _Given) -> PageInput:
    try:
        value = json.loads(line.removeprefix("\ufeff"))
        if not isinstance(value, dict):
            raise ValueError(f"an object is wanted, not {type(value).__name__}")
        html = value.get("html")
        for key in ("html", "url", "outlet", "fetched_at"):
            if not isinstance(value.get(key) or "", str):
                raise ValueError(f"{key!r} must be a text or null")
        if html is None:
            raise ValueError("'html' must be a text")
    except (ValueError, RecursionError) as error:
        raise UsageError("line", f"{where}: {error}", hint='each line is an object with at least "html"') from error
    fetched_at = value.get("fetched_at")
    page = _page(
        session,
        html.encode("utf-8", "surrogatepass"),
        value.get("outlet") or given.outlet,
        value.get("url") or given.url,
        _moment(fetched_at, where) if fetched_at else given.fetched_at,
        bool(value.get("force", given.force)),
    )
    # The line's text was decoded already: what the page says of its charset no longer holds.
    return replace(page, content_type="text/html; charset=utf-8")


def _print(session: Session, result: Extraction, explain: bool) -> None:
    found = result.result
    value = _value(found)
    if explain:
        value["explain"] = result.explain
    if session.as_json or explain:
        session.json(value)
    elif isinstance(found, Rejected):
        session.line(session.say("extract.rejected", reason=found.reason, detail=found.detail))
    else:
        for part in (found.title, found.published.text(), ", ".join(found.authors), found.lead, found.text):
            if part:
                session.line(part + "\n")


def _value(found: Article | Rejected) -> dict[str, Any]:
    if isinstance(found, Rejected):
        return {"rejected": found.reason, "detail": found.detail}
    return to_json(found)


def reextract(
    session: Session,
    names: ArticleNames = None,
    outlet: WholeOutlet = None,
    since: SeenSince = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="store what the archive holds and the database lacks")
    ] = False,
) -> int:
    """Extract stored articles anew from the archive, without fetching. Versions, but never alerts, come of it."""
    if rebuild:
        if names or since:
            raise UsageError("usage", "--rebuild takes all of the archive, or of one --outlet")
        return _rebuild(session, outlet)
    if bool(names) == bool(outlet):
        raise UsageError("usage", "name URLs or ids, or give --outlet")
    if outlet is not None:
        session.outlet(outlet)
    ids = [str(find_article(session, name).id) for name in names or ()]
    start = since_(since, session.clock())
    report = reextract_articles(session.database, session.place, session.outlets, session.clock, ids, outlet, start)
    if session.as_json:
        session.json({"same": report.same, "changed": report.changed, "failed": list(report.failed)})
    else:
        session.line(
            session.say("reextract.report", same=report.same, changed=report.changed, failed=len(report.failed))
        )
        for name in report.failed:
            session.line(f"  {name}")
    return PARTLY if report.failed else OK


def _rebuild(session: Session, outlet: str | None) -> int:
    if outlet is not None:
        session.outlet(outlet)
    # A database that was lost is made anew; without an archive there is nothing to make it from.
    database = session.made_database() if (session.place.data / "archive").is_dir() else session.database
    told = rebuild_articles(database, session.place, session.outlets, session.clock, outlet)
    if session.as_json:
        session.json(asdict(told))
    else:
        session.line(session.say("reextract.rebuilt", **{**asdict(told), "failed": len(told.failed)}))
        for line in told.failed:
            session.line(f"  {line}")
    return PARTLY if told.failed else OK
