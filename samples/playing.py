"""The newsroom's answers as a pure function: what a host gives for a path at a moment, scenes and faults included."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime

from corpus.clock import HANOI
from samples.edition import Edition, at_its_host, edition, merger_of
from samples.faults import Fault, fault_at, struck
from samples.markup.families import family_of
from samples.press import Paper, Press
from samples.scenes import NO_SCENES, Redesign, Scenes
from samples.schedule import Event, Timeline
from samples.site import Reply, article_url, reply_to

_END = r"(?=[\"'<>\s?#])"
"""What follows an address in a document: so that a section's path is not found inside an article's."""


@dataclass(frozen=True)
class Play:
    """A press, what happens to it and what goes wrong. Nothing in it changes."""

    press: Press
    events: tuple[Event, ...]
    scenes: Scenes = NO_SCENES
    faults: tuple[Fault, ...] = ()
    _events: dict[str, tuple[Event, ...]] = field(init=False, repr=False)
    _papers: dict[str, Paper] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        taken = {merger.paper: merger.into for merger in self.scenes.mergers}
        by_paper: dict[str, list[Event]] = {}
        for event in self.events:
            slug = event.key.partition("/")[0]
            for here in {slug, taken.get(slug, slug)}:
                by_paper.setdefault(here, []).append(event)
        papers = {host: paper for paper in self.press.papers for host in paper.hosts()}
        papers |= {move.host: self.press.paper(move.paper) for move in self.scenes.moves}
        object.__setattr__(self, "_events", {slug: tuple(events) for slug, events in by_paper.items()})
        object.__setattr__(self, "_papers", papers)

    def addresses(self) -> dict[str, str]:
        """Every host that answers, with the loopback address of its server."""
        return {host: paper.hosts().get(host, paper.address) for host, paper in self._papers.items()}

    def edition(self, timeline: Timeline, paper: Paper, now: datetime) -> Edition:
        """What a paper shows at a moment."""
        own = replace(timeline, events=self._events.get(paper.slug, ()))
        return edition(self.press, own, paper, now, self.scenes)

    def urls(self, timeline: Timeline, now: datetime) -> dict[str, str]:
        """The address under which each article appeared, by its key."""
        seconds = (now - timeline.started).total_seconds()
        gone = [paper for paper in self.press.papers if merger_of(paper, seconds, self.scenes)]
        found: dict[str, str] = {}
        # A paper that was merged comes last: what it published itself appeared at its own host.
        for paper in sorted(self.press.papers, key=gone.__contains__):
            for shown in self.edition(timeline, paper, now).articles:
                after = (shown.published - timeline.started).total_seconds()
                found[shown.article.key] = article_url(at_its_host(paper, after, self.scenes), shown)
        return found

    def reply(self, timeline: Timeline, host: str, target: str, now: datetime, cookie: str = "") -> Reply | None:
        """The answer to a GET; None where no server knows the host."""
        paper = self._papers.get(host)
        if paper is None:
            return None
        seconds = (now - timeline.started).total_seconds()
        fault = fault_at(self.faults, host, target, seconds)
        if fault is None:
            return self._good(timeline, paper, host, target, now)
        return struck(fault, target, lambda path: self._good(timeline, paper, host, path, now), now, cookie)

    def _good(self, timeline: Timeline, paper: Paper, host: str, target: str, now: datetime) -> Reply:
        seconds = (now - timeline.started).total_seconds()
        shown = self.edition(timeline, paper, now)
        if host in dict(paper.more_hosts):
            return reply_to(shown, target, host)
        merger = merger_of(paper, seconds, self.scenes)
        if merger is not None:
            there = self.edition(timeline, self.press.paper(merger.into), now)
            return _led_on(f"https://{there.paper.host}{_path_there(shown, there, target)}")
        if host != shown.paper.host:
            return _led_on(f"https://{shown.paper.host}{target}")
        replayed = any(r.paper == paper.slug and r.since <= seconds < r.until for r in self.scenes.replays)
        if replayed:
            reply = _replayed(reply_to(replace(shown, most=None), target), now)
            return reply if reply is not None else reply_to(shown, target)
        redesign = next((r for r in self.scenes.redesigns if r.paper == paper.slug and r.at <= seconds), None)
        return reply_to(shown, target, host) if redesign is None else _redesigned(redesign, shown, target)


def _led_on(to: str) -> Reply:
    return Reply(301, "text/html; charset=utf-8", b"<html><body>moved</body></html>", more=(("Location", to),))


def _path_there(here: Edition, there: Edition, target: str) -> str:
    """Where a merged paper's address leads: an article to its page at the other paper, all else to the front."""
    if target == "/robots.txt":
        return target
    paths = {s.article.key: family_of(there.paper).article_path(s.article, s.published) for s in there.articles}
    for shown in here.articles:
        if family_of(here.paper).article_path(shown.article, shown.published) == target:
            return paths[shown.article.key]
    return "/"


def _replayed(reply: Reply, now: datetime) -> Reply | None:
    """A feed turned round, with new dates and guids; None for what is no feed."""
    if b"<item>" not in reply.body:
        return None
    text = reply.body.decode("utf-8")
    items = re.findall(r"<item>.*?</item>", text, re.DOTALL)
    head, foot = text.split(items[0], 1)[0], text.rsplit(items[-1], 1)[1]
    date = format_datetime(now.astimezone(HANOI))
    changed = []
    for place, item in enumerate(reversed(items)):
        item = re.sub(r"<pubDate>.*?</pubDate>", f"<pubDate>{date}</pubDate>", item)
        changed.append(re.sub(r"<guid[^>]*>.*?</guid>", f"<guid>lan-hai-{place}-{now:%H%M%S}</guid>", item))
    return _with_body(reply, head + "\n".join(changed) + foot, now)


def _redesigned(redesign: Redesign, old: Edition, target: str) -> Reply:
    if redesign.family is None:
        reply = reply_to(old, target)
        return reply if not _is_page(reply) else _with_body(reply, _renamed(reply.body.decode("utf-8")), old.now)
    new = replace(old, paper=replace(old.paper, family=redesign.family))
    addresses = dict(_addresses(old, new))
    if target not in addresses:
        return reply_to(old, target)
    reply = reply_to(new, addresses[target])
    back = {there: here for here, there in addresses.items() if there != here}
    longest_first = sorted(back, key=len, reverse=True)
    wanted = re.compile("(?:" + "|".join(map(re.escape, longest_first)) + ")" + _END)
    text = wanted.sub(lambda found: back[found[0]], reply.body.decode("utf-8")) if back else reply.body.decode("utf-8")
    return _with_body(reply, text, old.now)


def _addresses(old: Edition, new: Edition) -> Iterable[tuple[str, str]]:
    """Each page's path as it is, and as the other family would write it."""
    ours, theirs = family_of(old.paper), family_of(new.paper)
    yield "/", "/"
    for section in old.paper.sections:
        yield ours.section_path(section), theirs.section_path(section)
    for shown in old.articles:
        yield ours.article_path(shown.article, shown.published), theirs.article_path(shown.article, shown.published)


def _renamed(page: str) -> str:
    def other(found: re.Match[str]) -> str:
        names = " ".join(f"x{hashlib.sha256(name.encode()).hexdigest()[:6]}" for name in found[2].split())
        return f'{found[1]}="{names}"'

    return re.sub(r'(?<=\s)(class|id)="([^"]*)"', other, page)


def _is_page(reply: Reply) -> bool:
    return reply.content_type.startswith("text/html")


def _with_body(reply: Reply, text: str, now: datetime) -> Reply:
    """The same reply with another body, and with validators that fit it."""
    body = text.encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"' if reply.etag else None
    return replace(reply, body=body, etag=etag, modified=now.astimezone(UTC) if reply.modified else None)
