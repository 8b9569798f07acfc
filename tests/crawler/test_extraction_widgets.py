"""What stands inside a body and is no part of it: polls, players, adverts, weather, calls to follow, see-also lines."""

from __future__ import annotations

import time

import pytest

from crawler.extraction.widgets import is_widget_line
from tests.crawler.extraction_pages import LEAD, PARAGRAPHS, article, page

TEXT = "\n".join(PARAGRAPHS)
FIRST, SECOND, THIRD = (f"<p>{text}</p>" for text in PARAGRAPHS)
SIGNED = "<p style='text-align:right'><b>Bài, ảnh: Lò Thị Mây</b></p>"

POLL = """<section class="k1"><h4>Bạn muốn học kiểu đan nào trước?</h4><form>
<div><label><input type="radio" name="k"> Đan nong mốt như các cụ trong làng vẫn thường làm bên hiên nhà</label></div>
<div><label><input type="radio" name="k"> Đan nong đôi</label></div><p>312 lượt chọn</p></form></section>"""
OPEN_POLL = """<p>Bạn muốn học kiểu đan nào trước?</p>
<ul><li><input type="checkbox"> Đan nong mốt</li><li><input type="checkbox"> Đan nong đôi</li></ul>"""
PLAYER = """<div class="k2"><audio controls src="/k.mp3"></audio><span>Nữ miền Bắc</span>
<p>Nội dung được chuyển thành tiếng nói bằng công cụ tự động, mong bạn đọc thông cảm nếu có sai.</p></div>"""
SCRIPTED_PLAYER = """<p>Nghe bài viết 00:00 / 04:31</p><p>Nữ miền Bắc</p>
<p>Giọng đọc được tạo bằng trí tuệ nhân tạo, có thể chưa thật chuẩn.</p>"""
SPONSORED = """<div class="k3"><a rel="nofollow sponsored" href="https://ngoai.example/"><img src="k.gif"></a>
<p>Chiếu cói Làng Dưới giảm giá nửa mùa, mua hai tấm tặng một gối mây đan tay.</p></div>"""
LABELLED = "<div class='k4'><div>Quảng cáo</div><p>Chiếu cói Làng Dưới giảm giá nửa mùa, hai tấm tặng gối.</p></div>"
WEATHER = """<table class="k5"><tr><th>Ngày</th><th>Nhiệt độ</th><th>Trời</th></tr>
<tr><td>Hôm nay</td><td>19 - 26 °C</td><td>Nắng nhẹ</td></tr>
<tr><td>Ngày mai</td><td>18 - 25 °C</td><td>Mưa rào</td></tr>
</table>"""


@pytest.mark.parametrize("widget", [POLL, OPEN_POLL, PLAYER, SCRIPTED_PLAYER, SPONSORED, LABELLED, WEATHER])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_widgets_leave_the_text_wherever_they_stand(widget: str, place: int) -> None:
    parts = [FIRST, SECOND, THIRD]
    record = article(page(body="".join([*parts[:place], widget, *parts[place:], SIGNED])))
    assert (record.text, record.authors) == (TEXT, ("Lò Thị Mây",))


def test_widgets_leave_a_body_of_loose_lines() -> None:
    body = f"{PLAYER}<b>Lớp học mở từ bao giờ?</b><br><br>{'<br><br>'.join(PARAGRAPHS)}<br><br>{SPONSORED}"
    assert article(page(body=body)).text == f"Lớp học mở từ bao giờ?\n{TEXT}"


@pytest.mark.parametrize(
    "line",
    [
        "Nhấn “Quan tâm” Báo Cát Sơn trên Zalo để đọc tin mới mỗi sáng.",
        "Mời bạn đọc theo dõi kênh của Báo Cát Sơn trên YouTube",
        "Theo dõi Fanpage Báo Cát Sơn trên Facebook để không bỏ lỡ tin hay!",
        "Quét mã QR để tải ứng dụng Báo Cát Sơn và đọc tin nhanh hơn",
        "Chia sẻ: Facebook Zalo Email Sao chép liên kết",
        "LIÊN HỆ QUẢNG CÁO: 0912 000 222",
        "Mời quảng cáo trên báo điện tử",
        "00:00 / 12:07",
    ],
)
def test_widget_lines(line: str) -> None:
    assert is_widget_line(line)
    for body in (f"{FIRST}<p>{line}</p>{SECOND}{THIRD}{SIGNED}", f"{FIRST}{SECOND}{THIRD}{SIGNED}<p>{line}</p>"):
        record = article(page(body=body))
        assert (record.text, record.authors) == (TEXT, ("Lò Thị Mây",))


@pytest.mark.parametrize(
    "line",
    [
        "Theo dõi đàn cá trên sông Cát, các em học sinh ghi nhật ký rồi đăng lên Facebook của lớp.",
        "Nhấn nút báo cháy trên tường là việc đầu tiên người dân được dạy trong buổi tập huấn.",
        "Quảng cáo sai sự thật, một cửa hàng ở phố núi bị phạt hai mươi triệu đồng.",
        "Chia sẻ với phóng viên, bà Mây nói nghề đan đã nuôi cả nhà.",
        "Đội khách thắng 3/4 số ván, trận cuối kéo dài từ 8:30 đến 11:05.",
        "Quan tâm đến người già neo đơn là việc xã làm mỗi dịp Tết, có nhóm Zalo để báo tin.",
        "Liên hệ quảng cáo qua mạng với người lạ, ông bị lừa mất cả vụ lúa.",
    ],
)
def test_sentences_that_only_sound_like_widgets_stay(line: str) -> None:
    assert not is_widget_line(line)
    body = f"{FIRST}<p>{line}</p>{SECOND}{THIRD}"
    assert line in article(page(body=body)).text.split("\n")


def test_an_advertisers_address_ends_the_text_and_opens_nothing() -> None:
    contact = "Phòng Quảng cáo Báo Cát Sơn, số 9 phố Bến. Điện thoại: 0912 000 222, email: qc@baocatson.example."
    assert article(page(body=f"{FIRST}{SECOND}{THIRD}{SIGNED}<p>{contact}</p>")).text == TEXT
    assert article(page(body=f"{FIRST}<p>{contact}</p>{SECOND}{THIRD}")).text.count("0912") == 1


def test_own_weather_table_stays() -> None:
    own = WEATHER.replace("Hôm nay", "Ngày 21/5").replace("Ngày mai", "Ngày 22/5")
    record = article(page(body=f"{FIRST}{own}{SECOND}{THIRD}"))
    assert "Ngày 21/5 | 19 - 26 °C | Nắng nhẹ" in record.text


def test_form_around_the_whole_page_is_no_poll() -> None:
    body = f"<form><input type='checkbox'>{FIRST}{SECOND}{THIRD}</form>"
    assert article(page(body=body)).text == TEXT


OTHER = '<a href="/bai-2.html">Chợ phiên họp lại sau mùa lũ lớn</a>'


@pytest.mark.parametrize(
    "aside",
    [
        f"<span class='k6'>Đọc thêm: {OTHER}</span>",
        f"<em>Xem thêm: <b>{OTHER}</b></em>",
        f"Tin liên quan: {OTHER}",
        f"<b>Đọc tiếp:</b> {OTHER}",
        f">>> Xem lại: {OTHER}.",
        f"<i>(Xem thêm: {OTHER})</i>",
    ],
)
def test_see_also_inside_a_paragraph(aside: str) -> None:
    more = "Ai cũng xách theo một bó nan và một chiếc ghế thấp để ngồi cho lâu mỏi."
    body = f"{FIRST}<p>{PARAGRAPHS[1]} {aside} {more}</p>{THIRD}"
    wanted = "\n".join((PARAGRAPHS[0], f"{PARAGRAPHS[1]} {more}", PARAGRAPHS[2]))
    assert article(page(body=body)).text == wanted


@pytest.mark.parametrize(
    "sentence",
    [
        f"Ông dặn lớp trẻ nên đọc thêm: {OTHER} là cuốn sổ đầu tiên.",
        f"Bạn đọc có thể xem thêm {OTHER} để rõ cách vót nan.",
        'Lớp có một khẩu hiệu. Xem thêm: <a href="/x">ở đây</a> nhé.',
    ],
)
def test_links_inside_a_sentence_stay(sentence: str) -> None:
    record = article(page(body=f"{FIRST}<p>{PARAGRAPHS[1]} {sentence}</p>{THIRD}"))
    assert len(record.text.split("\n")[1]) > len(PARAGRAPHS[1]) + 20


@pytest.mark.parametrize(
    "last",
    [
        "<p>Số điện thoại của lớp: bàn trực nhà văn hóa xã, gặp chị Mây</p>",
        f"<p>Theo Báo Cát Sơn</p><div class='tags'><a href='/t'>đan lát</a></div><p>{SPONSORED}</p>",
        "<p>Kỳ sau: Người giữ lửa</p><p>(Còn nữa)</p>",
    ],
)
def test_a_byline_is_found_though_lines_follow_it(last: str) -> None:
    record = article(page(body=f"{FIRST}{SECOND}{THIRD}{SIGNED}{last}"))
    assert record.authors == ("Lò Thị Mây",)
    assert "Lò Thị Mây" not in record.text
    assert record.text.startswith(TEXT)


def test_a_picture_story_signed_by_its_photographer() -> None:
    picture = '<figure><img src="k.jpg"><figcaption>Nan tre phơi nắng. Ảnh: Lò Thị Mây</figcaption></figure>'
    record = article(page(body=f"{FIRST}{picture}{SECOND}{THIRD}<p><strong>Ảnh: Lò Thị Mây</strong></p>"))
    assert (record.text, record.authors, len(record.captions)) == (TEXT, ("Lò Thị Mây",), 1)


def test_a_credit_under_a_picture_is_still_a_credit() -> None:
    picture = '<p><img src="k.jpg"></p><p>Nan tre phơi nắng bên hiên</p><p>Ảnh: Lò Thị Mây</p>'
    record = article(page(body=f"{FIRST}{picture}{SECOND}{THIRD}"))
    assert (record.text, [c.credit for c in record.captions]) == (TEXT, ["Lò Thị Mây"])


def test_many_widgets_cost_no_time() -> None:
    begin = time.process_time()
    article(page(body=FIRST + POLL * 300 + PLAYER * 300 + WEATHER * 300 + SPONSORED * 300 + SECOND + f"<p>{LEAD}</p>"))
    inputs = "<p>Tên <input type='radio'> họ</p>"
    article(page(body="<div>" * 60 + inputs * 1500 + "</div>" * 60 + FIRST + SECOND))
    assert time.process_time() - begin < 10
