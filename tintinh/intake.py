"""The intake process, a child of the daemon: `python -m tintinh.intake --data D [--config F]`.

Each line on standard input makes one pass; each pass that did something answers with one JSON line. The end of
the input ends the process after the pass under way.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from pathlib import Path

from alerts.intake import IntakeResult, TopicBook, run_intake
from corpus.clock import now
from corpus.errors import WorkError
from crawler.parent import die_with_parent
from storage.database import Database
from storage.intake import IntakeStore
from storage.locks import intake_lock
from tintinh.logs import set_up_logs

log = logging.getLogger(__name__)


def main() -> int:
    """Serve passes until the input ends; the exit code is 0, or 3 where the data folder cannot be used."""
    parser = argparse.ArgumentParser(prog="tintinh.intake")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    folder: Path = parser.parse_args().data
    set_up_logs()
    die_with_parent(signal.SIGKILL)
    try:
        database = Database.open(folder)
        with intake_lock(folder / "locks"):
            # A new process may be a newer tintinh: what an older one could not read gets its tries back.
            IntakeStore(database).unpark()
            _serve(database)
    except WorkError as error:
        log.error("intake_cannot_work", extra={"code": error.code, "why": error.message})
        return 3
    return 0


def _serve(database: Database) -> None:
    topics = TopicBook(database)
    for _ in sys.stdin:
        try:
            result = run_intake(database, topics, now, lambda: None)
        except WorkError as error:
            # A full disk or a long lock: the rows stay, the next pass tries again.
            log.error("intake_pass_failed", extra={"code": error.code, "why": error.message})
            continue
        if result.rows or result.failed:
            _answer(result)


def _answer(result: IntakeResult) -> None:
    value = {
        "event": "intake",
        "rows": result.rows,
        "matches": result.matches,
        "alerts": result.alerts,
        "failed": result.failed,
        "parked": result.parked,
        "broken_topics": list(result.broken_topics),
    }
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
