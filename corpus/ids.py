"""Who an article is: `<outlet>:<era>:<number>`, else `<outlet>:u:<16 hex of SHA-256 of the canonical URL>`."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Era:
    """A span of years in which an outlet's article URLs had one form.

    `pattern` is searched in path and query of the URL (`/a/b-12.html?x=1`); a group `(?P<id>...)`, where it
    has one, is the article's number. Counters restart when a paper changes its system: the code is part of
    the id and never reused.
    """

    code: str
    pattern: re.Pattern[str]
    since: int | None = None
    until: int | None = None
