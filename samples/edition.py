"""What a paper shows at a moment: a pure function of press, plan, scenes and times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from samples.press import Paper, Press, SampleArticle
from samples.scenes import MERGED_NUMBERS, NO_SCENES, Merger, Scenes
from samples.schedule import Timeline


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as its paper shows it now. `removed` ones answer 410; they and the `unlisted` stand in no list."""

    article: SampleArticle
    published: datetime
    modified: datetime
    version: int = 1
    removed: bool = False
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """A paper at a moment: its articles, newest first, the removed ones among them. A list shows `most` of them."""

    paper: Paper
    now: datetime
    articles: tuple[Shown, ...]
    most: int | None = None

    def listed(self) -> tuple[Shown, ...]:
        """The articles that stand in the paper's lists, were they long enough."""
        return tuple(shown for shown in self.articles if not shown.removed and not shown.unlisted)

    def changed_at(self) -> datetime:
        """When the paper's lists last changed; the present where it shows nothing."""
        return max((shown.modified for shown in self.articles), default=self.now)


def edition(press: Press, timeline: Timeline, paper: Paper, now: datetime, scenes: Scenes = NO_SCENES) -> Edition:
    """The edition of `paper` at `now`."""
    seconds = (now - timeline.started).total_seconds()
    mergers = {merger.paper: merger for merger in scenes.mergers if merger.at <= seconds}
    shown: dict[str, Shown] = {}
    for at, event in timeline.until(now):
        slug = event.key.partition("/")[0]
        merger = mergers.get(slug)
        after = (at - timeline.started).total_seconds()
        if slug != paper.slug and (merger is None or merger.into != paper.slug):
            continue
        if slug == paper.slug and merger is not None and after >= merger.at:
            continue  # it appears at the other paper only
        if event.kind == "published":
            article = _renumbered(press.article(event.key), after, scenes)
            if merger is not None and slug != paper.slug:
                article = _taken_in(article, paper)
            unlisted = merger is not None and slug != paper.slug and after < merger.at
            date = at if event.dated is None else timeline.started + timedelta(seconds=event.dated)
            shown[event.key] = Shown(article, date, at, unlisted=unlisted)
        elif event.kind == "edited":
            before = shown[event.key]
            shown[event.key] = replace(before, article=before.article.edited(), modified=at, version=2)
        else:
            shown[event.key] = replace(shown[event.key], modified=at, removed=True)
    newest_first = sorted(shown.values(), key=lambda s: s.published, reverse=True)
    return Edition(at_its_host(paper, seconds, scenes), now, tuple(newest_first), scenes.most)


def merger_of(paper: Paper, seconds: float, scenes: Scenes) -> Merger | None:
    """The merger that has ended this paper by now, if any."""
    return next((m for m in scenes.mergers if m.paper == paper.slug and m.at <= seconds), None)


def _renumbered(article: SampleArticle, after: float, scenes: Scenes) -> SampleArticle:
    back = sum(r.back for r in scenes.restarts if r.paper == article.paper and r.at <= after)
    return replace(article, number=article.number - back)


def _taken_in(article: SampleArticle, paper: Paper) -> SampleArticle:
    known = {section.slug for section in paper.sections}
    section = article.section if article.section in known else paper.sections[0].slug
    return replace(article, paper=paper.slug, section=section, number=article.number + MERGED_NUMBERS)


def at_its_host(paper: Paper, seconds: float, scenes: Scenes) -> Paper:
    """The paper with the host that it has at a moment (seconds after the newsroom's start)."""
    host = next((m.host for m in scenes.moves if m.paper == paper.slug and m.at <= seconds), paper.host)
    return replace(paper, host=host)
