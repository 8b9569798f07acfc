from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.message import AlertMessage
from alerts.render import SUBJECT_LENGTH, mail, marked, published_in_words, webhook_payload
from corpus.clock import HANOI
from corpus.record import Published
from tests.alerts.stock import NOON
from tests.alerts.words import say

ALERT = AlertMessage(
    id="alert_0123456789abcdef01234567",
    kind="new",
    topic="nuoc",
    topic_name="Nước và hồ đập",
    article_id="bao-mau:a:1",
    version=1,
    title="Khởi công hồ chứa nước Suối Rồng",
    outlet="bao-mau",
    outlet_name="Báo Mẫu",
    url="https://bao-mau.example/1.html?a=1&b=2",
    published=Published(datetime(2026, 1, 8, 8, 5, tzinfo=HANOI), "minute", "visible", "x"),
    first_seen_at=NOON,
    matched_at=NOON + timedelta(minutes=1),
    sentences=("Sáng nay, xã Đồi Mây khởi công hồ chứa nước.",),
    surfaces=("hồ chứa nước",),
)


def test_a_mail_says_what_where_when_and_gives_the_link():
    rendered = mail(ALERT, say)
    assert rendered.subject == "[Nước và hồ đập] Khởi công hồ chứa nước Suối Rồng"
    for part in (rendered.text, rendered.html):
        assert "Báo Mẫu" in part
        assert "08:05, Thứ Năm, 08/01/2026" in part
        assert "Sáng nay, xã Đồi Mây" in part
    assert ALERT.url in rendered.text
    assert "<b>hồ chứa nước</b>" in rendered.html
    assert 'href="https://bao-mau.example/1.html?a=1&amp;b=2"' in rendered.html


def test_a_match_outside_the_text_names_its_words():
    rendered = mail(replace(ALERT, sentences=(), surfaces=("hồ chứa nước", "Suối Rồng")), say)
    for part in (rendered.text, rendered.html):
        assert "Khớp ở: hồ chứa nước; Suối Rồng" in part
    assert "Khớp ở" not in mail(ALERT, say).text


def test_the_flags_that_matter_to_a_reader_are_told():
    rendered = mail(replace(ALERT, flags=("late", "unverified_layout", "other"), kind="edited"), say)
    assert rendered.text.count("! ") == 3
    assert "phát hiện muộn" in rendered.text.lower()
    assert "other" not in rendered.text


@pytest.mark.parametrize(
    ("published", "words"),
    [
        (Published(), "không rõ"),
        (Published(datetime(2026, 1, 8, tzinfo=HANOI), "day"), "Thứ Năm, 08/01/2026"),
        (Published(datetime(2026, 1, 11, 23, 59, tzinfo=HANOI), "minute"), "23:59, Chủ Nhật, 11/01/2026"),
    ],
)
def test_times_in_words(published, words):
    assert published_in_words(published, say) == words


def test_only_whole_words_are_marked():
    assert marked("Ban quan trắc an toàn & an ninh", ["an"]) == "Ban quan trắc <b>an</b> toàn &amp; <b>an</b> ninh"
    assert marked("<i>hồ</i>", ["hồ"]) == "&lt;i&gt;<b>hồ</b>&lt;/i&gt;"
    assert marked("không có", []) == "không có"
    assert marked("hồ chứa nước", ["hồ", "hồ chứa"]) == "<b>hồ chứa</b> nước"


def test_a_link_that_is_no_web_address_cannot_be_clicked():
    assert "href" not in mail(replace(ALERT, url="javascript:alert(1)"), say).html


def test_a_webhook_says_the_same_each_time_and_holds_no_text():
    payload = webhook_payload(ALERT)
    assert payload == webhook_payload(ALERT)
    assert payload["type"] == "article.matched"
    assert payload["timestamp"] == "2026-03-02T12:01:00+07:00"
    assert payload["data"]["article"]["published"] == "2026-01-08T08:05:00+07:00"
    assert "text" not in payload["data"]["article"]


def test_there_is_room_for_three_sentences():
    with pytest.raises(ValueError, match="4 sentences"):
        replace(ALERT, sentences=("a",) * 4)


HOSTILE = st.text(st.characters() | st.sampled_from("<>&\"'\r\n\0\u202e\u2028\ud800"), max_size=400)


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_a_paper_writes_becomes_markup_or_a_header_line(title, sentence, url):
    alert = replace(ALERT, title=title, topic_name=title, sentences=(sentence,), surfaces=(sentence[:3],), url=url)
    rendered = mail(alert, say)
    assert len(rendered.subject) <= SUBJECT_LENGTH
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in rendered.subject)
    seen = Seen()
    seen.feed(rendered.html)
    assert seen.tags <= {"html", "head", "meta", "body", "h2", "a", "p", "strong", "br", "ul", "li", "b", "hr", "small"}
    assert seen.attributes <= {"charset", "href"}
    rendered.subject.encode()
    rendered.text.encode()
    rendered.html.encode()
