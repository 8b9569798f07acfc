"""The demo is its own: nothing that a person has configured reaches its daemon."""

from __future__ import annotations

from tintinh.demo.stage import without_options


def test_no_option_of_the_environment_reaches_the_daemon() -> None:
    environ = {"PATH": "/usr/bin", "TINTINH_CRAWL__OUTLETS": "baonghean", "TINTINH_DATA": "/x", "LANG": "vi_VN.UTF-8"}
    assert without_options(environ) == {"PATH": "/usr/bin", "LANG": "vi_VN.UTF-8"}
