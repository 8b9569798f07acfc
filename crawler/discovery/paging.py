"""Where the list of a section page goes on.

A next page must be on the same host, of the same list (path and query, the number aside), carry no session, and have
exactly the number after the present one. So the numbers of a chain of pages only rise, and no calendar, no sorting
and no loop is ever followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from corpus.urls import has_session, host_of, path_and_query

_IN_QUERY = re.compile(r"(?:page|p|pg|paged|trang|pageindex|page_no|pagenumber)=(\d{1,5})", re.IGNORECASE)
_IN_PATH = re.compile(r"(?:/(?:trang|page|p)[-/]?|-(?:trang-?|page-?|p))(\d{1,5})(?=(?:\.\w{3,5})?/?$)", re.IGNORECASE)
_ENDING = re.compile(r"(?:/?(?:index)?\.(?:html?|aspx|chn|php))?/*$", re.IGNORECASE)
_WORDS = re.compile(
    r"(?:trang )?(?:sau|tiếp|kế|kế tiếp|tiếp theo|cuối sau)|next|xem (?:thêm|tiếp)|tải thêm|[›»❯>→]{1,2}", re.IGNORECASE
)


class Step(NamedTuple):
    """A link that may lead to the next page: its address, the words on it, whether it says `rel="next"`."""

    url: str
    text: str
    is_next: bool


class _Place(NamedTuple):
    """A page of a list: which list, and the number that its address gives (None: none)."""

    host: str
    path: str
    query: tuple[str, ...]
    number: int | None


def next_page(steps: Iterable[Step], page_url: str) -> str | None:
    """The address of the page after this one, None where there is none that can be trusted; the front page has none."""
    here = _place(page_url)
    if here.path == "/":
        return None
    found: list[tuple[int, int, str]] = []
    from_zero = here.number is not None
    for step in steps:
        there = _place(step.url)
        if there.number is None or there[:3] != here[:3] or has_session(step.url):
            continue
        # Some count from 0: the second page is number 1.
        from_zero |= there.number == 0 or (there.number == 1 and (step.is_next or step.text == "2"))
        rank = 0 if step.is_next else 1 if _WORDS.fullmatch(step.text) else 2 if step.text.isdecimal() else 3
        found.append((there.number, rank, step.url))
    present = here.number if here.number is not None else 0 if from_zero else 1
    wanted = [(rank, url) for number, rank, url in found if number == present + 1]
    return min(wanted, key=lambda step: step[0])[1] if wanted else None


def counted_on(url: str) -> str | None:
    """The address with the next number where its query counts pages, as those of JSON listings do; else None."""
    head, mark, query = url.partition("?")
    pairs = query.split("&")
    for index, pair in enumerate(pairs):
        if found := _IN_QUERY.fullmatch(pair):
            pairs[index] = f"{pair[: found.start(1)]}{int(found.group(1)) + 1}"
            return head + mark + "&".join(pairs)
    return None


def _place(url: str) -> _Place:
    path, _, query = path_and_query(url).partition("?")
    number: int | None = None
    rest: list[str] = []
    for pair in query.split("&"):
        if number is None and (found := _IN_QUERY.fullmatch(pair)):
            number = int(found.group(1))
        elif pair:
            rest.append(pair)
    if number is None and (found := _IN_PATH.search(path)):
        number, path = int(found.group(1)), path[: found.start()] + path[found.end() :]
    path = _ENDING.sub("", path).casefold() or "/"
    return _Place(host_of(url).removeprefix("www."), path, tuple(sorted(rest)), number)
