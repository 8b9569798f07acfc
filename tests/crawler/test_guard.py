import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address

from crawler.fetching.guard import Gate, PublicResolver, mapped_addresses, registrable
from crawler.outlet import Host
from tests.crawler.names import Names
from tests.crawler.worker_outlets import OUTLET
from tests.shared import SHARED, needs_shared

GATE = Gate(OUTLET, {})


@pytest.mark.parametrize(
    "url",
    ["https://baothutu.vn/", "http://www.baothutu.vn/a.html?x=1", "https://BaoThuTu.vn:443/", "http://baothutu.vn:80/"],
)
def test_the_papers_own_pages_may_be_asked_for(url: str) -> None:
    assert GATE.refusal(url) is None


BAD = """
https://baokhac.vn/ https://baothutu.vn.khac.vn/ https://xbaothutu.vn/ file:///etc/passwd data:text/html,x
ftp://baothutu.vn/ https://baothutu.vn:22/ http://baothutu.vn:443/ https://baothutu.vn:8443/ //baothutu.vn/
https://user:pw@baothutu.vn/ https://baothutu.vn@khac.vn/ https://khac.vn#@baothutu.vn/ gopher://baothutu.vn/
https://khac.vn\\@baothutu.vn/ javascript:1 http:///x http:// https://127.0.0.1/ https://[::1]/
http://2130706433/ http://0x7f.1/ http://localhost/ http://169.254.169.254/latest http://baothutu.vn:99999/
"""


@pytest.mark.parametrize("url", BAD.split())
def test_nothing_else_may(url: str) -> None:
    assert GATE.refusal(url)


@given(st.text(max_size=80))
@example("0: ")
def test_no_text_breaks_the_gate_or_passes_it(text: str) -> None:
    assert GATE.refusal(text) is not None
    assert GATE.refusal("http://" + text) is not None or "baothutu.vn" in text.lower()


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize("file", ["ssrf_literals.json", "urls.json"])
def test_published_attacks_are_refused_also_by_an_outlet_that_lists_such_hosts(file: str) -> None:
    texts = [text for text in json.loads((SHARED / "trust" / "urls" / file).read_text()) if "://" in text]
    assert texts
    for text in texts:
        assert GATE.refusal(text) is not None, text
    naive = Gate(replace(OUTLET, hosts=(Host("127.0.0.1"), Host("10.0.0.1"), Host("169.254.169.254"))), {})
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254"):
        assert "not a public address" in (naive.refusal(f"http://{host}/") or "")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.baothutu.vn", "baothutu.vn"),
        ("tin.baothutu.com.vn", "baothutu.com.vn"),
        ("baothutu.gov.vn", "baothutu.gov.vn"),
        ("BaoThuTu.vn", "baothutu.vn"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("com.vn", "com.vn"),
    ],
)
def test_registrable_hosts(host: str, expected: str) -> None:
    assert registrable(host) == expected


def test_what_a_run_locks_and_obeys() -> None:
    outlet = replace(OUTLET, hosts=(Host("www.baothutu.vn"), Host("m.baothutu.vn"), Host("baothutu.com.vn")))
    gate = Gate(outlet, {"m.baothutu.vn": "127.0.0.9:8080"})
    assert gate.names() == ("127.0.0.9:8080", "baothutu.com.vn", "baothutu.vn")
    assert gate.keys("m.baothutu.vn") == ("baothutu.vn", "127.0.0.9:8080")
    assert gate.keys("www.baothutu.vn") == ("baothutu.vn",)
    assert gate.public_hosts() == ("baothutu.com.vn", "baothutu.vn", "www.baothutu.com.vn", "www.baothutu.vn")
    gate.learn("www.baothutu.vn", ("203.162.0.11", "203.162.0.12"))
    assert gate.keys("WWW.baothutu.vn") == ("baothutu.vn", "203.162.0.11", "203.162.0.12")
    assert gate.names() == ("127.0.0.9:8080", "203.162.0.11", "203.162.0.12", "baothutu.com.vn", "baothutu.vn")
    assert Gate(OUTLET, {"www.baothutu.vn": "127.0.0.9:8080"}).public_hosts() == ()
    assert Gate(replace(OUTLET, hosts=(Host("203.162.0.11"),)), {}).public_hosts() == ()


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [
        ("https://baokhac.vn/", True), ("http://tin.baokhac.com.vn/a?b=1", True), ("https://baothutu.vn/", False),
        ("https://www.baothutu.vn/", False), ("https://tin.baothutu.vn/", True), ("http://127.0.0.1/", False),
        ("http://localhost/", False), ("http://baokhac/", False), ("https://baokhac.vn:8443/", False),
        ("ftp://baokhac.vn/", False), ("https://a@baokhac.vn/", False), ("http://com.vn/", False), ("x", False),
    ],
)  # fmt: skip
def test_where_a_paper_may_have_moved_to(url: str, elsewhere: bool) -> None:
    assert GATE.is_elsewhere(url) is elsewhere


class Receiver:
    """Takes down what a resolution gives."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.done = False

    def resolutionBegan(self, _resolution: object) -> None:
        pass

    def addressResolved(self, address: IPv4Address | IPv6Address) -> None:
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:
        self.done = True


def resolved(name: str, table: dict[str, list[str]], mapped: frozenset[str] = frozenset()) -> tuple[list[str], Names]:
    names, receiver = Names(table), Receiver()
    PublicResolver(names, mapped).resolveHostName(receiver, name, 80)
    assert receiver.done
    return receiver.hosts, names


def test_a_pinned_name_leads_where_the_run_has_its_locks_and_nowhere_else() -> None:
    names, receiver = Names({"baothutu.vn": ["203.162.0.99"]}), Receiver()
    resolver = PublicResolver(names, frozenset({"127.0.0.1"}))
    resolver.pin({"baothutu.vn": ("203.162.0.11", "10.0.0.1", "127.0.0.1"), "www.baothutu.vn": ()})
    resolver.resolveHostName(receiver, "BaoThuTu.vn", 443)
    assert receiver.hosts == ["203.162.0.11"] and names.asked == []
    resolver.resolveHostName(receiver, "www.baothutu.vn", 443)  # had no address: asked for anew
    resolver.pin({})
    resolver.resolveHostName(receiver, "baothutu.vn", 443)
    assert receiver.hosts[1:] == ["203.162.0.99"] and names.asked == ["www.baothutu.vn", "baothutu.vn"]


def test_names_resolve_to_public_addresses_only() -> None:
    table = {"baothutu.vn": ["10.0.0.5", "203.162.0.11", "127.0.0.1", "::1", "::ffff:192.168.1.1", "2001:ee0::1"]}
    assert resolved("baothutu.vn", table)[0] == ["203.162.0.11", "2001:ee0::1"]


def test_a_mapped_address_is_let_through_as_a_literal_only() -> None:
    mapped = mapped_addresses({"baothutu.vn": "127.0.0.1:8080", "b.vn": "[::1]:9000"})
    assert mapped == {"127.0.0.1", "::1"}
    hosts, names = resolved("127.0.0.1", {}, mapped)
    assert hosts == ["127.0.0.1"] and names.asked == []
    assert resolved("baothutu.vn", {"baothutu.vn": ["127.0.0.1"]}, mapped)[0] == []
    assert resolved("127.0.0.2", {}, mapped)[0] == []
    assert resolved("::1", {}, mapped)[0] == ["::1"]
    assert resolved("8.8.8.8", {}, mapped)[0] == ["8.8.8.8"]
