"""All commands in one tree."""

from __future__ import annotations

import typer

from tintinh.cli import alerts, channels, corpus, crawl, demo, outlets, pages, service, setup, status, topics


def build() -> typer.Typer:
    """The command line as a typer application."""
    app = typer.Typer(
        name="tintinh",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Tin tỉnh: crawl Vietnam's provincial newspapers, keep them, match topics, tell people.",
    )
    for part in (demo, setup, service, status, crawl, pages, corpus, outlets, topics, channels, alerts):
        part.register(app)
    return app
