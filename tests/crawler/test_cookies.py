from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetching.cookies import gate_cookie
from tests.crawler.press import Answer, Bench, article, path_of
from tests.crawler.worker_outlets import HOST


@pytest.mark.parametrize(
    ("script", "cookie"),
    [
        ('document.cookie="D1N=0a1b2c"+"; expires=Fri, 31-Dec-37 23:55:55 GMT; path=/";', "D1N=0a1b2c"),
        ("document.cookie = 'k=v; path=/'", "k=v"),
        ("document . cookie='a='+'b'+'c' ;location.reload()", "a=bc"),
        ('document.cookie="k="', "k="),
        ("var a=1;document.cookie='x='+a;", None),
        ("document.cookie='x='+toHex(slowAES.decrypt(c,2,a,b))+'; path=/';", None),
        ("document.cookie='x=1';document.cookie='y=2';", None),
        ("document.cookie='x=1'; if (0) document.cookie=y;", None),
        ("document.cookie=`x=1`;", None),
        (r"document.cookie='x=\u0031';", None),
        ("document.cookie='x=1\r\nHost: khac.vn';", None),
        ("document.cookie='x=1\tb';", None),
        ("document.cookie='khong co dau bang';", None),
        ("document.cookie='x=đ';", None),
        ("document.cookie=='x=1';", None),
        ("document.cookie='x=1'.replace('1', '2');", None),
        ("document.cookie='x=1', b=2;", None),
        ("location.reload()", None),
    ],
)
def test_only_a_cookie_that_stands_there_in_so_many_words_is_read(script: str, cookie: str | None) -> None:
    assert gate_cookie(f"<html><script>{script}</script></html>".encode()) == cookie


@given(st.text(max_size=200), st.binary(max_size=60))
def test_no_script_breaks_it_or_puts_a_header_in(text: str, junk: bytes) -> None:
    for body in (text.encode("utf-8", "surrogatepass"), b"document.cookie='" + junk + b"';"):
        cookie = gate_cookie(body)
        assert cookie is None or (cookie.isascii() and cookie.isprintable() and ";" not in cookie and " " not in cookie)


GATE = b"<html><script>document.cookie='D1N=abc; path=/';window.location.reload(true);</script></html>"


def gated(page: Answer) -> "object":
    return lambda headers: page if headers.get("cookie") == "D1N=abc" else Answer(GATE)


@pytest.mark.crawl
def test_a_gate_is_answered_once_a_run_and_only_with_the_papers_permission(bench: Bench) -> None:
    bench.show(1, 2)
    pages = {path: page for path, page in bench.press.pages.items() if isinstance(page, Answer)}
    for path, page in pages.items():
        if path != "/robots.txt":
            bench.press.pages[path] = gated(page)  # type: ignore[assignment]
    assert {p.code for p in bench.run().problems} == {"cookie_gate"}
    assert all("cookie" not in headers for _, _, headers in bench.press.asked)
    asked = len(bench.press.asked)
    bench.outlet = replace(bench.outlet, permission="Thư của tòa soạn ngày 2/3/2026")
    bench.clock.forward(minutes=15)
    report = bench.run()
    assert report.stats["new"] == 2 and report.problems == ()
    assert len(bench.press.asked) - asked == 4  # the feed twice, then two pages with the cookie


@pytest.mark.crawl
def test_a_gate_that_wants_another_cookie_each_time_is_left_alone(bench: Bench) -> None:
    bench.outlet = replace(bench.outlet, permission="Thư của tòa soạn ngày 2/3/2026")
    bench.press.pages[path_of(1)] = Answer(GATE)
    bench.press.pages[path_of(2)] = article("Cầu treo Suối Thử đã xong")
    report = bench.run(*(f"https://{HOST}{path_of(n)}" for n in (1, 2)))
    assert [p.code for p in report.problems] == ["cookie_gate"] and report.stats["new"] == 1
    assert bench.press.paths().count(path_of(1)) == 2
