"""What every command gets: where the installation lives, the language, the way to print; and how errors are told."""

from __future__ import annotations

import difflib
import errno
import inspect
import itertools
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from rich.console import Console
from rich.table import Table
from typer.exceptions import Abort, TyperException

from corpus.clock import Clock, now
from corpus.errors import QueryError, TintinhError, UsageError, WorkError
from corpus.text import bare_key
from crawler.catalogue import load_catalogue
from crawler.outlet import Outlet
from crawler.outlet_file import FileFault
from storage.database import Database
from tintinh.config import Config, Place, find_place, load_config
from tintinh.messages import LANGUAGES, Say, knows, speaker, system_language

OK, PARTLY, USAGE, WORK, ALL_FAILED = 0, 1, 2, 3, 4
"""Exit codes (DESIGN 5)."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a disk, a quota or a file's limit is full."""
MOST_NAMES = 10
"""Names that an error lists."""
PIPE_WIDTH = 400
"""Columns of a table that is written to a file or a pipe."""


@dataclass
class Session:
    """One call of a command. Configuration, catalogue and database are opened when first asked for."""

    place: Place
    language: str
    as_json: bool
    named_language: str | None = None
    """The language that --lang names; None where the system's holds."""
    named_data: Path | None = None
    """The data folder that this call names itself; None where the default holds."""
    clock: Clock = now

    @cached_property
    def say(self) -> Say:
        """Messages in the language of this call."""
        return speaker(self.language)

    @cached_property
    def config(self) -> Config:
        """The configuration of this installation."""
        return load_config(self.place)

    @cached_property
    def outlets(self) -> dict[str, Outlet]:
        """The catalogue: built-in outlets and the user's own, with what was found out about them."""
        return load_catalogue(self.place.user_folder, overrides=self.overrides, faults=self._faults)

    @property
    def overrides(self) -> Path:
        """The folder with what was found out about outlets."""
        return self.place.data / "overrides"

    @cached_property
    def faults(self) -> list[FileFault]:
        """The user's outlet files and overrides that cannot be used; the built-in ones stand in their place."""
        _ = self.outlets
        return [fault for fault in self._faults if isinstance(fault, FileFault)]

    @cached_property
    def _faults(self) -> list[UsageError]:
        return []

    @cached_property
    def database(self) -> Database:
        """The corpus database, which must be there: a mistyped data folder is told, not made.

        Raises:
            WorkError: code `no_data` and those of Database.open.
        """
        return Database.open(self.place.data, create=False)

    def database_if_any(self) -> Database | None:
        """The corpus database; None where there is none yet: the catalogue can be looked at without."""
        try:
            return self.database
        except WorkError as error:
            if error.code != "no_data":
                raise
            return None

    def made_database(self) -> Database:
        """The corpus database, made where it is missing: for what puts the first thing into a data folder."""
        if "database" not in self.__dict__:
            self.__dict__["database"] = Database.open(self.place.data)
        return self.database

    @cached_property
    def console(self) -> Console:
        """Where tables for people go: standard output."""
        # A pipe has no width of its own: there every row is one line.
        return PlainConsole(width=None if sys.stdout.isatty() else PIPE_WIDTH)

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "database" in self.__dict__:
            self.__dict__.pop("database").close()

    def outlet(self, slug: str) -> Outlet:
        """The outlet of a slug.

        Raises:
            UsageError: code `unknown_outlet`, with the slug that is meant, where one is near; code `outlet_file`:
                the outlet's own file is broken.
        """
        if slug in self.outlets:
            return self.outlets[slug]
        for fault in self.faults_of(slug):
            raise fault
        raise unknown_outlet(slug, self.outlets)

    def faults_of(self, slug: str) -> list[FileFault]:
        """What is left out of this outlet: its own file, its family, or what was found out about it."""
        family = self.outlets[slug].family if slug in self.outlets else None
        wanted = {"families": family}
        return [fault for fault in self.faults if fault.path.stem == wanted.get(fault.path.parent.name, slug)]

    def problem(self, code: str, detail: str) -> str:
        """A run's problem in words, with its English detail."""
        sentence = self.say(f"problem.{code}") if knows(self.language, f"problem.{code}") else code
        return f"{sentence} ({detail})" if detail else sentence

    def next_step(self, code: str, slug: str) -> str:
        """What a person can do about a problem of this outlet; empty for a code that the table lacks."""
        return self.say(f"next.{code}", slug=slug) if knows(self.language, f"next.{code}") else ""

    def line(self, text: str = "") -> None:
        """A line of data on standard output."""
        sys.stdout.write(text + "\n")

    def json(self, value: Mapping[str, Any]) -> None:
        """One JSON object on one line of standard output."""
        self.line(json.dumps(value, ensure_ascii=False))

    def note(self, text: str) -> None:
        """A line of progress on standard error."""
        sys.stderr.write(text + "\n")

    def tell_faults(self) -> None:
        """Say which files were left out: what is about to run does without them."""
        for fault in self.faults:
            self.note(self.say("outlets.left_out", detail=fault.message))

    def sure(self, yes: bool, question: str) -> bool:
        """Whether to go on with what cannot be undone: said with --yes, or asked for where somebody sits before us.

        Raises:
            UsageError: code `needs_yes`: nobody is there to ask.
        """
        if not yes and not sys.stdin.isatty():
            raise UsageError("needs_yes", "this cannot be undone", hint="give --yes")
        return yes or typer.confirm(question, err=True)

    def table(self, headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """A plain table on standard output; headings are already in the person's language."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)


class PlainConsole(Console):
    """A console that prints what it is given: no `:a:` of an id becomes a picture, no `[...]` a colour."""

    def __init__(self, *, width: int | None = None, stderr: bool = False) -> None:
        super().__init__(width=width, stderr=stderr, emoji=False, markup=False, highlight=False)

    def on_broken_pipe(self) -> None:
        """Leave it to `guarded`, as for any other line; rich itself would end the process with code 1."""
        raise BrokenPipeError


def unknown_outlet(name: str, outlets: Mapping[str, Outlet]) -> UsageError:
    """The error for a slug that is in no catalogue. The paper's own name, with or without marks, finds it too."""
    slugs = {bare_key(outlet.name): slug for slug, outlet in outlets.items()} | {slug: slug for slug in outlets}
    near = difflib.get_close_matches(bare_key(name), slugs, n=1) or difflib.get_close_matches(name, slugs, n=1)
    if near:
        hint = f"did you mean {slugs[near[0]]}?"
    elif len(outlets) > MOST_NAMES:
        hint = f"`tintinh outlets list` shows all {len(outlets)}, such as {', '.join(list(outlets)[:MOST_NAMES])}"
    else:
        hint = f"known: {', '.join(outlets)}"
    return UsageError("unknown_outlet", f"there is no outlet {name!r}", hint=hint)


def unknown(code: str, name: str, known: Iterable[str]) -> UsageError:
    """The error `unknown_<what>` for a name that is not there, with the nearest one, or all, as a hint."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    what = code.removeprefix("unknown_")
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}" if names else f"there is no {what} yet"
    return UsageError(code, f"there is no {what} {name!r}", hint=hint)


class _ReaderLeftError(Exception):
    """Nobody reads what a command prints any more."""


Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]

_COMMON: tuple[tuple[str, Any, Any], ...] = (
    (
        "config",
        Annotated[Path | None, typer.Option("--config", readable=False, help="configuration file (TINTINH_CONFIG)")],
        None,
    ),
    ("data", Annotated[Path | None, typer.Option("--data", readable=False, help="data folder (TINTINH_DATA)")], None),
    ("lang", Annotated[str | None, typer.Option("--lang", help="vi or en")], None),
    ("as_json", Annotated[bool, typer.Option("--json", help="print JSON")], False),
)


def command(
    app: typer.Typer, name: str, *, makes_config: bool = False
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Register a command that takes a Session first and returns an exit code; adds the common options.

    Args:
        app: where it belongs.
        name: its verb.
        makes_config: the configuration file that is named need not be there yet.
    """

    def register(function: Callable[..., int]) -> Callable[..., int]:
        hints = get_type_hints(function, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        ]
        common = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for key, annotation, default in _COMMON
        ]

        def run(**given: Any) -> None:
            common = [given.pop(key) for key, _, _ in _COMMON]
            session = open_session(*common, new_config=makes_config)
            try:
                raise typer.Exit(function(session, **given))
            except BrokenPipeError as error:
                raise _ReaderLeftError from error  # typer would make it exit code 1
            finally:
                session.close()

        run.__doc__ = function.__doc__
        keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        run.__signature__ = inspect.Signature([*keyword, *common])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in (*keyword, *common)}
        app.command(name)(run)
        return function

    return register


def open_session(
    config: Path | None, data: Path | None, lang: str | None, as_json: bool, *, new_config: bool = False
) -> Session:
    """Settle the place and the language of one call."""
    if lang is not None and lang not in LANGUAGES:
        raise UsageError("language", f"--lang {lang!r}: only vi and en are there")
    place = find_place(config, data, new=new_config)
    named = place.data if data is not None or os.environ.get("TINTINH_DATA") else None
    return Session(place, lang or system_language(), as_json, lang, named)


def guarded(app: typer.Typer, arguments: list[str]) -> int:
    """Run the command line and tell every error once: in words, or as a JSON line with --json."""
    try:
        result = app(arguments, standalone_mode=False)
        sys.stdout.flush()  # a full disk or a reader that has left shows here, not while Python ends
    except TyperException as error:
        if not error.format_message():
            return USAGE  # nothing was asked; the help, which typer has printed, is the answer
        return _tell(arguments, UsageError("usage", error.format_message(), hint="--help shows how"), USAGE)
    except UsageError as error:
        return _tell(arguments, error, USAGE)
    except TintinhError as error:
        return _tell(arguments, error, WORK)
    except (KeyboardInterrupt, Abort):
        return 130
    except (BrokenPipeError, _ReaderLeftError):
        return _quiet_pipe()
    except OSError as error:
        if error.errno not in FULL:
            return _ours(arguments, error)
        hint = "free some space and run the command again"
        return _tell(arguments, WorkError("disk_full", str(error), hint=hint), WORK)
    except Exception as error:  # noqa: BLE001 - a mistake of ours: told like any error, with what a report needs
        return _ours(arguments, error)
    return result if isinstance(result, int) else OK


def _ours(arguments: list[str], error: Exception) -> int:
    """Tell a mistake of ours; for the handler of an exception."""
    traceback.print_exc()
    hint = "this is a mistake in tintinh; please report the lines above"
    return _tell(arguments, WorkError("internal", f"{type(error).__name__}: {error}", hint=hint), WORK)


_NAMING = ("did you mean", "known:", "one of:", "such as", "--config", "--all")
"""What marks a hint that names the very thing that is meant."""


def _tell(arguments: list[str], error: TintinhError, exit_code: int) -> int:
    if "--json" in arguments:
        value: dict[str, Any] = {"error": error.code, "message": error.message}
        if isinstance(error, QueryError):
            value |= {"position": error.position, "hint": error.hint}
        elif error.hint:
            value["message"] += f"; {error.hint}"
        sys.stderr.write(json.dumps(value, ensure_ascii=False) + "\n")
        return exit_code
    # The details are English; a reader of Vietnamese gets the sentence of that kind of error first.
    sentences = [key for key in (f"error.{error.code}", f"problem.{error.code}") if knows("vi", key)]
    if _language(arguments) == "vi" and sentences:
        sys.stderr.write(speaker("vi")(sentences[0]) + "\n")
    position = f" (position {error.position})" if isinstance(error, QueryError) else ""
    sys.stderr.write(f"tintinh: {error.message}{position}\n")
    if error.hint:
        sys.stderr.write(f"  -> {_step(arguments, error.code, error.hint)}\n")
    return exit_code


def _step(arguments: list[str], code: str, hint: str) -> str:
    """The next step in the reader's language; the English hint where it names something that no table can."""
    if _language(arguments) != "vi" or any(mark in hint for mark in _NAMING) or not knows("vi", f"next.{code}"):
        return hint
    return speaker("vi")(f"next.{code}", slug="SLUG")


def _language(arguments: list[str]) -> str:
    for option, value in itertools.pairwise([*arguments, ""]):
        if option == "--lang":
            return value
        if option.startswith("--lang="):
            return option.removeprefix("--lang=")
    return system_language()


def _quiet_pipe() -> int:
    # The reader (`| head`) has left: that is its right. Python would complain again at exit otherwise.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK
