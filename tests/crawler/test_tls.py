"""Certificates, on real secure connections: a public paper whose address, for the test, leads to a loopback server."""

import ssl
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from scrapy.crawler import Crawler

from crawler import settings
from crawler.crawl import run_settings
from crawler.options import CrawlOptions
from crawler.spiders.outlet_spider import spider_class
from storage.hosts import HostStore
from tests.crawler.certificates import Authority
from tests.crawler.press import Bench, path_of
from tests.crawler.public import public
from tests.crawler.worker_outlets import HOST, OUTLET

pytestmark = pytest.mark.crawl


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.root))
    return made


def test_a_good_certificate_is_accepted(bench: Bench, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.show(1)
    with public(bench, monkeypatch, authority.server(HOST)) as press:
        report = bench.run()
        assert report.stats["new"] == 1 and len(press.asked) == 3
    flags = bench.articles.get(str(bench.link(path_of(1)).article_id))
    assert flags is not None and "tls_unverified" not in flags.flags


def bad(kind: str, authority: Authority, folder: Path) -> ssl.SSLContext | None:
    if kind == "plain":
        return None
    if kind == "old":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return authority.server(HOST, newest=ssl.TLSVersion.TLSv1_1)
    if kind == "stranger":
        return Authority(folder, "Nguoi la").server(HOST)
    return authority.server("baokhac.vn") if kind == "name" else authority.server(HOST, days=-2)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("name", "tls_name"),
        ("expired", "tls_expired"),
        ("stranger", "tls_chain"),
        ("old", "tls_protocol"),
        ("plain", "tls_protocol"),
    ],
)
def test_a_bad_certificate_is_refused_and_said_to_be_what_it_is(
    bench: Bench, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, code: str
) -> None:
    bench.show(1)
    url = f"https://{HOST}{path_of(1)}"
    with public(bench, monkeypatch, bad(kind, authority, tmp_path)) as press:
        report = bench.run()
        assert report.outcome == "refused" and press.asked == []
        assert {p.code for p in report.problems} == {"robots_unreachable", code}
        assert (HostStore(bench.db).robots(HOST).cause or "").startswith(code + " ")
        assert {p.code for p in bench.run().problems} == {"robots_unreachable", code}  # also where it is not asked
        bench.outlet = replace(bench.outlet, permission="Thư của tòa soạn")  # pages without robots.txt before them
        report = bench.run(url)
        assert [(p.code, p.url) for p in report.problems] == [(code, url)] and bench.link(path_of(1)).reason == "tls"
        assert press.asked == [] and report.outcome == "failed"


@pytest.mark.parametrize("kind", ["name", "expired", "stranger"])
def test_who_turns_the_check_off_for_an_outlet_gets_its_articles_with_a_flag(
    bench: Bench, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    bench.show(1, 2)
    with public(bench, monkeypatch, bad(kind, authority, tmp_path)) as press:
        bench.outlet = replace(bench.outlet, tls="unverified")
        assert bench.run(f"https://{HOST}{path_of(1)}").stats["new"] == 1
        article = bench.articles.get(str(bench.link(path_of(1)).article_id))
        assert article is not None and "tls_unverified" in article.flags
        asked = len(press.asked)
        bench.outlet = replace(bench.outlet, tls="verified")  # another run of the same process
        assert bench.run(f"https://{HOST}{path_of(2)}").outcome == "failed" and len(press.asked) == asked


def test_the_check_is_on_for_scrapys_own_commands_too() -> None:
    assert settings.DOWNLOAD_VERIFY_CERTIFICATES is True
    for tls in ("verified", "unverified"):
        outlet = replace(OUTLET, tls=tls)
        crawler = Crawler(spider_class(outlet, {outlet.slug: outlet}), run_settings(CrawlOptions("x", "")))
        assert crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is (tls == "verified")
