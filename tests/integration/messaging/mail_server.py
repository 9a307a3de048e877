"""A mail server on loopback: aiosmtpd, which can be told what to say."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "telemarket", "correct horse"
DROP, SILENCE = "drop", "silence"  # instead of an answer
TAKEN = "250 2.0.0 Ok: queued as 4A7"


class MailServer:
    """Takes mail. `says` is what it answers otherwise, by MAIL, RCPT or DATA (which is the text)."""

    def __init__(self, context: ssl.SSLContext | None, *, sign_in: bool) -> None:
        self.port = 0
        self.says: dict[str, str] = {}
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self._context = context
        self._sign_in = sign_in
        self._clients: list[SMTP] = []

    def accept(self) -> SMTP:
        """A new connection."""
        client = SMTP(
            self,
            hostname="mail.example.com",
            tls_context=self._context,
            require_starttls=self._context is not None,
            auth_required=self._sign_in,
            authenticator=_authenticate,
        )
        self._clients.append(client)
        return client

    async def left(self) -> None:
        """Everybody has gone."""
        tasks = [task for client in self._clients if (task := client._handler_coroutine)]
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks, return_exceptions=True)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._said("MAIL", "250 OK", server)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._said("RCPT", "250 OK", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
        self.mails.append(mail)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return await self._said("DATA", TAKEN, server)

    async def _said(self, step: str, otherwise: str, server: SMTP) -> str:
        said = self.says.get(step, otherwise)
        if said == DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        if said in (DROP, SILENCE):
            await asyncio.Event().wait()  # until the client has gone
        return said


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)  # aiosmtpd says so itself


@asynccontextmanager
async def mail_server(context: ssl.SSLContext | None = None, *, sign_in: bool = False) -> AsyncIterator[MailServer]:
    """Runs one; with a `context` it insists on STARTTLS, and may on signing in."""
    mail = MailServer(context, sign_in=sign_in)
    server = await asyncio.get_running_loop().create_server(mail.accept, "127.0.0.1", 0)
    async with server:
        mail.port = server.sockets[0].getsockname()[1]
        yield mail
    await mail.left()
