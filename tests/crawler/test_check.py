"""`outlets check`: rules against the addresses that the files know."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from corpus.ids import Era
from crawler.catalogue import load_catalogue
from crawler.check import FINDINGS, check_outlets
from crawler.outlet import Host, Outlet, Source

BASE = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"),),
    home="https://thu.example/",
    eras=(Era("n", re.compile(r"-(?P<id>\d+)\.html$")),),
    not_articles=(r"-event\d+\.html$", r"^/tv/"),
    examples=("https://www.thu.example/mot-bai-bao-12.html",),
    sections=("https://thu.example/kinh-te",),
    sources=(Source("feed", "https://thu.example/rss", "assumed"),),
)


def codes(**changes: Any) -> list[str]:
    found = check_outlets({"thu": replace(BASE, **changes)})
    assert all(finding.slug == "thu" and finding.detail.startswith(FINDINGS[finding.code]) for finding in found)
    return [finding.code for finding in found]


def test_built_in_files_are_without_findings():
    assert check_outlets(load_catalogue()) == []


def test_a_good_file_has_no_findings():
    assert codes() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"examples": ("https://khac.example/mot-bai-bao-12.html",)}, "example_host"),
        ({"examples": ("https://thu.example/mot-bai-bao-12.htm",)}, "example_no_rule"),
        ({"examples": ("https://thu.example/tv/mot-bai-bao-12.html",)}, "example_refused"),
        ({"examples": ("https://thu.example/Kinh-te/",)}, "example_refused"),
        ({"eras": (Era("n", re.compile(r"-(?P<id>\d+)?.*html$")),), "examples": ("https://thu.example/a-b.html",)},
         "example_no_id"),
        ({"eras": (), "examples": ("https://thu.example/mot-bai.html",)}, "example_no_rule"),
        ({"sections": ("https://khac.example/kinh-te",)}, "section_host"),
        ({"sections": ("https://thu.example/kinh-te-5.html",)}, "section_is_article"),
        ({"sources": (Source("feed", "https://khac.example/rss", "assumed"),)}, "source_host"),
        ({"sources": (Source("section", "https://thu.example/tin-5.html", "assumed"),)}, "source_is_article"),
    ],
)  # fmt: skip
def test_findings(changes, code):
    assert codes(**changes) == [code]


def test_the_general_rule_holds_where_there_is_none():
    assert codes(eras=(), examples=("https://thu.example/mot-bai-bao-moi-12",)) == []


def test_a_section_that_not_articles_takes_out_is_no_fault():
    assert codes(sections=("https://thu.example/bau-cu-event12.html", "https://thu.example/tv/a-1.html")) == []
