"""What was listed before, as 8 bytes a URL: enough to tell new from old in lists that say no dates. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

MOST = 100_000
"""URLs that a memory holds, those met last: twice as many as a sitemap may list, in 800 kB."""
READ = ""
"""This stands among the URLs of a memory once something of its kind was read: an empty memory tells nothing."""
_BYTES = 8
"""At 50,000 URLs, the most that a sitemap may list, two share a mark once in ten thousand million readings."""


class Memory:
    """A set of URLs that can be asked and grown, but not listed. It forgets what it met longest ago.

    `children`: it is asked for the sitemaps of an index, which are never taken for pages of the same address though
    both are kept in one place: an address may show an index today and a list of pages tomorrow.
    """

    def __init__(self, kept: bytes | None = None, urls: Iterable[str] = (), *, children: bool = False) -> None:
        blob = kept or b""
        self._prefix = "sitemap " if children else ""
        self._marks = dict.fromkeys(blob[at : at + _BYTES] for at in range(0, len(blob), _BYTES))
        self._meet(urls)

    def __contains__(self, url: str) -> bool:
        return _mark(self._prefix + url) in self._marks

    def __len__(self) -> int:
        return len(self._marks)

    def with_(self, urls: Iterable[str]) -> Memory:
        """This memory and these URLs."""
        grown = Memory(children=bool(self._prefix))
        grown._marks = dict(self._marks)
        grown._meet(urls)
        return grown

    def kept(self) -> bytes:
        """The form in which it is stored: the marks, those met last at the end."""
        return b"".join(self._marks)

    def _meet(self, urls: Iterable[str]) -> None:
        for url in urls:
            mark = _mark(self._prefix + url)
            self._marks.pop(mark, None)
            self._marks[mark] = None
        for mark in list(self._marks)[: max(len(self._marks) - MOST, 0)]:
            del self._marks[mark]


def _mark(url: str) -> bytes:
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
