"""What tags and class names mean on a news page: which parts are text, and which surround it."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.html import HtmlElement


class Zone:
    """Parts of a page that are not the article, as bits. A block inherits the zones of all that it stands in."""

    NONE = 0
    HEADER = 1
    NAV = 2
    FOOTER = 4
    COMMENT = 8
    RELATED = 16
    SHARE = 32
    HIDDEN = 64


NOT_ARTICLE = Zone.HEADER | Zone.NAV | Zone.FOOTER | Zone.COMMENT | Zone.RELATED | Zone.SHARE | Zone.HIDDEN

SKIPPED = frozenset({
    "script", "style", "noscript", "template", "iframe", "svg", "math", "object", "embed", "select", "option",
    "textarea", "button", "head", "canvas", "audio", "video", "input", "datalist",
})  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins",
    "kbd", "label", "mark", "picture", "q", "rp", "rt", "ruby", "s", "samp", "small", "source", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p",
})  # fmt: skip
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PLAIN = frozenset({"html", "body", "main", "article", "form"})

_ZONES: tuple[tuple[int, re.Pattern[str]], ...] = (
    (Zone.COMMENT, re.compile(r"comment|binh-?luan|disqus|phan-?hoi|ykien")),
    (
        Zone.RELATED,
        re.compile(
            r"relate|lien-?quan|tin-?khac|tin-?moi|tin-?cu|other[-_]?(news|post|article|item|list|story)|cung-?chuyen-?muc"
            r"|recommend|suggest|doc-?nhieu|xem-?nhieu|most[-_]?(read|view)|tin-?noi-?bat|read-?more|doc-?them|xem-?them"
            r"|hot-?news|news-?hot|(?:^|[\s_-])other(?:$|\s)"
        ),
    ),
    (Zone.SHARE, re.compile(r"(?:^|[\s_-])(?:share|sharing|social|chia-?se|toolbar|print)(?:$|[\s_-])")),
    (Zone.FOOTER, re.compile(r"(?:^|\s)(?:[a-z]*-)?footer(?:$|[\s_-])|copyright|(?:^|\s)copy(?:$|\s)")),
    (Zone.NAV, re.compile(r"(?:^|[\s_-])(?:nav|navbar|menu|mainmenu|mega-?menu)(?:$|[\s_-])")),
)
_HEADER = re.compile(r"^(?:(?:site|page|main|top|web|global)[-_]?)?(?:header|head|masthead|topbar|banner)(?:[-_]?(?:top|main|wrap|wrapper|inner|container|site))?$")  # fmt: skip  # noqa: E501
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def names_of(element: HtmlElement) -> str:
    """Class and id of an element, lower-case, in one string with single blanks; '' if it has none."""
    names = element.get("class")
    ident = element.get("id")
    if names is None and ident is None:
        return ""
    return " ".join(f"{names or ''} {ident or ''}".lower().split())


def zone_of(element: HtmlElement, tag: str, in_article: bool) -> int:
    """The zones that begin with this element; `in_article` is true inside `<article>` or `<main>`."""
    zone = Zone.NONE
    if tag == "nav":
        zone = Zone.NAV
    elif tag == "footer" and not in_article:
        zone = Zone.FOOTER
    elif tag == "header" and not in_article:
        zone = Zone.HEADER
    style = element.get("style")
    if element.get("hidden") is not None or (style and _HIDDEN_STYLE.search(style)):
        zone |= Zone.HIDDEN
    if tag in _PLAIN:
        return zone
    names = names_of(element)
    return zone | _zone_of_names(names) if names else zone


@lru_cache(maxsize=4096)
def _zone_of_names(names: str) -> int:
    zone = Zone.NONE
    for kind, pattern in _ZONES:
        if pattern.search(names):
            zone |= kind
    if any(_HEADER.match(name) for name in names.split()):
        zone |= Zone.HEADER
    return zone
