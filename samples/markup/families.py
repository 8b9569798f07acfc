"""Which markup each family's name means."""

from __future__ import annotations

from samples.markup.content_detail import ContentDetail
from samples.markup.data_images import DataImages
from samples.markup.family import Family
from samples.markup.one_cdn import OneCdn
from samples.markup.zce import Zce
from samples.press import FamilyName, Paper

_FAMILIES: dict[FamilyName, Family] = {
    "zce": Zce(),
    "1cdn": OneCdn(),
    "content-detail": ContentDetail(),
    "dataimages": DataImages(),
}


def family_of(paper: Paper) -> Family:
    """The markup that the paper's pages are made with."""
    return _FAMILIES[paper.family]
