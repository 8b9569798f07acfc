"""Scrapy's side of an outlet: one spider class, and the loader that makes one spider of it per outlet."""
