"""On which servers an outlet lives: the addresses of its host names, looked up once before a run.

Papers of one vendor share machines, so a run locks the addresses of its servers and obeys their rows of `hosts`, and
asks nowhere else while it lasts. An answer with several addresses counts with all of them, sorted, because a
connection may go to any; of very many only the lowest are used, which stay the same when a name server turns the
order round. Papers behind one content network share its addresses without sharing a machine: they wait for each
other, which costs minutes and no article.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from twisted.internet.interfaces import IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.fetching.guard import Gate, PublicResolver

Lookup = Callable[[str], Awaitable[tuple[str, ...]]]
"""From a host name to its public addresses; none where it has none or nobody answers."""

MOST_ADDRESSES = 8
LOOKUP_SECONDS = 10.0


async def find_servers(gate: Gate, lookup: Lookup | None = None) -> None:
    """Look up the hosts of a run, tell its gate, and let this process connect to nothing else.

    A name that gives no address is left alone: it has no lock, and the fetch will tell what is wrong with it.

    Args:
        lookup: instead of the reactor's resolver.
    """
    names = gate.public_hosts()
    answers = await asyncio.gather(*((lookup or public_addresses)(name) for name in names))
    found = {name: lowest(answer) for name, answer in zip(names, answers, strict=True)}
    for name, addresses in found.items():
        gate.learn(name, addresses)
    resolver = _reactor().nameResolver
    if isinstance(resolver, PublicResolver):
        resolver.pin(found)


def lowest(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses that a run uses: each once, sorted, IPv4 first, and not more than a few."""
    parsed = sorted({ip_address(address) for address in addresses}, key=lambda one: (one.version, int(one)))
    return tuple(str(one) for one in parsed[:MOST_ADDRESSES])


async def public_addresses(name: str) -> tuple[str, ...]:
    """Ask the reactor's resolver; nothing where it fails or takes longer than LOOKUP_SECONDS."""
    receiver = _Receiver(asyncio.get_running_loop().create_future())
    try:
        _reactor().nameResolver.resolveHostName(receiver, name, 443)
        await asyncio.wait_for(receiver.done, LOOKUP_SECONDS)
    except (OSError, ValueError, TimeoutError):  # ValueError: a name that cannot be encoded
        return ()
    return tuple(receiver.found)


def _reactor() -> Any:
    from twisted.internet import reactor  # only now: importing it earlier would install another one

    return reactor


@implementer(IResolutionReceiver)
class _Receiver:
    """Takes down the addresses of one name."""

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.done = done
        self.found: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Nothing to do."""

    def addressResolved(self, address: Any) -> None:
        """One of the name's addresses."""
        self.found.append(address.host)

    def resolutionComplete(self) -> None:
        """There are no more."""
        if not self.done.done():
            self.done.set_result(None)
