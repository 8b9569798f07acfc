"""Pieces of pages that the younger markups share: blocks by template, insertions, furniture, links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samples.edition import Edition, Shown
from samples.markup.family import Family, absolute, credit_label, esc, hex_of, joined, written
from samples.press import Paper, SampleArticle
from samples.prose import Block


@dataclass(frozen=True, slots=True)
class Form:
    """How a family writes each kind of block; `{}` stands for the words, `{src}` and `{alt}` for a picture's."""

    paragraph: str = "<p>{}</p>"
    subheading: str = "<p><strong>{}</strong></p>"
    question: str = "<p><strong>{}</strong></p>"
    quote: str = "<blockquote><p>{}</p></blockquote>"
    item: str = "<li>{}</li>"
    items: str = "<ul>{}</ul>"
    picture: str = '<figure><img src="{src}" alt="{alt}"><figcaption>{}</figcaption></figure>'


def pieces(form: Form, article: SampleArticle, folder: str, tucked: str = "") -> list[str]:
    """The blocks of a text as markup, pictures from the address `folder`.

    `tucked` is markup that stands behind the first sentence of the second paragraph (of the last, in short texts).
    """
    paragraphs = [block for block in article.blocks if block.kind == "paragraph"]
    host = paragraphs[:2][-1] if tucked and paragraphs else None
    made: list[str] = []
    for block in article.blocks:
        text = written(block.text, article.quirks)
        made.append(_block(form, block, _tucked(text, tucked) if block is host else text, article.quirks, folder))
    return made


def amid(parts: list[str], place: int, extra: str) -> list[str]:
    """Pieces with one more behind the piece of that place (the last one, where there are fewer)."""
    cut = min(place + 1, len(parts))
    return [*parts[:cut], extra, *parts[cut:]]


def signature(byline: str, label: str) -> str:
    """A byline behind a label such as `Bài, ảnh: `, unless it brings words of its own or names no person."""
    bare = byline.startswith(("Theo ", "CTV ", "P.V", "BBT")) or ":" in byline or "(" in byline
    return esc(byline) if bare else f"{label}{esc(byline)}"


def dateline_of(paper: Paper, article: SampleArticle) -> str:
    """`(ABC) - ` before the lead, where paper and article have it."""
    return f"({esc(paper.dateline)}) - " if article.dateline and paper.dateline else ""


def url_of(family: Family, paper: Paper, shown: Shown) -> str:
    """The address of an article, escaped for an attribute."""
    return esc(absolute(paper, family.article_path(shown.article, shown.published)))


def links(family: Family, edition: Edition, articles: Iterable[Shown], row: str) -> str:
    """A row for each article: `{url}`, `{title}`, `{lead}` and `{src}` (a picture) stand in it."""
    return joined(
        row.replace("{url}", url_of(family, edition.paper, shown))
        .replace("{src}", f"https://{edition.paper.host}/anh/{hex_of(shown.article.key, 12)}.jpg")
        .replace("{title}", esc(shown.article.title))
        .replace("{lead}", esc(shown.article.lead))
        for shown in articles
    )


def section_links(family: Family, paper: Paper) -> str:
    """A list entry for each section."""
    return joined(
        f'<li><a href="{esc(family.section_path(section))}">{esc(section.name)}</a></li>' for section in paper.sections
    )


def word_list(words: Iterable[str], row: str = "<li>{}</li>") -> str:
    """A row for each: menu entries without a page, a ticker."""
    return joined(row.replace("{}", esc(word)) for word in words)


def section_name(paper: Paper, article: SampleArticle) -> str:
    """The name of the article's section as readers see it."""
    return esc(paper.section(article.section).name)


def _tucked(text: str, extra: str) -> str:
    first, dot, rest = text.partition(". ")
    return f"{first}. {extra} {rest}" if dot else f"{text} {extra}"


def _block(form: Form, block: Block, text: str, quirks: frozenset[str], folder: str) -> str:
    if block.kind == "picture":
        caption = written(f"{block.text}{credit_label(block.credit)}", quirks)
        template = form.picture.replace("{src}", f"{folder}{hex_of(block.text, 16)}.jpg")
        return template.replace("{alt}", esc(block.text)).replace("{}", caption)
    if block.kind == "list":
        return form.items.replace("{}", joined(form.item.replace("{}", written(item, quirks)) for item in block.items))
    template = {
        "paragraph": form.paragraph,
        "subheading": form.subheading,
        "question": form.question,
        "quote": form.quote,
    }[block.kind]
    return template.replace("{}", text)
