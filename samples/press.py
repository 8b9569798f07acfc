"""The sample press as frozen records: invented papers, their articles, and the topics watched in the demo.

Files: `papers/<slug>/paper.toml`, `papers/<slug>/NN-<url slug>.md` (form: prose.py), `topics.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from samples.prose import Block, blocks, split_file

HERE = Path(__file__).parent
OUTLETS = HERE / "outlets"
"""The outlet files of the papers, in the form of the outlet catalogue."""
CORE = ("baodongsen", "baosonglinh", "baothuongngan", "baovinhhac")
"""The four papers with long articles, edits, a removal and carried texts; the others bring kinds of markup."""

Role = Literal["baseline", "live"]
FamilyName = Literal[
    "zce",
    "1cdn",
    "content-detail",
    "dataimages",
    "spa-json",
    "a-id",
    "bbg",
    "htm",
    "newsimg",
    "upload-news",
    "uploads-image",
    "aspnet",
    "a-fck",
]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a paper: `slug` as it stands in the URL (case kept), and the name that readers see."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Paper:
    """An invented newspaper. `menu` and `ticker` are furniture of every page: words in them must never alert."""

    slug: str
    name: str
    host: str
    address: str
    family: FamilyName
    province: str
    licence: str
    dateline: str | None
    sections: tuple[Section, ...]
    menu: tuple[str, ...]
    ticker: tuple[str, ...]
    more_hosts: tuple[tuple[str, str], ...] = ()
    """Further host names of the paper, each with its address: its API."""

    def hosts(self) -> dict[str, str]:
        """Every host name of the paper with its address."""
        return {self.host: self.address, **dict(self.more_hosts)}

    def section(self, slug: str) -> Section:
        """The section of that slug.

        Raises:
            KeyError: there is none.
        """
        for section in self.sections:
            if section.slug == slug:
                return section
        raise KeyError(f"{self.slug} has no section {slug}")


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit does some seconds after publication: passages replaced, a paragraph added at the end."""

    replace: tuple[tuple[str, str], ...]
    add: str | None
    topics: frozenset[str]
    """Topics that the article matches after the edit: all those of before, and perhaps more."""


@dataclass(frozen=True, slots=True)
class SampleArticle:
    """One article of the sample press, in one version. `topics` are the topics it must match, worked out by hand."""

    key: str
    paper: str
    number: int
    slug: str
    section: str
    title: str
    lead: str
    kicker: str | None
    dateline: bool
    byline: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    blocks: tuple[Block, ...]
    topics: frozenset[str]
    role: Role
    quirks: frozenset[str]
    """Oddities of the markup: `nfd` (decomposed letters), `nbsp` (no-break spaces)."""
    carries: str | None
    """Key of the article whose title, lead and text this one carries unchanged (syndication)."""
    removed: bool
    edit: Edit | None

    def text(self) -> str:
        """The article's text without lead and captions: one line a paragraph, subheading or list item."""
        return "\n".join(line for block in self.blocks for line in block.lines())

    def edited(self) -> SampleArticle:
        """The article after its edit; itself where it has none."""
        if self.edit is None:
            return self
        changed = tuple(_replaced(block, self.edit.replace) for block in self.blocks)
        if self.edit.add:
            changed = (*changed, Block("paragraph", self.edit.add))
        return replace(self, blocks=changed, topics=self.edit.topics, edit=None)


@dataclass(frozen=True, slots=True)
class SampleTopic:
    """A topic of the demo: slug, name and query (docs/query-language.md)."""

    slug: str
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Press:
    """All papers, articles (by paper and number) and topics."""

    papers: tuple[Paper, ...]
    articles: tuple[SampleArticle, ...]
    topics: tuple[SampleTopic, ...]

    def paper(self, slug: str) -> Paper:
        """The paper of that slug.

        Raises:
            KeyError: there is none.
        """
        return {paper.slug: paper for paper in self.papers}[slug]

    def article(self, key: str) -> SampleArticle:
        """The article of that key (`<paper>/NN`).

        Raises:
            KeyError: there is none.
        """
        return {article.key: article for article in self.articles}[key]


def load_press(slugs: Collection[str] | None = None, folder: Path = HERE) -> Press:
    """Read the sample press: the papers of `slugs`, or all (None).

    Raises:
        ValueError, KeyError: a file is not of its form, or there is no such paper; the message names it.
    """
    papers = tuple(_paper(path) for path in sorted((folder / "papers").glob("*/paper.toml")))
    own: dict[str, SampleArticle] = {}
    carried: list[SampleArticle] = []
    for paper in papers:
        for path in sorted((folder / "papers" / paper.slug).glob("*.md")):
            article = _article(paper, path)
            if article.carries:
                carried.append(article)
            else:
                own[article.key] = article
    articles = [*own.values(), *(_with_text_of(article, own) for article in carried)]
    press = Press(papers, tuple(sorted(articles, key=lambda a: a.key)), _topics(folder / "topics.toml"))
    return press if slugs is None else _selected(press, slugs)


def _selected(press: Press, slugs: Collection[str]) -> Press:
    papers = tuple(press.paper(slug) for slug in sorted(slugs))
    return replace(press, papers=papers, articles=tuple(a for a in press.articles if a.paper in slugs))


def _paper(path: Path) -> Paper:
    value = tomllib.loads(path.read_text(encoding="utf-8"))
    sections = tuple(Section(slug, name) for slug, name in value.pop("sections").items())
    menu, ticker = tuple(value.pop("menu")), tuple(value.pop("ticker"))
    dateline = value.pop("dateline", None)
    more_hosts = tuple(value.pop("more_hosts", {}).items())
    return Paper(
        slug=path.parent.name,
        sections=sections,
        menu=menu,
        ticker=ticker,
        dateline=dateline,
        more_hosts=more_hosts,
        **value,
    )


def _article(paper: Paper, path: Path) -> SampleArticle:
    try:
        value, text = split_file(path.read_text(encoding="utf-8"))
        return _read(paper, path, value, text)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path.name} of {paper.slug}: {error}") from error


def _read(paper: Paper, path: Path, value: dict[str, Any], text: str) -> SampleArticle:
    number, _, slug = path.stem.partition("-")
    topics = frozenset(value.get("topics", ()))
    edit = value.get("edit")
    paper.section(value["section"])
    return SampleArticle(
        key=f"{paper.slug}/{number}",
        paper=paper.slug,
        number=int(number),
        slug=slug,
        section=value["section"],
        title=value.get("title", ""),
        lead=value.get("lead", ""),
        kicker=value.get("kicker"),
        dateline=value.get("dateline", False),
        byline=value["byline"],
        authors=tuple(value["authors"]),
        tags=tuple(value["tags"]),
        blocks=blocks(text),
        topics=topics,
        role=value.get("role", "live"),
        quirks=frozenset(value.get("quirks", ())),
        carries=value.get("carries"),
        removed=value.get("removed", False),
        edit=_edit(edit, topics) if edit else None,
    )


def _edit(value: dict[str, Any], topics: frozenset[str]) -> Edit:
    pairs = tuple((old, new) for old, new in value.get("replace", ()))
    return Edit(pairs, value.get("add"), topics | frozenset(value.get("topics", ())))


def _with_text_of(copy: SampleArticle, own: dict[str, SampleArticle]) -> SampleArticle:
    """A carried article: the source's words, with the pictures that its own file adds after the first paragraph."""
    assert copy.carries is not None
    source = own[copy.carries]
    words = [block for block in source.blocks if block.kind != "picture"]
    return replace(
        copy,
        title=source.title,
        lead=source.lead,
        topics=source.topics,
        blocks=(words[0], *copy.blocks, *words[1:]),
    )


def _replaced(block: Block, pairs: tuple[tuple[str, str], ...]) -> Block:
    text = block.text
    for old, new in pairs:
        text = text.replace(old, new)
    return replace(block, text=text)


def _topics(path: Path) -> tuple[SampleTopic, ...]:
    value = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(SampleTopic(slug, topic["name"], topic["query"]) for slug, topic in value.items())
