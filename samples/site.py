"""A paper's site as a pure function: edition and path in, reply out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from samples.edition import Edition, Shown
from samples.markup.families import family_of
from samples.markup.family import Family, absolute
from samples.markup.feeds import rss
from samples.press import Paper, Section

_HTML = "text/html; charset=utf-8"
_SHELVES = ("/tu-khoa/", "/tag/", "/chuyende/", "/chuyen-de/", "/chu-de/")
"""Pages of tags and dossiers: lists that are neither section nor article."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: `etag` is quoted, `modified` is aware; None where the server sends no such validator."""

    status: int
    content_type: str
    body: bytes
    etag: str | None = None
    modified: datetime | None = None

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The response's headers without its length."""
        lines = [("Content-Type", self.content_type)]
        if self.etag:
            lines.append(("ETag", self.etag))
        if self.modified:
            lines.append(("Last-Modified", _http_date(self.modified)))
        return tuple(lines)


def article_url(paper: Paper, shown: Shown) -> str:
    """The public address of an article."""
    return absolute(paper, family_of(paper).article_path(shown.article, shown.published))


def list_paths(paper: Paper, section: str) -> frozenset[str]:
    """All paths (pages and feeds) on which a new article of that section is listed."""
    family = family_of(paper)
    feeds = {path for path, of in family.feeds(paper).items() if of is None or of.slug == section}
    return frozenset({"/", family.section_path(paper.section(section)), *feeds})


def reply_to(edition: Edition, path: str) -> Reply:
    """The full reply to a GET of `path` (a query is ignored, as these systems do)."""
    paper, path = edition.paper, path.partition("?")[0]
    family = family_of(paper)
    if path == "/robots.txt":
        return Reply(200, "text/plain; charset=utf-8", family.robots(paper).encode())
    feeds = family.feeds(paper)
    if path in feeds:
        return _feed(edition, family, feeds[path])
    pages: dict[str, Section | None] = {"/": None, **{family.section_path(s): s for s in paper.sections}}
    if path in pages:
        return _page(edition, family, family.list_page(edition, pages[path]))
    for shown in edition.articles:
        if path == family.article_path(shown.article, shown.published):
            return _article(edition, family, shown)
    if path.casefold().startswith(_SHELVES) or "-event" in path:
        return _page(edition, family, family.list_page(edition, None))
    missing = family.plain_page(edition, "Không tìm thấy trang", "Địa chỉ bạn tìm không có hoặc đã thay đổi.")
    return Reply(404, _HTML, missing.encode())


def not_modified(reply: Reply, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether a conditional request is answered with 304 (the ETag decides where both are sent)."""
    if reply.status != 200:
        return False
    if if_none_match and reply.etag:
        return reply.etag in if_none_match
    if if_modified_since and reply.modified:
        try:
            return reply.modified.replace(microsecond=0) <= parsedate_to_datetime(if_modified_since)
        except ValueError:
            return False
    return False


def _feed(edition: Edition, family: Family, section: Section | None) -> Reply:
    cdata = edition.paper.family != "zce"
    body = rss(edition, section, family.article_path, cdata=cdata, dates=edition.paper.family != "1cdn")
    return _validated(edition, family, Reply(200, "application/rss+xml; charset=utf-8", body.encode()))


def _article(edition: Edition, family: Family, shown: Shown) -> Reply:
    if shown.removed:
        gone = family.plain_page(edition, "Bài viết đã được gỡ", "Tòa soạn đã gỡ bài viết này.")
        return Reply(410, _HTML, gone.encode())
    return _page(edition, family, family.article_page(edition, shown))


def _page(edition: Edition, family: Family, body: str) -> Reply:
    return _validated(edition, family, Reply(200, _HTML, body.encode()))


def _validated(edition: Edition, family: Family, reply: Reply) -> Reply:
    """With the family's validators. Even an article's page changes with the lists: they fill the boxes beside it."""
    etag = f'"{hashlib.sha256(reply.body).hexdigest()[:20]}"' if "etag" in family.validators else None
    modified = edition.changed_at() if "last-modified" in family.validators else None
    return replace(reply, etag=etag, modified=modified)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
