"""What it means when there is no response: one word of the response classes for each way to fail."""

from __future__ import annotations

from collections.abc import Iterator

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.error import TimeoutError as ConnectTimeout

from crawler.fetching.certificates import BadCertificate
from crawler.fetching.download import RefusedAddress
from crawler.fetching.responses import ResponseClass

_NO_COMMON_LANGUAGE = (
    "protocol", "version", "no shared cipher", "no ciphers available", "handshake failure", "renegotiation",
    "dh key too small", "http request",
)  # fmt: skip
"""In OpenSSL's words: the server speaks no TLS of today, or none at all."""


def classify_failure(error: BaseException) -> ResponseClass:
    """The class of a fetch that raised this error."""
    if isinstance(error, RefusedAddress):
        return "redirected_away"
    if isinstance(error, IgnoreRequest | DownloadCancelledError):
        return "too_large"  # the two ways in which Scrapy stops a body, before and after decoding
    for cause in _causes(error):
        if isinstance(cause, SSL.Error | BadCertificate):
            return "tls"
        if isinstance(cause, CannotResolveHostError | DNSLookupError):
            return "dns"
        if isinstance(cause, DownloadTimeoutError | ConnectTimeout):
            return "timeout"
        if isinstance(cause, ConnectError):
            return "reset"
    return "reset"


def failure_code(error: BaseException) -> str:
    """What is wrong with a secure connection (`tls_name`, `tls_expired`, `tls_chain`, `tls_protocol`, `tls`); empty
    for every other failure, whose class says all."""
    if classify_failure(error) != "tls":
        return ""
    for cause in _causes(error):
        if isinstance(cause, BadCertificate):
            return cause.code
    said = " ".join(str(cause) for cause in _causes(error) if isinstance(cause, SSL.Error))
    return "tls_protocol" if any(words in said for words in _NO_COMMON_LANGUAGE) else "tls"


def describe(error: BaseException) -> str:
    """One English line about a failure: the innermost cause, for a log and a person who looks closely."""
    innermost = list(_causes(error))[-1]
    return f"{type(innermost).__name__}: {innermost}".replace("\n", " ")[:300]


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """The error, what it was raised from, and the reasons that Twisted packs into it."""
    yield error
    if depth > 5:
        return
    for failure in getattr(error, "reasons", None) or ():
        yield from _causes(failure.value, depth + 1)
    if error.__cause__ is not None:
        yield from _causes(error.__cause__, depth + 1)
