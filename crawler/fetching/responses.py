"""What a response is, before anything else looks at it. Pure: status, headers and body in, one word out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from corpus.urls import path_and_query, resolve

ResponseClass = Literal[
    "ok", "not_modified", "cookie_gate", "challenge", "refused", "throttled", "not_found", "redirected_away",
    "moved", "error", "too_large", "tls", "dns", "timeout", "reset",
]  # fmt: skip
"""ok: a page to read on · not_modified: 304 · cookie_gate: a tiny page that sets a cookie by script and reloads ·
challenge: captcha or "checking your browser" · refused: 401, 403, 451, or led to a login · throttled: 429, 503 ·
not_found: 404, 410 · moved: to a host that is none of the outlet's · redirected_away: to what may not be asked, in a
circle, to the front page, or by a page of hardly any text that loads another · error: any other status, no body, or a
page that only loads itself again · too_large: over the body limit. Without a response: tls · dns · timeout · reset
(refused, cut off, broken)."""

HOST_TROUBLE = frozenset(
    {"cookie_gate", "challenge", "refused", "throttled", "error", "tls", "dns", "timeout", "reset"}
)
"""Classes that speak of the server rather than of one page: several in a row end a run."""

_GATE_SIZE = 6000
"""Bytes: no page of text that a cookie gate could be mistaken for is so small."""

_SETS_COOKIE = re.compile(rb"document\s*\.\s*cookie\s*=")
_RELOADS = re.compile(
    rb"location\s*\.\s*(?:reload|replace|assign)|location(?:\s*\.\s*href)?\s*=[^=]|http-equiv\s*=\s*[\"']?refresh", re.I
)
_PARAGRAPH = re.compile(rb"<p[\s>]", re.I)

_CHALLENGE = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|<title>\s*(?:Just a moment|Attention Required|Checking your browser"
    rb"|DDoS-Guard|Verifying you are human)",
    re.I,
)
"""Marks of the page that stands before a site. Cloudflare's other scripts stand in ordinary pages too."""
_CAPTCHA = re.compile(rb"class=[\"'](?:g-recaptcha|h-captcha|cf-turnstile)", re.I)
_CAPTCHA_SIZE = 10_000
"""Bytes: a captcha counts only where there is next to nothing else; comment forms of articles have one as well."""

_META = re.compile(rb"<meta\b[^>]{0,500}>", re.I)
_REFRESH = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh", re.I)
_REFRESH_URL = re.compile(rb"content\s*=\s*[\"']?[^\"'>]*?\burl\s*=\s*[\"']?\s*([^\"'>\s]+)", re.I)
_NO_TEXT = re.compile(rb"<!--.*?-->|<(script|style|head|noscript)\b.*?</\1\s*>|<[^>]*>|\s+|&nbsp;", re.I | re.S)
_LITTLE_TEXT = 200
"""Bytes of text: "you are being redirected, click here if nothing happens", not an article."""
_LOGIN = re.compile(r"(?:^|/)(?:log-?in|sign-?in|dang-?nhap|wp-login|sso)(?:\.\w{1,5})?(?:/|$)", re.I)


def classify(status: int, headers: Mapping[str, str], body: bytes, url: str, final_url: str) -> ResponseClass:
    """Say what a response is.

    Args:
        status: HTTP status.
        headers: names in lower case.
        body: decoded body.
        url, final_url: what was asked for, and where the body came from after redirects.
    """
    if status == 304:
        return "not_modified"
    if headers.get("cf-mitigated", "").lower() == "challenge" or (status != 404 and _is_challenge(body)):
        return "challenge"
    if 300 <= status < 400 or _ends_at_front_page(url, final_url):
        return "redirected_away"
    if status in (404, 410):
        return "not_found"
    if status in (401, 403, 451) or _ends_at_login(url, final_url):
        return "refused"
    if status in (429, 503):
        return "throttled"
    if status not in (200, 203):
        return "error"
    if not body.strip():
        return "error"  # no server means an empty page; as an answer it would settle a link for good
    if _is_cookie_gate(body):
        return "cookie_gate"
    target = refresh_target(body, final_url)
    if target is not None:
        # One that loads itself again is a waiting room: the page comes later.
        return "error" if target == resolve(final_url, final_url) else "redirected_away"
    return "ok"


def refresh_target(body: bytes, base: str) -> str | None:
    """The http(s) address that a page of hardly any text loads in its own place (`<meta http-equiv=refresh>`), or
    None. A page that has something to read and reloads now and then is an ordinary page."""
    if len(body) > _GATE_SIZE:
        return None
    for meta in _META.findall(body):
        found = _REFRESH_URL.search(meta) if _REFRESH.search(meta) else None
        if found:
            text = _NO_TEXT.sub(b"", body)
            target = found[1].decode("utf-8", "replace").replace("&amp;", "&")
            return resolve(base, target) if len(text) <= _LITTLE_TEXT else None
    return None


def _ends_at_login(url: str, final_url: str) -> bool:
    """Whether a page was asked for and led to a place to log in."""
    there, wanted = (path_and_query(each).partition("?")[0] for each in (final_url, url))
    return bool(_LOGIN.search(there)) and not _LOGIN.search(wanted)


def _ends_at_front_page(url: str, final_url: str) -> bool:
    """Whether a page was asked for and the front page came: how many papers say that an article is gone."""
    return path_and_query(final_url) in ("", "/") and path_and_query(url) not in ("", "/")


def _is_cookie_gate(body: bytes) -> bool:
    if len(body) > _GATE_SIZE or not _SETS_COOKIE.search(body) or not _RELOADS.search(body):
        return False
    return not _PARAGRAPH.search(body)


def _is_challenge(body: bytes) -> bool:
    return bool(_CHALLENGE.search(body[:20_000])) or (len(body) <= _CAPTCHA_SIZE and bool(_CAPTCHA.search(body)))
