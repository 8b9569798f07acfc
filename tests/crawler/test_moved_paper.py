"""A paper that moves to a new host, addresses without numbers and all: what was told once is not told again."""

from dataclasses import replace

import pytest

from crawler.override_file import accept_host, merged, read_overrides
from tests.crawler.press import Answer, Bench, path_of
from tests.crawler.sources import never_search, overrides, run
from tests.crawler.test_robots_live import NEW, moved_from
from tests.crawler.worker_outlets import HOST

pytestmark = pytest.mark.crawl


def test_articles_known_by_their_address_stay_themselves_on_the_new_host(bench: Bench) -> None:
    never_search(bench)
    bench.outlet = replace(bench.outlet, eras=())
    bench.set(resolve={HOST: bench.press.target, NEW: bench.press.target})
    bench.show(1, 2)
    bench.press.pages["/"] = Answer(b"<html></html>")
    assert run(bench).stats["new"] == 2
    ids = {row["id"] for row in bench.db.rows("SELECT id FROM articles")}
    for path, page in dict(bench.press.pages).items():
        if isinstance(page, Answer) and path != "/robots.txt":
            here = replace(page, body=page.body.replace(HOST.encode(), NEW.encode()))
            bench.press.pages[path] = moved_from(HOST, path, here)
    bench.clock.forward(minutes=20)
    run(bench)
    assert accept_host(overrides(bench), bench.outlet.slug, NEW)
    bench.outlet = merged(bench.outlet, read_overrides(overrides(bench), bench.outlet.slug))
    before = len(bench.press.asked)
    for _ in range(3):
        bench.clock.forward(minutes=10)
        run(bench)
    assert {row["id"] for row in bench.db.rows("SELECT id FROM articles")} == ids
    assert [kind for kind, _ in bench.intake()] == ["new", "new"]
    link = bench.links.get(bench.outlet.slug, f"https://{NEW}{path_of(1)}")
    assert link is not None and link.state == "stored" and link.article_id in ids
    at_new = [path for _, path, headers in bench.press.asked[before:] if headers["host"] == NEW]
    assert at_new.count(path_of(1)) <= 2  # as a new link, and perhaps the old address's revisit that is led there
