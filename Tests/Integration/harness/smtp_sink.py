"""A mail server in a thread of this process: it keeps what it is given and misbehaves when told to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cached_property
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .waiting import until_async

Result = TypeVar("Result")

OK = "250 OK"

# What a peer does wrong is seen in the tests; aiosmtpd would print it too.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@dataclass
class Mail:
    sender: str
    recipients: list[str]
    raw: bytes
    # Of time.monotonic().
    arrived: float
    was_encrypted: bool
    login: str | None

    @cached_property
    def message(self) -> EmailMessage:
        message = email.message_from_bytes(self.raw, policy=email.policy.SMTP)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def recipient(self) -> str:
        (address,) = self.recipients
        return address

    @property
    def delivery(self) -> str:
        return str(self.message["X-Almanac-Delivery"])

    def part(self, media_type: str) -> EmailMessage:
        (part,) = [part for part in self.message.walk() if part.get_content_type() == media_type]
        return part

    @property
    def calendars(self) -> list[bytes]:
        """The content of each part that is an invitation: the alternative and the attachment."""
        parts = (part for part in self.message.walk() if not part.is_multipart())
        return [
            bytes(part.get_payload(decode=True))  # type: ignore[arg-type]
            for part in parts
            if part.get_content_type() == "text/calendar" or (part.get_filename() or "").endswith(".ics")
        ]


@dataclass
class Behaviour:
    """How the sink answers, beyond taking everything."""

    # Mails that are refused for the moment before the rest is taken, by recipient; "*" for all together.
    defer: dict[str, int] = field(default_factory=dict)
    # Recipients that are refused for good.
    reject: set[str] = field(default_factory=set)
    # Mails that are taken and whose answer never comes: the connection ends instead.
    vanish: int = 0
    # Whether a mail, once it is there, waits for an answer for ever.
    hangs: bool = False


class SMTPSink:
    """Listens from `start` to `stop`, as often as wanted on the same port; keeps the mails of all times."""

    def __init__(
        self,
        certificate: ssl.SSLContext | None = None,
        user: tuple[str, str] | None = None,
        requires_encryption: bool = False,
        is_encrypted_at_once: bool = False,
        offers_utf8: bool = True,
    ) -> None:
        """With a certificate it offers STARTTLS, or is encrypted from the first byte."""
        self._offers_utf8 = offers_utf8
        self.behaviour = Behaviour()
        self.mails: list[Mail] = []
        # Recipients of what was refused, in order.
        self.refused: list[str] = []
        self.connections = 0
        # Senders that were named on a connection without encryption.
        self.plain_senders: list[str] = []
        # Login, password, and whether the connection was encrypted.
        self.logins: list[tuple[str, str, bool]] = []
        self.port = 0
        self._certificate = certificate
        self._user = user
        self._requires_encryption = requires_encryption
        self._is_encrypted_at_once = is_encrypted_at_once
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{'smtps' if self._is_encrypted_at_once else 'smtp'}://127.0.0.1:{self.port}"

    def settings(self, **others: str) -> dict[str, str]:
        """What a server that mails to it is told."""
        return {
            "ALMANAC_SMTP_URL": self.url,
            "ALMANAC_MAIL_FROM": "Almanac <bookings@almanac.test>",
            "ALMANAC_DELIVERIES_RETRY_BASE_SECONDS": "1",
            **others,
        }

    def start(self) -> SMTPSink:
        self._call(self._start())
        return self

    def stop(self) -> None:
        """Ends all connections, and refuses new ones."""
        self._call(self._stop())

    def close(self) -> None:
        if self._server is not None:
            self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        sink = self

        class Protocol(SMTP):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                # Made a second time when the encryption starts.
                sink._open.add(transport)  # type: ignore[arg-type]
                super().connection_made(transport)

            def connection_lost(self, error: Exception | None) -> None:
                sink._open.discard(self.transport)  # type: ignore[arg-type]
                super().connection_lost(error)

        def protocol() -> SMTP:
            sink.connections += 1
            with warnings.catch_warnings():
                # It does not like passwords on a connection without encryption: that is what is tried.
                warnings.simplefilter("ignore")
                return Protocol(
                    sink,
                    enable_SMTPUTF8=sink._offers_utf8,
                    hostname="sink.test",
                    tls_context=None if sink._is_encrypted_at_once else sink._certificate,
                    require_starttls=sink._requires_encryption,
                    auth_required=sink._user is not None,
                    auth_require_tls=sink._certificate is not None and not sink._is_encrypted_at_once,
                    authenticator=sink._authenticate,
                    loop=sink._loop,
                    timeout=60,
                )

        self._server = await self._loop.create_server(
            protocol,
            "127.0.0.1",
            self.port,
            backlog=512,
            ssl=self._certificate if self._is_encrypted_at_once else None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for transport in list(self._open):
            transport.abort()
        self._server = None

    # What aiosmtpd calls.

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        login, password = data.login.decode(), data.password.decode()
        self.logins.append((login, password, _is_encrypted(server)))
        if (login, password) != self._user:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=login)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not _is_encrypted(server):
            self.plain_senders.append(address)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return OK

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.behaviour.reject:
            self.refused.append(address)
            return "550 5.1.1 no such mailbox"
        for name in (address, "*"):
            if self.behaviour.defer.get(name, 0) > 0:
                self.behaviour.defer[name] -= 1
                self.refused.append(address)
                return "450 4.2.0 try again later"
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = Mail(
            sender=envelope.mail_from or "",
            recipients=list(envelope.rcpt_tos),
            raw=envelope.content,
            arrived=time.monotonic(),
            was_encrypted=_is_encrypted(server),
            login=session.auth_data if session.authenticated else None,
        )
        if self.behaviour.hangs:
            await asyncio.Event().wait()
        self.mails.append(mail)
        if self.behaviour.vanish > 0:
            self.behaviour.vanish -= 1
            server.transport.abort()  # type: ignore[union-attr]
        return OK

    # Waiting and looking.

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in list(self.mails) if address in mail.recipients]

    async def until(self, what: str, condition: Callable[[], bool], seconds: float = 30) -> None:
        async def check() -> bool:
            return condition()

        try:
            await until_async(what, check, seconds)
        except AssertionError as error:
            recipients = sorted(address for mail in self.mails for address in mail.recipients)
            raise type(error)(f"{error}; {len(recipients)} mails: {recipients[:40]}") from None

    async def count(self, mails: int, seconds: float = 30) -> None:
        await self.until(f"{mails} mails", lambda: len(self.mails) >= mails, seconds)


def _is_encrypted(server: SMTP) -> bool:
    return server.transport is not None and server.transport.get_extra_info("ssl_object") is not None
