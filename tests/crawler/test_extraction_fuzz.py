"""Extraction never raises and always answers, whatever the bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.record import REJECTION_REASONS, Article, to_json
from crawler.extraction import Extraction
from tests.crawler.extraction_pages import LEAD, PARAGRAPHS, TITLE, page, run

_BLOCKS = st.sampled_from(["div", "p", "h1", "h2", "table", "tr", "td", "ul", "li", "article", "main", "nav", "form"])
_INLINE = st.sampled_from(["span", "a", "br", "img", "b", "i", "time", "script", "style", "meta", "svg", "select"])
_TAGS = _BLOCKS | _INLINE
_WORDS = st.sampled_from(
    [TITLE, LEAD, *PARAGRAPHS, "17/05/2024 08:15", "Ảnh: A", "Tin liên quan", "\x00", "\ud800", "&#0;", "<", "&"]
)
_NAMES = st.sampled_from(
    ["", ' class="sapo"', ' id="header"', ' style="display:none"', ' href="/a-1.html"', ' class="caption"']
)
_PIECES = st.lists(
    st.one_of(
        st.tuples(_TAGS, _NAMES).map(lambda pair: f"<{pair[0]}{pair[1]}>"), _TAGS.map(lambda tag: f"</{tag}>"), _WORDS
    ),
    max_size=60,
)


def check(outcome: Extraction) -> None:
    result = outcome.result
    if isinstance(result, Article):
        assert to_json(result)
        assert result.title
        assert "\x00" not in result.text
    else:
        assert result.reason in REJECTION_REASONS
        assert not result.detail.startswith("extraction failed"), result.detail


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(_PIECES, st.booleans())
def test_any_markup(pieces: list[str], force: bool) -> None:
    check(run("".join(pieces).encode("utf-8", "surrogatepass"), force=force))
    check(run(page(body="".join(pieces)).encode("utf-8", "surrogatepass"), force=force))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000), st.one_of(st.none(), st.text(max_size=30)), st.one_of(st.none(), st.text(max_size=60)))
def test_any_bytes(body: bytes, content_type: str | None, url: str | None) -> None:
    check(run(body, url, content_type=content_type))
    check(run(b"\x1f\x8b\x08" + body, url))


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 20_000 + page(),
        f"<title>{TITLE}</title><h1>{TITLE}</h1><p>" + "<b>a </b>" * 20_000 + f"</p><p>{LEAD}</p><p>{LEAD}</p>",
        f"<title>{TITLE}</title><h1>{TITLE}</h1>" + f"<p>{LEAD}</p>" * 3_000,
        '<script type="application/ld+json">' + "[" * 50_000 + "</script>" + page(),
        page(under="<p>" + "1/1/" * 20_000 + "</p>"),
        "<" * 50_000,
    ],
)
def test_hostile_pages_end_soon(markup: str) -> None:
    start = time.process_time()
    check(run(markup))
    assert time.process_time() - start < 10
