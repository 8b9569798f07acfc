"""Scrapy's settings, each with its reason: for the crawl worker and for `scrapy list` and `scrapy crawl SLUG`.

Whatever Scrapy does by default and could surprise a newspaper or the machine is off here; what is written in
DESIGN 2 and 7 about politeness, robots.txt and redirects is done by `fetch.py`, which sees every request.
"""

from __future__ import annotations

from typing import Any

BOT_NAME = "tintinh"
SPIDER_MODULES = ["crawler.spiders"]
# One spider per outlet of the catalogue; there is no module per outlet to load.
SPIDER_LOADER_CLASS = "crawler.spiders.loader.CatalogueLoader"

# Honest, and complete with the operator's contact once a run knows it.
USER_AGENT = "tintinh/0.1"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "vi,en;q=0.5",
}

# The worker is an asyncio program; Scrapy must use its loop.
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# Names resolve to public addresses only (guard.py).
TWISTED_DNS_RESOLVER = "crawler.fetching.guard.PublicResolver"

# Both would open a port on this machine, the second one runs any Python that it is sent.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# http and https only, through the gate; None takes a scheme away: `file:` would read this machine's files.
DOWNLOAD_HANDLERS: dict[str, Any] = {
    "http": "crawler.fetching.download.GatedDownloadHandler",
    "https": "crawler.fetching.download.GatedDownloadHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
# Scrapy accepts any certificate by default.
DOWNLOAD_VERIFY_CERTIFICATES = True
# Bytes of a body, received or decoded; each request names its own, smaller limit. The default is 1 GiB, which
# 800 bytes of brotli can fill.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# Seconds for all of a fetch: connecting, waiting, and the last byte.
DOWNLOAD_TIMEOUT = 60
# Half a page is no page; it is fetched again.
DOWNLOAD_FAIL_ON_DATALOSS = True

# One request at a time. The delay between them is not Scrapy's: it must hold from one process to the next, so it
# stands in the database (politeness.py), and two clocks for one thing would only add up.
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False

# Scrapy fetches pages although robots.txt cannot be read; ours (robots.py) does not.
ROBOTSTXT_OBEY = False
# Nobody is tracked, and no session outlives a request.
COOKIES_ENABLED = False
# A redirect is a new request: gate, robots.txt and delay apply to it (fetch.py).
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
# Trying again is decided by the link's state, minutes or hours later, not at once.
RETRY_ENABLED = False
# No proxy, also not from the environment: the address that is checked must be the one that is connected to.
HTTPPROXY_ENABLED = False
HTTPCACHE_ENABLED = False
# A newspaper need not know which of its pages led here.
REFERER_ENABLED = False
COMPRESSION_ENABLED = True

ITEM_PIPELINES = {"crawler.pipelines.StorePipeline": 100}
FEED_EXPORT_ENCODING = "utf-8"
# Feeds go to files and to stdout only; the other storages would connect somewhere.
FEED_STORAGES: dict[str, Any] = {"ftp": None, "ftps": None, "gs": None, "s3": None}

# The supervisor limits memory; Scrapy's own watch would end the process in the middle of a write.
MEMUSAGE_ENABLED = False
# Runs are counted in our own report.
STATS_DUMP = False
LOGSTATS_INTERVAL = 0
LOG_LEVEL = "INFO"

# `scrapy crawl` only: who runs it (public hosts are refused without), hosts served elsewhere (JSON object) with the
# seconds between requests to them, and a folder with the user's own outlets.
TINTINH_CONTACT = ""
TINTINH_RESOLVE: dict[str, str] = {}
TINTINH_RESOLVED_DELAY = 3.0
TINTINH_USER_FOLDER = ""
