import itertools
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.text import bare_key, clean, exact_key, fold, has_marks, one_line, sentence_spans, tokens

SYLLABLES = st.sampled_from(
    [
        "Đắk",
        "Lắk",
        "hòa",
        "hoà",
        "uỷ",
        "ủy",
        "thúy",
        "quý",
        "kỷ",
        "kỉ",
        "nghị",
        "quyết",
        "người",
        "ương",
        "TƯ",
        "T.Ư",
        "TW",
        "khỏe",
        "ĐẦU",
        "7-12-2016",
        "1.000,5",
        "01",
        "TP.",
        "covid19",
        "Ê",
    ]
)
VIETNAMESE = st.lists(
    st.one_of(SYLLABLES, st.sampled_from([" ", ", ", ". ", "; ", "\n", "\u00a0", "\u200b", "…", ".", "-"]))
).map("".join)
ANY_TEXT = st.one_of(st.text(), VIETNAMESE)


def surfaces(text):
    return [text[token.start : token.end] for token in tokens(text)]


def exact(text):
    return [token.exact for token in tokens(text)]


def breaks(text):
    return [text[token.start : token.end] for token in tokens(text) if token.breaks]


@given(ANY_TEXT)
def test_offsets_slice_back_in_order(text):
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert token.exact
        assert token.bare
        end = token.end


@given(ANY_TEXT)
@example("È:TƯ")
@example("S\u0307; \u037e T\u01af\u031b")
def test_composed_and_decomposed_text_give_equal_tokens(text):
    keys = [(t.exact, t.bare, t.breaks) for t in tokens(unicodedata.normalize("NFC", text))]
    assert [(t.exact, t.bare, t.breaks) for t in tokens(unicodedata.normalize("NFD", text))] == keys


@given(ANY_TEXT)
def test_the_bare_key_is_a_fixed_point(text):
    key = bare_key(text)
    assert bare_key(key) == key


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert one_line(one_line(text)) == one_line(text) == " ".join(once.split())


@given(VIETNAMESE)
def test_cleaning_changes_no_word(text):
    assert exact(clean(text)) == exact(text)


@given(ANY_TEXT)
def test_sentences_hold_every_word_once(text):
    spans = sentence_spans(text)
    assert all(first < last for first, last in spans)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
    for token in tokens(text):
        assert sum(first <= token.start and token.end <= last for first, last in spans) == 1


@pytest.mark.parametrize("letter", ["\u00d0", "\u0189", "\u00f0", "\u0256"])
def test_letters_that_only_look_like_d_with_stroke_are_it(letter):
    assert fold(f"{letter}ất") == fold("đất")
    assert has_marks(letter)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hòa", "hoà"),
        ("ủy", "uỷ"),
        ("thúy", "thuý"),
        ("khỏe", "khoẻ"),
        ("HÓA", "hoá"),
        ("tùy", "tuỳ"),
        ("lòe", "loè"),
        ("Thủy", "thuỷ"),
    ],
)
def test_old_and_new_tone_placement_are_equal(old, new):
    assert fold(old) == fold(new)


@pytest.mark.parametrize(
    ("one", "other"), [("kỷ", "kỉ"), ("Mỹ", "mĩ"), ("quý", "quí"), ("lý", "lí"), ("hy", "hi"), ("tỷ", "tỉ")]
)
def test_y_and_i_are_one_after_these_consonants(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("thúy", "thúi"),
        ("tay", "tai"),
        ("tuy", "tui"),
        ("ý", "í"),
        ("má", "ma"),
        ("ma", "mạ"),
        ("đa", "da"),
        ("nhũng", "những"),
        ("ương", "uong"),
    ],
)
def test_other_words_stay_apart(one, other):
    assert fold(one)[0] != fold(other)[0]


def test_the_bare_key_knows_d_for_every_letter_with_marks():
    assert bare_key("Đắk Lắk, ỦY BAN, người, quý, ỡ ẵ ệ") == "dak lak uy ban nguoi qui o a e"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("01", ["1"]),
        ("000", ["0"]),
        ("1.000,5", ["1000,5"]),
        ("1000,50", ["1000,5"]),
        ("2.500.000", ["2500000"]),
        ("2,500,000", ["2500000"]),
        ("1,000", ["1,000"]),
        ("10,4%", ["10,4"]),
        ("7-12-2016", ["2016-12-07"]),
        ("07/12/2016", ["2016-12-07"]),
        ("7.12.2016.", ["2016-12-07"]),
        ("2016-12-07", ["2016-12-07"]),
        ("31/02/2021", ["31", "2", "2021"]),
        ("2015-2020", ["2015", "2020"]),
        ("23-KH/TU", ["23", "kh", "tu"]),
        ("Covid-19", ["covid", "19"]),
        ("Covid19", ["covid", "19"]),
        ("14h05", ["14", "h", "5"]),
        ("khóa XII", ["khoa1", "xii"]),
        ("1.2.3", ["1", "2", "3"]),
        ("٣ ３", ["3", "3"]),
        ("9" * 6000, ["9" * 6000]),
    ],
)
def test_numbers_and_days_have_one_value(text, keys):
    assert exact(text) == keys


@pytest.mark.parametrize(
    "text",
    [
        "Nghị quyết T.Ư 4",
        "Nghị quyết TƯ 4",
        "Nghị quyết TW 4",
        "Nghị quyết T.W 4",
        "Nghị quyết T. Ư 4",
        "nghị quyết t.ư 4",
        "BCH TƯ",
        "60-NQ/TW",
    ],
)
def test_the_short_forms_of_the_central_level_are_one_token(text):
    assert "tw" in exact(text)
    assert "tw" in exact(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    "text", ["tư tưởng", "HỌC TẬP TƯ TƯỞNG", "XÚC TIẾN ĐẦU TƯ", "ĐẦU TƯ CÔNG", "Tư pháp", "23-KH/TU"]
)
def test_other_words_are_not_the_central_level(text):
    assert "tw" not in exact(text)


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("xây dựng. Đảng viên", ["Đảng"]),
        ("xây dựng.Đảng viên", ["Đảng"]),
        ("xong! Rồi", ["Rồi"]),
        ("Nguyễn Công\nThức", ["Thức"]),
        ("khóa XII; bốn nhóm", ["bốn"]),
        ("trung ương, 4 huyện", ["4"]),
        ("phòng, chống", []),
        ("kinh tế - xã hội (mới) “tốt”", []),
        ("TP. Huế, TS. Lan, PGS.TS. Hà, Q. Ba, v.v. đều", []),
        ("TP.HCM và baomau.vn", []),
        ("nhiệm kỳ X. Ông nói", ["Ông"]),
        ("ông nói “xong.” Rồi đi", ["Rồi"]),
        ("của T.Ư. Bốn việc", ["Bốn"]),
        ("T.Ư. 4 kinh nghiệm", ["4"]),
        ("năm 2020. Năm sau", ["Năm"]),
    ],
)
def test_where_a_phrase_may_not_run_on(text, parted):
    assert breaks(text) == parted


def test_sentences_keep_their_closing_marks():
    text = "Mưa lớn ở TP. Vinh. “Nước dâng nhanh!” Dân đi; xe ở lại\nHết"
    assert [text[a:b] for a, b in sentence_spans(text)] == [
        "Mưa lớn ở TP. Vinh.",
        "“Nước dâng nhanh!”",
        "Dân đi; xe ở lại",
        "Hết",
    ]


def test_cleaning():
    assert clean("  Quảng\u00a0\u2008Ninh \r\n\tmới\u200b nhất\u2028cuối ") == "Quảng Ninh\nmới nhất\ncuối"
    assert clean("ng\u00adhị\u200d \ufeffq\u0000uy\ud800ết\u202e") == "nghị quyết"
    assert clean(unicodedata.normalize("NFD", "Đường")) == "Đường"
    assert one_line(" một \n\n hai ") == "một hai"


def test_invisible_characters_do_not_part_words_but_zero_width_spaces_do():
    assert exact("ng\u00adhị\u200cquyết") == ["nghiquyêt51"]
    assert exact("nghị\u200bquyết") == ["nghi5", "quyêt1"]
    assert surfaces("nghị\u200d quyết") == ["nghị", "quyết"]


def test_marks():
    assert has_marks("dak Lăk")
    assert has_marks("Đa")
    assert has_marks(unicodedata.normalize("NFD", "má"))
    assert not has_marks("Gia Lai 4, Kon Tum “x”")


def test_keys_for_search():
    assert exact_key("Nghị quyết T.Ư 4") == "nghi5 quyêt1 tw 4"
    assert bare_key("Nghị quyết T.Ư 4") == "nghi quyet tw 4"


def test_the_fold_does_not_keep_long_runs_of_letters():
    fold.cache_clear()
    tokens("x" * 100_000 + " ngắn")
    assert fold.cache_info().currsize == 1


def test_hostile_texts_take_no_long_time():
    started = time.perf_counter()
    for part in ("a\u200d", "1.", "1,", "1.000", ". ", '."', "T.", "TƯ ", "\u0301", "1-", "01/01/", "Ư"):
        tokens(part * 30_000)
        clean(part * 30_000)
    assert time.perf_counter() - started < 10
