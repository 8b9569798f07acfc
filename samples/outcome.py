"""What must come of a demo, worked out from the press and the newsroom's log alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from samples.listener import Request
from samples.markup.families import family_of
from samples.newsroom import Happening, NewsroomLog
from samples.press import Paper, Press
from samples.site import list_paths

AlertKey = tuple[str, str]
"""Topic slug and article URL."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`must` alerts come exactly once each, `may` at most once (too late to insist, or silent before an edit).

    Any other alert is wrong. `stored` are the addresses that have to be in the corpus (but for one that was
    taken down before anyone read it), `versions` those of them with two versions, `removed` those that were
    taken down; each up to the moment that was asked for.
    """

    must: frozenset[AlertKey]
    may: frozenset[AlertKey]
    stored: frozenset[str]
    versions: frozenset[str]
    removed: frozenset[str]
    carried: tuple[frozenset[str], ...]
    """Groups of addresses that carry one text."""


def expected(press: Press, log: NewsroomLog, until: datetime | None = None) -> Outcome:
    """What must have come of all that happened up to `until` (the log's end), given who read what when.

    An article that stood on a source at that source's first read is baseline and stays silent.
    """
    limit = until or log.now
    published = {h.key: h for h in log.happenings if h.kind == "published"}
    changed = {h.key: h for h in log.happenings if h.kind == "edited"}
    must: set[AlertKey] = set()
    may: set[AlertKey] = set()
    for key, happening in published.items():
        article, edit = press.article(key), changed.get(key)
        first = {(topic, happening.url) for topic in article.topics}
        later = {(topic, happening.url) for topic in article.edited().topics} - first if edit else set()
        if _silent(press, log, happening):
            may |= later
            continue
        (must if happening.at <= limit else may).update(first)
        (must if edit and edit.at <= limit else may).update(later)
    in_time = {h.key: h.url for h in published.values() if h.at <= limit}
    removed = {h.url for h in log.happenings if h.kind == "removed" and h.at <= limit}
    return Outcome(
        must=frozenset(must),
        may=frozenset(may),
        stored=frozenset(in_time.values()) - {url for url in removed if not _was_read(log, url)},
        versions=frozenset(h.url for h in changed.values() if h.at <= limit),
        removed=frozenset(removed),
        carried=_carried(press, in_time),
    )


def shortest_gap(requests: Iterable[Request], address: str) -> float | None:
    """The fewest seconds between the starts of two requests to a listener; None with fewer than two."""
    times = sorted(request.at for request in requests if request.address == address)
    return min(((b - a).total_seconds() for a, b in pairwise(times)), default=None)


def against_robots(press: Press, requests: Iterable[Request], agent: str) -> tuple[Request, ...]:
    """The requests that a paper's robots.txt forbids."""
    rules = {paper.host: _rules(paper) for paper in press.papers}
    return tuple(
        request
        for request in requests
        if request.path != "/robots.txt" and request.host in rules
        if not rules[request.host].can_fetch(agent, request.path)
    )


def against_given_robots(requests: Iterable[Request], agent: str) -> tuple[Request, ...]:
    """The requests that went against the robots.txt which their host had given out until then.

    2xx is the rules, 4xx but 429 allows all. Any other answer, or none, leaves what was known; where nothing
    was known no page may be asked for.
    """
    rules: dict[str, RobotFileParser] = {}
    wrong = []
    for request in requests:
        if request.path != "/robots.txt":
            if request.host not in rules or not rules[request.host].can_fetch(agent, request.path):
                wrong.append(request)
        elif request.rules is not None:
            rules[request.host] = _parsed(request.rules)
        elif 400 <= request.status < 500 and request.status != 429:
            rules[request.host] = _parsed("")
    return tuple(wrong)


def before_retry_after(requests: Iterable[Request]) -> tuple[Request, ...]:
    """The requests that came to a host before the moment which its last Retry-After had named."""
    pauses: dict[str, datetime] = {}
    wrong = []
    for request in requests:
        if request.host in pauses and request.at < pauses[request.host]:
            wrong.append(request)
        if request.not_before is not None:
            pauses[request.host] = request.not_before
    return tuple(wrong)


def _rules(paper: Paper) -> RobotFileParser:
    return _parsed(family_of(paper).robots(paper))


def _parsed(rules: str) -> RobotFileParser:
    parser = RobotFileParser()
    parser.parse(rules.splitlines())
    return parser


def _was_read(log: NewsroomLog, url: str) -> bool:
    """Whether the article's page was ever given out."""
    return any(r.status == 200 and url == f"https://{r.host}{r.path}" for r in log.requests)


def _silent(press: Press, log: NewsroomLog, happening: Happening) -> bool:
    """Whether the first read that listed the article was the first read of that source (or there was none)."""
    article = press.article(happening.key)
    host = urlsplit(happening.url).hostname
    # A merged paper's articles appear at the other one; a paper that moved is still the same.
    paper = next((paper for paper in press.papers if paper.host == host), press.paper(article.paper))
    hosts = {host, *paper.hosts()}
    listing = list_paths(paper, article.section if paper.slug == article.paper else paper.sections[0].slug)
    reads: dict[str, list[datetime]] = defaultdict(list)
    for request in log.requests:
        if request.host in hosts and request.path in listing and request.status in (200, 304):
            reads[request.path].append(request.at)
    met = min(
        ((at, path) for path, times in reads.items() for at in times if at >= happening.at),
        default=None,
    )
    return met is not None and met[0] == reads[met[1]][0]


def _carried(press: Press, urls: dict[str, str]) -> tuple[frozenset[str], ...]:
    groups: dict[str, set[str]] = defaultdict(set)
    for key, url in urls.items():
        groups[press.article(key).carries or key].add(url)
    return tuple(frozenset(group) for group in groups.values() if len(group) > 1)
