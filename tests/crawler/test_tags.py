"""Tags that would hang the parser lose their attributes; all other bytes stay as they are."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.parse import parse
from crawler.tags import without_overloaded_tags


def overloaded(count: int) -> bytes:
    return b"<p " + b" ".join(b"a%d=1" % number for number in range(count)) + b">"


def test_an_overloaded_tag_is_made_bare() -> None:
    assert without_overloaded_tags(b"<body>" + overloaded(60_000) + b"x</p>") == b"<body><p>x</p>"
    assert without_overloaded_tags(b"<body>" + overloaded(60_000)[:-1]) == b"<body><p>"
    assert without_overloaded_tags(overloaded(60_000)[:-1] + b"<b>y</b>") == b"<p><b>y</b>"


def test_a_page_with_such_a_tag_is_parsed_at_once() -> None:
    page = f"<html><body>{overloaded(200_000).decode()}Mưa lớn</p></body></html>"
    before = time.process_time()
    tree = parse(page)
    assert tree is not None
    assert tree.body.text_content() == "Mưa lớn"
    assert time.process_time() - before < 5  # it took minutes


def test_long_pictures_and_ordinary_tags_stay() -> None:
    picture = b'<img alt="x" src="data:image/png;base64,' + b"QUJD" * 5000 + b'">'
    assert without_overloaded_tags(picture) == picture
    assert without_overloaded_tags(overloaded(50)) == overloaded(50)


@given(st.binary(max_size=300))
def test_short_bodies_are_never_changed(body: bytes) -> None:
    assert without_overloaded_tags(body) == body
