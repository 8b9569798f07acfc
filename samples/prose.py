"""Reads an article file of the sample press: TOML between two lines of `+++`, then the text in plain blocks.

Blocks stand apart by a blank line. `## ` begins a subheading, `- ` lines make a list, `> ` a quotation box,
`? ` an interviewer's question, `![caption](credit)` a picture; everything else is a paragraph.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, Literal

BlockKind = Literal["paragraph", "subheading", "list", "quote", "question", "picture"]

_PICTURE = re.compile(r"!\[(?P<caption>[^\]]+)\]\((?P<credit>[^)]*)\)")
_MARKS: dict[str, BlockKind] = {"## ": "subheading", "> ": "quote", "? ": "question"}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an article's text. `items` are a list's lines, `credit` is a picture's ("Ảnh: ..." without label)."""

    kind: BlockKind
    text: str
    items: tuple[str, ...] = ()
    credit: str | None = None

    def lines(self) -> tuple[str, ...]:
        """What the block adds to the article's text; nothing for a picture, whose caption is no part of it."""
        if self.kind == "picture":
            return ()
        return self.items or (self.text,)


def split_file(content: str) -> tuple[dict[str, Any], str]:
    """Part a file into its front matter and its text.

    Raises:
        ValueError: the two lines of `+++` are missing, or the front matter is no TOML.
    """
    parts = re.split(r"^\+\+\+$", content, maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError("an article file begins with its front matter between two lines of +++")
    return tomllib.loads(parts[1]), parts[2].strip()


def blocks(text: str) -> tuple[Block, ...]:
    """Read the text of an article file."""
    return tuple(_block(piece.strip()) for piece in re.split(r"\n\s*\n", text) if piece.strip())


def _block(piece: str) -> Block:
    if picture := _PICTURE.fullmatch(piece):
        return Block("picture", picture["caption"], credit=picture["credit"] or None)
    if piece.startswith("- "):
        items = tuple(" ".join(item.split()) for item in re.split(r"^- ", piece, flags=re.MULTILINE) if item.strip())
        return Block("list", "", items)
    for mark, kind in _MARKS.items():
        if piece.startswith(mark):
            return Block(kind, _joined(piece.removeprefix(mark)))
    return Block("paragraph", _joined(piece))


def _joined(piece: str) -> str:
    return " ".join(piece.split())
