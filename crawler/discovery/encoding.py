"""Bytes of a source to UTF-8, whatever they claim to be."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

_HEADER = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_IN_BODY = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_STARTS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF])
# A closed list: Python's registry also holds codecs that are no charset, some of them quadratic (punycode).
_CHARSETS = frozenset(
    {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252"}
    | {"cp1258", "big5", "gb2312", "gbk", "gb18030", "euc_jp", "euc_kr", "shift_jis", "koi8-r", "iso2022_jp"}
)


def as_utf8(body: bytes, content_type: str | None) -> bytes:
    """The body in UTF-8 without byte order mark and NUL; what cannot be read becomes U+FFFD.

    A body that is valid UTF-8, if need be cut short within a letter, is UTF-8: nothing else looks like it. Only
    then count header and document.
    """
    # Decoded as if more came: a letter that is cut in two at the end is left out.
    text = codecs.getincrementaldecoder(_encoding(body, content_type))("replace").decode(body)
    return text.replace("\0", "").encode("utf-8", "replace")


def decoded_pieces(pieces: Iterable[bytes], content_type: str | None) -> Iterator[str]:
    """The text of a document that comes in pieces, without byte order mark and control characters.

    The first piece decides on the encoding, by the rules of `as_utf8`; of it more than a few bytes should be given.
    """
    decoder: codecs.IncrementalDecoder | None = None
    for piece in pieces:
        if decoder is None:
            decoder = codecs.getincrementaldecoder(_encoding(piece, content_type))("replace")
        yield decoder.decode(piece).translate(_CONTROLS)
    if decoder is not None:
        yield decoder.decode(b"", final=True).translate(_CONTROLS)


def _encoding(body: bytes, content_type: str | None) -> str:
    for start, encoding in _STARTS:
        if body.startswith(start):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return _declared(body, content_type)
    return "utf-8"


def _declared(body: bytes, content_type: str | None) -> str:
    in_header = _HEADER.search(content_type or "")
    in_body = _IN_BODY.search(body[:4096])
    for name in (in_header.group(1) if in_header else "", in_body.group(1).decode() if in_body else ""):
        try:
            encoding = codecs.lookup(name).name
        except LookupError:
            continue
        if encoding in _CHARSETS:
            # Browsers read Latin-1 as windows-1252, and so do papers.
            return "cp1252" if encoding == "iso8859-1" else encoding
    return "utf-8"
