"""What a run writes down of a source: new links with what decides whether they alert, and the source's state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice

from corpus.clock import Clock
from crawler import discovery
from crawler.discovery.found import FoundLink, SourceRead
from crawler.fetching.fetch import Fetched
from crawler.job import Problem
from crawler.judging import ParseTimeout, within
from crawler.ledger import Ledger
from crawler.options import CrawlOptions
from crawler.outlet import Outlet, Source
from crawler.sources.baseline import MOST_NEW, newest, of_today, silenced
from crawler.sources.findings import Findings
from crawler.sources.memory import READ, Memory
from crawler.tally import Tally
from storage.links import NewLink, Silent
from storage.sources import SourceState

GOOD_LINKS = 5
"""So many article links, on two complete reads, prove a source."""
GOOD_READS = 2
CHILDREN_KEPT = timedelta(days=90)
"""A sitemap that left its index is remembered so long after its last reading: it may come back."""
CONDITIONAL = timedelta(hours=24)
"""So long after its last body a source is asked for it again: some servers say "unchanged" for ever."""
_LOOKED_AT = 500
"""A source whose first links are no articles is none; a sitemap may list 50,000."""
_EMPTY = frozenset({"empty_listing", "needs_javascript"})


@dataclass(frozen=True, slots=True)
class _Taken:
    """Links to add. `capped`: there are more than one read may add; `changed`: some address was not met before."""

    links: tuple[NewLink, ...]
    capped: bool
    changed: bool
    memory: bytes | None


class SourceBook:
    """The states of one outlet's sources, and what their reads add."""

    def __init__(
        self,
        outlet: Outlet,
        options: CrawlOptions,
        ledger: Ledger,
        clock: Clock,
        tally: Tally,
        findings: Findings,
    ) -> None:
        self._outlet = outlet
        self._options = options
        self._ledger = ledger
        self._clock = clock
        self._tally = tally
        self._findings = findings
        rows = ledger.sources.all(outlet.slug)
        self._read_before = {row.url: row.last_complete_at for row in rows if row.last_complete_at is not None}

    def state(self, source: Source, parent: str | None = None) -> SourceState:
        """What is known of a source; the initial state if nothing is."""
        known = self._ledger.sources.get(self._outlet.slug, source.url)
        return known or SourceState(self._outlet.slug, source.url, source.kind, parent=parent)

    def validators(self, state: SourceState) -> dict[str, str | None]:
        """What makes a request conditional; nothing where other rules read the last body, or it came a day ago."""
        if state.body_hash is None or not state.body_hash.startswith(self._rules):
            return {}
        if state.read_at is None or not timedelta() <= self._clock() - state.read_at < CONDITIONAL:
            return {}
        return {"etag": state.etag, "last_modified": state.last_modified}

    def is_unchanged(self, state: SourceState, fetched: Fetched) -> bool:
        """Whether the server says so, or the same body was read before, by the same rules."""
        return fetched.response == "not_modified" or (
            fetched.response == "ok" and self._hash(fetched) == state.body_hash
        )

    def unchanged(self, state: SourceState, fetched: Fetched) -> None:
        """A source shows what it showed: that is a complete read."""
        self._tally.stats["sources_read"] += 1
        done = self._complete(state, state.links)
        self._ledger.sources.save(self._with_validators(done, fetched) if fetched.response == "ok" else done)

    def failed(self, state: SourceState, response: str, detail: str) -> None:
        """A try that gave no complete read."""
        self._ledger.sources.save(
            replace(state, checked_at=self._clock(), response=response, failures=state.failures + 1, error=detail[:300])
        )

    def left_open(self, state: SourceState) -> None:
        """A read that the run's end, or the host, broke off: no fault of the source, and nothing is settled."""
        self._ledger.sources.save(replace(state, checked_at=self._clock(), response="ok", failures=0, error=None))

    def untried(self, state: SourceState) -> None:
        """An address whose trial was broken off stands as it did before: the next search has it among its first."""
        self._ledger.sources.save(state)

    def parsed(self, source: Source, state: SourceState, fetched: Fetched) -> SourceRead:
        """What a body lists. A parser that dies takes the process along: that is written down as a failure first, so
        that such a source is asked less and less often, and the others have their turn."""
        self.failed(state, "ok", "crashed")
        return self.listed(source, fetched)

    def listed(self, source: Source, fetched: Fetched) -> SourceRead:
        """What a body lists, within the limit of time; nothing is written."""
        now = self._clock()
        try:
            return within(
                self._options.parse_seconds,
                lambda: discovery.read_source(
                    self._outlet,
                    source,
                    fetched.body,
                    base_url=fetched.final_url,
                    content_type=fetched.header("content-type"),
                    now=now,
                ),
            )
        except ParseTimeout:
            return SourceRead((), False, "too_complex")

    def knows_any(self, read: SourceRead) -> bool:
        """Whether a link of this read was met before."""
        return bool(self._ledger.links.known(self._outlet.slug, [link.canonical_url for link in read.links]))

    def is_good(self, reads: Sequence[SourceRead]) -> bool:
        """Whether these reads hold as many article links as prove a source."""
        links = islice((link for read in reads for link in read.links), _LOOKED_AT)
        return sum(1 for _ in islice(filter(self.is_article, links), GOOD_LINKS)) == GOOD_LINKS

    def is_article(self, link: FoundLink) -> bool:
        """Whether a link counts as an article's: by the outlet's rules, or the general one where it has none."""
        if self._outlet.eras:
            return discovery.is_article_url(self._outlet, link.canonical_url) == "yes"
        return discovery.worth_fetching(self._outlet, link.canonical_url)

    def commit(
        self,
        source: Source,
        state: SourceState,
        fetched: Fetched,
        reads: Sequence[SourceRead],
        since: datetime | None = None,
    ) -> bool:
        """Add what one read of a source (its pages) shows, and set the source's state, in one transaction; whether
        the read proves it to be one.

        Args:
            since: for a sitemap that was never read itself: since when all that it lists is news (asking.py).
        """
        now, read, slug = self._clock(), reads[0], self._outlet.slug
        first = state.first_complete_at or since
        taken, good = self._taken(source, state, reads, since, now), read.complete and self.is_good(reads)
        count = sum(len(page.links) for page in reads)
        if read.problem:
            self._tally.note(Problem(f"source_{read.problem}", source.url, f"{count} links"))
        if read.children and not read.links:
            what = f"an index of {len(read.children)} sitemaps inside an index is not followed"
            self._tally.note(Problem("source_unreadable", source.url, what))
        if read.problem in _EMPTY and source.kind != "feed":
            # A page for repairs, or one that needs JavaScript: nothing was read, so it is no baseline.
            failures = state.failures + 1 if state.first_complete_at is None else 0
            state = replace(state, checked_at=now, response="ok", failures=failures, error=read.problem)
        elif not read.complete:
            self._tally.stats["failed"] += 1
            state = replace(state, checked_at=now, response="ok", failures=state.failures + 1, error=read.problem)
        elif taken.capped:  # what is left stays news of the same read: the next run takes it
            self._tally.stats["sources_read"] += 1
            state = replace(state, checked_at=now, response="ok", failures=0, links=count, error="too_many_links")
        else:
            self._tally.stats["sources_read"] += 1
            state = self._with_validators(self._complete(state, count), fetched)
            changed_at = now if taken.changed or state.changed_at is None else state.changed_at
            state = replace(state, error=read.problem, seen=taken.memory, changed_at=changed_at)
            state = self._credited(source, state, good=good)
        with self._ledger.database.write():
            self._tally.stats["links_new"] += self._ledger.links.add_new(slug, taken.links, now, first_read_at=first)
            self._ledger.sources.save(state)
        return good

    def index_done(
        self,
        source: Source,
        state: SourceState,
        fetched: Fetched,
        *,
        listed: int,
        children: Memory,
        settled: bool,
        good: bool,
    ) -> None:
        """An index was read, and those of its sitemaps that this run reads.

        Args:
            listed: how many sitemaps it names.
            children: those that count as known from now on.
            settled: nothing waits: an unchanged index need not be read again.
            good: the sitemaps held as many article links as prove a source.
        """
        self._tally.stats["sources_read"] += 1
        done = replace(self._complete(state, listed), seen=children.with_([READ]).kept())
        if settled:
            done = self._with_validators(done, fetched)
        else:
            done = replace(done, etag=None, last_modified=None, body_hash=None)
        self._ledger.sources.save(self._credited(source, done, good=good))

    def forget_children(self, index: SourceState, listed: Sequence[str]) -> None:
        """Drop the rows of sitemaps that their index lists no more: a paper with one a day has ever more of them."""
        kept = [*listed, *(source.url for source in self._outlet.sources)]
        before = self._clock() - CHILDREN_KEPT
        self._ledger.sources.forget_children(self._outlet.slug, index.url, but=kept, before=before)

    def _credited(self, source: Source, state: SourceState, *, good: bool) -> SourceState:
        if not good:
            return state
        state = replace(state, good_reads=state.good_reads + 1)
        if state.good_reads >= GOOD_READS and state.parent is None:
            self._findings.confirm(source, "two complete reads")
        return state

    def _taken(
        self, source: Source, state: SourceState, reads: Sequence[SourceRead], since: datetime | None, now: datetime
    ) -> _Taken:
        """The links with what decides whether their articles alert; known ones as later reads show them."""
        slug, found = self._outlet.slug, list(_once(reads))
        prior, others, memory = state.last_complete_at or since, self._others_read_at(source), None
        if source.kind == "sitemap":
            seen = Memory(state.seen)
            memory = seen.with_([READ, *(link.canonical_url for link in found)]).kept()
            found = self._not_beside(state, [link for link in found if link.canonical_url not in seen])
            if state.last_complete_at is not None and READ not in seen:
                prior, others = None, prior  # it was an index until now: as a list of pages it is read the first time
        if prior is not None:
            prior = min(prior, now)  # a clock that was set back makes no news old
        changed = bool(found)
        if source.kind == "sitemap":
            same_rules = state.body_hash is None or state.body_hash.startswith(self._rules)
            if prior is None or not same_rules:
                found = list(of_today(found, prior_read_at=prior or others, now=now))
        known = self._ledger.links.known(slug, [link.canonical_url for link in found])
        new = [link for link in found if link.canonical_url not in known]
        usual = self._ledger.links.found_per_day(slug, now)
        capped = len(new) > MOST_NEW
        fresh = [_new_link(link, source.url) for link in new]
        modified = {link.canonical_url: link.modified for link in new if link.modified is not None}
        marked = silenced(
            fresh, prior_read_at=prior, now=now, usual_per_day=usual, modified=modified, others_read_at=others
        )
        if capped:
            chosen = {link.canonical_url for link in newest(new, MOST_NEW)}
            marked = tuple(link for link in marked if link.canonical_url in chosen)
        again = [_new_link(link, source.url) for link in found if link.canonical_url in known]
        silent: Silent | None = "baseline" if prior is None else None
        marked += tuple(replace(link, silent=silent, prior_read_at=prior) for link in again)
        return _Taken(marked, capped, changed, memory)

    def _not_beside(self, state: SourceState, found: list[FoundLink]) -> list[FoundLink]:
        """Links that no other sitemap of the same index has listed: numbered ones hand on what a new article pushes
        off their end."""
        if state.parent is None or not found:
            return found
        for url in self._ledger.sources.children(self._outlet.slug, state.parent):
            beside = self._ledger.sources.get(self._outlet.slug, url) if url != state.url else None
            seen = Memory(beside.seen if beside else None)
            found = [link for link in found if link.canonical_url not in seen]
        return found

    def _others_read_at(self, source: Source) -> datetime | None:
        """The last complete read of another source of the outlet before this run."""
        now = self._clock()
        return max((min(at, now) for url, at in self._read_before.items() if url != source.url), default=None)

    def _complete(self, state: SourceState, links: int) -> SourceState:
        now = self._clock()
        return replace(
            state,
            first_complete_at=state.first_complete_at or now,
            last_complete_at=now,
            checked_at=now,
            response="ok",
            failures=0,
            links=links,
            error=None,
        )

    def _with_validators(self, state: SourceState, fetched: Fetched) -> SourceState:
        now, modified = self._clock(), fetched.header("last-modified")
        return replace(
            state,
            etag=fetched.header("etag"),
            last_modified=None if _is_ahead(modified, now) else modified,
            body_hash=self._hash(fetched),
            read_at=now,
        )

    def _hash(self, fetched: Fetched) -> str:
        """The body's hash, tied to the rules that read it: other rules find other links in the same body."""
        return self._rules + fetched.body_hash()

    @property
    def _rules(self) -> str:
        return f"{self._outlet.rules_version[:16]}:"


def _is_ahead(last_modified: str | None, now: datetime) -> bool:
    """Whether a Last-Modified lies in the future, so that everything later would count as unchanged."""
    try:
        moment = parsedate_to_datetime(last_modified or "")
    except (TypeError, ValueError):
        return False
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) > now + timedelta(days=1)


def _once(reads: Sequence[SourceRead]) -> Iterator[FoundLink]:
    met: set[str] = set()
    for read in reads:
        for link in read.links:
            if link.canonical_url not in met:
                met.add(link.canonical_url)
                yield link


def _new_link(found: FoundLink, source_url: str) -> NewLink:
    return NewLink(found.url, found.canonical_url, source_url, found.title, found.published)
