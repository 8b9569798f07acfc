"""All commands in one tree; only the module of the verb at hand is imported, so that a command starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from tintinh import __version__

VERBS = {
    "demo": "demo",
    "init": "setup",
    "run": "service",
    "status": "status",
    "doctor": "status",
    "crawl": "crawl",
    "recrawl": "crawl",
    "extract": "pages",
    "reextract": "pages",
    "articles": "corpus",
    "search": "corpus",
    "export": "corpus",
    "outlets": "outlets",
    "topics": "topics",
    "channels": "channels",
    "alerts": "alerts",
    "backup": "upkeep",
    "prune": "upkeep",
}
"""Verb -> module of this package; in the order of the help."""


def build(verb: str | None) -> typer.Typer:
    """The command line as a typer application: the commands beside `verb`, or all if that is no verb."""
    app = typer.Typer(
        name="tintinh",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Tin tỉnh: crawl Vietnam's provincial newspapers, keep them, match topics, tell people.",
    )
    app.callback()(_before_the_verb)
    modules = [VERBS[verb]] if verb in VERBS else list(dict.fromkeys(VERBS.values()))
    for module in modules:
        import_module(f"tintinh.cli.{module}").register(app)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tintinh {__version__}")
        raise typer.Exit


def _before_the_verb(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print it")
    ] = False,
) -> None:
    # Without a callback typer would take an application with one command for that command itself.
    pass
