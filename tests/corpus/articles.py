"""An invented article for the tests of this folder."""

from datetime import datetime

from corpus.change import content_hash
from corpus.clock import HANOI
from corpus.record import Article, Caption, Extractor, Published

NOON = datetime(2026, 1, 8, 12, 0, tzinfo=HANOI)


def article(**changes):
    made = Article(
        id="baomau:b:12",
        url="https://www.baomau.vn/dat-12.html",
        canonical_url="https://baomau.vn/dat-12.html",
        outlet="baomau",
        outlet_name="Báo Mẫu",
        province="Bắc Giang",
        province_2025="Bắc Ninh",
        title="Đo lại đất ở xã Mẫu",
        kicker=None,
        lead="Ba thôn bắt đầu đo lại đất.",
        dateline=None,
        text="Sáng nay tổ đo đạc đến thôn Một.\nBà con mang giấy tờ ra đối chiếu.",
        authors=("Lan Anh",),
        byline="Bài, ảnh: Lan Anh",
        captions=(Caption("Tổ đo đạc ở thôn Một.", "Lan Anh"),),
        section="Xã hội",
        tags=("đất đai",),
        language="vi",
        published=Published(NOON, "minute", "visible", "12:00, 08/01/2026"),
        modified_at=None,
        first_seen_at=NOON,
        fetched_at=NOON,
        removed_at=None,
        version=1,
        content_hash=content_hash("Đo lại đất ở xã Mẫu", None, ""),
        story=None,
        agency=None,
        flags=(),
        extractor=Extractor("tintinh", "0.1.0", "selectors"),
        archive=None,
    )
    return made.with_(**changes)
