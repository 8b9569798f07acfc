"""What stands around the article: kicker, section, tags, language."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from corpus.text import one_line
from crawler.extraction.byline import name_of
from crawler.extraction.compare import key, overlap, words
from crawler.extraction.container import Container, names_up
from crawler.extraction.cut import is_box_heading
from crawler.extraction.datelines import left_over
from crawler.extraction.layout import Block
from crawler.extraction.markup import NOT_ARTICLE, Zone, names_of
from crawler.extraction.selectors import select
from crawler.extraction.title import Title
from crawler.extraction.view import View
from crawler.extraction.widgets import is_widget_line

_KICKER = re.compile(
    r"kicker|sup-?title|super-?title|sub-?title-?top|tieu-?de-?phu|titlephu|(?:^|[\s_-])phude(?:$|[\s_-])"
)
_BREADCRUMB = re.compile(r"breadcrumb|bread-crumb|(?:^|[\s_-])(?:crumb|duong-?dan|site-?map-?path)")
_BETWEEN_CRUMBS = re.compile(r"\s*[/|>»›→•·\-–]\s*")
_TAGS = re.compile(r"(?:^|[\s_-])(?:tags?|tag-?(?:list|box|wrap|item|detail)s?|keywords?|tu-?khoa|tukhoa|list-?tags?|box-?tags?|article-?tags?)(?:$|[\s_-])")  # fmt: skip  # noqa: E501
_TAG_LABEL = re.compile(r"^\W*(?:từ khoá|từ khóa|tags?|thẻ|xem thêm về)\s*:?(?:\W|$)", re.IGNORECASE)
_HOME_NAMES = frozenset({"trang chủ", "home", "trang nhất", "trangchu"})
_MARKED = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]")
_MOSTLY = 0.4
"""Signs of a script per letter; vowel signs of Khmer and Lao count as no letters."""
_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30fa]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("km", re.compile("[\u1780-\u17b3]")),
    ("lo", re.compile("[\u0e81-\u0eae]")),
    ("th", re.compile("[\u0e01-\u0e2e]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_COMMON_WORDS = {
    "en": frozenset(words("the of and to in is was for that with from his has have are were this which")),
    "fr": frozenset(words("le la les des et du est dans une pour que qui sur par avec au aux sont")),
}
_NO_KICKER = re.compile(
    r"\d{1,2}\s*[:h/.\-]\s*\d|[/|>»›]|\.$|^\W*(?:báo|tạp chí|theo|nguồn|ảnh|tác giả|bài|tin|cập nhật)\b", re.IGNORECASE
)
_LETTER = re.compile(r"[^\W\d_]")


def find_kicker(view: View, title: Title | None) -> str | None:
    """The small line over the headline; None without one."""
    for element in select(view.tree.root, view.selectors.kicker):
        text = view.text_of(element)
        if text:
            return text
    if title is None or title.index is None:
        return None
    for block in reversed(view.layout.blocks[max(0, title.index - 3) : title.index]):
        if len(block.text) > 200 or block.link_share > 0.5 or block.zone & NOT_ARTICLE:
            continue
        names = names_up(block.owner, 1) + " " + " ".join(names_of(part) for part in block.parts)
        colon = block.index == title.index - 1 and block.text.endswith(":") and len(block.text.split()) >= 4
        if colon or _KICKER.search(names):
            return one_line(block.text)
    over = view.layout.blocks[title.index - 1] if title.index else None
    return one_line(over.text) if over is not None and _is_kicker(view, title, over) else None


def _is_kicker(view: View, title: Title, block: Block) -> bool:
    """Whether the line right over the headline is its kicker: of its own, in the headline's block, and neither a
    date, a name, the paper, a section, a path nor a button."""
    text = one_line(block.text)
    line = block.link_share < 0.1 and not block.zone & NOT_ARTICLE and len(text) <= 100 and "\n" not in block.text
    if not line or _NO_KICKER.search(text) or is_box_heading(text) or is_widget_line(text):
        return False
    if not 2 <= len(left_over(text, [])) <= 15 or (name_of(text) and not text.isupper()):
        return False
    parent = title.element.getparent() if title.element is not None else None
    above = parent.getparent() if parent is not None and len(view.layout.within(parent)) == 1 else parent
    if above is None or not view.layout.holds(above, block.index):
        return False
    known = [view.meta.get("article:section"), view.meta.get("og:site_name"), *view.jsonld.breadcrumb]
    known += [view.outlet.name if view.outlet else None, title.text]
    if any(name and overlap(text, name) >= 0.99 for name in known):
        return False
    # What the page says twice is its menu's or its header's.
    return all(other is block or other.text != text for other in view.layout.blocks)


def find_section(view: View, title: Title | None) -> str | None:
    """The last level of the breadcrumb, as shown, else as metadata give it."""
    headline = key(title.text) if title else ""
    chosen = select(view.tree.root, view.selectors.section)
    # A selector may point at each level of the breadcrumb; one level behind the article is another story's.
    own = [element for element in chosen if _level_of(element) is _level_of(chosen[0])]
    selected = [n for n in (name for e in own for name in _links_or_text(view, e)) if n.casefold() not in _HOME_NAMES]
    if selected:
        return selected[-1]
    seen = [names for names in (_shown_breadcrumb(view, title), list(view.jsonld.breadcrumb)) if names]
    seen.append([view.meta.get("article:section") or ""])
    seen.append(_link_over_title(view, title))
    for names in seen:
        levels = [n for n in names if n and n.casefold() not in _HOME_NAMES and key(n) != headline and len(n) <= 60]
        if levels:
            return one_line(levels[-1]).strip(" >/»|-") or None
    return None


def _level_of(element: HtmlElement) -> HtmlElement | None:
    """The list that holds a level of a breadcrumb."""
    parent = element.getparent()
    return parent.getparent() if parent is not None and parent.tag in ("li", "span", "h2") else parent


def find_tags(view: View, container: Container | None) -> tuple[str, ...]:
    """The tags that the page shows under the article, without "#"; metadata keywords are no tags."""
    elements = select(view.tree.root, view.selectors.tags)
    names: list[str] = []
    if elements:
        for element in elements:
            names += _links_or_text(view, element)
    elif container is not None:
        labelled = False
        for block in view.layout.blocks[container.start : container.end + 25]:
            if block.zone & (Zone.RELATED | Zone.COMMENT | Zone.SHARE) or len(block.text) > 400:
                labelled = False
                continue
            labelled = bool(_TAG_LABEL.match(block.text)) or (
                labelled and block.link_share >= 0.5 and len(block.text) <= 80
            )
            if labelled or (block.link_share >= 0.5 and _TAGS.search(names_up(block.owner, 4))):
                names += _links(block) or ([] if labelled else [block.text])
    cleaned = (one_line(name).lstrip("# ").strip(" ,;") for name in names)
    tags = {key(name): name for name in reversed([n for n in cleaned if 1 < len(n) <= 80]) if not name.endswith(":")}
    return tuple(reversed(tags.values()))[:40]


def find_language(view: View, text: str) -> str | None:
    """`vi` or another two-letter code; None when text and markup leave it open.

    About a quarter to a third of the letters of Vietnamese text carry marks or are đ; of other languages nearly none.
    Other editions (Khmer, Lao, Chinese, English ...) are told by script or by their commonest words: their pages come
    from the paper's own template, which calls all of them Vietnamese.
    """
    letters = len(_LETTER.findall(text))
    if letters < 40:
        return None
    for code, script in _SCRIPTS:
        if len(script.findall(text)) >= letters * _MOSTLY:
            return code
    folded = text.casefold()
    share = len(_MARKED.findall(folded)) / letters
    if share >= 0.10:
        return "vi"
    spoken = words(folded)
    for code, common in _COMMON_WORDS.items():
        met = [word for word in spoken if word in common]
        if len(set(met)) >= 3 and len(met) >= len(spoken) * 0.1:
            return code
    declared = (view.meta.language or "").split("-")[0].split("_")[0]
    if share <= 0.02 and declared not in ("", "vi") and len(declared) == 2 and declared.isalpha():
        return declared
    return None


def _links_or_text(view: View, element: HtmlElement) -> list[str]:
    links = [one_line(link.text_content()) for link in element.iter("a")]
    links = [text for text in links if text]
    if links:
        return links
    text = view.text_of(element)
    return [text] if text else []


def _shown_breadcrumb(view: View, title: Title | None) -> list[str]:
    last = title.index if title and title.index is not None else len(view.layout.blocks)
    best: list[Block] = []
    for block in view.layout.blocks[: last + 12]:
        if block.zone & Zone.HIDDEN or not _BREADCRUMB.search(names_up(block.owner, 4)):
            continue
        best.append(block)
    return [name for block in best for name in _links(block)]


def _link_over_title(view: View, title: Title | None) -> list[str]:
    """The short links right over the headline: papers without a marked breadcrumb name the section so."""
    if title is None or title.index is None:
        return []
    for block in reversed(view.layout.blocks[max(0, title.index - 3) : title.index]):
        # The whole path may stand there in one line: "Trang nhất » Xã hội".
        if len(block.text) > 80 or block.zone & NOT_ARTICLE:
            continue
        named = len(_BETWEEN_CRUMBS.sub("", block.text))
        if named and block.links > named * 0.9:
            return [name for name in _links(block) if len(name) <= 40]
    return []


def _links(block: Block) -> list[str]:
    """The texts of the links in a block; a link around the whole block counts."""
    found = [one_line(part.text_content()) for part in block.parts if part.tag == "a"]
    return [text for text in found if text]
