"""What the markup of a family must offer, and the pieces that several families share. Everything is pure."""

from __future__ import annotations

import hashlib
import html
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from corpus.clock import HANOI
from samples.edition import Edition, Shown
from samples.press import Paper, SampleArticle, Section

Validator = Literal["etag", "last-modified"]
Dated = Literal["minute", "day"] | None

_SECTIONS = ("thoi-su", "kinh-te", "xa-hoi", "van-hoa", "giao-duc")
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


FeedForm = Literal["rss", "rdf", "atom", "json"]


@dataclass(frozen=True, slots=True)
class FeedStyle:
    """How a family writes its feeds. `cdata` wraps titles and descriptions; without `dates` no entry tells its time."""

    form: FeedForm = "rss"
    cdata: bool = True
    dates: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A reply that is neither a page nor a feed: a sitemap, a JSON listing, a fragment."""

    content_type: str
    body: bytes


class Family(ABC):
    """The markup of one CMS: addresses, pages, feeds. Everything is pure.

    Paths begin with a slash, a target is a path with its query. Pages are whole documents.
    """

    validators: frozenset[Validator] = frozenset()
    """Which validators the family's servers send with a page."""
    feed_style = FeedStyle()
    per_page: int | None = None
    """How many articles a page of a list holds; None: all on one."""
    query_keys: frozenset[str] = frozenset()
    """Parameters that tell one page from another; the family's servers ignore all others."""

    @abstractmethod
    def article_path(self, article: SampleArticle, published: datetime) -> str:
        """Where the article stands (with a query, where the family needs one)."""

    @abstractmethod
    def section_path(self, section: Section) -> str:
        """Where the section's page stands."""

    @abstractmethod
    def article_page(self, edition: Edition, shown: Shown) -> str:
        """The article's page."""

    @abstractmethod
    def list_page(self, edition: Edition, section: Section | None, page: int = 1) -> str:
        """A page of a section's list, or of the front page's (None)."""

    @abstractmethod
    def plain_page(self, edition: Edition, title: str, words: str) -> str:
        """A page of furniture and one sentence: not found, gone, a tool."""

    @abstractmethod
    def robots(self, paper: Paper) -> str:
        """The paper's robots.txt."""

    def feeds(self, paper: Paper) -> Mapping[str, Section | None]:
        """Feed paths, each with its section (None: the whole paper)."""
        return {}

    def page_path(self, section: Section | None, page: int) -> str:
        """Where a page of a list stands."""
        return "/" if section is None else self.section_path(section)

    def lists(self, paper: Paper, section: Section) -> frozenset[str]:
        """All targets (pages, feeds and other lists) on which a new article of that section is listed."""
        feeds = {path for path, of in self.feeds(paper).items() if of in (None, section)}
        return frozenset({"/", self.section_path(section), *feeds})

    def documents(self, edition: Edition) -> Mapping[str, Callable[[], Document | str]]:
        """Makers of all that is no list, no feed and no article, by public address; a text is an HTML page."""
        return {}

    def lures(self, paper: Paper) -> frozenset[str]:
        """Targets of pages that look like articles by their address or make-up, and are none."""
        return frozenset()

    def dated(self, article: SampleArticle) -> Dated:
        """How exactly the article's page tells when it was published; None: not at all."""
        return "minute"

    def page_count(self, edition: Edition, section: Section | None) -> int:
        """How many pages a list has now: one at least."""
        count = len(in_section(edition, section))
        return max(1, -(-count // self.per_page)) if self.per_page else 1

    def on_page(self, edition: Edition, section: Section | None, page: int) -> tuple[Shown, ...]:
        """The articles on a page of a list."""
        articles = in_section(edition, section)
        return articles[self.per_page * (page - 1) : self.per_page * page] if self.per_page else articles

    def normal(self, target: str) -> str:
        """A target as the family's servers understand it: without the parameters that they ignore."""
        path, _, query = target.partition("?")
        kept = sorted(pair for pair in query.split("&") if pair.partition("=")[0] in self.query_keys)
        return f"{path}?{'&'.join(kept)}" if kept else path


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


def number_of(section: str) -> int:
    """The number, from 0, that a system of numbered sections gives one."""
    return _SECTIONS.index(section) if section in _SECTIONS else 10 + int(hex_of(section, 6), 16) % 80


def clock_text(moment: datetime, pattern: str) -> str:
    """A time in Hà Nội, by a strftime pattern; `{weekday}` stands for the Vietnamese name of the day."""
    local = moment.astimezone(HANOI)
    return local.strftime(pattern).replace("{weekday}", WEEKDAYS[local.weekday()])


def others(edition: Edition, shown: Shown, count: int) -> tuple[Shown, ...]:
    """Articles for the boxes beside one: first those of topics that it has not, to tempt a careless matcher."""
    rest = [other for other in edition.listed() if other.article.key != shown.article.key]
    rest.sort(key=lambda other: not (other.article.topics - shown.article.topics))
    return tuple(rest[:count])


def earlier(edition: Edition, shown: Shown, count: int) -> tuple[Shown, ...]:
    """The newest articles older than one: a box with them stays as it is, whatever appears later."""
    return tuple(other for other in edition.listed() if other.published < shown.published)[:count]


def in_section(edition: Edition, section: Section | None) -> tuple[Shown, ...]:
    """The newest listed articles of a section, or of all (None): as many as a list of this paper shows."""
    found = (shown for shown in edition.listed() if section is None or shown.article.section == section.slug)
    return tuple(found)[: edition.most]


def joined(pieces: Iterable[str]) -> str:
    """Pieces of markup, one a line."""
    return "\n".join(pieces)


def credit_label(credit: str | None) -> str:
    """` Ảnh: <name>` behind a caption, or nothing."""
    return f" Ảnh: {credit}" if credit else ""
