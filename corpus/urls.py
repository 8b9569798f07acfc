"""URLs: one canonical form per article address, and links resolved against their page. Pure, by RFC 3986.

The canonical form is an identity, not an address to fetch: fetch the URL as it was met.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

MAX_LENGTH = 4096
"""Longer URLs are refused: no article has one, and hostile pages do."""

_SPLIT = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]*))?")
_STRIPPED = "".join(map(chr, range(0x21)))
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|%|[^%]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PLAIN = re.compile(r"[A-Za-z0-9._~/=&-]*")
_PLAIN_IN_PATH = _UNRESERVED | frozenset("!$&'()*+,;=:@/")
_PLAIN_IN_QUERY = _PLAIN_IN_PATH | frozenset("?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

_TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|zarsrc|mc_cid|mc_eid"
    r"|_ga|_gl|_hsenc|_hsmi|fb_.*|hsa_.*|mtm_.*|pk_.*|piwik_.*|vero_.*|oly_.*|wt_mc|ref_src|spm|cmpid|xtor",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"phpsessid|jsessionid|cfid|cftoken|aspsessionid\w*|asp\.net_sessionid|session_?id|sess_?id|zenid|oscsid",
    re.IGNORECASE,
)
_MAYBE_SESSION = re.compile(r"s(?:id)?=[0-9a-f]{16,}", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(
    r";(?:jsessionid|phpsessid|aspsessionid\w*|session_?id|sid)=[^;/]*"
    r"|/\((?:[A-Z]\([0-9A-Z_-]{8,}\))+\)(?=/|$)",  # ASP.NET without cookies: /(S(lit3py55t21z5v55vlm25s55))/
    re.IGNORECASE,
)


class BadUrl(ValueError):
    """A text that is no http(s) URL of a host, or one that is written to mislead."""


class _Parts(NamedTuple):
    scheme: str
    authority: str | None
    path: str
    query: str | None


def canonical_url(url: str, *, keep_query: Collection[str] = ()) -> str:
    """The one form under which an address is known: https, no `www.`, no fragment, no tracking, no session, no query.

    Args:
        url: an absolute http or https URL, or the text of one.
        keep_query: names of query parameters that carry the article's identity, in the order in which they shall
            stand; `*` keeps all but tracking and sessions.

    Raises:
        BadUrl: another scheme, no host, a user name, a backslash, or not a URL at all. No other error, ever.
    """
    parts = _split(url)
    scheme, host, port = _http_origin(parts)
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    if port == "443" or port == _DEFAULT_PORTS[scheme]:
        port = ""
    wanted = [name.casefold() for name in keep_query]
    query = _kept_query(parts.query, wanted)
    path = _without_dots(_without_session(_escape(parts.path or "/", _PLAIN_IN_PATH)))
    return f"https://{host}{port and ':'}{port}{path}{query and '?'}{query}"


def resolve(base: str, href: str) -> str | None:
    """The absolute http(s) URL of a link on a page, without fragment; None for anything else or broken."""
    try:
        target = _join(_split(base), _split(href))
        scheme, host, port = _http_origin(target)
    except BadUrl:
        return None
    if port == _DEFAULT_PORTS[scheme]:
        port = ""
    path = _without_dots(_escape(target.path or "/", _PLAIN_IN_PATH))
    query = "" if target.query is None else "?" + _escape(target.query, _PLAIN_IN_QUERY)
    return f"{scheme}://{host}{port and ':'}{port}{path}{query}"


def host_of(url: str) -> str:
    """The host in lower case, without port or brackets; an empty text where there is none."""
    try:
        return _http_origin(_split(url))[1].strip("[]")
    except BadUrl:
        return ""


def path_and_query(url: str) -> str:
    """The path and, after `?`, the query of a URL as written: what URL rules are searched in. Never raises."""
    found = _SPLIT.match(url.strip(_STRIPPED))
    path, query = (found.group(3), found.group(4)) if found else ("", None)
    return (path or "/") + ("" if query is None else "?" + query)


def has_session(url: str) -> bool:
    """Whether an address carries a visitor's session, in its path or in its query. Never raises."""
    path, _, query = path_and_query(url).partition("?")
    return _without_session(path) != path or any(
        _SESSION.fullmatch(pair.partition("=")[0]) or _MAYBE_SESSION.fullmatch(pair) for pair in query.split("&")
    )


def _split(url: str) -> _Parts:
    """Scheme, authority, path and query; tabs and line ends inside are dropped, as browsers do."""
    text = re.sub(r"[\t\r\n]", "", url.strip(_STRIPPED))
    if len(text) > MAX_LENGTH:
        raise BadUrl(f"longer than {MAX_LENGTH} characters")
    if "\\" in text:
        raise BadUrl("a backslash, which programs read in different ways")
    if _FORBIDDEN.search(text):
        raise BadUrl("a control character or half of a character")
    found = _SPLIT.match(text)
    assert found is not None  # every part of the expression may be empty
    scheme, authority, path, query = found.groups()
    return _Parts((scheme or "").lower(), authority, path, query)


def _join(base: _Parts, link: _Parts) -> _Parts:
    """A reference against its base, by RFC 3986 section 5.2.2 (dot segments stay for later)."""
    if link.scheme:
        return link
    if link.authority is not None:
        return link._replace(scheme=base.scheme)
    if not link.path:
        return base._replace(query=base.query if link.query is None else link.query)
    path = link.path if link.path.startswith("/") else base.path.rpartition("/")[0] + "/" + link.path
    return _Parts(base.scheme, base.authority, path, link.query)


def _http_origin(parts: _Parts) -> tuple[str, str, str]:
    """Scheme, normal host and port as digits ('' for none)."""
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadUrl(f"scheme is {parts.scheme or 'missing'!r}, not http or https")
    authority = parts.authority or ""
    if "@" in authority:
        raise BadUrl("a user name before the host")
    found = _AUTHORITY.fullmatch(authority)
    if found is None or not found.group(1):
        raise BadUrl("no host, or a broken one")
    port = (found.group(2) or "").lstrip("0")
    if (found.group(2) and not port) or len(port) > 5 or int(port or "0") > 65535:
        raise BadUrl("a port that is 0 or above 65535")
    return parts.scheme, _host(found.group(1)), port


def _host(written: str) -> str:
    """A host in lower case and ASCII; addresses in their usual form, so that none hides in another notation."""
    if written.startswith("["):
        try:
            return f"[{_ipv6_text(IPv6Address(written[1:-1]))}]"
        except AddressValueError as error:
            raise BadUrl("a broken IPv6 address") from error
    if len(written) > 255:
        raise BadUrl("a host longer than 255 characters")
    try:
        host = (written if written.isascii() else written.encode("idna").decode("ascii")).lower()
    except UnicodeError as error:
        raise BadUrl("a host that has no ASCII form") from error
    host = host.removesuffix(".")
    if not _HOST.fullmatch(host) or any(len(label) > 63 for label in host.split(".")):
        raise BadUrl("a character or form that no host has")
    last = host.rpartition(".")[2]
    return _ipv4(host) if last.isdecimal() or re.fullmatch(r"0x[0-9a-f]*", last) else host


def _ipv6_text(address: IPv6Address) -> str:
    """The short form without dots, which Python 3.13 and later write for mapped addresses and earlier ones do not."""
    head, _, tail = address.compressed.rpartition(":")
    if "." not in tail:
        return address.compressed
    return f"{head}:{int(address) >> 16 & 0xFFFF:x}:{int(address) & 0xFFFF:x}"


def _ipv4(host: str) -> str:
    """An IPv4 address written in any of the forms that browsers accept: 127.1, 0x7f.0.0.1, 2130706433."""
    values = []
    for part in host.split("."):
        try:
            values.append(_ipv4_part(part))
        except ValueError as error:
            raise BadUrl("a host that ends in a number and is no address") from error
    *high, low = values
    if len(high) > 3 or any(value > 255 for value in high) or low >= 256 ** (4 - len(high)):
        raise BadUrl("a host that ends in a number and is no address")
    number = low + sum(value << (24 - 8 * index) for index, value in enumerate(high))
    return str(IPv4Address(number))


def _ipv4_part(part: str) -> int:
    """One part of an address: hexadecimal after 0x, octal after 0, else decimal."""
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)
    return int(part, 10)


def _kept_query(query: str | None, wanted: list[str]) -> str:
    """The wanted parameters in a normal form, in the order in which they are wanted, else of their names."""
    if not query or not wanted:
        return ""
    rank = {name: index for index, name in enumerate(wanted)}
    kept = []
    for pair in query.split("&"):
        name = _escape(pair.partition("=")[0], _PLAIN_IN_QUERY)
        named = rank.get(name.casefold())
        place = rank.get("*") if named is None else named
        noise = (
            _TRACKING.fullmatch(name) or _SESSION.fullmatch(name) or (named is None and _MAYBE_SESSION.fullmatch(pair))
        )
        if pair and place is not None and not noise:
            kept.append((place, name, _escape(pair, _PLAIN_IN_QUERY)))
    return "&".join(pair for _, _, pair in sorted(kept, key=lambda item: item[:2]))


def _escape(text: str, plain: frozenset[str]) -> str:
    """Percent-encoding in its normal form: capitals, nothing escaped that need not be, all else escaped."""

    if _PLAIN.fullmatch(text):  # most addresses, and ten times faster
        return text

    def normal(found: re.Match[str]) -> str:
        if code := found.group(1):
            char = chr(int(code, 16))
            return char if char in _UNRESERVED else "%" + code.upper()
        char = found.group()
        return char if char in plain else "".join(f"%{byte:02X}" for byte in char.encode())

    return _ESCAPE.sub(normal, text)


def _without_session(path: str) -> str:
    """A path without the session that some servers write into it for visitors without cookies."""
    return _SESSION_IN_PATH.sub("", path) if ";" in path or "/(" in path else path


def _without_dots(path: str) -> str:
    """The path without `.` and `..` segments; it starts with a slash."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
