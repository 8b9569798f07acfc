"""Where a webhook may connect to: names are resolved here, every address is checked, the checked one is used.

The check stands at connect time, so that a name which answers differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from corpus.addresses import is_public
from corpus.errors import DeliveryError

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a host name (or of an address in any notation), in the order to try."""


async def system_resolve(host: str, port: int) -> list[str]:
    """The addresses that the system's resolver knows. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def checked_addresses(host: str, port: int, *, allow_private: bool, resolve: Resolve) -> list[str]:
    """Resolve a host and make sure that all its addresses are public.

    Args:
        host: a name or an address, in whatever notation the system's resolver reads.
        port: where the connection goes.
        allow_private: the user's word that this receiver is in-house; nothing is checked then.
        resolve: the resolver.

    Raises:
        DeliveryError: `dns` (retry) or `private_address` (retry: a name server may have erred).
    """
    try:
        addresses = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise DeliveryError("dns", f"the host name {host} cannot be resolved", retry=True) from error
    if not addresses:
        raise DeliveryError("dns", f"the host name {host} has no address", retry=True)
    # One private address among public ones is enough to refuse: which one is used would be up to the attacker.
    if not allow_private and not all(is_public(address.partition("%")[0]) for address in addresses):
        raise DeliveryError(
            "private_address",
            f"{host} is not a public address; give the channel allow_private if the receiver is in-house",
            retry=True,
        )
    return addresses
