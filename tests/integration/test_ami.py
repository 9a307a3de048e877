"""The AMI client against a real Asterisk, and against a peer that means no good."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.asterisk.ami import AmiClient, AmiError, AmiRefused, AmiUnavailable, Event, EventStream, Interrupted
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.core.errors import InvalidInput
from tests.fakes.proxy import TcpProxy

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]


@pytest.fixture
async def ami(pbx: Instance) -> AsyncIterator[AmiClient]:
    async with _client(pbx, pbx.ports.ami) as client:
        await client.wait_connected()
        yield client


def _client(pbx: Instance, port: int, password: str | None = None) -> AmiClient:
    return AmiClient("127.0.0.1", port, pbx.access.ami_user, password or pbx.access.ami_password)


async def test_it_pings_reloads_and_lists(ami: AmiClient) -> None:
    await ami.ping()
    await ami.reload("res_pjsip.so")
    assert all(endpoint["Event"] == "EndpointList" for endpoint in await ami.pjsip_show_endpoints())


async def test_recording_a_channel_that_is_gone_is_an_error(ami: AmiClient) -> None:
    with pytest.raises(AmiError, match="No such channel"):
        await ami.mix_monitor("PJSIP/gone-1", "x.wav", "b")
    with pytest.raises(AmiError):
        await ami.stop_mix_monitor("PJSIP/gone-1")
    with pytest.raises(AmiError):
        await ami.mix_monitor_mute("PJSIP/gone-1", muted=True)
    await ami.ping()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Channel", "x\r\nAction: Command\r\nCommand: core stop now"),
        ("Channel", "x\nAction: Command"),
        ("Channel", "x\0y"),
        ("Channel\r\nAction", "Command"),
        ("Chan: nel", "x"),
        ("", "x"),
        ("Channel", "x" * 1100),
    ],
)
async def test_what_would_become_another_line_is_refused(ami: AmiClient, field: str, value: str) -> None:
    with pytest.raises(InvalidInput):
        await ami.action("Hangup", **{field: value})
    await ami.ping()


@pytest.mark.parametrize("file", ["x.wav,b,touch /tmp/x", 'x".wav', "x`id`.wav", "x$(id).wav", "x;id"])
async def test_a_file_name_cannot_become_a_command(ami: AmiClient, file: str) -> None:
    with pytest.raises(InvalidInput):
        await ami.mix_monitor("PJSIP/1-1", file)


async def test_a_wrong_secret_is_called_that(pbx: Instance) -> None:
    async with _client(pbx, pbx.ports.ami, "wrong") as client:
        with pytest.raises(AmiRefused, match="ami_password"):
            await client.wait_connected(timeout=2.5)
        assert not client.connected
        with pytest.raises(AmiRefused):
            await client.ping()


async def test_it_comes_back_after_the_connection_was_cut(pbx: Instance) -> None:
    async with TcpProxy("127.0.0.1", pbx.ports.ami) as proxy, _client(pbx, proxy.port) as client:
        await client.wait_connected()
        answer = asyncio.ensure_future(client.ping())
        proxy.pause()
        await asyncio.sleep(0)
        proxy.cut()
        with pytest.raises(AmiUnavailable):
            await answer
        proxy.resume()
        await client.wait_connected()
        await client.ping()
    assert "ami" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_without_asterisk_actions_fail_at_once(unused_tcp_port: int) -> None:
    async with AmiClient("127.0.0.1", unused_tcp_port, "u", "p") as client:
        with pytest.raises(AmiUnavailable):
            await client.ping()
        with pytest.raises(AmiUnavailable, match="Is Asterisk running"):
            await client.wait_connected(timeout=0.3)


async def test_events_come_to_who_asked_for_them_and_say_when_some_are_missing(pbx: Instance, sipp: Sipp) -> None:
    events = EventStream("call,agent")
    async with TcpProxy("127.0.0.1", pbx.ports.ami) as proxy:
        user, password = pbx.access.following_user, pbx.access.following_password
        async with AmiClient("127.0.0.1", proxy.port, user, password, events=events) as client:
            assert isinstance(await events.get(), Interrupted)
            await sipp.call("555", patience=0.5)
            told = await events.get()
            assert isinstance(told, Event)
            assert (told.name, told["Context"], told["Exten"]) == ("Newchannel", "telemarket", "555")
            proxy.cut()
            async with asyncio.timeout(10):
                while not isinstance(await events.get(), Interrupted):
                    pass
            with pytest.raises(AmiRefused):
                await client.action("Originate", Channel="Local/1@x", Application="Wait")
            with pytest.raises(AmiRefused):
                await client.action("Command", Command="core show channels")


async def test_a_reader_waits_on_when_another_was_quicker() -> None:
    events = EventStream("call,agent")
    reader = asyncio.create_task(events.get())
    await asyncio.sleep(0)
    events.put(Event("Hangup", {"Uniqueid": "1"}))  # wakes the reader, who finds nothing any more
    assert len(events.take()) == 1
    await asyncio.sleep(0)
    events.put(Event("Hangup", {"Uniqueid": "2"}))
    told = await asyncio.wait_for(reader, 5)
    assert isinstance(told, Event)
    assert told["Uniqueid"] == "2"


async def test_a_reader_who_is_too_slow_is_told_so() -> None:
    events = EventStream("call,agent", capacity=3)
    for number in range(5):
        events.put(Event("Hangup", {"Uniqueid": str(number)}))
    assert events.dropped == {"Hangup": 3}
    assert [getattr(event, "name", "missing") for event in events.take()] == ["missing", "Hangup", "Hangup"]
    assert events.backlog == 0


# -- a peer that means no good: it lets everybody in, then follows the script


@asynccontextmanager
async def peer(script: Script, events: EventStream | None = None) -> AsyncIterator[tuple[AmiClient, list[str]]]:
    """A client signed in to a fake, and every action the fake has read after that."""
    actions: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"Asterisk Call Manager/9.0.0\r\n")
            writer.write(_reply(await _action(reader), "Success"))
            while action := await _action(reader):
                actions.append(action)
                await script(reader, writer, action)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with AmiClient("127.0.0.1", port, "u", "p", deadline=1.0, events=events) as client:
            await client.wait_connected()
            yield client, actions
    finally:
        server.close()


async def _action(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def _reply(action: str, response: str, *more: str) -> bytes:
    (name,) = [line for line in action.splitlines() if line.startswith("ActionID")]
    return "\r\n".join([f"Response: {response}", name, *more, "", ""]).encode()


async def test_an_answer_may_come_byte_by_byte() -> None:
    async def dribble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str) -> None:
        for byte in _reply(action, "Success", "Name: Їжак"):
            writer.write(bytes([byte]))
            await writer.drain()

    async with peer(dribble) as (client, _):
        assert (await client.action("Anything")).headers["Name"] == "Їжак"


async def test_a_list_is_gathered() -> None:
    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str) -> None:
        writer.write(_reply(action, "Success", "EventList: start", "Message: A listing will follow"))
        for kind in ("EndpointList", "EndpointList", "EndpointListComplete"):
            writer.write(_reply(action, "x").replace(b"Response: x", f"Event: {kind}".encode()))

    async with peer(tell) as (client, _):
        assert len(await client.pjsip_show_endpoints()) == 2


@pytest.mark.parametrize("rubbish", [b"\xff\xfe\r\n\r\n", b"::::\r\n\r\n", b"Event: \r\n\r\n", b"\r\n" * 1000])
async def test_rubbish_before_the_answer_is_passed_over(rubbish: bytes) -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str) -> None:
        writer.write(rubbish + _reply(action, "Success"))

    async with peer(babble) as (client, _):
        await client.ping()


async def test_a_header_that_comes_twice_counts_once_and_late_answers_are_no_events() -> None:
    events = EventStream("call")

    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str) -> None:
        writer.write(b"Event: Hangup\r\nUniqueid: 1\r\nUniqueid: 2\r\n\r\n")
        writer.write(b"Event: EndpointList\r\nActionID: of-long-ago\r\n\r\n")
        writer.write(_reply(action, "Success"))

    async with peer(tell, events) as (client, _):
        await client.ping()
        _, *told = events.take()
    assert told == [Event("Hangup", {"Event": "Hangup", "Uniqueid": "1"})]


async def test_an_endless_line_ends_the_connection() -> None:
    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _action: str) -> None:
        for _ in range(64):
            writer.write(b"x" * 65536)
            await writer.drain()

    async with peer(flood) as (client, _):
        with pytest.raises(AmiUnavailable, match="too long"):
            await client.ping()
        await client.wait_connected()


async def test_an_unanswered_action_fails_in_time_and_is_never_sent_again() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str) -> None:
        if "Originate" in action:
            writer.write(b"Response: Succ")
            writer.close()
        else:
            writer.write(_reply(action, "Success"))

    async with peer(hang_up) as (client, actions):
        with pytest.raises(AmiUnavailable):
            await client.action("Originate", Channel="PJSIP/1", Variable=["A=1", "B=2"])
        await client.wait_connected()
        await client.ping()
    assert [action.splitlines()[0] for action in actions] == ["Action: Originate", "Action: Ping"]
    assert {"Async: true", "Variable: A=1", "Variable: B=2"} <= set(actions[0].splitlines())


async def test_silence_is_an_error_in_time() -> None:
    async def ignore(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _action: str) -> None:
        return

    async with peer(ignore) as (client, _):
        with pytest.raises(AmiUnavailable, match="no answer within 1 s"):
            await client.ping()


async def test_a_refused_action_says_what_to_do() -> None:
    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str) -> None:
        writer.write(_reply(action, "Error", "Message: Permission denied"))

    async with peer(refuse) as (client, _):
        with pytest.raises(AmiRefused, match="'write' line"):
            await client.reload("res_pjsip.so")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
async def test_whatever_a_value_holds_it_stays_one_header(value: str) -> None:
    client = AmiClient("127.0.0.1", 1, "u", "p")
    breaks = set(value) & set("\r\n\0")
    with pytest.raises(InvalidInput if breaks else (AmiUnavailable, InvalidInput)):
        await client.action("Hangup", Channel=value)
