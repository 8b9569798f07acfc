"""What an outlet file and a family file may say: strict models, and errors that name the file and the key.

An outlet file is `<slug>.toml`, a family file `<family>.toml`. Unknown keys are refused, so that a slip of the pen
cannot pass as a rule that silently does nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from lxml.cssselect import CSSSelector, SelectorError
from lxml.etree import XPathError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from corpus.errors import UsageError
from corpus.provinces import PROVINCES, is_province
from corpus.urls import BadUrl, canonical_url, host_of
from crawler.outlet import Grade, SourceKind, Status, Tls

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CODE = re.compile(r"[a-z][a-z0-9]{0,7}")


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


def _selector(text: str) -> str:
    try:
        CSSSelector(text, translator="html")
    except (SelectorError, XPathError) as error:
        raise ValueError(f"not a CSS selector that can be compiled: {error}") from error
    return text


def _address(text: str) -> str:
    try:
        canonical_url(text, keep_query=("*",))
    except BadUrl as error:
        raise ValueError(f"not an http(s) address: {error}") from error
    return text


def is_host_name(text: str) -> bool:
    """Whether an outlet file may name a host so."""
    return bool(_HOST.fullmatch(text))


def host_name(text: str) -> str:
    """Check a host name, for a model's field; ValueError says what is wrong."""
    if not is_host_name(text):
        raise ValueError("a host name in lower case, without scheme, port or path")
    return text


def _code(text: str) -> str:
    if not _CODE.fullmatch(text) or text == "u":
        raise ValueError(
            "1 to 8 lower-case letters and digits, a letter first; `u` is taken by ids made of the address"
        )
    return text


def _province(name: str) -> str:
    if not is_province(name):
        raise ValueError(f"unknown province {name!r}")
    return name


Text = Annotated[str, Field(min_length=1)]
Regex = Annotated[str, AfterValidator(_regex)]
Css = Annotated[str, AfterValidator(_selector)]
Address = Annotated[str, AfterValidator(_address)]
Year = Annotated[int, Field(ge=1990, le=2100)]


class FileModel(BaseModel):
    """Base of all tables of these files: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Years(FileModel):
    """The years in which something held; both ends may be open."""

    since: Year | None = None
    until: Year | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError("since is later than until")
        return self


class HostTable(Years):
    """A host name and its years."""

    name: Annotated[str, AfterValidator(host_name)]


class EraTable(Years):
    """An article URL rule: `pattern` is searched in path and query; a group `(?P<id>...)` is the article's number."""

    code: Annotated[str, AfterValidator(_code)]
    pattern: Regex


class ListingTable(FileModel):
    """How a JSON listing is read; `JsonListing` explains the keys."""

    items: str = ""
    link: Text
    title: Text | None = None
    published: Text | None = None
    ajax: bool = False


class SourceTable(FileModel):
    """A feed, sitemap, section page or JSON listing, with the grade of evidence for its address."""

    kind: SourceKind
    url: Address
    grade: Grade
    listing: ListingTable | None = None

    @model_validator(mode="after")
    def _listed(self) -> Self:
        if (self.kind == "json") != (self.listing is not None):
            raise ValueError("listing: needed where kind is json, and only there")
        return self


class SectionListingTable(FileModel):
    """A JSON listing of every section; `SectionListing` explains the keys."""

    section: Regex
    url: Address
    listing: ListingTable

    @model_validator(mode="after")
    def _named(self) -> Self:
        if "section" not in re.compile(self.section).groupindex:
            raise ValueError("section: needs a group (?P<section>...)")
        if self.url.count("{section}") != 1:
            raise ValueError("url: needs {section}, once")
        return self


class SelectorTable(FileModel):
    """CSS selectors by field, each list tried in order; `drop` are all taken out of the container."""

    container: list[Css] = []
    title: list[Css] = []
    kicker: list[Css] = []
    lead: list[Css] = []
    date: list[Css] = []
    author: list[Css] = []
    section: list[Css] = []
    tags: list[Css] = []
    caption: list[Css] = []
    drop: list[Css] = []


class FamilyFile(FileModel):
    """`families/<family>.toml`: what outlets of one CMS share."""

    name: Text
    eras: list[EraTable] = []
    not_articles: list[Regex] = []
    selectors: SelectorTable = SelectorTable()

    @model_validator(mode="after")
    def _codes(self) -> Self:
        check_codes(self.eras)
        return self


class OutletFile(FileModel):
    """`outlets/<slug>.toml`: one newspaper. Without `province` it is a central paper."""

    name: Text
    status: Status
    successor: str | None = None
    province: Annotated[str, AfterValidator(_province)] | None = None
    home: Address
    family: str | None = None
    hosts: Annotated[list[HostTable], Field(min_length=1)]
    eras: list[EraTable] = []
    not_articles: list[Regex] = []
    sources: list[SourceTable] = []
    section_listing: SectionListingTable | None = None
    selectors: SelectorTable = SelectorTable()
    datelines: list[Text] = []
    not_authors: list[Text] = []
    keep_query: list[Text] = []
    base_href: bool = True
    examples: list[Address] = []
    sections: list[Address] = []
    permission: Text | None = None
    tls: Tls = "verified"
    notes: list[Text] = []

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_codes(self.eras)
        hosts = [host.name.removeprefix("www.") for host in self.hosts]
        if host_of(self.home).removeprefix("www.") not in hosts:
            raise ValueError(f"home: {self.home} is on none of the outlet's hosts")
        if repeated := [host for host, times in Counter(hosts).items() if times > 1]:
            raise ValueError(f"hosts: {repeated[0]} stands there twice")
        if (self.status == "merged") != (self.successor is not None):
            raise ValueError("successor: needed where status is merged, and only there")
        return self


def check_codes(eras: list[EraTable]) -> None:
    """Refuse an era code that stands twice: it is part of an article's id.

    Raises:
        ValueError: naming the code.
    """
    for code, times in Counter(era.code for era in eras).items():
        if times > 1:
            raise ValueError(f"eras: the code {code!r} stands there {times} times")


class FileFault(UsageError):
    """What is wrong with one file of the catalogue: `outlet_file`; `path` is the file."""

    def __init__(self, path: Path, key: str, problem: str, hint: str | None = None) -> None:
        super().__init__("outlet_file", f"{path}: {key}: {problem}", hint=hint)
        self.path = path


AnyFile = TypeVar("AnyFile", bound=FileModel)


def read_file(path: Path, model: type[AnyFile], *, over: dict[str, Any] | None = None) -> AnyFile:
    """Read one file of the catalogue.

    Args:
        over: the keys of a file that this one changes key by key; what it does not name stays.

    Raises:
        FileFault: naming the file and the key.
    """
    own = read_table(path)
    table = {**(over or {}), **own}
    if over is not None and table.get("status") != "merged" and "successor" not in own:
        table.pop("successor", None)  # the paper came back: TOML has no word for "none"
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise _explained(path, model, error) from error


def read_table(path: Path) -> dict[str, Any]:
    """The keys of one file, not checked yet.

    Raises:
        FileFault: its name is no slug, it cannot be read, or it is not TOML.
    """
    if not _SLUG.fullmatch(path.stem) or path.stem == "x":
        raise bad_file(path, "file name", "a slug in lower-case letters, digits and single hyphens is needed")
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise bad_file(path, "text", f"not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise bad_file(path, "text", f"not TOML: {error}") from error
    except OSError as error:
        raise bad_file(path, "text", f"cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise bad_file(path, "text", "nested too deeply") from error


def bad_file(path: Path, key: str, problem: str, hint: str | None = None) -> FileFault:
    """The one kind of error that this catalogue raises."""
    return FileFault(path, key, problem, hint)


def did_you_mean(word: str, known: list[str]) -> str | None:
    """A hint with the nearest known word, None where none is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else None


def _explained(path: Path, model: type[FileModel], error: ValidationError) -> FileFault:
    """The first fault of a file, in words; how many others there are."""
    # A mistyped key is told first: it is often the reason why another one is missing.
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    problem = fault["msg"].removeprefix("Value error, ")
    if not key:  # a rule over the whole file names its key itself
        key, _, problem = problem.partition(": ")
    if fault["type"] == "extra_forbidden":
        problem = "unknown key"
    if len(faults) > 1:
        problem += f" (and {len(faults) - 1} more)"
    return bad_file(path, key, problem, _hint(model, fault))


def _hint(model: type[FileModel], fault: Any) -> str | None:
    word = fault["loc"][-1] if fault["loc"] else None
    if fault["type"] == "extra_forbidden" and isinstance(word, str):
        return did_you_mean(word, _known_keys(model, fault["loc"][:-1]))
    value = fault.get("input")
    if not isinstance(value, str):
        return None
    if fault["type"] == "literal_error":
        expected = re.findall(r"'([^']+)'", str(fault["ctx"]["expected"]))
        return did_you_mean(value, expected) or "one of: " + ", ".join(expected)
    return did_you_mean(value, _province_names()) if word == "province" else None


def _known_keys(model: type[FileModel], where: tuple[int | str, ...]) -> list[str]:
    tables: dict[str, type[FileModel]] = {
        "hosts": HostTable,
        "eras": EraTable,
        "sources": SourceTable,
        "selectors": SelectorTable,
    }
    table = tables.get(str(where[0]), model) if where else model
    return list(table.model_fields)


def _province_names() -> list[str]:
    """All names of provinces, old and new, for hints."""
    return [name for province in PROVINCES for name in (province.name, *province.former)]
