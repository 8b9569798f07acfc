import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.change import content_hash, decide, shares_less_than_a_fifth
from tests.corpus.articles import article

HASH = content_hash("Tít “mới” – hay", "Sapo", "Đoạn một.\nĐoạn hai…")


@pytest.mark.parametrize(
    ("title", "lead", "text"),
    [
        ('Tít "mới" - hay', "Sapo", "Đoạn một.\nĐoạn hai..."),
        ("Tít\u00a0«mới»  — hay ", " Sapo\n", "Đoạn một.\n\n Đoạn hai…"),
        ("Tít ‘mới’ - hay", "Sapo", "Đoạn một. Đoạn hai…"),
        ("Ti\u0301t “mới” – hay", "Sapo\u200d", "Đoạn một.\r\nĐoạn hai…"),
    ],
)
def test_typography_and_blanks_are_no_edit(title, lead, text):
    assert content_hash(title, lead, text) == HASH


@pytest.mark.parametrize(
    ("title", "lead", "text"),
    [
        ("Tít “mới” – dở", "Sapo", "Đoạn một.\nĐoạn hai…"),
        ("Tít “mới” – hay", None, "Đoạn một.\nĐoạn hai…"),
        ("Tít “mới” – hay", "Sapo Đoạn một.", "Đoạn hai…"),
        ("Tít “mới” – hay", "Sapo", "Đoạn một.\nĐoạn ba…"),
    ],
)
def test_other_words_are_an_edit(title, lead, text):
    assert content_hash(title, lead, text) != HASH


@given(st.text(), st.none() | st.text(), st.text())
def test_any_text_has_a_hash(title, lead, text):
    assert len(content_hash(title, lead, text)) == 64
    assert content_hash(title, lead or "", text) == content_hash(title, lead, text)


def test_decisions():
    old = article()
    assert decide(None, old) == "new"
    assert decide(old, old.with_(tags=("khác",), section=None)) == "same"
    assert decide(old, old.with_(content_hash="0" * 64)) == "changed"


ONE = "Sáng nay tổ đo đạc đến thôn Một để đo lại ruộng của bảy hộ dân theo kế hoạch của xã đã công bố từ tháng trước"
TWO = (
    "Chiều qua đội bóng chuyền nữ của tỉnh thắng ba trận liền và vào vòng trong của giải trẻ toàn quốc tại nhà thi đấu"
)


def test_two_articles_under_one_number():
    assert shares_less_than_a_fifth(ONE, TWO)
    assert not shares_less_than_a_fifth(ONE, ONE)
    assert not shares_less_than_a_fifth(ONE, ONE.upper() + ". " + TWO * 3)
    assert not shares_less_than_a_fifth(ONE, "")
    assert shares_less_than_a_fifth("một hai", "ba bốn")
