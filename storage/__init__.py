"""Where articles are kept: SQLite through sqlite-utils, the archive, export. One class per topic.

May import `corpus` only. Read first: `database.py`, then `migrations.py` for the tables.
"""
