"""Real saved pages on loopback under their own host names, through the installed command, from listing to export."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from samples.real_press import RealPress, saved_pages
from tests.end_to_end.conftest import Ran, Tintinh
from tests.shared import SHARED, needs_shared

pytestmark = [pytest.mark.end_to_end, needs_shared]

PAPERS = {
    "baochinhphu": ("Báo Điện tử Chính phủ", "baochinhphu.vn", r"-(?P<id>\d{15,})\.htm$"),
    "baodautu": ("Báo Đầu tư", "baodautu.vn", r"-d(?P<id>\d{5,})\.html$"),
    "cafef": ("CafeF", "cafef.vn", r"-(?P<id>\d{15,})\.chn$"),
    "dantri": ("Dân trí", "dantri.com.vn", r"-(?P<id>\d{15,})\.htm$"),
    "nld": ("Người Lao Động", "nld.com.vn", r"-(?P<id>\d{15,})\.htm$"),
    "tuoitre": ("Tuổi Trẻ", "tuoitre.vn", r"-(?P<id>\d{15,})\.htm$"),
    "vietnamnet": ("VietNamNet", "vietnamnet.vn", r"-(?P<id>\d{6,})\.html$"),
    "vnexpress": ("VnExpress", "vnexpress.net", r"-(?P<id>\d{6,})\.html$"),
}
"""Slug -> name, host, article URL rule: what a user would write who adds these national papers."""


@dataclass
class House:
    """An installation over the real pages."""

    run: Tintinh
    config: Path
    data: Path
    pages: list[dict[str, Any]]

    def __call__(self, *arguments: str | Path) -> Ran:
        return self.run(*arguments, "--config", self.config, "--data", self.data)


def outlet_file(name: str, host: str, pattern: str, section: str) -> str:
    return (
        f'name = "{name}"\nstatus = "active"\nhome = "https://{host}/"\nhosts = [{{ name = "{host}" }}]\n'
        f'sources = [{{ kind = "section", url = "{section}", grade = "confirmed" }}]\n'
        f"[[eras]]\ncode = \"now\"\npattern = '{pattern}'\n"
    )


@pytest.fixture
def house(tintinh: Tintinh, tmp_path: Path) -> Any:
    pages = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((SHARED / "pages").glob("*.json"))]
    sections = {page["id"].removesuffix("_list_2026"): page["url"] for page in pages if page["kind"] == "section"}
    (tmp_path / "outlets").mkdir()
    for slug, (name, host, pattern) in PAPERS.items():
        text = outlet_file(name, host, pattern, sections[slug])
        (tmp_path / "outlets" / f"{slug}.toml").write_text(text, encoding="utf-8")
    with RealPress(saved_pages(SHARED / "pages")) as press:
        resolve = "\n".join(f'"{host}" = "{target}"' for host, target in press.hosts().items())
        config = tmp_path / "tintinh.toml"
        config.write_text(
            '[crawl]\ncontact = "press-office@tintinh.example"\nmax_pages = 500\ndaily_requests = 5000\n'
            f"[network]\nresolved_delay = 0\n[network.resolve]\n{resolve}\n",
            encoding="utf-8",
        )
        yield House(tintinh, config, tmp_path / "data", pages)


def test_from_section_page_to_export(house: House) -> None:
    assert house("outlets", "check").code == 0
    assert house("channels", "add", "webhook", "hook", "--url", "https://hook.example/").code == 0
    added = house("topics", "add", '"thuế"', "--slug", "thue", "--channel", "hook", "--max-age", "3650")
    assert added.code == 0

    crawled = house("crawl", *PAPERS, "--json")
    assert crawled.code == 0, crawled.out + crawled.err
    assert sum(report["stats"]["new"] for report in crawled.lines()) == 8

    truths = {page["url"]: page["truth"] for page in house.pages if page["kind"] == "article"}
    stored = {article["url"] for article in house("articles", "list", "--json", "--limit", "100").lines()}
    assert stored <= set(truths)
    rest = sorted(set(truths) - stored)
    assert len(rest) == 4
    again = house("recrawl", *rest, "--json")
    assert again.code == 0, again.out + again.err

    articles = house("articles", "list", "--json", "--limit", "100").lines()
    assert {a["url"]: a["title"] for a in articles} == {url: truth["title"] for url, truth in truths.items()}
    days = {url: truth["published"][:10] for url, truth in truths.items()}
    assert {a["url"]: a["published"]["at"][:10] for a in articles} == days

    check_sections(house)
    check_reading(house, articles)
    check_alerts(house, rest, articles)


def check_sections(house: House) -> None:
    """Every saved section page is refused, whether as a saved page or as an address."""
    sections = [page for page in house.pages if page["kind"] == "section"]
    lines = [
        {"html": (SHARED / "pages" / f"{page['id']}.html").read_text(encoding="utf-8"), "url": page["url"]}
        for page in sections
    ]
    file = house.data.parent / "sections.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ran = house("extract", "--json", "--from", file)
    assert ran.code == 1
    assert ["rejected" in record for record in ran.lines()] == [True] * 8
    by_hand = house("recrawl", *[page["url"] for page in sections], "--json")
    assert by_hand.code == 1
    assert [report["stats"]["rejected"] for report in by_hand.lines()] == [1] * 8


def check_reading(house: House, articles: list[dict[str, Any]]) -> None:
    """Search, topics, export and re-extraction over what was stored."""
    marked = house("search", "giảm trừ gia cảnh", "--json").lines()
    bare = house("search", "giam tru gia canh", "--json").lines()
    assert [a["id"] for a in marked] == [a["id"] for a in bare]
    assert any("giảm trừ gia cảnh" in a["title"] for a in marked)
    assert house("search", "không từ nào như thế này", "--json").out == ""

    table = list(csv.DictReader(io.StringIO(house("export", "--format", "csv").out.removeprefix("\ufeff"))))
    assert {row["title"] for row in table} == {a["title"] for a in articles}
    exported = house("export", "--format", "jsonl").lines()
    assert sorted(a["id"] for a in exported) == sorted(a["id"] for a in articles)

    redone = house("reextract", *[a["id"] for a in articles], "--json")
    assert redone.code == 0, redone.out + redone.err
    assert redone.lines() == [{"same": 12, "changed": 0, "failed": []}]


def check_alerts(house: House, by_hand: list[str], articles: list[dict[str, Any]]) -> None:
    """The first read was baseline and silent; addresses given by hand count as met later, and alert once."""
    tested = house("topics", "test", '"thuế"', "--since", "3650d", "--json").lines()
    ids = {a["id"]: a["url"] for a in articles}
    matched = {ids[hit["id"]] for hit in tested}
    assert matched
    alerts = house("alerts", "list", "--json").lines()
    assert {ids[alert["article"]] for alert in alerts} == matched & set(by_hand)
    assert all(alert["state"] == "due" for alert in alerts)
    house("recrawl", *by_hand)
    assert house("alerts", "list", "--json").lines() == alerts
