"""More of the sample press than there is: papers cloned under other names, their articles repeated under new numbers.

For measurements only: texts come again and again, so nothing can be said about stories or alerts with them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from samples.press import Paper, Press, SampleArticle
from samples.schedule import Event

HOURS = (1, 0, 0, 1, 2, 6, 10, 12, 12, 11, 10, 7, 5, 7, 10, 11, 11, 9, 7, 6, 5, 4, 3, 2)
"""How many of a hundred and fifty articles a provincial paper publishes in each hour of the day, by our guess."""
FEWEST, MOST = 3, 60
OLD = 12
"""Articles of the day before, which stand in the lists when the day begins."""


@dataclass(frozen=True, slots=True)
class Day:
    """A press of clones, and what it publishes in a day. `originals` is clone -> the paper that it is made of."""

    press: Press
    events: tuple[Event, ...]
    originals: dict[str, str]


def day_of(press: Press, outlets: int, hours: float, seed: int = 1) -> Day:
    """A day of so many outlets: from FEWEST to MOST articles each, and the first `hours` of it.

    Times count from midnight; the articles of the day before lie before it.
    """
    chance = random.Random(seed)  # noqa: S311 - a plan, no secret
    papers, articles, events, originals = [], [], [], {}
    for place in range(outlets):
        paper = _clone(press.papers[place % len(press.papers)], place)
        originals[paper.slug] = press.papers[place % len(press.papers)].slug
        share = place * 0.618 % 1.0  # the sizes are spread over the families, however many outlets there are
        count = round(FEWEST * (MOST / FEWEST) ** share)
        own = [article for article in press.articles if article.paper == originals[paper.slug]]
        papers.append(paper)
        for number in range(1, OLD + count + 1):
            article = repeated(own[number % len(own)], paper, number)
            articles.append(article)
            at = -3600.0 * (1 + number) if number <= OLD else _moment(chance)
            if at < hours * 3600:
                events.append(Event(at, "published", article.key))
    ordered = tuple(sorted(events, key=lambda event: (event.after, event.key)))
    return Day(Press(tuple(papers), tuple(articles), ()), ordered, originals)


def renamed(text: str, original: Paper, clone: Paper) -> str:
    """An outlet file's text with the clone's host names in the place of the original's."""
    for old, new in zip(original.hosts(), clone.hosts(), strict=True):
        text = text.replace(f"//{old}/", f"//{new}/").replace(f'"{old}"', f'"{new}"')
    return text


def _clone(paper: Paper, place: int) -> Paper:
    address = f"127.0.{1 + place // 200}.{1 + place % 200}"
    more = tuple((host.replace(paper.host, f"so{place}-{paper.host}"), address) for host, _ in paper.more_hosts)
    return replace(paper, slug=f"{paper.slug}{place}", host=f"so{place}-{paper.host}", address=address, more_hosts=more)


def repeated(article: SampleArticle, paper: Paper, number: int) -> SampleArticle:
    """The same words under another number and address, and with another title."""
    return replace(
        article,
        key=f"{paper.slug}/{number:02}",
        paper=paper.slug,
        number=number,
        slug=f"{article.slug}-ky-{number}",
        title=f"{article.title} (kỳ {number})",
        carries=None,
        edit=None,
        removed=False,
        role="live",
    )


def _moment(chance: random.Random) -> float:
    hour = chance.choices(range(24), weights=HOURS)[0]
    return (hour + chance.random()) * 3600.0
