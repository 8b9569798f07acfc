"""The outlets of the worker under test, without anything of the test's own reactor."""

import re
from dataclasses import replace

from corpus.ids import Era
from crawler.outlet import Host, Outlet, Source, SourceKind

HOST = "baothutu.vn"
FEED = Source("feed", f"https://{HOST}/rss/home.rss", "confirmed")
OUTLET = Outlet(
    slug="baothutu",
    name="Báo Thử Tự",
    status="active",
    province=None,
    hosts=(Host(HOST),),
    home=f"https://{HOST}/",
    eras=(Era("a", re.compile(r"-(?P<id>\d{4})\.html$")),),
    sources=(FEED,),
    rules_version="rules-1-" + "0" * 24,
)
NEIGHBOUR_HOST = "baobencanh.vn"
NEIGHBOUR = replace(
    OUTLET,
    slug="baobencanh",
    name="Báo Bên Cạnh",
    hosts=(Host(NEIGHBOUR_HOST),),
    home=f"https://{NEIGHBOUR_HOST}/",
    sources=(Source("feed", f"https://{NEIGHBOUR_HOST}/rss/home.rss", "confirmed"),),
)
"""Another paper, on the same machine."""


def bombed(number: int) -> Outlet:
    """A paper with a source of each kind, any of which (or a page) a test may make hostile."""
    host = f"baobom{number}.vn"
    kinds: dict[SourceKind, str] = {"feed": "/bom.rss", "section": "/bom", "sitemap": "/bom.xml.gz"}
    bombs = tuple(Source(kind, f"https://{host}{path}", "candidate") for kind, path in kinds.items())
    own = Source("feed", f"https://{host}/rss/home.rss", "confirmed")
    home = f"https://{host}/"
    return replace(OUTLET, slug=f"baobom{number}", hosts=(Host(host),), home=home, sources=(own, *bombs))


BOMBED = tuple(bombed(number) for number in range(24))
OUTLETS = {outlet.slug: outlet for outlet in (OUTLET, NEIGHBOUR, *BOMBED)}
