"""Channels on the command line: a receiver that works, one that refuses, one that hangs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Tintinh
from tintinh.demo.receivers import Receivers

pytestmark = pytest.mark.end_to_end


def config(tmp_path: Path, port: int) -> Path:
    file = tmp_path / "tintinh.toml"
    file.write_text(
        f'[email]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "tin@toa-soan.example"\n',
        encoding="utf-8",
    )
    return file


@contextmanager
def listening(answer: bytes) -> Iterator[int]:
    """A server that says one thing to everybody and then nothing more; gives its port."""
    server = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            client.sendall(answer)
            held.append(client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)
        for client in held:
            client.close()


def test_a_test_message_arrives_by_mail_and_by_webhook(tintinh: Tintinh, tmp_path: Path) -> None:
    with Receivers() as receivers:
        place = ("--config", config(tmp_path, receivers.mail_port), "--data", tmp_path / "d")
        assert tintinh("channels", "add", "email", "thu", "--to", "nguoi-doc@toa-soan.example", *place).code == 0
        added = tintinh("channels", "add", "webhook", "moc", "--url", receivers.hook_url, "--allow-private", *place)
        assert "whsec_" in added.err
        for name in ("thu", "moc"):
            ran = tintinh("channels", "test", name, "--json", *place)
            assert (ran.code, ran.lines()) == (0, [{"channel": name, "delivered": True}]), ran.err
    assert [arrival.channel for arrival in receivers.arrivals] == ["mail", "hook"]


def test_a_mail_server_that_refuses(tintinh: Tintinh, tmp_path: Path) -> None:
    with listening(b"554 no mail from you\r\n") as port:
        place = ("--config", config(tmp_path, port), "--data", tmp_path / "d")
        assert tintinh("channels", "add", "email", "thu", "--to", "a@toa-soan.example", *place).code == 0
        ran = tintinh("channels", "test", "thu", *place)
    assert ran.code == 4
    assert "554" in ran.err
    assert tintinh("channels", "test", "thu", *place).code == 4  # nobody listens any more


def test_a_private_receiver_needs_permission(tintinh: Tintinh, tmp_path: Path) -> None:
    with Receivers() as receivers:
        data = ("--data", tmp_path / "d")
        assert tintinh("channels", "add", "webhook", "moc", "--url", receivers.hook_url, *data).code == 0
        ran = tintinh("channels", "test", "moc", "--json", *data)
    assert ran.code == 4
    assert ran.lines()[0]["error"] == "private_address"
    assert receivers.arrivals == []


def test_e_mail_without_a_mail_server_is_told(tintinh: Tintinh, tmp_path: Path) -> None:
    ran = tintinh("channels", "add", "email", "thu", "--to", "a@toa-soan.example", "--json", "--data", tmp_path / "d")
    assert (ran.code, ran.error()["error"]) == (2, "no_mail_server")
    assert "[email]" in ran.error()["message"]


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x", "https://user:bimat123@a.example/", "khong phai url", "file:///etc/x"]
)
def test_bad_webhook_addresses_are_refused(tintinh: Tintinh, tmp_path: Path, url: str) -> None:
    ran = tintinh("channels", "add", "webhook", "moc", "--url", url, "--json", "--data", tmp_path / "d")
    assert (ran.code, ran.error()["error"]) == (2, "channel_settings")
    assert "bimat123" not in ran.err
