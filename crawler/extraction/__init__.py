"""Extraction: one fetched page -> one article record, or the reason why not.

    decode -> parse -> lay out as blocks -> refuse errors -> is it an article? -> fields, dates -> cut -> text

Pure: no input or output, no clock but the page's own `fetched_at`; never raises, whatever the bytes.
Read first: `extract.py`, then `layout.py` (what a page is to the other modules).
"""

from crawler.extraction.extract import extract
from crawler.extraction.page import Extraction, PageInput

__all__ = ["Extraction", "PageInput", "extract"]
