"""What can happen in a simulated world: a table from which Hypothesis draws histories.

To let something new happen, write a function of the world and its arguments below `@happens(...)` with a strategy for
each argument.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import strategies as st

from telemarket.calls import facts
from telemarket.calls.destinations import Destination, parse_destination
from telemarket.calls.model import DialTerms
from telemarket.calls.views import AgentState, DialMode, MachineAction
from telemarket.simulation.habits import Caller
from telemarket.simulation.world import World

Happening = tuple[Callable[..., None], tuple[Any, ...]]

OPERATORS = (1, 2, 3)
SUPERVISOR = 4
PEOPLE = (*OPERATORS, SUPERVISOR)

_TABLE: dict[Callable[..., None], st.SearchStrategy[Happening]] = {}
_new_calls = count(1)

people = st.sampled_from(PEOPLE)
digits = st.sampled_from("0123456789*#")
which = st.integers(0, 5)  # of those there are
destinations = st.sampled_from(
    [
        "queue:077",
        "queue:078",
        "queue:999",
        "operator:op1",
        "operator:op2",
        "operator:op3",
        "operator:nobody",
        "number:+380441112233",
        "voicemail",
        "message:bye",
        "callback",
        "fallback",
        "hangup",
        "node:start",
        "node:nowhere",
    ]
).map(parse_destination)


def happens(*arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let the function below happen, with arguments after the world drawn from these."""

    def add(action: Callable[..., None]) -> Callable[..., None]:
        _TABLE[action] = st.tuples(st.just(action), st.tuples(*arguments))
        return action

    return add


def histories(most: int, *actions: Callable[..., None]) -> st.SearchStrategy[list[Happening]]:
    """Lists of what happens, one after the other; as many long ones as short. Of these actions only, if any are named;
    one named twice happens twice as often."""
    one = st.one_of([_TABLE[action] for action in actions or _TABLE])
    return st.integers(0, most).flatmap(lambda length: st.lists(one, min_size=length, max_size=length))


def pick(world: World, number: int) -> str:
    """One of the calls there are, or one there is not."""
    calls = sorted(world.engine.floor.calls)
    return calls[number % len(calls)] if calls else "gone"


# ---- time and callers


@happens(st.floats(0, 40))
def time_passes(world: World, seconds: float) -> None:
    world.run(seconds)


@happens(st.floats(0, 3))
def a_while_passes(world: World, seconds: float) -> None:
    world.run(seconds)


@happens(st.sampled_from(["100", "200", "999"]), st.floats(1, 90), st.floats(1, 240))
def somebody_calls(world: World, dnis: str, patience: float, talk: float) -> None:
    world.call(Caller(world.now, dnis, patience, talk))


@happens(st.sampled_from(["100", "200"]), st.integers(2, 6))
def many_call(world: World, dnis: str, callers: int) -> None:
    for number in range(callers):
        world.call(Caller(world.now, dnis, 20.0 + 15.0 * number, 40.0))
        world.run(0.3)


@happens(which, digits)
def a_key_is_pressed(world: World, number: int, digit: str) -> None:
    channels = sorted(world.pbx.channels)
    if channels:
        world.pbx.press(channels[number % len(channels)], digit)


@happens(which)
def a_line_breaks(world: World, number: int) -> None:
    channels = sorted(world.pbx.channels)
    if channels:
        world.pbx.drop(channels[number % len(channels)])


# ---- operators


@happens(people)
def ready(world: World, agent_id: int) -> None:
    world.tell(facts.WantsReady(agent_id=agent_id))


@happens(people)
def pause(world: World, agent_id: int) -> None:
    world.tell(facts.WantsPause(agent_id=agent_id, reason="lunch"))


@happens(people)
def offline(world: World, agent_id: int) -> None:
    world.tell(facts.WantsOffline(agent_id=agent_id))


@happens(people)
def hang_up(world: World, agent_id: int) -> None:
    world.tell(facts.WantsHangUp(agent_id=agent_id))


@happens(people)
def more_wrap_up(world: World, agent_id: int) -> None:
    world.tell(facts.WantsMoreWrapUp(agent_id=agent_id))


@happens(people)
def open_page(world: World, agent_id: int) -> None:
    world.open_page(agent_id)


@happens(people)
def close_page(world: World, agent_id: int) -> None:
    world.close_page(agent_id)


# ---- talking


@happens(people, st.booleans())
def hold(world: World, agent_id: int, on: bool) -> None:
    world.tell(facts.WantsHold(agent_id=agent_id, on=on))


@happens(people, st.booleans())
def mute(world: World, agent_id: int, on: bool) -> None:
    world.tell(facts.WantsMute(agent_id=agent_id, on=on))


@happens(people, destinations, st.booleans())
def transfer(world: World, agent_id: int, to: Destination, attended: bool) -> None:
    world.tell(facts.WantsTransfer(agent_id=agent_id, to=to, attended=attended))


@happens(people, st.sampled_from(facts.ConsultEnd))
def consult(world: World, agent_id: int, how: facts.ConsultEnd) -> None:
    world.tell(facts.WantsConsult(agent_id=agent_id, how=how))


@happens(people, digits)
def send_digits(world: World, agent_id: int, digit: str) -> None:
    world.tell(facts.WantsDigits(agent_id=agent_id, digits=digit))


@happens(people)
def park(world: World, agent_id: int) -> None:
    world.tell(facts.WantsPark(agent_id=agent_id))


@happens(people, which)
def retrieve(world: World, agent_id: int, number: int) -> None:
    world.tell(facts.WantsRetrieve(agent_id=agent_id, call_id=pick(world, number)))


@happens(people, st.sampled_from([1, 2, 9]))
def call_a_number(world: World, agent_id: int, project_id: int) -> None:
    call_id = f"out-{next(_new_calls)}"
    world.tell(facts.WantsCall(agent_id=agent_id, call_id=call_id, number="+380442223344", project_id=project_id))


@happens(people, st.booleans())
def recording(world: World, agent_id: int, on: bool) -> None:
    world.tell(facts.WantsRecording(agent_id=agent_id, on=on))


# ---- campaigns


@happens(
    st.sampled_from(DialMode),
    st.booleans(),
    st.sampled_from(MachineAction),
    st.sampled_from([1, 2, 9]),
    people,
    st.floats(0, 20),
)
def dial_a_lead(
    world: World,
    mode: DialMode,
    detect: bool,
    on_machine: MachineAction,
    project_id: int,
    agent_id: int,
    seconds: float,
) -> None:
    call_id = f"lead-{next(_new_calls)}"
    terms = DialTerms(
        campaign_id=1,
        lead_id=1,
        mode=mode,
        endpoint="PJSIP/380445556677@trunk",
        operator_ids=frozenset({1, 3}),
        detect=detect,
        on_machine=on_machine,
        message=("sorry",),
        machine_message=("message",),
        preview_seconds=seconds if seconds > 5 else 0.0,
    )
    lead = facts.LeadDialed(
        call_id=call_id, project_id=project_id, number="+380445556677", terms=terms, agent_id=agent_id
    )
    world.tell(lead)


@happens(which)
def withdraw_a_lead(world: World, number: int) -> None:
    world.tell(facts.LeadWithdrawn(call_id=pick(world, number)))


@happens(which, st.sampled_from(["human", "machine", "screened", "fax"]), st.booleans())
def hear_who_answered(world: World, number: int, verdict: str, at_beep: bool) -> None:
    world.tell(facts.DetectionEnded(call_id=pick(world, number), verdict=verdict, at_beep=at_beep))


@happens(people)
def dial_the_previewed(world: World, agent_id: int) -> None:
    world.tell(facts.WantsDial(agent_id=agent_id))


@happens(people)
def skip_the_previewed(world: World, agent_id: int) -> None:
    world.tell(facts.WantsSkip(agent_id=agent_id, reason="knows him"))


# ---- supervising


@happens(people, which, st.sampled_from(facts.WatchMode))
def watch(world: World, agent_id: int, number: int, mode: facts.WatchMode) -> None:
    world.tell(facts.WantsWatch(agent_id=agent_id, call_id=pick(world, number), mode=mode))


@happens(people)
def stop_watching(world: World, agent_id: int) -> None:
    world.tell(facts.WantsUnwatch(agent_id=agent_id))


@happens(people)
def take_over(world: World, agent_id: int) -> None:
    world.tell(facts.WantsTakeOver(agent_id=agent_id))


@happens(people, st.sampled_from([AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE]))
def force_state(world: World, agent_id: int, state: AgentState) -> None:
    world.tell(facts.ForcesState(by=SUPERVISOR, agent_id=agent_id, state=state))


@happens(which, destinations)
def move_call(world: World, number: int, to: Destination) -> None:
    world.tell(facts.MovesCall(by=SUPERVISOR, call_id=pick(world, number), to=to))


@happens(which)
def end_call(world: World, number: int) -> None:
    world.tell(facts.EndsCall(by=SUPERVISOR, call_id=pick(world, number)))


@happens(st.sampled_from([1, 2, 9]))
def ask_for_a_callback(world: World, project_id: int) -> None:
    call_id = f"back-{next(_new_calls)}"
    world.tell(facts.CallbackAsked(call_id=call_id, project_id=project_id, number="+380443334455"))


@happens(which)
def choose_contact(world: World, number: int) -> None:
    world.tell(facts.ContactChosen(call_id=pick(world, number), contact_id=9))


# ---- faults


@happens()
def disconnect(world: World) -> None:
    world.disconnect()


@happens()
def reconnect(world: World) -> None:
    world.reconnect()


@happens(st.integers(0, 6))
def restart(world: World, lost_entries: int) -> None:
    world.restart(lost_entries)


@happens(st.floats(0, 8))
def the_socket_blinks(world: World, seconds: float) -> None:
    world.disconnect()
    world.run(seconds)
    world.reconnect()


@happens()
def everybody_comes_back(world: World) -> None:
    for agent_id in OPERATORS:
        world.sign_in(agent_id)
