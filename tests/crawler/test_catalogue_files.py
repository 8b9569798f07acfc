"""The 64 files of the catalogue, against the facts that they were made from and against addresses like those."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from corpus.ids import article_id, match_era
from corpus.provinces import PROVINCES, province_2025
from corpus.urls import canonical_url, host_of
from crawler import catalogue
from crawler.catalogue import load_catalogue, outlet_of_host
from crawler.catalogue_page import page
from crawler.check import check_outlets
from crawler.discovery.rules import is_article_url, worth_fetching
from crawler.outlet import JsonListing, Outlet
from crawler.spiders.loader import CatalogueLoader
from tests.shared import SHARED, needs_shared

HERE = Path(catalogue.__file__).parent
WITHOUT_RULE = {"baohoabinh", "baovinhphuc", "baoyenbai"}
"""No article address of these was ever found, and their family has none either."""


@pytest.fixture(scope="module")
def outlets() -> dict[str, Outlet]:
    return load_catalogue()


@pytest.fixture(scope="module")
def facts() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SHARED / "facts/outlets.json").read_text("utf-8"))
    return found


def id_of(outlet: Outlet, url: str) -> str:
    return article_id(outlet.slug, outlet.eras, canonical_url(url, keep_query=outlet.keep_query))


def test_there_are_sixty_four_outlets(outlets):
    assert Counter(outlet.status for outlet in outlets.values()) == {"active": 35, "merged": 29}
    assert len({outlet.name for outlet in outlets.values()}) == len(list((HERE / "outlets").glob("*.toml"))) == 64
    successors = {outlet.successor for outlet in outlets.values() if outlet.status == "merged"}
    assert all(successor and outlets[successor].status == "active" for successor in successors)


def test_every_province_of_before_the_merger_has_its_paper(outlets):
    old = {name for province in PROVINCES for name in (province.name, *province.former)}
    assert Counter(outlet.province for outlet in outlets.values()) == Counter([*old, None])
    assert outlets["daibieunhandan"].province is None
    active = [province_2025(o.province) for o in outlets.values() if o.status == "active" and o.province]
    assert Counter(active) == Counter(province.name for province in PROVINCES)
    for outlet in outlets.values():
        if outlet.successor:
            assert province_2025(outlet.province) == province_2025(outlets[outlet.successor].province)


def test_every_family_is_used_and_others_say_why_not(outlets):
    families = {path.stem for path in (HERE / "families").glob("*.toml")}
    assert {outlet.family for outlet in outlets.values()} == families | {None}
    for slug, outlet in outlets.items():
        if outlet.family is None:
            assert (HERE / f"outlets/{slug}.toml").read_text("utf-8").startswith("# "), slug


def test_no_file_has_a_finding(outlets):
    assert check_outlets(outlets) == []


def test_every_outlet_has_a_rule_unless_no_address_is_known(outlets):
    assert {slug for slug, outlet in outlets.items() if not outlet.eras} == WITHOUT_RULE
    for slug in WITHOUT_RULE:
        assert any("No article address" in note for note in outlets[slug].notes)


def test_sources_have_honest_grades(outlets):
    for slug, outlet in outlets.items():
        assert outlet.sources[0].url == outlet.home and outlet.sources[0].grade == "assumed"
        for source in outlet.sources:
            assert not source.found
            if source.url.endswith("/rss/home.rss") and slug != "sggp":
                assert source.grade == "assumed"
    confirmed = {source.url for outlet in outlets.values() for source in outlet.sources if source.grade == "confirmed"}
    assert confirmed == {
        "https://baoapbac.vn/xa-hoi/index.rss",
        "https://baocantho.com.vn/rss/cate/thoi-su/",
        "https://baocantho.com.vn/rss/subcate/can-tho/",
    }


def test_a_json_listing_says_how_it_is_read(outlets):
    listings = [s for outlet in outlets.values() for s in outlet.sources if s.kind == "json"]
    assert len(listings) == 11
    for source in listings:
        assert source.listing == JsonListing("data", "link", ajax=True)


def test_every_host_finds_its_outlet(outlets):
    for slug, outlet in outlets.items():
        for host in outlet.hosts:
            for name in (host.name, f"www.{host.name.removeprefix('www.')}", host.name.upper()):
                found = outlet_of_host(outlets, name)
                assert found is not None and found.slug == slug


def test_scrapy_knows_every_outlet_by_name(outlets):
    loader = CatalogueLoader.from_settings(Settings())
    assert loader.list() == sorted(outlets) and len(loader.list()) == 64
    assert {loader.load(slug).name for slug in loader.list()} == set(outlets)


NEW = "Ban-tin-thu-nghiem-nbsp-so-2-ve-mua-lu"
"""A slug such as papers make: capitals, digits, what is left of a no-break space."""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://hanoimoi.vn/{NEW}-712345.html", "hanoimoi:n:712345"),
        (f"http://www.hanoimoi.com.vn/Tin-tuc/Xa-hoi/1012345/{NEW}", "hanoimoi:tt:1012345"),
        (f"https://www.sggp.org.vn/{NEW}-post812345.html", "sggp:post:812345"),
        (f"https://huengaynay.vn/kinh-te/du-lich/{NEW}-163431.html", "baohue:n:163431"),
        (f"https://baothuathienhue.vn/{NEW}-a163431.html", "baohue:a:163431"),
        (f"https://baolaichau.vn/xa-hoi/{NEW}-81234", "baolaichau:n:81234"),
        (f"https://baolaichau.vn/xa-hoi/{NEW}-19122020", "baolaichau:u:"),
        (f"https://baodienbienphu.vn/tin-bai/xa-hoi/{NEW}", "baodienbienphu:u:"),
        (f"https://baosonla.vn/xa-hoi/{NEW}-51YnYvXDR.html", "baosonla:b:51YnYvXDR"),
        (f"https://baosonla.vn/xa-hoi/{NEW}-51ynyvxdr.html", "baosonla:b:51ynyvxdr"),
        (f"https://baolangson.vn/{NEW}-5071654.html", "baolangson:n:5071654"),
        (f"https://baocaobang.vn/{NEW}-3161421.html", "baocaobang:n:3161421"),
        ("http://www.baocaobang.vn/Am-thuc/Huong-com-moi/59525.bcb", "baocaobang:bcb:59525"),
        (f"https://baothanhhoa.vn/{NEW}-230761.htm", "baothanhhoa:n:230761"),
        (f"https://baothanhhoa.vn/thi-truong/{NEW}/148739.htm", "baothanhhoa:s:148739"),
        (f"https://m.baotuyenquang.com.vn/xa-hoi/202407/{NEW}-e635eaf/", "baotuyenquang:ym:e635eaf"),
        (f"https://baotuyenquang.com.vn/xa-hoi/{NEW}-153510.html", "baotuyenquang:h:153510"),
        (f"https://baohagiang.vn/xa-hoi/202306/{NEW}-794512", "baohagiang:ym:794512"),
        (f"https://baothainguyen.vn/xa-hoi/202502/{NEW}-1ca37b2/", "baothainguyen:ym:1ca37b2"),
        (f"https://baothainguyen.vn/xa-hoi/202502/{NEW}/", "baothainguyen:u:"),
        (f"https://baothainguyen.vn/tin-tuc/xa-hoi/{NEW}-296706-38.html", "baothainguyen:tt:296706"),
        (f"https://baobackan.vn/{NEW}-post68123.html", "baobackan:post:68123"),
        (f"https://baophutho.vn/{NEW}-258512.htm", "baophutho:n:258512"),
        (f"https://baohungyen.vn/{NEW}-3179574.html", "baohungyen:n:3179574"),
        (f"https://baohungyen.vn/kinh-te/202101/{NEW}-4015123/", "baohungyen:ym:4015123"),
        (f"https://baothaibinh.com.vn/tin-tuc/206/140540/{NEW}", "baothaibinh:un:140540"),
        (f"https://baohaiphong.vn/{NEW}-519953.html", "baohaiphong:n:519953"),
        (f"https://baohaiduong.vn/nong-nghiep/{NEW}-151256", "baohaiduong:o:151256"),
        (f"https://baohaiduong.vn/{NEW}-151256.html", "baohaiduong:n:151256"),
        (f"https://baoninhbinh.org.vn/{NEW}-250912101530123.html", "baoninhbinh:n:250912101530123"),
        (f"https://baoninhbinh.org.vn/{NEW}/d20230112091014465.htm", "baoninhbinh:d:20230112091014465"),
        ("https://baonamdinh.vn/channel/5087/201112/Ban-tin-thu-2141513/", "baonamdinh:ym:2141513"),
        (f"https://baohanam.com.vn/van-hoa/le-hoi/{NEW}-122101.html", "baohanam:n:122101"),
        (f"https://baoquangtri.vn/suc-khoe/202603/{NEW}-d0f7a12/", "baoquangtri:ym:d0f7a12"),
        (f"https://baoquangtri.vn/{NEW}-102865.htm", "baoquangtri:h:102865"),
        (f"https://baodanang.vn/{NEW}-3324679.html", "baodanang:n:3324679"),
        (f"https://baodanang.vn/channel/6059/201501/{NEW}-2391622/", "baodanang:ym:2391622"),
        (f"https://baoquangngai.vn/{NEW}-81234.htm", "baoquangngai:n:81234"),
        (f"https://baoquangngai.vn/kinh-te/bien/202308/{NEW}-3bc1af9/", "baoquangngai:ym:3bc1af9"),
        (f"https://baokontum.com.vn/xa-hoi/{NEW}-41234.html", "baokontum:ui:41234"),
        (f"https://baogialai.com.vn/{NEW}-post577725.html", "baogialai:post:577725"),
        ("http://www.baobinhdinh.com.vn/viewer.aspx?macm=39&macmp=39&mabb=222823", "baobinhdinh:bb:222823"),
        ("https://baobinhdinh.vn/Viewer.aspx?mabb=222823&macm=39&utm_source=a", "baobinhdinh:bb:222823"),
        (f"http://baoninhthuan.com.vn/diendan/49334p25c151/{NEW}.htm", "baoninhthuan:p:49334"),
        (f"https://baolamdong.vn/{NEW}-455872.html", "baolamdong:n:455872"),
        (f"https://baolamdong.vn/xa-hoi/202405/{NEW}-b180e1a/", "baolamdong:ym:b180e1a"),
        (f"https://baobinhphuoc.com.vn/news/505/137419/{NEW}", "baobinhphuoc:un:137419"),
        (f"https://baotayninh.vn/{NEW}-141537.html", "baotayninh:n:141537"),
        (f"https://baotayninh.vn/{NEW}-a141537.html", "baotayninh:a:141537"),
        (f"https://baocantho.com.vn/{NEW}-a196670.html", "baocantho:a:196670"),
        (f"https://baosoctrang.org.vn/xa-hoi/202411/{NEW}-67c01d9/", "baosoctrang:ym:67c01d9"),
        (f"https://baohaugiang.com.vn/thoi-su/{NEW}-141537.html", "baohaugiang:ui:141537"),
        (f"https://dongkhoi.baovinhlong.vn/{NEW}-a150123.html", "baodongkhoi:a:150123"),
        ("https://baodongkhoi.vn/da-n-ng-co-tin-moi-04012022-a95345.html", "baodongkhoi:a:95345"),
        (f"https://travinh.baovinhlong.vn/{NEW}-a50123.html", "baotravinh:a:50123"),
        (f"https://baovinhlong.com.vn/xa-hoi/du-lich/202502/{NEW}-1ca37b2/", "baovinhlong:ym:1ca37b2"),
        (f"https://www.baokiengiang.vn/le-hoi/{NEW}-17028.html", "baokiengiang:ui:17028"),
        (f"https://baocamau.vn/{NEW}-a129291.html", "baocamau:a:129291"),
        (f"https://en.baobacninhtv.vn/{NEW}.bbg", "baobacninh:u:"),
        (f"https://baobacninh.com.vn/news/-/details/20182/{NEW}", "baobacninh:u:"),
        (f"https://www.sggp.org.vn/{NEW}-512345.html", "sggp:h:512345"),
        (f"http://www.baohaiphong.com.vn/channel/4921/201511/{NEW}-2456789/", "baohaiphong:ym:2456789"),
        (f"https://baohanam.com.vn/kinh-te/{NEW}-9876.html", "baohanam:n:9876"),
        ("https://baolaichau.vn/xa-hoi/mua-lu-219345", "baolaichau:n:219345"),
        ("https://baoquangnam.vn/mua-lu-3067775.html", "baoquangnam:n:3067775"),
        (f"https://baoninhthuan.com.vn/news/116123p24c32/{NEW}.html", "baoninhthuan:p:116123"),
        (f"https://baotravinh.vn/du-lich/{NEW}-29810.html", "baotravinh:ui:29810"),
        (f"https://baothainguyen.vn/chinh-tri/202309/{NEW}-93449ee", "baothainguyen:ym:93449ee"),
        (f"https://baosonla.vn/kinh-te/tin-0--{NEW}--%20-51YnYvXDRa.html", "baosonla:b:51YnYvXDRa"),
    ],
)  # fmt: skip
def test_ids_of_articles_like_the_known_ones(outlets, url, expected):
    outlet = outlets[expected.partition(":")[0]]
    tracked = url + ("&" if "?" in url else "?") + "utm_source=zalo&zarsrc=30"
    for variant in (url, url.replace("https://", "http://"), tracked, url + "#binh-luan"):
        assert is_article_url(outlet, variant) == "yes"
        found = id_of(outlet, variant)
        assert found == expected or (expected.endswith(":u:") and found.startswith(expected))


@pytest.mark.parametrize(
    ("slug", "url"),
    [
        ("hanoimoi", "https://hanoimoi.vn/bau-cu-dai-bieu-hoi-dong-event12345.html"),
        ("hanoimoi", "http://hanoimoi.com.vn/Tin-tuc/Thieu-nhi"),
        ("baolaocai", "https://baolaocai.vn/dia-phuong/xa-nghia-tam/27.html"),
        ("baolaocai", "https://baolaocai.vn/tin-moi-ve-lu-quet-tag12345.html"),
        ("baolaichau", "https://baolaichau.vn/suc-khoe/covid-19"),
        ("baodienbienphu", "https://baodienbienphu.vn/tin-tuc/xa-hoi"),
        ("baosonla", "https://baosonla.vn/xa-hoi/giao-duc-dao-tao.html"),
        ("baosonla", "https://baosonla.vn/van-hoa/lien-hoan-marathon.html"),
        ("baocaobang", "http://www.baocaobang.vn/Kinh-te/80.bcb"),
        ("baocaobang", "https://baocaobang.vn/Quoc-phong-An-ninh"),
        ("baohatinh", "https://baohatinh.vn/cong-cu/gia-vang-post1.html"),
        ("baohatinh", "https://baohatinh.vn/tv/thoi-su-toi-post123456.html"),
        ("baodaklak", "https://baodaklak.vn/kinh-te/202603/"),
        ("baogialai", "https://baogialai.com.vn/channel/8722/"),
        ("baohaiduong", "https://baohaiduong.vn/chuyen-muc/kinh-te-xa-hoi-12345"),
        ("baobinhdinh", "http://www.baobinhdinh.com.vn/ViewCat.aspx?macm=4&macmp=4"),
        ("baophuyen", "http://www.baophuyen.com.vn/NewsList.aspx?menu=Kinh-te-131&page=2"),
        ("baophuyen", "http://www.baophuyen.com.vn/78/xa-hoi.html"),
        ("baohaugiang", "https://baohaugiang.com.vn/kinh-te-nong-nghiep-nong-thon-216.html"),
        ("baotravinh", "https://www.baotravinh.vn/le-hoi-ok-om-bok-tra-vinh-9021/tag.html"),
        ("baocantho", "https://baocantho.com.vn/rss/cate/kinh-te/"),
        ("baodongthap", "https://baodongthap.vn/xem-albumphoto/le-hoi-hoa-xuan-a12.html"),
        ("daibieunhandan", "https://daibieunhandan.vn/video.html"),
        ("baodanang", "https://en.baodanang.vn/a-new-bridge-opens-3324679.html"),
        ("sggp", "https://dttc.sggp.org.vn/mot-bai-bao-moi-post112345.html"),
        ("baothainguyen", "https://baothainguyen.vn/doc-bao-in/202605/so-326-ngay-2452026-4ab3811/"),
        ("baothainguyen", "https://baothainguyen.vn/chinh-tri/202305/index.rss"),
        ("baothainguyen", "https://baothainguyen.vn/dataimages/202305/anh-dep-ve-mua-lu.jpg"),
        ("baothainguyen", "https://baothainguyen.vn/tin-tuc/xa-hoi/trang-2-38.html"),
        ("baodaklak", "https://baodaklak.vn/video/202405/phong-su-ve-mua-lu-e635eaf/"),
        ("baodaklak", "https://baodaklak.vn/file/fb9e3a03798789de/dataimages/201710/anh-1234567"),
        ("baodongnai", "https://baodongnai.com.vn/anh-dep/202405/ben-song-mua-lu-e635eaf/"),
        ("baogialai", "https://baogialai.com.vn/doc-bao-in/202105/so-12-ngay-1-5-2021-4ab3811/"),
        ("baobacninh", "https://baobacninhtv.vn/lien-he.bbg"),
        ("baobacgiang", "https://baobacgiang.vn/photo/mua-lu-ve-ben-song-postid412345.bbg"),
        ("baohaugiang", "https://baohaugiang.com.vn/thoi-su/trong-tinh-216.html"),
        ("baohaugiang", "https://baohaugiang.com.vn/foreign-languages/a-flood-12345.html"),
        ("baothaibinh", "https://baothaibinh.com.vn/tin-tuc/206/2/thoi-su"),
        ("baocaobang", "http://www.baocaobang.vn/Kinh-te/Nong-nghiep/81.bcb"),
        ("hanoimoi", "http://hanoimoi.com.vn/Danh-muc-tin/100/Khoa-hoc"),
        ("hanoimoi", "https://hanoimoi.vn/an-pham/ban-in-cuoi-tuan-12345.html"),
        ("baonghean", "https://baonghean.vn/am-duong-lich-ngay-29-thang-3-nam-2026.html"),
        ("baoangiang", "https://baoangiang.com.vn/tra-cuu-diem-thi-thpt.html"),
        ("baodongthap", "https://baodongthap.vn/en/a-flood-on-the-river-a12345.html"),
        ("baolaichau", "https://baolaichau.vn/tags/le-hoi-dua-thuyen-ben-song-2026"),
        ("baoquangngai", "https://baoquangngai.vn/event/dai-hoi-cua-tinh-12345.htm"),
        ("baodongkhoi", "https://dongkhoi.baovinhlong.vn/https/mot-bai-bao-a12345.html"),
        ("baodienbienphu", "https://baodienbienphu.vn/tin-bai/xa-hoi/trang-2"),
    ],
)  # fmt: skip
def test_lists_topics_and_other_papers_are_no_articles(outlets, slug, url):
    assert is_article_url(outlets[slug], url) != "yes"


@pytest.mark.parametrize(
    ("slug", "pages"),
    [
        ("baonghean", ("https://baonghean.vn/{}-10341573.html", "https://baonghean.vn/en/{}-10341573.html")),
        ("baonghean", ("https://baonghean.vn/en/{}-10341573.html", "https://baonghean.vn/cn/{}-10341573.html")),
        ("baohaiduong", ("https://baohaiduong.vn/{}-129854.html", "https://baohaiduong.vn/en/{}-129854.html")),
        ("baohaiduong", ("https://baohaiduong.vn/xa-hoi/{}-129854", "https://baohaiduong.vn/{}-129854.html")),
        ("baocantho", ("https://baocantho.com.vn/{}-a177897.html", "https://baocantho.com.vn/khmer/{}-a177897.html")),
        ("baobacninh", ("https://baobacninhtv.vn/{}.bbg", "https://en.baobacninhtv.vn/{}.bbg")),
        ("baodongkhoi", ("https://baodongkhoi.vn/{}-a95345.html", "https://baodongkhoi.vn/{}-a95346.html")),
    ],
)
def test_editions_and_eras_never_share_an_id(outlets, slug, pages):
    outlet = outlets[slug]
    urls = [page.format(NEW) for page in pages]
    assert [is_article_url(outlet, url) for url in urls] == ["yes", "yes"]
    assert len({id_of(outlet, url) for url in urls}) == 2


@pytest.mark.parametrize("slug", ["baoyenbai", "baohoabinh", "baovinhphuc", "baophuyen", "baoninhthuan"])
def test_the_general_rule_serves_where_no_address_is_known(outlets, slug):
    outlet = outlets[slug]
    assert worth_fetching(outlet, f"{outlet.home}12/123456/mot-ban-tin-thu-nghiem-ve-mua-lu.html")
    assert not worth_fetching(outlet, f"{outlet.home}xa-hoi")


def test_the_page_of_all_outlets_is_up_to_date(outlets):
    written = (HERE.parent / "docs/outlets.md").read_text("utf-8")
    assert written == page(outlets), "python -m crawler.catalogue_page > docs/outlets.md"


def test_the_page_shows_years_grades_and_signs_that_markdown_would_eat(outlets):
    shown = page(
        {slug: outlets[slug] for slug in ("baobacgiang", "baobacninh", "baothaibinh", "baohungyen", "daibieunhandan")}
    )
    assert "| Báo Thái Bình (`baothaibinh`) | Thái Bình → Hưng Yên | → `baohungyen` | baothaibinh.com.vn |" in shown
    assert "| feed: 2 assumed; section: 1 assumed | `bbg` 2023–2025, `bbgs` 2023–2025, `bg` –2023 |" in shown
    assert "5 outlets: 3 active, 2 merged" in shown and r"/print/\<number>.html" in shown
    assert shown.index("`baohungyen`) |") < shown.index("`baothaibinh`) |") < shown.index("| central |")


def test_eras_of_one_outlet_are_told_apart_by_their_examples(outlets):
    """Only a rule without a number may stand behind a rule with one that matches too."""
    for slug, outlet in outlets.items():
        for example in outlet.examples:
            where = canonical_url(example, keep_query=outlet.keep_query)
            found = [match_era((era,), where) for era in outlet.eras]
            assert sum(bool(match and match[1]) for match in found) <= 1, (slug, example)


@needs_shared
@pytest.mark.shared
def test_status_successor_and_family_are_those_of_the_facts(outlets, facts):
    families = {
        "F1": "dataimages", "F2": "1cdn", "F3": "zce", "F4a": "a-fck", "F4b": "a-id", "F5": "content-detail",
        "F6": "bbg", "F7": "htm", "F8": "newsimg", "F9": "upload-news", "F10": "uploads-image", "F11": "aspnet",
    }  # fmt: skip
    assert [fact["slug"] for fact in sorted(facts, key=lambda fact: fact["slug"])] == list(outlets)
    for fact in facts:
        outlet = outlets[fact["slug"]]
        assert (outlet.status == "active") == fact["status_2025"].startswith("continues")
        assert outlet.successor == fact["successor_slug"]
        assert outlet.family == families.get((fact["cms_family"] or "").partition(" ")[0])


@needs_shared
@pytest.mark.shared
def test_provinces_are_those_of_the_facts(outlets, facts):
    provinces = json.loads((SHARED / "facts/provinces.json").read_text("utf-8"))["provinces"]
    today = {old: province["name"] for province in provinces for old in province["old"]}
    for fact in facts:
        outlet = outlets[fact["slug"]]
        if fact["province_old"].startswith("("):
            assert outlet.province is None
        else:
            assert outlet.province is not None
            assert province_2025(outlet.province) == today[outlet.province]
            assert province_2025(fact["province_old"]) == province_2025(fact["province_2025"]) == today[outlet.province]


@needs_shared
@pytest.mark.shared
def test_every_known_article_is_one_and_has_an_id_of_its_own(outlets, facts):
    ids: dict[str, str] = {}
    for fact in facts:
        outlet = outlets[fact["slug"]]
        for example in fact["article_examples"]:
            url = example["url"]
            assert is_article_url(outlet, url) == "yes", url
            assert url in outlet.examples
            ids[id_of(outlet, url)] = url
    assert len(ids) == sum(len(fact["article_examples"]) for fact in facts) == 111


@needs_shared
@pytest.mark.shared
def test_no_known_list_is_an_article(outlets, facts):
    for fact in facts:
        outlet = outlets[fact["slug"]]
        for url in (*fact["section_urls"], *(feed["url"] for feed in fact["rss_feeds"]), outlet.home):
            assert is_article_url(outlet, url) != "yes"
            # Not only because it is listed: a list like it must not be an article either.
            assert match_era(outlet.eras, canonical_url(url, keep_query=outlet.keep_query)) is None, url


@needs_shared
@pytest.mark.shared
def test_known_domains_find_their_outlet(outlets, facts):
    for fact in facts:
        for host in (fact["domain_current"], *fact["former_domains"], host_of(outlets[fact["slug"]].home)):
            found = outlet_of_host(outlets, host)
            assert found is not None and found.slug == fact["slug"]
        feeds = {source.url for source in outlets[fact["slug"]].sources if source.kind == "feed"}
        assert feeds == {feed["url"] for feed in fact["rss_feeds"]}
