"""The follower on events as Asterisk 22 sends them."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.asterisk.ami import Event
from telemarket.calls import commands as do
from telemarket.calls.model import Project
from telemarket.calls.views import AgentState
from telemarket.core.errors import ConfigurationError
from telemarket.core.roles import Role, User
from telemarket.core.settings import FollowingSettings
from telemarket.following.directory import make_directory
from telemarket.following.follower import Follower
from telemarket.following.snapshot import Snapshot, reconcile
from telemarket.following.store import OpenCall
from telemarket.following.telephones import compile_pattern, device_of
from telemarket.following.views import agent_view, call_view

ANNA, BORIS = 1, 2
PROJECT = Project(id=7, number="077", name="КАСКО", wrapup_seconds=0)
CALLER, PHONE, LINE2, PHONE_B = "1.0", "1.1", "2.0", "2.1"
NAMES = {
    CALLER: "PJSIP/trunk-00000000",
    PHONE: "PJSIP/101-00000001",
    LINE2: "PJSIP/101-00000002",
    PHONE_B: "PJSIP/102-00000003",
}


def person(user: int, login: str, endpoint: str) -> User:
    return User(id=user, login=login, name=login.title(), role=Role.OPERATOR, telephone="phone", endpoint=endpoint)


class Pbx:
    """Tells a follower what happens, and keeps what comes of it."""

    def __init__(self, projects: Iterable[Project] = (PROJECT,), **settings: object) -> None:
        followed = {"queues": {"400": "077"}, "extensions": {"_1XX": "077"}} | settings
        people = [person(ANNA, "anna", "101"), person(BORIS, "boris", "102")]
        directory = make_directory(FollowingSettings(**followed), projects, people)
        self.follower = Follower(is_own=lambda channel: channel.startswith("own"))
        self.floor = self.follower.floor
        self.now = 1000.0
        self.commands: list[do.Command] = self.floor.configure(directory, self.now)
        self.member()

    def tell(self, event: str, **headers: str) -> None:
        self.now += 1
        self.commands += self.follower.handle(Event(event, headers), self.now)

    def member(self, **headers: str) -> None:
        told = {"Queue": "400", "Interface": "PJSIP/101", "Status": "1", "Paused": "0", "PausedReason": ""} | headers
        self.tell("QueueMemberStatus", **told)

    def channel(self, uniqueid: str, linked: str = CALLER, prefix: str = "") -> dict[str, str]:
        return {f"{prefix}Channel": NAMES[uniqueid], f"{prefix}Uniqueid": uniqueid, f"{prefix}Linkedid": linked}

    def arrive(self, **headers: str) -> None:
        told = {"CallerIDNum": "0671234567", "CallerIDName": "<unknown>", "Exten": "400"} | headers
        self.tell("Newchannel", **self.channel(CALLER), Exten="0442000000")
        self.tell("QueueCallerJoin", **self.channel(CALLER), **told, Queue="400")

    def ring(self, phone: str = PHONE, caller: str = CALLER, linked: str = CALLER, **headers: str) -> None:
        self.tell("DialBegin", **self.channel(caller, linked), **self.channel(phone, linked, "Dest"), **headers)

    def dial_ended(self, status: str, phone: str = PHONE) -> None:
        self.tell("DialEnd", **self.channel(phone, CALLER, "Dest"), DialStatus=status)

    def answer(self) -> None:
        self.arrive()
        self.ring()
        self.dial_ended("ANSWER")
        self.tell("AgentConnect", **self.channel(CALLER), **self.channel(PHONE, prefix="Dest"), Interface="PJSIP/101")

    def hang_up(self, uniqueid: str, *, asked: bool = True) -> None:
        if asked:
            self.tell("HangupRequest", **self.channel(uniqueid))
        self.tell("Hangup", **self.channel(uniqueid))

    def entries(self, kind: str) -> list[do.Journal]:
        return [each for each in self.commands if isinstance(each, do.Journal) and each.kind == kind]

    def kinds(self) -> list[str]:
        return [each.kind for each in self.commands if isinstance(each, do.Journal) and each.call_id == CALLER]

    def state(self, user: int) -> AgentState:
        view = agent_view(self.floor, user)
        assert view
        return view.state


@pytest.fixture
def pbx() -> Pbx:
    return Pbx()


def test_a_queue_call_from_its_arrival_to_its_end(pbx: Pbx) -> None:
    pbx.arrive()
    [arrived] = pbx.entries("call.arrived")
    assert arrived.data == {
        "project": 7,
        "ani": "0671234567",
        "caller_name": "",
        "dnis": "0442000000",
        "queue": "400",
        "source": "app_queue",
    }
    view = agent_view(pbx.floor, ANNA)
    assert view
    assert view.waiting == 1
    pbx.tell(
        "AgentCalled",
        **pbx.channel(CALLER),
        **pbx.channel(PHONE, prefix="Dest"),
        Queue="400",
        Interface="PJSIP/101",
        MemberName="Anna",
    )
    pbx.ring()
    assert pbx.commands.count(do.PushCard(CALLER, ANNA)) == 1
    assert pbx.state(ANNA) is AgentState.RINGING
    pbx.dial_ended("ANSWER")
    assert pbx.state(ANNA) is AgentState.TALKING
    pbx.hang_up(CALLER)
    assert pbx.state(ANNA) is AgentState.READY
    [ended] = pbx.entries("call.ended")
    assert (ended.agent_id, ended.data["result"], ended.data["by"]) == (ANNA, "answered", "caller")
    assert pbx.commands[-1] == do.ForgetCard(CALLER)
    assert not pbx.floor.legs
    pbx.hang_up(PHONE, asked=False)
    assert not pbx.floor.channels


def test_who_hangs_up_first_ended_it(pbx: Pbx) -> None:
    pbx.answer()
    pbx.hang_up(PHONE)
    pbx.hang_up(CALLER, asked=False)
    [ended] = pbx.entries("call.ended")
    assert (ended.data["by"], ended.agent_id) == ("operator", ANNA)


def test_a_caller_who_gives_up_has_abandoned_and_one_sent_on_has_not(pbx: Pbx) -> None:
    pbx.arrive()
    pbx.hang_up(CALLER)
    assert pbx.entries("call.ended")[0].data["result"] == "abandoned"
    other = Pbx()
    other.arrive()
    other.tell("QueueCallerLeave", **other.channel(CALLER), Queue="400")
    other.hang_up(CALLER, asked=False)
    assert other.entries("call.ended")[0].data["result"] == "fallback"


@pytest.mark.parametrize(
    ("status", "why"),
    [("NOANSWER", "no-answer"), ("BUSY", "busy"), ("CHANUNAVAIL", "telephone-unreachable")],
)
def test_why_a_ring_ended_is_kept(pbx: Pbx, status: str, why: str) -> None:
    pbx.arrive()
    pbx.ring()
    pbx.dial_ended(status)
    [withdrawn] = pbx.entries("call.withdrawn")
    assert withdrawn.data["why"] == why
    assert pbx.state(ANNA) is AgentState.READY


def test_a_ring_that_was_not_needed_any_more_is_nobodys_fault(pbx: Pbx) -> None:
    pbx.arrive()
    pbx.ring()
    pbx.dial_ended("CANCEL")
    assert not pbx.entries("call.withdrawn")
    assert pbx.state(ANNA) is AgentState.READY


def test_wrap_up_lasts_as_long_as_the_project_says() -> None:
    pbx = Pbx(projects=[Project(id=7, number="077", name="КАСКО", wrapup_seconds=30)])
    pbx.answer()
    pbx.hang_up(CALLER)
    assert pbx.state(ANNA) is AgentState.WRAPUP
    assert call_view(pbx.floor, CALLER)
    assert do.ForgetCard(CALLER) not in pbx.commands
    deadline = pbx.floor.desk.next_deadline
    assert deadline == pbx.now - 1 + 30 + 1
    pbx.commands += pbx.floor.time_passed(deadline)
    assert pbx.state(ANNA) is AgentState.READY
    assert do.ForgetCard(CALLER) in pbx.commands


def test_the_card_goes_along_with_a_blind_transfer(pbx: Pbx) -> None:
    pbx.answer()
    pbx.tell("BlindTransfer", Result="Success", TransfererUniqueid=PHONE, TransfereeUniqueid=CALLER)
    pbx.hang_up(PHONE, asked=False)
    pbx.ring(PHONE_B)
    assert do.PushCard(CALLER, BORIS) in pbx.commands
    assert (pbx.state(ANNA), pbx.state(BORIS)) == (AgentState.READY, AgentState.RINGING)
    pbx.dial_ended("ANSWER", PHONE_B)
    pbx.hang_up(CALLER)
    [ended] = pbx.entries("call.ended")
    assert (ended.agent_id, ended.data["by"]) == (BORIS, "caller")


def test_a_colleague_asked_on_a_second_line_sees_the_card_before_he_takes_over(pbx: Pbx) -> None:
    pbx.answer()
    pbx.tell("Newchannel", **pbx.channel(LINE2, LINE2))
    pbx.ring(PHONE_B, LINE2, LINE2)
    assert do.PushCard(CALLER, BORIS) in pbx.commands
    pbx.dial_ended("ANSWER", PHONE_B)
    assert (pbx.state(ANNA), pbx.state(BORIS)) == (AgentState.TALKING, AgentState.TALKING)
    assert [entry.agent_id for entry in pbx.entries("call.answered")] == [ANNA]
    pbx.tell(
        "AttendedTransfer",
        Result="Success",
        OrigTransfererUniqueid=PHONE,
        TransfereeUniqueid=CALLER,
        TransferTargetChannel=NAMES[PHONE_B],
    )
    assert [entry.agent_id for entry in pbx.entries("call.answered")] == [ANNA, BORIS]
    pbx.hang_up(PHONE, asked=False)
    assert (pbx.state(ANNA), pbx.state(BORIS)) == (AgentState.READY, AgentState.TALKING)
    pbx.hang_up(PHONE_B)
    pbx.hang_up(CALLER, asked=False)
    assert pbx.entries("call.ended")[0].data["by"] == "operator"


@pytest.mark.parametrize("target", ["", "Local/502@telephones-00000000;1"])
def test_an_operator_who_hangs_up_at_once_passes_the_call_on_to_whom_he_asked(pbx: Pbx, target: str) -> None:
    pbx.answer()
    pbx.ring(PHONE_B, LINE2, LINE2)
    pbx.dial_ended("ANSWER", PHONE_B)
    pbx.tell(
        "AttendedTransfer",
        Result="Success",
        OrigTransfererUniqueid=PHONE,
        TransfereeUniqueid=CALLER,
        TransferTargetChannel=target,
    )
    pbx.hang_up(PHONE, asked=False)
    assert [entry.agent_id for entry in pbx.entries("call.answered")] == [ANNA, BORIS]
    pbx.hang_up(CALLER)
    [ended] = pbx.entries("call.ended")
    assert (ended.agent_id, ended.data["by"]) == (BORIS, "caller")


def test_an_operator_need_not_wait_until_whom_he_asks_answers(pbx: Pbx) -> None:
    pbx.answer()
    pbx.ring(PHONE_B, LINE2, LINE2)
    assert [entry.agent_id for entry in pbx.entries("call.offered")] == [ANNA]
    pbx.tell("AttendedTransfer", Result="Success", OrigTransfererUniqueid=PHONE, TransfereeUniqueid=CALLER)
    pbx.hang_up(PHONE, asked=False)
    assert [entry.agent_id for entry in pbx.entries("call.offered")] == [ANNA, BORIS]
    assert (pbx.state(ANNA), pbx.state(BORIS)) == (AgentState.READY, AgentState.RINGING)
    pbx.dial_ended("ANSWER", PHONE_B)
    assert [entry.agent_id for entry in pbx.entries("call.answered")] == [ANNA, BORIS]
    assert pbx.state(BORIS) is AgentState.TALKING


def test_a_colleague_asked_and_not_transferred_to_has_had_no_call(pbx: Pbx) -> None:
    pbx.answer()
    pbx.ring(PHONE_B, LINE2, LINE2)
    pbx.dial_ended("ANSWER", PHONE_B)
    pbx.hang_up(PHONE_B)
    assert pbx.state(BORIS) is not AgentState.TALKING
    pbx.hang_up(CALLER)
    [ended] = pbx.entries("call.ended")
    assert (ended.agent_id, ended.data["by"]) == (ANNA, "caller")
    assert not pbx.entries("call.withdrawn")


def test_calls_between_colleagues_and_to_other_queues_are_not_followed(pbx: Pbx) -> None:
    pbx.ring(PHONE_B, PHONE, PHONE)
    pbx.tell("QueueCallerJoin", **pbx.channel(CALLER), Queue="999")
    assert not pbx.floor.calls


def test_telemarkets_own_calls_are_passed_over(pbx: Pbx) -> None:
    legs = {"DestChannel": NAMES[PHONE], "DestUniqueid": "tm-1-5-9.9-leg", "DestLinkedid": "9.9"}
    pbx.tell("DialBegin", Channel=NAMES[CALLER], Uniqueid="9.9", Linkedid="9.9", **legs)
    pbx.tell("QueueCallerJoin", Channel=NAMES[CALLER], Uniqueid="own.1", Linkedid="own.1", Queue="400")
    assert not pbx.floor.calls


def test_a_ring_picked_up_by_a_colleague_is_his(pbx: Pbx) -> None:
    pbx.arrive()
    pbx.ring()
    pbx.tell("BridgeEnter", **pbx.channel(PHONE_B))
    pbx.dial_ended("CANCEL")
    assert (pbx.state(ANNA), pbx.state(BORIS)) == (AgentState.READY, AgentState.TALKING)


def test_pauses_and_dead_telephones_show(pbx: Pbx) -> None:
    pbx.member(Paused="1", PausedReason="lunch")
    view = agent_view(pbx.floor, ANNA)
    assert view
    assert (view.state, view.reason) == (AgentState.PAUSED, "lunch")
    pbx.member(Status="5")
    assert pbx.state(ANNA) is AgentState.OFFLINE
    pbx.member()
    assert pbx.state(ANNA) is AgentState.READY


def test_without_a_queue_an_open_page_says_that_somebody_is_there(pbx: Pbx) -> None:
    assert pbx.state(BORIS) is AgentState.OFFLINE
    pbx.floor.desk.page(BORIS, is_open=True)
    pbx.floor.time_passed(pbx.now)
    assert pbx.state(BORIS) is AgentState.READY


def test_who_serves_a_project_of_telemarkets_own_keeps_its_state() -> None:
    serving = Project(id=8, number="088", name="Own", operator_ids=frozenset({BORIS}))
    pbx = Pbx(projects=[PROJECT, serving])
    assert agent_view(pbx.floor, BORIS) is None
    pbx.arrive()
    pbx.ring(PHONE_B)
    assert do.PushCard(CALLER, BORIS) in pbx.commands  # his card all the same


def test_a_snapshot_leaves_alone_what_events_have_touched_since(pbx: Pbx) -> None:
    pbx.arrive()
    commands = reconcile(pbx.follower, Snapshot(channels=()), began=pbx.now - 5, now=pbx.now + 1)
    assert CALLER in pbx.floor.calls
    assert not [each for each in commands if isinstance(each, do.Journal) and each.kind == "call.ended"]
    reconcile(pbx.follower, Snapshot(channels=()), began=pbx.now + 2, now=pbx.now + 3)
    assert not pbx.floor.calls


uniqueids = st.sampled_from([*NAMES, "", "3.0", "tm-1-1-3.0-leg"])
names = st.sampled_from([*NAMES.values(), "Local/102@house-00000000;1", "Local/102@house-00000000;2", ""])
EVENTS = sorted(Follower()._handlers)
headers = st.fixed_dictionaries(
    {
        "Uniqueid": uniqueids,
        "Linkedid": uniqueids,
        "Channel": names,
        "DestUniqueid": uniqueids,
        "DestChannel": names,
        "Queue": st.sampled_from(["400", "999", ""]),
        "Interface": st.sampled_from(["PJSIP/101", "Local/102@house/n", "?"]),
        "DialStatus": st.sampled_from(["ANSWER", "NOANSWER", "CANCEL", ""]),
        "Reason": st.sampled_from(["agent", "caller", "transfer"]),
        "Result": st.sampled_from(["Success", "Fail"]),
        "TransfererUniqueid": uniqueids,
        "TransfereeUniqueid": uniqueids,
        "OrigTransfererUniqueid": uniqueids,
        "TransferTargetChannel": names,
        "Status": st.sampled_from(["1", "5", "x"]),
        "Paused": st.sampled_from(["0", "1"]),
        "CallerIDNum": st.text(max_size=200),
    }
)


@given(st.lists(st.tuples(st.sampled_from(EVENTS), headers), max_size=60))
def test_whatever_comes_every_call_ends_once_and_nothing_is_left(events: list[tuple[str, dict[str, str]]]) -> None:
    pbx = Pbx()
    for name, told in events:
        pbx.tell(name, **told)
        for leg in pbx.floor.legs.values():
            assert leg.call.legs[leg.id] is leg
            assert leg.call.id in pbx.floor.calls
    pbx.commands += reconcile(pbx.follower, Snapshot(channels=()), began=pbx.now + 1, now=pbx.now + 2)
    assert not pbx.floor.calls
    assert not pbx.floor.legs
    assert not pbx.floor.channels
    for user in (ANNA, BORIS):
        assert pbx.state(user) not in (AgentState.RINGING, AgentState.TALKING)
    arrived = [entry.call_id for entry in pbx.entries("call.arrived")]
    assert sorted(arrived) == sorted(entry.call_id for entry in pbx.entries("call.ended"))


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("PJSIP/101-0000001f", "PJSIP/101"),
        ("PJSIP/page-anna-0000001f", "PJSIP/page-anna"),
        ("SIP/101", "SIP/101"),
        ("Local/101@from-queue/n", "Local/101"),
        ("Local/101@from-queue-0000001f;2", "Local/101"),
        ("hint:101@ext-local", "101"),
        ("101", "101"),
    ],
)
def test_a_telephone_is_known_under_all_its_names(name: str, device: str) -> None:
    assert device_of(name) == device


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("101", "101", "1011"),
        ("_1XX", "150", "250"),
        ("_[2-4]ZN.", "2129", "212"),
        ("_9!", "9", "8"),
        ("_*7x", "*75", "75"),
    ],
)
def test_patterns_are_those_of_a_dialplan(pattern: str, yes: str, no: str) -> None:
    assert compile_pattern(pattern).fullmatch(yes)
    assert not compile_pattern(pattern).fullmatch(no)


@pytest.mark.parametrize("pattern", ["_", "_[", "_[]", "_1]", "_[9-1]", "_[(]"])
def test_what_is_no_pattern_is_said_so(pattern: str) -> None:
    with pytest.raises(ConfigurationError):
        compile_pattern(pattern)


@pytest.mark.parametrize("followed", [{"queues": {"400": "077"}, "extensions": {}}, {"queues": {}}])
def test_a_call_the_journal_left_open_keeps_its_project(followed: dict[str, dict[str, str]]) -> None:
    pbx = Pbx(**followed)
    pbx.floor.restore(
        OpenCall(
            id=CALLER,
            project_id=PROJECT.id,
            ani="0671234567",
            caller_name="",
            dnis="",
            contact_id=None,
            agent_id=ANNA,
            arrived_at=datetime(2026, 11, 23, tzinfo=UTC),
            answered_at=None,
        )
    )
    view = call_view(pbx.floor, CALLER)
    assert view is not None
    assert view.project.number == "077"
