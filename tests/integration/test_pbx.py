"""A private Asterisk lives, serves, falls back and survives callers who mean harm."""

import asyncio
import csv
import os
import stat
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from telemarket.asterisk.pbx.configuration import CDR_COLUMNS
from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.errors import PbxError
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.programs import Asterisk
from telemarket.asterisk.pbx.sipp import Sipp
from tests.integration.conftest import FreshInstance

DEADLINE = 20.0
HOSTILE_NAMES = {
    "expression": "${SHELL(touch harm)}",
    "markup": "<script>alert(1)</script>",
    "quotes": '"\'\\"; DROP TABLE calls',
    "encoded line ends": "A%0d%0aX-Evil: yes\\r\\nB",
    "long": "x" * 10_000,
    "not UTF-8": b'"\xff\xfe\xc3\x28" ',
}


class Ari:
    """Just enough ARI to hold a call: its events, and requests."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket

    async def arrival(self) -> dict[str, Any]:
        """The channel of the next call that arrives."""
        async with asyncio.timeout(DEADLINE):
            while True:
                event = await self._socket.receive_json()
                if event["type"] == "StasisStart":
                    channel: dict[str, Any] = event["channel"]
                    return channel

    async def post(self, path: str) -> None:
        async with self._session.post(f"/ari/{path}") as response:
            assert response.ok, await response.text()


@asynccontextmanager
async def connected(pbx: Instance) -> AsyncIterator[Ari]:
    """A Stasis application that takes the calls while the block runs."""
    header = aiohttp.encode_basic_auth(pbx.access.ari_user, pbx.access.ari_password)
    async with (
        aiohttp.ClientSession(pbx.ari_url, headers={"Authorization": header}) as session,
        session.ws_connect(f"/ari/events?app={pbx.access.app}") as socket,
    ):
        yield Ari(session, socket)


class Ami:
    """Just enough AMI to ask and be told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, action: str, **fields: str) -> str:
        lines = [f"{name}: {value}\r\n" for name, value in {"Action": action, **fields}.items()]
        self._writer.write("".join([*lines, "\r\n"]).encode())
        return (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), DEADLINE)).decode()


@asynccontextmanager
async def manager(pbx: Instance) -> AsyncIterator[Ami]:
    """A session of the AMI user."""
    reader, writer = await asyncio.open_connection("127.0.0.1", pbx.ports.ami)
    try:
        await asyncio.wait_for(reader.readline(), DEADLINE)
        ami = Ami(reader, writer)
        access = pbx.access
        assert "Success" in await ami.ask("Login", Username=access.ami_user, Secret=access.ami_password)
        yield ami
    finally:
        writer.close()


async def cdr_of(pbx: Instance, src: str) -> dict[str, str]:
    """The call detail record of the call from `src`, once it is written."""
    async with asyncio.timeout(DEADLINE):
        while True:
            if pbx.cdr_file.exists():
                with pbx.cdr_file.open(newline="", errors="replace") as file:
                    for row in csv.DictReader(file, list(CDR_COLUMNS)):
                        if row["src"] == src:
                            return row
            await asyncio.sleep(0.05)


def complaints(pbx: Instance) -> list[str]:
    """Warnings and errors of Asterisk's log, but for those that say that no daemon is connected."""
    expected = ("Stasis app '", "Failed to find outbound websocket")
    lines = pbx.log_file.read_text(errors="replace").splitlines()
    return [
        line
        for line in lines
        if ("WARNING[" in line or "ERROR[" in line) and not any(text in line for text in expected)
    ]


def test_up_and_down_are_idempotent_and_keep_the_passwords(fresh_instance: FreshInstance, tmp_path: Path) -> None:
    pbx = fresh_instance(tmp_path / "pbx")
    assert not pbx.status().running
    with pytest.raises(PbxError, match="telemarket pbx up"):
        _ = pbx.access
    first = pbx.up().status()
    again = fresh_instance(tmp_path / "pbx")
    assert again.up().status() == first
    kept = (pbx.ports, pbx.access)
    again.down()
    again.down()
    assert not pbx.status().running
    assert not psutil.pid_exists(first.pid or 0)
    assert (pbx.up().ports, pbx.access) == kept
    assert complaints(pbx) == []
    pbx.down()
    secrets = [path for path in tmp_path.rglob("*") if path.is_file() and kept[1].ari_password in _text(path)]
    assert secrets
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}


def test_a_process_id_of_somebody_else_is_left_alone(fresh_instance: FreshInstance, tmp_path: Path) -> None:
    pbx = fresh_instance(tmp_path / "pbx")
    pbx.folder.mkdir()
    (pbx.folder / "asterisk.pid").write_text(str(os.getpid()))
    pbx.down()
    assert not pbx.status().running


def test_it_says_why_it_does_not_start(tmp_path: Path) -> None:
    broken = Asterisk(command=("/bin/sh", "-c", "echo a library is missing"), version="22", modules=tmp_path)
    with pytest.raises(PbxError, match="a library is missing"):
        Instance(tmp_path / "pbx", broken).up()


async def test_it_listens_on_loopback_only(pbx: Instance) -> None:
    sockets = psutil.Process(pbx.status().pid).net_connections("inet")
    ports = {pbx.ports.http, pbx.ports.ami, pbx.ports.sip}
    listening = [each for each in sockets if each.status == psutil.CONN_LISTEN or each.laddr.port in ports]
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
    assert {each.laddr.port for each in listening} == ports


async def test_a_call_nobody_takes_reaches_the_fallback(pbx: Instance, sipp: Sipp) -> None:
    outcome = await sipp.call("0800500100", caller="380500000001", patience=1)
    assert outcome.statuses == [100, 183, 200, 487]  # tones until the caller gives up; 200 is for his CANCEL
    record = await cdr_of(pbx, "380500000001")
    assert (record["dst"], record["dcontext"]) == ("0800500100", "telemarket-fallback")
    assert record["disposition"] == "NO ANSWER"
    assert float(record["start"]) == pytest.approx(outcome.invites[0].at, abs=1)


async def test_callers_take_turns(pbx: Instance, sipp: Sipp) -> None:
    await sipp.call("0800500100", caller=["380500000002", "380500000003"], count=2, patience=0.5)
    assert (await cdr_of(pbx, "380500000002"))["disposition"] == "NO ANSWER"
    assert (await cdr_of(pbx, "380500000003"))["disposition"] == "NO ANSWER"


@pytest.mark.parametrize("dnis", ["7", "+380800500100", "support", "*11", "12,3", "a,b", "1$%7BSHELL(touch%20harm)%7D"])
async def test_no_number_called_is_dropped(pbx: Instance, sipp: Sipp, dnis: str) -> None:
    outcome = await sipp.call(dnis, patience=0.5)
    assert 183 in outcome.statuses
    assert not list(pbx.folder.rglob("harm"))


async def test_the_fallback_queue_rings_the_telephones_it_lists(pbx: Instance, sipp: Sipp) -> None:
    async with sipp.phone() as phone:
        reserve = Operator(endpoint="reserve", kind="static", contact=phone.contact)
        write_endpoints(pbx.endpoints_file, [reserve])
        pbx.reload_pjsip()
        pbx.command("dialplan set global TELEMARKET_QUEUE telemarket")
        pbx.command("queue add member PJSIP/reserve to telemarket")
        try:
            outcome = await sipp.call("0800500100", talk=1)
        finally:
            pbx.command("queue remove member PJSIP/reserve from telemarket")
            pbx.command('dialplan set global TELEMARKET_QUEUE ""')
        rang = await phone.stop()
    assert outcome.successful == 1
    assert len(rang.answers) == 1


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
async def test_a_hostile_name_stays_text(pbx: Instance, sipp: Sipp, name: str | bytes) -> None:
    pid = pbx.pid()
    async with connected(pbx) as ari:
        run = await sipp.start_calls("0800500100", name=name, patience=1)
        channel = await ari.arrival()
        await run.outcome()
    literal = name.replace("\\", "\\\\").replace('"', '\\"') if isinstance(name, str) else ""
    assert isinstance(name, bytes) or literal.startswith(channel["caller"]["name"][:60])
    assert channel["caller"]["name"]
    assert "\n" not in channel["caller"]["name"]
    assert not list(pbx.folder.rglob("harm"))
    assert pbx.pid() == pid
    assert pbx.status().running


async def test_a_line_end_in_a_name_costs_nobody_else_a_call(pbx: Instance, sipp: Sipp) -> None:
    pid = pbx.pid()
    refused = await sipp.start_calls("0800500100", name=b'"A\r\nX-Evil: yes\r\n B" ', patience=1)
    assert 183 in (await sipp.call("0800500100", name="Ada", patience=1)).statuses
    await refused.kill()
    assert pbx.pid() == pid


async def test_ami_records_a_call_that_ari_holds_and_may_do_no_more_than_needed(pbx: Instance, sipp: Sipp) -> None:
    recording = pbx.recordings / "2026/01/31/call.wav"
    async with connected(pbx) as ari, manager(pbx) as ami:
        run = await sipp.start_calls("0800500100", talk=2, speak=True)
        channel = (await ari.arrival())["id"]
        await ari.post(f"channels/{channel}/answer")
        await ari.post("bridges/recorded?type=mixing")
        await ari.post(f"bridges/recorded/addChannel?channel={channel}")
        for action, fields in (
            ("MixMonitor", {"Channel": channel, "File": str(recording)}),
            ("MixMonitorMute", {"Channel": channel, "Direction": "both", "State": "1"}),
            ("MixMonitorMute", {"Channel": channel, "Direction": "both", "State": "0"}),
            ("ModuleCheck", {"Module": "res_pjsip.so"}),
            ("ModuleLoad", {"Module": "res_pjsip.so", "LoadType": "reload"}),
        ):
            assert "Response: Success" in await ami.ask(action, **fields)
        for action, fields in (
            ("Originate", {"Channel": "Local/1@telemarket", "Application": "Echo"}),
            ("Command", {"Command": "core show uptime"}),
            ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
        ):
            assert "Response: Error" in await ami.ask(action, **fields)
        assert (await run.outcome()).successful == 1
        assert "Response: Success" in await ami.ask("PJSIPShowEndpoints")
    with wave.open(str(recording)) as sound:
        assert 1.5 < sound.getnframes() / sound.getframerate() < 2.5
        assert len(set(sound.readframes(sound.getnframes()))) > 100  # not silence


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
