"""The dialer with the real engine: who is called when, and what is written down of it."""

from datetime import UTC, datetime

import msgspec
import pytest

from telemarket.calls import facts
from telemarket.calls.views import AgentState, DialMode
from telemarket.core.journal import Entry
from telemarket.dialer.model import CampaignState, Detection, DetectorKind, Outcome, Pace, Terms, Trunk
from telemarket.dialer.pacing import Phase, Seat
from telemarket.dialer.running import Running
from telemarket.sounds.phrases import uploaded
from tests.fakes.dialing_room import DialingRoom, campaign


async def test_progressive_calls_one_lead_for_each_free_operator() -> None:
    room = DialingRoom(campaign())
    room.ready(1, 2)
    await room.ticks()
    await room.ticks()
    assert room.dialed == [1, 2]


async def test_nobody_is_called_while_no_operator_is_there_and_the_page_says_why() -> None:
    room = DialingRoom(campaign())
    await room.ticks()
    view = room.dialer.view(1)
    assert room.dialed == []
    assert view is not None
    assert view.stopped_for == "None of its operators is at work."


async def test_an_answered_lead_gets_the_operator_and_his_end_is_kept() -> None:
    room = DialingRoom(campaign())
    room.ready(1)
    await room.ticks()
    room.lead_answers(1)
    room.answers("a1")
    assert room.state(1) is AgentState.TALKING
    view = room.dialer.view(1)
    assert view is not None
    assert (view.talking, view.ringing, view.waiting) == (1, 0, 0)
    room.passes(60)
    room.lead_ends(1, 16)
    [end] = room.ended
    assert (end.attempt_id, end.outcome, end.agent_id) == ("a1", Outcome.ANSWERED, 1)
    assert end.connected_at is not None
    assert end.answered_at is not None


async def test_a_busy_lead_makes_room_for_the_next() -> None:
    room = DialingRoom(campaign())
    room.ready(1)
    await room.ticks()
    room.lead_ends(1, 17)
    await room.ticks()
    assert room.dialed == [1, 2]
    assert [(end.attempt_id, end.outcome, end.cause) for end in room.ended] == [("a1", Outcome.BUSY, 17)]


async def test_who_may_not_be_called_at_the_last_moment_is_not() -> None:
    room = DialingRoom(campaign())
    room.claims.forbidden = {1}
    room.ready(1)
    await room.ticks()
    await room.ticks()
    assert room.claims.released == ["a1"]
    assert room.dialed == [2]


async def test_an_answered_lead_nobody_is_free_for_counts_as_dropped() -> None:
    room = DialingRoom(campaign())
    room.ready(1)
    await room.ticks()
    room.arrives("9.9")  # somebody calls: he goes first
    room.lead_answers(1)
    room.passes(3)
    [end] = room.ended
    assert end.outcome is Outcome.DROPPED


async def test_a_trunk_that_fails_rests_and_is_tried_by_one_call() -> None:
    room = DialingRoom(campaign(terms=Terms(trunks=(Trunk(lines=10, per_second=100),))))
    room.ready(1, 2)
    for _ in range(20):
        await room.ticks()
        for call_id in tuple(room.dialer.running[1].calls):
            room.lead_ends(int(call_id[1:]), 34)
    dialed = len(room.dialed)
    assert dialed < 6, "it went on calling by a dead trunk"
    await room.ticks(0.0)
    view = room.dialer.view(1)
    assert view is not None
    assert "lines fail" in view.stopped_for
    room.passes(60)
    await room.ticks()
    await room.ticks()
    assert len(room.dialed) == dialed + 1, "one call tries whether the trunk works again"


async def test_no_more_calls_than_a_trunk_has_lines() -> None:
    room = DialingRoom(campaign(terms=Terms(trunks=(Trunk(lines=1, per_second=100),))))
    room.ready(1, 2)
    await room.ticks()
    await room.ticks()
    assert room.dialed == [1]


async def test_a_full_trunk_keeps_nobody_from_the_lines_of_another() -> None:
    trunks = (
        Trunk(endpoint="PJSIP/{number}@one", lines=1, per_second=100, prefixes=("+38044",)),
        Trunk(endpoint="PJSIP/{number}@two", lines=4, per_second=100, prefixes=("+38067",)),
    )
    room = DialingRoom(campaign(DialMode.MESSAGE, Terms(trunks=trunks)))
    await room.ticks()
    await room.ticks()
    assert room.dialed == [1, 2, 4, 6, 8], "who has odd numbers waits for the one line, the others do not"
    room.lead_ends(1, 17)
    await room.ticks()
    assert room.dialed[5:] == [3]


async def test_leads_that_all_wait_for_a_line_have_it_within_a_second() -> None:
    trunks = (
        Trunk(lines=1, per_second=100, prefixes=("+38044",)),
        Trunk(endpoint="PJSIP/{number}@two", lines=1, per_second=100, prefixes=("+38067",)),
    )
    room = DialingRoom(campaign(DialMode.MESSAGE, Terms(trunks=trunks)), leads=1)
    room.claims.leads.append(3)
    await room.ticks()
    room.lead_ends(1, 17)
    await room.ticks(1.0)
    assert room.dialed == [1, 3]


async def test_a_conversation_an_earlier_daemon_began_has_a_line() -> None:
    room = DialingRoom(campaign(terms=Terms(trunks=(Trunk(lines=1, per_second=100),))))
    [adopted] = await room.claims.claim(room.dialer.running[1].campaign, 1)
    began = datetime.fromtimestamp(room.now, UTC)
    room.dialer.adopt(room.dialer.running[1], adopted, began)
    room.ready(1, 2)
    await room.ticks()
    view = room.dialer.view(1)
    assert view is not None
    assert (room.dialed, view.lines, view.abandons.counted) == ([], 1, 1)
    room.bus.publish(Entry(began, "call.ended", {"result": "answered"}, adopted.id))
    await room.ticks()
    assert room.dialed == [2]


async def test_a_number_no_trunk_is_for_is_not_called_and_not_tried_for_ever() -> None:
    room = DialingRoom(campaign(terms=Terms(trunks=(Trunk(prefixes=("+7",)),))))
    room.ready(1)
    await room.ticks()
    assert room.dialed == []
    assert [end.outcome for end in room.ended][:1] == [Outcome.FAILED]


async def test_preview_shows_the_lead_before_it_is_called() -> None:
    room = DialingRoom(campaign(DialMode.PREVIEW))
    room.ready(1)
    await room.ticks()
    assert room.state(1) is AgentState.PREVIEW
    assert room.dialed == []
    room.tell(facts.WantsDial(agent_id=1))
    room.answers("a1")
    assert list(room.dialer.dialed_late) == ["a1"]
    room.lead_answers(1)
    assert room.state(1) is AgentState.TALKING


async def test_who_may_not_be_called_any_more_is_taken_from_the_screen() -> None:
    room = DialingRoom(campaign(DialMode.PREVIEW))
    room.ready(1)
    await room.ticks()
    await room.upkeep.watch_previews()
    assert room.state(1) is AgentState.PREVIEW
    room.claims.forbidden = {1}
    await room.upkeep.watch_previews()
    assert room.state(1) is AgentState.READY
    assert [end.outcome for end in room.ended] == [Outcome.RETURNED]


async def test_a_skipped_lead_keeps_the_reason() -> None:
    room = DialingRoom(campaign(DialMode.PREVIEW))
    room.ready(1)
    await room.ticks()
    room.tell(facts.WantsSkip(agent_id=1, reason="просив не дзвонити зранку"))
    [end] = room.ended
    assert (end.outcome, end.reason) == (Outcome.SKIPPED, "просив не дзвонити зранку")


async def test_a_paused_campaign_takes_back_what_operators_only_look_at() -> None:
    room = DialingRoom(campaign(DialMode.PREVIEW))
    room.ready(1)
    await room.ticks()
    running = room.dialer.running[1]
    running.take(msgspec.structs.replace(running.campaign, state=CampaignState.PAUSED))
    room.dialer.withdraw(running)
    assert room.state(1) is AgentState.READY
    assert [end.outcome for end in room.ended] == [Outcome.RETURNED]
    await room.ticks()
    assert room.state(1) is AgentState.READY


async def test_a_message_campaign_needs_no_operator() -> None:
    terms = Terms(trunks=(Trunk(lines=3, per_second=100),), message="sorry", machine_message="reminder")
    room = DialingRoom(campaign(DialMode.MESSAGE, terms))
    await room.ticks()
    assert room.dialed == [1, 2, 3]
    room.lead_answers(1)
    assert room.said("a1") == [uploaded("reminder")]
    room.hears_it_out("a1")
    assert [end.outcome for end in room.ended] == [Outcome.INFORMED]


async def test_a_supervisor_may_hold_it_or_cap_its_lines() -> None:
    stopped = DialingRoom(campaign(terms=Terms(pace=Pace(slow=0))))
    stopped.ready(1, 2)
    await stopped.ticks()
    assert stopped.dialed == []
    capped = DialingRoom(campaign(terms=Terms(pace=Pace(most_lines=1))))
    capped.ready(1, 2)
    await capped.ticks()
    assert capped.dialed == [1]


async def test_the_foremost_campaign_has_the_operators_as_long_as_it_has_leads() -> None:
    room = DialingRoom(campaign(priority=1), campaign(campaign_id=2, priority=2), leads=1)
    room.ready(1, 2)
    await room.ticks()
    assert [running.calls.keys() for running in room.dialer.running.values()] == [{"a1"}, set()]
    room.lead_ends(1, 19)
    room.claims.leads.append(7)
    await room.ticks()
    assert list(room.dialer.running[2].calls) == ["a7"]


async def test_what_an_operator_promised_is_called_for_him() -> None:
    room = DialingRoom(campaign())
    room.ready(1, 2)
    room.dialer.promised[1] = {2}
    await room.ticks()
    terms = room.call("a1").terms
    assert terms is not None
    assert terms.operator_ids == {2}


async def test_what_was_learned_outlives_new_settings() -> None:
    room = DialingRoom(campaign())
    room.ready(1)
    await room.ticks()
    room.lead_ends(1, 17)
    running = room.dialer.running[1]
    before = running.state()
    running.take(msgspec.structs.replace(running.campaign, terms=Terms(ring_seconds=20)))
    assert running.state() == before


async def test_a_promise_is_not_called_while_another_call_rings_for_its_operator() -> None:
    room = DialingRoom(campaign())
    room.ready(1)
    for _ in range(5):
        room.dialer.promised[1] = {1}
        await room.ticks()
    assert room.dialed == [1]


async def test_two_campaigns_do_not_call_for_the_same_operators() -> None:
    room = DialingRoom(campaign(priority=1), campaign(campaign_id=2, priority=2))
    room.ready(1, 2)
    first, second = room.dialer.running[1], room.dialer.running[2]
    first.empty_until = room.now + 2
    await room.ticks()
    assert len(second.calls) == 2
    first.empty_until = 0
    await room.ticks()
    assert len(first.calls) == 0, "the operators are spoken for"


async def test_a_conversation_of_a_campaign_without_leads_keeps_no_other_operator_from_the_next() -> None:
    room = DialingRoom(campaign(priority=1), campaign(campaign_id=2, priority=2), leads=1)
    room.ready(1, 2)
    await room.ticks()
    room.lead_answers(1)
    room.answers("a1")
    room.claims.leads.append(7)
    room.dialer.running[1].empty_until = room.now + 60
    await room.ticks()
    assert list(room.dialer.running[2].calls) == ["a7"]


async def test_nobody_is_called_for_an_operator_whom_a_customer_waits_for() -> None:
    room = DialingRoom(campaign())
    room.arrives("9.9")
    room.tell(facts.PageConnected(agent_id=1))
    room.engine.floor.agents[1].page = True
    running = room.dialer.running[1]
    seats = [Seat(1, Phase.FREE, room.now)]
    assert running.decide(room.now, seats, 0.0, 5, others=0).dial == 1
    assert running.decide(room.now, seats, 0.0, 5, others=1).dial == 0


async def test_one_campaigns_trouble_is_not_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    room = DialingRoom(campaign(priority=1), campaign(campaign_id=2, priority=2))
    room.ready(1, 2)
    monkeypatch.setattr(room.dialer.running[1], "decide", lambda *_: 1 / 0)
    room.dialer.running[1].calls.clear()
    await room.ticks()
    room.dialer.running[1].empty_until = room.now + 60
    await room.ticks()
    assert len(room.dialer.running[2].calls) == 2


async def test_who_is_dropped_counts_as_abandoned_though_nobody_knew_who_answered() -> None:
    terms = Terms(detection=Detection(kind=DetectorKind.MODEL))
    room = DialingRoom(campaign(terms=terms))
    room.ready(1)
    await room.ticks()
    room.lead_answers(1)
    room.tell(facts.DetectionEnded(call_id="a1", verdict="human"))
    room.tell(facts.WantsPause(agent_id=1, reason="обід"))
    room.passes(3)
    assert [end.outcome for end in room.ended] == [Outcome.DROPPED]
    assert room.dialer.running[1].controller.spent().abandoned == 1


async def test_a_pace_of_another_version_is_learned_anew() -> None:
    assert Running(campaign(), '{"budget": {}}').controller.spent().counted == 0
