"""When: the timetable (pure), the supervisor of crawl workers, the APScheduler daemon.

May import `crawler` (only `crawler.job`, never Scrapy), `alerts`, `storage`, `corpus`.
Read first: `timetable.py`, `daemon.py`.
"""
