"""What the markup of a family must offer, and the pieces that several families share. Everything is pure."""

from __future__ import annotations

import hashlib
import html
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from corpus.clock import HANOI
from samples.edition import Edition, Shown
from samples.press import Paper, SampleArticle, Section

Validator = Literal["etag", "last-modified"]

WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


class Family(Protocol):
    """The markup of one CMS: addresses, pages, feeds. Paths begin with a slash; pages are whole documents."""

    validators: frozenset[Validator]
    """Which validators the family's servers send with a page."""

    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """Where the article stands."""
        ...

    def section_path(self, section: Section) -> str:
        """Where the section's page stands."""
        ...

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """Feed paths, each with its section (None: the whole paper)."""
        ...

    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""
        ...

    def list_page(self, edition: Edition, section: Section | None) -> str:
        """A section's page, or the front page (None)."""
        ...

    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of furniture and one sentence: not found, gone, a tool."""
        ...

    def robots(self, paper: Paper) -> str:
        """The paper's robots.txt."""
        ...


def esc(text: str) -> str:
    """Text or attribute value, escaped."""
    return html.escape(text, quote=True)


def written(text: str, quirks: frozenset[str]) -> str:
    """Escaped text with the oddities of real systems: decomposed letters (`nfd`), no-break spaces (`nbsp`)."""
    if "nfd" in quirks:
        text = unicodedata.normalize("NFD", text)
    escaped = esc(text)
    if "nbsp" not in quirks:
        return escaped
    words = escaped.split(" ")
    return "".join(word + ("&nbsp;" if place % 9 == 4 else " ") for place, word in enumerate(words)).strip()


def absolute(paper: Paper, path: str) -> str:
    """The public address of a path of the paper."""
    return f"https://{paper.host}{path}"


def hex_of(text: str, length: int) -> str:
    """A stable hexadecimal number made of a text, as systems give pictures and articles."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def clock_text(moment: datetime, pattern: str) -> str:
    """A time in Hà Nội, by a strftime pattern; `{weekday}` stands for the Vietnamese name of the day."""
    local = moment.astimezone(HANOI)
    return local.strftime(pattern).replace("{weekday}", WEEKDAYS[local.weekday()])


def others(edition: Edition, shown: Shown, count: int) -> tuple[Shown, ...]:
    """Articles for the boxes beside one: first those of topics that it has not, to tempt a careless matcher."""
    rest = [other for other in edition.listed() if other.article.key != shown.article.key]
    rest.sort(key=lambda other: not (other.article.topics - shown.article.topics))
    return tuple(rest[:count])


def in_section(edition: Edition, section: Section | None) -> tuple[Shown, ...]:
    """The listed articles of a section, or all (None)."""
    return tuple(shown for shown in edition.listed() if section is None or shown.article.section == section.slug)


def joined(pieces: Iterable[str]) -> str:
    """Pieces of markup, one a line."""
    return "\n".join(pieces)


def credit_label(credit: str | None) -> str:
    """` Ảnh: <name>` behind a caption, or nothing."""
    return f" Ảnh: {credit}" if credit else ""
