"""Webhooks as Standard Webhooks wants them: signed, 2xx or failure, no redirects. The only module that sees httpx."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import secrets
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator

from alerts.channels.base import DEADLINE, AlertMessage, ChannelTools, Receipt, read_settings
from alerts.channels.guard import Resolve, checked_addresses, system_resolve
from alerts.render import webhook_payload
from corpus.errors import DeliveryError

PREFIX = "whsec_"
USER_AGENT = "tintinh-webhook/1"


class WebhookSettings(BaseModel):
    """`url`: http or https. `secret`: whsec_ and base64, made if not given. `allow_private`: the host is in-house."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(max_length=2000)
    secret: str = Field(default_factory=lambda: new_secret())
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        try:
            parts = httpx.URL(url)
        except httpx.InvalidURL:
            raise ValueError("this is no URL") from None
        if parts.scheme not in ("http", "https") or not parts.host or "\\" in url:
            raise ValueError("an address that begins with https:// or http:// and names a host is wanted")
        if parts.userinfo:
            raise ValueError("user name and password do not belong into the URL; the signature proves who sends")
        return url

    @field_validator("secret")
    @classmethod
    def _secret(cls, secret: str) -> str:
        try:
            key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            key = b""
        if not secret.startswith(PREFIX) or not 16 <= len(key) <= 64:
            raise ValueError("whsec_ and 24 to 64 bytes in base64 are wanted; leave it out to get a new one")
        return secret


def new_secret() -> str:
    """A fresh signing secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature: `v1,` and the base64 HMAC-SHA256 of id, timestamp (Unix seconds) and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (a number or an HTTP date), None if it says nothing readable."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class WebhookChannel:
    """POSTs `article.matched` to one URL."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        tools: ChannelTools,
        *,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._settings = read_settings(WebhookSettings, "webhook", settings)
        self._clock = tools.clock
        self._resolve = resolve
        self._tls = tls
        self._deadline = deadline

    @classmethod
    def prepare(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check settings; a secret is made if none is given. Raises UsageError `channel_settings`."""
        return read_settings(WebhookSettings, "webhook", given).model_dump()

    async def deliver(self, alert: AlertMessage) -> Receipt:
        """POST it once.

        Raises:
            DeliveryError: `status` (410 is final, all else may be tried again), `timeout`, `connection`, `dns`,
                `private_address`.
        """
        host = httpx.URL(self._settings.url).host
        try:
            # httpx' own timeouts are per read: a server that sends a byte a second would hold us for ever.
            async with asyncio.timeout(self._deadline):
                status, wish = await self._post(alert)
        except (TimeoutError, httpx.TimeoutException):
            raise DeliveryError("timeout", f"{host} did not answer in {self._deadline:.0f} s", retry=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            # The error's own text may hold the URL, and with it a token in its query.
            raise DeliveryError("connection", f"no connection to {host}: {type(error).__name__}", retry=True) from None
        if 200 <= status < 300:
            return Receipt(status)
        raise DeliveryError(
            "status",
            f"{host} answered with status {status}",
            retry=status != httpx.codes.GONE,
            status=status,
            retry_after=retry_after(wish, self._clock()),
        )

    async def _post(self, alert: AlertMessage) -> tuple[int, str | None]:
        """Status and Retry-After. The body of the answer is never read: it is nobody's business here."""
        body = json.dumps(webhook_payload(alert), ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = int(self._clock().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "webhook-id": alert.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._settings.secret, alert.id, timestamp, body),
        }
        limits = httpx.Timeout(self._deadline, connect=self._deadline / 3)  # leaves time for a second address
        transport = _CheckedTransport(self._settings.allow_private, self._resolve, self._tls or _system_tls())
        async with (
            httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=limits) as client,
            client.stream("POST", self._settings.url, content=body, headers=headers) as response,
        ):
            return response.status_code, response.headers.get("retry-after")


class _CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to addresses that were checked; URL, Host header and TLS name stay those of the receiver."""

    def __init__(self, allow_private: bool, resolve: Resolve, tls: ssl.SSLContext) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await checked_addresses(host, port, allow_private=self._allow_private, resolve=self._resolve)
        request.extensions["sni_hostname"] = request.url.raw_host.decode("ascii")
        named = request.url
        for address in addresses[:-1]:
            request.url = named.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # the receiver's next address; nothing has been sent yet
        request.url = named.copy_with(host=addresses[-1])
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@lru_cache(maxsize=1)
def _system_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
