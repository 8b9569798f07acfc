"""Invented articles and rows for the tests of this room."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from corpus.clock import HANOI, stamp
from corpus.record import Article, Extractor, Published
from storage.database import Database

NOON = datetime(2026, 1, 8, 12, 0, tzinfo=HANOI)


def article(number: int = 1, **changes: Any) -> Article:
    """An article of an invented paper; `content_hash` fits title, lead and text well enough for a store."""
    values: dict[str, Any] = {
        "id": f"baosonghau:a:{number}",
        "url": f"https://baosonghau.example/tin/mua-vu-{number}.html",
        "canonical_url": f"https://baosonghau.example/tin/mua-vu-{number}.html",
        "outlet": "baosonghau",
        "outlet_name": "Báo Sông Hậu",
        "province": "Hậu Giang",
        "province_2025": "Cần Thơ",
        "title": f"Nông dân vào vụ lúa thứ {number}",
        "kicker": None,
        "lead": "Nước về sớm, bà con xuống giống trước Tết.",
        "dateline": None,
        "text": f"Cánh đồng số {number} đã cấy xong.\nGiá phân bón vẫn cao.",
        "authors": ("Lê Thị Đào", "Trần Văn Hòa"),
        "byline": "LÊ THỊ ĐÀO - TRẦN VĂN HÒA",
        "captions": (),
        "section": "Kinh tế",
        "tags": ("lúa", "phân bón"),
        "language": "vi",
        "published": Published(NOON, "minute", "selector", "12:00 08/01/2026"),
        "modified_at": None,
        "first_seen_at": NOON + timedelta(minutes=number),
        "fetched_at": NOON + timedelta(minutes=number),
        "removed_at": None,
        "version": 1,
        "content_hash": "",
        "story": None,
        "agency": None,
        "flags": (),
        "extractor": Extractor("tintinh", "0.1.0", "selectors"),
        "archive": None,
    }
    values.update(changes)
    content = "\x1f".join([values["title"], values["lead"] or "", values["text"]])
    values["content_hash"] = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
    return Article(**values)


def add_link(db: Database, url: str, *, outlet: str = "baosonghau", state: str = "fetching") -> int:
    """A link row under way, as the crawler leaves it before it hands over an article; gives its id."""
    with db.write() as connection:
        cursor = connection.execute(
            "INSERT INTO links (outlet, url, canonical_url, state, attempt, since, found_at) VALUES (?,?,?,?,1,?,?)",
            [outlet, url, url, state, stamp(NOON), stamp(NOON)],
        )
        return int(cursor.lastrowid or 0)
