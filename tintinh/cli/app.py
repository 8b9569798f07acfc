"""All commands in one tree; only the module of the verb at hand is imported, so that a command starts quickly."""

from __future__ import annotations

from importlib import import_module

import typer

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
    app.callback()(_nothing)
    modules = [VERBS[verb]] if verb in VERBS else list(dict.fromkeys(VERBS.values()))
    for module in modules:
        import_module(f"tintinh.cli.{module}").register(app)
    return app


def _nothing() -> None:
    # Without a callback typer would take an application with one command for that command itself.
    pass
