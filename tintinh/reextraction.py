"""Stored articles extracted anew from the archive, without fetching: versions where something changed, no alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from corpus.clock import Clock
from corpus.errors import WorkError
from corpus.record import Article, Rejected
from crawler.extraction import PageInput, extract
from crawler.judging import TLS_UNVERIFIED
from crawler.outlet import Outlet
from storage.archive import Archive
from storage.articles import ArticleStore
from storage.database import Database
from storage.sink import Sink, Submission
from tintinh.config import Place

FETCH_FLAGS = frozenset({TLS_UNVERIFIED})
"""What the fetch said of a page and no extraction can know."""


@dataclass(frozen=True, slots=True)
class Reextraction:
    """How many records stayed the same or changed; `failed` holds a line for each that could not be redone."""

    same: int
    changed: int
    failed: tuple[str, ...]


def reextract_articles(
    database: Database,
    place: Place,
    outlets: Mapping[str, Outlet],
    clock: Clock,
    ids: Sequence[str],
    outlet: str | None,
    since: datetime | None,
) -> Reextraction:
    """Extract the named articles, or all of an outlet seen since a time, from their archived responses."""
    archive = Archive(place.data / "archive")
    sink = Sink(database, clock)
    same, changed, failed = 0, 0, []
    for article in _chosen(database, ids, outlet, since):
        try:
            new = _again(article, archive, outlets)
        except WorkError as error:
            failed.append(f"{article.id}: {error.message}")
            continue
        if isinstance(new, Rejected):
            failed.append(f"{article.id}: {new.reason}: {new.detail}")
            continue
        decision = sink.store(Submission.extracted_anew(new))
        same += decision == "same"
        changed += decision != "same"
    return Reextraction(same, changed, tuple(failed))


def _chosen(database: Database, ids: Sequence[str], outlet: str | None, since: datetime | None) -> Iterator[Article]:
    store = ArticleStore(database)
    if outlet is None:
        named: Iterable[Article | None] = (store.get(id_) for id_ in ids)
        yield from (article for article in named if article is not None)
        return
    for page in store.pages(outlet=outlet, since=since):
        yield from page


def _again(article: Article, archive: Archive, outlets: Mapping[str, Outlet]) -> Article | Rejected:
    if article.archive is None:
        return Rejected("no_text", "its response was not archived")
    response = archive.read(article.archive)
    headers = {name.lower(): value for name, value in response.headers}
    page = PageInput(
        body=response.body,
        url=article.url,
        outlet=outlets.get(str(article.outlet)),
        fetched_at=response.fetched_at,
        content_type=headers.get("content-type"),
        # A date that only the listing gave is not in the page: it must not get lost.
        hint_published=article.published.at if article.published.source == "listing" else None,
        force=True,
        outlets=outlets,
    )
    result = extract(page).result
    if isinstance(result, Rejected):
        return result
    kept = [flag for flag in article.flags if flag in FETCH_FLAGS and flag not in result.flags]
    return result.with_(id=article.id, archive=article.archive, flags=(*result.flags, *kept))
