"""The article record and its JSON form, `tintinh-article/1` (docs/corpus-format.md, article.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Literal

from corpus.clock import HANOI, parse_stamp, stamp

SCHEMA = "tintinh-article/1"

Precision = Literal["minute", "day", "none"]
DateSource = Literal["selector", "jsonld", "meta", "visible", "listing"]
ExtractorPath = Literal["selectors", "whole"]

REJECTION_REASONS = frozenset(
    {
        "section", "tag", "search", "home", "error", "cookie_gate", "challenge", "same_text",
        "video_list", "epaper", "no_text", "no_title", "encoding", "too_complex",
    }
)  # fmt: skip
"""Why a page is no article: a closed list. A soft 404 is `error`."""


@dataclass(frozen=True, slots=True)
class Published:
    """When the paper says it published. With precision `day`, `at` is midnight of that day in Hà Nội."""

    at: datetime | None = None
    precision: Precision = "none"
    source: DateSource | None = None
    raw: str | None = None

    def text(self) -> str | None:
        """`2026-01-08` for a day, RFC 3339 for a minute, None for none."""
        if self.at is None:
            return None
        if self.precision == "day":
            return self.at.astimezone(HANOI).date().isoformat()
        return stamp(self.at)


@dataclass(frozen=True, slots=True)
class Caption:
    """A picture's caption, once, with its credit apart."""

    text: str
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class Extractor:
    """Who extracted the record, and which way: cut by selectors, or from the whole page."""

    name: str
    version: str
    path: ExtractorPath


@dataclass(frozen=True, slots=True)
class ArchivePosition:
    """Where the raw response lies: WARC file relative to the archive folder, byte offset and length."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Article:
    """The stored record. Times are aware; unknown is None, lists are empty; text is NFC as the paper wrote it."""

    id: str | None
    url: str | None
    canonical_url: str | None
    outlet: str | None
    outlet_name: str | None
    province: str | None
    province_2025: str | None
    title: str
    kicker: str | None
    lead: str | None
    dateline: str | None
    text: str
    authors: tuple[str, ...]
    byline: str | None
    captions: tuple[Caption, ...]
    section: str | None
    tags: tuple[str, ...]
    language: str | None
    published: Published
    modified_at: datetime | None
    first_seen_at: datetime
    fetched_at: datetime
    removed_at: datetime | None
    version: int
    content_hash: str
    story: str | None
    agency: str | None
    flags: tuple[str, ...]
    extractor: Extractor
    archive: ArchivePosition | None

    def with_(self, **changes: Any) -> Article:
        """A copy with some fields changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that is no article: `reason` from REJECTION_REASONS, `detail` in English for a log."""

    reason: str
    detail: str


def to_json(article: Article) -> dict[str, Any]:
    """The record as a JSON object with every key of the format, in its order."""
    return {
        "schema": SCHEMA,
        "id": article.id,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "outlet": article.outlet,
        "outlet_name": article.outlet_name,
        "province": article.province,
        "province_2025": article.province_2025,
        "title": article.title,
        "kicker": article.kicker,
        "lead": article.lead,
        "dateline": article.dateline,
        "text": article.text,
        "authors": list(article.authors),
        "byline": article.byline,
        "captions": [{"text": c.text, "credit": c.credit} for c in article.captions],
        "section": article.section,
        "tags": list(article.tags),
        "language": article.language,
        "published": {
            "at": article.published.text(),
            "precision": article.published.precision,
            "source": article.published.source,
            "raw": article.published.raw,
        },
        "modified_at": _stamp_or_none(article.modified_at),
        "first_seen_at": stamp(article.first_seen_at),
        "fetched_at": stamp(article.fetched_at),
        "removed_at": _stamp_or_none(article.removed_at),
        "version": article.version,
        "content_hash": article.content_hash,
        "story": article.story,
        "agency": article.agency,
        "flags": list(article.flags),
        "extractor": {
            "name": article.extractor.name,
            "version": article.extractor.version,
            "path": article.extractor.path,
        },
        "archive": _archive_json(article.archive),
    }


def from_json(value: Mapping[str, Any]) -> Article:
    """Read a record that `to_json` wrote.

    Raises:
        KeyError, ValueError, TypeError: not a record of this format.
    """
    if value["schema"] != SCHEMA:
        raise ValueError(f"schema is {value['schema']!r}, expected {SCHEMA!r}")
    archive = value["archive"]
    return Article(
        **{key: value[key] for key in _PLAIN},
        authors=tuple(value["authors"]),
        tags=tuple(value["tags"]),
        flags=tuple(value["flags"]),
        captions=tuple(Caption(c["text"], c["credit"]) for c in value["captions"]),
        published=published_from_json(value["published"]),
        modified_at=_parse_or_none(value["modified_at"]),
        first_seen_at=parse_stamp(value["first_seen_at"]),
        fetched_at=parse_stamp(value["fetched_at"]),
        removed_at=_parse_or_none(value["removed_at"]),
        extractor=Extractor(**value["extractor"]),
        archive=ArchivePosition(**archive) if archive else None,
    )


def published_from_json(value: Mapping[str, Any]) -> Published:
    """Read the `published` object of a record."""
    at = value["at"]
    if at is None:
        moment = None
    elif value["precision"] == "day":
        moment = datetime.combine(date.fromisoformat(at), time(), HANOI)
    else:
        moment = parse_stamp(at)
    return Published(moment, value["precision"], value["source"], value["raw"])


_PLAIN = (
    "id", "url", "canonical_url", "outlet", "outlet_name", "province", "province_2025", "title", "kicker",
    "lead", "dateline", "text", "byline", "section", "language", "version", "content_hash", "story", "agency",
)  # fmt: skip


def _stamp_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _parse_or_none(text: str | None) -> datetime | None:
    return None if text is None else parse_stamp(text)


def _archive_json(position: ArchivePosition | None) -> dict[str, Any] | None:
    if position is None:
        return None
    return {"file": position.file, "offset": position.offset, "length": position.length}
