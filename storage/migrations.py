"""The tables, as an append-only list of steps. Never change a step that has been released; add one at the end.

Times are RFC 3339 text with +07:00 (they sort), lists and objects are JSON text, booleans are 0 and 1.
"""

from __future__ import annotations

import sqlite3

import sqlite_utils
from sqlite_utils import Migrations

MIGRATIONS = Migrations("tintinh")


def known_steps() -> list[str]:
    """Names of all steps that this release knows, oldest first."""
    with sqlite_utils.Database(memory=True) as nothing_applied:
        return [step.name for step in MIGRATIONS.pending(nothing_applied)]


def applied_steps(connection: sqlite3.Connection) -> list[str]:
    """Names of the steps that this database has had, in no order; [] for a new one."""
    table = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type='table' AND name='_sqlite_migrations'"
    ).fetchone()
    if table is None:
        return []
    return [
        name
        for (name,) in connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [MIGRATIONS.name]
        )
    ]


_FIRST = """
CREATE TABLE sources (
  outlet TEXT NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL,
  etag TEXT, last_modified TEXT, body_hash TEXT,
  first_complete_at TEXT, last_complete_at TEXT,   -- complete reads; the first one is the baseline
  checked_at TEXT, response TEXT,                  -- last try and its response class
  failures INTEGER NOT NULL DEFAULT 0, links INTEGER NOT NULL DEFAULT 0, error TEXT,
  PRIMARY KEY (outlet, url)
) WITHOUT ROWID;

CREATE TABLE links (
  id INTEGER PRIMARY KEY, outlet TEXT NOT NULL, url TEXT NOT NULL, canonical_url TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending','fetching','stored','rejected','gone','given_up')),
  attempt INTEGER NOT NULL DEFAULT 0, since TEXT,  -- since: start of the fetch under way
  parses INTEGER NOT NULL DEFAULT 0,               -- of the attempts, those that reached the parser
  source_url TEXT, found_at TEXT NOT NULL,
  hint_title TEXT, hint_published TEXT,
  silent TEXT CHECK (silent IN ('baseline','flood')),
  prior_read_at TEXT,                              -- the source's last complete read before this link was met
  next_at TEXT,                                    -- when a pending link is due, or a stored one is visited again
  visits INTEGER NOT NULL DEFAULT 0,               -- revisits done
  gone_seen INTEGER NOT NULL DEFAULT 0,            -- visits in a row that said 404 or 410
  etag TEXT, last_modified TEXT, body_hash TEXT,
  article_id TEXT, reason TEXT, detail TEXT, rules_version TEXT,
  archive_file TEXT, archive_offset INTEGER, archive_length INTEGER,
  UNIQUE (outlet, canonical_url)
);
CREATE INDEX links_due ON links (outlet, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX links_state ON links (outlet, state);
CREATE INDEX links_article ON links (article_id);

CREATE TABLE articles (
  id TEXT PRIMARY KEY, url TEXT NOT NULL, canonical_url TEXT NOT NULL,
  outlet TEXT NOT NULL, outlet_name TEXT NOT NULL, province TEXT, province_2025 TEXT,
  title TEXT NOT NULL, kicker TEXT, lead TEXT, dateline TEXT, text TEXT NOT NULL,
  authors TEXT NOT NULL, byline TEXT, captions TEXT NOT NULL, section TEXT, tags TEXT NOT NULL, language TEXT,
  published_at TEXT, published TEXT NOT NULL,      -- published_at: the `at` of the JSON object beside it
  modified_at TEXT, first_seen_at TEXT NOT NULL, fetched_at TEXT NOT NULL, removed_at TEXT,
  version INTEGER NOT NULL, content_hash TEXT NOT NULL, story TEXT, agency TEXT, flags TEXT NOT NULL,
  extractor TEXT NOT NULL, archive TEXT,
  seen_order INTEGER NOT NULL UNIQUE               -- grows with every new article: newest first, search's key
);
CREATE INDEX articles_outlet ON articles (outlet, seen_order);
CREATE INDEX articles_hash ON articles (content_hash);
CREATE INDEX articles_canonical ON articles (canonical_url);
CREATE INDEX articles_story ON articles (story) WHERE story IS NOT NULL;

CREATE TABLE versions (
  article_id TEXT NOT NULL REFERENCES articles (id), version INTEGER NOT NULL,
  seen_at TEXT NOT NULL, content_hash TEXT NOT NULL, record TEXT NOT NULL,  -- the whole record at that time
  PRIMARY KEY (article_id, version)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE article_search USING fts5 (
  exact, bare, tokenize = "unicode61 remove_diacritics 0"
);

CREATE TABLE intake (
  id INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL REFERENCES articles (id),
  version INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('new','edited','removed')),
  silent TEXT CHECK (silent IN ('baseline','flood','reextract')), prior_read_at TEXT,
  created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, error TEXT, parked_at TEXT
);

CREATE TABLE topics (
  slug TEXT PRIMARY KEY, name TEXT NOT NULL, query TEXT NOT NULL, channels TEXT NOT NULL,
  max_age_days REAL NOT NULL, revision INTEGER NOT NULL, created_at TEXT NOT NULL
);

CREATE TABLE channels (
  slug TEXT PRIMARY KEY, kind TEXT NOT NULL, settings TEXT NOT NULL, created_at TEXT NOT NULL,
  held_until TEXT                                  -- the receiver's Retry-After, or a pause after it was unreachable
);

CREATE TABLE matches (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL, topic_revision INTEGER NOT NULL,
  article_id TEXT NOT NULL REFERENCES articles (id), version INTEGER NOT NULL, kind TEXT NOT NULL,
  silent TEXT, flags TEXT NOT NULL, hits TEXT NOT NULL,
  sentences TEXT NOT NULL,                         -- at most three round the hits; all that an alert shows of the text
  created_at TEXT NOT NULL,
  UNIQUE (topic, article_id, version, kind)
);
CREATE INDEX matches_article ON matches (article_id);

CREATE TABLE outbox (
  id TEXT PRIMARY KEY, match_id INTEGER NOT NULL REFERENCES matches (id),
  topic TEXT NOT NULL, article_id TEXT NOT NULL, channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('due','delivered','dead')),
  attempts INTEGER NOT NULL DEFAULT 0, next_at TEXT NOT NULL, lease_until TEXT,
  error TEXT, created_at TEXT NOT NULL, delivered_at TEXT,
  remaining TEXT,                                  -- recipients still to be told after a partial delivery; null = all
  UNIQUE (topic, article_id, channel)              -- nobody is told twice
);
CREATE INDEX outbox_due ON outbox (channel, next_at, created_at, id) WHERE state = 'due';

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY, outbox_id TEXT NOT NULL REFERENCES outbox (id), attempt INTEGER NOT NULL,
  at TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, detail TEXT
);
CREATE INDEX deliveries_outbox ON deliveries (outbox_id);

CREATE TABLE runs (
  id TEXT PRIMARY KEY, outlet TEXT NOT NULL, kind TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
  outcome TEXT, stats TEXT NOT NULL DEFAULT '{}', problems TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX runs_outlet ON runs (outlet, started_at);

CREATE TABLE hosts (
  host TEXT PRIMARY KEY, next_allowed_at TEXT, backoff_seconds REAL NOT NULL DEFAULT 0, blocked_until TEXT,
  day TEXT, requests INTEGER NOT NULL DEFAULT 0, revisits INTEGER NOT NULL DEFAULT 0,
  robots_body BLOB, robots_at TEXT, robots_state TEXT, robots_next_at TEXT, robots_backoff REAL NOT NULL DEFAULT 0,
  robots_failing_since TEXT
) WITHOUT ROWID;
"""


@MIGRATIONS()
def m0001_first(db: sqlite_utils.Database) -> None:
    """All tables of the first release."""
    _run(db, _FIRST)


_OUTLETS = """
CREATE TABLE outlets (
  slug TEXT PRIMARY KEY,
  sought_at TEXT,                                  -- last search for sources
  verified_at TEXT,                                -- last time an article was read on the live site
  looked_at TEXT, front_hash TEXT,                 -- merged outlets: last look, and the links that it saw
  returned_at TEXT,                                -- when a merged outlet was first seen to publish again
  probed_at TEXT, probe TEXT,                      -- the last probe and what it found (JSON)
  search_requests INTEGER NOT NULL DEFAULT 0       -- requests of the search under way, over its runs
) WITHOUT ROWID;

ALTER TABLE sources ADD COLUMN good_reads INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN parent TEXT;
ALTER TABLE sources ADD COLUMN seen BLOB;
ALTER TABLE sources ADD COLUMN read_at TEXT;
ALTER TABLE sources ADD COLUMN changed_at TEXT;

ALTER TABLE hosts ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hosts ADD COLUMN throttled_at TEXT;
ALTER TABLE hosts ADD COLUMN throttled_status INTEGER;
ALTER TABLE hosts ADD COLUMN robots_cause TEXT;
"""


@MIGRATIONS()
def m0002_outlets(db: sqlite_utils.Database) -> None:
    """What is known of an outlet beside its file; children and memory of sitemaps; the politeness sheet."""
    _run(db, _OUTLETS)


def _run(db: sqlite_utils.Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)
