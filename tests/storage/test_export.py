import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from corpus.record import ArchivePosition, Article, Caption, Published, from_json
from storage.export import CELL_LENGTH, CSV_COLUMNS, guarded, unguarded, write_csv, write_jsonl
from tests.storage.made import NOON, article

SCHEMA = Path(corpus.__file__).with_name("article.schema.json")
DANGEROUS = ["=", "+", "-", "@", "\t", "\r", "\x00"]


def table(*articles: Article) -> list[dict[str, str]]:
    """The written CSV as a strict reader sees it."""
    out = io.BytesIO()
    assert write_csv(articles, out) == len(articles)
    text = out.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_bytes_are_those_that_excel_opens_right() -> None:
    out = io.BytesIO()
    write_csv([article(title='Vụ "lúa, tôm"')], out)
    data = out.getvalue()
    assert data.startswith(b"\xef\xbb\xbfid,outlet,")
    assert data.count(b"\xef\xbb\xbf") == 1
    assert data.endswith(b"\r\n")
    assert '"Vụ ""lúa, tôm"""'.encode() in data
    assert not out.closed


def test_a_row_has_every_column() -> None:
    (row,) = table(article(flags=("a", "b"), story=None, published=Published(NOON, "day", "meta", "x")))
    assert tuple(row) == CSV_COLUMNS
    assert (row["id"], row["published"], row["precision"]) == ("baosonghau:a:1", "2026-01-08", "day")
    assert (row["authors"], row["tags"], row["flags"]) == ("Lê Thị Đào; Trần Văn Hòa", "lúa; phân bón", "a; b")
    assert (row["story"], row["version"], row["text"]) == ("", "1", article().text)


def test_no_articles_are_a_head_only() -> None:
    assert table() == []


@pytest.mark.parametrize("sign", DANGEROUS)
@pytest.mark.parametrize("before", ["", " ", '"', "'", " \u00a0' ", "\n"])
def test_no_cell_is_a_formula(sign: str, before: str) -> None:
    cell = f"{before}{sign}HYPERLINK(1)"
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Đất đai", "'tin'", "a=b", "3-4", '"x"', "1.000", "  tin"])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert guarded(cell) == unguarded(cell) == cell


@given(st.text(st.sampled_from("=+-@\t\r\x00'\" \n\u00a0\u200baĐ") | st.characters(codec="utf-8"), max_size=8))
def test_the_guard_can_always_be_undone(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    bare = guarded(cell).lstrip(' \n\u00a0"')
    assert not bare.startswith(tuple(DANGEROUS))


# NUL is never stored, and a strict reader of older Pythons refuses it.
CELLS = st.text(
    st.sampled_from("=+-@\t\r\n'\" ,;Đ") | st.characters(codec="utf-8", exclude_characters="\0"), max_size=9
)


@given(title=CELLS, text=CELLS, authors=st.lists(CELLS, max_size=2))
def test_what_was_written_is_read_again(title: str, text: str, authors: list[str]) -> None:
    rows = table(article(title=title, text=text, authors=tuple(authors)), article(2))
    assert [unguarded(rows[0][name]) for name in ("title", "text", "authors")] == [title, text, "; ".join(authors)]
    assert rows[1]["title"] == article(2).title


@pytest.mark.parametrize("text", ["đ" * 40_000, "=" + "🌾" * 20_000])
def test_a_cell_longer_than_excel_holds_is_cut_and_says_so(text: str) -> None:
    (row,) = table(article(text=text))
    assert len(row["text"].encode("utf-16-le")) // 2 <= CELL_LENGTH
    assert row["text"].endswith("…")
    assert unguarded(row["text"])[:16_000] == text[:16_000]


FULL = article(
    kicker="Nông thôn mới", dateline="(BSH)", captions=(Caption("Chợ nổi", None), Caption("Lúa", "Ảnh: Đào")),
    modified_at=NOON, removed_at=NOON, story="s:1", agency="TTXVN", flags=("undated",),
    archive=ArchivePosition("a/b.warc.gz", 0, 12),
)  # fmt: skip
EMPTY = article(
    2, kicker=None, lead=None, authors=(), byline=None, section=None, tags=(), language=None, published=Published(),
    province=None, province_2025=None,
)  # fmt: skip


def test_json_lines_are_records_of_the_format() -> None:
    out = io.StringIO()
    assert write_jsonl([FULL, EMPTY], out) == 2
    lines = out.getvalue().splitlines()
    assert "Nông thôn mới" in lines[0]
    assert [from_json(json.loads(line)) for line in lines] == [FULL, EMPTY]


def test_json_lines_fit_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    out = io.StringIO()
    write_jsonl([FULL, EMPTY], out)
    for line in out.getvalue().splitlines():
        validator.validate(json.loads(line))
