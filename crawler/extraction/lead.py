"""The lead (sapo): a field of its own, without dateline, never repeated in the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from corpus.text import one_line
from crawler.extraction.compare import key, overlap, words
from crawler.extraction.container import Container, names_up
from crawler.extraction.layout import Block
from crawler.extraction.markup import NOT_ARTICLE, Zone
from crawler.extraction.selectors import select
from crawler.extraction.title import Title
from crawler.extraction.view import View

_NAMES = re.compile(
    r"sapo|(?:^|[\s_-])(?:lead|desc|description|summary|chapeau|intro|tom-?tat|mo-?ta|head-?line-?text|trich-?dan)(?:$|[\s_-])"
)
_BRACKET = re.compile(r"^\s*[(\[]\s*(?P<who>[^()\[\]\d]{2,30}?)\s*[)\]]\s*(?P<dash>[-–—:]+)?\s*")
_OPEN = re.compile(
    r"^\s*(?P<who>(?:[A-ZĐ]{2,6}(?:O|ĐT|ĐND|TV)|TTXVN|VOV|VTV|QĐND|CAND|\w[\w.]{1,30}\.(?:vn|com|net))(?:\.[A-Za-z]{2,3})?)\s*"
    r"[-–—]+\s*(?=[A-ZĐÀ-Ỹ0-9\"“‘'])"
)
_PLACE = re.compile(
    r"^\s*(?P<who>[A-ZĐÀ-Ỹ][\w.]*(?:\s[A-ZĐÀ-Ỹ][\w.]*){0,3}\s*[(\[](?:TTXVN|VNA|[A-ZĐ]{3,6})[)\]])\s*[-–—:]+\s*"
)
_QUESTION = re.compile(r"\?\W*$|^\W*(?:P\.?V|Phóng viên|Hỏi)\b\W*:", re.IGNORECASE)
_SHORTEST = 40


@dataclass(frozen=True, slots=True)
class Lead:
    """The lead's text, the dateline taken off it, the blocks it stood in, how it was found."""

    text: str | None = None
    dateline: str | None = None
    blocks: frozenset[int] = frozenset()
    source: str | None = None


def split_dateline(text: str, known: Iterable[str] = ()) -> tuple[str | None, str]:
    """Part "(NLĐO)- Không ít ..." into dateline, as printed, and the rest; `known` are the outlet's own prefixes."""
    for prefix in sorted(known, key=len, reverse=True):
        folded = text.lstrip()
        if prefix and folded.casefold().startswith(prefix.casefold()):
            rest = folded[len(prefix) :].lstrip(" -–—:)")
            if len(rest) < len(folded) - len(prefix) or prefix.rstrip().endswith(("-", "–")):
                return folded[: len(folded) - len(rest)].strip(), rest
    found = _BRACKET.match(text)
    if found and (found["dash"] or _is_paper(found["who"])):
        return one_line(found[0]), text[found.end() :]
    for pattern in (_PLACE, _OPEN):
        found = pattern.match(text)
        if found:
            return one_line(found[0]), text[found.end() :]
    return None, text


def find_lead(
    view: View, title: Title | None, container: Container | None, widgets: Collection[int] = frozenset()
) -> Lead:
    """The lead of the page, none of the blocks numbered in `widgets`; an empty Lead if it has none."""
    known = view.outlet.datelines if view.outlet else ()
    lead = _from_selector(view) or _from_page(view, title, container, widgets) or _from_meta(view, title, container)
    if lead is None or not lead.text:
        return Lead()
    dateline, text = split_dateline(lead.text, known)
    text = _without_site(view, text) if lead.source == "meta" else text
    return replace(lead, text=one_line(text) or None, dateline=dateline)


def _is_paper(who: str) -> bool:
    return bool(re.search(r"\.vn|báo|^[A-ZĐ]{2,8}$|online", who, re.IGNORECASE)) and not who.islower()


def _from_selector(view: View) -> Lead | None:
    for element in select(view.tree.root, view.selectors.lead):
        blocks = [b for b in view.layout.within(element) if b.link_share < 0.6 and not b.zone & Zone.RELATED]
        if len(view.layout.within(element)) == 1 and element in view.layout.within(element)[0].parts:
            text = one_line(element.text_content())
        else:
            text = one_line(" ".join(block.text for block in blocks))
        if text:
            return Lead(text, None, frozenset(block.index for block in blocks), "selector")
    return None


def _from_page(view: View, title: Title | None, container: Container | None, widgets: Collection[int]) -> Lead | None:
    """A block between headline and body, or at the start of the body, that is marked as the lead."""
    if container is None:
        return None
    first = title.index + 1 if title and title.index is not None else container.start
    described = _descriptions(view)
    headline = key(title.text) if title else ""
    fit = [b for b in view.layout.blocks[first : container.start + 6] if b.index not in widgets and _may_be(b)]
    fit = [b for b in fit if key(b.text) != headline]
    before = [b for b in fit if b.index < container.start]
    inside = [b for b in fit if b.index >= container.start]
    for block in (*before, *inside[:3]):
        if _NAMES.search(_names(block)) or _is_described(block.text, described):
            return Lead(block.text, None, frozenset({block.index}), "page")
    for block in before:
        if block.owner.tag in ("h2", "h3") or (block.link_share < 0.1 and len(block.text) >= 80):
            return Lead(block.text, None, frozenset({block.index}), "page")
    if len(inside) >= 2 and len(inside[0].text) >= 60 and _opens_bold(view, container, inside):
        return Lead(inside[0].text, None, frozenset({inside[0].index}), "page")
    return None


def _opens_bold(view: View, container: Container, inside: list[Block]) -> bool:
    """Whether the body opens with a bold paragraph and goes on plain; an interview's questions are bold as well."""
    opening, following = inside[0], inside[1]
    if opening.bold < len(opening.text) * 0.9 or _QUESTION.search(opening.text):
        return False
    if following.bold < len(following.text) * 0.5:
        return True
    longs = [b for b in view.layout.blocks[opening.index + 1 : container.end] if len(b.text) >= _SHORTEST]
    bold = sum(1 for block in longs if block.bold >= len(block.text) * 0.5)
    return bool(_QUESTION.search(following.text)) and bold * 2 <= len(longs)


def _from_meta(view: View, title: Title | None, container: Container | None) -> Lead | None:
    """What the page's head gives as its summary, if the page does not show it and it is no slogan of the site."""
    body = view.layout.blocks[container.start : container.end] if container else []
    start = " ".join(block.text for block in body[:8])
    for text in _descriptions(view):
        if len(text) < 60 or (title and overlap(text, title.text) > 0.95):
            continue
        known = key(_plain(text))[:60]
        if known and known in key(start):
            return None
        if body and len(set(words(text)) & set(words(" ".join(b.text for b in body)))) >= len(set(words(text))) * 0.6:
            return Lead(text, None, frozenset(), "meta")
    return None


def _descriptions(view: View) -> list[str]:
    found = [view.meta.get("og:description"), view.meta.get("description"), view.meta.get("twitter:description")]
    return list(dict.fromkeys(text for text in found if text and len(text) >= _SHORTEST))


def _is_described(text: str, described: list[str]) -> bool:
    """Whether a block says what the description says; a description may be cut short and carry a dateline."""
    mine = key(_plain(text))
    for other in described:
        known = key(_plain(other))
        if mine == known or (len(known) >= 100 and mine.startswith(known[: len(known) * 4 // 5])):
            # A description cut out of a long first paragraph makes no lead of it.
            return len(mine) <= len(known) * 1.5
        if len(mine) >= 60 and known.startswith(mine):
            return True
    return False


def _plain(text: str) -> str:
    return split_dateline(text)[1]


def _without_site(view: View, text: str) -> str:
    for name in (view.meta.get("og:site_name"), view.outlet.name if view.outlet else None):
        if name and text.rstrip().endswith(name):
            text = text.rstrip().removesuffix(name).rstrip(" -–—|")
    return text


def _may_be(block: Block) -> bool:
    return len(block.text) >= _SHORTEST and block.link_share < 0.5 and not block.zone & NOT_ARTICLE


def _names(block: Block) -> str:
    return names_up(block.owner, 2) + " " + " ".join(names_up(part, 1) for part in block.parts[:2])
