"""A small fictional press to run against without internet: articles, markup, feeds, a newsroom that publishes.

Of the other rooms it knows only the corpus's clock; to the crawler it is a set of HTTP servers.
Read first: `press.py`, `schedule.py`, then `newsroom.py`.
"""
