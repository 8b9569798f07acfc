"""A weekly look at the front page of a paper that was merged into another: does it publish again?"""

from __future__ import annotations

from dataclasses import replace

from crawler.fetching.fetch import Disallowed, Fetched, NotNow, Spent
from crawler.outlet import Source
from crawler.running import Running
from crawler.sources.memory import Memory
from crawler.sources.reading import fetch_source
from crawler.sources.source_book import GOOD_LINKS, SourceBook
from storage.outlets import OutletState

MOST_REQUESTS = 4
"""robots.txt and the front page, and two redirects (to https, to `www.`)."""
MOST_KNOWN = 4000
"""Links that are remembered; a site that shows more in its looks is alive anyway."""


class LookBack:
    """One look. What it finds is in the outlet's row. A dead site, or one that leads to its successor, is no problem:
    that is how merged papers end."""

    def __init__(self, run: Running, book: SourceBook) -> None:
        self._run = run
        self._book = book

    async def look(self) -> None:
        """Ask for the front page and write down what it shows.

        Raises:
            RunOver: the run's time is up; the look is due again.
        """
        front = Source("section", self._run.outlet.home, "assumed")
        self._run.fetcher.allotted = MOST_REQUESTS
        fetched: Fetched | None = None
        try:
            await self._run.fetcher.turn(front.url)
            self._run.progress({"step": "source", "url": front.url})
            fetched = await fetch_source(self._run.fetcher, self._run.options, front)
        except (NotNow, Disallowed, Spent):
            pass  # who does not answer, or sends us round in circles, has not come back
        state = replace(self._run.ledger.outlets.get(self._run.outlet.slug), looked_at=self._run.clock())
        if fetched is not None and fetched.response == "ok":
            state = self._seen(state, front, fetched)
        elif fetched is not None and fetched.response in ("moved", "redirected_away") and state.front_hash is None:
            state = replace(state, front_hash="")  # it shows no articles of its own
        self._run.ledger.outlets.save(state)

    def _seen(self, state: OutletState, front: Source, fetched: Fetched) -> OutletState:
        """The state after a front page was seen: articles that no earlier look saw mean that the paper came back."""
        read = self._book.listed(front, fetched)
        links = [link.canonical_url for link in read.links if self._book.is_article(link)]
        known = Memory(bytes.fromhex(state.front_hash or ""))
        fresh = [link for link in links if link not in known]
        if state.front_hash is not None and len(fresh) >= GOOD_LINKS and state.returned_at is None:
            state = replace(state, returned_at=self._run.clock())
        if len(known) < MOST_KNOWN:
            state = replace(state, front_hash=known.with_(links).kept().hex())
        return state
