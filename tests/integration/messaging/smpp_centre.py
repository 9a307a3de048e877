"""An SMS centre on loopback. It reads with another library than the one Telemarket writes with."""

import asyncio
import ssl
import struct
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmpplib import (
    BindTransmitter,
    BindTransmitterResp,
    EnquireLink,
    EnquireLinkResp,
    PduHeader,
    SmppMessage,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from aiosmpplib.protocol import MESSAGE_TYPE_MAP, PDU_HEADER_LENGTH

SYSTEM_ID, PASSWORD = "telemarket", "horse123"
BUSY, BAD_ADDRESS, OWN_CODE, NOT_BOUND = 0x58, 0x0B, 0x455, 0x04
DROP, SILENCE = -1, -2  # instead of an answer
_WRONG_PASSWORD = 0x0E
_OPTIONAL = struct.pack("!HH3s", 0x001D, 3, b"ok\0")  # additional_status_info_text, as some centres add it


class Centre:
    """Takes messages. `says` are its answers to the next ones; after that it takes them."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[SubmitSm] = []
        self.requests: Counter[str] = Counter()
        self.says: deque[int] = deque()
        self.deaf = False  # to the question whether it is there
        self.answered = asyncio.Event()  # its own such question
        self._clients: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A new connection."""
        self._clients[writer] = asyncio.create_task(self._converse(reader, writer))

    async def hang_up(self) -> None:
        """End all connections, and wait until the other side has."""
        for writer in list(self._clients):
            writer.write_eof()
        await self.left()

    async def left(self) -> None:
        """Everybody has gone."""
        async with asyncio.timeout(10):
            await asyncio.gather(*self._clients.values())

    def ask(self) -> None:
        """Ask everybody whether he is there."""
        for writer in self._clients:
            writer.write(EnquireLink(sequence_num=7).pdu())

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readexactly(PDU_HEADER_LENGTH)
                header = SmppMessage.parse_header(head)
                pdu = head + await reader.readexactly(header.pdu_length - PDU_HEADER_LENGTH)
                self._answer(MESSAGE_TYPE_MAP[header.smpp_command].from_pdu(pdu, header, "gsm0338"), header, writer)
        except (OSError, EOFError):
            pass
        finally:
            del self._clients[writer]
            writer.close()

    def _answer(self, request: SmppMessage, header: PduHeader, writer: asyncio.StreamWriter) -> None:
        self.requests[type(request).__name__] += 1
        number = header.sequence_num
        match request:
            case BindTransmitter():
                right = (request.system_id, request.password) == (SYSTEM_ID, PASSWORD)
                answer = BindTransmitterResp(sequence_num=number, system_id="centre", sc_interface_version=0x34)
                writer.write(_with_status(answer.pdu(), 0 if right else _WRONG_PASSWORD))
            case EnquireLink() if not self.deaf:
                writer.write(EnquireLinkResp(sequence_num=number).pdu())
            case EnquireLinkResp():
                self.answered.set()
            case Unbind():
                writer.write(UnbindResp(sequence_num=number).pdu())
            case SubmitSm():
                self._take(request, number, writer)

    def _take(self, message: SubmitSm, number: int, writer: asyncio.StreamWriter) -> None:
        said = self.says.popleft() if self.says else 0
        if said == DROP:
            writer.transport.abort()
        elif said == 0:
            self.messages.append(message)
            pdu = SubmitSmResp(sequence_num=number, message_id=f"id-{len(self.messages)}").pdu() + _OPTIONAL
            writer.write(struct.pack("!I", len(pdu)) + pdu[4:])
        elif said != SILENCE:
            writer.write(_with_status(SubmitSmResp(sequence_num=number).pdu(), said))


def _with_status(pdu: bytes, status: int) -> bytes:
    return pdu[:8] + struct.pack("!I", status) + pdu[12:]


@asynccontextmanager
async def sms_centre(context: ssl.SSLContext | None = None) -> AsyncIterator[Centre]:
    """Runs one."""
    centre = Centre()
    server = await asyncio.start_server(centre.accept, "127.0.0.1", 0, ssl=context)
    async with server:
        centre.port = server.sockets[0].getsockname()[1]
        yield centre
    await centre.left()
