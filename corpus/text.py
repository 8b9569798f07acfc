"""Vietnamese text: cleaning, tokens with offsets, and the two keys under which words are compared.

All folding of the project is here. The stored text stays as the paper wrote it; keys lie beside it:

- exact key: case, tone placement (hoà = hòa, uỷ = ủy) and y/i after h k l m s t qu folded; marks kept, with the
  tone as a digit at the end of the syllable (`hòa` -> `hoa2`);
- bare key: no marks at all, and đ written d (`Đắk` -> `dak`).

Numbers and dates are one token with a canonical value, the same in both keys (`01` -> `1`, `1.000,5` -> `1000,5`,
`7/12/2016` -> `2016-12-07`). T.Ư, TƯ, TW and T.W. (Trung ương, the central level) are one token, `tw`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

_LINE_END = "\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_IGNORED = "\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
"""Characters without width that stand inside words: soft hyphen, joiners, bidi controls, BOM."""


def _class(*kinds: str) -> str:
    """The characters of some Unicode categories as the inside of a regular expression's class."""
    ranges: list[list[int]] = []
    # Above this point there is nothing that a newspaper writes, and the scan costs start-up time.
    for code in range(0x1F000):
        if unicodedata.category(chr(code)) in kinds and code != 0x34F:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARK = _class("Mn", "Mc", "Me")
_LETTER = r"[^\W\d_]"
_WORD_PART = rf"(?:{_LETTER}|[{_MARK}])"
_NUMBER = (
    r"\d{1,3}(?:\.\d{3})+(?:,\d+)?(?!\d)"  # 1.000,5
    r"|\d{1,3}(?:,\d{3}){2,}(?!\d)"  # 1,000,000
    r"|(?<!\d[.,])\d+[.,]\d+(?![.,]?\d)"  # 0,4
    r"|\d+"
)
_TOKEN = re.compile(
    rf"(?P<central>[Tt]\.[ \u00a0]?(?:[Ưư]|[Uu]\u031b|[Ww])(?!{_WORD_PART}))"
    rf"|(?P<word>{_LETTER}(?:{_WORD_PART}|[{_IGNORED}]+(?={_WORD_PART}))*)"
    r"|(?P<date>(?<!\d[./-])(?:\d{1,2}(?P<sep>[./-])\d{1,2}(?P=sep)\d{4}|\d{4}-\d\d-\d\d)(?![./-]?\d))"
    rf"|(?P<number>{_NUMBER})"
)
_NUMBER_ONLY = re.compile(r"\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}")

_TONES = {"\u0300": "2", "\u0301": "1", "\u0303": "4", "\u0309": "3", "\u0323": "5"}
_ETH = str.maketrans("ðɖ", "đđ")
"""Letters that look like đ in capitals (Ð, Ɖ): old converters and keyboards write them for Đ."""
TONES = "".join(_TONES.values())
"""The digits that stand for a tone at the end of an exact key."""
_Y_IS_I = frozenset({"hy", "ky", "ly", "my", "sy", "ty", "quy"})
_SYLLABLE_SHAPE = re.compile(
    r"(?:ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)

_BLANKS = re.compile(rf"[^\S{_LINE_END}]+")
_LINES = re.compile(rf"\r\n|[{_LINE_END}]")
_DROPPED = re.compile(rf"[{_IGNORED}\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")

_STOPS = re.compile(rf"[.,;!?…\u037e{_LINE_END}]")
_HARD_STOPS = re.compile(rf"[!?…{_LINE_END}]|\.\s*\.")
_SPACED_DOT = re.compile(r"\.[\"'”’»)\]]*\s")
_ABBREVIATIONS = frozenset(
    {
        "tp", "tx", "tt", "ths", "ts", "pgs", "gs", "bs", "ks", "ls", "cn", "nsnd", "nsưt", "ngnd", "ngưt",
        "đc", "tr", "stt", "đt", "sđt", "v",
    }
)  # fmt: skip
"""Words (in lower case) after which a dot is no sentence end: TP. Huế, PGS.TS. Hà."""
_NO_BREAK, _PHRASE_BREAK, _SENTENCE_BREAK = 0, 1, 2


class Token(NamedTuple):
    """A word, number or date of a text.

    `start` and `end` count code points of the text as given (NFD and NBSP included), so that the slice is the
    surface form. `breaks` is true where a phrase may not run from the token before into this one: a sentence or
    line ends between them, or a semicolon, or a comma before a number stands there.
    """

    start: int
    end: int
    exact: str
    bare: str
    breaks: bool


def clean(text: str) -> str:
    """Text as it is stored: NFC, every blank a plain space, nothing invisible, lines stripped, newlines kept.

    Zero-width spaces become spaces (they part words on real pages); joiners, soft hyphens, byte-order marks,
    bidi and other control characters and lone surrogates go. Any kind of line end becomes a newline.
    """
    text = _LINES.sub("\n", text).replace("\u200b", " ")
    text = unicodedata.normalize("NFC", _DROPPED.sub("", text))
    return "\n".join(line.strip() for line in _BLANKS.sub(" ", text).split("\n"))


def one_line(text: str) -> str:
    """`clean`, on one line without blanks at its ends."""
    return " ".join(clean(text).split())


def tokens(text: str) -> tuple[Token, ...]:
    """All words, numbers and dates of a text, in order."""
    return tuple(token for token, _ in _walk(text))


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each sentence that has a word, with its closing punctuation and without outer blanks."""
    spans: list[tuple[int, int]] = []
    start = 0
    for _token, gap in _walk(text):
        if gap[2] == _SENTENCE_BREAK:
            cut = gap[0] + _sentence_tail(text[gap[0] : gap[1]])
            spans.append(_stripped(text, start, cut))
            start = cut
    if start < len(text):
        spans.append(_stripped(text, start, len(text)))
    return tuple((first, last) for first, last in spans if _TOKEN.search(text, first, last))


def exact_key(text: str) -> str:
    """The exact keys of all tokens, joined by spaces: what the search column holds."""
    return " ".join(token.exact for token in tokens(text))


def bare_key(text: str) -> str:
    """The bare keys of all tokens, joined by spaces."""
    return " ".join(token.bare for token in tokens(text))


def has_marks(text: str) -> bool:
    """Whether any letter carries a mark or is đ."""
    return not text.isascii() and any(
        char in "đĐðÐɖƉ" or unicodedata.combining(char) for char in unicodedata.normalize("NFD", text)
    )


def _walk(text: str) -> Iterator[tuple[Token, tuple[int, int, int]]]:
    """Each token with the gap before it: start, end and kind of break."""
    end = 0
    before = ""
    for start, stop, exact, bare in _raw(text):
        gap = text[end:start]
        kind = _NO_BREAK
        if gap != " " and before and _STOPS.search(gap):
            kind = _break_kind(gap, before, text[start])
        yield Token(start, stop, exact, bare, kind != _NO_BREAK), (end, start, kind)
        end, before = stop, text[start:stop]


def _raw(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, end and both keys of each token."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup
        start, end = found.span()
        surface = found.group()
        if kind == "word":
            # Long runs of letters are no words; they shall not fill the memory of the fold.
            exact, bare = fold(surface) if end - start <= 40 else fold.__wrapped__(surface)
            if exact == "tư" and _means_central(text, start, end, surface):
                exact = bare = "tw"
            yield start, end, exact, bare
        elif kind == "number":
            yield start, end, *((_number(surface),) * 2)
        elif kind == "central":
            yield start, end, "tw", "tw"
        else:
            yield from _date(surface, start)


@lru_cache(maxsize=32768)
def fold(word: str) -> tuple[str, str]:
    """The exact and the bare key of one word (no digits, no blanks)."""
    lowered = unicodedata.normalize("NFC", _DROPPED.sub("", word)).casefold().translate(_ETH)
    if lowered.isascii():
        key = lowered[:-1] + "i" if lowered in _Y_IS_I else lowered
        return key, key
    tone = ""
    letters: list[str] = []
    for char in unicodedata.normalize("NFD", lowered):
        if char in _TONES:
            tone += _TONES[char]
        else:
            letters.append(char)
    toneless = "".join(letters)
    bare = "".join(c for c in letters if unicodedata.category(c)[0] != "M").replace("đ", "d")
    if toneless in _Y_IS_I:
        toneless = bare = toneless[:-1] + "i"
    return unicodedata.normalize("NFC", toneless) + tone, bare


def _means_central(text: str, start: int, end: int, surface: str) -> bool:
    """Whether TƯ is Trung ương: in capitals, and no neighbour is an ordinary word in capitals (ĐẦU TƯ)."""
    if unicodedata.normalize("NFC", surface) != "TƯ":
        return False
    before = re.search(rf"({_WORD_PART}+)[^\w.;!?{_LINE_END}]*$", text[max(0, start - 48) : start])
    after = re.match(rf"[^\w.;!?{_LINE_END}]*({_WORD_PART}+)", text[end : end + 48])
    return not any(found and _is_shouted_word(found.group(1)) for found in (before, after))


def _is_shouted_word(word: str) -> bool:
    """Whether a word is all capitals and could be said as one Vietnamese syllable (UBND could not)."""
    return (
        len(unicodedata.normalize("NFC", word)) > 1
        and word.isupper()
        and _SYLLABLE_SHAPE.fullmatch(fold(word)[1]) is not None
    )


def _number(surface: str) -> str:
    """The canonical value: no leading zeros, no thousands marks, comma for decimals. Length is not limited."""
    if not surface.isascii():
        surface = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in surface)
    if _THOUSANDS.fullmatch(surface):
        surface = surface.replace(",", "") if surface.count(",") > 1 else surface.replace(".", "")
    whole, _, decimals = surface.replace(".", ",").partition(",")
    if len(decimals) != 3:  # `1,000` may be a thousand as English writes it: never the same as `1`
        decimals = decimals.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole},{decimals}" if decimals else whole


def _date(surface: str, start: int) -> Iterator[tuple[int, int, str, str]]:
    """One token for a day that exists, day first; else its numbers."""
    parts = [int(part) for part in re.split(r"[./-]", surface)]
    day, month, year = parts if parts[0] < 100 else reversed(parts)
    try:
        value = date(year, month, day).isoformat()
    except ValueError:
        for found in _NUMBER_ONLY.finditer(surface):
            yield start + found.start(), start + found.end(), *((_number(found.group()),) * 2)
    else:
        yield start, start + len(surface), value, value


def _break_kind(gap: str, before: str, after: str) -> int:
    """What parts two tokens whose gap holds a stop; `after` is the next token's first character."""
    if _HARD_STOPS.search(gap):
        return _SENTENCE_BREAK
    if "." in gap and _dot_ends_sentence(gap, before, after):
        return _SENTENCE_BREAK
    if ";" in gap or "\u037e" in gap or ("," in gap and after.isdecimal()):
        return _PHRASE_BREAK
    return _NO_BREAK


def _dot_ends_sentence(gap: str, before: str, after: str) -> bool:
    """Whether a dot in the gap ends a sentence, and not an abbreviation or an initial (TP. Huế, A. Tuấn)."""
    word = unicodedata.normalize("NFC", before)
    if word.casefold() in _ABBREVIATIONS or (len(word) == 1 and word.isupper() and word not in "IVX"):
        return False
    if _SPACED_DOT.search(gap):
        return True
    # No blank after the dot: `TP.HCM`, `baoxy.com.vn`, or a forgotten blank (`xây dựng.Đảng viên`).
    last = [c for c in unicodedata.normalize("NFD", before) if not unicodedata.combining(c)][-1]
    return last.islower() and unicodedata.normalize("NFD", after)[0].isupper()


def _sentence_tail(gap: str) -> int:
    """How much of a gap belongs to the sentence that it ends: up to its first blank, else to its last stop."""
    for index, char in enumerate(gap):
        if char.isspace():
            return index
    return max(gap.rfind(stop) for stop in ".!?…") + 1


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without blanks at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
