"""Whether an article is new, changed or the same. Pure; the hash decides, over what a reader would call the text."""

from __future__ import annotations

import hashlib
from typing import Literal

from corpus.record import Article
from corpus.text import one_line, tokens

Decision = Literal["new", "changed", "same"]

_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("“”„‟«»‘’‚‛′″`´", '"') | {"'": '"'} | dict.fromkeys("‐‑‒–—―−", "-") | {"…": "..."}
)
_SHINGLE = 3
"""Words in a row that two texts must share: single Vietnamese syllables are shared by any two texts."""


def content_hash(title: str, lead: str | None, text: str) -> str:
    """64 hex digits of SHA-256 over title, lead and text with blanks, line ends, quotes and dashes made alike.

    A missing lead and an empty one are the same.
    """
    parts = [_normal(part) for part in (title, lead or "", text)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def decide(old: Article | None, new: Article) -> Decision:
    """What a newly extracted article is against the stored one of the same id."""
    if old is None:
        return "new"
    return "same" if old.content_hash == new.content_hash else "changed"


def shares_less_than_a_fifth(old_text: str, new_text: str) -> bool:
    """Whether two texts are plainly two articles: under a fifth of the shorter one's runs of words is shared.

    A text without words says nothing, so the answer is no.
    """
    old, new = _shingles(old_text), _shingles(new_text)
    if not old or not new:
        return False
    return len(old & new) * 5 < min(len(old), len(new))


def _normal(text: str) -> str:
    return one_line(one_line(text).translate(_TYPOGRAPHY))


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = [token.exact for token in tokens(text)]
    size = min(_SHINGLE, len(words))
    if size == 0:
        return frozenset()
    return frozenset(tuple(words[start : start + size]) for start in range(len(words) - size + 1))
