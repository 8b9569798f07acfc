import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.urls import BadUrl, canonical_url, has_session, host_of, path_and_query, resolve
from tests.shared import SHARED, needs_shared

PIECES = st.sampled_from(
    [
        "http://",
        "https://",
        "www.",
        "bao-mau.vn",
        "báo.vn",
        "//",
        "/",
        "..",
        "/./",
        "?id=1",
        "&utm_source=x",
        "#a",
        "%2e",
        "%zz",
        ":80",
        ":443",
        "@",
        "\\",
        "[::1]",
        "127.1",
        "é",
        " ",
        "\t",
        "\u200b",
        "a" * 70,
        ";jsessionid=1",
        ";sid=",
        "/(S(abcdefgh))",
        "&s=0123456789abcdef",
        ".",
    ]
)
URLISH = st.one_of(
    st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(lambda parts: "http://" + "".join(parts))
)


@given(URLISH, st.sampled_from([(), ("id",), ("*",)]))
def test_canonical_is_a_fixed_point_and_raises_bad_url_only(text, keep):
    try:
        once = canonical_url(text, keep_query=keep)
    except BadUrl:
        return
    assert once.startswith("https://")
    assert once.isascii()
    assert canonical_url(once, keep_query=keep) == once


@given(URLISH, URLISH)
def test_nothing_else_raises(base, href):
    host_of(base)
    path_and_query(base)
    resolved = resolve(base, href)
    if resolved is not None:
        assert host_of(resolved)
        assert resolve(base, resolved) == resolved
        canonical_url(resolved)


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize("name", ["miniflux_urls", "ssrf_literals", "urls", "urltestdata"])
def test_published_suites_raise_bad_url_only(name):
    def strings(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from strings(inner)

    count = 0
    for text in strings(json.loads((SHARED / "trust/urls" / f"{name}.json").read_bytes())):
        count += 1
        host_of(text)
        path_and_query(text)
        resolve("https://baomau.vn/a/b", text)
        resolve(text, "c")
        for keep in ((), ("*",)):
            try:
                once = canonical_url(text, keep_query=keep)
            except BadUrl:
                continue
            assert canonical_url(once, keep_query=keep) == once
    assert count > 20


@pytest.mark.parametrize(
    "url",
    [
        "http://baomau.vn/xa-hoi/Bai-12.html",
        "https://www.baomau.vn/xa-hoi/Bai-12.html",
        "HTTPS://BAOMAU.VN:443/xa-hoi/Bai-12.html#top",
        "http://baomau.vn:80/xa-hoi/Bai-12.html?utm_source=zalo&fbclid=1",
        " https://baomau.vn/xa-hoi/../xa-hoi/./Bai-12.html?page=2\n",
        "https://baomau.vn./xa-hoi/%42ai-12.html",
        "https://baomau.vn/xa-hoi/Bai-12.html;jsessionid=0A1B2C3D.nut1",
        "https://baomau.vn/xa-hoi;SID=9f8e7d/Bai-12.html?PHPSESSID=q1w2e3",
        "https://baomau.vn/(S(lit3py55t21z5v55vlm25s55))/xa-hoi/Bai-12.html",
        "https://baomau.vn/xa-hoi/.;jsessionid=1/Bai-12.html",
    ],
)
def test_one_article_has_one_form(url):
    assert canonical_url(url) == "https://baomau.vn/xa-hoi/Bai-12.html"


@pytest.mark.parametrize(
    ("url", "keep", "form"),
    [
        ("https://a.vn", (), "https://a.vn/"),
        ("https://a.vn:8443/x", (), "https://a.vn:8443/x"),
        ("https://www.www.a.vn/", (), "https://a.vn/"),
        ("https://www.vn/", (), "https://www.vn/"),
        ("https://Báo.vn/tin mới", (), "https://xn--bo-mia.vn/tin%20m%E1%BB%9Bi"),
        ("https://a.vn/x?b=2&a=1&c", ("*",), "https://a.vn/x?a=1&b=2&c"),
        ("https://a.vn/x?b=2&A=1&gclid=3", ("b", "a"), "https://a.vn/x?b=2&A=1"),
        ("https://a.vn/x?ma=5&mau=7", ("ma",), "https://a.vn/x?ma=5"),
        ("https://a.vn/x?utm_source=5", ("*",), "https://a.vn/x"),
        ("https://a.vn/x/", (), "https://a.vn/x/"),
        ("https://a.vn/x?id=5&PHPSESSID=ab12", ("*",), "https://a.vn/x?id=5"),
        ("https://a.vn/x?id=5&s=0123456789abcdef0123", ("*",), "https://a.vn/x?id=5"),
        ("https://a.vn/x?sid=0123456789abcdef0123", ("sid",), "https://a.vn/x?sid=0123456789abcdef0123"),
        ("https://a.vn/x?sid=5", ("*",), "https://a.vn/x?sid=5"),
        ("https://a.vn/x?jsessionid=1&id=2", ("id", "jsessionid"), "https://a.vn/x?id=2"),
        ("https://a.vn/tin;ban-2/(a)", (), "https://a.vn/tin;ban-2/(a)"),
        ("https://a.vn/a%2fb%7e%zz", (), "https://a.vn/a%2Fb~%25zz"),
        ("http://0x7f.1/", (), "https://127.0.0.1/"),
        ("http://2130706433/", (), "https://127.0.0.1/"),
        ("http://[::FFFF:127.0.0.1]/", (), "https://[::ffff:7f00:1]/"),
    ],
)
def test_forms(url, keep, form):
    assert canonical_url(url, keep_query=keep) == form


@pytest.mark.parametrize(
    "url",
    [
        "",
        "baomau.vn/x",
        "//baomau.vn/x",
        "ftp://a.vn/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://a@b.vn/",
        "http://a.vn\\@b.vn/",
        "http://a.vn:0/",
        "http://a.vn:99999/",
        "http://a.vn:x/",
        "http://a..vn/",
        "http://[::1/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://a.vn/\x00b",
        "http://\ud800.vn/",
        "http://a.vn/\ud800",
        "http://a%2eb.vn/",
        "http://" + "a" * 300 + ".vn/",
        "http://a.vn/" + "x" * 5000,
    ],
)
def test_refused(url):
    with pytest.raises(BadUrl):
        canonical_url(url)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("c.html", "http://www.A.vn/x/c.html"),
        ("/c.html?a=1#x", "http://www.A.vn/c.html?a=1"),
        ("../../c", "http://www.A.vn/c"),
        ("?page=2", "http://www.A.vn/x/y?page=2"),
        ("//b.vn/c", "http://b.vn/c"),
        ("https://b.vn:443/c", "https://b.vn/c"),
        ("\n  tin\n-moi ", "http://www.A.vn/x/tin-moi"),
        ("", "http://www.A.vn/x/y?z=1"),
        ("mailto:a@b.vn", None),
        ("javascript:void(0)", None),
        ("data:text/html,x", None),
        ("tel:0204", None),
        ("http://u:p@b.vn/", None),
        ("/\\b.vn", None),
    ],
)
def test_links_against_their_page(href, url):
    assert resolve("http://www.A.vn/x/y?z=1", href) == (url and url.replace("A.vn", "a.vn"))


def test_parts():
    assert host_of("https://WWW.Baomau.VN:8080/x") == "www.baomau.vn"
    assert host_of("http://[::1]:80/") == "::1"
    assert host_of("mailto:a@b.vn") == ""
    assert path_and_query("https://a.vn/x/y.aspx?ma=1#z") == "/x/y.aspx?ma=1"
    assert path_and_query("https://a.vn") == "/"


@pytest.mark.parametrize(
    ("url", "has"),
    [
        ("https://a.vn/x;jsessionid=1?page=2", True),
        ("https://a.vn/x?page=2&PHPSESSID=1", True),
        ("https://a.vn/x?s=0123456789abcdef", True),
        ("/(S(lit3py55t21z5v55vlm25s55))/x.aspx", True),
        ("https://a.vn/x?sid=5&page=2", False),
        ("https://a.vn/;x=1", False),
        ("", False),
    ],
)
def test_sessions_are_seen(url, has):
    assert has_session(url) is has
