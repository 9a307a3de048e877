"""What the ARI client promises, held against a real Asterisk and against the fake other tests use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from telemarket.asterisk.ari import (
    AriClient,
    AriConflict,
    AriNotFound,
    AriRefused,
    AriUnavailable,
    Connected,
    Disconnected,
)
from telemarket.asterisk.ari.client import NOISE
from telemarket.asterisk.ari.models import BridgeDestroyed, ChannelDestroyed, ChannelEnteredBridge, StasisStart
from tests.fakes.ari import PASSWORD, USER, FakeAri
from tests.fakes.proxy import proxy_to
from tests.integration.ari_support import Server

ENDPOINT = "Local/s@telemarket-fallback"


@pytest.fixture(params=["fake", "asterisk"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """Something that speaks ARI, behind a proxy."""
    if request.param == "fake":
        async with FakeAri() as fake, proxy_to(fake.url) as proxy:
            yield Server(proxy, USER, PASSWORD)
    else:
        pbx = request.getfixturevalue("pbx")
        async with proxy_to(pbx.ari_url) as proxy:
            yield Server(proxy, pbx.access.ari_user, pbx.access.ari_password)


async def test_a_channel_lives_in_a_bridge_and_ends(server: Server) -> None:
    async with server.client() as (client, events):
        channel = await client.channels.create(endpoint=ENDPOINT, app="contract", channel_id="leg-1")
        assert (await events.next(StasisStart)).channel.id == channel.id == "leg-1"
        await client.channels.dial("leg-1", timeout=5)
        bridge = await client.bridges.create_with_id("bridge-1", type="mixing")
        await client.bridges.add_channel(bridge.id, channel=["leg-1"])
        assert (await events.next(ChannelEnteredBridge)).bridge.channels == ["leg-1"]
        assert "leg-1" in (await client.applications.get("contract")).channel_ids
        assert "bridge-1" in [known.id for known in await client.bridges.list()]

        await client.channels.hangup("leg-1", reason="normal")

        assert (await events.next(ChannelDestroyed)).channel.id == "leg-1"
        await client.bridges.destroy("bridge-1")
        assert (await events.next(BridgeDestroyed)).bridge.id == "bridge-1"
        assert "bridge-1" not in [known.id for known in await client.bridges.list()]


@pytest.mark.parametrize(
    "hostile",
    ["${SHELL(id)}", "a&b=c?d#e/f%2Fg", "line\r\nline", 'Ім\'я "лапки"', "x" * 4000, "../../asterisk/ping"],
)
async def test_hostile_text_arrives_as_it_is(server: Server, hostile: str) -> None:
    async with server.client() as (client, events):
        await client.channels.create(
            endpoint=ENDPOINT, app="contract", channel_id="leg-2", variables={"GIVEN": hostile}
        )
        await events.next(StasisStart)
        await client.channels.set_channel_var("leg-2", variable="SET", value=hostile)

        assert (await client.channels.get_channel_var("leg-2", variable="GIVEN")).value == hostile
        assert (await client.channels.get_channel_var("leg-2", variable="SET")).value == hostile

        await client.channels.hangup("leg-2")
        await events.next(ChannelDestroyed)


@pytest.mark.parametrize("name", ["a/b", "a b", "a%2Fb", "a?b#c&d", "канал"])
async def test_any_identifier_names_its_own_channel(server: Server, name: str) -> None:
    async with server.client() as (client, events):
        await client.channels.create(endpoint=ENDPOINT, app="contract", channel_id=name)
        assert (await events.next(StasisStart)).channel.id == name
        assert (await client.channels.get(name)).id == name
        await client.channels.hangup(name)
        assert (await events.next(ChannelDestroyed)).channel.id == name


async def test_refusals_say_which_kind_they_are(server: Server) -> None:
    async with server.client() as (client, _):
        with pytest.raises(AriNotFound, match=r"DELETE /channels/gone: 404 Channel not found\."):
            await client.channels.hangup("gone")
        await client.channels.hangup("gone", missing_ok=True)
        await client.bridges.destroy("gone", missing_ok=True)

        await client.bridges.create_with_id("bridge-2", type="mixing")
        with pytest.raises(AriConflict):
            await client.bridges.create_with_id("bridge-2", type="mixing")
        await client.bridges.destroy("bridge-2")


async def test_a_wrong_password_is_called_that(server: Server) -> None:
    async with AriClient(server.url, server.user, "wrong", "contract") as client:
        with pytest.raises(AriRefused, match="ari_password"):
            await client.asterisk.ping()
        with pytest.raises(AriRefused, match="ari_password"):
            await client.wait_connected(timeout=0.5)


async def test_after_the_socket_was_cut_events_flow_again(server: Server) -> None:
    async with server.client() as (client, events):
        for _ in range(3):
            server.proxy.cut()
            await events.next(Disconnected)
            assert await events.next(Connected) == Connected(first=False)
        application = await client.applications.get("contract")
        assert [event["type"] for event in application.events_disallowed] == list(NOISE)

        await client.channels.create(endpoint=ENDPOINT, app="contract", channel_id="leg-4")
        await events.next(StasisStart)
        await client.channels.hangup("leg-4")
        await events.next(ChannelDestroyed)


async def test_channels_outlive_the_connection(server: Server) -> None:
    async with server.client() as (client, events):
        await client.channels.create(endpoint=ENDPOINT, app="contract", channel_id="leg-5")
        await events.next(StasisStart)

        server.proxy.cut()
        await events.next(Connected)

        assert "leg-5" in (await client.applications.get("contract")).channel_ids
        await client.channels.hangup("leg-5")
        assert (await events.next(ChannelDestroyed)).channel.id == "leg-5"


async def test_a_stall_delays_events_and_loses_none(server: Server) -> None:
    names = {f"stalled-{number:02}" for number in range(20)}
    other = AriClient(server.direct_url, server.user, server.password, "other")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(other.close)
        client, events = await stack.enter_async_context(server.client(heartbeat=30))
        server.proxy.pause()
        for name in names:
            await other.channels.create(endpoint=ENDPOINT, app="contract", channel_id=name)
        asyncio.get_running_loop().call_later(0.3, server.proxy.resume)
        assert {(await events.next(StasisStart)).channel.id for _ in names} == names
        for name in names:
            await client.channels.hangup(name)
        assert {(await events.next(ChannelDestroyed)).channel.id for _ in names} == names
        assert Disconnected not in {type(event) for event in events.rest()}


async def test_no_answer_is_an_error_in_time(server: Server) -> None:
    async with server.client(deadline=0.3) as (client, _):
        server.proxy.pause()
        with pytest.raises(AriUnavailable, match=r"no answer within 0\.3 s"):
            await client.asterisk.ping()


async def test_a_dead_keep_alive_connection_is_replaced(server: Server) -> None:
    async with server.client() as (client, _):
        await asyncio.gather(*(client.asterisk.ping() for _ in range(8)))
        server.proxy.cut()
        assert (await client.asterisk.ping()).ping == "pong"


async def test_more_requests_than_connections_wait_their_turn(server: Server) -> None:
    async with server.client(connections=2) as (client, _):
        answers = await asyncio.gather(*(client.asterisk.ping() for _ in range(50)))
        assert {answer.ping for answer in answers} == {"pong"}


async def test_closing_leaves_no_task_behind(server: Server) -> None:
    before = asyncio.all_tasks()
    async with server.client() as (client, events):
        await client.asterisk.ping()
        pumps = asyncio.all_tasks()
    assert not client.connected
    assert not [task for task in asyncio.all_tasks() - before if task not in pumps]
    assert "ari-events" not in {task.get_name() for task in asyncio.all_tasks()}
    assert Disconnected not in {type(event) for event in events.rest()}
