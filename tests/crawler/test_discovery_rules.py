"""Is a URL an article: the outlet's rules and the general one."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.ids import Era
from corpus.urls import host_of
from crawler.catalogue import load_catalogue
from crawler.discovery import is_article_url, looks_like_article, worth_fetching
from crawler.outlet import Host, Outlet, Source
from tests.shared import SHARED, needs_shared

OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"), Host("cu.example", until=2020)),
    home="https://thu.example/",
    eras=(Era("n", re.compile(r"-(?P<id>\d{5,8})\.html$")),),
    not_articles=(r"^/tv/",),
    sources=(Source("section", "https://thu.example/Thoi-su/", "assumed"),),
    sections=("https://thu.example/chuyen-muc-12345.html",),
)


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("https://thu.example/mua-lon-o-vung-cao-12345.html", "yes"),
        ("http://www.THU.example/mua-lon-12345.html?utm_source=a&x=1#top", "yes"),
        ("https://cu.example/mua-lon-12345.html", "yes"),
        ("https://khac.example/mua-lon-12345.html", "no"),
        ("https://thu.example.khac.example/mua-lon-12345.html", "no"),
        ("https://anh.thu.example/mua-lon-12345.html", "no"),
        ("https://thu.example/tv/mua-lon-12345.html", "no"),
        ("https://thu.example/chuyen-muc-12345.html", "no"),
        ("https://thu.example/thoi-su", "no"),
        ("https://cu.example/THOI-SU/", "no"),
        ("https://thu.example", "no"),
        ("https://thu.example/?page=2", "no"),
        ("https://thu.example/mua-lon-1234.html", "maybe"),
        ("mailto:a@thu.example", "no"),
        ("https://a@thu.example/mua-lon-12345.html", "no"),
        ("", "no"),
    ],
)
def test_is_article_url(url, answer):
    assert is_article_url(OUTLET, url) == answer


def test_a_query_counts_only_where_the_outlet_keeps_it():
    eras = (Era("q", re.compile(r"[?&]mabb=(?P<id>\d+)")),)
    url = "https://thu.example/viewer.aspx?macm=3&mabb=1234"
    assert is_article_url(replace(OUTLET, eras=eras), url) == "maybe"
    assert is_article_url(replace(OUTLET, eras=eras, keep_query=("mabb",)), url) == "yes"


@pytest.mark.parametrize(
    ("path", "looks"),
    [
        ("/mua-lon-vung-cao.html", True),
        ("/mua-lon-vung-cao.htm", True),
        ("/xa-hoi/202401/mua-lon-vung-cao-e635eaf/", True),
        ("/xa-hoi/mua-lon-vung-cao-123", True),
        ("/m%C6%B0a-l%E1%BB%9Bn-v%C3%B9ng-cao/", True),
        ("/mua-lon-vung-cao", False),
        ("/mua-lon-vung.html", False),
        ("/mua-lon-12-2024.html", False),
        ("/chuyen-muc/kinh-te/thoi-su/the-gioi/1", False),
        ("/mua-lon-vung-cao.pdf", False),
        ("/", False),
    ],
)
def test_the_general_rule(path, looks):
    assert looks_like_article(OUTLET, "https://thu.example" + path) is looks
    assert not looks_like_article(OUTLET, "https://khac.example" + path)


def test_a_new_form_of_addresses_is_still_fetched():
    assert worth_fetching(OUTLET, "https://thu.example/mua-lon-o-vung-cao-a99.html")
    assert not worth_fetching(OUTLET, "https://thu.example/tv/mua-lon-o-vung-cao-a99.html")
    assert not worth_fetching(OUTLET, "https://thu.example/the-thao")


@given(st.text() | st.text(alphabet="ahtp:/.-?#%&=0123\\@[]w").map("https://thu.example/".__add__))
def test_any_text_gets_an_answer(url):
    answer = is_article_url(OUTLET, url)
    assert answer in {"yes", "maybe", "no"}
    assert isinstance(looks_like_article(OUTLET, url), bool)
    assert worth_fetching(OUTLET, url) <= (answer != "no")


@needs_shared
@pytest.mark.shared
def test_known_article_addresses_and_sections():
    outlets = load_catalogue()
    tried = 0
    for fact in json.loads((SHARED / "facts/outlets.json").read_text("utf-8")):
        outlet = outlets.get(fact["slug"])
        if outlet is None:
            continue
        for example in fact["article_examples"]:
            expected = "yes" if outlet.has_host(host_of(example["url"])) else "no"
            assert is_article_url(outlet, example["url"]) == expected, example["url"]
            tried += 1
        for section in fact["section_urls"]:
            assert is_article_url(outlet, section) == "no", section
    assert tried >= 21
