"""The topic language: text in, `Query` out. docs/query-language.md describes it; its examples are tested."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from alerts.query.aliases import Form, forms
from alerts.query.faults import fault_at
from alerts.query.nodes import FIELDS, And, Node, Not, Or, Phrase, Query, Span, is_positive
from corpus.errors import QueryError
from corpus.text import has_marks, tokens

MAX_LENGTH = 10_000
"""Code points; a topic with hundreds of alternatives is far below."""

MAX_DEPTH = 50
"""Brackets, NOT and fields inside each other."""

MAX_TIMES = 100
"""The most that {k} may ask for."""

# A word may not begin like an operator, like a sign of other search tools, or like a part of the language that is
# not there yet: such a query shall fail, and never be read as something else.
_GRAMMAR = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: one (_AND one | excluded)*
    ?one: excluded | term
    excluded: NOT one
    ?term: "(" either ")" | field | phrase
    field: FIELD term
    phrase: EXACT? (QUOTED STAR? | WORD+ STAR?) TIMES?

    _AND.3: /AND(?![^\s()"“”„])/
    _OR.3: /OR(?![^\s()"“”„])/
    NOT.3: /NOT(?![^\s()"“”„])/
    FIELD.2: /[^\s\d()"“”„*{}=@|:]+:/
    EXACT: /=(?!=)/
    STAR: "*"
    TIMES: /\{\d+\}/
    QUOTED: /["“”„][^"“”„]*["“”]/
    WORD: /(?!(?:AND|OR|NOT)(?![^\s()"“”„]))(?!NEAR\/)(?![-+!](?!\s|$))(?![|&~^}'‘’«»])[^\s()"“”„*{}=@|]+/

    %ignore /\s+/
"""
_TEXT = FIELDS["text"]


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True)


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: with the position (code points from the start) and, where there is one, a hint.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"a query longer than {MAX_LENGTH} characters", position=MAX_LENGTH, hint="make two topics")
    try:
        tree = _lark().parse(text)
    except UnexpectedInput as error:
        raise fault_at(text, _position(text, error)) from None
    root = _node(tree, None, 0)
    if not is_positive(root):
        raise QueryError(
            "a query that only excludes would match nearly every article",
            position=root.span[0],
            hint="add something that must be there; each side of OR needs it",
        )
    return Query(text, root)


def _position(text: str, error: UnexpectedInput) -> int:
    """Where the parser stopped."""
    if isinstance(error, UnexpectedToken):
        start = error.token.start_pos
        return len(text) if error.token.type == "$END" or start is None else start
    assert isinstance(error, UnexpectedCharacters)
    return error.pos_in_stream or 0


def _node(tree: Tree[Token], fields: tuple[str, ...] | None, depth: int) -> Node:
    """A node of our own for a node of the parser's; `fields` is None outside of any field."""
    span = _span(tree)
    if depth > MAX_DEPTH:
        raise QueryError(f"more than {MAX_DEPTH} levels of brackets or NOT", position=span[0], hint="make it flatter")
    if tree.data == "phrase":
        return _phrase(tree, fields or _TEXT)
    inner = [child for child in tree.children if isinstance(child, Tree)]
    if tree.data == "field":
        return _node(inner[0], _fields(tree, fields), depth + 1)
    items = tuple(_node(child, fields, depth + 1) for child in inner)
    if tree.data == "excluded":
        return Not(span, items[0])
    return (Or if tree.data == "either" else And)(span, items)


def _fields(tree: Tree[Token], outer: tuple[str, ...] | None) -> tuple[str, ...]:
    """The article's fields that a field of the query stands for."""
    written = tree.children[0]
    assert isinstance(written, Token)
    position = written.start_pos or 0
    name = written[:-1]
    if name not in FIELDS:
        known = ", ".join(FIELDS)
        raise QueryError(
            f"there is no field {name!r}",
            position=position,
            hint=f"fields are {known}; text with a colon stands in double quotes",
        )
    if outer is not None:
        raise QueryError("a field inside a field", position=position, hint="take one of them out")
    return FIELDS[name]


def _phrase(tree: Tree[Token], fields: tuple[str, ...]) -> Phrase:
    """The words of a phrase, quoted or bare, with what stands before and after them."""
    parts = [child for child in tree.children if isinstance(child, Token)]
    start, end = _span(tree)
    written = " ".join(part for part in parts if part.type in ("QUOTED", "WORD")).strip('"“”„').rstrip()
    apart = [star for one, star in pairwise(parts) if star.type == "STAR" and one.end_pos != star.start_pos]
    beginning = written.endswith("*") or any(part.type == "STAR" for part in parts)
    written = written.removesuffix("*")
    words = tokens(written)
    if not words:
        raise QueryError("a phrase without a word or number", position=start, hint="write a word")
    if apart or "*" in written or (beginning and words[-1].end != len(written)):
        raise QueryError("* stands after the last word only", position=start, hint="remove it")
    exact = any(part.type == "EXACT" for part in parts)
    marked = exact or has_marks(written)
    as_typed = exact or beginning
    return Phrase(
        span=(start, end),
        forms=(Form(words),) if as_typed else forms(words, marked),
        marked=marked,
        fields=fields,
        beginning=beginning,
        times=_times(parts),
    )


def _times(parts: list[Token]) -> int:
    """How often a phrase must stand there."""
    for part in parts:
        if part.type == "TIMES":
            if not 1 <= (times := int(part[1:-1])) <= MAX_TIMES:
                raise QueryError(f"a number from 1 to {MAX_TIMES} is wanted", position=part.start_pos or 0)
            return times
    return 1


def _span(tree: Tree[Token]) -> Span:
    start, end = tree.meta.start_pos, tree.meta.end_pos
    return start, end
