"""Where a run may connect to: the outlet's own hosts, by http or https, at the usual ports, at public addresses.

Three walls, each enough by itself for what it knows: `Gate` judges every URL before a connection is made,
`PublicResolver` every address at connect time, and the download handler (download.py) puts both before Scrapy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from tldextract import TLDExtract
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer  # type: ignore[import-untyped]

from corpus.addresses import is_public
from corpus.urls import host_of
from crawler.outlet import Outlet

_PORTS = {"http": 80, "https": 443}


class Gate:
    """What one outlet's run may ask for. `resolve` maps host names to `address:port`, as in `[network.resolve]`."""

    def __init__(self, outlet: Outlet, resolve: Mapping[str, str]) -> None:
        self._outlet = outlet
        self._resolve = {host.lower(): target for host, target in resolve.items()}
        self._addresses: dict[str, tuple[str, ...]] = {}

    def refusal(self, url: str) -> str | None:
        """Why this URL may not be asked for, as an English clause; None if it may."""
        reason = _no_usual_address(url)
        if reason is not None:
            return reason
        host = host_of(url)
        if not self._outlet.has_host(host):
            return f"{host} is no host of {self._outlet.slug}"
        if self.target(host) is None and _is_literal(host) and not is_public(host):
            return f"{host} is not a public address"
        return None

    def is_elsewhere(self, url: str) -> bool:
        """Whether a URL is a plain web address of a named host that is none of this outlet's: where a paper may have
        moved to."""
        if _no_usual_address(url) is not None:
            return False
        host = host_of(url)
        return not self._outlet.has_host(host) and bool(_suffixes()(host).top_domain_under_public_suffix)

    def target(self, host: str) -> str | None:
        """The `address:port` that a host name is mapped to, or None."""
        return self._resolve.get(host.lower())

    def public_hosts(self) -> tuple[str, ...]:
        """The host names of this outlet that are not mapped, with and without `www.`: what a run looks up."""
        found = set[str]()
        for host in self._outlet.hosts:
            bare = host.name.lower().removeprefix("www.")
            forms = {bare, f"www.{bare}"}
            if not _is_literal(bare) and not any(self.target(form) for form in forms):
                found |= forms
        return tuple(sorted(found))

    def learn(self, host: str, addresses: Sequence[str]) -> None:
        """Take down the addresses at which a run will ask this host."""
        self._addresses[host.lower()] = tuple(addresses)

    def names(self) -> tuple[str, ...]:
        """What a run of this outlet locks, sorted: its registrable hosts and the addresses of its servers."""
        wanted = {registrable(host.name) for host in self._outlet.hosts}
        for host in self._outlet.hosts:
            wanted.update(self._resolve.get(name, "") for name in (host.name.lower(), f"www.{host.name.lower()}"))
        for addresses in self._addresses.values():
            wanted.update(addresses)
        return tuple(sorted(wanted - {""}))

    def keys(self, host: str) -> tuple[str, ...]:
        """The rows of `hosts` that a request to this host obeys: its registrable host first, then its servers."""
        target = self.target(host)
        servers = self._addresses.get(host.lower(), ()) if target is None else (target,)
        return (registrable(host), *servers)


def _no_usual_address(url: str) -> str | None:
    """Why a URL is no plain web address at the usual port, as an English clause; None if it is one."""
    if not host_of(url):
        return "it is no plain http or https address"
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return "its port is no number"
    if port is not None and port != _PORTS.get(parts.scheme):
        return f"port {port} is not the usual one"
    return None


def registrable(host: str) -> str:
    """The registrable domain of a host (`a.b.com.vn` -> `b.com.vn`), the host itself if it has none.

    The list of public suffixes is the one inside the package: nothing is looked up or written.
    """
    return _suffixes()(host.lower()).top_domain_under_public_suffix or host.lower()


@cache
def _suffixes() -> TLDExtract:
    return TLDExtract(cache_dir=None, suffix_list_urls=())


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def mapped_addresses(resolve: Mapping[str, str]) -> frozenset[str]:
    """The addresses, without ports, that `[network.resolve]` names."""
    return frozenset(target.rpartition(":")[0].strip("[]") for target in resolve.values())


@implementer(IHostnameResolver)
class PublicResolver:
    """Resolves host names to public addresses only, so that no name can lead into a private network.

    It is installed on the reactor, under every connection: also under those to addresses written as such.
    `mapped` are the addresses of `[network.resolve]`: the handler connects to them as literals, and only as a
    literal is such an address let through, never as what a name resolves to.

    A run pins its host names to the addresses for which it holds the locks; then DNS is not asked again, and no
    later answer can lead elsewhere.
    """

    def __init__(self, reactor: Any, mapped: frozenset[str]) -> None:
        self._reactor = reactor
        self._resolver = reactor.nameResolver
        self._mapped = mapped
        self._pinned: dict[str, tuple[str, ...]] = {}

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> PublicResolver:
        """As Scrapy's commands make it (setting TWISTED_DNS_RESOLVER)."""
        return cls(reactor, mapped_addresses(crawler.settings.getdict("TINTINH_RESOLVE")))

    def install_on_reactor(self) -> None:
        """Put it under all connections of this process."""
        self._reactor.installNameResolver(self)

    def pin(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        """Let these host names lead to these addresses and nowhere else; what was pinned before is forgotten."""
        self._pinned = {host: found for host, found in addresses.items() if found}

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Resolve, and pass on only addresses that may be connected to (IHostnameResolver)."""
        known = (hostName,) if _is_literal(hostName) else self._pinned.get(hostName.lower())
        if known is not None:
            resolution = _Done(hostName)
            resolutionReceiver.resolutionBegan(resolution)
            for address in known:
                if is_public(address) or (address == hostName and address in self._mapped):
                    kind = IPv6Address if ":" in address else IPv4Address
                    resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
            resolutionReceiver.resolutionComplete()
            return resolution
        return self._resolver.resolveHostName(
            _PublicOnly(resolutionReceiver), hostName, portNumber, addressTypes, transportSemantics
        )


@implementer(IHostResolution)
class _Done:
    """A resolution that needed no asking."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing is under way."""


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Hands on what is resolved, without addresses that are not public."""

    def __init__(self, receiver: Any) -> None:
        self._receiver = receiver

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:
        if is_public(address.host):
            self._receiver.addressResolved(address)

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()
