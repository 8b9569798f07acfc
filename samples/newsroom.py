"""The sample press on the air: papers on loopback that publish, edit and remove while the clock runs.

No timers: what a paper shows, and what goes wrong there, follows from the clock at each request (playing.py), so
that a test with a clock of its own needs no waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from corpus.clock import Clock, stamp
from corpus.clock import now as wall_clock
from samples.edition import Edition
from samples.faults import Fault
from samples.listener import Listeners, Request
from samples.playing import Play
from samples.press import Paper, Press
from samples.scenes import NO_SCENES, Scenes
from samples.schedule import Event, EventKind, Timeline
from samples.site import Reply


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that a paper did: when, what, with which article, under which address."""

    at: datetime
    kind: EventKind
    key: str
    url: str


@dataclass(frozen=True, slots=True)
class NewsroomLog:
    """What happened up to a moment, and all requests."""

    now: datetime
    happenings: tuple[Happening, ...]
    requests: tuple[Request, ...]

    def to_json(self) -> dict[str, Any]:
        """The log as a JSON object; times are RFC 3339."""
        return {
            "now": stamp(self.now),
            "happenings": [{"at": stamp(h.at), "kind": h.kind, "key": h.key, "url": h.url} for h in self.happenings],
            "requests": [
                {"at": r.at.isoformat(), "address": r.address, "host": r.host, "path": r.path, "status": r.status}
                for r in self.requests
            ],
        }


class Newsroom:
    """Serves the press from entry to exit. With `hold` only the baseline is public until `open()` is called.

    Hold it until a first round has read all sources: what appears before is silent baseline by its nature.
    `scenes` happen to papers as a whole, `faults` strike single hosts and paths.
    """

    def __init__(
        self,
        press: Press,
        events: tuple[Event, ...],
        clock: Clock = wall_clock,
        *,
        hold: bool = False,
        scenes: Scenes = NO_SCENES,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        self.press = press
        self._clock = clock
        started = clock()
        self._timeline = Timeline(events, started, None if hold else started)
        self._play = Play(press, events, scenes, faults)
        self._listeners = Listeners(self._play.addresses(), self._answer, clock)

    def __enter__(self) -> Self:
        self._listeners.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listeners.__exit__(kind, error, trace)

    def open(self) -> None:
        """Let the live articles begin to appear, from now on. A second call changes nothing."""
        if self._timeline.opened is None:
            self._timeline = Timeline(self._timeline.events, self._timeline.started, self._clock())

    @property
    def timeline(self) -> Timeline:
        """The plan set into time."""
        return self._timeline

    def hosts(self) -> dict[str, str]:
        """Host name -> `address:port` of its listener, for `[network.resolve]`."""
        return self._listeners.hosts()

    def edition_of(self, paper: Paper) -> Edition:
        """What the paper shows now."""
        return self._play.edition(self._timeline, paper, self._clock())

    def log(self) -> NewsroomLog:
        """What happened so far."""
        now = self._clock()
        urls = self._play.urls(self._timeline, now)
        happenings = tuple(
            Happening(at, event.kind, event.key, urls[event.key]) for at, event in self._timeline.until(now)
        )
        return NewsroomLog(now, happenings, self._listeners.requests())

    def _answer(self, host: str, target: str, cookie: str) -> Reply | None:
        return self._play.reply(self._timeline, host, target, self._clock(), cookie)
