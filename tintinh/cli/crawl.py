"""On demand: `crawl` and `recrawl`. They use the same workers as the daemon and wait for a host that is in use."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from alerts.intake import IntakeResult
from corpus.errors import LockHeld, UsageError
from corpus.urls import BadUrl, canonical_url, host_of
from crawler.catalogue import outlet_of_host
from crawler.job import Job, Report
from crawler.outlet import Outlet
from storage.articles import ArticleStore
from storage.links import LinkStore
from tintinh.cli.corpus import find_article
from tintinh.cli.session import ALL_FAILED, OK, PARTLY, Session, command
from tintinh.cli.spans import since as since_
from tintinh.messages import knows
from tintinh.probing import no_network
from tintinh.wiring import make_supervisor, require_contact, run_intake_once, timetabled

ArticleNames = Annotated[list[str] | None, typer.Argument(metavar="URL|ID")]
WholeOutlet = Annotated[str | None, typer.Option("--outlet", help="all stored articles of this outlet ...")]
SeenSince = Annotated[str | None, typer.Option("--since", help="... seen since a day, a time or an age")]
_ID = re.compile(r"[a-z0-9-]+:[a-z0-9]+:[^/\s]+")
FAILED = {"failed", "killed", "refused"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "crawl")(crawl)
    command(app, "recrawl")(recrawl)


def crawl(session: Session, outlets: Annotated[list[str] | None, typer.Argument(metavar="OUTLET")] = None) -> int:
    """Crawl outlets once, now: all of the timetable if none is named."""
    slugs = outlets or timetabled(session.config, session.place, session.outlets)
    for slug in slugs:
        session.outlet(slug)
    return _run(session, [Job(_run_id(), slug, wait=True) for slug in slugs])


def recrawl(
    session: Session,
    names: ArticleNames = None,
    outlet: WholeOutlet = None,
    since: SeenSince = None,
) -> int:
    """Fetch articles again now; an unknown URL of a known outlet is fetched and stored."""
    if bool(names) == bool(outlet):
        raise UsageError("usage", "name URLs or ids, or give --outlet with --since")
    if outlet is not None:
        urls = _stored_urls(session, outlet, since)
        if not urls:
            session.note(session.say("search.nothing"))
            return PARTLY
        return _run(session, [Job(_run_id(), outlet, "urls", tuple(urls), wait=True)])
    by_outlet: dict[str, list[str]] = {}
    for name in names or ():
        slug, url = _locate(session, name)
        by_outlet.setdefault(slug, []).append(url)
    return _run(session, [Job(_run_id(), slug, "urls", tuple(urls), wait=True) for slug, urls in by_outlet.items()])


def _run_id() -> str:
    return uuid.uuid4().hex[:12]


def _stored_urls(session: Session, slug: str, since: str | None) -> list[str]:
    session.outlet(slug)
    if since is None:
        raise UsageError("usage", "--outlet needs --since", hint="for example --since 2d")
    pages = ArticleStore(session.database).pages(outlet=slug, since=since_(since, session.clock()))
    return [str(article.url) for page in pages for article in page]


def _locate(session: Session, name: str) -> tuple[str, str]:
    """The outlet and URL of a name: a URL of a known host, or the id of a stored article."""
    if "://" in name:
        return outlet_of_url(session, name).slug, name
    if not _ID.fullmatch(name):
        raise UsageError("unknown_article", f"{name!r} is neither an http(s) address nor an article's id")
    article = find_article(session, name)
    return str(article.outlet), str(article.url)


def outlet_of_url(session: Session, url: str) -> Outlet:
    """The outlet that an address belongs to.

    Raises:
        UsageError: code `unknown_host`.
    """
    outlet = outlet_of_host(session.outlets, host_of(url))
    if outlet is None:
        raise UsageError(
            "unknown_host",
            f"{url} is on no host of a known outlet",
            hint="`tintinh outlets list` shows them; add your own as README.md says",
        )
    return outlet


def _run(session: Session, jobs: Sequence[Job]) -> int:
    require_contact(session.config, [session.outlets[job.outlet] for job in jobs])
    session.note(session.say("data.folder", folder=session.place.data))
    session.tell_faults()
    session.made_database()  # a broken or newer database is told before anything is fetched
    reports = asyncio.run(_crawl_all(session, jobs))
    intake = _intake(session)
    codes = [_tell_report(session, job, report) for job, report in zip(jobs, reports, strict=True)]
    failures = [[(p.code, p.detail) for p in r.problems] if r.outcome in FAILED else [] for r in reports]
    if no_network(failures):
        session.note(session.say("live.no_network"))
    _tell_intake(session, intake)
    if all(code == ALL_FAILED for code in codes):
        return ALL_FAILED
    return PARTLY if any(codes) else OK


async def _crawl_all(session: Session, jobs: Sequence[Job]) -> list[Report]:
    supervisor = make_supervisor(session.config, session.place)

    def progress(event: dict[str, Any]) -> None:
        key = f"progress.{event.get('step')}"
        if not session.as_json and knows(session.language, key):
            session.note(session.say(key, **{"url": "", "owner": "", **event}))

    try:
        return list(await asyncio.gather(*(supervisor.run(job, progress) for job in jobs)))
    finally:
        await supervisor.stop()


def _intake(session: Session) -> IntakeResult | None:
    try:
        return run_intake_once(session.database, session.place, session.clock)
    except LockHeld:
        return None


def _tell_report(session: Session, job: Job, report: Report) -> int:
    """Tell how a run ended, and what became of each URL that was named; gives the exit code of this run alone."""
    fates = [_fate(session, job.outlet, url) for url in job.urls]
    if session.as_json:
        problems = [{"code": p.code, "url": p.url, "detail": p.detail} for p in report.problems]
        value = {"run": report.run, "outlet": report.outlet, "outcome": report.outcome, "stats": report.stats}
        session.json({**value, "problems": problems, "urls": fates})
    else:
        _print_report(session, report, fates)
    if report.outcome in FAILED:
        return ALL_FAILED
    if not job.urls:
        return OK
    lost = sum(fate["state"] not in ("stored", "rejected") for fate in fates)
    if lost == len(fates):
        return ALL_FAILED
    return OK if all(fate["state"] == "stored" for fate in fates) else PARTLY


def _fate(session: Session, slug: str, url: str) -> dict[str, Any]:
    """What is known of a URL now: its link's state (stored, rejected, gone, pending ...) and the reason."""
    try:
        canonical = canonical_url(url, keep_query=session.outlets[slug].keep_query)
    except BadUrl as error:
        return {"url": url, "state": "unknown", "reason": str(error)}
    link = LinkStore(session.database).get(slug, canonical)
    if link is None:
        return {"url": url, "state": "unknown", "reason": None}
    return {"url": url, "state": link.state, "reason": link.reason}


def _print_report(session: Session, report: Report, fates: Sequence[dict[str, Any]]) -> None:
    say, stats = session.say, {key: report.stats.get(key, 0) for key in ("new", "changed", "same", "removed", "failed")}
    session.line(say("crawl.report", outlet=report.outlet, outcome=say(f"outcome.{report.outcome}"), **stats))
    for problem in report.problems:
        session.line(f"  {session.problem(problem.code, problem.detail)}" + (f" {problem.url}" if problem.url else ""))
    # The same step once, however many pages need it.
    for step in dict.fromkeys(session.next_step(problem.code, report.outlet) for problem in report.problems):
        if step:
            session.line(f"    -> {step}")
    for fate in fates:
        reason = f" ({fate['reason']})" if fate["reason"] else ""
        session.line(f"  {fate['url']}: {say('link.' + fate['state'])}{reason}")


def _tell_intake(session: Session, result: IntakeResult | None) -> None:
    if result is None:
        session.note(session.say("crawl.daemon_does_it"))
    elif result.alerts:
        session.note(session.say("crawl.alerts_wait", count=result.alerts))
