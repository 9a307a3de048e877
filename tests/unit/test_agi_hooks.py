"""What the dialplan is told when it asks, and what comes of what it reports."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from telemarket.calls.facts import Configured
from telemarket.calls.views import AgentState, AgentView, CallState
from telemarket.dialplan.hooks import agi_hooks
from telemarket.hookspecs import AgiRequest
from tests.fakes.call_centre import new_call, new_queue
from tests.fakes.house import ANNA, BORIS, KASKO, MONDAY_NOON, NUMBER_OF_IVAN, FakeHouse

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 23, 7, tzinfo=UTC)  # in Kyiv
CALLING = {"agi_callerid": NUMBER_OF_IVAN, "agi_dnid": "5001", "agi_uniqueid": "1795.7", "agi_calleridname": "Іван"}


@pytest.fixture
def fake() -> FakeHouse:
    return FakeHouse()


async def ask(fake: FakeHouse, hook: str, variables: dict[str, str] = CALLING, **arguments: str) -> dict[str, str]:
    request = AgiRequest(name=hook, arguments=arguments, variables=variables)
    answer = await agi_hooks(fake.house, {})[hook](request)
    return {name.removeprefix("TELEMARKET_"): value for name, value in answer.items()}


def at_work(operator_id: int, since: datetime, **values: Any) -> AgentView:
    fields = {"state": AgentState.READY, "page": True, "project_ids": (1,)} | values
    return AgentView(id=operator_id, since=since, **fields)


# ---- route


async def test_an_open_project_takes_its_calls(fake: FakeHouse) -> None:
    fake.centre.queues = (new_queue(waiting=2, on_shift=2, expected_wait=41.6),)
    fake.centre.agents = {
        5: at_work(5, MONDAY_NOON),
        6: at_work(6, MONDAY_NOON - timedelta(minutes=3)),
        7: at_work(7, MONDAY_NOON - timedelta(hours=3), project_ids=(2,)),
    }
    assert await ask(fake, "route") == {
        "ROUTE": "queue:077",
        "OPEN": "1",
        "WAIT": "42",
        "QUEUE_LENGTH": "2",
        "OPERATOR_ENDPOINT": BORIS.endpoint,
    }
    fake.centre.agents[6] = at_work(6, MONDAY_NOON, page=False)
    assert (await ask(fake, "route", project="077"))["OPERATOR_ENDPOINT"] == ANNA.endpoint


@pytest.mark.parametrize(
    ("now", "waiting", "route"),
    [(SUNDAY, 0, "message:closed"), (MONDAY_NOON, 3, "queue:078"), (MONDAY_NOON, 2, "queue:077")],
)
async def test_the_projects_rules_decide(fake: FakeHouse, now: datetime, waiting: int, route: str) -> None:
    fake.now = now
    fake.centre.queues = (new_queue(waiting=waiting, on_shift=1),)
    answer = await ask(fake, "route")
    assert (answer["ROUTE"], answer["OPERATOR_ENDPOINT"], answer["WAIT"]) == (route, "", "")


async def test_a_closed_project_without_a_rule_says_so(fake: FakeHouse) -> None:
    fake.now = SUNDAY
    plan = msgspec.structs.replace(KASKO.plan, overflow=())
    fake.house.directory.take(Configured(projects=(msgspec.structs.replace(KASKO, plan=plan),), operators=()))
    assert (await ask(fake, "route"))["ROUTE"] == "message:closed"


async def test_a_number_nobody_owns_stays_with_the_dialplan(fake: FakeHouse) -> None:
    answer = await ask(fake, "route", dnis="999")
    assert (answer["ROUTE"], answer["OPEN"], answer["QUEUE_LENGTH"]) == ("fallback", "", "0")


# ---- hours


async def test_working_hours_and_the_next_opening(fake: FakeHouse) -> None:
    assert await ask(fake, "hours") == {"OPEN": "1", "NEXT_OPENING": str(int(MONDAY_NOON.timestamp()))}
    fake.now = SUNDAY
    assert await ask(fake, "hours") == {"OPEN": "0", "NEXT_OPENING": str(int(MONDAY_NINE.timestamp()))}
    assert (await ask(fake, "hours", project="078"))["OPEN"] == "1"
    assert await ask(fake, "hours", project="none") == {"OPEN": "", "NEXT_OPENING": ""}


# ---- callback


async def test_a_callback_is_queued_for_caller_or_number(fake: FakeHouse) -> None:
    assert await ask(fake, "callback") == {"CALLBACK": "queued"}
    assert await ask(fake, "callback", number="0501112233") == {"CALLBACK": "queued"}
    assert fake.centre.asked == [("ask_callback", 1, NUMBER_OF_IVAN), ("ask_callback", 1, "0501112233")]


async def test_a_callback_for_nobody_is_refused(fake: FakeHouse) -> None:
    assert await ask(fake, "callback", dnis="999") == {"CALLBACK": "refused"}
    assert fake.centre.asked == []


# ---- result


async def test_a_call_the_dialplan_answered_enters_the_history(fake: FakeHouse) -> None:
    told = {"disposition": "ANSWER", "operator": "PJSIP/anna-1-0000002a", "seconds": "73", "waited": "12"}
    assert await ask(fake, "result", **told) == {"RESULT": "kept"}
    arrived, contact, answered, ended = fake.kept
    assert [entry.kind for entry in fake.kept] == ["call.arrived", "call.contact", "call.answered", "call.ended"]
    assert {entry.call_id for entry in fake.kept} == {"1795.7"}
    assert {entry.data["source"] for entry in fake.kept} == {"dialplan"}
    assert (arrived.data["project"], arrived.data["ani"], arrived.data["dnis"]) == (1, NUMBER_OF_IVAN, "5001")
    assert contact.data["contact"] == 7
    assert (answered.agent_id, ended.data["result"], ended.data["by"]) == (ANNA.id, "answered", "caller")
    assert ended.at == fake.now
    assert [ended.at - answered.at, answered.at - arrived.at] == [timedelta(seconds=73), timedelta(seconds=12)]


@pytest.mark.parametrize(
    ("disposition", "result"), [("CANCEL", "abandoned"), ("BUSY", "failed"), ("NOANSWER", "failed"), ("", "failed")]
)
async def test_a_call_nobody_answered(fake: FakeHouse, disposition: str, result: str) -> None:
    await ask(fake, "result", {"agi_uniqueid": "1"}, disposition=disposition, seconds="nan", waited="1e99")
    assert [entry.kind for entry in fake.kept] == ["call.arrived", "call.ended"]
    assert fake.kept[-1].data["result"] == result
    assert {entry.at for entry in fake.kept} == {fake.now}


async def test_telemarkets_own_calls_cannot_be_reported(fake: FakeHouse) -> None:
    fake.centre.calls["1795.7"] = new_call("1795.7", NUMBER_OF_IVAN)
    assert await ask(fake, "result", disposition="ANSWER") == {"RESULT": "refused"}
    assert await ask(fake, "result", {}) == {"RESULT": "refused"}
    assert fake.kept == []


async def test_a_call_is_reported_once(fake: FakeHouse) -> None:
    assert await ask(fake, "result", disposition="ANSWER") == {"RESULT": "kept"}
    told = list(fake.kept)
    assert await ask(fake, "result", disposition="CANCEL") == {"RESULT": "refused"}
    assert fake.kept == told


# ---- feature codes

AT_ANNAS_PHONE = {"agi_channel": "PJSIP/anna-1-0000002a"}


async def test_an_operator_says_what_he_does_at_his_telephone(fake: FakeHouse) -> None:
    fake.centre.agents[5] = at_work(5, MONDAY_NOON, state=AgentState.OFFLINE)
    states = []
    for code in ("40", "41", "412", "42"):
        assert await ask(fake, "feature", AT_ANNAS_PHONE, code=code) == {"FEATURE": "done"}
        agent = fake.centre.agent_view(5)
        states.append((agent.state.value, agent.reason))
    assert states == [("ready", ""), ("paused", "Перерва"), ("paused", "Обід"), ("offline", "")]


async def test_a_parked_call_is_taken_up_by_its_slot(fake: FakeHouse) -> None:
    fake.centre.agents[5] = at_work(5, MONDAY_NOON)
    for slot in (701, 702):
        call = msgspec.structs.replace(new_call(str(slot), "1"), state=CallState.PARKED, parked_slot=slot)
        fake.centre.calls[call.id] = call
    assert await ask(fake, "feature", AT_ANNAS_PHONE, code="43702") == {"FEATURE": "done"}
    assert fake.centre.asked == [("retrieve", 5, "702")]
    assert await ask(fake, "feature", AT_ANNAS_PHONE, code="43703") == {"FEATURE": "refused"}


@pytest.mark.parametrize("code", ["", "4", "44", "40x", "419", "*40"])
async def test_what_is_no_code_is_refused(fake: FakeHouse, code: str) -> None:
    fake.centre.agents[5] = at_work(5, MONDAY_NOON)
    assert await ask(fake, "feature", AT_ANNAS_PHONE, code=code) == {"FEATURE": "refused"}


@pytest.mark.parametrize("channel", ["", "PJSIP/world-00000001", "Local/anna@x-00000001;2", "anna-1", "PJSIP/anna"])
async def test_only_an_operators_own_telephone_counts(fake: FakeHouse, channel: str) -> None:
    assert await ask(fake, "feature", {"agi_channel": channel}, code="40") == {"FEATURE": "refused"}
    assert fake.centre.asked == []
