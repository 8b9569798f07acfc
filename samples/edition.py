"""What a paper shows at a moment: a pure function of press, plan and times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from samples.press import Paper, Press, SampleArticle
from samples.schedule import Timeline


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as its paper shows it now. `removed` ones answer 410 and stand in no list."""

    article: SampleArticle
    published: datetime
    modified: datetime
    version: int = 1
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """A paper at a moment: its articles, newest first, the removed ones among them."""

    paper: Paper
    now: datetime
    articles: tuple[Shown, ...]

    def listed(self) -> tuple[Shown, ...]:
        """The articles that stand in the paper's lists."""
        return tuple(shown for shown in self.articles if not shown.removed)

    def changed_at(self) -> datetime:
        """When the paper's lists last changed; the present where it shows nothing."""
        return max((shown.modified for shown in self.articles), default=self.now)


def edition(press: Press, timeline: Timeline, paper: Paper, now: datetime) -> Edition:
    """The edition of `paper` at `now`."""
    shown: dict[str, Shown] = {}
    for at, event in timeline.until(now):
        if not event.key.startswith(f"{paper.slug}/"):
            continue
        if event.kind == "published":
            shown[event.key] = Shown(press.article(event.key), at, at)
        elif event.kind == "edited":
            before = shown[event.key]
            shown[event.key] = replace(before, article=before.article.edited(), modified=at, version=2)
        else:
            shown[event.key] = replace(shown[event.key], modified=at, removed=True)
    newest_first = sorted(shown.values(), key=lambda s: s.published, reverse=True)
    return Edition(paper, now, tuple(newest_first))
