import json
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.addresses import is_public
from tests.shared import SHARED, needs_shared


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "1.1.1.1",
        "113.160.0.1",
        "2606:4700::1111",
        "2001:ee0::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2001:0:808:808::f7f7:f7f7",
    ],
)
def test_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.0.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001:db8::1",
        "2001:2::1",
        "2001:20::1",
        "2001:0:808:808::80ff:fffe",
        "2001:0:a00:1::f7f7:f7f7",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "",
        "baomau.vn",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "8.8.8.8 ",
        "[::1]",
        "008.8.8.8",
    ],
)
def test_not_public(address):
    assert not is_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_inside_another_is_judged_as_itself(inner):
    for outer in (f"::ffff:{inner}", f"64:ff9b::{inner}", IPv6Address(0x2002 << 112 | int(inner) << 80)):
        assert is_public(outer) == is_public(inner) == is_public(str(inner))
    if is_public(inner):
        assert inner.is_global


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_what_python_calls_private_is_not_public(address):
    if is_public(address) and not (
        address.ipv4_mapped or address.sixtofour or address.teredo or str(address).startswith("64:ff9b::")
    ):
        assert address.is_global


@given(st.text())
def test_any_text_has_an_answer(text):
    assert isinstance(is_public(text), bool)


@needs_shared
@pytest.mark.shared
def test_published_literals():
    seen = set()
    for text in json.loads((SHARED / "trust/urls/ssrf_literals.json").read_bytes()):
        try:
            address = ip_address(text)
        except ValueError:
            continue
        seen.add(text)
        assert is_public(address) == (text in {"8.8.8.8", "1.1.1.1"})
    assert len(seen) > 8
