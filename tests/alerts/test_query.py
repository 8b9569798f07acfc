import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.query import Query, parse
from alerts.query.aliases import MAX_FORMS
from alerts.query.nodes import And, Node, Not, Or, Phrase
from corpus.errors import QueryError

PIECES = st.sampled_from(
    [
        '"đất đai"',
        "a",
        "b c",
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        "title:",
        "body:",
        '"',
        "“",
        "NEAR/3",
        "NEAR",
        "*",
        "{2}",
        "=",
        "@",
        "-",
        " ",
        "tít:",
    ]
)
QUERIES = st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join))


def outline(node: Node, text: str) -> object:
    """The tree as nested tuples, phrases as their source."""
    if isinstance(node, Phrase):
        return text[slice(*node.span)]
    if isinstance(node, Not):
        return ("NOT", outline(node.item, text))
    return (type(node).__name__.upper(), *(outline(item, text) for item in node.items))


def nodes(node: Node) -> list[Node]:
    if isinstance(node, Not):
        return [node, *nodes(node.item)]
    return [node, *(inner for item in node.items for inner in nodes(item))] if isinstance(node, And | Or) else [node]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('"đất đai"', '"đất đai"'),
        ("đất đai", "đất đai"),
        ("a OR b AND c NOT d", ("OR", "a", ("AND", "b", "c", ("NOT", "d")))),
        ("a AND NOT b", ("AND", "a", ("NOT", "b"))),
        ("(a OR b) AND (c)", ("AND", ("OR", "a", "b"), "c")),
        ('"a"OR"b"', ("OR", '"a"', '"b"')),
        ("“a b” NOT(c)", ("AND", "“a b”", ("NOT", "c"))),
        ("ANDREW nor NOTE", "ANDREW nor NOTE"),
        ("title:(a OR b) AND c", ("AND", ("OR", "a", "b"), "c")),
        ("NEAR", "NEAR"),
        ("kinh tế - xã hội 14:05", "kinh tế - xã hội 14:05"),
        ("a AND (NOT b)", ("AND", "a", ("NOT", "b"))),
    ],
)
def test_trees(text, tree):
    assert outline(parse(text).root, text) == tree


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "empty"),
        ("  ", 0, "empty"),
        ("a AND", 5, "last operator"),
        ("AND a", 0, "AND needs"),
        ("a OR AND b", 5, "AND needs"),
        ("(a", 2, "never closed"),
        ("a)", 1, "never opened"),
        ("()", 1, "between the brackets"),
        ("(a AND) b", 6, "before the bracket"),
        ('a "b', 2, "quotation mark"),
        ('"a" "b"', 4, "operator is missing"),
        ('"a" and "b"', 4, "operator is missing"),
        ('""', 0, "without a word"),
        ('"!?"', 0, "without a word"),
        ("NOT a", 0, "only excludes"),
        ("a OR NOT b", 0, "only excludes"),
        ("NOT (NOT a)", 0, "only excludes"),
        ("tít:a", 0, "no field"),
        ("title:body:a", 6, "inside a field"),
        ("title:", 6, "ends too early"),
        ("a NEAR/3 b", 2, "NEAR/n"),
        ("co*vid", 3, "operator is missing"),
        ("covid *", 0, "after the last word"),
        ('"dịch * covid"', 0, "after the last word"),
        ('"covid-*"', 0, "after the last word"),
        ('"*"', 0, "without a word"),
        ("*a", 0, "'*'"),
        ("a =", 2, "'='"),
        ('"x"{0}', 3, "from 1 to"),
        ('"x"{999}', 3, "from 1 to"),
        ('"x"{k}', 3, "'{'"),
        ("{2}", 0, "'{'"),
        ('=="Huế"', 0, "=="),
        ('@"x"', 0, "@"),
        ("-a", 0, "'-'"),
        ("a | b", 2, "'|'"),
        ("a && b", 2, "'&'"),
        ("'a b'", 0, '"\'"'),
        ('"đ" AND "ế" x', 12, "operator is missing"),
    ],
)
def test_errors_name_place_and_fault(text, position, words):
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.message
    assert caught.value.code == "query"


def test_limits():
    with pytest.raises(QueryError, match="longer"):
        parse("a " * 6000)
    with pytest.raises(QueryError, match="levels"):
        parse("NOT " * 2000 + "a")
    assert parse("(" * 2000 + "a" + ")" * 2000)
    assert parse(" OR ".join(f"từ{number}" for number in range(1000)))


@given(QUERIES)
def test_any_text_parses_or_fails_with_a_place_in_it(text):
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        return
    assert isinstance(query, Query)
    for node in nodes(query.root):
        start, end = node.span
        assert 0 <= start < end <= len(text)


def test_forms_of_a_phrase_are_few():
    phrase = parse('"UBND HĐND MTTQ HTX NTM TTHC UBND HĐND tỉnh"').root
    assert isinstance(phrase, Phrase)
    assert len(phrase.forms) == MAX_FORMS
    assert phrase.forms[0].alias is None
