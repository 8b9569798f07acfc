"""Mail through the user's own SMTP server: one message an alert, each recipient's answer counted."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from alerts.channels.base import DEADLINE, AlertMessage, ChannelTools, PartlyDelivered, Receipt, read_settings
from alerts.render import mail
from corpus.errors import DeliveryError

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_GRACE = 5.0
"""Seconds that a session may take to end after it was cut."""
Refusals = dict[str, tuple[int, bytes]]

# Own threads: a mail server that hangs must not use up those in which asyncio resolves names for the others.
_THREADS = ThreadPoolExecutor(16, thread_name_prefix="mail")


def _address(text: str) -> str:
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        raise ValueError("this is no mail address") from None
    if not text.isascii() or not text.isprintable() or not address.username or not address.domain:
        raise ValueError("a mail address such as ban-tin@tinh.example is wanted")
    return text


MailAddress = Annotated[str, Field(max_length=254), AfterValidator(_address)]


class EmailSettings(BaseModel):
    """`security`: starttls (port 587), tls (465) or none (25). User name and password go together."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$")
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    sender: MailAddress
    to: tuple[MailAddress, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _one_recipient(cls, given: dict[str, Any]) -> dict[str, Any]:
        # `to=a@x,b@y` is what a command line gives.
        if isinstance(given.get("to"), str):
            given = {**given, "to": [part.strip() for part in given["to"].split(",") if part.strip()]}
        return given

    @model_validator(mode="after")
    def _login(self) -> EmailSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if not (self.username or "").isascii() or not (self.password or "").isascii():
            raise ValueError("username and password may hold only ASCII characters, mail servers know no others")
        return self


class _MailPolicy(EmailPolicy):
    """Writes subjects itself: Python's own folding loses blanks between encoded words (gh-92081)."""

    def fold(self, name: str, value: Any) -> str:
        """The header's lines."""
        if name.lower() != "subject" or str(value).isascii():
            return str(super().fold(name, value))
        words = Header(str(value), "utf-8", maxlinelen=75, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {words}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header's lines, as bytes."""
        if name.lower() != "subject":
            return bytes(super().fold_binary(name, value))
        return self.fold(name, value).encode("ascii")


_POLICY = _MailPolicy(**{name: getattr(SMTP, name) for name in ("linesep", "max_line_length")})


class EmailChannel:
    """Sends a mail with a text and an HTML part.

    What the server says of the mail or a recipient is final with 5xx and may be tried again with 4xx; what it says
    before that (no connection, no service, a wrong password) is about the channel, and may always be tried again.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        tools: ChannelTools,
        *,
        tls: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._settings = read_settings(EmailSettings, "email", settings)
        self._tools = tools
        self._tls = tls
        self._deadline = deadline

    @classmethod
    def prepare(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check settings. Raises UsageError `channel_settings`."""
        return read_settings(EmailSettings, "email", given).model_dump(mode="json")

    async def deliver(self, alert: AlertMessage) -> Receipt:
        """Send it once, to those recipients that have not had it.

        Raises:
            PartlyDelivered: `recipients`, some or all were refused; `remaining` names them.
            DeliveryError: `smtp` or `login` (the server's code is in `status`), `timeout`, `connection`, `tls`.
        """
        to = self._settings.to if alert.remaining is None else alert.remaining
        call = _Call(self._settings, self._tls, self._deadline)
        sending = asyncio.get_running_loop().run_in_executor(_THREADS, call.send, self.message(alert), to)
        try:
            # smtplib's timeout is per read: a server that dribbles would hold the thread for ever.
            await asyncio.wait({sending}, timeout=self._deadline)
            call.hang_up()
            await asyncio.wait({sending}, timeout=_GRACE)
        except asyncio.CancelledError:
            # We are being stopped. The thread ends by itself, and the lease brings the alert back.
            call.hang_up()
            sending.add_done_callback(_forget)
            raise
        if not sending.done():
            sending.add_done_callback(_forget)
            raise _told(TimeoutError(), self._settings.host)
        try:
            refused = sending.result()
        except (OSError, smtplib.SMTPException) as error:
            raise _told(TimeoutError() if call.cut else error, self._settings.host) from None
        if refused:
            raise _partly(refused)
        return Receipt(250)

    def message(self, alert: AlertMessage) -> EmailMessage:
        """The mail. Its Message-ID is the same in every attempt, so that a reader's program can fold doubles."""
        rendered = mail(alert, self._tools.say)
        message = EmailMessage(policy=_POLICY)
        message["Subject"] = rendered.subject
        message["From"] = Address("tintinh", addr_spec=self._settings.sender)
        message["To"] = ", ".join(self._settings.to)
        message["Date"] = format_datetime(self._tools.clock())
        message["Message-ID"] = f"<{alert.id}@{self._settings.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        # Not every server takes 8-bit text, and smtplib does not ask.
        message.set_content(rendered.text, cte="base64")
        message.add_alternative(rendered.html, subtype="html", cte="base64")
        return message


def _forget(sending: asyncio.Future[Refusals]) -> None:
    """Take the error of a session that nobody waits for any more, or asyncio complains that it was never read."""
    if not sending.cancelled():
        sending.exception()


class _Call:
    """One SMTP session, in a thread of its own; `hang_up` ends it from outside."""

    def __init__(self, settings: EmailSettings, tls: ssl.SSLContext | None, timeout: float) -> None:
        self._settings = settings
        self._tls = tls
        self._timeout = timeout
        self._client: smtplib.SMTP | None = None
        self._over = False
        self.cut = False
        """True if the session was ended from outside before it was over."""

    def send(self, message: EmailMessage, to: tuple[str, ...]) -> Refusals:
        """Send; gives the recipients that were refused. Raises OSError and smtplib.SMTPException."""
        try:
            client = self._connected()
            if self._settings.security == "starttls":
                client.starttls(context=self._context())
            if self._settings.username is not None and self._settings.password is not None:
                client.login(self._settings.username, self._settings.password)
            refused = self._handed_over(client, message, to)
            # The mail is with the server now: a goodbye that goes wrong must not make it a failure.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()
            return refused
        finally:
            self._over = True
            if self._client is not None:
                self._client.close()

    def hang_up(self) -> None:
        """Cut the connection if it is still there; the thread then ends with an error."""
        if self._over:
            return
        self.cut = True
        connection = None if self._client is None else self._client.sock
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _handed_over(self, client: smtplib.SMTP, message: EmailMessage, to: tuple[str, ...]) -> Refusals:
        if self.cut:
            raise TimeoutError  # it was ended while the connection was made
        try:
            return dict(client.send_message(message, self._settings.sender, to))
        except smtplib.SMTPRecipientsRefused as error:
            # Nobody has it, also those that were accepted before a 421 ended the session.
            return {name: error.recipients.get(name, (421, b"")) for name in to}

    def _connected(self) -> smtplib.SMTP:
        port = self._settings.port or _PORTS[self._settings.security]
        if self._settings.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self._timeout, context=self._context())
        else:
            client = smtplib.SMTP(timeout=self._timeout)
        # starttls checks the certificate against this name; the constructor without a host leaves it empty.
        client._host = self._settings.host  # type: ignore[attr-defined]
        self._client = client
        code, answer = client.connect(self._settings.host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        return client

    def _context(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()


def _partly(refused: Refusals) -> PartlyDelivered:
    codes = [code for code, _ in refused.values()]
    retry = any(400 <= code < 500 for code in codes)
    listed = ", ".join(f"{name} ({code})" for name, (code, _) in refused.items())
    return PartlyDelivered(
        "recipients", f"the mail server refused {listed}", retry=retry, status=max(codes), remaining=tuple(refused)
    )


def _told(error: OSError | smtplib.SMTPException, host: str) -> DeliveryError:
    """One of our errors for what smtplib raised. The server's own words stay out: they may quote what we sent."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        text = f"the mail server {host} refuses the user name or password ({error.smtp_code})"
        return DeliveryError("login", text, retry=True, status=error.smtp_code)
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        text = f"the mail server {host} turned us away with {error.smtp_code}"
        return DeliveryError("connection", text, retry=True, status=error.smtp_code)
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
        return DeliveryError(
            "smtp", f"the mail server {host} answered {code}", retry=not 500 <= code < 600, status=code
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryError("smtp", f"the mail server {host} offers no STARTTLS or no login", retry=True)
    if isinstance(error, ssl.SSLError):
        return DeliveryError("tls", f"no secure connection to {host}: {error.reason or 'certificate'}", retry=True)
    if isinstance(error, TimeoutError):
        return DeliveryError("timeout", f"the mail server {host} did not answer in time", retry=True)
    return DeliveryError("connection", f"no connection to {host}: {type(error).__name__}", retry=True)
