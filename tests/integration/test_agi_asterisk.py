"""A real dialplan asks the FastAGI server, and goes on whatever becomes of it."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.core.settings import AgiSettings
from telemarket.dialplan.agi import AgiServer
from telemarket.dialplan.hooks import agi_hooks
from telemarket.hookspecs import AgiRequest
from tests.fakes.house import FakeHouse

VARIABLES = ("STATUS", "CONTACT", "NAME", "COMPANY", "VIP", "PROJECT", "TEXT")
Ask = Callable[..., Awaitable[dict[str, str]]]

DIALPLAN = """
[telemarket](+)
exten => 9001,1,AGI(agi://127.0.0.1:{port}/lookup?dnis=5001)
 same => n,Goto(tell,s,1)
exten => 9002,1,AGI(agi://127.0.0.1:{port}/nobody)
 same => n,Goto(tell,s,1)
exten => 9003,1,AGI(agi://127.0.0.1:{port}/hangs)
 same => n,Goto(tell,s,1)
exten => 9004,1,AGI(agi://127.0.0.1:{port}/talks)
 same => n,Goto(tell,s,1)
exten => 9005,1,AGI(agi://127.0.0.1:{closed}/lookup)
 same => n,Goto(tell,s,1)

[tell]
exten => s,1,GotoIf($["${{TELEMARKET_NAME}}" = ""]?told)
 same => n,Set(GLOBAL(KNOWN)=yes)
 same => n(told),Set(GLOBAL(TOLD)={told}|${{AGISTATUS}})
 same => n,Answer()
 same => n,Hangup()
"""


async def hangs(request: AgiRequest) -> Mapping[str, str]:
    await asyncio.Event().wait()
    return {}


async def talks(request: AgiRequest) -> Mapping[str, str]:
    return {"TELEMARKET_TEXT": '"\\' * 5000 + "\r\nHANGUP\n", "TELEMARKET_NAME": request.variables["agi_calleridname"]}


@pytest.fixture
async def ask(pbx: Instance, sipp: Sipp) -> AsyncIterator[Ask]:
    """Calls a number; gives what the dialplan then knew."""
    settings = AgiSettings(port=0, hook_deadline=0.3)
    hooks = agi_hooks(FakeHouse().house, {"hangs": hangs, "talks": talks})
    told = "|".join(f"${{TELEMARKET_{name}}}" for name in VARIABLES)
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    async with AgiServer(settings, hooks) as server:
        pbx.local_dialplan.write_text(DIALPLAN.format(port=server.port, closed=closed, told=told), encoding="utf-8")
        await asyncio.to_thread(pbx.command, "dialplan reload")

        async def call(number: str, **who: str) -> dict[str, str]:
            outcome = await sipp.call(number, **who)
            assert outcome.exit_code == 0, outcome.errors
            shown = await asyncio.to_thread(pbx.command, "dialplan show globals")
            line = re.search(r"^ *TOLD=(.*)$", shown, re.MULTILINE)
            assert line
            return dict(zip((*VARIABLES, "AGI"), line[1].split("|"), strict=True))

        yield call
    pbx.local_dialplan.unlink()
    await asyncio.to_thread(pbx.command, "dialplan reload")


async def test_the_dialplan_learns_who_calls_as_plain_text(ask: Ask) -> None:
    assert await ask("9001", caller="380441234567", name="${SHELL(id)}") == {
        "STATUS": "OK",
        "CONTACT": "7",
        "NAME": "Іван 'SHELL(touch /tmp/x)'  Коваль",
        "COMPANY": "Ромашка & Ко, ТОВ",
        "VIP": "1",
        "PROJECT": "Ромашка",
        "TEXT": "",
        "AGI": "SUCCESS",
    }


@pytest.mark.parametrize(
    ("number", "status", "agi"),
    [
        ("9001", "OK", "SUCCESS"),
        ("9002", "UNKNOWN_HOOK", "SUCCESS"),
        ("9003", "TIMEOUT", "SUCCESS"),
        ("9005", "", "FAILURE"),
    ],
)
async def test_the_dialplan_goes_on_without_an_answer(ask: Ask, number: str, status: str, agi: str) -> None:
    told = await ask(number, caller="380449999999")
    assert (told["STATUS"], told["AGI"], told["CONTACT"], told["NAME"]) == (status, agi, "", "")


async def test_a_value_of_any_kind_stays_one_value(ask: Ask) -> None:
    told = await ask("9004", caller="380449999999", name="x${SHELL(id)};y")
    assert told["TEXT"] == '"\\' * 450
    assert told["NAME"] == "x${SHELL(id)};y"
    assert (told["STATUS"], told["AGI"]) == ("OK", "SUCCESS")
