"""The command line: verbs of DESIGN 5, one module per group of them. `main` is the installed command."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run `tintinh` with the process's arguments and leave with its exit code."""
    from tintinh.cli.app import build
    from tintinh.cli.session import guarded

    speak_utf8()
    arguments = leading_options_last(sys.argv[1:])
    sys.exit(guarded(build(arguments[0] if arguments else None), arguments))


def speak_utf8() -> None:
    """Make the standard streams UTF-8 whatever the locale says: our data are, and pipes have no other way to know.

    Half a character (a lone surrogate, which JSON can hold) is written as its escape, which is JSON again.
    """
    for stream, errors in ((sys.stdin, "strict"), (sys.stdout, "backslashreplace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)


def leading_options_last(arguments: list[str]) -> list[str]:
    """Let the common options stand before the verb too: `tintinh --data D status` is `tintinh status --data D`."""
    moved, rest = [], list(arguments)
    while rest and rest[0].partition("=")[0] in ("--config", "--data", "--lang", "--json"):
        moved.append(rest.pop(0))
        if moved[-1] in ("--config", "--data", "--lang") and rest:
            moved.append(rest.pop(0))
    return rest + moved
