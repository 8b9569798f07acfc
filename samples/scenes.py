"""What happens to a paper as a whole, as data: a redesign, a move, a merger, a counter that restarts, a replay.

All times are seconds after the newsroom's start.
"""

from __future__ import annotations

from dataclasses import dataclass

from samples.press import FamilyName

MERGED_NUMBERS = 500
"""Added to the numbers of a merged paper's articles: they are counted anew at the paper that took them in."""


@dataclass(frozen=True, slots=True)
class Redesign:
    """From `at` on the pages have the markup of another family; the addresses and the feeds stay.

    `family` None renames every class and id of the paper's own template instead.
    """

    paper: str
    at: float
    family: FamilyName | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """From `at` on the paper stands at another host; the old one redirects every path to it."""

    paper: str
    at: float
    host: str


@dataclass(frozen=True, slots=True)
class Merger:
    """From `at` on the paper is a part of `into`: its host redirects there, its new articles appear there.

    Its old articles have pages there too, but stand in no list.
    """

    paper: str
    into: str
    at: float


@dataclass(frozen=True, slots=True)
class Restart:
    """Articles published from `at` on are numbered anew: by so much lower. A number may so come a second time."""

    paper: str
    at: float
    back: int


@dataclass(frozen=True, slots=True)
class Replay:
    """Meanwhile the feeds show all that the paper ever had, oldest first, with the present as date and new guids."""

    paper: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Scenes:
    """All that is played. `most` is how many articles a list shows (None: all)."""

    redesigns: tuple[Redesign, ...] = ()
    moves: tuple[Move, ...] = ()
    mergers: tuple[Merger, ...] = ()
    restarts: tuple[Restart, ...] = ()
    replays: tuple[Replay, ...] = ()
    most: int | None = None


NO_SCENES = Scenes()
