"""Why a certificate is refused: Twisted checks it, but keeps only "certificate verify failed"."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from OpenSSL.crypto import X509
from service_identity import VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

_EXPIRED = frozenset({9, 10, 13, 14})
"""X509_V_ERR of a certificate that is not valid yet or no longer, or whose dates are broken."""

_SAID = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate vouches for itself",
    19: "the certificate's chain ends in one that nobody here trusts",
    20: "the certificate's issuer is unknown; often the server leaves out a certificate of its chain",
    21: "the certificate's issuer is unknown; often the server leaves out a certificate of its chain",
}


class BadCertificate(Exception):
    """A server's certificate is refused; `code` is `tls_name`, `tls_expired` or `tls_chain`."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@implementer(IPolicyForHTTPS)
class ExplainingPolicy:
    """Another policy for secure connections whose refusals say why. It accepts nothing that the other refuses."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def creatorForNetloc(self, hostname: bytes, port: int) -> _Explaining:
        """The maker of connections to one server."""
        return _Explaining(self._policy.creatorForNetloc(hostname, port), hostname.decode("ascii"))


@implementer(IOpenSSLClientConnectionCreator)
class _Explaining:
    def __init__(self, creator: Any, host: str) -> None:
        self._creator = creator
        self._identity = IPAddress_ID(host) if isIPAddress(host) or isIPv6Address(host) else DNS_ID(host)
        self._host = host

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        """A connection with the other policy's context and our check of the certificate."""
        connection: SSL.Connection = self._creator.clientConnectionForTLS(tlsProtocol)

        def check(_: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
            reason = None
            if not ok:
                code = "tls_expired" if error in _EXPIRED else "tls_chain"
                reason = BadCertificate(
                    code, f"{_SAID.get(error, f'OpenSSL error {error}')}, number {depth} of the chain"
                )
            elif depth == 0:
                reason = self._wrong_name(certificate)
            if reason is not None:
                tlsProtocol.failVerification(Failure(reason))  # type: ignore[no-untyped-call]
            return reason is None

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, check)
        return connection

    def _wrong_name(self, certificate: X509) -> BadCertificate | None:
        try:
            verify_service_identity(extract_patterns(certificate), [self._identity], [])
        except (VerificationError, ValueError) as error:  # ValueError: no name in it that could be read
            return BadCertificate("tls_name", f"the certificate is not for {self._host}: {type(error).__name__}")
        return None
