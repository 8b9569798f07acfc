"""Every date on a page that could be the publication's, and for the others why not.

Visible dates count by their place: between headline and body, in the article's own block over the headline, right
under the body. Nothing else on a page is a publication date: not the clock, not a document's date in the text, not
the licence line, not another story's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from corpus.clock import HANOI
from corpus.record import DateSource
from corpus.text import one_line
from crawler.extraction.compare import likeness, overlap, unescaped
from crawler.extraction.container import Container, article_root, names_up
from crawler.extraction.dateforms import Seen, find_seen, spread
from crawler.extraction.datelines import FILL, left_over, strange, view_text
from crawler.extraction.datemachine import Stated, read_stated
from crawler.extraction.layout import Block
from crawler.extraction.markup import Zone
from crawler.extraction.selectors import select
from crawler.extraction.title import Title, stamps
from crawler.extraction.view import View

Place = Literal["selector", "jsonld", "meta", "time", "under title", "over title", "under body", "listing"]

_META_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "datepublished", "pubdate",
    "publishdate", "publish_date", "publish-date", "published_time", "publication_date", "dc.date.issued",
    "dcterms.issued", "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime",
)  # fmt: skip
_META_MODIFIED = ("article:modified_time", "og:article:modified_time", "datemodified", "og:updated_time", "lastmod")
_OPENS_WITH_TIME = re.compile(r"^\W*\d{1,2}\s?(?:[:hg]\s?\d{2}|giờ)")
_AFTER_OPENING = re.compile(
    r"(?P<parted>\s*(?:[(\[]?(?:GMT|UTC)\s*\+?0?7(?::?00)?[)\]]?)?\s*(?:[)\]]\s*[-–—:|]*|[-–—|])?\s*)[\"“‘(]?[A-ZĐÀ-Ỹ]"
)
_BARE_TIME = re.compile(r"^\W*\d{1,2}\s?[:hg]\s?\d{2}\W*$")
_DATE_NAMES = re.compile(
    r"date|time|ngay|gio|publish|post-?(?:on|meta)|(?:^|[\s_-])meta|info|cap-?nhat|update", re.IGNORECASE
)
_CLOCK_NAMES = re.compile(r"today|clock|current|time-?now|(?:^|[\s_-])now|hom-?nay|dong-?ho", re.IGNORECASE)
_BREADCRUMB = re.compile(r"breadcrumb|crumb")
_FOREIGN = Zone.COMMENT | Zone.RELATED | Zone.FOOTER | Zone.HIDDEN


@dataclass(slots=True)
class Candidate:
    """A date with its place; `block` is the number of its block on the page, `why` the reason if it was refused,
    `opening` the words of the date where it opens a paragraph."""

    place: Place
    source: DateSource
    raw: str
    at: datetime
    precision: Literal["minute", "day"]
    stated: Stated | None = None
    seen: Seen | None = None
    block: int | None = None
    why: str | None = None
    opening: str | None = None

    def json(self) -> dict[str, Any]:
        """For `explain`."""
        return {"place": self.place, "raw": self.raw[:120], "at": self.at.isoformat(), "refused": self.why}


def stated_candidates(view: View, title: Title | None) -> list[Candidate]:
    """Publication dates of JSON-LD and meta tags, in the order of trust."""
    return _machine_readable(view, title, "datePublished", _META_PUBLISHED)


def modified_candidates(view: View, title: Title | None) -> list[Candidate]:
    """Dates of change of JSON-LD and meta tags, in the order of trust."""
    return _machine_readable(view, title, "dateModified", _META_MODIFIED)


def _machine_readable(view: View, title: Title | None, key: str, names: Sequence[str]) -> list[Candidate]:
    found = []
    for node in _nodes(view, title):
        value = node.get(key)
        if isinstance(value, str):
            found.append(_stated(view, "jsonld", "jsonld", unescaped(value[:100])))
    for name in names:
        values = view.meta.all.get(name, ())
        # Several values of one name belong to several stories.
        if len(values) == 1:
            found.append(_stated(view, "meta", "meta", values[0]))
    return [candidate for candidate in found if candidate]


def selector_candidates(view: View) -> list[Candidate]:
    """Dates where the outlet's selector points; machine-readable attributes first."""
    found: list[Candidate] = []
    for element in select(view.tree.root, view.selectors.date):
        block = view.block_of(element)
        for name in ("datetime", "content"):
            if element.get(name):
                stated = _stated(view, "selector", "selector", element.get(name) or "")
                if stated:
                    found.append(stated)
        for seen in find_seen(spread(view.text_of(element)), view.page.fetched_at):
            found.append(_seen("selector", "selector", seen, block.index if block else None))
    return found


def visible_candidates(
    view: View, title: Title | None, container: Container | None, lead: frozenset[int]
) -> list[Candidate]:
    """Dates in the places where papers print them; refused ones are kept with the reason."""
    if title is None or title.index is None:
        return []
    body = _body_start(view, title, container, lead)
    found = _in_title(view, title) + _under_title(view, title, body, container.end if container else body + 1)
    if container is not None:
        found += _over_title(view, title, container)
        found += _under_body(view, title, container)
    return found


def _in_title(view: View, title: Title) -> list[Candidate]:
    """A date in an element of its own inside the headline's element."""
    # Old pages have no element of the headline's own: what holds it may hold the page's clock as well.
    own = title.element is not None and len(view.layout.within(title.element)) <= 3
    texts = stamps(title.element) if title.element is not None and own else []
    found = [seen for text in texts[:3] for seen in find_seen(text, view.page.fetched_at)]
    return [_seen("under title", "visible", seen, None) for seen in found]


def hint_candidate(view: View) -> Candidate | None:
    """The date that the listing or feed gave with the link."""
    hint = view.page.hint_published
    if hint is None or hint.tzinfo is None:
        return None
    at = hint.astimezone(HANOI).replace(second=0, microsecond=0)
    precision: Literal["minute", "day"] = "day" if (at.hour, at.minute, hint.second) == (0, 0, 0) else "minute"
    return Candidate("listing", "listing", hint.isoformat(), at, precision)


def _nodes(view: View, title: Title | None) -> list[dict[str, Any]]:
    """The article node of the page: the only one, or the one whose headline is the page's."""
    nodes = list(view.jsonld.articles)
    if title is None:
        return nodes if len(nodes) == 1 else []
    shown = [title.text, view.meta.title or "", view.meta.get("og:title") or ""]
    named = [n for n in nodes if likeness(_headline(n), title.text) >= 0.6]
    # A paper may give machines another headline than readers, but not one without a word in common.
    return named or [n for n in nodes if not _headline(n) or max(overlap(_headline(n), t) for t in shown) >= 0.3][:1]


def _headline(node: dict[str, Any]) -> str:
    return unescaped(str(node.get("headline") or node.get("name") or "")[:1000])


def _stated(view: View, place: Place, source: DateSource, value: str) -> Candidate | None:
    stated = read_stated(value, view.page.fetched_at)
    return Candidate(place, source, value, stated.at, stated.precision, stated=stated) if stated else None


def _seen(place: Place, source: DateSource, seen: Seen, block: int | None) -> Candidate:
    return Candidate(place, source, seen.raw, seen.at, seen.precision, seen=seen, block=block)


def _body_start(view: View, title: Title, container: Container | None, lead: frozenset[int]) -> int:
    """The first block of running text under the headline; the lead does not count."""
    assert title.index is not None
    last = container.end if container else min(len(view.layout.blocks), title.index + 12)
    for index in range(title.index + 1, last):
        block = view.layout.blocks[index]
        if len(block.text) >= 60 and index not in lead and block.link_share < 0.5 and not _is_date_line(view, block):
            return index
    return last


def _is_date_line(view: View, block: Block) -> bool:
    text = spread(block.text)
    seen = find_seen(text, view.page.fetched_at) if len(text) <= 160 else []
    return bool(seen) and strange(block, text, seen) is None


def _under_title(view: View, title: Title, body: int, end: int) -> list[Candidate]:
    found: list[Candidate] = []
    assert title.index is not None
    passed = False
    for block in view.layout.blocks[title.index + 1 : body]:
        if block.zone & _FOREIGN:
            continue
        for candidate in _from_block(view, block, "under title"):
            candidate.why = candidate.why or ("behind the linked headline of another story" if passed else None)
            if _is_now(view, candidate) and _CLOCK_NAMES.search(names_up(block.owner, 2)):
                candidate.why = candidate.why or "named like a clock and equal to the time of the fetch"
            found.append(candidate)
        passed = passed or (block.link_share > 0.7 and len(block.text.split()) >= 8)
    if body < len(view.layout.blocks):
        found += _opening_part(view, view.layout.blocks[body])
    if not any(candidate.why is None for candidate in found):
        for block in view.layout.blocks[title.index + 1 : body]:
            found += [] if block.zone & _FOREIGN else _opening_part(view, block)
    # A chronicle has a time before every paragraph: none of them is the publication's.
    openings = sum(1 for block in view.layout.blocks[body:end] if _OPENS_WITH_TIME.match(block.text))
    if openings < 2 and not any(candidate.why is None for candidate in found):
        for block in view.layout.blocks[title.index + 1 : min(body + 1, end)]:
            found += [] if block.zone & _FOREIGN else _opening_words(view, block)
    return found


def _from_block(view: View, block: Block, place: Place) -> list[Candidate]:
    """The dates of a short line that is about nothing else; `<time datetime>` in it counts as stated."""
    if len(block.text) > 160:
        return []
    found = []
    for part in (*block.parts, block.owner):
        if part.tag == "time" and part.get("datetime"):
            stated = _stated(view, "time", "meta", part.get("datetime") or "")
            if stated:
                stated.block = block.index
                found.append(stated)
    text = spread(block.text)
    for near in (block.index + 1, block.index - 1):
        if 0 <= near < len(view.layout.blocks) and _BARE_TIME.match(view.layout.blocks[near].text):
            text += " " + view.layout.blocks[near].text
            break
    seen = find_seen(text, view.page.fetched_at)
    why = strange(block, text, seen)
    for one in seen:
        candidate = _seen(place, "visible", one, block.index)
        candidate.why = why or ("labelled as a clock" if one.label == "clock" else None)
        found.append(candidate)
    return found


def _opening_part(view: View, block: Block) -> list[Candidate]:
    """A date in an element of its own at the very start of the lead: a date line melted into it."""
    for part in block.parts[:3]:
        if part.tag not in ("span", "time", "em", "i", "small", "b", "strong"):
            continue
        text = view_text(part)
        if not text or not block.text.startswith(text) or len(text) > 60:
            continue
        seen = find_seen(text, view.page.fetched_at)
        named = part.tag == "time" or _DATE_NAMES.search(names_up(part, 1))
        if len(seen) == 1 and seen[0].precision == "minute" and named and left_over(text, seen) == []:
            return [replace(_seen("under title", "visible", seen[0], None), opening=text)]
    return []


def _opening_words(view: View, block: Block) -> list[Candidate]:
    """A date before the first sentence, parted from it: "(14:05 02/03/2021) - Sáng nay"; no sentence begins so."""
    text = one_line(spread(block.text))
    for seen in find_seen(text[:90], view.page.fetched_at)[:1]:
        rest = _AFTER_OPENING.match(text[seen.end :])
        bracketed = text.startswith(("(", "["))
        if (
            rest is None
            or seen.precision == "day"
            or seen.weak
            or re.search(r"[^\W\d_]", FILL.sub(" ", text[: seen.start]))
        ):
            continue
        bold = any(
            view_text(part) == text[: seen.end].strip() for part in block.parts[:3] if part.tag in ("b", "strong")
        )
        if ("ngày" in seen.raw.casefold() and not (seen.label or bracketed)) or not (rest["parted"].strip() or bold):
            continue
        opening = text[: seen.end] + rest["parted"]
        return [replace(_seen("under title", "visible", seen, None), opening=opening.strip())]
    return []


def _over_title(view: View, title: Title, container: Container) -> list[Candidate]:
    """Dates over the headline, inside the article's own block; whatever could be the page's clock is refused."""
    root = article_root(view, title, container)
    if root is None or title.index is None:
        return []
    first = view.layout.spans[root][0]
    outside = root.tag in ("body", "html") or root is view.layout.body
    if any(block.zone & Zone.HEADER for block in view.layout.blocks[first : title.index]):
        # A wrapper of the whole page is no article block.
        outside = True
    found: list[Candidate] = []
    links = 0
    for index in range(title.index - 1, max(first - 1, title.index - 9), -1):
        block = view.layout.blocks[index]
        if block.link_share > 0.5 and not _BREADCRUMB.search(names_up(block.owner, 4)):
            # One headline of another story weighs as much as three links of a menu.
            links += 3 if len(block.text.split()) >= 5 else 1
        for candidate in _from_block(view, block, "over title"):
            names = names_up(block.owner, 3) + " " + " ".join(names_up(part, 1) for part in block.parts)
            candidate.why = candidate.why or _clock_like(view, block, candidate, names, outside)
            if links > 2:
                candidate.why = candidate.why or "over the headline, with links between"
            found.append(candidate)
    return found


def _clock_like(view: View, block: Block, candidate: Candidate, names: str, outside: bool) -> str | None:
    if outside:
        return "over the headline, outside the article's block"
    if block.zone & (_FOREIGN | Zone.HEADER) or (block.zone & Zone.NAV and not _BREADCRUMB.search(names)):
        return "in the page's header, menu or another box"
    if _CLOCK_NAMES.search(names) and not _BREADCRUMB.search(names):
        return "in an element called like a clock"
    if not _DATE_NAMES.search(names) and not _BREADCRUMB.search(names):
        return "over the headline and not marked as a date"
    if _is_now(view, candidate):
        return "over the headline and equal to the time of the fetch"
    if candidate.precision == "day" or (candidate.seen and (candidate.seen.seconds or candidate.seen.weak)):
        return "over the headline and written like a clock"
    if candidate.seen and candidate.seen.label == "updated":
        # A section's page says there when the section changed last.
        return "over the headline and labelled as a change"
    return None


def _is_now(view: View, candidate: Candidate) -> bool:
    return abs(candidate.at - view.page.fetched_at) < timedelta(minutes=20)


def _under_body(view: View, title: Title, container: Container) -> list[Candidate]:
    """A date line right under the body, in the article's own block, with nothing between but an author's name."""
    root = article_root(view, title, container)
    paragraphs = [
        block.index
        for block in view.layout.blocks[container.start : container.end]
        if len(block.text) >= 60 and block.link_share < 0.3 and not block.zone & _FOREIGN
    ]
    last = paragraphs[-1] if paragraphs else container.end - 1
    found: list[Candidate] = []
    for block in view.layout.blocks[last + 1 : last + 6]:
        aside = any(element.tag == "aside" for element in block.owner.iterancestors())
        if aside or block.heading or block.zone & _FOREIGN or block.link_share > 0.5 or len(block.text) > 120:
            break
        for candidate in _from_block(view, block, "under body"):
            named = _DATE_NAMES.search(names_up(block.owner, 1) + " " + " ".join(names_up(p, 1) for p in block.parts))
            label = candidate.seen.label if candidate.seen else None
            if candidate.seen and (left_over(spread(block.text), [candidate.seen]) or not (named or label)):
                candidate.why = candidate.why or "under the body and not marked as the article's date"
            elif candidate.seen and not label and root is not None and not view.layout.holds(root, block.index):
                candidate.why = candidate.why or "under the body, outside the article's block"
            elif candidate.seen and not label and candidate.precision == "day":
                candidate.why = candidate.why or "a day under the body may be a calendar's or a document's"
            found.append(candidate)
    return found
