"""A mail server that knows the greeting, EHLO and one user."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

USER, PASSWORD = "telemarket", "correct horse"
_RIGHT = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()


@asynccontextmanager
async def mail_server() -> AsyncIterator[int]:
    """Runs it on loopback; gives its port."""

    conversations: list[asyncio.Task[None]] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            writer.write(f"{_answer(line)}\r\n".encode())
        writer.close()
        await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.append(asyncio.create_task(converse(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*conversations)


def _answer(line: str) -> str:
    match line.split():
        case ["EHLO", *_]:
            return "250-mail.example.com\r\n250 AUTH PLAIN"
        case ["AUTH", "PLAIN", given]:
            return "235 welcome" if given == _RIGHT else "535 go away"
        case ["QUIT"]:
            return "221 bye"
        case _:
            return "502 not known"
