"""Which markup each family's name means."""

from __future__ import annotations

from samples.markup.a_fck import AFck
from samples.markup.a_id import AId
from samples.markup.aspnet import AspNet
from samples.markup.bbg import Bbg
from samples.markup.content_detail import ContentDetail
from samples.markup.data_images import DataImages
from samples.markup.family import Family
from samples.markup.htm import Htm
from samples.markup.newsimg import NewsImg
from samples.markup.one_cdn import OneCdn
from samples.markup.spa_json import SpaJson
from samples.markup.upload_news import UploadNews
from samples.markup.uploads_image import UploadsImage
from samples.markup.zce import Zce
from samples.press import FamilyName, Paper

_FAMILIES: dict[FamilyName, Family] = {
    "zce": Zce(),
    "1cdn": OneCdn(),
    "content-detail": ContentDetail(),
    "dataimages": DataImages(),
    "spa-json": SpaJson(),
    "a-id": AId(),
    "bbg": Bbg(),
    "htm": Htm(),
    "newsimg": NewsImg(),
    "upload-news": UploadNews(),
    "uploads-image": UploadsImage(),
    "aspnet": AspNet(),
    "a-fck": AFck(),
}


def family_of(paper: Paper) -> Family:
    """The markup that the paper's pages are made with."""
    return _FAMILIES[paper.family]
