"""Which network addresses are public: what crawler, webhooks and mail may connect to.

The tables are the IANA registries, read 2026: https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, plus multicast and reserved space. `ipaddress.is_global`
differs between Python releases and calls multicast, 6to4 and NAT64 addresses global, so it is not asked.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_CLOSED_4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network (RFC 791)
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
        "127.0.0.0/8",  # loopback (RFC 1122)
        "169.254.0.0/16",  # link local, cloud metadata (RFC 3927)
        "172.16.0.0/12",  # private (RFC 1918)
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.0.2.0/24",  # documentation (RFC 5737)
        "192.88.99.0/24",  # former 6to4 relays (RFC 7526)
        "192.168.0.0/16",  # private (RFC 1918)
        "198.18.0.0/15",  # benchmarks (RFC 2544)
        "198.51.100.0/24",  # documentation (RFC 5737)
        "203.0.113.0/24",  # documentation (RFC 5737)
        "224.0.0.0/4",  # multicast (RFC 5771)
        "240.0.0.0/4",  # reserved and broadcast (RFC 1112, RFC 8190)
    )
)
_OPEN_6 = IPv6Network("2000::/3")
"""Global unicast (RFC 4291): all else is loopback, local, multicast, discard, segment routing or unassigned."""

_CLOSED_6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # IETF protocol assignments: benchmarks, ORCHID, AMT (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet; a text that is no plain address is not public.

    An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) is judged as itself.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except ValueError:
            return False
    if isinstance(address, IPv4Address):
        return not any(address in net for net in _CLOSED_4)
    if address.scope_id is not None:
        return False
    inner = _inner(address)
    if inner:
        return all(is_public(one) for one in inner)
    return address in _OPEN_6 and not any(address in net for net in _CLOSED_6)


def _inner(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address leads to; for Teredo both its server and its client."""
    number = int(address)
    low = IPv4Address(number & 0xFFFFFFFF)
    if address in _MAPPED or address in _NAT64:
        return (low,)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(number >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:
        return IPv4Address(number >> 64 & 0xFFFFFFFF), IPv4Address(int(low) ^ 0xFFFFFFFF)
    return ()
