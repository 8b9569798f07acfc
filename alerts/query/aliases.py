"""Abbreviations that mean one thing in Vietnamese papers, and are therefore read both ways without being asked.

BTV, BCH, TP, CT and many more mean several things; they are compared as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass

from corpus.text import Token, tokens

MAX_FORMS = 16
"""Ways of writing one phrase that are tried: four abbreviations in it, each short or long."""

_SAFE = (
    ("T.Ư", "trung ương"),
    ("UBND", "ủy ban nhân dân"),
    ("HĐND", "hội đồng nhân dân"),
    ("MTTQ", "mặt trận tổ quốc"),
    ("CCHC", "cải cách hành chính"),
    ("TTHC", "thủ tục hành chính"),
    ("NTM", "nông thôn mới"),
    ("HTX", "hợp tác xã"),
    ("GPMB", "giải phóng mặt bằng"),
    ("GTVT", "giao thông vận tải"),
    ("LĐTBXH", "lao động thương binh và xã hội"),
    ("LĐ-TB&XH", "lao động thương binh và xã hội"),
    ("KT-XH", "kinh tế xã hội"),
    ("QP-AN", "quốc phòng an ninh"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a phrase; `alias` names the abbreviation that was put in or taken out, if any."""

    words: tuple[Token, ...]
    alias: str | None = None


_PAIRS = tuple(
    (name, one, other)
    for name, long in _SAFE
    for one, other in ((tokens(name), tokens(long)), (tokens(long), tokens(name)))
)


def forms(words: tuple[Token, ...], marked: bool) -> tuple[Form, ...]:
    """A phrase as typed, and with its safe abbreviations written out or its long names shortened."""
    found = [Form(words)]
    for form in found:
        for name, one, other in _PAIRS:
            for start in _places(form.words, one, marked):
                changed = Form(_replaced(form.words, start, len(one), other), form.alias or name)
                if len(found) < MAX_FORMS and all(not _same(changed.words, known.words) for known in found):
                    found.append(changed)
    return tuple(found)


def _places(words: tuple[Token, ...], part: tuple[Token, ...], marked: bool) -> list[int]:
    """Where `part` stands among the words, by exact keys if the phrase is marked, else by bare keys."""
    if marked:
        wanted, there = [word.exact for word in part], [word.exact for word in words]
    else:
        wanted, there = [word.bare for word in part], [word.bare for word in words]
    return [start for start in range(len(there)) if there[start : start + len(wanted)] == wanted]


def _replaced(words: tuple[Token, ...], start: int, length: int, other: tuple[Token, ...]) -> tuple[Token, ...]:
    """The words with some of them replaced; a break before the first of them stays."""
    first = other[0]._replace(breaks=words[start].breaks)
    return (*words[:start], first, *other[1:], *words[start + length :])


def _same(one: tuple[Token, ...], other: tuple[Token, ...]) -> bool:
    return [word.exact for word in one] == [word.exact for word in other]
