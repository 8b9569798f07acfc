"""Feeds of every shape: bytes in, links out, no exception."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clock import HANOI
from crawler.discovery import SourceRead, read_source
from crawler.discovery.feed_values import feed_time, plain_title
from crawler.outlet import Host, Outlet, Source

FEED = Source("feed", "https://thu.example/rss/tin.rss", "assumed")
OUTLET = Outlet(
    slug="thu",
    name="Báo Thử",
    status="active",
    province=None,
    hosts=(Host("thu.example"),),
    home="https://thu.example/",
    not_articles=(r"^/tv/",),
    sources=(FEED,),
)
NOW = datetime(2026, 3, 7, 9, 0, tzinfo=HANOI)


def read(body: str | bytes, content_type: str | None = None, now: datetime | None = NOW) -> SourceRead:
    data = body.encode() if isinstance(body, str) else body
    return read_source(OUTLET, FEED, data, base_url=FEED.url, content_type=content_type, now=now)


def rss(*items: str) -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Thử</title>{inner}</channel></rss>'
    )


def item(path: str = "/a-1.html", title: str = "Mưa lớn", date: str = "Sat, 07 Mar 2026 08:10:00 +0700") -> str:
    return f"<title>{title}</title><link>https://thu.example{path}</link><pubDate>{date}</pubDate>"


def paths(result: SourceRead) -> list[str]:
    return [link.canonical_url.removeprefix("https://thu.example") for link in result.links]


def test_rss_gives_links_titles_and_times():
    result = read(rss(item("/a-1.html?utm_source=rss#x", "Lũ lên &amp;amp; xuống"), item("/b-2.html", date="")))
    assert (result.complete, result.problem) == (True, None)
    first, second = result.links
    assert first.url == "https://thu.example/a-1.html?utm_source=rss"
    assert first.canonical_url == "https://thu.example/a-1.html"
    assert first.title == "Lũ lên & xuống"
    assert first.published == datetime(2026, 3, 7, 8, 10, tzinfo=HANOI)
    assert first.modified is None
    assert second.published is None


def test_rdf_atom_and_rss_091():
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"/><item rdf:about="https://thu.example/r-1.html">'
        "<title>Tin</title><link>https://thu.example/r-1.html</link><dc:date>2026-03-07T01:02:03Z</dc:date></item></rdf:RDF>"
    )
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">&lt;b&gt;Tin&lt;/b&gt; mới</title>'
        '<link rel="alternate" href="https://thu.example/s-1.html"/><published>2026-03-07T08:00:00+07:00</published>'
        "<updated>2026-03-07T08:30:00+07:00</updated></entry></feed>"
    )
    old = '<!DOCTYPE rss SYSTEM "rss-0.91.dtd"><rss version="0.91"><channel><item>' + item() + "</item></channel></rss>"
    (link,) = read(rdf).links
    assert link.published == datetime(2026, 3, 7, 8, 2, 3, tzinfo=HANOI)
    (link,) = read(atom).links
    assert (link.title, link.modified) == ("Tin mới", datetime(2026, 3, 7, 8, 30, tzinfo=HANOI))
    assert paths(read(old)) == ["/a-1.html"]


def test_order_is_kept_and_each_link_comes_once():
    result = read(rss(item("/c-3.html"), item("/a-1.html"), item("/c-3.html?utm_medium=x", "khác"), item("/b-2.html")))
    assert paths(result) == ["/c-3.html", "/a-1.html", "/b-2.html"]
    assert result.links[0].title == "Mưa lớn"
    assert read(rss(item("/c-3.html"))) == read(rss(item("/c-3.html")))


def test_relative_links_hang_on_xml_base_and_on_the_feeds_own_address():
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://thu.example/tin/"><entry><link href="a-1.html"/>'
    )
    assert paths(read(atom + "</entry></feed>")) == ["/tin/a-1.html"]
    assert paths(read(rss("<title>a</title><link>b-2.html</link>"))) == ["/rss/b-2.html"]


def test_a_guid_serves_where_there_is_no_link():
    assert paths(read(rss("<title>a</title><guid>https://thu.example/g-1.html</guid>"))) == ["/g-1.html"]


def test_a_guid_is_a_link_only_if_it_says_so():
    assert paths(read(rss('<guid isPermaLink="true">https://thu.example/g-1.html</guid>'))) == ["/g-1.html"]
    for guid in (
        '<guid isPermaLink="false">https://thu.example/g-1.html</guid>',
        '<guid isPermaLink="false">g-1</guid>',
    ):
        assert paths(read(rss(f"<title>a</title>{guid}"))) == []


def test_the_articles_own_address_is_found_behind_a_redirector():
    away = "<link>https://khac.example/r/1</link>"
    burner = "<feedburner:origLink>https://thu.example/b-1.html</feedburner:origLink>"
    guid = '<guid isPermaLink="false">https://thu.example/g-1.html</guid>'
    alternate = '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="alternate" type="x/y" href="/d-1.html"/>'
    own = '<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="self" href="https://thu.example/s-1.html"/>'
    space = 'rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    assert paths(read(rss(away + burner).replace("rss", space, 1))) == ["/b-1.html"]
    assert paths(read(rss(away + guid))) == ["/g-1.html"]
    assert paths(read(rss(away + alternate))) == ["/d-1.html"]
    assert paths(read(rss("<title>a</title>" + own))) == ["/s-1.html"]
    assert paths(read(rss(item("/tv/a-1.html") + guid))) == []
    assert paths(read(rss(away))) == []


def test_paths_and_ids_are_kept_as_written():
    body = rss(item("/Chinh-Tri/Bai-aB3.html"), item("/viewer.aspx?macm=3&amp;mabb=12"))
    assert paths(read(body)) == ["/Chinh-Tri/Bai-aB3.html", "/viewer.aspx"]
    outlet = replace(OUTLET, keep_query=("mabb",))
    result = read_source(outlet, FEED, body.encode(), base_url=FEED.url, content_type=None)
    assert paths(result)[1] == "/viewer.aspx?mabb=12"


def test_the_oldest_forms():
    old = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
    assert paths(read(old + f"<channel/><item>{item()}</item></rdf:RDF>")) == ["/a-1.html"]
    atom = (
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>Tin</title><link rel="alternate" '
        'type="text/html" href="/a-1.html"/><issued>2026-03-07T08:10:00</issued></entry></feed>'
    )
    (link,) = read(atom).links
    assert link.published == datetime(2026, 3, 7, 8, 10, tzinfo=HANOI)


def test_a_feed_of_a_megabyte_is_quick():
    long = "<description><![CDATA[" + "<p>nội dung</p>" * 20 + "]]></description>"
    body = rss(*[item(f"/a-{n}.html") + long for n in range(2200)])
    started = time.monotonic()
    assert len(body.encode()) > 1_000_000
    assert len(read(body).links) == 2200
    assert time.monotonic() - started < 5


def test_foreign_listed_and_refused_links_are_left_out():
    other = "<link>https://khac.example/a-1.html</link>"
    bad = ("<link>javascript:alert(1)</link>", "<link>https://u:p@thu.example/a-1.html</link>", "<title>không</title>")
    result = read(rss(other, *bad, item("/tv/a-1.html"), item("/"), item("/that-1.html")))
    assert paths(result) == ["/that-1.html"]


def test_a_feed_that_breaks_off_gives_its_whole_items():
    whole = rss(item("/a-1.html"), item("/b-2.html"), item("/c-3.html"))
    cut = whole[: whole.index("/c-3") + 3]
    result = read(cut)
    assert (paths(result), result.complete, result.problem) == (["/a-1.html", "/b-2.html"], False, "truncated")
    result = read(whole[: whole.index("/a-1") + 3])
    assert (result.links, result.complete, result.problem) == ((), False, "truncated")
    assert read(whole.encode()[: whole.encode().index("ư".encode()) + 1]).problem == "truncated"


@pytest.mark.parametrize("part", range(0, 400, 13))
def test_a_feed_cut_anywhere_never_gives_half_a_link(part):
    result = read(rss(item("/mot-hai-ba-bon-12345678.html"), item("/nam-sau-bay-tam-12345678.html")).encode()[:part])
    whole = ["/mot-hai-ba-bon-12345678.html", "/nam-sau-bay-tam-12345678.html"]
    assert paths(result) == whole[: len(paths(result))]
    assert result.complete is (part >= 400)


def test_a_feed_with_slips_is_still_whole():
    result = read(rss(item("/a-1.html", "Đất & người <b> chưa đóng"), item("/b-2.html")))
    assert (paths(result), result.complete) == (["/a-1.html", "/b-2.html"], True)


def test_something_else_at_the_feeds_address():
    page = "<!DOCTYPE html><html><head><title>404</title></head><body><a href='/a-1.html'>x</a></body></html>"
    for body in (page, "", "   ", "User-agent: *", "{}", "\0\0\0", "/etc/passwd", "https://thu.example/rss"):
        assert read(body) == SourceRead((), False, "not_a_feed")
    assert read(rss()) == SourceRead((), True, "empty_listing")


def test_a_body_that_is_a_path_opens_no_file(tmp_path):
    file = tmp_path / "feed.rss"
    file.write_text(rss(item()))
    assert read(str(file)).links == ()
    assert read(file.as_uri()).links == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content_type", [None, "text/xml", "text/html; charset=iso-8859-1", "x; charset=punycode"])
def test_encodings_and_lying_headers(encoding, content_type):
    body = rss(item(title="Đường phố ngập")).replace("UTF-8", encoding.removesuffix("-sig"))
    assert read(body.encode(encoding), content_type).links[0].title == "Đường phố ngập"


def test_a_declared_one_byte_encoding_is_read():
    body = f'<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0"><item>{item(title="Café")}</item></rss>'
    assert read(body.encode("iso-8859-1")).links[0].title == "Café"


def test_times_after_now_are_not_believed():
    assert read(rss(item(date="Sat, 07 Mar 2026 09:30:00 +0700"))).links[0].published is not None
    assert read(rss(item(date="Sat, 07 Mar 2026 15:10:00 +0700"))).links[0].published is None
    assert read(rss(item(date="Sat, 07 Mar 2026 15:10:00 +0700")), now=None).links[0].published is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 30 Aug 2017 20:03:00 +0700", "2017-08-30T20:03:00+07:00"),
        ("Wed, 30 Aug 2017 13:03:00 GMT", "2017-08-30T20:03:00+07:00"),
        ("Wed, 30 Aug 2017 20:03:00 GMT+7", "2017-08-30T20:03:00+07:00"),
        ("30 Aug 17 20:03", "2017-08-30T20:03:00+07:00"),
        ("2026-03-07T08:52:11.000 +07:00", "2026-03-07T08:52:11+07:00"),
        ("2026-03-07T08:52:11+0700", "2026-03-07T08:52:11+07:00"),
        ("2026-03-07 08:52", "2026-03-07T08:52:00+07:00"),
        ("07/03/2026 08:52", "2026-03-07T08:52:00+07:00"),
        ("07-03-2026, 08:52 GMT+07:00", "2026-03-07T08:52:00+07:00"),
        ("07/03/2026 - 08:52", "2026-03-07T08:52:00+07:00"),
        ("8/30/2017 3:05:00 PM", "2017-08-30T15:05:00+07:00"),
        ("8/30/2017 12:05:00 AM", "2017-08-30T00:05:00+07:00"),
        ("7/7/2017 3:05 PM", "2017-07-07T15:05:00+07:00"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T06:59:59+07:00"),
        ("3/8/2017 3:05:00 PM", None),
        ("2026-03-07", None),
        ("Wed, 30 Feb 2017 20:03:00 +0700", None),
        ("30/08/2017 25:03", None),
        ("Wed, 30 Aug 2017 20:03:00 XYZ", None),
        ("Wed, 30 Aug 2017 20:03:00 -1300", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("hôm nay", None),
        (None, None),
    ],
)
def test_times_of_feeds(text, expected):
    moment = feed_time(text)
    assert (moment.isoformat() if moment else None) == expected


@given(st.integers(670_000_000, 4_100_000_000), st.integers(-12, 14))
def test_every_rfc_822_time_is_read_back(seconds, hours):
    expected = datetime.fromtimestamp(seconds, HANOI)
    text = expected.astimezone(timezone(timedelta(hours=hours))).strftime("%a, %d %b %Y %H:%M:%S %z")
    assert feed_time(text) == expected


@pytest.mark.parametrize(
    ("value", "title"),
    [
        ("Giá vàng &amp;apos;nhảy múa&amp;apos;", "Giá vàng 'nhảy múa'"),
        ("  Mưa\n\t lớn\u00a0ở  Huế ", "Mưa lớn ở Huế"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Tin", "alert(1) Tin"),
        ("5 < 6 và 7 > 2", "5 < 6 và 7 > 2"),
        ("<![if !IE]>Tin", "Tin"),
        ("   ", None),
        (None, None),
    ],
)
def test_titles_are_plain_text(value, title):
    assert plain_title(value) == title


def test_titles_in_cdata_and_long_ones():
    assert read(rss(item(title="<![CDATA[Ông &amp;apos;A&amp;apos;]]>"))).links[0].title == "Ông 'A'"
    assert len(read(rss(item(title="dài " * 9000))).links[0].title or "") <= 500


BOMB = "<!DOCTYPE a [" + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9)) + "]>"
HOSTILE = {
    "entities": BOMB + rss(item(title="&l8;" * 1000)),
    "long entity": f'<!DOCTYPE a [<!ENTITY a "{"x" * 100_000}">]>' + rss(item(title="&a;" * 50_000)),
    "external entity": '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + rss(item(title="&a;")),
    "deep": '<rss version="2.0"><channel>' + "<a>" * 300_000,
    "deep again and again": '<rss version="2.0">' + ("<a>" * 900 + "</a>" * 900) * 300 + "</rss>",
    "attributes": '<rss version="2.0"><a ' + " ".join(f'a{n}="1"' for n in range(100_000)) + "></a></rss>",
    "blanks": '<?xml version="1.0"?>' + "\n" * 2_000_000 + rss(item())[38:],
    "open tags": '<rss version="2.0">' + "<" * 2_000_000 + "</rss>",
    "items": rss(*[item(f"/{n}.html") for n in range(12_000)]),
    "size": rss(item(title="x" * 9_000_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_feeds_end_in_time(name):
    started = time.monotonic()
    result = read(HOSTILE[name])
    assert time.monotonic() - started < 8
    assert len(result.links) <= 5_000
    assert all("root:" not in (link.title or "") for link in result.links)


def test_what_is_not_read_says_why():
    assert read(HOSTILE["size"]).problem == "too_large"
    assert read(HOSTILE["deep"]).problem == "too_complex"
    assert read(HOSTILE["items"]).problem == "truncated"
    assert paths(read(HOSTILE["blanks"])) == ["/a-1.html"]


PIECES = st.sampled_from(
    (
        b"<rss> <channel> <item> </item> <link> https://thu.example/a-1.html </link> <title> <![CDATA[ ]]> "
        b'&amp; &#0; &#xD800; <feed> <entry> <link\thref=" "/> \xff\xfe <pubDate> 9999 </rss> \x00 <?xml '
        b"<!-- --> <!DOCTYPE [ xml:base= http://["
    ).split(b" ")
)


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=30).map(b"".join))
def test_no_bytes_raise(body):
    result = read(body)
    assert isinstance(result, SourceRead)
    assert all(link.canonical_url.startswith("https://thu.example/") for link in result.links)


@pytest.mark.parametrize("number", ["&#55296;", "&#xD800;", "&#99999999999;", "&#x110000;", "&#0;"])
def test_a_reference_to_no_character_does_not_cost_the_feed(number: str) -> None:
    item = "<item><title>Tin {0} một</title><link>https://thu.example/{1}</link></item>"
    body = item.format(number, "mot-1.html") + item.format("&#7843;", "hai-2.html")
    found = read(f'<rss version="2.0"><channel>{body}</channel></rss>')
    assert [link.title for link in found.links] == ["Tin một", "Tin ả một"] and found.complete
