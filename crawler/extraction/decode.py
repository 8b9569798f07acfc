"""Bytes of a response -> text: gzip undone within bounds, the charset found, NFC."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass

MAX_DECODED = 8 * 1024 * 1024
"""Bytes kept of a page after gunzip; what a fetch allows is half of it."""

_ALLOWED = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "windows-1258": "cp1258",
    "cp1258": "cp1258",
    "x-cp1258": "cp1258",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}  # fmt: skip
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,30})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,30})""", re.IGNORECASE)
_OVERLAY_ON_MARKUP = re.compile("(?<=[<>=])\u0338")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_SAMPLE = 100_000
"""Characters looked at to tell text from other bytes."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text in NFC, the charset used, and the share (0 to 1) of characters that no text would hold."""

    text: str
    charset: str
    broken: float


def decode(body: bytes, content_type: str | None) -> Decoded:
    """Decode a page's bytes; never raises. A high `broken` share means that this is no text."""
    body = gunzip(body)
    charset, start = _charset(body, content_type)
    text = body[start:].decode(charset, "replace")
    head = text[:_SAMPLE]
    broken = len(_CONTROL.findall(head)) / len(head) if head else 0.0
    text = text.replace("\x00", "")
    if not unicodedata.is_normalized("NFC", text):
        # U+0338 after markup would melt into it ("≯"), so it goes before composing.
        text = unicodedata.normalize("NFC", _OVERLAY_ON_MARKUP.sub("", text))
    return Decoded(text, charset, broken)


def gunzip(body: bytes) -> bytes:
    """Undo up to two layers of gzip, keeping at most MAX_DECODED bytes; broken gzip gives what was readable."""
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        inflater = zlib.decompressobj(wbits=31)
        try:
            body = inflater.decompress(body, MAX_DECODED)
        except zlib.error:
            return b""
    return body[:MAX_DECODED]


def _charset(body: bytes, content_type: str | None) -> tuple[str, int]:
    """The charset and where the text starts. Valid UTF-8 beats what header and page declare."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return name, len(bom)
    wide = _wide(body)
    if wide:
        return wide, 0
    try:
        body.decode("utf-8")
        return "utf-8", 0
    except UnicodeDecodeError as error:
        # A page cut within its last letter, or with a few bad bytes, is still UTF-8.
        if error.start >= len(body) - 4 or _mostly_utf8(body):
            return "utf-8", 0
    declared = _declared(body, content_type)
    if declared and declared != "utf-8":
        return declared, 0
    return "cp1258", 0


def _declared(body: bytes, content_type: str | None) -> str | None:
    header = _HEADER.search(content_type or "")
    if header and header[1].lower() in _ALLOWED:
        return _ALLOWED[header[1].lower()]
    meta = _META.search(body[:4096])
    name = _ALLOWED.get(meta[1].decode("ascii").lower()) if meta else None
    # A meta tag that could be read as ASCII is not UTF-16, whatever it says.
    return "utf-8" if name and name.startswith("utf-16") else name


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: markup has a NUL in every other byte."""
    head = body[:400]
    if len(head) < 20:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


def _mostly_utf8(body: bytes) -> bool:
    """Whether multi-byte letters that are right far outnumber the bytes that are wrong."""
    text = body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(1 for letter in text if letter > "\x7f") - wrong
    return right > 20 * wrong
