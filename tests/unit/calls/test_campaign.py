"""A campaign's calls: the lead is called for an operator, or an operator sees his card first."""

from typing import Any

import pytest

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import DialTerms, RestoredCall, lead_channel_id
from telemarket.calls.views import AgentState, CallState, DialMode, Direction, MachineAction
from tests.fakes.room import OTHER, PROJECT, Room

LEAD = "c3-4-1"
LINE = lead_channel_id(LEAD)
SORRY, LEAVE = ("uploaded/sorry",), ("uploaded/leave",)


def terms(**changes: Any) -> DialTerms:
    values: dict[str, Any] = {
        "campaign_id": 3,
        "lead_id": 4,
        "mode": DialMode.PROGRESSIVE,
        "endpoint": "PJSIP/380501112233@trunk",
        "operator_ids": frozenset({1, 2}),
        "message": ("sorry",),
        "machine_message": ("leave",),
    }
    return DialTerms(**values | changes)


def dial(room: Room, *, call_id: str = LEAD, agent_id: int | None = None, **changes: Any) -> list[do.Command]:
    return room.tell(
        facts.LeadDialed(
            call_id=call_id, project_id=1, number="380501112233", terms=terms(**changes), agent_id=agent_id
        )
    )


def preview(room: Room, **changes: Any) -> list[do.Command]:
    return dial(room, agent_id=1, mode=DialMode.PREVIEW, **changes)


def picks_up_phone(room: Room) -> None:
    """The telephone of the operator the lead is offered to answers by itself."""
    leg = room.leg(LEAD)
    room.tell(facts.LegEntered(channel_id=leg))
    room.tell(facts.ChannelUp(channel_id=leg), after=0.1)


def end(room: Room) -> dict[str, Any]:
    """What the journal says of the lead's end."""
    room.result(LEAD)
    return room.written("call.ended")[-1]


def kinds(commands: list[do.Command]) -> list[type[do.Command]]:
    return [
        type(command)
        for command in commands
        if not isinstance(command, do.Journal | do.OperatorChanged | do.BoardChanged)
    ]


class TestLeadFirst:
    def test_is_dialed_at_once_with_the_campaigns_number_and_a_channel_of_one_name(self, room: Room) -> None:
        room.ready(1)
        dial(room, caller_id="380441110000", ring_seconds=17)
        [leg] = room.all(do.CreateLeg)
        assert (leg.channel_id, leg.endpoint, leg.ani) == (LINE, "PJSIP/380501112233@trunk", "380441110000")
        assert room.all(do.LookUp) == [do.LookUp(LEAD)]
        room.tell(facts.LegEntered(channel_id=LINE))
        assert room.all(do.Dial) == [do.Dial(LEAD, LINE, 22)]
        assert room.state(1) is AgentState.READY
        [arrived] = room.written("call.arrived")
        assert (arrived["direction"], arrived["campaign"], arrived["lead"]) == ("campaign", 3, 4)

    def test_asked_for_twice_is_called_once(self, room: Room) -> None:
        dial(room)
        dial(room)
        assert len(room.all(do.CreateLeg)) == 1

    def test_card_and_telephone_of_the_longest_idle_operator_at_the_answer(self, room: Room) -> None:
        room.ready(2, 1)
        dial(room)
        done = room.picks_up(LINE)
        assert kinds(done)[:2] == [do.PushCard, do.CreateLeg]
        [card], [_, leg] = room.all(do.PushCard), room.all(do.CreateLeg)
        assert (card.agent_id, leg.endpoint, leg.auto_answer) == (2, "PJSIP/op2", True)
        assert do.Dial in kinds(room.tell(facts.LegEntered(channel_id=leg.channel_id)))  # without word of the card
        room.tell(facts.CardShown(agent_id=2, call_id=LEAD))
        room.tell(facts.ChannelUp(channel_id=leg.channel_id))
        assert room.in_bridge(LEAD) == {LINE, leg.channel_id}
        assert room.state(2) is AgentState.TALKING
        assert len(room.written("call.card_shown")) == 1
        assert room.all(do.StartMusic) == []

    def test_the_end_tells_a_listener_all_he_needs(self, room: Room) -> None:
        room.ready(1)
        dial(room)
        room.picks_up(LINE)
        answered_at = room.now
        picks_up_phone(room)
        room.tell(facts.ChannelGone(channel_id=LINE, cause=16), after=30)
        assert end(room) | {"direction": "campaign", "campaign": 3, "lead": 4, "by": "caller"} == end(room)
        assert end(room)["customer_answered_at"] == answered_at
        assert end(room)["answered_at"] == pytest.approx(answered_at + 0.1)
        assert room.state(1) is AgentState.WRAPUP

    def test_waits_for_who_comes_free_in_time(self, room: Room) -> None:
        dial(room)
        room.picks_up(LINE)
        room.passes(0.5)
        assert room.call(LEAD).state is CallState.WAITING
        assert room.written("call.queued") == []
        room.ready(1)
        picks_up_phone(room)
        assert room.owner(LEAD) == 1

    def test_nobody_in_time_is_told_so_and_counts_as_dropped(self, room: Room) -> None:
        dial(room)
        room.picks_up(LINE)
        room.passes(2.1)
        room.ready(1)
        assert room.said(LEAD) == list(SORRY)
        assert room.state(1) is AgentState.READY
        room.hears_it_out(LEAD)
        assert room.result(LEAD) == "dropped"

    def test_without_a_message_a_drop_is_the_end(self, room: Room) -> None:
        dial(room, message=())
        room.picks_up(LINE)
        room.passes(2.1)
        assert room.result(LEAD) == "dropped"

    def test_who_hangs_up_on_the_message_was_dropped(self, room: Room) -> None:
        dial(room)
        room.picks_up(LINE)
        room.passes(2.1)
        room.tell(facts.ChannelGone(channel_id=LINE))
        assert room.result(LEAD) == "dropped"

    def test_who_hangs_up_before_an_operator_is_there(self, room: Room) -> None:
        room.ready(1)
        dial(room)
        room.picks_up(LINE)
        room.tell(facts.ChannelGone(channel_id=LINE), after=0.2)
        assert room.result(LEAD) == "hung-up"
        assert room.state(1) is AgentState.READY

    def test_a_telephone_that_does_not_answer_pauses_its_operator(self, room: Room) -> None:
        room.ready(1)
        dial(room)
        room.picks_up(LINE)
        room.tell(facts.LegEntered(channel_id=room.leg(LEAD)))
        room.passes(2.1)
        assert room.state(1) is AgentState.PAUSED
        assert room.said(LEAD) == list(SORRY)

    def test_an_operator_who_came_too_late_is_not_to_blame(self, room: Room) -> None:
        dial(room)
        room.picks_up(LINE)
        room.passes(1.5)
        room.ready(1)
        room.passes(0.1)
        assert room.said(LEAD) == list(SORRY)
        assert room.state(1) is AgentState.READY

    def test_one_who_declines_makes_room_for_another(self, room: Room) -> None:
        room.ready(1, 2)
        dial(room)
        room.picks_up(LINE)
        room.tell(facts.WantsHangUp(agent_id=1), after=0.5)
        assert (room.state(1), room.state(2)) == (AgentState.PAUSED, AgentState.RINGING)
        picks_up_phone(room)
        assert room.owner(LEAD) == 2

    def test_only_the_campaigns_operators_take_it(self, room: Room) -> None:
        room.ready(1, 2)
        dial(room, operator_ids=frozenset({2}))
        room.picks_up(LINE)
        assert (room.state(1), room.state(2)) == (AgentState.READY, AgentState.RINGING)

    def test_who_calls_us_goes_first(self, room: Room) -> None:
        dial(room)
        room.arrives()
        room.picks_up(LINE)
        room.ready(1)
        assert room.call("1.1").state is CallState.RINGING
        assert room.call(LEAD).state is CallState.WAITING

    def test_waiting_leads_are_no_callers(self, room: Room) -> None:
        dial(room)
        room.picks_up(LINE)
        floor = room.engine.floor
        assert floor.callers_waiting(1) == 0
        assert not any(floor.waiting.values())
        room.tell(facts.Digit(channel_id=LINE, digit="1"))
        room.tell(facts.WantsRetrieve(agent_id=1, call_id=LEAD))
        assert room.call(LEAD).state is CallState.WAITING

    @pytest.mark.parametrize(
        ("cause", "result"),
        [
            (17, "busy"),
            (21, "declined"),
            (19, "no-answer"),
            (1, "no-such-number"),
            (27, "out-of-service"),
            (34, "congestion"),
            (58, "failed"),
        ],
    )
    def test_not_reached(self, room: Room, cause: int, result: str) -> None:
        dial(room)
        room.tell(facts.LegEntered(channel_id=LINE))
        room.tell(facts.ChannelGone(channel_id=LINE, cause=cause))
        assert (end(room)["result"], end(room)["cause"]) == (result, cause)
        assert end(room)["customer_answered_at"] is None

    def test_rings_as_long_as_the_campaign_says(self, room: Room) -> None:
        dial(room, ring_seconds=15)
        room.tell(facts.LegEntered(channel_id=LINE))
        room.passes(14.9)
        assert room.written("call.ended") == []
        room.passes(0.2)
        assert room.result(LEAD) == "no-answer"
        assert room.all(do.HangUp)[-1].channel_id == LINE

    def test_what_the_pbx_refuses_has_failed(self, room: Room) -> None:
        dial(room)
        room.tell(facts.CommandFailed(call_id=LEAD, channel_id=LINE, reason="duplicate"))
        assert room.result(LEAD) == "failed"
        assert room.all(do.HangUp) == []  # another's channel has this name

    def test_taken_back_while_it_rings_but_not_after(self, room: Room) -> None:
        dial(room)
        room.tell(facts.LeadWithdrawn(call_id=LEAD))
        assert room.result(LEAD) == "no-answer"
        room.ready(1)
        dial(room, call_id="second")
        room.picks_up(lead_channel_id("second"))
        room.tell(facts.LeadWithdrawn(call_id="second"))
        assert room.state(1) is AgentState.RINGING

    def test_a_supervisor_can_end_it(self, room: Room) -> None:
        dial(room)
        room.picks_up(LINE)
        room.tell(facts.EndsCall(by=3, call_id=LEAD))
        assert room.result(LEAD) == "dropped"

    def test_of_a_project_that_was_closed_goes_back(self, room: Room) -> None:
        room.tell(facts.Configured(projects=(OTHER,), operators=room.operators))
        dial(room)
        assert (end(room)["result"], end(room)["lead"]) == ("returned", 4)
        assert room.all(do.CreateLeg) == []


class TestWhoAnswered:
    @pytest.fixture
    def answered(self, room: Room) -> Room:
        """The operator is ready, a lead with detection has answered."""
        room.ready(1)
        dial(room, detect=True, on_machine=MachineAction.MESSAGE, detect_seconds=4)
        room.picks_up(LINE)
        return room

    def hears(self, room: Room, verdict: str, after: float = 0.5, **more: Any) -> list[do.Command]:
        return room.tell(facts.DetectionEnded(call_id=LEAD, verdict=verdict, **more), after=after)

    def test_is_listened_to_before_an_operator_is_troubled(self, answered: Room) -> None:
        assert answered.all(do.Listen) == [do.Listen(LEAD, LINE, 4)]
        assert answered.state(1) is AgentState.READY

    @pytest.mark.parametrize("verdict", ["human", "unknown", "silence"])
    def test_who_may_be_human_gets_an_operator(self, answered: Room, verdict: str) -> None:
        self.hears(answered, verdict)
        picks_up_phone(answered)
        assert answered.owner(LEAD) == 1

    def test_no_verdict_counts_as_human(self, answered: Room) -> None:
        answered.passes(4.1)
        assert answered.state(1) is AgentState.RINGING

    def test_the_seconds_count_from_the_end_of_the_greeting(self, answered: Room) -> None:
        answered.tell(facts.WantsPause(agent_id=1, reason="lunch"))
        self.hears(answered, "human", after=2.5, greeting_seconds=1.5)
        answered.passes(0.9)
        assert answered.said(LEAD) == []
        answered.passes(0.2)
        assert answered.said(LEAD) == list(SORRY)

    def test_a_verdict_too_late_for_the_law_is_a_drop(self, answered: Room) -> None:
        self.hears(answered, "human", after=3.5, greeting_seconds=1.0)
        assert answered.said(LEAD) == list(SORRY)
        assert answered.state(1) is AgentState.READY

    def test_a_machine_is_spoken_to_after_its_tone(self, answered: Room) -> None:
        self.hears(answered, "machine")
        assert answered.said(LEAD) == []
        self.hears(answered, "machine", after=6, at_beep=True)
        assert answered.said(LEAD) == list(LEAVE)
        answered.hears_it_out(LEAD)
        assert answered.result(LEAD) == "message-left"

    def test_a_machine_whose_tone_is_not_heard_gets_the_message_all_the_same(self, answered: Room) -> None:
        self.hears(answered, "machine")
        answered.passes(41)
        assert answered.said(LEAD) == list(LEAVE)

    def test_a_machine_that_hangs_up_has_no_message(self, answered: Room) -> None:
        self.hears(answered, "machine", at_beep=True)
        answered.tell(facts.ChannelGone(channel_id=LINE))
        assert answered.result(LEAD) == "machine"

    @pytest.mark.parametrize(
        ("verdict", "result"), [("fax", "fax"), ("screened", "screened"), ("not-in-service", "out-of-service")]
    )
    def test_whom_nobody_can_talk_with_is_a_result_of_its_own(self, answered: Room, verdict: str, result: str) -> None:
        self.hears(answered, verdict)
        assert answered.result(LEAD) == result
        assert answered.state(1) is AgentState.READY

    def test_machines_may_be_hung_up_on_or_given_to_an_operator(self, room: Room) -> None:
        room.ready(1)
        dial(room, detect=True)
        room.picks_up(LINE)
        self.hears(room, "machine")
        assert room.result(LEAD) == "machine"
        dial(room, call_id="second", detect=True, on_machine=MachineAction.OPERATOR)
        room.picks_up(lead_channel_id("second"))
        room.tell(facts.DetectionEnded(call_id="second", verdict="machine"))
        assert room.state(1) is AgentState.RINGING

    def test_a_message_needs_no_operator(self, room: Room) -> None:
        room.ready(1)
        dial(room, mode=DialMode.MESSAGE)
        room.picks_up(LINE)
        assert room.said(LEAD) == list(SORRY)
        room.hears_it_out(LEAD)
        assert room.result(LEAD) == "informed"
        assert room.state(1) is AgentState.READY


class TestPreview:
    def test_the_card_is_before_him_and_his_telephone_silent(self, room: Room) -> None:
        room.ready(1)
        done = preview(room)
        assert kinds(done) == [do.LookUp, do.PushCard]
        assert room.state(1) is AgentState.PREVIEW
        room.arrives()
        assert room.call("1.1").state is CallState.WAITING

    def test_his_telephone_first_then_the_lead(self, room: Room) -> None:
        room.ready(1)
        preview(room)
        room.tell(facts.WantsDial(agent_id=1))
        assert room.all(do.CreateLeg)[-1].auto_answer
        picks_up_phone(room)
        assert room.all(do.CreateLeg)[-1].channel_id == LINE
        room.picks_up(LINE)
        assert room.owner(LEAD) == 1
        assert room.call(LEAD).customer_answered_at == room.now
        assert len(room.written("call.answered")) == 1

    def test_dials_by_itself_after_the_time_given(self, room: Room) -> None:
        room.ready(1)
        preview(room, preview_seconds=20)
        room.passes(19.9)
        assert room.all(do.CreateLeg) == []
        room.passes(0.2)
        assert room.state(1) is AgentState.RINGING

    def test_not_reached_he_is_ready_again_without_wrap_up(self, room: Room) -> None:
        room.ready(1)
        preview(room)
        room.tell(facts.WantsDial(agent_id=1))
        picks_up_phone(room)
        room.tell(facts.LegEntered(channel_id=LINE))
        room.tell(facts.ChannelGone(channel_id=LINE, cause=17))
        assert room.result(LEAD) == "busy"
        assert room.state(1) is AgentState.READY

    def test_skipped_with_a_reason(self, room: Room) -> None:
        room.ready(1)
        preview(room)
        room.tell(facts.WantsSkip(agent_id=1, reason="called yesterday"))
        assert room.result(LEAD) == "skipped"
        assert room.written("call.skipped") == [{"reason": "called yesterday"}]
        assert room.state(1) is AgentState.READY

    @pytest.mark.parametrize(
        ("wish", "state"),
        [
            (facts.WantsPause(agent_id=1, reason="lunch"), AgentState.PAUSED),
            (facts.WantsOffline(agent_id=1), AgentState.OFFLINE),
            (facts.PageLost(agent_id=1), AgentState.READY),
            (facts.ForcesState(by=3, agent_id=1, state=AgentState.OFFLINE), AgentState.OFFLINE),
        ],
    )
    def test_who_leaves_gives_the_lead_back_at_once(self, room: Room, wish: facts.Fact, state: AgentState) -> None:
        room.ready(1)
        preview(room)
        room.tell(wish)
        assert room.result(LEAD) == "returned"
        assert room.state(1) is state

    def test_goes_back_if_he_is_not_free(self, room: Room) -> None:
        preview(room)
        assert room.result(LEAD) == "returned"

    def test_goes_back_if_his_telephone_does_not_answer(self, room: Room) -> None:
        room.ready(1)
        preview(room)
        room.tell(facts.WantsDial(agent_id=1))
        room.tell(facts.ChannelGone(channel_id=room.leg(LEAD), cause=17))
        assert room.result(LEAD) == "returned"
        assert room.state(1) is AgentState.PAUSED

    def test_who_hangs_up_while_it_rings_is_ready_again(self, room: Room) -> None:
        room.ready(1)
        preview(room)
        room.tell(facts.WantsDial(agent_id=1))
        picks_up_phone(room)
        [own] = [leg.id for leg in room.call(LEAD).legs.values() if leg.agent]
        room.tell(facts.WantsHangUp(agent_id=1))
        room.tell(facts.ChannelGone(channel_id=own, cause=16))
        assert (end(room)["result"], end(room)["by"]) == ("no-answer", "operator")
        assert room.state(1) is AgentState.READY


class TestFaults:
    def restored(self, *, answered: bool) -> facts.Restored:
        call = RestoredCall(
            id=LEAD,
            project_id=1,
            ani="380501112233",
            caller_name="",
            dnis="",
            contact_id=None,
            agent_id=1 if answered else None,
            arrived_at=1_800_000_000.0,
            answered_at=1_800_000_010.0 if answered else None,
            recording="",
            direction=Direction.CAMPAIGN,
        )
        return facts.Restored(calls=(call,), operators=())

    @pytest.mark.parametrize("up", [False, True])
    def test_after_a_restart_a_lead_nobody_talks_with_is_hung_up(self, up: bool) -> None:
        room = Room(PROJECT, looked=False)
        room.tell(self.restored(answered=False))
        room.tell(facts.SnapshotTaken(channels=(facts.SnapshotChannel(LINE, up),), bridges={}))
        assert room.all(do.HangUp) == [do.HangUp(LEAD, LINE)]
        assert end(room)["result"] == "ended-unobserved"
        assert end(room)["campaign"] is None

    @pytest.mark.parametrize("written", [False, True])
    def test_a_conversation_goes_on_also_if_its_beginning_was_not_written_down(self, written: bool) -> None:
        room = Room(PROJECT, looked=False)
        room.tell(self.restored(answered=written))
        own = f"tm-1-1-{LEAD}-leg"
        lines = tuple(facts.SnapshotChannel(line, True) for line in (LINE, own))
        room.tell(facts.SnapshotTaken(channels=lines, bridges={f"tm-{LEAD}-bridge": (LINE, own)}))
        assert room.owner(LEAD) == 1
        assert room.all(do.HangUp) == []
        room.tell(facts.ChannelGone(channel_id=LINE))
        assert room.result(LEAD) == "answered"

    def test_with_the_pbx_away_nobody_is_called(self, room: Room) -> None:
        room.tell(facts.PbxLost())
        dial(room)
        assert room.result(LEAD) == "returned"

    def test_lines_lost_with_the_pbx_have_an_unknown_end(self, room: Room) -> None:
        dial(room)
        room.tell(facts.LegEntered(channel_id=LINE))
        room.tell(facts.PbxLost())
        room.tell(facts.SnapshotTaken(channels=(), bridges={}), after=5)
        assert room.result(LEAD) == "ended-unobserved"

    def test_who_answered_while_the_pbx_was_away_has_waited_enough(self, room: Room) -> None:
        room.ready(1)
        dial(room)
        room.tell(facts.LegEntered(channel_id=LINE))
        room.tell(facts.PbxLost())
        room.tell(facts.SnapshotTaken(channels=(facts.SnapshotChannel(LINE, True),), bridges={}), after=5)
        assert room.said(LEAD) == list(SORRY)
        assert room.state(1) is AgentState.READY
