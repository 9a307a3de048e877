"""A connection with an SMS centre: SMPP 3.4, bound as transmitter, one request at a time.

The library builds what is sent. What arrives is read here: its reader fails on answers with optional parameters, and
its client waits in a thread, knows no name to check a certificate against, and lets the centre's questions lie while
nothing is sent.
"""

import asyncio
import contextlib
import ssl
import struct
from typing import Any, Self

import msgspec
from smpplib import consts, smpp
from smpplib.client import SimpleSequenceGenerator
from smpplib.command_codes import get_command_code

from telemarket.core.i18n import N_
from telemarket.core.settings import SmsSettings
from telemarket.messaging.model import NotTaken

_HEADER = struct.Struct("!IIII")  # length with the header, command, status, sequence number
_LONGEST = 65_536  # octets of anything a centre has to say
_ANSWER = 0x8000_0000  # of a command that is one
_ENQUIRE_LINK: int = get_command_code("enquire_link")
_UNBIND: int = get_command_code("unbind")


class Answer(msgspec.Struct, frozen=True):
    """What the centre says to a request: a status, 0 if all is well, and the id of a message it took."""

    status: int
    message_id: str

    @property
    def problem(self) -> str:
        """The status, in words too if it is not one of the centre's own."""
        return f"{self.status:#06x} {consts.DESCRIPTIONS.get(self.status, '')}".rstrip()


class Link:
    """A bound connection. Get one from `bind`; end it with `close`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = SimpleSequenceGenerator()
        self._asked = 0
        self._answer: asyncio.Future[Answer] | None = None
        self._listening = asyncio.create_task(self._listen(), name="sms-centre")

    @classmethod
    async def bind(cls, settings: SmsSettings, deadline: float) -> Self:
        """Connect and sign in, each within `deadline` seconds. Raises NotTaken, with what to mend."""
        where = f"{settings.host}:{settings.port}"
        tls = ssl.create_default_context() if settings.tls else None
        try:
            async with asyncio.timeout(deadline):
                link = cls(*await asyncio.open_connection(settings.host, settings.port, ssl=tls))
        except (OSError, ValueError) as error:  # ValueError: of a host that can be no name
            text = N_("The SMS centre %(where)s cannot be reached: %(problem)s.", where=where, problem=problem(error))
            raise NotTaken(text, remedy="Mend [sms] host, port and tls; see the firewall.") from error
        try:
            await link._sign_in(settings, where, deadline)
        except BaseException:
            link.drop()
            raise
        return link

    @property
    def alive(self) -> bool:
        """Whether the centre has not gone, as far as is known."""
        return not self._listening.done()

    async def ask(self, command: str, deadline: float, **fields: Any) -> Answer:
        """Send a request. Raises NotTaken if the centre has gone before, and OSError if it goes now or says nothing
        within `deadline` seconds: then it may have got the request."""
        if not self.alive:
            raise NotTaken(N_("The SMS centre has closed the connection."))
        request = smpp.make_pdu(command, client=self._numbers, **fields)
        self._asked = request.sequence
        self._answer = asyncio.get_running_loop().create_future()
        self._writer.write(request.generate())
        async with asyncio.timeout(deadline):
            return await self._answer

    async def close(self, deadline: float) -> None:
        """Take leave of the centre, which has `deadline` seconds for its answer."""
        with contextlib.suppress(OSError, NotTaken):
            await self.ask("unbind", deadline)
        self.drop()

    def drop(self) -> None:
        """Hang up."""
        self._listening.cancel()
        self._writer.transport.abort()  # nobody waits until a centre that is away has read the rest

    async def _sign_in(self, settings: SmsSettings, where: str, deadline: float) -> None:
        password = settings.password.get_secret_value()
        try:
            answer = await self.ask("bind_transmitter", deadline, system_id=settings.system_id, password=password)
        except OSError as error:
            text = N_("The SMS centre %(where)s lets nobody in: %(problem)s.", where=where, problem=problem(error))
            raise NotTaken(text, remedy="Mend [sms] host, port and tls.") from error
        if answer.status:
            values = {"where": where, "account": settings.system_id, "problem": answer.problem}
            text = N_("The SMS centre %(where)s refuses the account %(account)s: %(problem)s.", **values)
            raise NotTaken(text, remedy="Mend [sms] system_id and password.")

    async def _listen(self) -> None:
        """Read what the centre says, and answer what it asks, until it is gone."""
        try:
            while True:
                length, command, status, sequence = _HEADER.unpack(await self._reader.readexactly(_HEADER.size))
                if not _HEADER.size <= length <= _LONGEST:
                    break
                body = await self._reader.readexactly(length - _HEADER.size)
                if command == _ENQUIRE_LINK:
                    self._reply("enquire_link_resp", sequence)
                elif command == _UNBIND:
                    self._reply("unbind_resp", sequence)
                    break
                elif command & _ANSWER and sequence == self._asked and self._answer and not self._answer.done():
                    self._answer.set_result(Answer(status, body.partition(b"\0")[0].decode("latin-1")))
        except (OSError, EOFError):
            pass  # whoever waits for an answer learns it below
        finally:
            self._writer.close()
            if self._answer and not self._answer.done():
                self._answer.set_exception(ConnectionResetError("the connection was lost"))

    def _reply(self, command: str, sequence: int) -> None:
        reply = smpp.make_pdu(command, client=self._numbers)
        reply.sequence = sequence
        self._writer.write(reply.generate())


def problem(error: OSError | ValueError) -> str:
    """What is wrong with a connection; a deadline that has passed says nothing itself."""
    return str(error).rstrip(".") or N_("no answer in time")
