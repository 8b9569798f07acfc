import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from crawler.fetching.download import RefusedAddress
from crawler.fetching.failures import classify_failure, describe
from crawler.fetching.responses import classify, refresh_target
from tests.shared import SHARED, needs_shared

URL = "https://baothutu.vn/tin-moi/cau-treo-1001.html"
TEXT = "<p>" + "Cây cầu treo mới nối hai xã vùng cao đã khánh thành. " * 30 + "</p>"
PAGE = f"<html><title>Cầu treo</title><body>{TEXT * 3}</body></html>".encode()


def kind(status: int = 200, body: bytes = PAGE, final: str = URL, **headers: str) -> str:
    return classify(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, URL, final)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "ok"), (203, "ok"), (304, "not_modified"), (404, "not_found"), (410, "not_found"), (401, "refused"),
        (403, "refused"), (451, "refused"), (429, "throttled"), (503, "throttled"), (500, "error"), (204, "error"),
        (302, "redirected_away"), (418, "error"), (999, "error"),
    ],
)  # fmt: skip
def test_the_status_decides_where_the_body_says_nothing(status: int, expected: str) -> None:
    assert kind(status) == expected


def test_an_article_that_ends_at_the_front_page_is_led_away() -> None:
    assert kind(final="https://baothutu.vn/") == kind(final="https://baothutu.vn") == "redirected_away"
    assert classify(200, {}, PAGE, "https://baothutu.vn/", "https://www.baothutu.vn/") == "ok"


@pytest.mark.parametrize(
    "body",
    [
        b'<html><script>document.cookie="D1N=0a1b2c"+"; path=/";window.location.reload(true);</script></html>',
        b"<script>var a=1;document.cookie = 'x='+a; location.href = '/?r=1';</script>",
        b"<html><head><meta http-equiv='refresh' content='0'><script>document.cookie='k=1'</script></head></html>",
    ],
)
def test_a_page_that_only_sets_a_cookie_is_a_gate(body: bytes) -> None:
    assert kind(body=body) == "cookie_gate"


REFRESH = (
    '<html><head><meta http-equiv="refresh" content="0; url={}"><title>Chờ chút</title></head><body>{}</body></html>'
)


@pytest.mark.parametrize(
    ("target", "text", "expected"),
    [
        ("/khac.html", "Bạn đang được chuyển trang.", "redirected_away"),
        ("https://baokhac.vn/", '<a href="https://baokhac.vn/">Bấm vào đây</a>', "redirected_away"),
        (URL, "Xin đợi.", "error"),
        ("/khac.html", "<p>" + "Cây cầu treo mới đã khánh thành sáng nay. " * 10, "ok"),
        ("javascript:alert(1)", "Xin đợi.", "ok"),
    ],
)
def test_a_page_of_hardly_any_text_that_loads_another_is_no_page(target: str, text: str, expected: str) -> None:
    body = REFRESH.format(target, text).encode()
    assert kind(body=body) == expected
    assert (refresh_target(body, URL) is None) is (expected == "ok")


def test_a_page_that_reloads_now_and_then_is_a_page() -> None:
    meta = b'<meta http-equiv="refresh" content="600;url=https://baothutu.vn/">'
    assert kind(body=meta + PAGE) == "ok" and kind(body=b'<meta http-equiv="refresh" content="30">' + PAGE) == "ok"


@pytest.mark.parametrize(
    "final",
    ["https://baothutu.vn/dang-nhap?next=%2Ftin", "https://baothutu.vn/login.aspx", "https://baothutu.vn/sso/vao"],
)
def test_who_is_led_to_a_login_is_refused(final: str) -> None:
    assert kind(final=final) == "refused"
    assert classify(200, {}, PAGE, final, final) == "ok"
    assert kind(final="https://baothutu.vn/tin/nhieu-nguoi-dang-nhap-vien-1001.html") == "ok"


def test_scripts_of_real_pages_are_no_gate_and_no_challenge() -> None:
    script = b"<script>document.cookie='seen=1';function go(){window.location.reload()}</script>"
    assert kind(body=PAGE + script) == "ok"
    assert (
        kind(body=PAGE * 4 + b'<div class="g-recaptcha"></div><script src="/cdn-cgi/challenge-platform/x.js">') == "ok"
    )


@pytest.mark.parametrize("status", [200, 403, 503])
def test_what_stands_before_a_site_is_a_challenge(status: int) -> None:
    assert kind(status, b"<html><head><title>Just a moment...</title></head></html>") == "challenge"
    assert kind(status, b"<script>window._cf_chl_opt={}</script>") == "challenge"
    assert kind(status, b'<form><div class="h-captcha"></div></form>') == "challenge"
    assert kind(status, PAGE, cf_mitigated="challenge") == "challenge"


@given(st.integers(100, 999), st.binary(max_size=200))
def test_no_bytes_break_it(status: int, body: bytes) -> None:
    assert isinstance(kind(status, body), str)


@needs_shared
@pytest.mark.shared
def test_real_pages_are_ok() -> None:
    pages = sorted((SHARED / "pages").glob("*.html"))
    assert pages
    assert {page.name: kind(body=page.read_bytes()) for page in pages} == {page.name: "ok" for page in pages}


def failed(*reasons: Exception) -> DownloadFailedError:
    error = DownloadFailedError("x")
    error.__cause__ = ResponseFailed([Failure(reason) for reason in reasons])
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (CannotResolveHostError("x"), "dns"),
        (DownloadTimeoutError("x"), "timeout"),
        (DownloadConnectionRefusedError("x"), "reset"),
        (failed(ConnectionLost()), "reset"),
        (failed(SSL.Error([("SSL routines", "", "certificate verify failed")])), "tls"),
        (DownloadCancelledError("x"), "too_large"),
        (IgnoreRequest("x"), "too_large"),
        (RefusedAddress("x"), "redirected_away"),
        (OSError("not gzip"), "reset"),
    ],
)
def test_every_way_to_fail_has_a_class_and_a_line(error: Exception, expected: str) -> None:
    assert classify_failure(error) == expected
    assert describe(error) and "\n" not in describe(error)
