import json
from pathlib import Path

from samples.real_press import RealPress, saved_pages
from tests.samples.asking import MovableClock, ask
from tests.shared import SHARED, needs_shared


def test_serves_files_under_their_own_hosts(tmp_path: Path):
    for name, url in (("a", "https://bao.example/muc/bai-1.html"), ("b", "https://khac.example/?trang=2")):
        (tmp_path / f"{name}.json").write_text(json.dumps({"url": url}), encoding="utf-8")
        (tmp_path / f"{name}.html").write_bytes(f"<p>{name} ả</p>".encode())
    (tmp_path / "c.json").write_text('{"url": "https://khong.example/"}', encoding="utf-8")
    pages = saved_pages(tmp_path)
    assert set(pages) == {"bao.example", "khac.example"}
    with RealPress(pages, MovableClock()) as press:
        assert len(set(press.hosts().values())) == 2
        assert ask(press.hosts(), "bao.example", "/muc/bai-1.html").text == "<p>a ả</p>"
        assert ask(press.hosts(), "khac.example", "/?trang=2").status == 200
        assert ask(press.hosts(), "khac.example", "/").status == 404
        assert ask(press.hosts(), "khac.example", "/", Host="bao.example").status == 404
        assert ask(press.hosts(), "khac.example", "/", Host="la.example").status == 421
        assert len(press.requests()) == 5


def test_a_feed_is_served_as_a_feed(tmp_path: Path):
    feed = tmp_path / "home.rss"
    feed.write_text("<rss/>", encoding="utf-8")
    with RealPress({"bao.example": {"/rss/home.rss": feed}}, MovableClock()) as press:
        assert ask(press.hosts(), "bao.example", "/rss/home.rss").headers["content-type"].startswith("application/rss")


@needs_shared
def test_saved_pages_of_the_shared_folder():
    pages = saved_pages(SHARED / "pages")
    with RealPress(pages, MovableClock()) as press:
        for host, files in pages.items():
            for path, file in files.items():
                assert ask(press.hosts(), host, path).body == file.read_bytes()
