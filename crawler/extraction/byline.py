"""Who wrote it: the line as printed, and the names of people in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from lxml.html import HtmlElement

from corpus.provinces import is_province
from corpus.text import one_line
from crawler.extraction.compare import key
from crawler.extraction.container import Container, names_up
from crawler.extraction.jsonld import text_of
from crawler.extraction.layout import Block
from crawler.extraction.markup import Zone
from crawler.extraction.selectors import select
from crawler.extraction.view import View

_AGENCIES = {
    "ttxvn": "TTXVN", "thông tấn xã việt nam": "TTXVN", "vietnam+": "TTXVN", "vietnamplus": "TTXVN",
    "reuters": "Reuters", "afp": "AFP", "xinhua": "Tân Hoa xã", "tân hoa xã": "Tân Hoa xã", "thx": "Tân Hoa xã",
}  # fmt: skip
_ROLE_BEFORE = re.compile(
    r"^(?:(?:tin|bài|ảnh|clip|video|đồ ho[ạa]|đồ họa|thực hiện|tác giả|nhóm pv|nhóm phóng viên|phóng viên|pv|ctv"
    r"|biên tập|người viết|thể hiện|theo|by|nguồn|lược dịch|tổng hợp|trình bày)\s*(?:[,;&+\-–/]|và|:)?\s*)+",
    re.IGNORECASE,
)
_ROLE_AFTER = re.compile(
    r"\s*(?:[(\[][^()\[\]]{1,40}[)\]]|[-–,]?\s*(?:thực hiện|tổng hợp|lược dịch|lược ghi|ghi|biên dịch))\s*\.?$",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\s+[-–—|/]\s+|\s*[,;&+|/]\s*|\s+và\s+|\s*\n\s*", re.IGNORECASE)
_WORD = r"[A-ZĐÀ-ÖØ-ÝĂĨŨƠƯẠ-Ỹ][\w'’.]*"
_NAME = re.compile(rf"^{_WORD}(?:\s+{_WORD}){{0,5}}$")
_INITIALS = re.compile(r"^(?:[A-ZĐ]\.){1,3}[A-ZĐ]?\w*\.?$|^[A-ZĐ]\.\s?[A-ZĐ]\w{0,10}$")
_SOURCE_LINE = re.compile(r"^\W*[Tt]heo\s+[A-ZĐ][^.!?:]{2,40}$|^\W*[Tt]heo\s+\S+\.vn\W*$")
_SIGNED = re.compile(r"^\W*(?:tin|bài|thực hiện|tác giả)\b[^:]{0,20}:", re.IGNORECASE)
_ROLE_ONLY = re.compile(r"^\W*(?:thực hiện|tổng hợp|lược ghi|lược dịch|ctv|ghi)\W*$", re.IGNORECASE)
_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|tac-?gia|tacgia|nguoi-?viet|writer|pseudonym|but-?danh|author[-_]?(?:name|info|mail))(?:$|[\s_-])"
)
_NOT_NAMES = re.compile(
    r"\b(?:báo|đài|tạp chí|online|điện tử|ban|toà soạn|tòa soạn|cổng|thông tin|admin|editor|news|vccorp|phóng viên"
    r"|công ty|sở|ubnd|tỉnh|trung tâm|việt nam|ảnh|nguồn|theo)\b|\.(?:vn|com|net)\b|@|https?:|\d",
    re.IGNORECASE,
)
_STAFF = re.compile(r"^(?:nhóm\s+)?(?:p\.?\s?v|b\.?\s?t\.?\s?v|c\.?\s?t\.?\s?v|b\.?\s?b\.?\s?t)s?\.?$", re.IGNORECASE)
"""PV, BTV, CTV, BBT: reporter, editor, contributor, the board; no person."""
_MAIL = re.compile(r"\S+@\S+")
_LONGEST_LINE = 80
_AUTHOR_PAGE = re.compile(r"/(?:tac-?gia|author|nha-bao|phong-vien)[/-]", re.IGNORECASE)
_DATE_TAIL = re.compile(r"[\s,|•·\-–—]*(?:thứ\s|chủ nhật|cn\b|ngày|\d).*$", re.IGNORECASE)


def name_of(text: str) -> str | None:
    """A person's name out of a piece of a byline, without role; None if the piece is no name."""
    text = one_line(text).strip(" .:-–—*•/\"'“”")
    text = _ROLE_AFTER.sub("", _ROLE_BEFORE.sub("", text)).strip(" .:-–—*•/,")
    if _STAFF.match(text):
        return None
    if _INITIALS.match(text):
        return text
    if not _NAME.match(text) or _NOT_NAMES.search(text) or len(text) > 50:
        return None
    # One all-capitals word is an agency or an abbreviation, not a person.
    if " " not in text and text.isupper() and "." not in text:
        return None
    return text


def names_in(line: str, not_authors: Iterable[str]) -> tuple[str, ...]:
    """The people named in a byline, in its order, without doubles."""
    refused = {key(name) for name in not_authors if name}
    line = re.sub(r"[(\[][^()\[\]]{1,40}[)\]]", " ", _MAIL.sub(" ", line))
    names = [name_of(piece) for piece in _SPLIT.split(_ROLE_BEFORE.sub("", one_line(line)))]
    return tuple(dict.fromkeys(name for name in names if name and key(name) not in refused))


def agency_in(text: str | None) -> str | None:
    """The news agency that a byline or dateline names."""
    folded = (text or "").casefold()
    for name, agency in _AGENCIES.items():
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded):
            return agency
    return None


def closing_lines(blocks: list[Block]) -> list[Block]:
    """The short last lines of a body that are a byline or a source line, not text."""
    found: list[Block] = []
    for block in reversed(blocks[-6:]):
        line = one_line(block.text)
        if _ROLE_ONLY.match(line):
            found.append(block)
            continue
        if len(line) > _LONGEST_LINE or block.heading or not _closes(block, line):
            break
        found.append(block)
        if len(found) == 3:
            break
    return found[::-1]


def signed_amid(blocks: list[Block]) -> list[Block]:
    """The byline that has lines behind it ("Còn nữa", an address), where its own words or its place mark it as one."""
    for block in reversed(blocks[-6:]):
        line = one_line(block.text)
        if len(line) > _LONGEST_LINE * 1.5:
            return []
        marked = _SIGNED.match(line) or _at_right(block) or _CLASSES.search(names_up(block.owner, 2))
        if marked and len(line) <= _LONGEST_LINE and not block.heading and names_in(line, ()) and _closes(block, line):
            return [block]
    return []


def end_of_article(blocks: list[Block], is_box_heading: Callable[[str], bool]) -> list[Block]:
    """The blocks up to a byline behind which a box begins ("Đọc nhiều", "Tin liên quan"): flat pages go on below it."""
    total = sum(len(block.text) for block in blocks)
    seen = 0
    for number, block in enumerate(blocks):
        seen += len(block.text)
        if seen * 2 > total and len(block.text) <= 50 and not block.heading and names_in(block.text, ()):
            follow = next(
                (n for n in range(number + 1, min(number + 6, len(blocks))) if is_box_heading(blocks[n].text)), None
            )
            if follow is not None and all(len(b.text) < _LONGEST_LINE for b in blocks[number + 1 : follow]):
                return blocks[: number + 1]
    return blocks


def find_authors(
    view: View, closing: list[Block], container: Container | None, date_blocks: frozenset[int] = frozenset()
) -> tuple[tuple[str, ...], str | None]:
    """The people who wrote the article and the byline as printed.

    Order: the outlet's selector, the closing lines of the body, an element called author near the article, the date
    line, JSON-LD.
    """
    refused = _not_authors(view)
    lines = [view.text_of(element) for element in select(view.tree.root, view.selectors.author)]
    closed = [block.text for block in closing]
    for printed in (lines, closed, _by_class(view, container), _by_date_line(view, date_blocks)):
        names = tuple(dict.fromkeys(name for line in printed for name in names_in(line, refused)))
        if names:
            printed_line = _printed_line(printed, names)
            role = next((one_line(line) for line in printed if _ROLE_ONLY.match(one_line(line))), "")
            return names, f"{printed_line} {role}".strip()
    for node in view.jsonld.articles:
        values = node.get("author")
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, dict) and "organization" in str(value.get("@type", "")).lower():
                continue
            names = names_in(text_of(value) or "", refused)
            if names:
                return names, None
    return (), next((one_line(block.text) for block in closing), None)


def _printed_line(lines: list[str], names: tuple[str, ...]) -> str:
    """The shortest line that holds all names, else all lines that hold one."""
    plain = [one_line(line) for line in lines]
    whole = [line for line in plain if all(name in line for name in names)]
    if whole:
        return min(whole, key=len)[:200]
    return " / ".join(dict.fromkeys(line for line in plain if any(name in line for name in names)))[:200]


def _not_authors(view: View) -> list[str]:
    names = [view.meta.get("og:site_name") or "", *[text_of(n.get("publisher")) or "" for n in view.jsonld.articles]]
    if view.outlet:
        names += [view.outlet.name, *view.outlet.not_authors]
    return names


def _closes(block: Block, line: str) -> bool:
    plain = len(line)
    marked = (
        bool(_CLASSES.search(names_up(block.owner, 2)))
        or _at_right(block)
        or max(block.bold, block.italic) >= plain * 0.6
    )
    if _is_source(line):
        return True
    role = _ROLE_BEFORE.match(line)
    if role and (":" in role[0] or names_in(line, ()) or agency_in(line) or _SOURCE_LINE.match(line)):
        return True
    if plain > 50 and not marked:
        return False
    pieces = [piece for piece in _SPLIT.split(_ROLE_AFTER.sub("", _MAIL.sub("", line).strip())) if piece]
    names = [name_of(piece) or _STAFF.match(piece.strip(" .:-()")) for piece in pieces]
    return any(names) and all(name or key(piece) in _AGENCIES for name, piece in zip(names, pieces, strict=True))


def _at_right(block: Block) -> bool:
    return "right" in ((block.owner.get("style") or "") + (block.owner.get("align") or "")).lower()


def _is_source(line: str) -> bool:
    """A line of nothing but agencies and sites: "(TTXVN/Vietnam+)", "Nguồn: TTXVN"."""
    inner = re.sub(r"^\W*(?:(?:theo|nguồn|pv)\b[\s:/]*)*", "", line, flags=re.IGNORECASE).strip(" ()[].")
    pieces = [piece.strip().casefold() for piece in re.split(r"[/,;&]|\s-\s", inner) if piece.strip()]
    known = [piece in _AGENCIES or bool(re.fullmatch(r"\S+\.(?:vn|com|net)", piece)) for piece in pieces]
    return any(known) and all(ok or _STAFF.match(piece) for ok, piece in zip(known, pieces, strict=True))


def last_line(kept: list[Block]) -> Block | None:
    """The byline that stands behind a line break at the end of the last paragraph, as a block of its own."""
    if not kept or "\n" not in kept[-1].text:
        return None
    line = kept[-1].text.rpartition("\n")[2].strip()
    marked = [part for part in kept[-1].parts if part.tag in ("b", "strong", "em", "i", "span")]
    if not marked or one_line(marked[-1].text_content()) != line or len(line) > _LONGEST_LINE:
        return None
    block = replace(kept[-1], text=line, bold=len(line), parts=(marked[-1],))
    return block if _closes(block, line) and (" " in line or "." in line) else None


def signed_below(
    view: View, container: Container, root: HtmlElement | None, is_box_heading: Callable[[str], bool]
) -> list[Block]:
    """The byline right below the body's element, inside the article's own block."""
    if root is None or root is view.layout.body:
        return []
    for block in view.layout.blocks[container.end : container.end + 2]:
        line = one_line(block.text)
        foreign = block.zone & (Zone.COMMENT | Zone.RELATED | Zone.NAV | Zone.FOOTER | Zone.HIDDEN)
        if foreign or block.heading or not view.layout.holds(root, block.index) or is_box_heading(line):
            return []
        if len(line) <= _LONGEST_LINE and block.link_share < 0.5 and _closes(block, line) and not is_province(line):
            return [block] if " " in line or "." in line or block.bold else []
        if not re.search(r"\d", line):
            return []
    return []


def _by_class(view: View, container: Container | None) -> list[str]:
    """Lines of elements called author and the like, up to a little below the body."""
    last = container.end + 8 if container else len(view.layout.blocks)
    lines = []
    for block in view.layout.blocks[:last]:
        if block.zone & (Zone.COMMENT | Zone.RELATED | Zone.NAV | Zone.HIDDEN) or len(block.text) > _LONGEST_LINE:
            continue
        names = names_up(block.owner, 3) + " " + " ".join(names_up(part, 1) for part in block.parts)
        if _CLASSES.search(names) or any(_AUTHOR_PAGE.search(part.get("href") or "") for part in block.parts):
            lines.append(block.text)
    return list(dict.fromkeys(lines))[:4]


def _by_date_line(view: View, date_blocks: frozenset[int]) -> list[str]:
    """The name that stands in the date line ("Hoài Anh - Thứ Ba, 02/03/2021") or beside it."""
    for index in sorted(date_blocks):
        text = _DATE_TAIL.sub("", view.layout.blocks[index].text.replace("\n", " "))
        if name_of(text):
            return [text]
        for near in (index - 1, index + 1):
            if 0 <= near < len(view.layout.blocks):
                line = view.layout.blocks[near]
                plain = not line.heading and not line.zone & (Zone.RELATED | Zone.NAV | Zone.COMMENT)
                if (
                    plain
                    and len(line.text) <= 40
                    and " " in line.text
                    and name_of(line.text)
                    and not is_province(line.text)
                ):
                    return [line.text]
    return []
