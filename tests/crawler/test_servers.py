import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetching import servers
from crawler.fetching.guard import Gate
from tests.crawler.names import Names
from tests.crawler.press import LOOP, RESOLVER
from tests.crawler.worker_outlets import HOST, OUTLET

WWW = f"www.{HOST}"


@pytest.fixture(autouse=True)
def nothing_pinned() -> Iterator[None]:
    RESOLVER.pin({})
    yield
    RESOLVER.pin({})


def test_the_gate_learns_what_the_names_lead_to_and_a_failure_is_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names({HOST: ["203.162.0.12", "10.1.1.1", "203.162.0.11", "2001:ee0::1", "203.162.0.12"]})
    monkeypatch.setattr(RESOLVER, "_resolver", names)
    gate = Gate(OUTLET, {})
    LOOP.run_until_complete(servers.find_servers(gate))
    assert gate.keys(HOST) == (HOST, "203.162.0.11", "203.162.0.12", "2001:ee0::1")
    assert gate.keys(WWW) == (HOST,) and set(names.asked) == {HOST, WWW}
    assert LOOP.run_until_complete(servers.public_addresses(HOST)) == gate.keys(HOST)[1:]  # pinned
    assert names.asked.count(HOST) == 1


class Silent(Names):
    """Never answers."""

    def resolveHostName(self, *_: object) -> object:
        return None


class Broken(Names):
    """Cannot even ask."""

    def resolveHostName(self, *_: object) -> object:
        raise UnicodeError("label too long")


@pytest.mark.parametrize("kind", [Silent, Broken])
def test_no_name_server_keeps_a_run_waiting(monkeypatch: pytest.MonkeyPatch, kind: type[Names]) -> None:
    monkeypatch.setattr(RESOLVER, "_resolver", kind({}))
    monkeypatch.setattr(servers, "LOOKUP_SECONDS", 0.05)
    assert LOOP.run_until_complete(asyncio.wait_for(servers.public_addresses(HOST), 5)) == ()


@given(st.lists(st.ip_addresses().map(str), max_size=30), st.randoms())
def test_the_order_of_an_answer_does_not_matter(addresses: list[str], random: object) -> None:
    chosen = servers.lowest(tuple(addresses))
    random.shuffle(addresses)  # type: ignore[attr-defined]
    assert servers.lowest(tuple(addresses + addresses[:3])) == chosen
    assert len(chosen) == min(len(set(addresses)), servers.MOST_ADDRESSES)
