"""The stored records of a crawled newsroom beside what the papers meant: field by field, for each article."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from corpus.clock import HANOI, stamp
from corpus.text import one_line
from samples.markup.families import family_of
from samples.press import Paper, SampleArticle
from tests.crawler.newsroom_bench import NewsBench

FIELDS = ("title", "lead", "text", "authors", "date", "section", "tags", "captions", "language", "furniture")


@dataclass(frozen=True)
class Compared:
    """One field of one article. `right` is exact; `f1` is of the text's tokens, 1.0 or 0.0 for other fields."""

    key: str
    family: str
    field: str
    right: bool
    f1: float
    wanted: Any
    got: Any


def compare(bench: NewsBench) -> list[Compared]:
    """All fields of all articles that should be stored and are."""
    found = []
    titles = {article.title for article in bench.press.articles}
    rows = {row["url"]: row for row in bench.db.rows("SELECT * FROM articles")}
    for happening in bench.room.log().happenings:
        row = rows.get(happening.url)
        if happening.kind == "published" and row is not None:
            paper = bench.press.paper(happening.key.partition("/")[0])
            meant = bench.press.article(happening.key)
            article = meant if row["version"] > 1 or not meant.edit else _as_read(meant, row["text"])
            shown = article.edited() if row["version"] > 1 else article
            found += _of_article(paper, shown, titles, happening.at, row)
    return found


def table(found: Iterable[Compared]) -> str:
    """Right of all for each family and field; for text also the mean F1."""
    counts: dict[tuple[str, str], list[Compared]] = defaultdict(list)
    for one in found:
        counts[one.family, one.field].append(one)
    families = sorted({family for family, _ in counts})
    lines = ["family          " + "".join(f"{field:>12}" for field in FIELDS)]
    for family in families:
        cells = []
        for field in FIELDS:
            ones = counts[family, field]
            cell = f"{sum(one.right for one in ones)}/{len(ones)}"
            if field == "text":
                cell += f" {sum(one.f1 for one in ones) / max(len(ones), 1):.3f}"
            cells.append(f"{cell:>12}")
        lines.append(f"{family:<16}" + "".join(cells))
    return "\n".join(lines)


def _as_read(meant: SampleArticle, text: str) -> SampleArticle:
    """The version of an edited article that was read: an article first read after its edit has one version too."""
    changed = meant.edited()
    return changed if _f1(changed.text(), text) > _f1(meant.text(), text) else meant


def _of_article(
    paper: Paper, article: SampleArticle, titles: set[str], at: datetime, row: dict[str, Any]
) -> list[Compared]:
    """`titles` are those of all articles of the press: another one's title in the text comes from a box."""
    published = json.loads(row["published"])
    captions = [(c["text"], c["credit"]) for c in json.loads(row["captions"])]
    pictures = [(block.text, block.credit) for block in article.blocks if block.kind == "picture"]
    dated = family_of(paper).dated(article)
    local = at.astimezone(HANOI)
    minute, got_date = stamp(local)[:16], published["at"] and published["at"][:16]
    # The page tells so much; a listing may have told more.
    date = {"minute": minute, "day": minute[:10], None: None}[dated]
    if got_date == minute:
        date = minute
    words = f"{row['title']}\n{row['lead'] or ''}\n{row['text']}"
    strange = [words_ for words_ in (*paper.menu, *paper.ticker, paper.licence) if one_line(words_) in one_line(words)]
    strange += [title for title in titles if title != article.title and one_line(title) in one_line(words)]
    strange = [one for one in strange if one not in article.text() and one not in f"{article.title} {article.lead}"]
    pairs: list[tuple[str, Any, Any]] = [
        ("title", one_line(article.title), one_line(row["title"])),
        ("lead", one_line(article.lead) or None, one_line(row["lead"] or "") or None),
        ("text", _lines(article.text()), _lines(row["text"])),
        ("authors", list(article.authors), json.loads(row["authors"])),
        ("date", date, got_date),
        ("section", paper.section(article.section).name, row["section"]),
        ("tags", sorted(article.tags), sorted(json.loads(row["tags"]))),
        ("captions", pictures, captions),
        ("language", "vi", row["language"]),
        ("furniture", [], strange),
    ]
    family = paper.family
    return [
        Compared(article.key, family, field, wanted == got, _score(field, wanted, got), wanted, got)
        for field, wanted, got in pairs
    ]


def contradicts(got: str | None, at: datetime) -> bool:
    """Whether a stored date is another than the moment of publication; silence, or the day alone, is allowed."""
    return got is not None and not stamp(at.astimezone(HANOI)).startswith(got)


def _lines(text: str) -> str:
    return "\n".join(one_line(line) for line in text.splitlines() if line.strip())


def _score(field: str, wanted: Any, got: Any) -> float:
    return _f1(wanted, got) if field == "text" else float(wanted == got)


def _f1(wanted: str, got: str) -> float:
    ours, theirs = Counter(re.findall(r"\w+", wanted)), Counter(re.findall(r"\w+", got))
    common = sum((ours & theirs).values())
    return 2 * common / (sum(ours.values()) + sum(theirs.values())) if common else 0.0
