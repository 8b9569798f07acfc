"""The outlet files of the sample press fit their papers; those of the core read their pages to the last word."""

from datetime import datetime, timedelta

import pytest

from corpus.clock import HANOI
from corpus.record import Article
from crawler.catalogue import load_catalogue
from crawler.check import check_outlets
from crawler.discovery import is_article_url, read_source
from crawler.extraction import PageInput, extract
from crawler.outlet import Outlet
from samples.edition import Edition, Shown, edition
from samples.press import CORE, OUTLETS, Paper, load_press
from samples.schedule import Timeline, plan
from samples.site import article_url, reply_to

PRESS = load_press()
NOW = datetime(2026, 11, 20, 8, 30, 41, tzinfo=HANOI)
TIMELINE = Timeline(plan(PRESS, 90), NOW - timedelta(seconds=95), NOW - timedelta(seconds=95))
EDITIONS = {paper.slug: edition(PRESS, TIMELINE, paper, NOW) for paper in PRESS.papers}
CATALOGUE = load_catalogue(OUTLETS.parent)
each_core_paper = pytest.mark.parametrize("paper", load_press(CORE).papers, ids=lambda paper: paper.slug)


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def extracted(current: Edition, outlet: Outlet, shown: Shown) -> Article:
    url = article_url(current.paper, shown)
    reply = reply_to(current, path_of(url))
    page = PageInput(
        body=reply.body,
        url=url,
        outlet=outlet,
        fetched_at=NOW,
        content_type=reply.content_type,
        outlets=CATALOGUE,
    )
    result = extract(page).result
    assert isinstance(result, Article), result
    return result


def test_the_outlet_files_fit_their_own_addresses():
    assert {path.stem for path in OUTLETS.glob("*.toml")} == {paper.slug for paper in PRESS.papers}
    assert check_outlets({paper.slug: CATALOGUE[paper.slug] for paper in PRESS.papers}) == []
    for paper in PRESS.papers:
        outlet = CATALOGUE[paper.slug]
        family = None if paper.family == "spa-json" else paper.family  # a system of its own
        assert (outlet.name, outlet.province, outlet.family) == (paper.name, paper.province, family)
        assert {host.name for host in outlet.hosts} == set(paper.hosts())


@each_core_paper
def test_sources_give_exactly_the_listed_articles(paper: Paper):
    current, outlet = EDITIONS[paper.slug], CATALOGUE[paper.slug]
    wanted = {article_url(paper, shown) for shown in current.listed()}
    met: set[str] = set()
    for source in outlet.sources:
        reply = reply_to(current, path_of(source.url))
        read = read_source(outlet, source, reply.body, base_url=source.url, content_type=reply.content_type)
        assert reply.status == 200 and read.complete, read.problem
        links = {link.url for link in read.links if is_article_url(outlet, link.url) == "yes"}
        assert links <= wanted
        met |= links
    assert met == wanted


@each_core_paper
def test_pages_are_extracted_as_they_were_written(paper: Paper):
    current, outlet = EDITIONS[paper.slug], CATALOGUE[paper.slug]
    for shown in current.listed():
        article, record = shown.article, extracted(current, outlet, shown)
        pictures = [(block.text, block.credit) for block in article.blocks if block.kind == "picture"]
        assert (record.title, record.kicker, record.lead) == (article.title, article.kicker, article.lead)
        assert record.text == article.text()
        assert record.authors == article.authors
        assert [(caption.text, caption.credit) for caption in record.captions] == pictures
        assert record.section == paper.section(article.section).name
        assert record.published.precision == "minute"
        assert record.published.at == shown.published.replace(second=0, microsecond=0)


def test_a_carried_text_has_one_hash():
    hashes = {
        shown.article.key: extracted(current, CATALOGUE[slug], shown).content_hash
        for slug, current in EDITIONS.items()
        if slug in CORE
        for shown in current.listed()
    }
    for article in load_press(CORE).articles:
        if article.carries:
            assert hashes[article.key] == hashes[article.carries]
