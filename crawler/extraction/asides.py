"""See-also notes inside paragraphs: "Đọc thêm: <another article's headline>" amid the text of this one."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawler.extraction.compare import words
from crawler.extraction.markup import INLINE

_LABEL = re.compile(
    r"(?P<start>^|[.!?…:;\"”»)\]]\s+|^\s+)(?P<label>\W*(?:(?:mời )?(?:bạn đọc |quý vị |độc giả )?"
    r"(?:xem|đọc) (?:thêm|tiếp|lại|ngay)|(?:tin|bài)(?: viết)? (?:liên quan|cùng chủ đề)|tham khảo(?: thêm)?"
    r"|có thể bạn quan tâm)(?: bài(?: viết)?)?\s*:\s*)$",
    re.IGNORECASE,
)
_FEWEST = 4
_TAIL = 80


def drop_asides(body: HtmlElement) -> None:
    """Take out, in place, each label of a see-also note with the link behind it, where they stand amid other text.

    The label ends in a colon and begins a sentence, the link has four words or more. A note that is all of its
    paragraph is left to the rules for blocks.
    """
    for link in list(body.iter("a")):
        outer = _outermost(link)
        parent, before = outer.getparent(), outer.getprevious()
        if parent is None:
            continue
        text = (parent.text if before is None else before.tail) or ""
        named = before is not None and not text.strip() and before.tag in INLINE
        said = before.text_content() if named and before is not None else text
        if ":" not in said[-4:] or len(words(link.text_content())) < _FEWEST:
            continue
        found = _LABEL.search(said[-_TAIL:])
        if found is None or (named and (len(said) > _TAIL or found["start"].strip())):
            continue
        if named and before is not None:
            _drop_pair(parent, before, outer)
        else:
            _drop_labelled(parent, before, outer, text, len(found["label"]))


def _outermost(link: HtmlElement) -> HtmlElement:
    """The link, or the inline elements that hold nothing else before it (`<b><a>...</a></b>`)."""
    element = link
    parent = element.getparent()
    while (
        parent is not None
        and parent.tag in INLINE
        and element.getprevious() is None
        and not (parent.text or "").strip()
        and element.getnext() is None
        and not (element.tail or "").strip()
    ):
        element, parent = parent, parent.getparent()
    return element


def _drop_pair(parent: HtmlElement, label: HtmlElement, link: HtmlElement) -> None:
    """A label that is an element of its own goes with the link."""
    if _alone(parent, label, link):
        return
    rest = _unstopped(link.tail)
    _take_out(parent, link, "")
    _take_out(parent, label, rest)


def _drop_labelled(parent: HtmlElement, before: HtmlElement | None, link: HtmlElement, text: str, size: int) -> None:
    kept = text[: len(text) - size]
    only = before is None and not kept.strip(" ([") and link.getnext() is None and not _said(link.tail)
    if only:
        if parent.tag in INLINE and parent.getparent() is not None:
            _take_out(parent.getparent(), parent, parent.tail or "")
        return
    if before is None:
        parent.text = kept
    else:
        before.tail = kept
    _take_out(parent, link, _unstopped(link.tail))


def _alone(parent: HtmlElement, label: HtmlElement, link: HtmlElement) -> bool:
    """Whether label and link are all that their block holds."""
    if parent.tag in INLINE or (parent.text or "").strip() or label.getprevious() is not None:
        return False
    return link.getnext() is None and not _said(link.tail)


def _said(tail: str | None) -> bool:
    return bool(re.search(r"\w", tail or ""))


def _unstopped(tail: str | None) -> str:
    """What stands behind a link without the full stop that ended the note."""
    return re.sub(r"^\s*[.;)\]]+", "", tail or "")


def _take_out(parent: HtmlElement, element: HtmlElement, rest: str) -> None:
    """Remove an element; `rest` stands in its place."""
    previous = element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + rest
    else:
        parent.text = (parent.text or "") + rest
    parent.remove(element)
