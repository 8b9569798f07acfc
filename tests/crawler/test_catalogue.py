"""The catalogue: the built-in files, the strict loader, a user's own files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html

from corpus.errors import UsageError
from corpus.ids import article_id
from corpus.urls import canonical_url, host_of
from crawler.catalogue import load_catalogue, outlet_of_host
from crawler.outlet import Outlet, Source
from tests.shared import SHARED, needs_shared

BUILT_IN = {
    "baoapbac",
    "baobacgiang",
    "baobacninh",
    "baodongthap",
    "baolaocai",
    "baonghean",
    "baoquangninh",
    "daibieunhandan",
}

PLAIN = """
name = "Báo Thử"
status = "active"
province = "Nghệ An"
home = "https://baothu.example/"
hosts = [{ name = "baothu.example" }]
"""


@pytest.fixture(scope="module")
def builtin() -> dict[str, Outlet]:
    return load_catalogue()


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def fault(folder: Path, text: str, name: str = "outlets/baothu.toml") -> UsageError:
    write(folder, name, text)
    with pytest.raises(UsageError) as caught:
        load_catalogue(folder, builtin=False)
    assert caught.value.code == "outlet_file"
    assert Path(name).name in caught.value.message
    return caught.value


def test_built_in_outlets_are_there_in_the_order_of_their_slugs(builtin):
    assert list(builtin) == sorted(builtin)
    assert set(builtin) >= BUILT_IN
    for slug, outlet in builtin.items():
        assert outlet.slug == slug
        assert outlet.has_host(host_of(outlet.home))
    assert all(builtin[slug].eras and builtin[slug].selectors.container for slug in BUILT_IN)


def test_merged_outlets_name_their_successors(builtin):
    merged = {slug: outlet.successor for slug, outlet in builtin.items() if outlet.status == "merged"}
    assert merged["baobacgiang"] == "baobacninh"
    assert merged["baoapbac"] == "baodongthap"
    assert all(builtin[successor or ""].status == "active" for successor in merged.values())


def test_a_central_paper_has_no_province(builtin):
    assert builtin["daibieunhandan"].province is None
    assert builtin["baoapbac"].province == "Tiền Giang"


def test_the_front_page_is_always_a_source(builtin):
    for outlet in builtin.values():
        assert outlet.sources[0] == Source("section", outlet.home, "assumed")


def test_a_front_page_that_the_file_grades_is_not_added_twice(tmp_path):
    source = '{ kind = "section", url = "http://www.baothu.example", grade = "candidate" }'
    outlet = load_catalogue(write(tmp_path, "outlets/baothu.toml", PLAIN + f"sources = [{source}]"), builtin=False)
    assert outlet["baothu"].sources == (Source("section", "http://www.baothu.example", "candidate"),)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://baonghean.vn/tin-thu-nghiem-ve-mua-lu-10264872.html", "baonghean:n:10264872"),
        ("https://baonghean.vn/tin-thu-nghiem-ve-mua-lu-post263070.html", "baonghean:post:263070"),
        ("https://daibieunhandan.vn/ten-bai-thu-nghiem-10404779.html", "daibieunhandan:n:10404779"),
        ("https://daibieunhandan.vn/print/10404779.html", "daibieunhandan:n:10404779"),
        ("https://baolaocai.vn/ten-bai-post404649.html", "baolaocai:post:404649"),
        ("https://baodongthap.vn/ten-bai-a100286.html", "baodongthap:a:100286"),
        ("http://baodongthap.vn/newsdetails/1D3FE18E535/Ten_bai.aspx", "baodongthap:nd:1D3FE18E535"),
        ("https://baoapbac.vn/xa-hoi/202010/ten-bai-1234567/", "baoapbac:ym:1234567"),
        ("https://baoapbac.vn/xa-hoi/202410/ten-bai-e635eaf/", "baoapbac:ym:e635eaf"),
        ("http://www.baobacgiang.com.vn/bg/the-thao/177110/ten-bai.html", "baobacgiang:bg:177110"),
        ("https://baobacninhtv.vn/ten-bai-postid294056.bbg", "baobacninh:bbg:294056"),
    ],
)
def test_ids_of_the_eras(builtin, url, expected):
    outlet = builtin[expected.partition(":")[0]]
    assert article_id(outlet.slug, outlet.eras, canonical_url(url)) == expected


def test_an_address_without_a_number_is_its_own_identity(builtin):
    outlet = builtin["baobacgiang"]
    url = canonical_url("https://baobacgiang.vn/ten-bai-khong-so.bbg")
    assert article_id(outlet.slug, outlet.eras, url).startswith("baobacgiang:u:")


def test_family_gives_rules_and_selectors_where_the_outlet_has_none(tmp_path):
    family = (
        'name = "cms"\nnot_articles = ["/tag/"]\n[[eras]]\ncode = "k"\npattern = "-k(?P<id>[0-9]+)$"\n'
        '[selectors]\ntitle = ["h1.b", "h1.a"]\n'
    )
    write(tmp_path, "families/cms.toml", family)
    own = PLAIN + 'family = "cms"\nnot_articles = ["^/tv/"]\n[selectors]\ntitle = ["h1.a"]\n'
    write(tmp_path, "outlets/baothu.toml", own)
    outlet = load_catalogue(tmp_path, builtin=False)["baothu"]
    assert [era.code for era in outlet.eras] == ["k"]
    assert outlet.not_articles == ("^/tv/", "/tag/")
    assert outlet.selectors.title == ("h1.a", "h1.b")


def test_a_users_file_changes_a_built_in_one_key_by_key(tmp_path, builtin):
    text = 'permission = "Thư ngày 1/1/2026"\ntls = "unverified"\ndatelines = ["(BLC)"]\n'
    outlets = load_catalogue(write(tmp_path, "outlets/baolaocai.toml", text))
    assert set(outlets) >= BUILT_IN
    changed, before = outlets["baolaocai"], builtin["baolaocai"]
    assert (changed.permission, changed.tls, changed.datelines) == ("Thư ngày 1/1/2026", "unverified", ("(BLC)",))
    assert (changed.eras, changed.sources, changed.rules_version) == (before.eras, before.sources, before.rules_version)


def test_a_merged_paper_that_came_back_needs_one_word(tmp_path, builtin):
    slug = next(slug for slug, outlet in builtin.items() if outlet.status == "merged")
    changed = load_catalogue(write(tmp_path, f"outlets/{slug}.toml", 'status = "active"\n'))[slug]
    assert (changed.status, changed.successor) == ("active", None)
    with pytest.raises(UsageError, match="successor"):
        load_catalogue(write(tmp_path, f"outlets/{slug}.toml", 'status = "active"\nsuccessor = "baolaocai"\n'))


def test_a_users_family_changes_the_outlets_that_use_it(tmp_path, builtin):
    text = 'name = "cms"\n[[eras]]\ncode = "z"\npattern = "-z(?P<id>[0-9]+)$"\n'
    changed = load_catalogue(write(tmp_path, "families/zce.toml", text))["baolaocai"]
    assert [era.code for era in changed.eras] == ["z"]
    assert changed.rules_version != builtin["baolaocai"].rules_version


def test_a_missing_user_folder_is_no_error(tmp_path, builtin):
    assert load_catalogue(tmp_path / "none") == builtin


def test_rules_version_changes_with_rules_and_only_with_them(tmp_path):
    def version(extra: str) -> str:
        return load_catalogue(write(tmp_path, "outlets/baothu.toml", PLAIN + extra), builtin=False)[
            "baothu"
        ].rules_version

    assert version("") == version('datelines = ["(BT)"]')
    assert version("") != version('not_articles = ["^/tv/"]')
    assert version("") != version('[[eras]]\ncode = "a"\npattern = "-a[0-9]+"')
    assert version("") != version('[selectors]\ncontainer = ["article"]')


def test_outlet_of_host(builtin):
    for host in ("www.baobacninh.com.vn", "BAOBACNINHTV.VN", "baobacninhtv.vn:443"):
        found = outlet_of_host(builtin, host)
        assert found is not None
        assert found.slug == "baobacninh"
    assert outlet_of_host(builtin, "english.baoquangninh.com.vn") is None
    assert outlet_of_host(builtin, "") is None


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        (PLAIN + "provinces = 1", "provinces: unknown key", "'province'"),
        (PLAIN + "[selectors]\ncontaner = []", "selectors.contaner: unknown key", "'container'"),
        (PLAIN + '[[eras]]\ncode = "a"\npattern = "a"\nuntill = 2020', "eras[0].untill: unknown key", "'until'"),
        (PLAIN + '[[eras]]\ncode = "a"\npattern = "-a("', "eras[0].pattern: not a regular expression", None),
        (PLAIN + '[[eras]]\ncode = "u"\npattern = "a"', "eras[0].code", None),
        (PLAIN + '[[eras]]\ncode = "A1"\npattern = "a"', "eras[0].code", None),
        (PLAIN + '[[eras]]\ncode = "a"\npattern = "a"\nsince = 2020\nuntil = 2019', "eras[0]: since is later", None),
        (PLAIN + '[[eras]]\ncode="a"\npattern="a"\n[[eras]]\ncode="a"\npattern="b"', "eras: the code 'a'", None),
        (PLAIN + 'not_articles = ["["]', "not_articles[0]: not a regular expression", None),
        (PLAIN + '[selectors]\ntitle = ["h1", "div >"]', "selectors.title[1]: not a CSS selector", None),
        (PLAIN + '[selectors]\ntitle = ["h1::before"]', "selectors.title[0]: not a CSS selector", None),
        (PLAIN + '[selectors]\ntitle = ["h1:khong-co"]', "selectors.title[0]: not a CSS selector", None),
        (PLAIN.replace("Nghệ An", "Nghệ Án Mới"), "province: unknown province", "'Nghệ An'"),
        (PLAIN.replace("active", "actve"), "status", "'active'"),
        (PLAIN + 'successor = "bao"', "successor: needed where status is merged", None),
        (PLAIN.replace("active", "merged"), "successor: needed where status is merged", None),
        (PLAIN.replace("active", "merged") + 'successor = "khongco"', "successor: there is no other outlet", None),
        (PLAIN.replace("active", "merged") + 'successor = "baothu"', "successor: there is no other outlet", None),
        (PLAIN + 'family = "khongco"', "family: there is no family 'khongco'", None),
        (PLAIN + 'examples = ["ftp://baothu.example/a"]', "examples[0]: not an http(s) address", None),
        (PLAIN + 'sources = [{ kind = "fed", url = "https://baothu.example/", grade = "assumed" }]', "kind", "'feed'"),
        (PLAIN.replace('"baothu.example"', '"https://baothu.example"'), "hosts[0].name: a host name", None),
        (PLAIN.replace("https://baothu.example/", "https://khac.example/"), "home: https://khac.example/ is on", None),
        (PLAIN.replace('name = "Báo Thử"', ""), "name: Field required", None),
        (PLAIN.replace("status", "status_"), "(and 1 more)", None),
        ("name = ", "text: not TOML", None),
        (PLAIN + "base_href = 1", "base_href", None),
    ],
)
def test_a_slip_names_file_and_key(tmp_path, text, key, hint):
    error = fault(tmp_path, text)
    assert key in error.message
    assert hint is None or hint in (error.hint or "")


def test_a_faulty_family_is_named(tmp_path):
    error = fault(tmp_path, 'name = "cms"\n[selector]\n', "families/cms.toml")
    assert "selector: unknown key" in error.message
    assert error.hint == "did you mean 'selectors'?"


def test_two_outlets_cannot_share_a_host(tmp_path):
    write(tmp_path, "outlets/baokhac.toml", PLAIN.replace("baothu.example", "www.baothu.example"))
    assert "baokhac" in fault(tmp_path, PLAIN).message


def test_file_names_are_slugs(tmp_path):
    fault(tmp_path, PLAIN, "outlets/Bao Thu.toml")
    (tmp_path / "outlets" / "Bao Thu.toml").unlink()
    fault(tmp_path, PLAIN, "outlets/x.toml")


def test_text_that_is_not_utf8_is_an_error(tmp_path):
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "baothu.toml").write_bytes(b'name = "B\xe1o"')
    with pytest.raises(UsageError, match="not UTF-8 at byte 9"):
        load_catalogue(tmp_path, builtin=False)


@needs_shared
@pytest.mark.shared
def test_built_in_files_say_what_the_facts_say(builtin):
    facts = {fact["slug"]: fact for fact in json.loads((SHARED / "facts/outlets.json").read_text("utf-8"))}
    grades = {"A": "confirmed", "B": "candidate", "B-": "assumed", "C": "assumed"}
    for slug, fact in facts.items():
        outlet = builtin[slug]
        assert outlet.name == fact["name"]
        assert outlet.successor == fact["successor_slug"]
        own = [feed for feed in fact["rss_feeds"] if outlet.has_host(host_of(feed["url"]))]
        feeds = {source.url: source.grade for source in outlet.sources if source.kind == "feed"}
        assert feeds == {feed["url"]: grades[feed["grade"].partition(" (")[0]] for feed in own}
        known = {*fact["section_urls"], outlet.home}
        assert {source.url for source in outlet.sources if source.kind == "section"} <= known
        assert set(outlet.sections) == set(fact["section_urls"])
        examples = {example["url"] for example in fact["article_examples"]}
        assert set(outlet.examples) == {url for url in examples if outlet.has_host(host_of(url))}


@needs_shared
@pytest.mark.shared
def test_selectors_of_a_real_page(builtin):
    page = html.fromstring((SHARED / "pages/baolaocai_article.html").read_bytes().decode("utf-8"))
    selectors = builtin["baolaocai"].selectors
    for field in ("container", "title", "lead", "date", "section", "tags"):
        found = page.cssselect(getattr(selectors, field)[0])
        assert len(found) == 1, field
        assert str(found[0].xpath("string()")).strip(), field
    assert page.cssselect(", ".join(selectors.drop))


@needs_shared
@pytest.mark.shared
def test_selectors_are_those_of_the_facts(builtin):
    names = {"title": "title", "lead": "lead", "body": "container", "date": "date"}
    for fact in json.loads((SHARED / "facts/outlets.json").read_text("utf-8")):
        if fact["slug"] not in BUILT_IN or fact["slug"] == "daibieunhandan":  # its facts name JSON-LD and meta only
            continue
        for key, field in names.items():
            known = (fact["selectors"] or {}).get(key, "").split(" (")[0].split(", ")
            wanted = {part for part in known if part and not part.startswith("meta")}
            assert wanted <= set(getattr(builtin[fact["slug"]].selectors, field)), (fact["slug"], key)
