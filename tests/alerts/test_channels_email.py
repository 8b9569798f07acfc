import asyncio
import email
import email.policy
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from alerts.channels import make_channel, prepare_settings
from alerts.channels.base import ChannelTools, PartlyDelivered, Receipt
from alerts.channels.email import EmailChannel
from corpus.errors import DeliveryError, UsageError
from tests.alerts.certificate import contexts
from tests.alerts.stock import NOON
from tests.alerts.test_render import ALERT
from tests.alerts.words import say

TOOLS = ChannelTools(say, lambda: NOON)


class Mailbox:
    """Answers as told, keeps what it took."""

    def __init__(self, recipients=None, data="250 OK"):
        self.recipients = recipients or {}
        self.data = data
        self.taken = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.recipients.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        if self.data.startswith("2"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.taken.append((list(envelope.rcpt_tos), message))
        return self.data


@contextmanager
def mail_server(mailbox, **options):
    server: Any = Controller(mailbox, hostname="127.0.0.1", port=0, server_hostname="thu.example", **options)
    first_answer = server._trigger_server

    def on_the_real_port():
        server.port = server.server.sockets[0].getsockname()[1]
        first_answer()

    server._trigger_server = on_the_real_port
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def settings(port, **more):
    return {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "tintinh@tinh.example",
        "to": ["a@tinh.example", "b@tinh.example"],
        **more,
    }


def send(port, alert=ALERT, tls=None, deadline=10.0, **more):
    stored = prepare_settings("email", settings(port, **more))
    return asyncio.run(EmailChannel(stored, TOOLS, tls=tls, deadline=deadline).deliver(alert))


def test_a_mail_arrives_in_vietnamese_with_both_parts():
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        assert send(port) == Receipt(250)
    ((to, message),) = mailbox.taken
    assert to == ["a@tinh.example", "b@tinh.example"]
    assert message["Subject"] == "[Nước và hồ đập] Khởi công hồ chứa nước Suối Rồng"
    assert message["Message-ID"] == f"<{ALERT.id}@tinh.example>"
    assert message["Date"].datetime == NOON
    assert message["From"].addresses[0].addr_spec == "tintinh@tinh.example"
    assert "Đồi Mây" in message.get_body(("plain",)).get_content()
    assert "<b>hồ chứa nước</b>" in message.get_body(("html",)).get_content()


def test_the_message_id_is_the_same_in_every_attempt():
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(port)
        send(port)
    assert len({message["Message-ID"] for _, message in mailbox.taken}) == 1


@pytest.mark.parametrize("title", ["Một dòng\r\nBcc: kẻ@xấu.example", "\0\x1b[31mđỏ\u202e", "dài " * 250_000, ""])
def test_no_title_breaks_a_header(title):
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        send(port, replace(ALERT, title=title))
    ((_, message),) = mailbox.taken
    assert message["Bcc"] is None
    assert len(message["Subject"]) <= 200


def test_a_long_subject_keeps_its_blanks_on_the_wire():
    words = [
        "đẩy",
        "nhanh",
        "giải",
        "phóng",
        "mặt",
        "bằng",
        "tuyến",
        "2026",
        "km",
        "Thủ",
        "tướng",
        "và",
        "“tự",
        "diễn",
        "biến”",
        "an",
        "UBND",
    ]
    for start in range(len(words)):
        title = " ".join((words[start:] + words[:start]) * 2)[:170].strip()
        wire = EmailChannel(settings(25), TOOLS).message(replace(ALERT, title=title)).as_bytes()
        parsed = email.message_from_bytes(wire, policy=email.policy.default)
        assert parsed["Subject"] == f"[{ALERT.topic_name}] {title}"
        assert all(len(line) <= 78 for line in wire.partition(b"\r\n\r\n")[0].splitlines())


def test_a_mail_is_seven_bit_for_servers_of_any_age():
    assert EmailChannel(settings(25), TOOLS).message(replace(ALERT, sentences=("Hồ.",))).as_bytes().isascii()


@pytest.mark.parametrize(("answer", "retry"), [("421 later", True), ("450 busy", True), ("550 no", False)])
def test_a_refusal_of_everybody_or_of_the_mail(answer, retry):
    status = int(answer[:3])
    for mailbox in (Mailbox(data=answer), Mailbox(dict.fromkeys(["a@tinh.example", "b@tinh.example"], answer))):
        with mail_server(mailbox) as port, pytest.raises(DeliveryError) as caught:
            send(port)
        assert (caught.value.status, caught.value.retry) == (status, retry)
        assert mailbox.taken == []


def test_one_recipient_refused_for_good_and_the_other_served():
    mailbox = Mailbox({"a@tinh.example": "550 unknown"})
    with mail_server(mailbox) as port, pytest.raises(PartlyDelivered) as caught:
        send(port)
    assert (caught.value.remaining, caught.value.retry) == (("a@tinh.example",), False)
    assert [to for to, _ in mailbox.taken] == [["b@tinh.example"]]


def test_only_those_who_have_not_had_it_are_tried_again():
    mailbox = Mailbox({"b@tinh.example": "451 greylisted"})
    with mail_server(mailbox) as port:
        with pytest.raises(PartlyDelivered) as caught:
            send(port)
        assert caught.value.retry
        mailbox.recipients.clear()
        send(port, replace(ALERT, remaining=caught.value.remaining))
    assert [to for to, _ in mailbox.taken] == [["a@tinh.example"], ["b@tinh.example"]]


def test_a_session_ended_between_two_recipients_has_told_nobody():
    mailbox = Mailbox({"b@tinh.example": "421 going down"})
    with mail_server(mailbox) as port, pytest.raises(PartlyDelivered) as caught:
        send(port)
    assert caught.value.remaining == ("a@tinh.example", "b@tinh.example")
    assert mailbox.taken == []


def test_a_server_that_is_not_there():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError) as caught:
            send(closed.getsockname()[1])
    assert (caught.value.code, caught.value.retry) == ("connection", True)


@contextmanager
def raw_server(talk):
    """One session with a server that says what `talk(connection)` says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(10)


def test_a_server_that_hangs_after_data_ends_at_the_deadline():
    def talk(connection):
        lines = connection.makefile("rwb")
        lines.write(b"220 hi\r\n")
        lines.flush()
        while line := lines.readline():
            if line == b".\r\n":
                break
            if line[:4].upper() in (b"EHLO", b"MAIL", b"RCPT"):
                lines.write(b"250 OK\r\n")
            elif line[:4].upper() == b"DATA":
                lines.write(b"354 go\r\n")
            lines.flush()
        connection.recv(1)  # until the other side gives up

    with raw_server(talk) as port, pytest.raises(DeliveryError) as caught:
        send(port, deadline=0.4)
    assert (caught.value.code, caught.value.retry) == ("timeout", True)


def test_a_server_that_dribbles_ends_at_the_deadline():
    def slowly(connection):
        connection.settimeout(0.02)
        connection.sendall(b"220-")
        while True:
            try:
                connection.sendall(b"x")
                if connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    with raw_server(slowly) as port, pytest.raises(DeliveryError) as caught:
        send(port, deadline=0.4)
    assert caught.value.code == "timeout"


def test_a_goodbye_that_goes_wrong_is_no_failure():
    def talk(connection):
        lines = connection.makefile("rwb")
        lines.write(b"220 hi\r\n")
        lines.flush()
        in_data = False
        while line := lines.readline():
            if in_data:
                in_data = line != b".\r\n"
                lines.write(b"" if in_data else b"250 taken\r\n")
            elif line[:4].upper() == b"DATA":
                in_data = True
                lines.write(b"354 go\r\n")
            elif line[:4].upper() == b"QUIT":
                return
            else:
                lines.write(b"250 OK\r\n")
            lines.flush()

    with raw_server(talk) as port:
        assert send(port) == Receipt(250)


def test_starttls_and_login(tmp_path):
    server, client = contexts(tmp_path, "localhost")
    mailbox = Mailbox()

    def login(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"hush", handled=False)

    with mail_server(mailbox, tls_context=server, require_starttls=True, authenticator=login) as port:
        more = {"host": "localhost", "security": "starttls", "username": "u"}
        send(port, tls=client, password="hush", **more)
        with pytest.raises(DeliveryError) as caught:
            send(port, tls=client, password="wrong-word", **more)
        with pytest.raises(DeliveryError) as untrusted:
            send(port, password="hush", **more)
    assert len(mailbox.taken) == 1
    # The account is at fault, not the alert: it waits until somebody has mended that.
    assert (caught.value.code, caught.value.status, caught.value.retry) == ("login", 535, True)
    assert "wrong-word" not in caught.value.message
    assert (untrusted.value.code, untrusted.value.retry) == ("tls", True)


@pytest.mark.parametrize("greeting", [b"554 no service for you\r\n", b"421 too busy\r\n"])
def test_a_server_that_turns_us_away_at_the_door_is_asked_again(greeting):
    def talk(connection):
        connection.sendall(greeting)
        connection.recv(100)

    with raw_server(talk) as port, pytest.raises(DeliveryError) as caught:
        send(port)
    assert (caught.value.code, caught.value.status, caught.value.retry) == ("connection", int(greeting[:3]), True)


def test_tls_from_the_first_byte(tmp_path):
    server, client = contexts(tmp_path, "localhost")
    mailbox = Mailbox()
    with mail_server(mailbox, ssl_context=server) as port:
        send(port, tls=client, host="localhost", security="tls")
    assert len(mailbox.taken) == 1


def test_a_server_without_starttls_gets_no_mail():
    mailbox = Mailbox()
    with mail_server(mailbox) as port, pytest.raises(DeliveryError) as caught:
        send(port, security="starttls")
    assert (caught.value.code, caught.value.retry) == ("smtp", True)
    assert mailbox.taken == []


def test_stopping_ends_a_session_that_hangs():
    def talk(connection):
        connection.recv(1)

    async def scene(port):
        channel = make_channel("email", prepare_settings("email", settings(port)), TOOLS)
        task = asyncio.create_task(channel.deliver(ALERT))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with raw_server(talk) as port:
        asyncio.run(scene(port))


def test_recipients_may_be_given_in_one_line():
    stored = prepare_settings("email", {**settings(25), "to": "a@tinh.example, b@tinh.example"})
    assert stored["to"] == ["a@tinh.example", "b@tinh.example"]
    assert prepare_settings("email", stored) == stored


@pytest.mark.parametrize(
    "change",
    [
        {"host": ""},
        {"host": "thu.example/x"},
        {"port": 0},
        {"security": "hush"},
        {"sender": "hush"},
        {"sender": "a@b.example\r\nBcc: x@y.example"},
        {"sender": "hộp@thư.example"},
        {"to": []},
        {"to": ""},
        {"to": ["a@tinh.example", "hush@"]},
        {"to": ["A <a@tinh.example>"]},
        {"username": "u"},
        {"password": "hush"},
        {"username": "u", "password": "hush đ"},
        {"colour": "hush"},
    ],
)
def test_wrong_settings_are_named_without_their_values(change):
    with pytest.raises(UsageError) as caught:
        prepare_settings("email", {**settings(25), **change})
    assert caught.value.code == "channel_settings"
    assert "hush" not in caught.value.message
