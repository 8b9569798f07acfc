"""Made-up articles, topics and channels for the tests of the alert path."""

from datetime import datetime, timedelta
from hashlib import sha256

from alerts.intake import TopicBook, run_intake
from corpus.clock import HANOI
from corpus.record import Article, Extractor, Published
from storage.articles import ArticleStore
from storage.channels import Channel, ChannelStore
from storage.database import Database
from storage.intake import IntakeStore, Kind
from storage.topics import Topic, TopicStore

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=HANOI)


def article(
    article_id: str = "bao-mau:a:1",
    *,
    title: str = "Khởi công hồ chứa nước Suối Rồng",
    text: str = "Sáng nay, xã Đồi Mây khởi công hồ chứa nước.\nCông trình tưới cho 120 ha lúa.",
    published: Published | None = None,
    language: str | None = "vi",
    flags: tuple[str, ...] = (),
    first_seen_at: datetime = NOON,
    version: int = 1,
) -> Article:
    outlet = article_id.split(":")[0]
    url = f"https://{outlet}.example/{article_id.split(':')[-1]}.html"
    return Article(
        id=article_id,
        url=url,
        canonical_url=url,
        outlet=outlet,
        outlet_name=f"Báo {outlet}",
        province=None,
        province_2025=None,
        title=title,
        kicker=None,
        lead=None,
        dateline=None,
        text=text,
        authors=(),
        byline=None,
        captions=(),
        section=None,
        tags=(),
        language=language,
        published=published or Published(NOON - timedelta(hours=2), "minute", "visible", "10:00"),
        modified_at=None,
        first_seen_at=first_seen_at,
        fetched_at=first_seen_at,
        removed_at=None,
        version=version,
        content_hash=sha256(f"{title}\n{text}".encode()).hexdigest(),
        story=None,
        agency=None,
        flags=flags,
        extractor=Extractor("trafilatura", "2", "whole"),
        archive=None,
    )


def store(
    db: Database,
    item: Article,
    kind: Kind = "new",
    *,
    silent: str | None = None,
    prior_read_at: datetime | None = None,
    at: datetime = NOON,
) -> Article:
    """Store a version with its intake row, as the sink does."""
    with db.write():
        stored = ArticleStore(db).change(item) if kind == "edited" else ArticleStore(db).add(item)
        assert stored.id is not None
        IntakeStore(db).add(stored.id, stored.version, kind, silent, prior_read_at, at)
    return stored


def channel(db: Database, slug: str = "van-phong", kind: str = "webhook") -> Channel:
    return ChannelStore(db).add(Channel(slug, kind, {"url": "https://nhan.example/x"}, NOON))


def topic(
    db: Database,
    slug: str = "nuoc",
    query: str = "hồ chứa nước",
    channels: tuple[str, ...] = ("van-phong",),
    max_age_days: float = 3.0,
) -> Topic:
    return TopicStore(db).add(Topic(slug, "Nước và hồ đập", query, channels, max_age_days, 1, NOON))


def fill(db: Database, channels: tuple[str, ...] = ("a",), articles: int = 1) -> None:
    """Channels of these names, a topic that all of them hear of, and alerts for so many articles."""
    for name in channels:
        if ChannelStore(db).get(name) is None:
            ChannelStore(db).add(Channel(name, "webhook", {"url": name}, NOON))
    if TopicStore(db).get("nuoc") is None:
        topic(db, channels=channels)
    for number in range(articles):
        store(db, article(f"bao-mau:a:{number}"))
    run_intake(db, TopicBook(db), lambda: NOON, lambda: None)
