"""Vietnam's provinces: 63 until 30 June 2025, 34 since 1 July 2025 (Nghị quyết 202/2025/QH15 of 12 June 2025).

Đồng Nai is a city since 30 April 2026 (Nghị quyết 30/2026/QH16). Names are compared by their bare keys, so that
`Thanh Hoá`, `THANH HÓA` and `thanh hoa` are one; none of the 63 names is another's bare key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from corpus.text import bare_key

MERGER = date(2025, 7, 1)
"""The day from which the 34 provinces hold."""

_ALWAYS = date.min

Kind = Literal["tỉnh", "thành phố"]


@dataclass(frozen=True, slots=True)
class Province:
    """A province of today.

    `former` are the provinces that ended on the day before `valid_from` and are part of it now; `valid_from` is None
    where the merger changed nothing. `city_since` is the day from which it is a city under central government.
    """

    code: str
    name: str
    former: tuple[str, ...] = ()
    city_since: date | None = None

    @property
    def valid_from(self) -> date | None:
        """The day from which the province has its present extent; None: from before the merger."""
        return MERGER if self.former else None

    def kind(self, day: date) -> Kind:
        """Whether it is a province or a city on a day."""
        return "thành phố" if self.city_since is not None and day >= self.city_since else "tỉnh"


PROVINCES = (
    Province("01", "Hà Nội", city_since=_ALWAYS),
    Province("04", "Cao Bằng"),
    Province("08", "Tuyên Quang", ("Hà Giang",)),
    Province("11", "Điện Biên"),
    Province("12", "Lai Châu"),
    Province("14", "Sơn La"),
    Province("15", "Lào Cai", ("Yên Bái",)),
    Province("19", "Thái Nguyên", ("Bắc Kạn",)),
    Province("20", "Lạng Sơn"),
    Province("22", "Quảng Ninh"),
    Province("24", "Bắc Ninh", ("Bắc Giang",)),
    Province("25", "Phú Thọ", ("Hòa Bình", "Vĩnh Phúc")),
    Province("31", "Hải Phòng", ("Hải Dương",), city_since=_ALWAYS),
    Province("33", "Hưng Yên", ("Thái Bình",)),
    Province("37", "Ninh Bình", ("Hà Nam", "Nam Định")),
    Province("38", "Thanh Hóa"),
    Province("40", "Nghệ An"),
    Province("42", "Hà Tĩnh"),
    Province("44", "Quảng Trị", ("Quảng Bình",)),
    Province("46", "Huế", city_since=date(2025, 1, 1)),
    Province("48", "Đà Nẵng", ("Quảng Nam",), city_since=_ALWAYS),
    Province("51", "Quảng Ngãi", ("Kon Tum",)),
    Province("52", "Gia Lai", ("Bình Định",)),
    Province("56", "Khánh Hòa", ("Ninh Thuận",)),
    Province("66", "Đắk Lắk", ("Phú Yên",)),
    Province("68", "Lâm Đồng", ("Bình Thuận", "Đắk Nông")),
    Province("75", "Đồng Nai", ("Bình Phước",), city_since=date(2026, 4, 30)),
    Province("79", "Hồ Chí Minh", ("Bà Rịa - Vũng Tàu", "Bình Dương"), city_since=_ALWAYS),
    Province("80", "Tây Ninh", ("Long An",)),
    Province("82", "Đồng Tháp", ("Tiền Giang",)),
    Province("86", "Vĩnh Long", ("Bến Tre", "Trà Vinh")),
    Province("91", "An Giang", ("Kiên Giang",)),
    Province("92", "Cần Thơ", ("Hậu Giang", "Sóc Trăng"), city_since=_ALWAYS),
    Province("96", "Cà Mau", ("Bạc Liêu",)),
)
"""The 34 provinces of today by their code."""

_OTHER_NAMES = {
    "Thừa Thiên Huế": "Huế",
    "Sài Gòn": "Hồ Chí Minh",
    "HCM": "Hồ Chí Minh",
    "TPHCM": "Hồ Chí Minh",
    "Bắc Cạn": "Bắc Kạn",
    "Đắc Lắc": "Đắk Lắk",
    "Đắc Nông": "Đắk Nông",
    "Daklak": "Đắk Lắk",
    "Daknong": "Đắk Nông",
    "Kontum": "Kon Tum",
    "BRVT": "Bà Rịa - Vũng Tàu",
}
"""Names and spellings that papers use, each with a name of the table."""

_PREFIXES = ("thanh pho ", "tinh ", "tp ")


def province_2025(name: str | None) -> str | None:
    """Today's province for an old or present name, with or without `tỉnh`, `TP`; None for None or no province."""
    if name is None:
        return None
    key = bare_key(name)
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            return _TODAY.get(key) or _TODAY.get(key.removeprefix(prefix))
    return _TODAY.get(key)


def known_name(name: str) -> str | None:
    """An old or present name of a province as the table writes it; marks and `tỉnh` may be left out. None: unknown."""
    wanted = bare_key(name)
    for province in PROVINCES:
        for known in (province.name, *province.former):
            if bare_key(known) == wanted:
                return known
    return province_2025(name)


def is_province(name: str) -> bool:
    """Whether a text is the name of a province, of today or of before the merger."""
    return province_2025(name) is not None


def _today() -> dict[str, str]:
    """Bare key of every known name -> today's name."""
    table = {bare_key(old): province.name for province in PROVINCES for old in (province.name, *province.former)}
    return table | {bare_key(other): table[bare_key(name)] for other, name in _OTHER_NAMES.items()}


_TODAY = _today()
