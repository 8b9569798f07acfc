"""Care of the data folder: `backup` and `prune`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from corpus.errors import UsageError
from storage.backup import write_backup
from storage.database import FILE_NAME
from storage.retention import outdated, prune_archive
from tintinh import __version__
from tintinh.cli.session import OK, Session, Yes, command
from tintinh.config import Place
from tintinh.durations import parse_duration

MIB = 1024 * 1024


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    command(app, "backup")(backup)
    command(app, "prune")(prune)


def backup(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="the ZIP file to make")],
    with_archive: Annotated[
        bool, typer.Option("--with-archive", help="the raw responses too; mostly far larger than all the rest")
    ] = False,
) -> int:
    """Save database, configuration and outlet files into one ZIP file; the daemon may go on meanwhile."""
    _ = session.database  # a data folder that is not there is told first
    others = kept_files(session.place, with_archive=with_archive)
    database = session.place.data / FILE_NAME
    size = write_backup(file.absolute(), database, others, now=session.clock(), version=__version__)
    if session.as_json:
        session.json({"file": str(file.absolute()), "bytes": size, "files": len(others) + 1})
    else:
        session.line(session.say("backup.done", file=file, mib=f"{size / MIB:.1f}"))
    return OK


def kept_files(place: Place, *, with_archive: bool) -> dict[str, Path]:
    """What belongs into a backup beside the database: name in the ZIP file -> file."""
    wanted = {"data/overrides": (place.data / "overrides", "*.toml")}
    for kind in ("outlets", "families"):
        wanted[f"config/{kind}"] = (place.user_folder / kind, "*.toml")
    if with_archive:
        wanted["data/archive"] = (place.data / "archive", "*/*.warc.gz")
    found = {
        f"{name}/{path.relative_to(folder).as_posix()}": path
        for name, (folder, pattern) in wanted.items()
        for path in folder.glob(pattern)
        if path.is_file()
    }
    if place.config_file.is_file():
        found["config/tintinh.toml"] = place.config_file
    return found


def prune(
    session: Session,
    keep: Annotated[
        str | None, typer.Option("--keep", help="age from which raw responses go, such as 400d (else archive.keep)")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    yes: Yes = False,
) -> int:
    """Remove raw responses older than a limit from the archive. Articles and their versions stay."""
    limit = _limit(keep) if keep is not None else session.config.archive.keep
    if limit is None:
        raise UsageError("usage", "how long to keep is not known", hint="give --keep 400d, or set archive.keep")
    _ = session.database  # a data folder that is not there is told first
    folder = session.place.data / "archive"
    going = outdated(folder, limit, session.clock())
    size = sum(file.size for file in going)
    told = {"files": len(going), "mib": f"{size / MIB:.1f}"}
    if going and not dry_run:
        if not session.sure(yes, session.say("prune.sure", **told)):
            return OK
        prune_archive(session.database, folder, limit, session.clock())
    if session.as_json:
        session.json({"files": len(going), "bytes": size, "removed": not dry_run})
    else:
        session.line(session.say("prune.would" if dry_run else "prune.done", **told))
    return OK


def _limit(text: str) -> timedelta:
    try:
        limit = parse_duration(text)
    except ValueError as error:
        raise UsageError("option", f"--keep: {error}") from error
    if limit < timedelta(days=1):
        raise UsageError("option", f"--keep {text}: a day (1d) is the least")
    return limit
