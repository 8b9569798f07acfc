"""The Vietnamese words of the mails, as the message table has them, for tests that look at what is written."""

WORDS = {
    "mail.subject": "[{topic}] {title}",
    "mail.outlet": "Báo",
    "mail.published": "Đăng lúc",
    "mail.first_seen": "Phát hiện lúc",
    "mail.link": "Xem bài gốc",
    "mail.sentences": "Đoạn khớp với chủ đề:",
    "mail.edited": "Bài đã được tòa soạn sửa; bản mới khớp với chủ đề.",
    "mail.flag_late": "Phát hiện muộn: bài đăng đã lâu, đến nay mới tìm thấy.",
    "mail.flag_unverified_layout": "Trang báo đã đổi giao diện: nội dung trích chưa được kiểm chứng.",
    "mail.footer": "tintinh gửi thư này vì bài khớp với chủ đề “{topic}”.",
    "time.minute": "{clock} {weekday}, ngày {day}/{month}/{year}",
    "time.day": "{weekday}, ngày {day}/{month}/{year}",
    "time.unknown": "không rõ",
    "time.weekday_1": "Thứ Hai",
    "time.weekday_2": "Thứ Ba",
    "time.weekday_3": "Thứ Tư",
    "time.weekday_4": "Thứ Năm",
    "time.weekday_5": "Thứ Sáu",
    "time.weekday_6": "Thứ Bảy",
    "time.weekday_7": "Chủ Nhật",
}


def say(key: str, **fields: object) -> str:
    return WORDS[key].format(**fields)
