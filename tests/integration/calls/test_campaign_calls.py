"""A campaign's calls on a real PBX: leads and operators' telephones are sipp's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from telemarket.asterisk.ari import AriConflict
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import FOREVER, Sipp
from telemarket.calls import facts
from telemarket.calls.model import RestoredCall, lead_channel_id
from telemarket.calls.views import AgentState, DialMode, Direction
from tests.integration.calls.lines import NUMBER, Lines, refusing_telephone

BEEP = ("beep",)


@pytest.fixture
async def lines(pbx: Instance) -> AsyncIterator[Lines]:
    """The engine on the PBX, which in the end must be as empty as before."""
    async with Lines(pbx, "/nowhere") as lines:
        yield lines
        async with asyncio.timeout(10):
            while pbx.command("core show channels concise").strip() or "tm-" in pbx.command("bridge show all"):
                await asyncio.sleep(0.1)


async def test_who_answers_is_given_an_operator_whose_card_is_there(lines: Lines, sipp: Sipp) -> None:
    async with sipp.phone(ring=0.05) as anna, sipp.phone(ring=0.3, talk=1.0) as lead:
        lines.connect("anna", anna.contact)
        lines.trunk(lead)
        lines.ready(1)
        lines.dial("a-1")
        connected_at = await lines.talks("a-1")
        assert lines.cards.shown["a-1"] < connected_at
        ended = await lines.entry("call.ended", "a-1")
        assert (ended.data["result"], ended.data["by"]) == ("answered", "caller")
        [answer] = (await lead.stop()).answers
        assert ended.data["customer_answered_at"] == pytest.approx(answer.at, abs=1)
        assert answer.at < (await anna.stop()).invites[0].at, "the operator's telephone rang before the lead answered"


async def test_operators_telephones_are_asked_to_answer_by_themselves_and_leads_are_not(lines: Lines) -> None:
    async with refusing_telephone() as (anna, offered), refusing_telephone() as (lead, called):
        lines.connect("anna", anna)
        lines.connect("trunk", lead)
        lines.ready(1)
        lines.dial("b-1", DialMode.PREVIEW, agent_id=1)
        lines.driver.submit(facts.WantsDial(agent_id=1))
        assert await lines.result("b-1") == "returned"
        assert "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer" in offered.result()
        assert "Call-Info: <sip:127.0.0.1>;answer-after=0" in offered.result()
        lines.dial("b-2", caller_id="380440000000")
        assert await lines.result("b-2") == "busy"
        assert "Alert-Info" not in called.result()
        assert f"To: <sip:{NUMBER}@" in called.result()
        assert "<sip:380440000000@" in called.result()


@pytest.mark.parametrize(
    ("status", "cause", "result"),
    [
        (486, 17, "busy"),
        (603, 21, "declined"),
        (480, 19, "no-answer"),
        (404, 1, "no-such-number"),
        (410, 22, "no-such-number"),
        (484, 28, "no-such-number"),
        (502, 27, "out-of-service"),
        (503, 34, "congestion"),
        (500, 38, "congestion"),
        (488, 58, "failed"),
    ],
)
async def test_why_a_lead_was_not_reached(lines: Lines, sipp: Sipp, status: int, cause: int, result: str) -> None:
    async with sipp.phone(ring=0.05, refuse_with=status) as lead:
        lines.trunk(lead)
        ended = await lines.entry("call.ended", lines.dial(f"c-{status}"))
        assert (ended.data["cause"], ended.data["result"]) == (cause, result)


async def test_rings_out_and_a_trunk_the_pbx_does_not_know(lines: Lines, sipp: Sipp) -> None:
    async with sipp.phone(ring=FOREVER) as lead:
        lines.trunk(lead)
        lines.dial("d-1", ring_seconds=1.0)
        lines.dial("d-2", endpoint=f"PJSIP/{NUMBER}@elsewhere")
        assert await lines.result("d-2") == "failed"
        assert await lines.result("d-1") == "no-answer"


async def test_nobody_in_time_is_dropped_and_who_hangs_up_first_is_not(lines: Lines, sipp: Sipp) -> None:
    async with sipp.phone(ring=0.1) as patient:
        lines.trunk(patient)
        lines.dial("e-1", connect_seconds=0.5, message=BEEP)
        assert await lines.result("e-1") == "dropped"
    async with sipp.phone(ring=0.1, talk=0.2) as hasty:
        lines.trunk(hasty)
        lines.dial("e-2", connect_seconds=5.0)
        assert await lines.result("e-2") == "hung-up"


async def test_who_listens_decides_and_without_him_everybody_is_human(lines: Lines, sipp: Sipp) -> None:
    def fax(call_id: str, channel_id: str, seconds: float) -> None:
        assert (channel_id, seconds) == (lead_channel_id(call_id), 4.0)
        heard = facts.DetectionEnded(call_id=call_id, verdict="fax")
        asyncio.get_running_loop().call_soon(lines.driver.submit, heard)

    async with sipp.phone(ring=0.05) as anna, sipp.phone(ring=0.1, talk=0.5) as lead:
        lines.connect("anna", anna.contact)
        lines.trunk(lead)
        lines.ready(1)
        assert await lines.result(lines.dial("i-1", detect=True)) == "answered"
        lines.driver.detect_with(fax)
        assert await lines.result(lines.dial("i-2", detect=True)) == "fax"


async def test_the_same_attempt_is_never_dialed_twice(lines: Lines, sipp: Sipp) -> None:
    async with sipp.phone(ring=FOREVER) as lead:
        lines.trunk(lead)
        lines.dial("f-1", ring_seconds=2.0)
        await lines.entry("call.dialing", "f-1")
        await lines.rings("f-1")
        taken = lead_channel_id("f-1")
        with pytest.raises(AriConflict):
            await lines.ari.channels.create(endpoint=f"PJSIP/{NUMBER}@trunk", app=lines.ari.app, channel_id=taken)
        assert await lines.result("f-1") == "no-answer"
        assert len((await lead.stop()).invites) == 1


async def test_preview_calls_the_operator_then_the_lead(lines: Lines, sipp: Sipp) -> None:
    async with sipp.phone(ring=0.05) as anna, sipp.phone(ring=0.2, talk=0.5) as lead:
        lines.connect("anna", anna.contact)
        lines.trunk(lead)
        lines.ready(1)
        lines.dial("g-1", DialMode.PREVIEW, agent_id=1, preview_seconds=0.3)
        assert lines.state(1) is AgentState.PREVIEW
        assert await lines.result("g-1") == "answered"
        assert (await anna.stop()).answers[0].at < (await lead.stop()).invites[0].at


async def test_a_new_daemon_hangs_up_on_leads_nobody_talks_with(lines: Lines, sipp: Sipp) -> None:
    async with sipp.phone(ring=0.1) as lead:
        lines.trunk(lead)
        lines.dial("h-1", connect_seconds=30.0)
        arrived = await lines.entry("call.customer_answered", "h-1")
        known = RestoredCall(
            id="h-1",
            project_id=1,
            ani=NUMBER,
            caller_name="",
            dnis="",
            contact_id=None,
            agent_id=None,
            arrived_at=arrived.at.timestamp(),
            answered_at=None,
            recording="",
            direction=Direction.CAMPAIGN,
        )
        await lines.restart(facts.Restored(calls=(known,), operators=()))
        assert await lines.result("h-1") == "ended-unobserved"
