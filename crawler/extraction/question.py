"""Is this page an article? Asked before anything is extracted; the answer names the step that decided.

(1) the outlet's URL rules, (2) JSON-LD NewsArticle or Article whose headline is the page's title, (3) the general
rule: a headline and, in one container, two real paragraphs. Error pages are refused before (`refusals.py`).
og:type never decides: papers set it to `article` on sections and to `website` on articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.record import Rejected
from corpus.urls import path_and_query
from crawler.extraction.compare import key, likeness, overlap, words
from crawler.extraction.container import Container, is_paragraph
from crawler.extraction.datecandidates import visible_candidates
from crawler.extraction.jsonld import NEWS_TYPES, node_types, text_of
from crawler.extraction.layout import Block
from crawler.extraction.markup import Zone
from crawler.extraction.shelves import medium_named, shelf
from crawler.extraction.title import Title, references
from crawler.extraction.view import View

_HOME = re.compile(r"^/?(?:(?:index|default|trang-?chu|home)(?:\.\w{2,5})?)?/?$", re.IGNORECASE)
_PATHS = (
    ("search", re.compile(r"/(?:tim-?kiem|search|ket-?qua-?tim-?kiem)(?:[/.\-?]|$)", re.IGNORECASE)),
    ("search", re.compile(r"\?(?:.*&)?(?:q|s|keyword|tukhoa|tu-khoa|search|query|key)=", re.IGNORECASE)),
    (
        "tag",
        re.compile(r"/(?:tags?|tu-?khoa|keywords?|chu-?de|topics?|su-?kien|dong-su-kien|tieu-diem)(?:[/.\-]|$)", re.I),
    ),
    ("epaper", re.compile(r"/(?:e-?paper|bao-?in|bao-?giay|doc-bao-in|an-pham|bao-pdf|so-bao)(?:[/.\-]|$)", re.I)),
    (
        "video_list",
        re.compile(
            r"^/(?:videos?|media|multimedia|truyen-hinh|tv|clips?|podcasts?)(?:/[^/]{0,30})?(?:\.\w+)?/?$", re.I
        ),
    ),
)
_WORDS = (
    ("search", re.compile(r"^\W*(?:kết quả )?(?:tìm kiếm|tra cứu)|search results?", re.IGNORECASE)),
    ("tag", re.compile(r"^\W*(?:từ khoá|từ khóa|tags?|chủ đề|thẻ|dòng sự kiện)\b\W", re.IGNORECASE)),
    ("epaper", re.compile(r"^\W*(?:báo in|báo giấy|e-?paper|đọc báo in)\b", re.IGNORECASE)),
    ("video_list", re.compile(r"^\W*videos?\W*$", re.IGNORECASE)),
)
_READ_ON = re.compile(r"^\W*(?:(?:xem|đọc) (?:thêm|tiếp|chi tiết|tiếp bài)|chi tiết|read more)\W*$", re.IGNORECASE)
_SITE_WORDS = 8
_HEADLINE = 20
_MANY = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, the step that gave it (url, jsonld, general, none), and the refusal where it is no."""

    step: str
    refused: Rejected | None = None


def judge(view: View, by_url: str, title: Title | None, container: Container | None) -> Verdict:
    """Answer the question; `by_url` is yes, no or maybe, as the outlet's URL rules say."""
    if by_url == "yes":
        return Verdict("url", _front_page_instead(view, title, container) or shelf(view, title, container))
    if by_url == "no":
        reason = listing_kind(view, title) or "section"
        return Verdict("url", Rejected(reason, "the outlet's URL rules say that this is no article"))
    if _is_home(view.url):
        return Verdict("url", Rejected("home", "the address is a front page"))
    if title is not None and _jsonld_names(view, title) and _has_body(view, container):
        return Verdict("jsonld", shelf(view, title, container))
    general = _general(view, title, container)
    if general is None:
        return Verdict("general")
    return Verdict("none", _refuse(view, title, general))


def _front_page_instead(view: View, title: Title | None, container: Container | None) -> Rejected | None:
    """Papers answer the address of a lost article with their front page: links, no text, no headline of its own."""
    if container is not None or (title is not None and len(words(title.text)) >= 5):
        return None
    if sum(1 for block in view.layout.blocks if _is_headline(block)) < _MANY:
        return None
    return Rejected("error", "soft 404: a list of stories at the address of an article")


def listing_kind(view: View, title: Title | None) -> str | None:
    """Which kind of listing the address or the headline says this is; None if neither does."""
    if view.url:
        if _is_home(view.url):
            return "home"
        address = path_and_query(view.url)
        for kind, pattern in _PATHS:
            if pattern.search(address):
                return kind
    shown = [title.text] if title else []
    for text in (*shown, view.meta.title or ""):
        for kind, pattern in _WORDS:
            if pattern.search(text):
                return kind
    return None


def _is_home(url: str | None) -> bool:
    if not url:
        return False
    return bool(_HOME.match(path_and_query(url)))


def _jsonld_names(view: View, title: Title) -> bool:
    """Whether an article node's headline is the page's title: the h1, or what the page's head calls itself."""
    shown = [title.text, view.meta.title or "", view.meta.get("og:title") or ""]
    for node in view.jsonld.articles:
        headline = text_of(node.get("headline")) or text_of(node.get("name"))
        if headline and node_types(node) & NEWS_TYPES:
            known = key(headline)
            if any(likeness(headline, text) >= 0.8 or (known and known == key(text)[: len(known)]) for text in shown):
                return True
    return False


def _has_body(view: View, container: Container | None) -> bool:
    """Two real paragraphs, or the address of a picture or film story: some papers mark sections as NewsArticle too."""
    if container is not None and container.paragraphs >= (1 if view.url is None else 2):
        return True
    last = path_and_query(view.url or "").partition("?")[0].rstrip("/").rpartition("/")[2]
    return bool(re.search(r"\d{4}", last)) or len(re.findall(r"[^\W\d_]+", last)) >= 5


def _general(view: View, title: Title | None, container: Container | None) -> str | None:
    """None if the general rule says yes, else why not."""
    if title is None:
        return "no headline"
    if title.index is None:
        return "the headline is not shown"
    if container is None:
        return "no running text"
    dated = title.agrees and _dated(view, title, container)
    if container.paragraphs < (1 if dated else 2):
        return "fewer than two paragraphs of 60 characters in one place"
    # Chinese and Thai set no blanks: their words are long. A Vietnamese one has seven letters at most.
    short = len(words(title.text)) < 4 and max(map(len, words(title.text)), default=0) < 10
    if short and container.paragraphs < (2 if dated else 5):
        return "a headline of three words over little text"
    inside = _up_to_last_paragraph(view, container)
    links = sum(block.links for block in inside) / max(1, sum(len(block.text) for block in inside))
    if links >= 0.3:
        return f"{links:.0%} of the text is links"
    if sum(1 for block in inside if block.link_share > 0.7 and _READ_ON.match(block.text)) >= 3:
        return "a list of summaries with links to go on"
    if container.start <= title.index < container.end and container.source == "structure":
        return "the headline stands inside the list"
    between = view.layout.blocks[title.index + 1 : _first_paragraph(container, title)]
    passed = sum(1 for block in between if _is_headline(block))
    if passed > _MANY:
        return f"{passed} linked headlines between headline and text"
    headlines = sum(1 for block in inside if _is_headline(block))
    if headlines > container.paragraphs:
        return f"{headlines} linked headlines, {container.paragraphs} paragraphs"
    if not title.agrees and title.source != "selector" and references(view):
        known = references(view)
        # The head of an old site says the paper's name on every page; others word it for search engines.
        near = max(overlap(title.text, text) for text in known) >= 0.4
        if (near or max(len(words(text)) for text in known) < _SITE_WORDS) and _dated(view, title, container):
            return None
        return "the headline is not the page's title"
    return None


def _dated(view: View, title: Title, container: Container) -> bool:
    """Whether a date line stands between headline and text: listings have none of their own there."""
    assert title.index is not None
    between = view.layout.blocks[title.index + 1 : _first_paragraph(container, title)]
    if any(_is_headline(block) for block in between):
        return False
    found = visible_candidates(view, title, container, frozenset())
    return any(candidate.why is None and candidate.place == "under title" for candidate in found)


def _up_to_last_paragraph(view: View, container: Container) -> list[Block]:
    """The container without what stands behind its last paragraph, often a list of other stories."""
    blocks = view.layout.blocks[container.start : container.end]
    last = max((n for n, block in enumerate(blocks) if is_paragraph(block)), default=len(blocks) - 1)
    return blocks[: last + 1]


def _first_paragraph(container: Container, title: Title) -> int:
    assert title.index is not None
    return container.start if container.start > title.index else title.index + 1


def _is_headline(block: Block) -> bool:
    return len(block.text) >= _HEADLINE and block.link_share > 0.7 and not block.zone & Zone.HIDDEN


def _refuse(view: View, title: Title | None, why: str) -> Rejected:
    kind = listing_kind(view, title) or medium_named(view, title)
    if kind:
        return Rejected(kind, why)
    headlines = sum(1 for block in view.layout.blocks if _is_headline(block))
    summaries = sum(1 for block in view.layout.blocks if block.link_share > 0.7 and _READ_ON.match(block.text))
    if headlines + summaries >= _MANY:
        if title is None and "website" in view.jsonld.types and not view.url and len(view.jsonld.breadcrumb) == 0:
            return Rejected("home", why)
        return Rejected("section", why)
    return Rejected("no_title" if title is None else "no_text", why)
