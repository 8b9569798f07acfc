"""What one alert says, whatever the channel. There is no field for the full text: it never leaves the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from corpus.record import Published

LATE = "late"
"""Flag of an alert whose article was found later than the topic's age limit (`phát hiện muộn`)."""

MAX_SENTENCES = 3
"""Matched sentences that a message shows at most."""


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """One article to be told to one channel.

    `id` is the outbox row's and the same in every attempt. `kind` is `new` or `edited` (an edit made it match).
    `sentences` hold the hits, `surfaces` are the words that hit, as they are written there. `flags` are the
    alert's (`late`) and the article's (`unverified_layout`). `remaining`: recipients that have not had it yet,
    None for all.
    """

    id: str
    kind: str
    topic: str
    topic_name: str
    article_id: str
    version: int
    title: str
    outlet: str
    outlet_name: str
    url: str
    published: Published
    first_seen_at: datetime
    matched_at: datetime
    sentences: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    remaining: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len(self.sentences) > MAX_SENTENCES:
            raise ValueError(f"{len(self.sentences)} sentences in one alert, {MAX_SENTENCES} are allowed")
