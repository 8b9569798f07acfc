"""What goes wrong at a paper's server, as data, and the reply that each fault makes of a good one. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal

from samples.site import Reply

FaultKind = Literal[
    "stale", "cookie_gate", "captcha", "cloudflare", "status", "throttled", "redirected_away", "moved",
    "redirect_loop", "empty", "cut", "too_large", "timeout", "reset", "needs_javascript", "parking", "soft_404",
    "front_page", "closed",
]  # fmt: skip
"""stale: 304 to every conditional request, whatever has changed · cookie_gate: a tiny page that sets a cookie and
reloads, until the cookie comes · captcha, cloudflare: a challenge in two forms · status: an error page of that
status · throttled: 429 or 503 with `retry_after` · redirected_away: to the front page · moved: to the same path of
`host_to` · redirect_loop: to itself · empty: status 200 without a body · cut: the body ends half way · too_large:
`size` bytes · timeout: held for `held` seconds · reset: the connection breaks before the first byte ·
needs_javascript: a page whose list a script would fill · parking: one page of a domain dealer for all paths ·
soft_404: the paper's own error page with status 200 · front_page: the front page's body in its place (what some
servers give for robots.txt) · closed: a robots.txt that forbids everything."""

ALL_BUT_ROBOTS = r"(?!/robots\.txt).*"
ROBOTS = r"/robots\.txt"
COOKIE = "Qua=cua-truoc-nha"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one host, in force from `since` until before `until` (seconds after the newsroom's start).

    `paths` is a regular expression for the whole of a path with its query. `retry_after` is sent as it stands;
    a number with a plus (`+3600`) is sent as the HTTP date so many seconds from now.
    """

    kind: FaultKind
    host: str
    paths: str = ALL_BUT_ROBOTS
    since: float = -math.inf
    until: float = math.inf
    status: int = 500
    retry_after: str | None = None
    host_to: str = "bao-moi.example.org"
    held: float = 20.0
    size: int = 0

    def holds(self, host: str, target: str, seconds: float) -> bool:
        """Whether it strikes this request at this moment."""
        in_time = self.since <= seconds < self.until
        return in_time and host == self.host and re.fullmatch(self.paths, target) is not None


Ask = Callable[[str], Reply]
"""A path of the same host in, its good reply out."""


def fault_at(faults: Iterable[Fault], host: str, target: str, seconds: float) -> Fault | None:
    """The first fault that strikes this request, or None."""
    return next((fault for fault in faults if fault.holds(host, target, seconds)), None)


def struck(fault: Fault, target: str, ask: Ask, now: datetime, cookie: str) -> Reply:
    """The reply to a request that a fault strikes."""
    if fault.kind == "cookie_gate" and COOKIE in cookie:
        return ask(target)
    if fault.kind in _PAGES:
        return Reply(200, HTML, _PAGES[fault.kind].encode())
    match fault.kind:
        case "stale":
            good = ask(target)
            return replace(good, etag=STALE, modified=_LONG_AGO) if good.status == 200 else good
        case "cloudflare":
            return Reply(403, HTML, _CLOUDFLARE.encode(), more=(("cf-mitigated", "challenge"),))
        case "status" | "throttled":
            page = f"<html><body><h1>{fault.status}</h1></body></html>"
            return Reply(fault.status, HTML, page.encode(), more=_retry_after(fault, now))
        case "redirected_away":
            return _redirect("/")
        case "moved":
            return _redirect(f"https://{fault.host_to}{target}", 301)
        case "redirect_loop":
            return _redirect(target)
        case "cut" | "reset":
            return replace(ask(target), ending=fault.kind)
        case "timeout":
            return replace(ask(target), held=fault.held)
        case "too_large":
            return Reply(200, HTML, b"<html><body>" + b"<p>x</p>" * (fault.size // 8 + 1) + b"</body></html>")
        case "soft_404":
            return replace(ask("/khong-co-trang-nay-bao-gio"), status=200)
        case "front_page":
            return ask("/")
        case _:
            return Reply(200, "text/plain; charset=utf-8", b"User-agent: *\nDisallow: /\n")


STALE = '"stale"'
"""The ETag that a lying server sends and confirms for ever."""
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _redirect(to: str, status: int = 302) -> Reply:
    return Reply(status, HTML, b"<html><body>moved</body></html>", more=(("Location", to),))


def _retry_after(fault: Fault, now: datetime) -> tuple[tuple[str, str], ...]:
    wish = fault.retry_after
    if wish is None:
        return ()
    if wish.startswith("+"):
        moment = (now + timedelta(seconds=int(wish))).astimezone(UTC)
        wish = format_datetime(moment.replace(microsecond=0), usegmt=True)
    return (("Retry-After", wish),)


_GATE = f"""<html><head><script>document.cookie="{COOKIE}; path=/; max-age=3600";
window.location.reload(true);</script></head><body></body></html>"""
_CAPTCHA = """<html><head><title>Xác nhận bạn không phải là robot</title></head><body><form action="/xac-nhan">
<div class="g-recaptcha" data-sitekey="6LcMau"></div><button>Tiếp tục</button></form></body></html>"""
_CLOUDFLARE = """<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>
<script>window._cf_chl_opt={cvId:"3"};</script>
<noscript>Enable JavaScript and cookies to continue</noscript></body></html>"""
_SCRIPTED = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Trang báo</title></head>
<body><div id="app"></div><script src="/static/app.3f2a.js"></script></body></html>"""
_PARKING = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Tên miền này đang được rao bán</title></head>
<body><h1>Tên miền này đang được rao bán</h1><p>Tên miền bạn đang truy cập đã hết hạn và đang được rao bán lại trên
sàn giao dịch. Hãy liên hệ với nhà đăng ký để nhận báo giá trong vòng 24 giờ.</p>
<p>Hơn 2.000 tên miền đẹp khác đang chờ chủ nhân mới: đặt cọc hôm nay để giữ chỗ với mức phí ưu đãi.</p>
<ul><li><a href="/mua-ten-mien">Mua tên miền</a></li><li><a href="/dau-gia">Đấu giá</a></li></ul></body></html>"""
_PAGES: dict[FaultKind, str] = {
    "cookie_gate": _GATE,
    "captcha": _CAPTCHA,
    "empty": "",
    "needs_javascript": _SCRIPTED,
    "parking": _PARKING,
}
