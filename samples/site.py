"""A paper's site as a pure function: edition and path in, reply out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal

from samples.edition import Edition, Shown
from samples.markup.families import family_of
from samples.markup.family import Document, Family, absolute
from samples.markup.feeds import feed
from samples.press import Paper, Section

_HTML = "text/html; charset=utf-8"
_SHELVES = ("/tu-khoa/", "/tag/", "/chuyende/", "/chuyen-de/", "/chu-de/")
"""Pages of tags and dossiers: lists that are neither section nor article."""


Ending = Literal["whole", "cut", "reset"]
"""How a reply ends: as it should, after half of its body, or before its first byte (the connection is reset)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: `etag` is quoted, `modified` is aware; None where the server sends no such validator.

    `more` are further headers, `held` seconds pass before it is sent.
    """

    status: int
    content_type: str
    body: bytes
    etag: str | None = None
    modified: datetime | None = None
    more: tuple[tuple[str, str], ...] = ()
    held: float = 0.0
    ending: Ending = "whole"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The response's headers without its length."""
        lines = [("Content-Type", self.content_type)]
        if self.etag:
            lines.append(("ETag", self.etag))
        if self.modified:
            lines.append(("Last-Modified", _http_date(self.modified)))
        return (*lines, *self.more)


def article_url(paper: Paper, shown: Shown) -> str:
    """The public address of an article."""
    return absolute(paper, family_of(paper).article_path(shown.article, shown.published))


def list_paths(paper: Paper, section: str) -> frozenset[str]:
    """All targets (pages, feeds, sitemaps, JSON listings) on which a new article of that section is listed."""
    return family_of(paper).lists(paper, paper.section(section))


def reply_to(edition: Edition, target: str, host: str | None = None) -> Reply:
    """The full reply to a GET of `target` at a host of the paper (None: its main one).

    A query is ignored but for the parameters that the paper's family needs.
    """
    paper, host = edition.paper, host or edition.paper.host
    family = family_of(paper)
    target = family.normal(target)
    if target == "/robots.txt" and host == paper.host:
        return Reply(200, "text/plain; charset=utf-8", family.robots(paper).encode())
    makers = {url.removeprefix("https://"): make for url, make in family.documents(edition).items()}
    if make := makers.get(f"{host}{target}"):
        return _document(edition, family, make())
    found = _of_the_paper(edition, family, target) if host == paper.host else None
    if found is not None:
        return found
    missing = family.plain_page(edition, "Không tìm thấy trang", "Địa chỉ bạn tìm không có hoặc đã thay đổi.")
    return Reply(404, _HTML, missing.encode())


def _of_the_paper(edition: Edition, family: Family, target: str) -> Reply | None:
    """A feed, a list, an article; None: there is nothing."""
    feeds = family.feeds(edition.paper)
    if target in feeds:
        return _feed(edition, family, feeds[target])
    for section in (None, *edition.paper.sections):
        for page in range(1, family.page_count(edition, section) + 1):
            if target == family.normal(family.page_path(section, page)):
                return _page(edition, family, family.list_page(edition, section, page))
    for shown in edition.articles:
        if target == family.normal(family.article_path(shown.article, shown.published)):
            return _article(edition, family, shown)
    if target.casefold().startswith(_SHELVES) or "-event" in target:
        return _page(edition, family, family.list_page(edition, None))
    return None


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
    content_type, body = feed(edition, section, family.article_path, family.feed_style)
    return _validated(edition, family, Reply(200, content_type, body.encode()))


def _document(edition: Edition, family: Family, made: Document | str) -> Reply:
    if isinstance(made, str):
        return _page(edition, family, made)
    return _validated(edition, family, Reply(200, made.content_type, made.body))


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
