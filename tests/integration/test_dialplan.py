"""The dialplan Telemarket brings: calls to numbers, and what an operator dials at his telephone."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from telemarket.asterisk.ari.models import ChannelDestroyed
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.calls.facts import Configured
from telemarket.calls.model import OperatorProfile
from telemarket.calls.views import AgentState, AgentView
from telemarket.core.settings import AgiSettings, OutboundSettings
from telemarket.dialplan.agi import AgiServer
from telemarket.dialplan.hooks import agi_hooks
from tests.fakes.call_centre import new_queue
from tests.fakes.house import ANNA, KASKO, NUMBER_OF_IVAN, FakeHouse
from tests.integration.conftest import SetGlobal
from tests.integration.hall import Hall
from tests.voice import BORIS, CALLER, OTHER, RING, Voice


def endpoint(number: str) -> str:
    """What is dialled to reach a number, by default."""
    return OutboundSettings().endpoint.replace("{number}", number)


async def test_a_number_is_reached_through_the_trunk(hall: Hall, set_global: SetGlobal) -> None:
    set_global("TELEMARKET_TRUNK", "trunk")
    set_global("TELEMARKET_CALLER_ID", "+380441110077")
    caller, outside = await hall.caller(CALLER), await hall.telephone("trunk", BORIS)
    outside.channel = await hall.leg(endpoint("+380501112233"))
    await hall.ari.channels.dial(outside.channel, timeout=10)
    await hall.up(outside.channel)
    await hall.bridge(caller, outside)
    await caller.voice.hears(BORIS)
    await outside.voice.hears(CALLER)
    await hall.ari.channels.hangup(outside.channel)
    [invite] = (await outside.telephone.stop()).invites
    assert invite.line.startswith("INVITE sip:+380501112233@")


@pytest.mark.parametrize(("refuse_with", "cause"), [(486, 17), (503, 34), (404, 1), (603, 21)])
async def test_why_a_number_was_not_reached(hall: Hall, set_global: SetGlobal, refuse_with: int, cause: int) -> None:
    set_global("TELEMARKET_TRUNK", "trunk")
    await hall.telephone("trunk", BORIS, refuse_with=refuse_with)
    leg = await hall.leg(endpoint("+380501112233"))
    await hall.ari.channels.dial(leg, timeout=10)
    assert (await hall.event(ChannelDestroyed, channel=leg)).cause == cause


@pytest.mark.parametrize("number", ["+380501112233", "205", "380501112233", "*21*205#", "anna"])
async def test_nothing_goes_out_unless_the_administrator_said_how(hall: Hall, number: str) -> None:
    leg = await hall.leg(endpoint(number))
    await hall.ari.channels.dial(leg, timeout=10)
    assert (await hall.event(ChannelDestroyed, channel=leg)).cause in (16, 21)


async def test_an_extension_of_the_house_is_the_houses(hall: Hall, set_global: SetGlobal) -> None:
    set_global("TELEMARKET_TRUNK", "trunk")
    set_global("TELEMARKET_INTERNAL", "telemarket-cause")  # any context will do: BUSY is no extension of five digits
    leg = await hall.leg(endpoint("205"))
    await hall.ari.channels.dial(leg, timeout=10)
    await hall.event(ChannelDestroyed, channel=leg)
    assert "trunk" not in hall.pbx.command("core show channels concise")


@pytest.fixture
async def desk_phone(pbx: Instance, set_global: SetGlobal) -> AsyncIterator[FakeHouse]:
    """A house whose operator has the telephone from which sipp calls; it may dial what operators dial."""
    fake = FakeHouse()
    operator = OperatorProfile(id=5, endpoint="PJSIP/world", login="anna")
    fake.house.directory.take(Configured(projects=(), operators=(operator,)))
    fake.centre.page_connected(5)
    pbx.local_dialplan.write_text("[telemarket](+)\nexten => _*4X!,1,Goto(telemarket-operators,${EXTEN},1)\n")
    await asyncio.to_thread(pbx.command, "dialplan reload")
    async with AgiServer(AgiSettings(port=0), agi_hooks(fake.house, {})) as server:
        set_global("TELEMARKET_AGI", f"127.0.0.1:{server.port}")
        yield fake
    pbx.local_dialplan.unlink()
    await asyncio.to_thread(pbx.command, "dialplan reload")


@pytest.mark.parametrize(
    ("dialled", "state", "reason"),
    [
        ("*40", AgentState.READY, ""),
        ("*41", AgentState.PAUSED, "Перерва"),
        ("*412", AgentState.PAUSED, "Обід"),
        ("*42", AgentState.OFFLINE, ""),
    ],
)
async def test_an_operator_dials_what_he_does(
    desk_phone: FakeHouse, sipp: Sipp, dialled: str, state: AgentState, reason: str
) -> None:
    async with Voice.speaking(CALLER) as voice:
        telephone = await sipp.start_calls(dialled, media_port=voice.port)
        voice.belongs_to(telephone)
        await voice.hears(OTHER)  # the beeps
        assert (await telephone.outcome()).statuses[-1] == 200
    agent = desk_phone.centre.agent_view(5)
    assert (agent.state, agent.reason) == (state, reason)


@pytest.mark.parametrize("dialled", ["*43", "*43701", "*419"])
async def test_what_cannot_be_done_is_heard(desk_phone: FakeHouse, sipp: Sipp, dialled: str) -> None:
    async with Voice.speaking(CALLER) as voice:
        telephone = await sipp.start_calls(dialled, media_port=voice.port)
        voice.belongs_to(telephone)
        await voice.hears(RING, OTHER)  # bursts of the congestion tone, which is 425 Hz too
        await telephone.outcome()
    assert desk_phone.centre.asked == []


@pytest.fixture
async def own_flow(pbx: Instance, set_global: SetGlobal) -> AsyncIterator[FakeHouse]:
    """An administrator's own dialplan after the example, which asks the house's hooks."""
    fake = FakeHouse()
    example = pbx.folder / "etc/extensions_telemarket_own_flow.conf"
    reached = "[telemarket](+)\nexten => 5001,1,Goto(own-flow,5001,1)\nexten => +5001,1,Goto(own-flow,+5001,1)\n"
    pbx.local_dialplan.write_text(f'#include "{example.name}"\n{reached}')
    await asyncio.to_thread(pbx.command, "dialplan reload")
    async with AgiServer(AgiSettings(port=0), agi_hooks(fake.house, {})) as server:
        set_global("TELEMARKET_AGI", f"127.0.0.1:{server.port}")
        yield fake
    pbx.local_dialplan.unlink()
    await asyncio.to_thread(pbx.command, "dialplan reload")


async def test_a_dialplan_of_ones_own_rings_whom_telemarket_suggests_and_reports(
    own_flow: FakeHouse, hall: Hall, sipp: Sipp
) -> None:
    anna = await hall.telephone("anna-1", BORIS)
    own_flow.centre.agents[ANNA.id] = AgentView(
        id=ANNA.id, state=AgentState.READY, since=own_flow.now, page=True, project_ids=(1,)
    )
    outcome = await sipp.call("5001", caller=NUMBER_OF_IVAN, talk=1.5)
    assert outcome.statuses[-1] == 200
    assert len((await anna.telephone.stop()).invites) == 1
    async with asyncio.timeout(5):
        while not own_flow.kept:
            await asyncio.sleep(0.02)
    ended = own_flow.kept[-1]
    assert (ended.kind, ended.data["result"], ended.agent_id) == ("call.ended", "answered", ANNA.id)
    [answered] = [entry for entry in own_flow.kept if entry.kind == "call.answered"]
    assert 1 <= (ended.at - answered.at).total_seconds() <= 2


async def test_an_operator_who_does_not_pick_up_does_not_cost_the_caller_his_call(
    own_flow: FakeHouse, hall: Hall, sipp: Sipp
) -> None:
    await hall.telephone("anna-1", BORIS, refuse_with=486)
    own_flow.centre.agents[ANNA.id] = AgentView(
        id=ANNA.id, state=AgentState.READY, since=own_flow.now, page=True, project_ids=(1,)
    )
    own_flow.centre.queues = (new_queue(waiting=2, on_shift=1, expected_wait=300),)
    assert 200 in (await sipp.call("5001", caller=NUMBER_OF_IVAN)).statuses  # promised a call back
    assert own_flow.centre.asked == [("ask_callback", 1, NUMBER_OF_IVAN)]


async def test_a_number_called_may_begin_with_a_plus(own_flow: FakeHouse, sipp: Sipp) -> None:
    kasko = msgspec.structs.replace(KASKO, dnis=("+5001",))
    own_flow.house.directory.take(Configured(projects=(kasko,), operators=()))
    own_flow.centre.queues = (new_queue(waiting=2, on_shift=1, expected_wait=300),)
    assert 200 in (await sipp.call("+5001", caller=NUMBER_OF_IVAN)).statuses
    assert own_flow.centre.asked == [("ask_callback", 1, NUMBER_OF_IVAN)]


async def test_a_dialplan_of_ones_own_promises_to_call_back(own_flow: FakeHouse, sipp: Sipp) -> None:
    own_flow.centre.queues = (new_queue(waiting=2, on_shift=1, expected_wait=300),)
    async with Voice.speaking(CALLER) as voice:
        telephone = await sipp.start_calls("5001", caller=NUMBER_OF_IVAN, media_port=voice.port)
        voice.belongs_to(telephone)
        await voice.hears(OTHER)  # the beeps
        await telephone.outcome()
    assert own_flow.centre.asked == [("ask_callback", 1, NUMBER_OF_IVAN)]


async def test_a_dialplan_of_ones_own_goes_on_without_telemarket(
    own_flow: FakeHouse, set_global: SetGlobal, sipp: Sipp
) -> None:
    set_global("TELEMARKET_AGI", "127.0.0.1:1")
    assert 183 in (await sipp.call("5001", patience=1)).statuses  # the fallback's tone
    assert own_flow.kept == []
