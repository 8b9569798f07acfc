import json
from datetime import date

import pytest

from corpus.provinces import MERGER, PROVINCES, is_province, province_2025
from tests.shared import SHARED, needs_shared


def test_63_became_34():
    assert len(PROVINCES) == 34
    assert sum(1 + len(province.former) for province in PROVINCES) == 63
    assert [province.code for province in PROVINCES] == sorted({province.code for province in PROVINCES})
    assert sum(province.valid_from == MERGER for province in PROVINCES) == 23


def test_cities_by_day():
    def cities(day):
        return sum(province.kind(day) == "thành phố" for province in PROVINCES)

    assert (cities(date(2024, 12, 31)), cities(MERGER), cities(date(2026, 4, 29)), cities(date(2026, 4, 30))) == (
        5,
        6,
        6,
        7,
    )


@pytest.mark.parametrize(
    ("name", "today"),
    [
        ("Bắc Giang", "Bắc Ninh"),
        ("Tiền Giang", "Đồng Tháp"),
        ("Thanh Hoá", "Thanh Hóa"),
        ("tỉnh KHÁNH HOÀ", "Khánh Hòa"),
        ("dak nong", "Lâm Đồng"),
        ("TP. Hồ Chí Minh", "Hồ Chí Minh"),
        ("TP.HCM", "Hồ Chí Minh"),
        ("thành phố Huế", "Huế"),
        ("Thừa Thiên - Huế", "Huế"),
        ("Bà Rịa–Vũng Tàu", "Hồ Chí Minh"),
        ("Đồng Nai", "Đồng Nai"),
        ("Kontum", "Quảng Ngãi"),
        (None, None),
        ("", None),
        ("(trung ương)", None),
        ("Bình", None),
    ],
)
def test_todays_name(name, today):
    assert province_2025(name) == today
    assert name is None or is_province(name) == (today is not None)


@needs_shared
@pytest.mark.shared
def test_the_table_agrees_with_the_facts():
    for fact in json.loads((SHARED / "facts/provinces.json").read_bytes())["provinces"]:
        (province,) = [known for known in PROVINCES if known.code == fact["code"]]
        assert province.name == fact["name"]
        assert {province.name, *province.former} == set(fact["old"])
        assert fact["type_2025_07_01"].startswith(province.kind(MERGER))
        assert fact["type_2026_07"].startswith(province.kind(date(2026, 7, 1)))
