"""What was listed before, as 8 bytes a URL: enough to tell new from old in lists that say no dates. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_BYTES = 8
"""At 50,000 URLs, the most that a sitemap may list, two share a mark once in ten thousand million readings."""


class Memory:
    """A set of URLs that can be asked and grown, but not listed."""

    def __init__(self, kept: bytes | None = None, urls: Iterable[str] = ()) -> None:
        blob = kept or b""
        self._marks = {blob[at : at + _BYTES] for at in range(0, len(blob), _BYTES)}
        self._marks.update(_mark(url) for url in urls)

    def __contains__(self, url: str) -> bool:
        return _mark(url) in self._marks

    def __len__(self) -> int:
        return len(self._marks)

    def with_(self, urls: Iterable[str]) -> Memory:
        """This memory and these URLs."""
        grown = Memory(urls=urls)
        grown._marks |= self._marks
        return grown

    def kept(self) -> bytes:
        """The form in which it is stored; equal for equal sets."""
        return b"".join(sorted(self._marks))


def _mark(url: str) -> bytes:
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
