"""The pure parts of `tintinh init`: what is missing, what an answer means, what is written; and the contact's check."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UsageError
from crawler.catalogue import load_catalogue
from storage.channels import Channel
from storage.topics import Topic
from tests.alerts.stock import NOON
from tintinh.cli.setup import (
    Given,
    Mail,
    addresses,
    channel_for,
    check_contact,
    config_text,
    mail_server,
    missing,
    outlets_of,
    place_options,
    topic_for,
)
from tintinh.config import Place, load_config

OUTLETS = load_catalogue(Path("/nowhere"))
MAIL = Mail(("a@b.example",), "thu.example", 587, "starttls", "tin@b.example", "tin", 'mật"\\khẩu')


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (Given(), ["--contact", "--provinces", "--topic", "--email"]),
        (Given(contact="a@b.example", provinces="", topic="", email=""), []),
        (Given(contact="a@b.example", provinces="", topic="", email="a@b.example"), ["--smtp", "--sender"]),
        (
            Given(contact="", provinces="", topic="", email="a", smtp="a", sender="a", password_file=Path("x")),
            ["--username"],
        ),
    ],
)
def test_what_no_option_answers_is_named(given, names):
    assert missing(given) == names


@pytest.mark.parametrize("contact", ["ban-doc@tinh.example", "https://tinh.example/lien-he", "http://10.0.0.1:8080"])
def test_a_contact_is_an_address(tmp_path, contact):
    file = tmp_path / "tintinh.toml"
    file.write_text(f'[crawl]\ncontact = " {contact} "\n', encoding="utf-8")
    assert load_config(Place(file, tmp_path), {}).crawl.contact == contact
    assert check_contact(f" {contact} ") == contact


@pytest.mark.parametrize(
    "contact",
    ["tôi", "0912345678", "a@b", "@b.example", "a@", "a b@c.example", "a@b.example c@d.example", "tinh.example",
     "https://", "ftp://tinh.example", "https://tinh.example/a b", "a@b.example\r\nX: y", "a@b.example)", "https://[",
     "họ@tinh.example", "a@b..example", "a@.example"],
)  # fmt: skip
def test_another_contact_is_refused_and_what_is_wanted_is_said(tmp_path, contact):
    with pytest.raises(UsageError) as caught:
        load_config(Place(tmp_path / "none.toml", tmp_path), {"TINTINH_CRAWL__CONTACT": contact})
    assert caught.value.code == "config"
    assert "TINTINH_CRAWL__CONTACT: crawl.contact: " in caught.value.message
    assert "e-mail" in caught.value.message
    with pytest.raises(UsageError) as caught:
        check_contact(contact)
    assert caught.value.code == "contact"


def test_no_contact_is_allowed_in_the_file_only(tmp_path):
    assert load_config(Place(tmp_path / "none.toml", tmp_path), {}).crawl.contact == ""
    with pytest.raises(UsageError) as caught:
        check_contact(" ")
    assert caught.value.code == "no_contact"


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("thu.example:2525", ("thu.example", 2525)),
        ("thu.example", ("thu.example", None)),
        ("[::1]:25", ("::1", 25)),
        ("127.0.0.1:25", ("127.0.0.1", 25)),
    ],
)
def test_a_mail_server(text, server):
    assert mail_server(text) == server


@pytest.mark.parametrize(
    "text", ["thu.example:smtp", "thu.example:0", "thu.example:70000", "smtp://thu.example:25", "a@thu.example",
             "thu example", "::1", "[", ":25"]
)  # fmt: skip
def test_no_mail_server(text):
    with pytest.raises(UsageError) as caught:
        mail_server(text)
    assert caught.value.code == "mail_server"
    assert "host:port" in f"{caught.value.message} {caught.value.hint}"


def test_nothing_is_no_mail_server_either():
    with pytest.raises(UsageError) as caught:
        mail_server("")
    assert caught.value.code == "no_mail_server"


@given(st.text(max_size=30))
def test_any_text_is_a_mail_server_or_refused(text):
    try:
        host, port = mail_server(text)
    except UsageError as error:
        assert error.code in ("mail_server", "no_mail_server")
    else:
        assert host and host.isprintable() and (port is None or 0 < port < 65536)


def test_addresses_stand_with_commas():
    assert addresses("a@b.example, c@d.example") == ("a@b.example", "c@d.example")
    with pytest.raises(UsageError) as caught:
        addresses("a@b.example, nobody")
    assert caught.value.code == "channel_settings"
    assert "nobody" in caught.value.message


@pytest.mark.parametrize("name", ["Nghệ An", "nghe an", "NGHE  AN", "tỉnh Nghệ An", " Nghe An ,"])
def test_a_province_is_known_with_and_without_marks(name):
    assert outlets_of(name, OUTLETS) == ["baonghean"]


def test_a_former_province_means_its_present_one_and_nothing_means_all():
    assert outlets_of("Bắc Giang, Nghệ An", OUTLETS) == outlets_of("nghe an, bac ninh", OUTLETS)
    assert outlets_of("", OUTLETS) == []


def test_each_province_needs_an_outlet():
    with pytest.raises(UsageError) as caught:
        outlets_of("Nghệ An, Ha Tinh", {slug: outlet for slug, outlet in OUTLETS.items() if slug != "baohatinh"})
    assert "Hà Tĩnh" in caught.value.message
    assert "Nghệ An" not in caught.value.message
    assert "Nghệ An" in (caught.value.hint or "")


def test_no_province():
    with pytest.raises(UsageError) as caught:
        outlets_of("Nghệ An, Nghệ Ân An", OUTLETS)
    assert "Nghệ Ân An" in caught.value.message


def test_the_file_says_what_was_answered(tmp_path):
    file = tmp_path / "tintinh.toml"
    file.write_text(config_text("vi", "a@b.example", ["baonghean"], MAIL), encoding="utf-8")
    config = load_config(Place(file, tmp_path), {})
    assert (config.language, config.crawl.contact, config.crawl.outlets) == ("vi", "a@b.example", ("baonghean",))
    email = config.email
    assert (email.host, email.port, email.security, email.sender) == (
        "thu.example", 587, "starttls", "tin@b.example",
    )  # fmt: skip
    assert (email.username, email.password.get_secret_value()) == ("tin", MAIL.password)
    assert MAIL.password not in repr(MAIL)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_whatever_stands_in_an_answer_the_file_can_be_read(text):
    mail = Mail(("a@b.example",), "thu.example", 25, "none", "a@b.example", text, text)
    assert tomllib.loads(config_text("en", "a@b.example", [], mail))["email"]["password"] == text


def channel(slug, kind="email", **settings):
    return Channel(slug, kind, settings, NOON)


def test_a_channel_that_fits_is_used_again_else_a_free_name_is_found():
    to = ("a@b.example",)
    assert channel_for([], to) == ("mail", True)
    assert channel_for([channel("mail", to=["a@b.example"])], to) == ("mail", False)
    assert channel_for([channel("mail", to=["x@b.example"])], to) == ("mail-2", True)
    assert channel_for([channel("mail", "webhook"), channel("mail-2", to=["a@b.example"])], to) == ("mail-2", False)


def topic(slug, query, *channels):
    return Topic(slug, query, query, channels, 3, 1, NOON)


def test_a_topic_that_is_there_gets_the_channel_and_a_taken_name_another():
    new = topic_for([], "mưa", ("mail",), 3, NOON)
    assert (new.slug, new.query, new.channels) == ("mua", "mưa", ("mail",))
    assert topic_for([topic("mua", "mưa", "moc")], "mưa", ("mail",), 3, NOON).channels == ("moc", "mail")
    assert topic_for([topic("mua", "mùa")], "mưa", ("mail",), 3, NOON).slug == "mua-2"
    long = topic_for([topic("a" * 40, "khác")], "a" * 60, (), 3, NOON)
    assert (len(long.slug), long.slug[-2:]) == (40, "-2")


def test_the_next_commands_name_what_was_named(tmp_path):
    usual = Place(tmp_path / "tintinh.toml", tmp_path / "data")
    assert place_options(usual, usual) == ""
    other = Place(tmp_path / "nơi khác.toml", tmp_path / "d")
    assert place_options(other, usual) == f" --config '{tmp_path}/nơi khác.toml' --data {tmp_path}/d"
