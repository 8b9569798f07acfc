import re
import unicodedata

import pytest

from alerts.matching import Searchable, match
from alerts.query import parse
from corpus.provinces import is_province
from samples.press import CORE, Press, SampleArticle, load_press
from samples.prose import blocks, split_file

PRESS = load_press()
RUN = 8
"""Words that two different texts may not have in a row."""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold())


def passages(article: SampleArticle) -> list[str]:
    """All that the file of an article says: title, lead, lines of text in both versions, captions, kicker."""
    lines = [line for version in (article, article.edited()) for block in version.blocks for line in block.lines()]
    captions = [block.text for block in article.blocks if block.kind == "picture"]
    return [article.title, article.lead, article.kicker or "", *lines, *captions]


def searchable(press: Press, article: SampleArticle) -> Searchable:
    paper = press.paper(article.paper)
    return Searchable(
        title=article.title,
        kicker=article.kicker,
        lead=article.lead,
        text=article.text(),
        section=paper.section(article.section).name,
        province=paper.province,
        authors=article.authors,
        outlet=paper.slug,
        outlet_name=paper.name,
    )


def test_a_hundred_and_fifty_seven_articles_in_thirteen_papers():
    assert len(PRESS.articles) == 157
    assert len(PRESS.papers) == len({paper.family for paper in PRESS.papers}) == 13
    hosts = {host: address for paper in PRESS.papers for host, address in paper.hosts().items()}
    assert len(hosts) == len(set(hosts.values())) == 14
    assert all(host.endswith(".example") and address.startswith("127.0.0.") for host, address in hosts.items())
    for paper in PRESS.papers:
        own = [article for article in PRESS.articles if article.paper == paper.slug]
        assert [article.number for article in own] == list(range(1, 11 if paper.slug in CORE else 14))
        assert sum(article.role == "baseline" for article in own) == 3
        assert is_province(paper.province)


def test_a_selection_holds_its_papers_alone():
    core = load_press(CORE)
    assert [paper.slug for paper in core.papers] == sorted(CORE)
    assert len(core.articles) == 40 and core.topics == PRESS.topics
    assert {article.paper for article in core.articles} == set(CORE)
    assert core.articles == tuple(article for article in PRESS.articles if article.paper in CORE)
    with pytest.raises(KeyError):
        load_press(["bao-khong-co"])


def test_no_two_texts_share_a_run_of_eight_words():
    seen: dict[tuple[str, ...], str] = {}
    shared = []
    for article in PRESS.articles:
        lines = [block.text for block in article.blocks if block.kind == "picture"] if article.carries else None
        for passage in passages(article) if lines is None else lines:
            row = words(passage)
            for start in range(len(row) - RUN + 1):
                run = tuple(row[start : start + RUN])
                if seen.setdefault(run, article.key) != article.key:
                    shared.append((seen[run], article.key, " ".join(run)))
    assert shared == []


def test_five_texts_are_carried_by_two_papers_each():
    carried = [article for article in PRESS.articles if article.carries]
    assert len({article.carries for article in carried}) == len(carried) == 5
    for copy in carried:
        assert copy.carries is not None
        source = PRESS.article(copy.carries)
        assert source.paper != copy.paper
        assert (copy.title, copy.lead, copy.text()) == (source.title, source.lead, source.text())
        assert copy.topics == source.topics
        assert source.edit is None and copy.edit is None


def test_seven_edits_one_of_which_gains_a_topic_and_two_removals():
    edited = [article for article in PRESS.articles if article.edit]
    assert len(edited) == 7 and sum(article.paper in CORE for article in edited) == 4
    assert all(article.role == "live" for article in edited)
    assert all(article.edited().text() != article.text() for article in edited)
    assert all(article.topics <= article.edited().topics for article in edited)
    assert [a.key for a in edited if a.edited().topics != a.topics] == ["baosonglinh/04"]
    assert [a.key for a in PRESS.articles if a.removed] == ["baosonglinh/03", "baotrunggiang/02"]
    assert all(article.role == "baseline" for article in PRESS.articles if article.removed)


def test_every_replacement_of_an_edit_finds_its_passage():
    for article in PRESS.articles:
        for old, new in article.edit.replace if article.edit else ():
            assert article.text().count(old) == 1, f"{article.key}: {old}"
            assert new in article.edited().text()


@pytest.mark.parametrize("article", PRESS.articles, ids=lambda article: article.key)
def test_an_article_is_a_newspaper_article(article: SampleArticle):
    paragraphs = [block for block in article.blocks if block.kind != "picture"]
    if article.paper in CORE:
        assert 6 <= len(paragraphs) <= 12
        assert 200 <= len(words(article.text())) <= 700
    else:
        assert 2 <= len(paragraphs) <= 8
        assert 50 <= len(words(article.text())) <= 200
    assert len(words(article.lead)) >= 15
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){3,}", article.slug)
    assert article.byline and article.tags
    for passage in passages(article):
        assert passage == unicodedata.normalize("NFC", passage).strip()
    assert article.topics <= {topic.slug for topic in PRESS.topics}


@pytest.mark.parametrize("article", PRESS.articles, ids=lambda article: article.key)
def test_topics_worked_out_by_hand_are_those_that_match(article: SampleArticle):
    queries = {topic.slug: parse(topic.query) for topic in PRESS.topics}
    for version in (article, article.edited()):
        item = searchable(PRESS, version)
        assert {slug for slug, query in queries.items() if match(query, item) is not None} == version.topics


def test_every_topic_has_matches_in_live_articles():
    live = [article for article in PRESS.articles if article.role == "live"]
    for topic in PRESS.topics:
        assert any(topic.slug in article.topics for article in live), topic.slug


def test_every_younger_paper_has_an_interview_and_a_story_told_in_pictures():
    for paper in PRESS.papers:
        own = [article for article in PRESS.articles if article.paper == paper.slug]
        if paper.slug not in CORE:
            kinds = [[block.kind for block in article.blocks] for article in own]
            assert any(row.count("question") >= 2 for row in kinds), paper.slug
            assert any(row.count("picture") >= 4 for row in kinds), paper.slug


def test_decoys_stand_in_captions_tags_and_furniture_only():
    caption = next(b.text for b in PRESS.article("baovinhhac/10").blocks if b.kind == "picture")
    assert "sạt lở" in caption and not PRESS.article("baovinhhac/10").topics
    assert "sản phẩm OCOP" in PRESS.article("baothuongngan/07").tags
    assert all(paper.menu and paper.ticker for paper in PRESS.papers)


def test_both_styles_of_tone_marks_and_the_short_form_of_trung_uong_occur():
    everything = "\n".join(passage for article in PRESS.articles for passage in passages(article))
    for form in ("văn hóa", "văn hoá", "thủy", "Trung uý", "T.Ư 4", "khoá XII"):
        assert form in everything, form


def test_blocks_of_an_article_file():
    front, text = split_file(
        '+++\ntitle = "A"\n+++\n\nMột\nhai.\n\n## Ba\n\n- bốn\n- năm\n\n> sáu\n\n? bảy\n\n![tám](Chín)\n'
    )
    assert front == {"title": "A"}
    kinds = [(block.kind, block.text or block.items, block.credit) for block in blocks(text)]
    assert kinds == [
        ("paragraph", "Một hai.", None),
        ("subheading", "Ba", None),
        ("list", ("bốn", "năm"), None),
        ("quote", "sáu", None),
        ("question", "bảy", None),
        ("picture", "tám", "Chín"),
    ]


def test_a_file_without_front_matter_is_refused():
    with pytest.raises(ValueError, match="front matter"):
        split_file("chỉ có chữ")
