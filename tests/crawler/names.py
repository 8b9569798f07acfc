"""A name server that answers from a table."""

from typing import Protocol

from twisted.internet.address import IPv4Address, IPv6Address


class Receives(Protocol):
    """Twisted's IResolutionReceiver."""

    def resolutionBegan(self, resolution: object, /) -> None: ...

    def addressResolved(self, address: IPv4Address | IPv6Address, /) -> None: ...

    def resolutionComplete(self) -> None: ...


class Names:
    """A resolver, and a reactor that has it."""

    def __init__(self, table: dict[str, list[str]]) -> None:
        self.table = table
        self.asked: list[str] = []
        self.nameResolver = self

    def resolveHostName(self, receiver: Receives, name: str, port: int, *_: object) -> object:
        self.asked.append(name)
        receiver.resolutionBegan(None)
        for address in self.table.get(name, []):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return None
