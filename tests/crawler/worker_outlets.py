"""The outlets of the worker under test, without anything of the test's own reactor."""

import re

from corpus.ids import Era
from crawler.outlet import Host, Outlet, Source

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
OUTLETS = {OUTLET.slug: OUTLET}
