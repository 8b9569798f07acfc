"""Cheap comparing of two texts of one page: words, case and punctuation aside. For topics there is `corpus.text`."""

from __future__ import annotations

import html
import re
from collections import Counter

from corpus.text import one_line

_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text.casefold())


def key(text: str) -> str:
    """Words joined by one blank: equal keys mean the same wording."""
    return " ".join(words(text))


def overlap(first: str, second: str) -> float:
    """Share of words in common, 0 to 1, measured on the shorter text (0 if one is empty)."""
    left, right = Counter(words(first)), Counter(words(second))
    smaller = min(left.total(), right.total())
    return (left & right).total() / smaller if smaller else 0.0


def likeness(first: str, second: str) -> float:
    """Share of words in common, 0 to 1, measured on both texts (F1)."""
    left, right = Counter(words(first)), Counter(words(second))
    both = left.total() + right.total()
    return 2 * (left & right).total() / both if both else 0.0


def unescaped(text: str) -> str:
    """One clean line of an attribute or JSON string; HTML escapes undone twice, since some papers double them."""
    return one_line(html.unescape(html.unescape(text)))
