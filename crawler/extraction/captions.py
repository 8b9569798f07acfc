"""Captions of pictures: found before they are cut out of the body, told once, with the credit apart."""

from __future__ import annotations

import re
from itertools import pairwise

from lxml.html import HtmlElement

from corpus.record import Caption
from corpus.text import one_line
from crawler.extraction.compare import key
from crawler.extraction.container import Container, is_paragraph, names_up
from crawler.extraction.layout import Block
from crawler.extraction.selectors import select_all
from crawler.extraction.view import View

_NAMES = re.compile(
    r"caption|chu-?thich|chuthich|image-?note|img-?(?:note|desc|info)|photo-?(?:note|desc)|\bpcaption\b"
)
_CREDIT = re.compile(
    r"[\s,;:\-–—|/(\[]*\b(?:ảnh|nguồn|nguồn ảnh|ảnh minh hoạ|ảnh minh họa|photo|clip|video|đồ hoạ|đồ họa)"
    r"(?: (?:tư liệu|minh hoạ|minh họa|chụp))?"
    r"\s*[:：]\s*(?P<who>[^()\[\]:]{1,60}?(?:\s*\([^()]{1,20}\))?)\s*[)\]]*\s*$",
    re.IGNORECASE,
)
_CREDIT_TAIL = re.compile(r"\s*[(\[]\s*(?:ảnh|photo)\s+(?P<who>[A-ZĐÀ-Ỹ][^()\[\]]{1,40})[)\]]\.?\s*$")
_SIGNED = re.compile(r"^\W*(?:tin|bài|bài viết|thực hiện|tác giả)\s*:", re.IGNORECASE)
"""Above "Ảnh: X" stands a caption, or the other half of a byline."""
_LONGEST = 400
_CREDIT_SPAN = 240


def caption_blocks(view: View, container: Container) -> list[Block]:
    """The blocks of the body that are captions of pictures."""
    chosen = {b.index for e in select_all(container.element, view.selectors.caption) for b in view.layout.within(e)}
    blocks = view.layout.blocks[container.start : container.end]
    found = [block for block in blocks if block.index in chosen or _is_caption(view, block)]
    for before, block in pairwise(blocks):
        if _is_credit_line(block.text) and not _signs(before, block, found):
            found += [block, before] if _may_be_credited(before) and before not in found else [block]
    # Old editors set the same caption twice, as the picture's title and in sight.
    again = {key(split_credit(block.text).text) for block in found if len(block.text) >= 20}
    numbers = {block.index for block in found}
    return [block for block in blocks if block.index in numbers or key(split_credit(block.text).text) in again]


def read_captions(blocks: list[Block]) -> tuple[Caption, ...]:
    """Captions from their blocks, doubles told once."""
    found: dict[str, Caption] = {}
    for block in blocks:
        caption = split_credit(block.text)
        if not caption.text and caption.credit and found:
            last = next(reversed(found))
            found[last] = Caption(found[last].text, found[last].credit or caption.credit)
        if caption.text:
            known = found.get(key(caption.text))
            if known is None or (known.credit is None and caption.credit):
                found[key(caption.text)] = caption
    return tuple(found.values())


def split_credit(text: str) -> Caption:
    """Part "..., Ảnh: X" into caption and credit; "Ảnh minh hoạ" without a name is part of the caption."""
    text = one_line(text)
    for pattern in (_CREDIT, _CREDIT_TAIL):
        # A credit is short: the rest of a long text need not be searched, which runs of brackets make quadratic.
        found = pattern.search(text, max(0, len(text) - _CREDIT_SPAN))
        if found:
            return Caption(text[: found.start()].rstrip(" -–—|/("), _credit(found["who"]))
    return Caption(text)


def _credit(text: str) -> str | None:
    """The credited name; the full stop of initials stays, that of a sentence goes."""
    text = one_line(text).strip(" ,;-–")
    return (text if re.search(r"\.\w\.$", text) else text.rstrip(".")) or None


def _is_caption(view: View, block: Block) -> bool:
    if len(block.text) > _LONGEST:
        return False
    if any(element.tag in ("figcaption", "caption") for element in _up(block, 4)):
        return True
    if _NAMES.search(names_up(block.owner, 3)):
        return True
    if any(_NAMES.search(names_up(part, 1)) for part in block.parts):
        return True
    if _ends_in_credit(block.text):
        return True
    if not block.after_image or block.heading:
        return False
    whole = len(block.text) * 0.9
    return block.italic >= whole or _centred(block) or _image_table(view, block)


def _ends_in_credit(text: str) -> bool:
    """A short line that ends in "Ảnh: X" is a caption, unless it begins like a byline ("Tin, ảnh: X")."""
    found = _CREDIT.search(text) if len(text) <= 300 else None
    if found is None or len(text[: found.start()].split()) < 4:
        return False
    return bool(re.search(r"ảnh|photo", found[0], re.IGNORECASE))


def _is_credit_line(text: str) -> bool:
    """A line that is a photographer's credit and nothing else."""
    caption = split_credit(text)
    return not caption.text and caption.credit is not None and text.casefold().startswith(("ảnh", "photo", "(ảnh"))


def _signs(before: Block, block: Block, found: list[Block]) -> bool:
    """Whether "Ảnh: X" stands behind running text, with no picture between: then it signs the article."""
    return not block.after_image and before not in found and is_paragraph(before) and not _may_be_credited(before)


def _may_be_credited(block: Block) -> bool:
    if _SIGNED.match(block.text):
        return False
    return len(block.text) <= 200 and not block.heading and not block.text.endswith((".", "!", "?", "”", '"', ":"))


def _up(block: Block, levels: int) -> list[HtmlElement]:
    elements = []
    element: HtmlElement | None = block.owner
    for _ in range(levels):
        if element is None:
            break
        elements.append(element)
        element = element.getparent()
    return elements


def _centred(block: Block) -> bool:
    owner = block.owner
    style = (owner.get("style") or "").replace(" ", "").lower()
    return "text-align:center" in style or (owner.get("align") or "").lower() == "center"


def _image_table(view: View, block: Block) -> bool:
    """A table of one picture and one or two short lines is how old editors set a caption."""
    element = block.owner
    while element is not None and element.tag not in ("table", "body"):
        element = element.getparent()
    if element is None or element.tag != "table" or next(element.iter("img"), None) is None:
        return False
    return len(view.layout.within(element)) <= 2
