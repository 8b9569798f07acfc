import re

from corpus.ids import Era, article_id, match_era, on_other_hosts, url_id

ERAS = (
    Era("b", re.compile(r"^/[\w/-]+-(?P<id>\d+)\.html$")),
    Era("a", re.compile(r"^/viewer\.aspx\?(?:.*&)?ma=(?P<id>\d+)")),
    Era("c", re.compile(r"^/tin-bai/[^/]+/[^/]+/?$")),
)


def test_the_number_of_the_first_era_that_fits():
    assert article_id("baomau", ERAS, "https://baomau.vn/xa-hoi/dat-41526.html") == "baomau:b:41526"
    assert article_id("baomau", ERAS, "https://baomau.vn/viewer.aspx?macm=3&ma=41526") == "baomau:a:41526"


def test_the_url_where_there_is_no_number():
    url = "https://baomau.vn/tin-bai/xa-hoi/dat"
    found = match_era(ERAS, url)
    assert found is not None
    assert (found[0].code, found[1]) == ("c", None)
    assert article_id("baomau", ERAS, url) == url_id("baomau", url)
    assert re.fullmatch(r"baomau:u:[0-9a-f]{16}", url_id("baomau", url))


def test_no_outlet():
    url = "https://baomau.vn/xa-hoi/dat-41526.html"
    assert match_era(ERAS, "https://baomau.vn/") is None
    assert article_id(None, ERAS, url) == url_id(None, url) == "x:u:" + url_id("baomau", url)[-16:]


def test_the_same_path_on_an_outlets_other_hosts():
    hosts = ("www.baomau.vn", "BaoMoi.vn", "baomoi.vn", "en.baomau.vn")
    assert on_other_hosts("https://baomau.vn/tin?ma=1", hosts) == (
        "https://baomoi.vn/tin?ma=1",
        "https://en.baomau.vn/tin?ma=1",
    )
    assert on_other_hosts("https://baomau.vn/", ["www.baomau.vn"]) == ()
