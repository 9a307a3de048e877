"""What may come over the events socket, and what must not come of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from telemarket.asterisk.ari import AriClient, AriError, AriUnavailable, ClientEvent, Connected, Disconnected
from telemarket.asterisk.ari.models import ApplicationReplaced, ChannelUserevent, StasisStart
from telemarket.asterisk.pbx.instance import Instance
from tests.fakes.ari import PASSWORD, USER, FakeAri
from tests.fakes.proxy import proxy_to
from tests.integration.ari_support import Server


@pytest.fixture
async def fake() -> AsyncIterator[FakeAri]:
    async with FakeAri() as fake:
        yield fake


@pytest.fixture
async def server(fake: FakeAri) -> AsyncIterator[Server]:
    async with proxy_to(fake.url) as proxy:
        yield Server(proxy, USER, PASSWORD)


def frame(kind: str, **fields: object) -> bytes:
    event = {"type": kind, "application": "contract", "timestamp": "2026-01-02T03:04:05.678+0000", **fields}
    return msgspec.json.encode(event)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[]",
        b'"StasisStart"',
        b"[" * 5000,
        b'{"type":"StasisStart"',
        frame("StasisStart"),
        frame("StasisStart", channel={"id": 7}, args=[]),
        frame("BornYesterday", channel={}),
        b'{"no":"type"}',
        b"\x00" * 100_000,
    ],
)
async def test_a_frame_that_makes_no_sense_is_passed_over(fake: FakeAri, server: Server, bad: bytes) -> None:
    async with server.client() as (_, events):
        with capture_logs() as logs:
            await fake.say(bad)
            await fake.say(frame("ApplicationReplaced"))
            await events.next(ApplicationReplaced)
    (entry,) = [entry for entry in logs if entry["event"] == "event not understood, passed over"]
    assert len(entry["frame"]) <= 200


async def test_complaints_do_not_flood_the_log(fake: FakeAri, server: Server) -> None:
    async with server.client() as (_, events):
        with capture_logs() as logs:
            for _ in range(200):
                await fake.say(b"rubbish")
            await fake.say(frame("ApplicationReplaced"))
            await events.next(ApplicationReplaced)
    assert len(logs) == 1


async def test_a_name_that_is_not_utf8_does_not_cost_the_event(fake: FakeAri, server: Server) -> None:
    async with server.client() as (_, events):
        await fake.say(frame("ChannelUserevent", eventname="NAME", userevent={}).replace(b"NAME", b"\xff\xfeIvan"))
        assert (await events.next(ChannelUserevent)).eventname == "\ufffd\ufffdIvan"


async def test_fields_nobody_documented_are_ignored(fake: FakeAri, server: Server) -> None:
    async with server.client() as (_, events):
        await fake.say(frame("ApplicationReplaced", novelty={"deep": [1, None]}))
        await events.next(ApplicationReplaced)


async def test_a_handler_that_raises_costs_nobody_else_an_event(fake: FakeAri, server: Server) -> None:
    def broken(_event: ClientEvent) -> None:
        raise ValueError("oops")

    async with AriClient(server.url, USER, PASSWORD, "contract") as client:
        client.on_any_event(broken)
        client.on_event(ApplicationReplaced, broken)
        heard: asyncio.Queue[ApplicationReplaced] = asyncio.Queue()
        client.on_event(ApplicationReplaced, heard.put_nowait)
        await client.wait_connected()
        with capture_logs() as logs:
            await fake.say(frame("ApplicationReplaced"))
            async with asyncio.timeout(5):
                await heard.get()
    assert [entry["event"] for entry in logs] == ["event handler failed"] * 2


async def test_a_peer_that_answers_no_ping_counts_as_gone(fake: FakeAri, server: Server) -> None:
    fake.deaf = True
    async with server.client(heartbeat=0.1) as (_, events):
        await events.next(Disconnected)
        fake.deaf = False
        await events.next(Connected)


async def test_a_silent_network_counts_as_gone(server: Server) -> None:
    async with server.client(heartbeat=0.1) as (_, events):
        server.proxy.pause()
        await events.next(Disconnected)
        server.proxy.resume()
        await events.next(Connected)


async def test_events_held_back_are_replayed_in_order(fake: FakeAri, server: Server) -> None:
    names = [str(number) for number in range(100)]
    async with server.client() as (client, events):
        release = client.hold_events()
        for name in names:
            await fake.say(frame("ChannelUserevent", eventname=name, userevent={}))
        await client.channels.list()  # the consumer's snapshot
        release()
        assert [(await events.next(ChannelUserevent)).eventname for _ in names] == names


async def test_a_hold_ends_with_the_connection(fake: FakeAri, server: Server) -> None:
    async with server.client() as (client, events):
        release = client.hold_events()
        await fake.say(frame("ChannelUserevent", eventname="stale", userevent={}))
        server.proxy.cut()
        await events.next(Disconnected)
        await events.next(Connected)
        release()  # of the old connection: means nothing now
        await fake.say(frame("ChannelUserevent", eventname="fresh", userevent={}))
        assert (await events.next(ChannelUserevent)).eventname == "fresh"


async def test_holding_back_too_much_starts_afresh(fake: FakeAri, server: Server) -> None:
    async with server.client(capacity=10) as (client, events):
        client.hold_events()
        for _ in range(11):
            await fake.say(frame("ApplicationReplaced"))
        assert "10 events" in (await events.next(Disconnected)).reason
        await events.next(Connected)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"<html>Internal error</html>", "500 Internal Server Error"),
        (503, b'{"message":"Asterisk is shutting down"}', "503 Asterisk is shutting down"),
        (418, b'{"message":["odd"]}', "418"),
        (200, b"not json", "cannot be understood"),
        (200, b'{"ping":1}', "cannot be understood"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_error(
    fake: FakeAri, server: Server, status: int, body: bytes, reason: str
) -> None:
    fake.answers["/asterisk/ping"] = (status, body)
    async with server.client() as (client, _):
        with pytest.raises(AriError, match=reason) as caught:
            await client.asterisk.ping()
    assert caught.value.retryable is (status >= 500)


@pytest.mark.parametrize("reply", [b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b""])
async def test_a_broken_answer_is_an_error_and_idempotent_requests_get_a_second_try(reply: bytes) -> None:
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(reply)
        writer.close()

    broken = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = AriClient(f"http://127.0.0.1:{broken.sockets[0].getsockname()[1]}", USER, PASSWORD, "contract")
    with pytest.raises(AriUnavailable):
        await client.channels.originate(endpoint="PJSIP/1")
    assert len(requests) == 1
    with pytest.raises(AriUnavailable):
        await client.asterisk.ping()
    assert len(requests) == 3
    await client.close()
    broken.close()
    await broken.wait_closed()


async def test_credentials_travel_in_the_header_only(fake: FakeAri, server: Server) -> None:
    async with server.client() as (client, _):
        await client.asterisk.ping()
    assert not [request for request in fake.requests if PASSWORD in request]


async def test_asterisk_may_be_killed_and_started_again(pbx: Instance, tmp_path: Path) -> None:
    instance = Instance(tmp_path / "pbx", pbx.asterisk).up()
    access = instance.access
    try:
        async with AriClient(instance.ari_url, access.ari_user, access.ari_password, "contract") as client:
            events = asyncio.Queue[ClientEvent]()
            client.on_any_event(events.put_nowait)
            await client.wait_connected()
            instance.down()
            with pytest.raises(AriUnavailable, match="Is Asterisk running"):
                await client.asterisk.ping()
            await asyncio.to_thread(instance.up)
            await client.wait_connected(timeout=30)
            await client.channels.create(endpoint="Local/s@telemarket-fallback", app="contract", channel_id="new")
            async with asyncio.timeout(10):
                seen = [type(await events.get()) for _ in range(4)]
            assert seen == [Connected, Disconnected, Connected, StasisStart]
            await client.channels.hangup("new")
    finally:
        instance.down()
