"""Which files of the archive the database points to."""

from __future__ import annotations

from collections import Counter

from storage.database import Database


def rows_by_file(database: Database) -> Counter[str]:
    """For each archive file (relative to the archive's folder) how many links and articles point into it.

    Raises:
        WorkError: those of Database.
    """
    counts: Counter[str] = Counter()
    for row in database.rows(
        "SELECT archive_file AS file, COUNT(*) AS n FROM links WHERE archive_file IS NOT NULL GROUP BY 1"
        " UNION ALL SELECT json_extract(archive, '$.file') AS file, COUNT(*) AS n FROM articles"
        " WHERE json_extract(archive, '$.file') IS NOT NULL GROUP BY 1"
    ):
        counts[row["file"]] += row["n"]
    return counts
