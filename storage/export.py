"""The corpus as files: JSON Lines (lossless) and CSV (for spreadsheets)."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from corpus.clock import stamp
from corpus.record import Article, to_json

CSV_COLUMNS = (
    "id", "outlet", "outlet_name", "province", "province_2025", "published", "precision", "first_seen_at",
    "title", "kicker", "lead", "text", "authors", "section", "tags", "language", "url", "canonical_url",
    "modified_at", "removed_at", "version", "story", "agency", "flags", "content_hash",
)  # fmt: skip
"""The columns of `write_csv`. Lists are joined by `; `, unknown is empty, `published` is a day or a minute."""
CELL_LENGTH = 32_767
"""UTF-16 units that one cell of Excel holds; a longer one would spill into the rows below."""


def write_jsonl(articles: Iterable[Article], out: TextIO) -> int:
    """Write one record of the shared corpus format a line; gives their number. `out` is UTF-8."""
    count = 0
    for article in articles:
        out.write(json.dumps(to_json(article), ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count


def write_csv(articles: Iterable[Article], out: BinaryIO) -> int:
    """Write a table that Excel opens right by a double click; gives the number of articles.

    UTF-8 with a byte order mark, lines end with CR LF, quotes as in RFC 4180. A cell that a spreadsheet would run as
    a formula gets one `'` in front (`guarded`). A cell longer than Excel's limit is cut and ends with `…`: the
    lossless form is `write_jsonl`.
    """
    text = TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(CSV_COLUMNS)
        count = 0
        for article in articles:
            values = _values(article)
            writer.writerow([guarded(_fitting(values[name])) for name in CSV_COLUMNS])
            count += 1
        text.flush()
    finally:
        text.detach()  # `out` belongs to the caller and stays open
    return count


def guarded(cell: str) -> str:
    """The cell with a `'` in front if a spreadsheet could take it for a formula. `unguarded` undoes it, always."""
    return "'" + cell if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


# Blanks and quotes in front do not make a formula harmless: programs strip them. Full-width signs count as well.
_FORMULA = re.compile("[\\s\"'\u200b\ufeff]*[=+\\-@＝＋－＠\\x00\\t\\r]")


def _fitting(cell: str) -> str:
    room = CELL_LENGTH - 1  # for the guard's mark
    encoded = cell.encode("utf-16-le", "replace")
    if len(encoded) <= 2 * room:
        return cell
    return encoded[: 2 * (room - 1)].decode("utf-16-le", "ignore") + "…"


def _values(article: Article) -> dict[str, str]:
    value = to_json(article)
    flat = {name: "" if value.get(name) is None else str(value[name]) for name in CSV_COLUMNS if name in value}
    return {
        **flat,
        "published": article.published.text() or "",
        "precision": article.published.precision,
        "first_seen_at": stamp(article.first_seen_at),
        "authors": "; ".join(article.authors),
        "tags": "; ".join(article.tags),
        "flags": "; ".join(article.flags),
    }
