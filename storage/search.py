"""Search over stored articles: words typed with marks must have them, words without find both."""

from __future__ import annotations

import re

from corpus.errors import UsageError
from corpus.record import Article
from corpus.text import bare_key, exact_key, has_marks
from storage.articles import article_from_row
from storage.database import Database

WORDS_AT_MOST = 50
"""Words and phrases of one search; more would only make SQLite's parser give up."""


def search(db: Database, text: str, *, limit: int = 50, outlet: str | None = None) -> list[Article]:
    """Articles that hold every word and every "quoted phrase" of the text, newest first.

    A word (or phrase) typed with any mark or đ is looked up with its marks (`đường` never finds `dương`); one
    typed without marks finds all of its readings (`dat dai` finds `đất đai`). There are no operators.

    Args:
        db: the corpus.
        text: whatever a person typed.
        limit: articles at most.
        outlet: only articles of this outlet.

    Raises:
        UsageError: nothing to search for (`search_blank`), or more than fifty words (`search_long`).
    """
    wanted = _match_expression(text)
    found = db.rows(
        "SELECT articles.* FROM article_search JOIN articles ON articles.seen_order = article_search.rowid"
        " WHERE article_search MATCH :wanted AND (:outlet IS NULL OR articles.outlet = :outlet)"
        " ORDER BY article_search.rowid DESC LIMIT :limit",
        {"wanted": wanted, "outlet": outlet, "limit": limit},
    )
    return [article_from_row(row) for row in found]


_PIECE = re.compile(r'["“”„«»]([^"“”„«»]*)["“”„«»]|([^\s"“”„«»]+)')
_SEARCHABLE = re.compile(r"\w")


def _match_expression(text: str) -> str:
    """The text as an FTS5 expression in which everything typed stands inside quotes."""
    terms: list[str] = []
    for phrase, word in _PIECE.findall(text):
        piece = phrase or word
        column, key = ("exact", exact_key(piece)) if has_marks(piece) else ("bare", bare_key(piece))
        if _SEARCHABLE.search(key):
            quoted = key.replace('"', '""')
            terms.append(f'{column} : "{quoted}"')
    if not terms:
        raise UsageError("search_blank", "there is no word to search for", hint='give words or a "quoted phrase"')
    if len(terms) > WORDS_AT_MOST:
        raise UsageError("search_long", f"more than {WORDS_AT_MOST} words to search for", hint="search for fewer")
    return " AND ".join(terms)
