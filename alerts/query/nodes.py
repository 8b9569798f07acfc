"""A parsed query: frozen nodes with their place in the source, so that every hit can say which clause it answers."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.query.aliases import Form

Span = tuple[int, int]
"""Start and end in the query, in code points."""

TEXT_FIELDS = ("title", "kicker", "lead", "text")

FIELDS: dict[str, tuple[str, ...]] = {
    "text": TEXT_FIELDS,
    "title": ("title",),
    "kicker": ("kicker",),
    "lead": ("lead",),
    "body": ("text",),
    "author": ("authors",),
    "section": ("section",),
    "outlet": ("outlet", "outlet_name"),
    "province": ("province",),
    "language": ("language",),
}
"""Field names of the language -> fields of an article that they look into. Without a field: `text`."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row, in the forms in which they may be written; the first form is as typed.

    `marked`: a mark was typed (or `=`), so marks must agree; else words are compared without marks. `beginning`: of
    the last word only the beginning was typed. `times`: in how many places it must stand.
    """

    span: Span
    forms: tuple[Form, ...]
    marked: bool
    fields: tuple[str, ...]
    beginning: bool = False
    times: int = 1


@dataclass(frozen=True, slots=True)
class And:
    """All of the items."""

    span: Span
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the items."""

    span: Span
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The item does not hold."""

    span: Span
    item: Node


Node = Phrase | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be matched: its source and its tree."""

    text: str
    root: Node

    @property
    def all_languages(self) -> bool:
        """Whether articles that are not Vietnamese are meant too: only where the query names a language."""
        return names_language(self.root)


def names_language(node: Node) -> bool:
    """Whether the query says itself which languages it is about."""
    if isinstance(node, Phrase):
        return node.fields == FIELDS["language"]
    return names_language(node.item) if isinstance(node, Not) else any(map(names_language, node.items))


def is_positive(node: Node) -> bool:
    """Whether a match of the node rests on something that is there, and not only on what is missing."""
    if isinstance(node, And):
        return any(is_positive(item) for item in node.items)
    if isinstance(node, Or):
        return all(is_positive(item) for item in node.items)
    return isinstance(node, Phrase)
