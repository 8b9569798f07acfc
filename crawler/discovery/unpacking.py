"""Documents that are gzip files themselves (`.xml.gz`), unpacked piece by piece and never beyond a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Literal

PIECE = 64 * 1024
_GZIP = b"\x1f\x8b"
_LAYERS = 2
"""gzip in gzip is a server's slip and is undone once; more than that is no slip."""


class Unpacked:
    """The pieces of a document; `problem` says, once they are read, whether it ended before its end."""

    def __init__(self, body: bytes, limit: int) -> None:
        """`limit`: bytes at most of all layers together."""
        self.problem: Literal["too_large", "truncated"] | None = None
        self._body = body
        self._left = limit

    def __iter__(self) -> Iterator[bytes]:
        pieces = _sliced(self._body)
        for _ in range(_LAYERS):
            first = next(pieces, b"")
            pieces = _again(first, pieces)
            if not first.startswith(_GZIP):
                break
            pieces = self._unzipped(pieces)
        return pieces

    def _unzipped(self, packed: Iterator[bytes]) -> Iterator[bytes]:
        """One layer undone; a file of several gzip members is one document."""
        member = zlib.decompressobj(wbits=31)
        for piece in packed:
            while piece:
                try:
                    data = member.decompress(piece, PIECE)
                except zlib.error:
                    self.problem = self.problem or "truncated"
                    return
                self._left -= len(data)
                if self._left < 0:
                    self.problem = "too_large"
                    return
                if data:
                    yield data
                piece = member.unconsumed_tail
                if member.eof:
                    piece = member.unused_data.lstrip(b"\0")
                    if not piece.startswith(_GZIP[: len(piece)]):
                        return  # what servers write after the end is no part of the file
                    if piece:
                        member = zlib.decompressobj(wbits=31)
        if not member.eof:
            self.problem = self.problem or "truncated"


def _sliced(body: bytes) -> Iterator[bytes]:
    return (body[start : start + PIECE] for start in range(0, len(body), PIECE))


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
