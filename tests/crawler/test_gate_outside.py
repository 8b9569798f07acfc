"""Published attacks on URL readers and name resolvers, against our gate and under a real connection."""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from corpus.addresses import is_public
from corpus.urls import host_of, resolve
from crawler.fetching.guard import Gate, PublicResolver
from crawler.outlet import Host
from tests.crawler.names import Names, Receives
from tests.crawler.press import LOOP, RESOLVER, Press
from tests.crawler.worker_outlets import OUTLET
from tests.shared import SHARED, needs_shared

pytestmark = [needs_shared, pytest.mark.shared]
BASE = "https://baothutu.vn/tin/"
OTHER_SPELLINGS = {"2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "localhost", "::ffff:127.0.0.1", "0"}


def texts() -> list[str]:
    """Every text of the lists of URLs, and each as the rest of one."""
    folder, found = SHARED / "trust" / "urls", set[str]()
    for file in ("ssrf_literals.json", "urls.json"):
        found.update(json.loads((folder / file).read_text()))
    for case in json.loads((folder / "miniflux_urls.json").read_text()):
        found.update(case["strings"])
    for case in json.loads((folder / "urltestdata.json").read_text()):
        if isinstance(case, dict):
            found.update(case.get(key) or "" for key in ("input", "href", "base", "host"))
    return sorted(found | {f"http://{text}" for text in found} | {f"https://baothutu.vn{text}" for text in found})


def test_no_published_url_breaks_the_gate_or_passes_it() -> None:
    everything, gate = texts(), Gate(OUTLET, {})
    assert len(everything) > 3000
    began = time.process_time()
    for text in everything:
        joined = resolve(BASE, text)
        for url in (text, joined):
            if url is not None and gate.refusal(url) is None:
                assert host_of(url) in ("baothutu.vn", "www.baothutu.vn") and not gate.is_elsewhere(url), url
    assert time.process_time() - began < 10


class Deceitful(Names):
    """Resolves what the C library would take for an address as such, and every other name to this machine."""

    def resolveHostName(self, receiver: Receives, name: str, port: int, *_: object) -> object:
        try:
            found = {str(info[4][0]) for info in socket.getaddrinfo(name, port, flags=socket.AI_NUMERICHOST)}
        except (OSError, UnicodeError):
            found = {"127.0.0.1", "::1", "10.0.0.1", "169.254.169.254"}
        receiver.resolutionBegan(None)
        for address in found:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return None


def hosts_of(urls: list[str]) -> set[str]:
    """The hosts of all these texts, as we read them, as Python does, and as they stand."""
    readers: list[Callable[[str], str | None]] = [host_of, lambda url: urlsplit(url).hostname, lambda url: url]
    found = set[str]()
    for url in urls:
        for read in readers:
            try:
                found.add(read(url) or "")
            except ValueError:
                continue
    return {host for host in found if host and len(host) < 200}


def test_no_published_literal_or_name_reaches_this_machine_or_a_private_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reactor: Any = RESOLVER._reactor
    press, tried = Press(), []
    port = int(press.target.rpartition(":")[2])
    connect = reactor.connectTCP

    def watched(host: str, number: int, factory: Any, *given: Any, **named: Any) -> Any:
        tried.append(host)
        if is_public(host):  # the gate would ask it; a test does not
            return factory.clientConnectionFailed(None, Failure(ConnectError()))
        return connect(host, number, factory, *given, **named)

    async def reach(host: str) -> bool:
        try:
            endpoint = HostnameEndpoint(reactor, host, port, timeout=2)
            factory: Any = Factory.forProtocol(Protocol)
            await endpoint.connect(factory).asFuture(LOOP)
        except Exception:  # whatever keeps it from connecting is right
            return False
        return True

    async def all_of(hosts: set[str]) -> list[bool]:
        return [await asyncio.wait_for(reach(host), 5) for host in hosts]

    monkeypatch.setattr(reactor, "connectTCP", watched)
    reactor.installNameResolver(PublicResolver(Deceitful({}), frozenset()))
    try:
        hosts = hosts_of(texts())
        assert {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"} <= hosts
        assert not any(LOOP.run_until_complete(all_of(hosts | OTHER_SPELLINGS)))
        assert press.most_open == 0
        RESOLVER.install_on_reactor()  # which lets the address of a mapped host through: the server can be reached
        assert LOOP.run_until_complete(reach("127.0.0.1"))
        assert tried.pop() == "127.0.0.1"
    finally:
        RESOLVER.install_on_reactor()
        press.close()
    assert tried and all(is_public(host) for host in tried)


def test_an_outlet_that_lists_them_all_is_not_asked_at_private_addresses() -> None:
    hosts = sorted({host_of(url) for url in texts()} - {""})
    gate = Gate(replace(OUTLET, hosts=tuple(Host(host) for host in hosts)), {})
    private = [host for host in hosts if not is_public(host) and host.replace(".", "").isdigit() and "." in host]
    assert private
    for host in private:
        assert gate.refusal(f"http://{host}/") is not None, host
