"""`tintinh init` by options alone, and as a dialogue on a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import stat
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.channels import ChannelStore
from storage.database import Database
from storage.topics import Topic, TopicStore
from tests.end_to_end.conftest import COMMAND, Tintinh, environment
from tintinh.demo.receivers import Receivers

pytestmark = pytest.mark.end_to_end

ANSWERS = {"--contact": "tin@tinh.example", "--provinces": "", "--topic": "", "--email": ""}


def options(**more: str | Path) -> list[str]:
    given = ANSWERS | {f"--{name.replace('_', '-')}": str(value) for name, value in more.items()}
    return [part for pair in given.items() for part in pair]


@pytest.fixture
def place(tmp_path: Path) -> tuple[str | Path, ...]:
    return ("--config", tmp_path / "c" / "tintinh.toml", "--data", tmp_path / "d")


def written(tmp_path: Path) -> dict[str, Any]:
    return tomllib.loads((tmp_path / "c" / "tintinh.toml").read_text(encoding="utf-8"))


def topics(tmp_path: Path) -> dict[str, Topic]:
    database = Database.open(tmp_path / "d")
    found = {topic.slug: topic for topic in TopicStore(database).all()}
    database.close()
    return found


def test_without_a_terminal_the_missing_options_are_named(tintinh: Tintinh, tmp_path: Path, place: Any) -> None:
    ran = tintinh("init", "--contact", "a@b.example", "--provinces", "", *place, "--json")
    assert (ran.code, ran.error()["error"]) == (2, "usage")
    assert "--topic, --email" in ran.error()["message"]
    assert "--contact" not in ran.error()["message"]
    ran = tintinh("init", *options(email="a@b.example"), *place)
    assert ran.code == 2
    assert "--smtp, --sender" in ran.err
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"contact": "Tòa soạn"}, "contact"),
        ({"contact": ""}, "no_contact"),
        ({"provinces": "Atlantis"}, "province"),
        ({"provinces": "Nghệ An, Lemuria"}, "province"),
        ({"email": "a@b.example", "smtp": "thu.example:smtp", "sender": "a@b.example"}, "mail_server"),
        ({"email": "a@b.example", "smtp": "thu.example", "sender": "nobody"}, "channel_settings"),
        (
            {"email": "a@b.example", "smtp": "thu.example", "sender": "a@b.example", "username": "tên"},
            "channel_settings",
        ),
        (
            {
                "email": "a@b.example", "smtp": "thu.example", "sender": "a@b.example", "username": "a",
                "password_file": "none",
            },
            "unreadable",
        ),
    ],
)  # fmt: skip
def test_a_wrong_option_ends_it_before_anything_is_written(
    tintinh: Tintinh, tmp_path: Path, place: Any, wrong: dict[str, str], code: str
) -> None:
    ran = tintinh("init", *options(**wrong), *place, "--json")
    assert (ran.code, ran.error()["error"]) == (2, code), ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_data_folder_is_there_afterwards(tintinh: Tintinh, tmp_path: Path, place: Any) -> None:
    assert tintinh("init", *options(provinces="nghe an"), *place).code == 0
    assert written(tmp_path)["crawl"]["outlets"] == ["baonghean"]
    assert tintinh("status", *place).code == 0


def test_a_data_folder_that_cannot_be_made_leaves_no_configuration(tintinh: Tintinh, tmp_path: Path) -> None:
    (tmp_path / "d").write_text("", encoding="utf-8")
    ran = tintinh("init", *options(), "--config", tmp_path / "tintinh.toml", "--data", tmp_path / "d", "--json")
    assert ran.code in (2, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize(
    ("more", "system", "language"),
    [((), "en_US.UTF-8", "vi"), (("--lang", "en"), "vi_VN.UTF-8", "en"), (("--lang", "vi"), "C.UTF-8", "vi")],
)
def test_mails_are_vietnamese_unless_english_was_chosen(
    tintinh: Tintinh, tmp_path: Path, place: Any, more: tuple[str, ...], system: str, language: str
) -> None:
    assert tintinh("init", *options(), *more, *place, LANG=system).code == 0
    assert written(tmp_path)["language"] == language


def test_login_and_password_are_kept_where_only_the_owner_reads(tintinh: Tintinh, tmp_path: Path, place: Any) -> None:
    (tmp_path / "secret").write_text("bi-mat\n", encoding="utf-8")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "tintinh.toml.part").write_text("", encoding="utf-8")  # of an init that was killed
    mail = {"email": "a@b.example", "smtp": "127.0.0.1:1", "sender": "tin@b.example", "security": "none"}
    ran = tintinh("init", *options(topic="mưa", username="tin", password_file=tmp_path / "secret", **mail), *place)
    assert ran.code == 0, ran.err
    assert "Test message to mail was not delivered" in ran.err
    assert "bi-mat" not in ran.err + ran.out
    email = written(tmp_path)["email"]
    assert (email["username"], email["password"], email["port"]) == ("tin", "bi-mat", 1)
    file = tmp_path / "c" / "tintinh.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert topics(tmp_path)["mua"].channels == ("mail",)
    assert "tintinh run --config" in ran.err


def test_a_second_init_on_the_same_data_leaves_no_topic_without_a_channel(
    tintinh: Tintinh, tmp_path: Path, place: Any
) -> None:
    mail = {"smtp": "127.0.0.1:1", "sender": "tin@b.example", "security": "none"}
    for query, email in (
        ("mưa", "a@b.example"),
        ("nắng", "a@b.example"),
        ("gió", "c@d.example"),
        ("gió", "e@f.example"),
    ):
        (tmp_path / "c" / "tintinh.toml").unlink(missing_ok=True)
        ran = tintinh("init", *options(topic=query, email=email, **mail), *place)
        assert ran.code == 0, ran.err
    found = topics(tmp_path)
    assert {slug: topic.channels for slug, topic in found.items()} == {
        "mua": ("mail",), "nang": ("mail",), "gio": ("mail-2", "mail-3"),
    }  # fmt: skip
    database = Database.open(tmp_path / "d")
    assert [channel.settings for channel in ChannelStore(database).all()] == [
        {"to": ["a@b.example"]}, {"to": ["c@d.example"]}, {"to": ["e@f.example"]},
    ]  # fmt: skip
    database.close()


def test_a_topic_without_an_address_is_said_to_tell_nobody(tintinh: Tintinh, tmp_path: Path, place: Any) -> None:
    ran = tintinh("init", *options(topic="mưa"), *place)
    assert ran.code == 0
    assert "tintinh topics edit mua" in ran.err


class Terminal:
    """The command on a terminal of its own; what it writes is read as a person would, question by question."""

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        try:
            self._master, slave = pty.openpty()
        except OSError as error:
            pytest.skip(f"this machine gives no pseudo-terminal ({error})")
        self._process = subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment(folder), cwd=folder,
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def answer(self, question: str, text: str) -> str:
        """Wait for the question, type the answer; gives what was shown since the last answer."""
        shown = self._until(lambda: question in self.seen and self.seen.endswith(": "), question)
        self.seen = ""
        os.write(self._master, text.encode() + b"\n")
        return shown

    def leave(self, question: str, key: str) -> None:
        """Wait for the question; press Ctrl-C or Ctrl-D."""
        self._until(lambda: question in self.seen and self.seen.endswith(": "), question)
        if key == "Ctrl-D":
            os.write(self._master, b"\x04")
            return
        self._process.send_signal(signal.SIGINT)
        while not select.select([self._master], [], [], 2)[0]:
            # It came between two looks, just before the wait for input began: a person would press again.
            self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Exit code, and what was shown since the last answer."""
        shown = self._until(lambda: False, "")
        return self._process.wait(60), shown

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def _until(self, enough: Callable[[], bool], question: str) -> str:
        end = time.monotonic() + 60
        while not enough():
            assert select.select([self._master], [], [], end - time.monotonic())[0], f"{question!r}: {self.seen!r}"
            try:
                read = os.read(self._master, 65536)
            except OSError:  # Linux says so when the other side has closed
                read = b""
            if not read:
                assert not question, f"ended before {question!r}: {self.seen!r}"
                break
            self.seen += read.decode()
        return self.seen


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str | Path) -> Terminal:
        opened.append(Terminal(tmp_path, *arguments))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_in_the_dialogue_a_wrong_answer_is_told_and_asked_again(
    terminal: Callable[..., Terminal], tmp_path: Path, place: Any
) -> None:
    with Receivers() as receivers:
        at = terminal("init", *place)
        at.answer("Your e-mail", "")
        at.answer("Your e-mail", "tòa soạn")
        assert "e-mail" in at.answer("Your e-mail", "tin@tinh.example")
        at.answer("Provinces", "Atlantis")
        assert "Atlantis" in at.answer("Provinces", "Nghệ An, Lemuria")
        assert "Lemuria" in at.answer("Provinces", "nghe an")
        at.answer("first topic", "mưa AND (")
        assert "position 9" in at.answer("first topic", "mưa")
        at.answer("alerts go to", "nobody")
        assert "nobody" in at.answer("alerts go to", "a@b.example")
        at.answer("Mail server", "thu.example:smtp")
        at.answer("Mail server", f"127.0.0.1:{receivers.mail_port}")
        assert "[starttls]" in at.answer("Security", "some")
        at.answer("Security", "none")
        assert "[tin@tinh.example]" in at.answer("Sender", "nobody")
        at.answer("Sender", "")
        at.answer("Login", "")
        code, shown = at.end()
    assert (code, "Traceback" in shown) == (0, False), shown
    assert "Test message delivered to mail." in shown
    assert [arrival.channel for arrival in receivers.arrivals] == ["mail"]
    assert written(tmp_path)["crawl"] == {"contact": "tin@tinh.example", "outlets": ["baonghean"]}
    assert written(tmp_path)["email"]["sender"] == "tin@tinh.example"
    assert topics(tmp_path)["mua"].channels == ("mail",)


def test_the_password_is_asked_for_and_not_shown(terminal: Callable[..., Terminal], tmp_path: Path, place: Any) -> None:
    mail = ("--smtp", "127.0.0.1:1", "--sender", "a@b.example", "--security", "none")
    at = terminal("init", *options(email="a@b.example"), *mail, "--lang", "vi", *place)
    at.answer("đăng nhập", "tin")
    at.answer("Mật khẩu", "mật khẩu")
    assert "ASCII" in at.answer("Mật khẩu", "bi-mat")
    code, shown = at.end()
    assert code == 0, shown
    assert "bi-mat" not in shown
    assert "gửi được" in shown
    assert written(tmp_path)["email"]["password"] == "bi-mat"


def test_a_wrong_option_on_a_terminal_is_an_error(terminal: Callable[..., Terminal], place: Any) -> None:
    code, shown = terminal("init", *options(contact="tòa soạn"), *place).end()
    assert code == 2, shown


@pytest.mark.parametrize("key", ["Ctrl-C", "Ctrl-D"])
def test_leaving_leaves_nothing_behind(terminal: Callable[..., Terminal], tmp_path: Path, place: Any, key: str) -> None:
    at = terminal("init", *place)
    at.answer("Your e-mail", "tin@tinh.example")
    at.leave("Provinces", key)
    code, shown = at.end()
    assert code == 130, shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []
