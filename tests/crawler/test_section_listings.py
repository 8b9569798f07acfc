"""JSON listings of sections that only the front page names: looked for, kept as overrides, read again."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import UsageError
from crawler.catalogue import load_catalogue
from crawler.discovery.seeking import candidates
from crawler.outlet import JsonListing, SectionListing, Source
from tests.crawler.press import Answer, Bench, path_of
from tests.crawler.sources import at, found, only, publish, run, section
from tests.crawler.worker_outlets import HOST

LISTING = SectionListing(
    re.compile(r"^/muc/(?P<section>[a-z-]+)(?:/|$)"), at("/api/{section}?n=20"), JsonListing("data", "path")
)
FRONT = Source("section", at("/"), "assumed")


def listed(*numbers: int) -> Answer:
    items = [{"path": path_of(n), "name": f"Tin số {n}"} for n in numbers]
    return Answer(json.dumps({"data": items}).encode(), headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        (at("/api/xa-hoi?n=20"), True),
        (at("/api/?n=20"), False),
        (at("/api/xa-hoi?n=21"), False),
        ("https://khac.example/api/xa-hoi?n=20", False),
    ],
)
def test_an_address_of_its_form_is_known_again(url: str, is_one: bool) -> None:
    assert LISTING.is_one(url) is is_one


@pytest.mark.crawl
def test_they_are_found_and_read_in_later_runs(bench: Bench) -> None:
    only(bench, FRONT)
    bench.outlet = replace(bench.outlet, section_listing=LISTING)
    publish(bench, range(1, 30))
    menu = "".join(f'<a href="{path}">Mục</a>' for path in ("/muc/xa-hoi", "/muc/xa-hoi/", "/muc/kinh-te", "/lien-he"))
    front = section(range(1, 7))
    bench.press.pages["/"] = replace(front, body=front.body + menu.encode())
    bench.press.pages["/api/xa-hoi?n=20"] = listed(*range(5, 15))
    bench.press.pages["/api/kinh-te?n=20"] = listed(1, 2)
    run(bench)
    assert [(s.url, s.kind, s.grade, s.by) for s in found(bench)] == [
        (at("/api/xa-hoi?n=20"), "json", "candidate", "search: section")
    ]
    assert {silent for _, silent in bench.intake()} == {"baseline"} and len(bench.intake()) == 14

    bench.clock.forward(minutes=15)
    known = bench.outlet.listing_of(at("/api/xa-hoi?n=20"))
    only(bench, FRONT, Source("json", at("/api/xa-hoi?n=20"), "candidate", known, found=True))
    bench.outlet = replace(bench.outlet, section_listing=LISTING)
    bench.press.pages["/api/xa-hoi?n=20"] = listed(*range(10, 18))
    run(bench)
    assert bench.intake()[14:] == [("new", None)] * 3
    assert [(s.url, s.grade) for s in found(bench)] == [(at("/api/xa-hoi?n=20"), "confirmed")]


def test_links_of_other_hosts_name_no_section() -> None:
    outlet = load_catalogue()["baodienbienphu"]
    page = (
        '<a href="/tin-bai/kinh-te/mot-bai-viet">a</a><a href="/tin-tuc/xa-hoi">b</a>'
        '<a href="https://khac.example/tin-tuc/the-gioi">c</a><a href="/lien-he">d</a>'
    )
    seen = [c for c in candidates(outlet, page.encode(), outlet.home, "text/html", None, ()) if c.kind == "json"]
    assert [re.search("category_slug=([a-z-]+)", candidate.url)[1] for candidate in seen] == ["kinh-te", "xa-hoi"]  # type: ignore[index]
    assert all(outlet.listing_of(candidate.url) is not None for candidate in seen)


def test_an_override_of_one_is_read_by_the_catalogues_table(tmp_path: Path) -> None:
    url = (
        "https://api-dienbien.baodienbienphu.vn/api/web/article-get-news-by-category-slug?category_slug=xa-hoi&limit=20"
    )
    text = '[[sources]]\nkind = "json"\nurl = "{}"\ngrade = "candidate"\nfound = 2026-01-08\nby = "search: section"\n'
    (tmp_path / "baodienbienphu.toml").write_text(text.format(url) + text.format(url.replace("article", "khac")))
    outlet = load_catalogue(overrides=tmp_path)["baodienbienphu"]
    (source,) = [source for source in outlet.sources if source.kind == "json"]
    assert source.found and source.listing is not None and source.listing.items == "data.list"


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("section = '^/muc/'\nurl = \"https://{host}/{section}\"", "section"),
        ("section = '^/(?P<section>a)'\nurl = \"https://{host}/a\"", "url"),
        ("section = '^/(?P<section>a'\nurl = \"https://{host}/{section}\"", "section"),
    ],
)
def test_a_slip_in_the_table_names_its_key(tmp_path: Path, table: str, key: str) -> None:
    (tmp_path / "outlets").mkdir()
    text = (
        f'name = "Báo Thử"\nstatus = "active"\nhome = "https://{HOST}/"\nhosts = [{{ name = "{HOST}" }}]\n'
        f'[section_listing]\n{table.replace("{host}", HOST)}\nlisting = {{ items = "data", link = "path" }}\n'
    )
    (tmp_path / "outlets" / "baothu.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"baothu\.toml: section_listing\S* ?{key}"):
        load_catalogue(tmp_path, builtin=False)
