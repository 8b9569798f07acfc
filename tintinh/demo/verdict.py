"""What a demo came to: figures and faults, worked out from the newsroom's log, the corpus and the arrivals. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from samples.outcome import Outcome
from tintinh.demo.receivers import Arrival


@dataclass(frozen=True, slots=True)
class Kept:
    """What the corpus holds at the end: articles as (id, URL), counts, alerts by id as (topic, URL, channel)."""

    articles: tuple[tuple[str, str], ...]
    discovered: int
    rejected: int
    versions: int
    removed: int
    stories: int
    alerts: Mapping[str, tuple[str, str, str]]
    delivered: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of `tintinh demo --json`, and every fault in words of (code, detail)."""

    figures: dict[str, Any]
    faults: tuple[tuple[str, str], ...]


def judge(
    outcome: Outcome, kept: Kept, arrivals: Sequence[Arrival], *, outlets: int, published: int, seconds: float
) -> Verdict:
    """Compare what happened with what had to come of it.

    Args:
        outcome: what must and may have come, up to 15 s before the end.
        kept: the corpus at the end.
        arrivals: all that the receivers took.
        outlets: papers on the stage.
        published: articles published in all.
        seconds: length of the demo.
    """
    stored = Counter(url for _, url in kept.articles)
    missed = sorted(outcome.stored - set(stored))
    twice = [url for url, count in stored.items() if count > 1]
    strange = ("?", "?", "?")
    came = Counter(kept.alerts.get(arrival.id, strange) for arrival in arrivals)
    alerts_twice = [key for key, count in (Counter(kept.alerts.values()) | came).items() if count > 1]
    faults = [("missed", url) for url in missed]
    faults += [("stored_twice", url) for url in twice]
    faults += [("told_twice", " ".join(key)) for key in alerts_twice]
    faults += [("wrongly_told", "an alert that was never made")] * came[strange]
    for channel in ("mail", "hook"):
        told = {(topic, url) for topic, url, where in came if where == channel}
        faults += [("not_told", f"{channel} {topic} {url}") for topic, url in sorted(outcome.must - told)]
        faults += [
            ("wrongly_told", f"{channel} {topic} {url}") for topic, url in sorted(told - outcome.must - outcome.may)
        ]
    figures = {
        "outlets": outlets,
        "published": published,
        "discovered": kept.discovered,
        "stored": len(kept.articles),
        "rejected": kept.rejected,
        "versions": kept.versions,
        "removed": kept.removed,
        "stories": kept.stories,
        "duplicates": len(twice) + len(alerts_twice),
        "missed": len(missed),
        "alerts": len(kept.alerts),
        "delivered": kept.delivered,
        "seconds": round(seconds, 1),
    }
    return Verdict(figures, tuple(faults))
