"""Gives Scrapy the spiders of the catalogue by name (setting SPIDER_LOADER_CLASS)."""

from __future__ import annotations

from pathlib import Path

from scrapy import Request, Spider
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from corpus.urls import host_of
from crawler.catalogue import load_catalogue
from crawler.spiders.outlet_spider import spider_class


class UnknownSpider(KeyError, UsageError):
    """No outlet has this name: the KeyError that Scrapy's interface asks for, told by its commands in one line."""

    def __str__(self) -> str:
        return str(self.args[0])


class CatalogueLoader:
    """One spider per outlet; `load` raises UnknownSpider for other names."""

    def __init__(self, user_folder: Path | None) -> None:
        self._outlets = load_catalogue(user_folder)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> CatalogueLoader:
        """As Scrapy makes it."""
        folder = settings.get("TINTINH_USER_FOLDER")
        return cls(Path(folder) if folder else None)

    def load(self, spider_name: str) -> type[Spider]:
        """The spider of one outlet."""
        if spider_name not in self._outlets:
            raise UnknownSpider(f"there is no outlet {spider_name!r}; `scrapy list` names them all")
        return spider_class(self._outlets[spider_name], self._outlets)

    def list(self) -> list[str]:
        """The slugs of all outlets."""
        return list(self._outlets)

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]
        """The outlets whose host a request asks for."""
        host = host_of(request.url)
        return [slug for slug, outlet in self._outlets.items() if outlet.has_host(host)]
