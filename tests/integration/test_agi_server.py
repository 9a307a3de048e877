"""The FastAGI server against peers of every temper, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import msgspec
import pytest

from telemarket.contacts.model import Contact, Match
from telemarket.core.settings import AgiSettings
from telemarket.dialplan.agi import AgiServer
from telemarket.dialplan.hooks import agi_hooks
from telemarket.hookspecs import AgiRequest
from tests.fakes.house import FakeHouse

VIP = Contact(id=7, name='Іван "${SHELL(id)}" Ко', company="Ромашка", vip=True)


class Matcher:
    async def match(self, ani: str) -> Match:
        return Match(contact=VIP) if ani == "0441234567" else Match()


class Hooks:
    """Hooks a plugin might bring, good and bad."""

    def __init__(self) -> None:
        self.stop_stubborn = asyncio.Event()

    async def raises(self, request: AgiRequest) -> Mapping[str, str]:
        raise LookupError(request.name)

    async def hangs(self, request: AgiRequest) -> Mapping[str, str]:
        await asyncio.Event().wait()
        return {}

    async def stubborn(self, request: AgiRequest) -> Mapping[str, str]:
        while not self.stop_stubborn.is_set():
            try:
                await self.stop_stubborn.wait()
            except asyncio.CancelledError:
                continue
        return {"LATE": "1"}

    async def number(self, request: AgiRequest) -> Mapping[str, str]:
        return {"N": 1}  # type: ignore[dict-item]

    async def function(self, request: AgiRequest) -> Mapping[str, str]:
        return {"SHELL(id)": "x"}

    def plain(self, request: AgiRequest) -> Mapping[str, str]:
        return {"A": "1"}


class Asterisk:
    """The other end: sends a header and answers commands, noting what was set."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: AgiServer) -> "Asterisk":
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    async def ask(self, script: str, *, callerid: str = "0441234567", hangup: bool = False) -> dict[str, str]:
        self.writer.write(
            f"agi_network: yes\nagi_network_script: {script}\nagi_callerid: {callerid}\n"
            f"agi_dnid: unknown\nagi_extension: 5001\n\n".encode()
        )
        variables: dict[str, str] = {}
        async with asyncio.timeout(20):
            while line := (await self.reader.readline()).decode().rstrip("\n"):
                _, _, name, value = line.split(" ", 3)
                variables[name] = value.removeprefix('"').removesuffix('"')
                self.writer.write(b"HANGUP\n" * hangup + b"200 result=1\n")
        self.writer.close()
        return variables


@pytest.fixture
def hooks() -> Hooks:
    return Hooks()


@pytest.fixture
async def server(hooks: Hooks) -> AsyncIterator[AgiServer]:
    settings = AgiSettings(port=0, header_deadline=0.2, hook_deadline=0.2)
    extra = {name: getattr(hooks, name) for name in ("raises", "hangs", "stubborn", "number", "function", "plain")}
    house = msgspec.structs.replace(FakeHouse().house, matcher=Matcher())
    registry = agi_hooks(house, {**extra, "lookup": hooks.raises})
    async with AgiServer(settings, registry, max_connections=5) as server:
        yield server
        hooks.stop_stubborn.set()


async def test_lookup_tells_who_calls_and_for_which_project(server: AgiServer) -> None:
    assert await (await Asterisk.connect(server)).ask("lookup") == {
        "TELEMARKET_CONTACT": "7",
        "TELEMARKET_NAME": "Іван 'SHELL(id)' Ко",
        "TELEMARKET_COMPANY": "Ромашка",
        "TELEMARKET_VIP": "1",
        "TELEMARKET_PROJECT": "Ромашка",
        "TELEMARKET_STATUS": "OK",
    }


async def test_an_unknown_or_withheld_caller_gets_empty_variables(server: AgiServer) -> None:
    for callerid in ("0000000000", "unknown"):
        answer = await (await Asterisk.connect(server)).ask("lookup?dnis=9", callerid=callerid)
        assert (answer["TELEMARKET_STATUS"], answer["TELEMARKET_CONTACT"]) == ("OK", "")
        assert (answer["TELEMARKET_VIP"], answer["TELEMARKET_PROJECT"]) == ("0", "")


@pytest.mark.parametrize(
    ("hook", "status"),
    [
        ("raises", "ERROR"),
        ("number", "ERROR"),
        ("function", "ERROR"),
        ("plain", "ERROR"),
        ("hangs", "TIMEOUT"),
        ("stubborn", "TIMEOUT"),
        ("nobody", "UNKNOWN_HOOK"),
        ("", "UNKNOWN_HOOK"),
    ],
)
async def test_a_hook_that_fails_leaves_only_its_status(server: AgiServer, hook: str, status: str) -> None:
    assert await (await Asterisk.connect(server)).ask(hook) == {"TELEMARKET_STATUS": status}


async def test_variables_are_still_set_when_the_caller_hangs_up_meanwhile(server: AgiServer) -> None:
    answer = await (await Asterisk.connect(server)).ask("lookup", hangup=True)
    assert len(answer) == 6


@pytest.mark.parametrize("sent", [b"", b"agi_network: yes\n", b"\x00\xff\xfe\r\n\r\n", b"x" * 100_000, b"\n"])
async def test_a_peer_that_stalls_or_talks_nonsense_is_dropped(server: AgiServer, sent: bytes) -> None:
    peer = await Asterisk.connect(server)
    peer.writer.write(sent)
    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            while await peer.reader.read(4096):
                peer.writer.write(b"\x00 no answer\n")
    peer.writer.close()
    assert (await (await Asterisk.connect(server)).ask("lookup"))["TELEMARKET_STATUS"] == "OK"


async def test_peers_that_close_early_leave_nothing_behind(server: AgiServer) -> None:
    for sent in (b"", b"agi_network: y", b"agi_network_script: lookup\n\n"):
        peer = await Asterisk.connect(server)
        peer.writer.write(sent)
        peer.writer.transport.abort()
    async with asyncio.timeout(20):
        while server._tasks:
            await asyncio.wait(set(server._tasks))
    assert (await (await Asterisk.connect(server)).ask("lookup"))["TELEMARKET_STATUS"] == "OK"


async def test_one_connection_too_many_is_refused_and_the_next_served(server: AgiServer) -> None:
    stalled = [await Asterisk.connect(server) for _ in range(5)]
    refused = await Asterisk.connect(server)
    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            assert await refused.reader.read() == b""
        for peer in (refused, *stalled):
            peer.writer.close()
        while server._tasks:
            await asyncio.wait(set(server._tasks))
    assert (await (await Asterisk.connect(server)).ask("lookup"))["TELEMARKET_STATUS"] == "OK"
