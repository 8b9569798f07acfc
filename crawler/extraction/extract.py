"""The way of a page through extraction."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any, Literal

from corpus.change import content_hash
from corpus.provinces import province_2025
from corpus.record import Article, Extractor, Rejected
from corpus.text import one_line
from corpus.urls import host_of
from crawler.discovery import is_article_url
from crawler.extraction.address import Address, find_address
from crawler.extraction.asides import drop_asides
from crawler.extraction.body import Body, read_cut, read_whole, without, without_dropped
from crawler.extraction.byline import agency_in, closing_lines, find_authors, last_line, signed_amid, signed_below
from crawler.extraction.captions import caption_blocks, read_captions
from crawler.extraction.container import Container, article_root, find_container, paragraph_weights
from crawler.extraction.cut import cut_tree, drop_blocks, is_box_heading, kept_blocks, keywords_shown
from crawler.extraction.dates import find_dates
from crawler.extraction.decode import Decoded, decode
from crawler.extraction.jsonld import read_jsonld
from crawler.extraction.labels import find_kicker, find_language, find_section, find_tags
from crawler.extraction.layout import Block, lay_out
from crawler.extraction.lead import Lead, find_lead, split_dateline
from crawler.extraction.meta import read_meta
from crawler.extraction.page import Extraction, PageInput
from crawler.extraction.parse import MAX_ELEMENTS, MAX_LEVELS, WALK_ELEMENTS, parse
from crawler.extraction.question import judge, listing_kind
from crawler.extraction.refusals import refusal
from crawler.extraction.title import Title, find_title, title_from_meta
from crawler.extraction.view import View
from crawler.extraction.widgets import widget_blocks

_BROKEN = 0.05
_TITLE_LENGTH = 500
_SHORTEST = 40
_EXTRACTOR = "tintinh+trafilatura"
_VERSION = f"1+{version('trafilatura')}"


def extract(page: PageInput) -> Extraction:
    """Turn one page into a record, or say why it is none. Never raises, whatever the bytes.

    The record is as it would be stored: version 1, first_seen_at = fetched_at, no story, no archive position;
    id, url and canonical_url are None when neither caller nor page names an address.
    """
    try:
        return _extract(page)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        RecursionError,
        ArithmeticError,
        AssertionError,
    ) as error:
        # A page that breaks a step must cost one link, not the run; the detail names the fault for a report.
        detail = f"{type(error).__name__}: {error}"[:300]
        return Extraction(Rejected("error", f"extraction failed: {detail}"), {"fault": detail})


def _extract(page: PageInput) -> Extraction:
    decoded = decode(page.body, page.content_type)
    explain: dict[str, Any] = {"charset": decoded.charset}
    if decoded.broken > _BROKEN:
        return Extraction(Rejected("encoding", f"{decoded.broken:.0%} of the characters are no text"), explain)
    view = _read(page, decoded)
    if isinstance(view, Rejected):
        return Extraction(view, explain)
    view.explain = explain
    weights = paragraph_weights(view.layout)
    if not page.force:
        refused = refusal(view, decoded.text, weights)
        if refused:
            return Extraction(refused, explain)
    title = find_title(view)
    container = find_container(view, title, weights)
    _explain_places(view, title, container)
    if not page.force:
        verdict = judge(view, _by_url(view), title, container)
        explain["question"] = verdict.step
        if verdict.refused:
            return Extraction(verdict.refused, explain)
    return Extraction(_article(view, decoded, title, container), explain)


def _read(page: PageInput, decoded: Decoded) -> View | Rejected:
    tree = parse(decoded.text)
    if tree is None:
        return Rejected("no_text", "the page is empty")
    if tree.elements > WALK_ELEMENTS:
        return Rejected("too_complex", f"{tree.elements} elements")
    drop_asides(tree.body)
    meta = read_meta(tree.root)
    address = find_address(page, meta)
    return View(page, tree, lay_out(tree.body), meta, read_jsonld(tree.root), address)


def _by_url(view: View) -> str:
    if view.outlet is None or view.url is None:
        return "maybe"
    if not view.outlet.has_host(host_of(view.url)):
        # A copy, a cache, a new host: the outlet's rules say nothing of it, so the page is asked.
        return "maybe"
    return is_article_url(view.outlet, view.url)


def _article(view: View, decoded: Decoded, title: Title | None, container: Container | None) -> Article | Rejected:
    title = title or title_from_meta(view)
    if title is None or not title.text:
        return Rejected("no_title", "neither the page nor its head gives a headline")
    if title.index is None:
        view.flag("title_from_meta")
    if container is None and _too_complex(view):
        return Rejected("too_complex", f"{view.tree.elements} elements, {view.layout.levels} levels, no container")
    if container is None and sum(len(block.text) for block in view.layout.blocks) < _SHORTEST:
        return Rejected("no_text", "nothing is shown without JavaScript")
    widgets = widget_blocks(view, title, container) if container else set()
    lead = find_lead(view, title, container, widgets)
    dates = find_dates(view, title, container, lead.blocks)
    if dates.opening and lead.text:
        lead = replace(lead, text=_unopened(lead.text, dates.opening))
    kicker, section, tags = find_kicker(view, title), find_section(view, title), find_tags(view, container)
    tags = tags or (keywords_shown(view, container) if container else ())
    captioned = caption_blocks(view, container) if container else []
    captions = read_captions(captioned)
    kept = _kept(view, title, container, {block.index for block in captioned} | lead.blocks | dates.blocks | widgets)
    closing = closing_lines(kept) or signed_amid(kept)
    kept = [block for block in kept if block not in closing]
    closing = closing or _signed_elsewhere(view, title, container, kept)
    authors, byline = find_authors(view, closing, container, dates.blocks)
    body = _body(view, decoded, container, kept, bool(captions or lead.text))
    body = _bare(body, [block.text for block in closing], dates.opening)
    dateline, paragraphs = _opened(view, lead, body, title)
    text = "\n".join(paragraphs)
    if len(text) + len(lead.text or "") + sum(len(c.text) for c in captions) < _SHORTEST:
        return Rejected(listing_kind(view, None) or "no_text", "no running text")
    if len(text) < _SHORTEST:
        view.flag("short_text")
    clipped = one_line(title.text)[:_TITLE_LENGTH]
    return Article(
        **_place(view.address),
        title=clipped,
        kicker=kicker,
        lead=lead.text,
        dateline=dateline,
        text=text,
        authors=authors,
        byline=byline,
        captions=captions,
        section=section,
        tags=tags,
        language=find_language(view, f"{clipped} {lead.text or ''} {text}"),
        published=dates.published,
        modified_at=dates.modified,
        first_seen_at=view.page.fetched_at,
        fetched_at=view.page.fetched_at,
        removed_at=None,
        version=1,
        content_hash=content_hash(clipped, lead.text, text),
        story=None,
        agency=agency_in(byline) or agency_in(dateline) or agency_in(" ".join(b.text for b in closing)),
        flags=tuple(view.flags),
        extractor=Extractor(_EXTRACTOR, _VERSION, _path(container, body)),
        archive=None,
    )


def _kept(view: View, title: Title, container: Container | None, known: set[int]) -> list[Block]:
    """The blocks of running text; `known` are the numbers of those that were read as something else."""
    if container is None:
        return []
    dropped = drop_blocks(view, container, known)
    if title.index is not None:
        dropped |= {block.index for block in view.layout.within(container.element) if block.index <= title.index}
    return kept_blocks(view, container, dropped)


def _signed_elsewhere(view: View, title: Title, container: Container | None, kept: list[Block]) -> list[Block]:
    """The byline where the body does not end in one: its last paragraph's last line, else right below the body."""
    inside = last_line(kept)
    if inside is not None or container is None:
        return [inside] if inside is not None else []
    return signed_below(view, container, article_root(view, title, container), is_box_heading)


def _body(view: View, decoded: Decoded, container: Container | None, kept: list[Block], pictured: bool) -> Body:
    """Cut first; the whole page where there is nothing to cut to. Last use of the tree: cutting changes it.

    `pictured`: the page has captions or a lead, so that no text is left of a picture story. What else the whole page
    gives then belongs to other stories.
    """
    if container is not None and kept:
        body = read_cut(cut_tree(view.layout, container, kept), kept)
        indexes = {block.index for block in kept}
        inside = view.layout.blocks[container.start : container.end]
        body = without_dropped(body, [block for block in inside if block.index not in indexes], kept)
    elif pictured:
        body = Body((), "blocks")
    elif _too_complex(view):
        body = Body((), "whole")
    else:
        whole = parse(decoded.text)
        body = read_whole(whole.root) if whole else Body((), "whole")
        view.flag("uncut")
    view.explain["body"] = {"made_by": body.made_by, "paragraphs": len(body.paragraphs)}
    return body


def _opened(view: View, lead: Lead, body: Body, title: Title) -> tuple[str | None, tuple[str, ...]]:
    """Dateline and paragraphs: headline and lead not said again, the dateline off the first paragraph."""
    paragraphs = without(body.paragraphs, [title.text, lead.text or ""])
    if lead.dateline or not paragraphs:
        return lead.dateline, paragraphs
    dateline, first = split_dateline(paragraphs[0], view.outlet.datelines if view.outlet else ())
    return dateline, (one_line(first), *paragraphs[1:]) if first.strip() else paragraphs


def _path(container: Container | None, body: Body) -> Literal["selectors", "whole"]:
    chosen = container is not None and container.source == "selector" and body.made_by != "whole"
    return "selectors" if chosen else "whole"


def _bare(body: Body, signed: list[str], opening: str | None) -> Body:
    """The body without a byline at the end of its last paragraph and without a date that opens its first."""
    paragraphs = body.paragraphs
    if paragraphs and paragraphs[-1] in signed:
        paragraphs = paragraphs[:-1]
    if opening and paragraphs:
        paragraphs = (_unopened(paragraphs[0], opening), *paragraphs[1:])
    return replace(body, paragraphs=paragraphs)


def _unopened(text: str, opening: str) -> str:
    """A text without the date that opens it."""
    line = one_line(text)
    return line.removeprefix(opening).lstrip(" -–—,.:|)]") if line.startswith(opening) else text


def _place(address: Address) -> dict[str, Any]:
    outlet = address.outlet
    return {
        "id": address.id,
        "url": address.url,
        "canonical_url": address.canonical,
        "outlet": outlet.slug if outlet else None,
        "outlet_name": outlet.name if outlet else None,
        "province": outlet.province if outlet else None,
        "province_2025": province_2025(outlet.province) if outlet else None,
    }


def _too_complex(view: View) -> bool:
    return view.tree.elements > MAX_ELEMENTS or view.layout.levels > MAX_LEVELS


def _explain_places(view: View, title: Title | None, container: Container | None) -> None:
    view.explain["title"] = {"text": title.text, "source": title.source, "agrees": title.agrees} if title else None
    view.explain["container"] = (
        {
            "source": container.source,
            "element": str(container.element.tag),
            "names": f"{container.element.get('class') or ''} {container.element.get('id') or ''}".strip(),
            "paragraphs": container.paragraphs,
            "link_share": round(container.link_share, 3),
        }
        if container
        else None
    )
