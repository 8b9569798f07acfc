"""What is wrong with a query that does not parse: one sentence, the place, and the next step for a person."""

from __future__ import annotations

import re

from corpus.errors import QueryError

_NOT_YET = (
    (re.compile(r"NEAR/"), "NEAR/n", "use AND for now"),
    (re.compile(r"=="), "== (proper names)", "leave it out"),
    (re.compile(r"@"), "@ (abbreviations)", "leave it out, or write the phrase in double quotes"),
)
_OTHER_TOOLS = (
    (re.compile(r"="), "= stands before a word or a phrase"),
    (re.compile(r"\{"), "how often is written after a phrase, such as {2}"),
    (re.compile(r"\*"), "* stands after the last word of a phrase"),
    (re.compile(r"[-!]"), "to exclude something write NOT, in capitals"),
    (re.compile(r"\+"), "to require something write AND, in capitals"),
    (re.compile(r"&"), "write AND, in capitals, or put the words in double quotes"),
    (re.compile(r"\|"), "write OR, in capitals"),
    (re.compile(r"['‘’«»]"), "a phrase stands in double quotes"),
    (re.compile(r"[~^}]"), "put the words in double quotes"),
)
_OPERATOR = re.compile(r"(?:AND|OR|NOT)(?![^\s()\"“”„])")


def not_supported(position: int, what: str, hint: str) -> QueryError:
    """The error for a part of the language that is not there yet."""
    return QueryError(f"{what} is not part of the topic language", position=position, hint=hint)


def fault_at(text: str, position: int) -> QueryError:
    """The error for a place at which nothing fits."""
    rest = text[position:]
    for pattern, what, hint in _NOT_YET:
        if pattern.match(rest):
            return not_supported(position, what, hint)
    for pattern, hint in _OTHER_TOOLS:
        if pattern.match(rest):
            return QueryError(f"{rest[0]!r} means nothing here", position=position, hint=hint)
    if not rest:
        return _early_end(text)
    if found := _OPERATOR.match(rest):
        return QueryError(f"{found.group()} needs something before it and after it", position=position, hint=None)
    if rest[0] == ")":
        return _closing_bracket(text, position)
    if rest[0] in '"“”„' and not re.search(r'["“”]', rest[1:]):
        return QueryError("a quotation mark that is never closed", position=position, hint='close it with "')
    if _after_a_term(text[:position].rstrip()):
        return QueryError("an operator is missing here", position=position, hint="write AND, OR or NOT, in capitals")
    return QueryError(f"{rest[0]!r} is not understood", position=position, hint="put the words in double quotes")


def _early_end(text: str) -> QueryError:
    position = len(text)
    if not text.strip():
        return QueryError("the query is empty", position=0, hint='for example: "đất đai" AND "thu hồi"')
    if _ends_with_operator(text.rstrip()):
        return QueryError("something is missing after the last operator", position=position, hint=None)
    if text.count("(") > text.count(")"):
        return QueryError("a bracket is never closed", position=position, hint="close it with )")
    return QueryError("the query ends too early", position=position, hint=None)


def _closing_bracket(text: str, position: int) -> QueryError:
    before = text[:position].rstrip()
    if before.endswith("("):
        return QueryError("nothing stands between the brackets", position=position, hint=None)
    if _ends_with_operator(before):
        return QueryError("something is missing before the bracket", position=position, hint=None)
    return QueryError("a bracket closes that was never opened", position=position, hint="remove it")


def _ends_with_operator(text: str) -> bool:
    return re.search(r"(?:^|[\s()\"“”])(?:AND|OR|NOT)$", text) is not None


def _after_a_term(before: str) -> bool:
    return bool(before) and before[-1] not in "(:" and not _ends_with_operator(before)
