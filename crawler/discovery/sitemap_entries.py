"""What libxml2 tells of a sitemap while it reads it: entries with their address and times, nothing else is kept."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

MAX_ENTRIES = 50_000
"""As many as the sitemaps protocol allows in one file."""
MAX_TAGS = 1_500_000
MAX_SLIPS = 1_000_000
MAX_DEPTH = 250
MAX_SILENCE = 1024 * 1024
"""Characters between two things that the parser tells: no tag or comment of a sitemap is so long."""
_LONGEST_VALUE = 5_000
_ROOTS = frozenset({"urlset", "sitemapindex"})
_ENTRY = frozenset({"url", "sitemap"})
_KNOWN = _ROOTS | _ENTRY | {""}
_FIELDS = {
    ("loc", "url"): "loc",
    ("loc", "sitemap"): "loc",
    ("lastmod", "url"): "lastmod",
    ("lastmod", "sitemap"): "lastmod",
    ("publication_date", "news"): "published",
    ("title", "news"): "title",
}
"""By tag and parent: a picture in an entry has a `loc` too, inside its own tag."""


class Entry(NamedTuple):
    """One entry as written; empty texts for what it does not say."""

    loc: str
    lastmod: str = ""
    published: str = ""
    title: str = ""


class Entries:
    """A parser target: lxml calls `start`, `data`, `end` and `close`. Names of tags count without namespace and case,
    for papers get both wrong."""

    def __init__(self) -> None:
        self.pages: list[Entry] = []
        self.sitemaps: list[Entry] = []
        self.whole = False
        self._broken_off = False
        self.slips = 0
        """References and stray signs that had to be mended; the reader counts them."""
        self._tags = 0
        self._silence = 0
        self._too_long = False
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._field: str | None = None
        self._text: list[str] = []
        self._root = ""
        self._too_deep = False

    def fed(self, characters: int) -> None:
        """So much was given to the parser. What it takes without a word is kept inside it: a tag without end."""
        self._silence += characters
        self._too_long = self._too_long or self._silence > MAX_SILENCE

    @property
    def is_sitemap(self) -> bool:
        """Whether the document is one at all."""
        return self._root in _ROOTS or bool(self.pages or self.sitemaps)

    @property
    def too_complex(self) -> bool:
        """Whether tags or slips are too many, tags nest too deeply, or one has attributes without end."""
        return self._too_deep or self._tags > MAX_TAGS or self.slips > MAX_SLIPS or self._too_long

    @property
    def has_enough(self) -> bool:
        """Whether there is no use in reading on."""
        full = len(self.pages) > MAX_ENTRIES or len(self.sitemaps) > MAX_ENTRIES
        return full or self.too_complex or self._root not in _KNOWN

    def finish(self, *, whole: bool) -> None:
        """The document is over; an entry that the parser still closes by itself, because it breaks off, is none."""
        self.whole = whole
        self._broken_off = not whole

    def start(self, tag: str | bytes, attrs: object) -> None:
        """A tag opens."""
        name = _local(str(tag))
        self._tags += 1
        self._silence = 0
        self._root = self._root or name
        parent = self._path[-1] if self._path else ""
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            self._too_deep = True
        if name in _ENTRY:
            self._fields = {}
        self._field = _FIELDS.get((name, parent))
        self._text = []

    def data(self, data: str | bytes) -> None:
        """Text inside the tag that is open."""
        self._silence = 0
        if self._field is not None and len(self._text) < _LONGEST_VALUE:
            self._text.append(str(data)[:_LONGEST_VALUE])

    def end(self, tag: str | bytes) -> None:
        """A tag closes."""
        name = _local(str(tag))
        if self._path:
            self._path.pop()
        if self._field is not None:
            self._fields.setdefault(self._field, _value("".join(self._text)))
            self._field = None
        elif name in _ENTRY and not self._broken_off:
            if "loc" in self._fields:
                (self.pages if name == "url" else self.sitemaps).append(Entry(**self._fields))
            self._fields = {}

    def close(self) -> None:
        """The parser has no more to say."""


class ListedLines:
    """A sitemap that is a plain text: one address a line. It has the face of `Entries`."""

    is_sitemap = True
    too_complex = False

    def __init__(self) -> None:
        self.pages: list[Entry] = []
        self.sitemaps: list[Entry] = []
        self.whole = False
        self._rest = ""

    def feed(self, text: str) -> bool:
        """Take the next piece; false once there is no use in reading on."""
        *lines, self._rest = (self._rest + text).splitlines() or [""]
        if text.endswith(("\n", "\r")):
            lines, self._rest = [*lines, self._rest], ""
        for line in lines:
            self._take(line)
        self._rest = self._rest[:_LONGEST_VALUE]
        return len(self.pages) <= MAX_ENTRIES

    def finish(self) -> None:
        """The document is over."""
        self._take(self._rest)
        self.whole = len(self.pages) <= MAX_ENTRIES

    def _take(self, line: str) -> None:
        address = line[:_LONGEST_VALUE].strip()
        if address.lower().startswith(("http://", "https://")):
            self.pages.append(Entry(address))


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _value(text: str) -> str:
    """One value; `&` escaped twice, or escaped inside CDATA, is undone."""
    return text[:_LONGEST_VALUE].replace("&amp;", "&").strip()
