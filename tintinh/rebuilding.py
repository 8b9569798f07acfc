"""Articles rebuilt from the archive alone, where the database was lost or lacks them: silent, and without fetching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.clock import Clock
from corpus.errors import WorkError
from corpus.record import ArchivePosition, Article, Rejected
from corpus.urls import host_of
from crawler.catalogue import outlet_of_host
from crawler.extraction import PageInput, extract
from crawler.judging import TLS_UNVERIFIED, ParseTimeout, within
from crawler.outlet import Outlet
from storage.archive import Archive, ArchivedResponse
from storage.archive_files import archive_files, responses
from storage.articles import ArticleStore
from storage.database import Database
from storage.sink import Sink, Submission
from tintinh.config import Place

PARSE_SECONDS = 20.0
PAGE_STATUS = (200, 203)


@dataclass(slots=True)
class Rebuilt:
    """What came of it. `known`: responses whose article is stored as they have it, or later; `rejected`: no articles.

    `failed` holds a line for each response or file that could not be used.
    """

    new: int = 0
    changed: int = 0
    known: int = 0
    rejected: int = 0
    failed: list[str] = field(default_factory=list)


def rebuild_articles(
    database: Database, place: Place, outlets: Mapping[str, Outlet], clock: Clock, outlet: str | None
) -> Rebuilt:
    """Go through the archive from its oldest response on and store what the database lacks.

    Each later response of an article becomes a version where the text changed. An article that is stored already
    is only brought forward, never back. Nobody is alerted.

    Args:
        outlet: slug of one outlet; None: all that the archive holds.
    """
    archive, sink, store = Archive(place.data / "archive"), Sink(database, clock), ArticleStore(database)
    told = Rebuilt()
    for file in archive_files(archive.folder, outlet):
        if file.outlet not in outlets:
            told.failed.append(f"{file.name}: there is no outlet {file.outlet!r} in the catalogue")
            continue
        try:
            for position, response in responses(archive, file):
                if isinstance(response, WorkError):
                    told.failed.append(response.message)
                else:
                    _take(response, position, outlets, sink, store, told)
        except WorkError as error:
            if error.code != "archive_missing":
                raise
            told.failed.append(error.message)
    return told


def _take(
    response: ArchivedResponse,
    position: ArchivePosition,
    outlets: Mapping[str, Outlet],
    sink: Sink,
    store: ArticleStore,
    told: Rebuilt,
) -> None:
    outlet = outlet_of_host(outlets, host_of(response.url))
    if outlet is None:
        told.failed.append(f"{position.file} at byte {position.offset}: {response.url[:200]!r} is of no known outlet")
        return
    if response.status not in PAGE_STATUS:
        told.rejected += 1
        return
    found = _extracted(response, outlet, outlets)
    if isinstance(found, Rejected):
        told.rejected += 1
        return
    own = found.canonical_url or ""
    also = outlet.other_addresses(own)
    stored = (store.by_url(url) for url in (own, *also))
    if any(article is not None and article.fetched_at >= found.fetched_at for article in stored):
        told.known += 1
        return
    decision = sink.store(Submission.extracted_anew(found.with_(archive=position), also))
    told.new += decision == "new"
    told.changed += decision == "changed"
    told.known += decision == "same"


def _extracted(response: ArchivedResponse, outlet: Outlet, outlets: Mapping[str, Outlet]) -> Article | Rejected:
    types = [value for name, value in response.headers if name.lower() == "content-type"]
    page = PageInput(
        body=response.body,
        url=response.url,
        outlet=outlet,
        fetched_at=response.fetched_at,
        content_type=types[0] if types else None,
        outlets=outlets,
    )
    try:
        found = within(PARSE_SECONDS, lambda: extract(page).result)
    except ParseTimeout:
        return Rejected("too_complex", f"extraction took more than {PARSE_SECONDS:g} s")
    if isinstance(found, Article) and outlet.tls == "unverified":
        return found.with_(flags=(*found.flags, TLS_UNVERIFIED))
    return found
