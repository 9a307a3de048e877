"""What a caller meets before an operator: hours, greeting, menu, voicemail, announcements."""

from datetime import datetime
from zoneinfo import ZoneInfo

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.plan import Announcements, Hours, Node, NodeKind, Opening, Overflow, OverflowWhen
from telemarket.calls.views import AgentState, CallState
from tests.fakes.room import OTHER, Room, planned

WORKDAY = (Opening(since="09:00", until="18:00"),)
OFFICE = Hours(timezone="Europe/Kyiv", week=(WORKDAY,) * 5 + ((),) * 2)
NIGHT = datetime(2027, 2, 1, 3, 0, tzinfo=ZoneInfo("Europe/Kyiv")).timestamp()

MENU = {
    "start": Node(
        kind=NodeKind.MENU,
        sound="welcome",
        choices={"1": "queue:078", "2": "node:contract", "3": "hangup", "4": ""},
        otherwise="",
        attempts=2,
    ),
    "contract": Node(kind=NodeKind.ASK, sound="contract", look_up=True, digits=6, then=""),
}


def in_menu() -> Room:
    """A caller who has heard the menu."""
    room = Room(planned(menu=MENU), OTHER)
    room.ready(1, 3)
    room.arrives()
    return room


def test_after_hours_a_caller_is_told_and_let_go() -> None:
    room = Room(planned(hours=OFFICE))
    room.ready(1)
    room.now = NIGHT
    room.arrives()
    assert room.said() == ["uk/closed"]
    room.hears_it_out()
    assert room.result() == "closed"


def test_after_hours_the_plan_may_send_him_elsewhere() -> None:
    rule = Overflow(when=OverflowWhen.CLOSED, to="voicemail")
    room = Room(planned(hours=OFFICE, overflow=(rule,)))
    room.now = NIGHT
    room.arrives()
    assert room.said()[0] == "uk/voicemail"


def test_the_greeting_comes_before_the_ring() -> None:
    room = Room(planned(greeting="hello"))
    room.ready(1)
    room.arrives()
    assert room.said() == ["uploaded/hello"]
    assert room.state(1) is AgentState.READY
    room.hears_it_out()
    assert room.state(1) is AgentState.RINGING


def test_a_key_chooses_another_project_and_ends_the_prompt() -> None:
    room = in_menu()
    room.presses("1")
    assert room.all(do.StopPlayback)
    assert room.state(3) is AgentState.RINGING
    assert room.written("call.menu") == [{"node": "start", "digit": "1"}]


def test_nonsense_is_asked_again_then_goes_where_the_plan_says() -> None:
    room = in_menu()
    room.presses("9")
    assert room.said() == ["uploaded/welcome", "uk/invalid-choice", "uploaded/welcome"]
    room.hears_it_out()
    room.passes(6)
    assert room.state(1) is AgentState.RINGING


def test_silence_is_asked_again() -> None:
    room = in_menu()
    room.hears_it_out()
    room.passes(6)
    assert room.said().count("uploaded/welcome") == 2


def test_a_contract_number_is_looked_up_and_the_card_follows() -> None:
    room = in_menu()
    room.presses("2")
    room.presses("110003#")
    assert room.all(do.LookUpInput) == [do.LookUpInput("1.1", "110003")]
    assert room.state(1) is AgentState.RINGING
    room.tell(facts.InputLookedUp(call_id="1.1", contact_id=99))
    assert room.call().contact_id == 99
    assert room.all(do.PushCard)[-1] == do.PushCard("1.1", 1)


def test_a_message_becomes_a_request_when_the_caller_hangs_up() -> None:
    rule = Overflow(when=OverflowWhen.NO_OPERATORS, to="voicemail")
    room = Room(planned(overflow=(rule,)))
    room.arrives()
    room.hears_it_out()
    assert len(room.all(do.Record)) == 1
    room.tell(facts.ChannelGone(channel_id="1.1"), after=12)
    assert [message["seconds"] for message in room.written("voicemail.taken")] == [12]
    assert room.all(do.StopRecording) == [do.StopRecording("1.1", "1.1")]
    assert room.result() == "voicemail"


def test_who_hangs_up_before_the_tone_has_abandoned() -> None:
    room = Room(planned(overflow=(Overflow(when=OverflowWhen.NO_OPERATORS, to="voicemail"),)))
    room.arrives()
    room.tell(facts.ChannelGone(channel_id="1.1"))
    assert room.result() == "abandoned"
    assert not room.written("voicemail.taken")


def test_a_waiting_caller_is_told_his_place_and_the_music_goes_on() -> None:
    room = Room(planned(announcements=Announcements(every=20, expected_wait=False)))
    room.arrives("1.0")
    room.arrives("1.1")
    room.passes(21)
    assert "uk/position-2" in room.said("1.1")
    assert "1.1" not in room.call("1.1").music
    room.hears_it_out("1.1")
    assert room.call("1.1").music == {"1.1"}


def test_an_operator_who_comes_free_ends_the_announcement() -> None:
    room = Room(planned(announcements=Announcements(every=20)))
    room.arrives()
    room.passes(21)
    playing = room.call().playback
    room.ready(1)
    assert do.StopPlayback("1.1", playing) in room.done
    assert room.state(1) is AgentState.RINGING


def test_a_sound_that_is_missing_does_not_strand_the_caller() -> None:
    room = Room(planned(greeting="gone"))
    room.ready(1)
    room.arrives()
    room.tell(facts.PlaybackEnded(playback_id=room.call().playback, failed=True))
    assert room.state(1) is AgentState.RINGING


def test_a_late_end_of_an_old_playback_changes_nothing() -> None:
    room = in_menu()
    old = room.call().playback
    room.presses("9")
    room.tell(facts.PlaybackEnded(playback_id=old))
    assert room.call().state is CallState.LISTENING
    assert room.call().playback


def test_a_sound_whose_end_was_lost_with_the_connection_strands_nobody() -> None:
    room = Room(planned(greeting="hello"))
    room.ready(1)
    room.arrives()
    room.tell(facts.PbxLost())
    room.tell(facts.SnapshotTaken(channels=(facts.SnapshotChannel("1.1", True),), bridges={}))
    room.passes(9)
    assert room.state(1) is AgentState.READY
    room.passes(2)
    assert room.state(1) is AgentState.RINGING


def test_a_key_pressed_too_early_strands_nobody() -> None:
    room = Room(planned(menu={"start": Node(kind=NodeKind.SAY, sound="welcome", then="")}))
    room.ready(1)
    room.arrives()
    room.presses("1")
    room.hears_it_out()
    assert room.state(1) is AgentState.RINGING


def test_a_plan_cannot_have_a_number_called_that_may_not_be() -> None:
    choice = Node(kind=NodeKind.MENU, sound="welcome", choices={"1": "number:+380900123456"})
    room = Room(planned(menu={"start": choice}))
    room.arrives()
    room.presses("1")
    assert not room.all(do.CreateLeg)
    assert room.call().state is CallState.WAITING


def test_at_night_nobody_waits_for_the_morning_after_a_number_that_did_not_answer() -> None:
    rule = Overflow(when=OverflowWhen.CLOSED, to="number:+380441112233")
    room = Room(planned(hours=OFFICE, overflow=(rule,)))
    room.now = NIGHT
    room.arrives()
    room.passes(61)
    assert room.said() == ["uk/closed"]


def test_who_was_given_back_is_not_taken_again() -> None:
    room = Room(planned(overflow=(Overflow(when=OverflowWhen.NO_OPERATORS, to="fallback"),)))
    room.arrives()
    room.tell(facts.SnapshotTaken(channels=(facts.SnapshotChannel("1.1", True, dnis="100"),), bridges={}))
    assert room.result() == "fallback"
    assert "1.1" not in room.engine.floor.calls
