"""Does an article match a query, and where? Pure; offsets are code points of the article's fields as they are.

Words are compared by the keys of `corpus/text.py`; each field is tokenised once per article and kept with it, so
that a thousand topics cost a look-up each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from alerts.query.aliases import Form
from alerts.query.nodes import TEXT_FIELDS, And, Node, Not, Phrase, Query, Span
from corpus.provinces import province_2025
from corpus.record import Article
from corpus.text import TONES, Token, sentence_spans, tokens

MAX_SENTENCE = 300
"""Code points of a sentence as it is told; a longer one is cut to the words round its hit."""

_PLAIN_FIELDS = ("title", "kicker", "lead", "text", "section", "province", "language", "outlet", "outlet_name")
_FIELD_ORDER = (*TEXT_FIELDS, "authors", "author", "section", "outlet", "outlet_name", "province", "language")


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a phrase of a query was found.

    `item` is the index in a list field (authors), else None; `clause` is the phrase's span in the query. `reason`:
    `exact` (the marks agree), `folded` (only without marks), `alias:<name>` (a safe abbreviation, written out or
    shortened, or a former province under today's name).
    """

    field: str
    item: int | None
    start: int
    end: int
    surface: str
    clause: Span
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The hit as a JSON object."""
        return {
            "field": self.field,
            "item": self.item,
            "start": self.start,
            "end": self.end,
            "surface": self.surface,
            "clause": list(self.clause),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Searchable:
    """What a query is matched against. `outlet` is a slug or a name.

    `authors_key` says how the authors were read, and names their field in hits: a list under `authors` or `author`,
    or one string (`authors_is_text`), of which hits then have no item number.
    """

    title: str | None = None
    kicker: str | None = None
    lead: str | None = None
    text: str | None = None
    section: str | None = None
    province: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    outlet: str | None = None
    outlet_name: str | None = None
    authors_key: Literal["authors", "author"] = "authors"
    authors_is_text: bool = False

    @classmethod
    def of(cls, article: Article) -> Searchable:
        """The searchable side of a stored article."""
        return cls(**{name: getattr(article, name) for name in (*_PLAIN_FIELDS, "authors")})

    @cached_property
    def values(self) -> Mapping[str, tuple[_Value, ...]]:
        """The values of each field that has any, with their words; made once."""
        found: dict[str, tuple[_Value, ...]] = {
            name: (_Value(name, None, value),) for name in _PLAIN_FIELDS if (value := getattr(self, name)) is not None
        }
        found["authors"] = tuple(
            _Value(self.authors_key, None if self.authors_is_text else index, name)
            for index, name in enumerate(self.authors)
        )
        return found


class _Value:
    """One text of an article with the positions of its words; tokenised when first asked."""

    def __init__(self, field: str, item: int | None, text: str) -> None:
        self.field = field
        self.item = item
        self.text = text

    @cached_property
    def words(self) -> tuple[Token, ...]:
        return tokens(self.text)

    @cached_property
    def exact(self) -> Mapping[str, list[int]]:
        return _positions(token.exact for token in self.words)

    @cached_property
    def bare(self) -> Mapping[str, list[int]]:
        return _positions(token.bare for token in self.words)


def searchable_from_json(value: Any) -> Searchable:
    """Read one line of `topics test --from`; keys that are not matched (those of a whole record) are passed over.

    Raises:
        ValueError: not an object, or a field of the wrong type; the message names it.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"expected an object, not {type(value).__name__}")
    fields: dict[str, Any] = {}
    for name in _PLAIN_FIELDS:
        fields[name] = value.get(name)
        if not (fields[name] is None or isinstance(fields[name], str)):
            raise ValueError(f"{name!r} must be a text or null")
    if value.get("author") is not None and value.get("authors") is not None:
        raise ValueError("'author' and 'authors' cannot both be given")
    key: Literal["authors", "author"] = "author" if value.get("author") is not None else "authors"
    authors = value.get(key)
    if isinstance(authors, str):
        return Searchable(**fields, authors=(authors,), authors_key=key, authors_is_text=True)
    if not (authors is None or (isinstance(authors, list) and all(isinstance(name, str) for name in authors))):
        raise ValueError(f"{key!r} must be a text, a list of texts or null")
    return Searchable(**fields, authors=tuple(authors or ()), authors_key=key)


def match(query: Query, item: Searchable) -> tuple[Hit, ...] | None:
    """The hits of a query in an article, in reading order; None where it does not match. Never raises."""
    hits = _hits(query.root, item)
    if hits is None:
        return None
    return tuple(sorted(dict.fromkeys(hits), key=_reading_order))


def sentences(item: Searchable, hits: Iterable[Hit], limit: int = 3) -> tuple[str, ...]:
    """The sentences round the hits, in reading order, each once; the title, which is told anyway, is left out."""
    found: dict[tuple[str, int], str] = {}
    spans: dict[str, tuple[Span, ...]] = {}
    for hit in sorted(hits, key=_reading_order):
        text = getattr(item, hit.field) if hit.field in TEXT_FIELDS[1:] else None
        if not text or len(found) >= limit:
            continue
        if hit.field not in spans:
            spans[hit.field] = sentence_spans(text)
        for start, end in spans[hit.field]:
            if start <= hit.start < end:
                found.setdefault((hit.field, start), _told(text, start, end, hit))
                break
    return tuple(found.values())


def _told(text: str, start: int, end: int, hit: Hit) -> str:
    """A sentence on one line; only the words round the hit where it is very long."""
    if end - start <= MAX_SENTENCE:
        return " ".join(text[start:end].split())
    room = max(0, MAX_SENTENCE - (hit.end - hit.start)) // 2
    first, last = max(start, hit.start - room), min(end, hit.start + MAX_SENTENCE - room)
    part = text[first:last]
    if first > start:
        part = "… " + part[max(0, part.find(" ")) :].lstrip()
    if last < end and " " in part:
        part = part[: part.rfind(" ")] + " …"
    return " ".join(part.split())


def _reading_order(hit: Hit) -> tuple[int, int, int, int, Span]:
    return _FIELD_ORDER.index(hit.field), hit.item or 0, hit.start, hit.end, hit.clause


def _hits(node: Node, item: Searchable) -> list[Hit] | None:
    """The hits of a node; None where it does not hold. What stands under NOT gives no hits."""
    if isinstance(node, Phrase):
        places = [hit for name in node.fields for value in item.values.get(name, ()) for hit in _find(node, value)]
        enough = len({(hit.field, hit.item, hit.start) for hit in places}) >= node.times
        return places if enough else None
    if isinstance(node, Not):
        return [] if _hits(node.item, item) is None else None
    found: list[Hit] = []
    holds = isinstance(node, And)
    for child in node.items:
        hits = _hits(child, item)
        if hits is not None:
            found += hits
            holds = True
        elif isinstance(node, And):
            return None
    return found if holds else None


def _find(phrase: Phrase, value: _Value) -> Iterator[Hit]:
    """The places of a phrase, in any of its forms, in one text."""
    found = False
    for form in phrase.forms:
        for first in _starts(form.words, phrase, value):
            part = value.words[first : first + len(form.words)]
            if len(part) == len(form.words) and _agree(part, form.words, phrase.marked, beginning=phrase.beginning):
                found = True
                start, end = part[0].start, part[-1].end
                yield Hit(
                    value.field, value.item, start, end, value.text[start:end], phrase.span, _reason(part, phrase, form)
                )
    if value.field == "province" and not found:
        yield from _today(phrase, value)


def _reason(part: tuple[Token, ...], phrase: Phrase, form: Form) -> str:
    if form.alias is not None:
        return f"alias:{form.alias}"
    if phrase.marked:
        return "exact"
    whole = len(part) - phrase.beginning
    same = all(there.exact == asked.exact for there, asked in zip(part[:whole], form.words[:whole], strict=True))
    # Of a word that was typed in part nobody knows its marks: it is as typed if it has none.
    same = same and all(there.exact == there.bare for there in part[whole:])
    return "exact" if same else "folded"


def _starts(wanted: tuple[Token, ...], phrase: Phrase, value: _Value) -> Iterable[int]:
    """Where words in a row may begin: the positions of the first, or none if another is missing."""
    whole = wanted[:-1] if phrase.beginning else wanted
    if not whole:
        return range(len(value.words))
    if phrase.marked:
        places = [value.exact.get(word.exact) for word in whole]
    else:
        places = [value.bare.get(word.bare) for word in whole]
    return places[0] or () if all(places) else ()


def _agree(part: tuple[Token, ...], wanted: tuple[Token, ...], marked: bool, *, beginning: bool = False) -> bool:
    """Whether words in a row are the phrase. It crosses a sentence or line end only where it has one itself."""
    last = len(wanted) - 1
    for index, (there, asked) in enumerate(zip(part, wanted, strict=True)):
        if beginning and index == last:
            same = _begins(there, asked, marked)
        else:
            same = there.exact == asked.exact if marked else there.bare == asked.bare
        if not same or (index and there.breaks and not asked.breaks):
            return False
    return True


def _begins(there: Token, asked: Token, marked: bool) -> bool:
    """Whether a word begins as asked. A tone is written anywhere in its syllable: only one that was typed counts."""
    if not marked or there.exact[0].isdecimal() or asked.exact[0].isdecimal():
        return there.bare.startswith(asked.bare)
    letters, typed = there.exact.rstrip(TONES), asked.exact.rstrip(TONES)
    return letters.startswith(typed) and (
        asked.exact == typed or there.exact[len(letters) :] == asked.exact[len(typed) :]
    )


def _today(phrase: Phrase, value: _Value) -> Iterator[Hit]:
    """A former province answers to today's name as well."""
    today = province_2025(value.text)
    if today is None:
        return
    words, wanted = tokens(today), phrase.forms[0].words
    if len(words) == len(wanted) and _agree(words, wanted, phrase.marked):
        yield Hit(value.field, value.item, 0, len(value.text), value.text, phrase.span, f"alias:{today}")


def _positions(keys: Iterable[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        places.setdefault(key, []).append(index)
    return places
