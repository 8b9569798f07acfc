"""Foreign matter in article pages: adverts, polls, audio players, read-more boxes. None of it is the article's text.

The class names are the caller's: each family has its own, and an outlet file cannot know them.
"""

from __future__ import annotations

from samples.edition import Edition, Shown
from samples.markup.family import Family, earlier, esc
from samples.markup.parts import url_of


def advert(css: str) -> str:
    """An advert between paragraphs."""
    return (
        f'<div class="{css}"><a href="https://quangcao.example/nhan/55" rel="sponsored">'
        '<img src="https://quangcao.example/b.gif" alt=""></a>'
        "<p>Nội thất gỗ Vĩnh Tường: trả góp 0% đến hết tháng, giao tận nhà.</p></div>"
    )


def invitation(css: str, name: str) -> str:
    """A paper's own invitation to advertise, as the last lines of its texts."""
    return (
        f'<div class="{css}"><p>MỜI QUẢNG CÁO TRỰC TUYẾN</p><p>Trên {esc(name)} điện tử. '
        "Điện thoại: 0999 000 111. Liên hệ phòng Phát hành - Quảng cáo trong giờ hành chính.</p></div>"
    )


def poll(css: str) -> str:
    """A poll of readers."""
    return (
        f'<div class="{css}"><p>Thăm dò ý kiến: Bạn thường đọc báo vào lúc nào?</p><form action="/binh-chon">'
        '<p><label><input type="radio" name="o" value="1"> Buổi sáng, trước giờ làm</label></p>'
        '<p><label><input type="radio" name="o" value="2"> Buổi tối, sau bữa cơm</label></p>'
        "<button>Gửi bình chọn</button> <a>Xem kết quả: 1.204 phiếu</a></form></div>"
    )


def audio(css: str) -> str:
    """A player that reads the article, with the words that its service shows."""
    return (
        f'<div class="{css}"><audio src="https://giongdoc.example/doc.mp3" preload="none"></audio>'
        "<p>Nghe đọc bài này: 0:00 / 3:42</p><div><p>Bản đọc do máy thực hiện, có thể sai tên riêng và số liệu.</p>"
        "<p>Mời quý vị và các bạn theo dõi nội dung sau đây qua giọng đọc tự động của toà soạn.</p></div></div>"
    )


def weather(css: str) -> str:
    """A weather gadget."""
    return (
        f'<table class="{css}"><tr><td>Hôm nay</td><td>24°C - 31°C</td><td>Có mây, chiều tối mưa rào vài nơi</td></tr>'
        "<tr><td>Ngày mai</td><td>23°C - 30°C</td><td>Nhiều mây, gió nhẹ</td></tr></table>"
    )


def follow(name: str) -> str:
    """A line that asks readers to follow the paper."""
    return f'<p><em>Bấm "Quan tâm" {esc(name)} trên Zalo để nhận tin nóng mỗi ngày.</em></p>'


def read_more(family: Family, edition: Edition, shown: Shown, css: str) -> str:
    """A read-more box that stands inside a paragraph; nothing, where the paper has nothing older."""
    return "".join(
        f'<span class="{css}">Đọc thêm: <a href="{url_of(family, edition.paper, other)}">'
        f"{esc(other.article.title)}</a></span>"
        for other in earlier(edition, shown, 1)
    )


def read_also(family: Family, edition: Edition, shown: Shown, opening: str, closing: str) -> str:
    """A box of up to two older articles between paragraphs, within the given tags."""
    rows = "".join(
        f'<p><a href="{url_of(family, edition.paper, other)}">{esc(other.article.title)}</a></p>'
        for other in earlier(edition, shown, 2)
    )
    return f"{opening}{rows}{closing}" if rows else ""
