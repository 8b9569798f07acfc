"""A guard before any HTML parser: tags with thousands of attributes, on which libxml2 takes minutes."""

from __future__ import annotations

import re

MAX_WORDS = 1_000
"""Blank-separated parts of one tag; the longest real ones seen have some dozens."""
_LONG_TAG = re.compile(rb"<([A-Za-z][\w:-]{0,40})\s([^<>]{4000,})(>|\Z|(?=<))")


def without_overloaded_tags(body: bytes) -> bytes:
    """The page with overloaded tags bare of their attributes (libxml2 compares each with all before it).

    A picture in a `data:` address is long, but one part: it stays.
    """
    return _LONG_TAG.sub(_bare, body)


def _bare(tag: re.Match[bytes]) -> bytes:
    return tag[0] if len(tag[2].split()) <= MAX_WORDS else b"<" + tag[1] + b">"
