"""Links: URLs met by discovery, each with a state that is committed before its page is fetched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from corpus.clock import parse_stamp, stamp
from corpus.record import ArchivePosition
from storage.articles import TITLE_LENGTH, storable_text
from storage.database import Database

LinkState = Literal["pending", "fetching", "stored", "rejected", "gone", "given_up"]
Silent = Literal["baseline", "flood"]

GONE_RETRIES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""Waits after the first, second, ... 404 or 410 of a link that was never stored; after the last it is `gone`."""
LONGEST_WAIT = timedelta(hours=25)
"""No new link waits longer for its next try (24 h and some for the clocks)."""
REJECTED_UNARCHIVED = timedelta(days=7)
"""How long a rejected link whose page the archive lacks is judged again (fetched, then) under new rules."""
USUAL_SPAN = timedelta(days=14)
"""The time over which it is counted how many new links an outlet usually has."""
HISTORY = timedelta(days=3)
"""Of an outlet that is known for less than this nobody can say what is usual."""
UNKNOWN_PER_DAY = 50
"""New links that such an outlet has in a day, if its baseline does not show more: a busy paper."""
DATED_LATE = timedelta(days=1)
"""A link of a flood is news if it is dated no more than this before the read that the flood came after."""
PARSES_BEFORE_GIVING_UP = 2
ATTEMPTS_BEFORE_GIVING_UP = 10


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as a source showed it. `prior_read_at`: the source's last complete read before this one."""

    url: str
    canonical_url: str
    source_url: str | None = None
    title: str | None = None
    published: datetime | None = None
    silent: Silent | None = None
    prior_read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A row of `links`. `attempt` counts fetches begun and not ended, `parses` those that reached the parser."""

    id: int
    outlet: str
    url: str
    canonical_url: str
    state: LinkState
    attempt: int
    parses: int
    since: datetime | None
    source_url: str | None
    found_at: datetime
    hint_title: str | None
    hint_published: datetime | None
    silent: Silent | None
    prior_read_at: datetime | None
    next_at: datetime | None
    visits: int
    gone_seen: int
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    article_id: str | None
    reason: str | None
    detail: str | None
    rules_version: str | None
    archive: ArchivePosition | None


class LinkStore:
    """Keeps the links of all outlets. Contract:

    - a URL is one link per outlet, whatever sources show it;
    - `start` commits `fetching` before the page is fetched, `parsing` commits the archived body before it is
      parsed; each orderly end (the sink's, or `visited`, `missing`, `reject`, `gone`, `retry`) clears the counts;
    - what a dead process left in `fetching` is due again at the next `begin_run`; after two deaths in the
      parser, or ten anywhere, the link is `given_up`. A process that is killed between requests harms no link;
    - an article that was stored stays stored: its link goes back to `stored`, never to `pending`.
    All methods raise WorkError for what SQLite refuses.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_new(
        self, outlet: str, links: Sequence[NewLink], now: datetime, *, first_read_at: datetime | None = None
    ) -> int:
        """Add the links that are not known yet, as `pending`; gives their number.

        A pending link that another source has shown only in its baseline stops being silent when a source
        with earlier reads shows it: it is news there. Not so a link that was found before that source's own
        first read (`first_read_at`): it may have stood there, as its baseline. A pending link of a flood stops
        being silent when any source dates it no more than a day before the read that the flood came after.
        """
        added, found, first = 0, stamp(now), _stamp(first_read_at)
        with self._db.write() as connection:
            for link in links:
                cursor = connection.execute(
                    "INSERT INTO links (outlet, url, canonical_url, state, source_url, found_at, hint_title,"
                    " hint_published, silent, prior_read_at, next_at) VALUES (?,?,?,'pending',?,?,?,?,?,?,?)"
                    " ON CONFLICT (outlet, canonical_url) DO NOTHING",
                    _new_values(outlet, link, found),
                )
                added += cursor.rowcount
                if not cursor.rowcount and link.silent is None:
                    connection.execute(
                        "UPDATE links SET silent = NULL, prior_read_at = ? WHERE outlet = ? AND canonical_url = ?"
                        " AND state = 'pending' AND silent = 'baseline' AND source_url IS NOT ?"
                        " AND (? IS NULL OR found_at > ?)",
                        [_stamp(link.prior_read_at), outlet, link.canonical_url, link.source_url, first, first],
                    )
                if not cursor.rowcount and link.published is not None:
                    connection.execute(
                        "UPDATE links SET silent = NULL, hint_published = ? WHERE outlet = ? AND canonical_url = ?"
                        " AND state = 'pending' AND silent = 'flood' AND prior_read_at <= ?",
                        [stamp(link.published), outlet, link.canonical_url, stamp(link.published + DATED_LATE)],
                    )
        return added

    def known(self, outlet: str, canonical_urls: Collection[str]) -> set[str]:
        """Which of these canonical URLs are links of the outlet already."""
        wanted, found = list(canonical_urls), set[str]()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            rows = self._db.rows(
                f"SELECT canonical_url FROM links WHERE outlet = ? AND canonical_url IN ({marks})",  # noqa: S608 - only question marks
                [outlet, *part],
            )
            found.update(row["canonical_url"] for row in rows)
        return found

    def get(self, outlet: str, canonical_url: str) -> Link | None:
        """The outlet's link with this canonical URL, or None."""
        row = self._db.row("SELECT * FROM links WHERE outlet = ? AND canonical_url = ?", [outlet, canonical_url])
        return _link(row) if row else None

    def by_id(self, link_id: int) -> Link | None:
        """The link with this row id, or None."""
        row = self._db.row("SELECT * FROM links WHERE id = ?", [link_id])
        return _link(row) if row else None

    def begin_run(self, outlet: str, now: datetime) -> list[Link]:
        """Take up the links that a dead run left in `fetching`; gives them as they were.

        The caller holds the outlet's lock, so no other run can be fetching them. They come after the others
        in `due`; those that have killed too often become `given_up`.
        """
        left = [
            _link(row) for row in self._db.rows("SELECT * FROM links WHERE outlet = ? AND state = 'fetching'", [outlet])
        ]
        if left:
            with self._db.write() as connection:
                connection.execute(
                    "UPDATE links SET next_at = CASE WHEN parses >= ? OR attempt >= ? THEN NULL ELSE ? END,"
                    " reason = CASE WHEN parses >= ? OR attempt >= ? THEN 'crashed' ELSE reason END, since = NULL,"
                    " state = CASE WHEN parses >= ? OR attempt >= ? THEN 'given_up'"
                    " WHEN article_id IS NULL THEN 'pending' ELSE 'stored' END"
                    " WHERE outlet = ? AND state = 'fetching'",
                    [PARSES_BEFORE_GIVING_UP, ATTEMPTS_BEFORE_GIVING_UP, stamp(now)]
                    + [PARSES_BEFORE_GIVING_UP, ATTEMPTS_BEFORE_GIVING_UP] * 2
                    + [outlet],
                )
        return left

    def due(self, outlet: str, now: datetime, limit: int) -> list[Link]:
        """Links to fetch now: news before what is silent (a flood or a trap of links must keep neither an article nor
        the revisit of a told one waiting), new ones before revisits, those that have killed a run last, newest first.
        """
        rows = self._db.rows(
            f"SELECT * FROM links WHERE {_DUE} ORDER BY silent IS NOT NULL, state = 'stored', attempt,"  # noqa: S608 - own text
            " COALESCE(hint_published, found_at) DESC, id LIMIT :limit",
            {**_due_at(outlet, now), "limit": limit},
        )
        return [_link(row) for row in rows]

    def count_due(self, outlet: str, now: datetime) -> int:
        """How many links `due` would give without a limit."""
        row = self._db.row(
            f"SELECT COUNT(*) AS n FROM links WHERE {_DUE}",  # noqa: S608 - own text
            _due_at(outlet, now),
        )
        return int(row["n"]) if row else 0

    def start(self, link_id: int, now: datetime) -> None:
        """Commit that this link's page is being fetched."""
        self._set(
            link_id,
            "state = 'fetching', parses = CASE WHEN attempt = 0 THEN 0 ELSE parses END, attempt = attempt + 1,"
            " since = ?",
            [stamp(now)],
        )

    def parsing(self, link_id: int, archive: ArchivePosition | None) -> None:
        """Commit where the fetched body lies, before it is parsed: what kills the parser can be looked at."""
        self._set(link_id, f"parses = parses + 1, {_ARCHIVE}", _archive_values(archive))

    def visited(self, link_id: int, *, next_at: datetime | None) -> None:
        """A stored link was visited and showed nothing new (304, same body, or a page that is no article)."""
        self._set(
            link_id,
            f"state = 'stored', visits = visits + 1, gone_seen = 0, next_at = ?, {_ENDED}",
            [_stamp(next_at)],
        )

    def missing(self, link_id: int, *, next_at: datetime | None) -> None:
        """A stored link answered 404 or 410: one more such visit in a row."""
        self._set(
            link_id,
            f"state = 'stored', visits = visits + 1, gone_seen = gone_seen + 1, next_at = ?, {_ENDED}",
            [_stamp(next_at)],
        )

    def reject(
        self, link_id: int, *, reason: str, detail: str, rules_version: str, archive: ArchivePosition | None
    ) -> None:
        """The page is no article under these rules; when the rules change it is judged again."""
        self._set(
            link_id,
            f"state = 'rejected', reason = ?, detail = ?, rules_version = ?, next_at = NULL, {_ARCHIVE}, {_ENDED}",
            [reason, storable_text(detail[:500]), rules_version, *_archive_values(archive)],
        )

    def gone(self, link_id: int, *, reason: str, now: datetime) -> bool:
        """A link that was never stored is not there; true when no more tries are left and it is `gone`."""
        link = self.by_id(link_id)
        seen = link.gone_seen if link else 0
        if seen >= len(GONE_RETRIES):
            self._set(link_id, f"state = 'gone', reason = ?, next_at = NULL, {_ENDED}", [reason])
            return True
        self._set(
            link_id,
            f"state = 'pending', gone_seen = gone_seen + 1, reason = ?, next_at = ?, {_ENDED}",
            [reason, stamp(now + GONE_RETRIES[seen])],
        )
        return False

    def retry(self, link_id: int, *, reason: str | None, next_at: datetime) -> None:
        """Nothing was learnt of this link; it is due again at `next_at`, whatever its state was."""
        self._set(
            link_id,
            f"state = CASE WHEN article_id IS NULL THEN 'pending' ELSE 'stored' END, reason = ?, next_at = ?, {_ENDED}",
            [reason, stamp(next_at)],
        )

    def counts(self, outlet: str | None = None) -> dict[str, int]:
        """Links by state, of one outlet or of all."""
        rows = self._db.rows(
            "SELECT state, COUNT(*) AS n FROM links WHERE ? IS NULL OR outlet = ? GROUP BY state", [outlet, outlet]
        )
        return {row["state"]: row["n"] for row in rows}

    def rejected_under_other_rules(
        self, outlet: str, rules_version: str, now: datetime, limit: int = 200
    ) -> list[Link]:
        """Rejected links that the present rules have not judged; newest first.

        Only those whose page is archived, or that are of the last days: what pruning took is not fetched again.
        """
        rows = self._db.rows(
            "SELECT * FROM links WHERE outlet = ? AND state = 'rejected' AND rules_version IS NOT ?"
            " AND (archive_file IS NOT NULL OR found_at >= ?) ORDER BY id DESC LIMIT ?",
            [outlet, rules_version, stamp(now - REJECTED_UNARCHIVED), limit],
        )
        return [_link(row) for row in rows]

    def rejected_for(self, outlet: str, reason: str) -> list[Link]:
        """All rejected links of an outlet that have this reason."""
        rows = self._db.rows(
            "SELECT * FROM links WHERE outlet = ? AND state = 'rejected' AND reason = ? ORDER BY id", [outlet, reason]
        )
        return [_link(row) for row in rows]

    def found_per_day(self, outlet: str, now: datetime) -> float:
        """New links a day that later reads (no baseline) showed in the last days.

        Of an outlet that is known for less than three days, or that had no such link yet, it is the size of its
        baseline, and 50 at least.
        """
        since = now - USUAL_SPAN
        past = self._db.row(
            "SELECT MIN(found_at) AS first, SUM(silent IS 'baseline') AS baseline FROM links WHERE outlet = ?", [outlet]
        )
        row = self._db.row(
            "SELECT COUNT(*) AS n, MIN(found_at) AS first FROM links"
            " WHERE outlet = ? AND found_at >= ? AND found_at < ? AND silent IS NULL",
            [outlet, stamp(since), stamp(now)],
        )
        known_since = parse_stamp(past["first"]) if past and past["first"] else now
        if row is None or not row["n"] or now - known_since < HISTORY:
            return float(max((past and past["baseline"]) or 0, UNKNOWN_PER_DAY))
        span = (now - parse_stamp(row["first"])) / timedelta(days=1)
        return float(row["n"] / max(span, 1.0))

    def _set(self, link_id: int, changes: str, values: Sequence[Any]) -> None:
        with self._db.write() as connection:
            connection.execute(f"UPDATE links SET {changes} WHERE id = ?", [*values, link_id])  # noqa: S608 - own text


_DUE = (
    "outlet = :outlet AND state IN ('pending', 'stored')"
    " AND (next_at <= :now OR (state = 'pending' AND next_at > :latest))"
)


def _due_at(outlet: str, now: datetime) -> dict[str, Any]:
    """What `_DUE` asks for. A new link that is to wait longer than any wait is was written by a wrong clock."""
    return {"outlet": outlet, "now": stamp(now), "latest": stamp(now + LONGEST_WAIT)}


_ARCHIVE = "archive_file = ?, archive_offset = ?, archive_length = ?"
_ENDED = "attempt = 0, since = NULL"


def _new_values(outlet: str, link: NewLink, found: str) -> list[Any]:
    """The values of a new row; it is due at once, so the last one is the time of finding again."""
    title = (storable_text(link.title) or "")[:TITLE_LENGTH] or None  # as it came from a feed: anything may be in it
    values = [outlet, link.url, link.canonical_url, link.source_url, found, title, _stamp(link.published)]
    return [*values, link.silent, _stamp(link.prior_read_at), found]


def _archive_values(position: ArchivePosition | None) -> list[Any]:
    return [position.file, position.offset, position.length] if position else [None, None, None]


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_stamp(text)


def _link(row: dict[str, Any]) -> Link:
    values = dict(row)
    file, offset, length = (values.pop(f"archive_{part}") for part in ("file", "offset", "length"))
    for column in ("since", "hint_published", "prior_read_at", "next_at"):
        values[column] = _time(values[column])
    values["found_at"] = parse_stamp(values["found_at"])
    return Link(**values, archive=ArchivePosition(file, offset, length) if file else None)
