"""Outlet -> articles: the catalogue, discovery, the Scrapy spider, politeness, extraction, dates.

May import `storage` and `corpus`; never `alerts`. Importing this package imports nothing else, so that the
daemon can use `crawler.job` without loading Scrapy. Read first: `outlet.py`, then `crawl.py`.
"""
