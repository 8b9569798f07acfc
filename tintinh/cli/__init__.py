"""The command line: verbs of DESIGN 5, one module per group of them. `main` is the installed command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `tintinh` with the process's arguments and leave with its exit code."""
    from tintinh.cli.app import build
    from tintinh.cli.session import guarded

    sys.exit(guarded(build(), sys.argv[1:]))
