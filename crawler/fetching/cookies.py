"""The one cookie of a cookie gate: a tiny page whose script sets a cookie and loads the page again. Pure."""

from __future__ import annotations

import re

_LITERAL = r"""(?:"[^"\\\n]*"|'[^'\\\n]*')"""
_ASSIGNED = re.compile(rf"document\s*\.\s*cookie\s*=\s*({_LITERAL}(?:\s*\+\s*{_LITERAL})*)\s*(?=;|\n|</|$)")
_ANY = re.compile(r"document\s*\.\s*cookie\s*=(?!=)")
_ONE = re.compile(r"(?:\"([^\"]*)\"|'([^']*)')")
_PAIR = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}=[!#-+\--:<-\[\]-~]{0,1000}")
"""A name and a value in the characters of RFC 6265."""


def gate_cookie(body: bytes) -> str | None:
    """The `name=value` that a gate's script sets, where it stands there in so many words; else None.

    Only string literals, also joined by `+`, are read. Nothing is computed: a script that derives its cookie wants a
    browser, and one that sets several is no gate that could be answered with one.
    """
    text = body.decode("utf-8", "replace")
    assigned = _ASSIGNED.findall(text)
    if len(assigned) != 1 or len(_ANY.findall(text)) != 1:
        return None
    whole = "".join(double or single for double, single in _ONE.findall(assigned[0]))
    pair = whole.partition(";")[0].strip()
    return pair if _PAIR.fullmatch(pair) else None
