import asyncio
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from alerts.channels import make_channel, prepare_settings
from alerts.channels.base import ChannelTools
from alerts.channels.webhook import WebhookChannel, new_secret, retry_after, signature
from corpus.errors import DeliveryError, UsageError
from tests.alerts.certificate import contexts
from tests.alerts.receiver import answer, receiving
from tests.alerts.stock import NOON
from tests.alerts.test_render import ALERT
from tests.alerts.words import say
from tests.shared import SHARED, needs_shared

TOOLS = ChannelTools(say, lambda: NOON)


def settings(url, allow_private=True):
    return prepare_settings("webhook", {"url": url, "allow_private": allow_private})


def post(*answers, alert=ALERT, **options):
    """Deliver once to a receiver on loopback; gives the receiver and the receipt or the error."""

    async def scene():
        async with receiving(*answers, dribble=options.pop("dribble", False)) as receiver:
            channel = WebhookChannel(settings(receiver.url), TOOLS, **options)
            try:
                return receiver, await channel.deliver(alert)
            except DeliveryError as error:
                return receiver, error

    return asyncio.run(scene())


@needs_shared
def test_the_published_vector():
    (vector,) = json.loads((SHARED / "trust/webhooks/vector.json").read_text())
    made = signature(vector["secret"], vector["id"], vector["timestamp"], vector["payload"].encode())
    assert made == vector["signature"]


def test_a_webhook_is_signed_and_says_what_matched():
    receiver, receipt = post()
    assert receipt.status == 200
    (got,) = receiver.requests
    assert got.path == "/hook?token=hush"
    assert got.headers["webhook-id"] == ALERT.id
    assert got.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    payload = json.loads(got.body)
    assert payload["data"]["article"]["title"] == ALERT.title


def test_the_signature_is_over_what_was_sent():
    async def scene():
        async with receiving() as receiver:
            stored = settings(receiver.url)
            await make_channel("webhook", stored, TOOLS).deliver(ALERT)
            got = receiver.requests[0]
            expected = signature(stored["secret"], ALERT.id, int(NOON.timestamp()), got.body)
            assert got.headers["webhook-signature"] == expected

    asyncio.run(scene())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_yes(status):
    assert post(answer(status))[1].status == status


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_a_failure_that_may_be_tried_again(status):
    receiver, error = post(answer(status, Location="/elsewhere"))
    assert isinstance(error, DeliveryError)
    assert (error.code, error.status, error.retry) == ("status", status, True)
    assert len(receiver.requests) == 1
    assert "hush" not in error.message


def test_gone_is_final():
    error = post(answer(410))[1]
    assert (error.status, error.retry) == (410, False)


def test_retry_after_is_read_as_seconds_and_as_a_date():
    assert post(answer(429, Retry_After="3600"))[1].retry_after == 3600
    later = format_datetime((NOON + timedelta(hours=2)).astimezone(UTC), usegmt=True)
    assert post(answer(503, Retry_After=later))[1].retry_after == 7200


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 0.0),
        ("9" * 400, 999999999.0),
        ("Mon, 02 Mar 2026 05:00:09 GMT", 9.0),
        ("Mon, 02 Mar 2026 04:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 05:00:09", 9.0),
        ("Mon, 99 Mar 2026 05:00:09 GMT", None),
    ],
)
def test_reading_retry_after(value, seconds):
    assert retry_after(value, NOON) == seconds


def test_a_body_without_end_holds_nobody():
    _, receipt = post(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", dribble=True, deadline=5)
    assert receipt.status == 200


def test_an_answer_that_dribbles_ends_at_the_deadline():
    error = post(b"HTTP/1.1 200 OK\r\nx: ", dribble=True, deadline=0.3)[1]
    assert isinstance(error, DeliveryError)
    assert (error.code, error.retry) == ("timeout", True)
    assert "hush" not in error.message


def test_a_receiver_that_is_not_there():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        channel = WebhookChannel(settings(f"http://127.0.0.1:{closed.getsockname()[1]}/hush"), TOOLS)
        with pytest.raises(DeliveryError) as caught:
            asyncio.run(channel.deliver(ALERT))
    assert (caught.value.code, caught.value.retry) == ("connection", True)
    assert "hush" not in caught.value.message


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "224.0.0.1",
    ],
)
def test_private_addresses_are_refused_in_any_notation(host):
    channel = WebhookChannel(settings(f"http://{host}:9/", allow_private=False), TOOLS)
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(channel.deliver(ALERT))
    assert caught.value.code == "private_address"


def test_one_private_address_among_public_ones_is_refused():
    async def resolve(host, port):
        return ["93.184.216.34", "127.0.0.1"]

    channel = WebhookChannel(settings("http://nhan.example/", allow_private=False), TOOLS, resolve=resolve)
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(channel.deliver(ALERT))
    assert caught.value.code == "private_address"


def test_a_name_is_resolved_once_and_the_checked_address_is_used(monkeypatch):
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) > 1 else ["93.184.216.34"]

    connected = []

    async def refuse(self, host, port, **_):
        connected.append(host)
        raise OSError

    monkeypatch.setattr("httpcore._backends.auto.AutoBackend.connect_tcp", refuse)
    channel = WebhookChannel(settings("http://nhan.example/", allow_private=False), TOOLS, resolve=resolve)
    with pytest.raises(OSError):
        asyncio.run(channel.deliver(ALERT))
    assert asked == ["nhan.example"]
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["::1", "127.0.0.1"]])
def test_the_real_name_stays_in_tls_and_host_header(tmp_path, addresses):
    server, client = contexts(tmp_path, "nhan.example")

    async def resolve(host, port):
        return addresses

    async def scene():
        async with receiving(tls=server) as receiver:
            url = f"https://nhan.example:{receiver.port}/hook"
            channel = WebhookChannel(settings(url), TOOLS, resolve=resolve, tls=client)
            assert (await channel.deliver(ALERT)).status == 200
            return receiver.requests[0].headers["host"]

    assert asyncio.run(scene()).startswith("nhan.example:")


def test_another_names_certificate_is_refused(tmp_path):
    server, client = contexts(tmp_path, "khac.example")

    async def resolve(host, port):
        return ["127.0.0.1"]

    async def scene():
        async with receiving(tls=server) as receiver:
            url = f"https://nhan.example:{receiver.port}/hook"
            await WebhookChannel(settings(url), TOOLS, resolve=resolve, tls=client).deliver(ALERT)

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(scene())
    assert caught.value.code == "connection"


@pytest.mark.parametrize("addresses", [[], None])
def test_a_name_that_does_not_resolve(addresses):
    async def resolve(host, port):
        if addresses is None:
            raise socket.gaierror(-2, "unknown")
        return addresses

    channel = WebhookChannel(settings("http://nhan.example/", allow_private=False), TOOLS, resolve=resolve)
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(channel.deliver(ALERT))
    assert (caught.value.code, caught.value.retry) == ("dns", True)


def test_the_environments_proxy_is_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert post()[1].status == 200


def test_the_body_is_the_same_in_every_attempt():
    first, second = post()[0], post(alert=replace(ALERT))[0]
    assert first.requests[0].body == second.requests[0].body


def test_a_secret_is_made_where_none_is_given():
    stored = prepare_settings("webhook", {"url": "https://nhan.example/x"})
    assert stored["secret"].startswith("whsec_")
    assert stored != prepare_settings("webhook", {"url": "https://nhan.example/x"})
    assert stored == prepare_settings("webhook", stored)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"url": ""},
        {"url": "nhan.example/x"},
        {"url": "ftp://nhan.example/x"},
        {"url": "file:///etc/hostname"},
        {"url": "https://user:hush@nhan.example/x"},
        {"url": "http://127.0.0.1\\@nhan.example/"},
        {"url": "https:///x"},
        {"url": "http://0177.0.0.1/"},
        {"url": "https://nhan.example/\r\nx: y"},
        {"url": "https://nhan.example/x", "secret": "hush"},
        {"url": "https://nhan.example/x", "secret": "whsec_hush"},
        {"url": "https://nhan.example/x", "secret": "whsec_aGVsbG8="},
        {"url": "https://nhan.example/x", "colour": "hush"},
        {"url": "https://nhan.example/x", "allow_private": "hush"},
    ],
)
def test_wrong_settings_are_named_without_their_values(given):
    with pytest.raises(UsageError) as caught:
        prepare_settings("webhook", given)
    assert caught.value.code == "channel_settings"
    assert "hush" not in caught.value.message
    assert "hush" not in repr(caught.value.__cause__)


def test_an_unknown_kind_is_told():
    with pytest.raises(UsageError) as caught:
        prepare_settings("pigeon", {})
    assert caught.value.code == "unknown_kind"


def test_new_secrets_are_valid_and_differ():
    assert len({new_secret() for _ in range(5)}) == 5


def test_dates_are_compared_as_moments():
    assert retry_after("Mon, 02 Mar 2026 12:00:30 +0700", datetime(2026, 3, 2, 5, 0, tzinfo=UTC)) == 30
