"""A machine that reaches nothing is told so once, beside what is said of each paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Tintinh

pytestmark = pytest.mark.end_to_end

PAPERS = ("baohong", "baotat")


def test_where_nothing_is_reached(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "outlets").mkdir()
    for slug in PAPERS:
        (tmp_path / "outlets" / f"{slug}.toml").write_text(
            f'name = "Báo {slug}"\nstatus = "active"\nhome = "https://{slug}.example/"\n'
            f'hosts = [{{ name = "{slug}.example" }}]\n',
            encoding="utf-8",
        )
    config = tmp_path / "tintinh.toml"
    resolve = "".join(f'"{slug}.example" = "127.0.0.1:9"\n' for slug in PAPERS)  # discard: nothing listens there
    config.write_text(
        f"[crawl]\noutlets = {list(PAPERS)}\n[network]\nresolved_delay = 0\n[network.resolve]\n{resolve}",
        encoding="utf-8",
    )
    place = ("--config", config, "--data", tmp_path / "d")
    words = "This machine seems to have no network"
    tried = tintinh("doctor", "--live", *place)
    assert (tried.code, tried.out.count(words)) == (4, 1), tried.out + tried.err
    crawled = tintinh("crawl", "--lang", "vi", *place)
    assert (crawled.code, crawled.err.count("Có vẻ máy này không có mạng")) == (4, 1), crawled.out + crawled.err
    one = tintinh("crawl", PAPERS[0], *place)
    assert words not in one.err
