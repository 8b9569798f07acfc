"""Reading what is kept: `articles list|show|versions`, `search`, `export`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import typer

from corpus.clock import stamp
from corpus.errors import UsageError, WorkError
from corpus.provinces import known_name
from corpus.record import Article, to_json
from storage.articles import ArticleStore
from storage.export import write_csv, write_jsonl
from storage.search import search
from tintinh.cli.session import FULL, OK, PARTLY, Session, command, unknown_outlet
from tintinh.cli.spans import since as since_
from tintinh.cli.spans import until as until_

OutletOption = Annotated[str | None, typer.Option("--outlet", help="slug of an outlet")]
SinceOption = Annotated[str | None, typer.Option("--since", help="day, time or age (2026-01-08, 7d)")]
UntilOption = Annotated[str | None, typer.Option("--until", help="day, time or age")]
ProvinceOption = Annotated[str | None, typer.Option("--province", help="province, by its old or present name")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="how many at most")]
ArticleName = Annotated[str, typer.Argument(metavar="ID|URL")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    articles = typer.Typer(help="Stored articles: list, show, versions.", no_args_is_help=True)
    command(articles, "list")(list_articles)
    command(articles, "show")(show)
    command(articles, "versions")(versions)
    app.add_typer(articles, name="articles")
    command(app, "search")(search_articles)
    command(app, "export")(export)


def find_article(session: Session, name: str) -> Article:
    """The article of an id or a URL.

    Raises:
        UsageError: code `unknown_article`.
    """
    from corpus.urls import BadUrl, canonical_url
    from crawler.catalogue import outlet_of_host

    store = ArticleStore(session.database)
    found = store.get(name)
    if found is None and "://" in name:
        try:
            canonical = canonical_url(name)
        except BadUrl as error:
            raise UsageError("url", f"{name!r} is no address: {error}") from error
        found = store.by_url(canonical)
        if found is None:
            outlet = outlet_of_host(session.outlets, name.split("/")[2])
            keep = outlet.keep_query if outlet else ()
            found = store.by_url(canonical_url(name, keep_query=keep))
    if found is None:
        raise UsageError("unknown_article", f"{name!r} is not stored", hint="`tintinh articles list` shows ids")
    return found


def province_name(name: str | None) -> str | None:
    """The name of a province as it is stored; marks may be left out.

    Raises:
        UsageError: code `province`.
    """
    if name is None:
        return None
    found = known_name(name)
    if found is None:
        raise UsageError("province", f"there is no province {name!r}", hint="old and present names are known")
    return found


def list_articles(
    session: Session,
    outlet: OutletOption = None,
    province: ProvinceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 20,
) -> int:
    """List stored articles, newest first."""
    _known(session, outlet)
    now = session.clock()
    found = ArticleStore(session.database).listing(
        outlet=outlet, province=province_name(province), since=since_(since, now), until=until_(until, now), limit=limit
    )
    _print_articles(session, found)
    return OK


def show(session: Session, name: ArticleName) -> int:
    """Show one stored article."""
    article = find_article(session, name)
    if session.as_json:
        session.json(to_json(article))
        return OK
    say = session.say
    session.line(article.title)
    session.line(say("article.source", outlet=article.outlet_name, published=article.published.text() or "-"))
    session.line(f"{article.id}  {article.url}")
    if article.removed_at:
        session.line(say("article.removed", at=article.removed_at))
    if article.flags:
        session.line(say("article.flags", flags=", ".join(article.flags)))
    for part in (article.lead, article.text, ", ".join(article.authors)):
        if part:
            session.line("\n" + part)
    return OK


def versions(session: Session, name: ArticleName) -> int:
    """List the versions of one stored article."""
    article = find_article(session, name)
    rows = ArticleStore(session.database).versions(str(article.id))
    if session.as_json:
        for _, _, record in rows:
            session.json(to_json(record))
        return OK
    say = session.say
    session.table(
        (say("column.version"), say("column.seen"), say("column.title"), say("column.length")),
        ((str(number), stamp(seen)[:16], record.title, str(len(record.text))) for number, seen, record in rows),
    )
    return OK


def search_articles(
    session: Session,
    query: Annotated[list[str], typer.Argument()],
    outlet: OutletOption = None,
    limit: LimitOption = 20,
) -> int:
    """Search stored articles: with marks exactly, without marks any marks. Exit 1 if nothing is found."""
    _known(session, outlet)
    found = search(session.database, _as_typed(query), limit=limit, outlet=outlet)
    _print_articles(session, found)
    if not found and not session.as_json:
        session.note(session.say("search.nothing"))
    return OK if found else PARTLY


def _as_typed(words: list[str]) -> str:
    """The search text; an argument with blanks was quoted for the shell, so it is a phrase."""
    return " ".join(f'"{word}"' if " " in word and '"' not in word else word for word in words)


def export(
    session: Session,
    format: Annotated[Literal["jsonl", "csv"], typer.Option("--format", help="jsonl or csv")] = "jsonl",
    since: SinceOption = None,
    until: UntilOption = None,
    outlet: OutletOption = None,
    province: ProvinceOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="file; standard output if left out")] = None,
) -> int:
    """Export the corpus. Publishing others' articles needs the papers' agreement."""
    _known(session, outlet)
    now = session.clock()
    store = ArticleStore(session.database)
    pages = store.pages(
        outlet=outlet, province=province_name(province), since=since_(since, now), until=until_(until, now)
    )
    articles = (article for page in pages for article in page)
    with target(output) as out:
        if format == "csv":
            count = write_csv(articles, out)
        else:
            text = io.TextIOWrapper(out, encoding="utf-8", newline="\n", write_through=True)
            count = write_jsonl(articles, text)
            text.detach()
    session.note(session.say("export.done", count=count))
    return OK


def _known(session: Session, outlet: str | None) -> None:
    if outlet is not None and outlet not in session.outlets:
        raise unknown_outlet(outlet, session.outlets)


def _print_articles(session: Session, articles: list[Article]) -> None:
    if session.as_json:
        for article in articles:
            session.json(to_json(article))
        return
    if not articles:
        return
    say = session.say
    headings: tuple[Any, ...] = (say("column.published"), say("column.outlet"), say("column.title"), say("column.id"))
    session.table(
        headings,
        (
            ((a.published.text() or "-")[:16].replace("T", " "), a.outlet_name or "-", a.title, a.id or "-")
            for a in articles
        ),
    )


@contextmanager
def target(path: Path | None) -> Iterator[BinaryIO]:
    """A file to write (None: standard output) that appears under its name only when it is whole.

    Raises:
        WorkError: code `cannot_write`, or `disk_full`.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    except OSError as error:
        code = "disk_full" if error.errno in FULL else "cannot_write"
        raise WorkError(code, f"{path}: {error.strerror}", hint="choose another file or free some space") from error
    finally:
        part.unlink(missing_ok=True)
