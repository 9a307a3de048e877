"""The server of AudioSocket against peers good and bad."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from telemarket.dialer.detection import audiosocket
from telemarket.dialer.detection.audiosocket import HANG_UP, HOST, IDENTITY, SOUND, AudioSocketServer

PIECE = b"\x01\x02" * 160
DEADLINE = 5.0

Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def message(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(2, "big") + content


@pytest.fixture
async def server() -> AsyncIterator[AudioSocketServer]:
    async with AudioSocketServer() as running:
        yield running


async def connected(server: AudioSocketServer, *said: bytes) -> Peer:
    reader, writer = await asyncio.open_connection(HOST, int(server.address.partition(":")[2]))
    writer.write(b"".join(said))
    return reader, writer


async def is_turned_away(peer: Peer) -> bool:
    async with asyncio.timeout(DEADLINE):
        ended = await peer[0].read() == b""
    peer[1].close()
    return ended


async def test_who_is_expected_is_heard_until_he_hangs_up(server: AudioSocketServer) -> None:
    name = uuid4()
    with server.expect(name) as coming:
        key = message(0x03, b"5")
        peer = await connected(server, message(IDENTITY, name.bytes), message(SOUND, PIECE), key, message(SOUND, PIECE))
        async with asyncio.timeout(DEADLINE):
            sound = await coming
            heard = b""
            while len(heard) < 2 * len(PIECE):
                heard += await anext(sound)
            assert heard == 2 * PIECE
            peer[1].write(message(HANG_UP, b""))
            assert not any([piece.strip(b"\0") async for piece in sound])
    assert await is_turned_away(peer)


async def test_a_line_that_sends_nothing_is_silent(server: AudioSocketServer) -> None:
    name = uuid4()
    with server.expect(name) as coming:
        peer = await connected(server, message(IDENTITY, name.bytes))
        async with asyncio.timeout(DEADLINE):
            piece = await anext(await coming)
        assert piece.strip(b"\0") == b""
        assert piece
    peer[1].close()


@pytest.mark.parametrize(
    "said",
    [
        message(IDENTITY, uuid4().bytes),
        message(IDENTITY, b"short"),
        message(SOUND, PIECE),
        b"GET / HTTP/1.1\r\n\r\n" + bytes(70_000),
    ],
    ids=["a stranger", "half a name", "sound first", "another protocol"],
)
async def test_who_is_not_expected_is_turned_away(server: AudioSocketServer, said: bytes) -> None:
    with server.expect(UUID(int=7)) as coming:
        peer = await connected(server, said)
        if len(said) < 70_000:
            assert await is_turned_away(peer)
        else:
            peer[1].transport.abort()
        assert not coming.done()


async def test_who_does_not_name_himself_is_turned_away(
    server: AudioSocketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiosocket, "NAMING_DEADLINE", 0.05)
    assert await is_turned_away(await connected(server))


async def test_a_name_counts_once(server: AudioSocketServer) -> None:
    name = uuid4()
    with server.expect(name) as coming:
        first = await connected(server, message(IDENTITY, name.bytes))
        async with asyncio.timeout(DEADLINE):
            await coming
        assert await is_turned_away(await connected(server, message(IDENTITY, name.bytes)))
    assert await is_turned_away(first)
