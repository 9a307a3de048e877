"""A call centre that does what the test says: the desk without an exchange."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from telemarket.calls.api import CardPort
from telemarket.calls.views import (
    AgentChanged,
    AgentState,
    AgentView,
    BoardChanged,
    BoardView,
    CallState,
    CallView,
    Direction,
    PartyView,
    ProjectView,
    QueueView,
)
from telemarket.core.bus import EventBus
from telemarket.core.errors import NotAllowed
from telemarket.core.i18n import N_

KASKO = ProjectView(id=1, number="077", name="Страхування КАСКО")
SLOT = 701


def new_call(call_id: str, ani: str, *, name: str = "", project: ProjectView = KASKO) -> CallView:
    """A call that has just arrived."""
    return CallView(
        id=call_id,
        state=CallState.ARRIVING,
        project=project,
        ani=ani,
        caller_name=name,
        dnis="+380444900077",
        contact_id=None,
        agent_id=None,
        arrived_at=datetime.now(UTC),
    )


def new_queue(project: ProjectView = KASKO, **values: Any) -> QueueView:
    """A queue in which nothing has happened yet."""
    figures: dict[str, Any] = dict.fromkeys(("waiting", "offered", "answered", "abandoned", "ready"), 0)
    figures |= dict.fromkeys(("longest_waiting_since", "expected_wait", "service_level", "abandon_rate"))
    figures |= {"answer_within": 20, "average_speed_of_answer": None, "on_shift": 0, "callbacks": 0}
    return QueueView(project=project, **figures | values)


@dataclass
class FakeCallCentre:
    """Implements `CallCentre`; the test plays the world outside with `ring`, `answer`, `consulted_answers` and `end`.

    `asked` lists what pages asked for, in order, as tuples that begin with the method's name.
    """

    bus: EventBus
    cards: CardPort | None = None
    agents: dict[int, AgentView] = field(default_factory=dict)
    calls: dict[str, CallView] = field(default_factory=dict)
    queues: tuple[QueueView, ...] = (new_queue(),)
    shown: list[tuple[int, str]] = field(default_factory=list)
    chosen: list[tuple[str, int]] = field(default_factory=list)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    pages: dict[int, int] = field(default_factory=dict)
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # some operator's last page is lost

    # The world outside

    async def ring(self, agent_id: int, call: CallView) -> bool:
        """The call arrives, its caller is looked up, the card goes out, the operator's telephone rings."""
        assert self.cards is not None
        contact_id = (await self.cards.prepare(call)).contact_id
        offered = msgspec.structs.replace(
            call, state=CallState.RINGING, agent_id=agent_id, contact_id=contact_id or call.contact_id
        )
        pushed = self.cards.push(agent_id, offered)
        self.set_call(agent_id, offered, AgentState.RINGING)
        return pushed

    def answer(self, agent_id: int) -> None:
        """The operator picks up."""
        call = self._call(agent_id)
        talking = msgspec.structs.replace(call, state=CallState.TALKING, answered_at=datetime.now(UTC), recording=True)
        self.set_call(agent_id, talking, AgentState.TALKING)

    def end(self, agent_id: int, wrapup: float = 45) -> None:
        """The caller hangs up."""
        call = msgspec.structs.replace(self._call(agent_id), state=CallState.ENDED, ended_at=datetime.now(UTC))
        until = datetime.now(UTC) + timedelta(seconds=wrapup)
        self.set_call(agent_id, call, AgentState.WRAPUP, until)

    def queue(self, agent_id: int, waiting: int, longest: float) -> None:
        """Callers wait, the first for `longest` seconds."""
        since = datetime.now(UTC) - timedelta(seconds=longest)
        self.set_agent(agent_id, waiting=waiting, longest_waiting_since=since)

    def set_call(self, agent_id: int, call: CallView, state: AgentState, until: datetime | None = None) -> None:
        """The operator's call is in this state."""
        self.calls[call.id] = call
        self.set_agent(agent_id, state=state, role="operator", call=call, since=datetime.now(UTC), until=until)

    def change_call(self, agent_id: int, **values: Any) -> CallView:
        """Something about the operator's call is different; everybody who has it is told."""
        call = msgspec.structs.replace(self._call(agent_id), **values)
        self.calls[call.id] = call
        for agent in tuple(self.agents.values()):
            if agent.call and agent.call.id == call.id:
                self.set_agent(agent.id, call=call)
        return call

    def set_agent(self, agent_id: int, **values: Any) -> None:
        """Something about the operator is different."""
        self.agents[agent_id] = msgspec.structs.replace(self.agent_view(agent_id), **values)
        self.bus.publish(AgentChanged(agent_id))

    def consult_operator(self, agent_id: int, consulted_id: int) -> None:
        """The operator's consultation reaches `consulted_id`: his card opens, his telephone rings."""
        assert self.cards is not None
        party = PartyView(channel_id="leg-2", role="consulted", agent_id=consulted_id)
        call = self.change_call(agent_id, held=True, parties=(party,))
        self.cards.push(consulted_id, call)
        self.set_agent(consulted_id, state=AgentState.RINGING, role="consulted", call=call, since=datetime.now(UTC))

    def consulted_answers(self, agent_id: int) -> None:
        """Whom the operator consults picks up."""
        party = msgspec.structs.replace(self._call(agent_id).parties[0], talking=True)
        if party.agent_id is not None:
            self.set_agent(party.agent_id, state=AgentState.TALKING)
        self.change_call(agent_id, parties=(party,))

    # What pages do

    def agent_view(self, agent_id: int) -> AgentView:
        offline = AgentView(id=agent_id, state=AgentState.OFFLINE, since=datetime.now(UTC), project_ids=(KASKO.id,))
        return self.agents.setdefault(agent_id, offline)

    def call_view(self, call_id: str) -> CallView | None:
        return self.calls.get(call_id)

    def page_connected(self, agent_id: int) -> None:
        self.pages[agent_id] = self.pages.get(agent_id, 0) + 1

    def page_lost(self, agent_id: int) -> None:
        self.pages[agent_id] -= 1
        self.gone.set()

    def make_ready(self, agent_id: int) -> None:
        self._state(agent_id, AgentState.READY)

    def pause(self, agent_id: int, reason: str) -> None:
        if self.agent_view(agent_id).state is AgentState.TALKING:
            self.set_agent(agent_id, after_call="paused")
        else:
            self._state(agent_id, AgentState.PAUSED, reason)

    def go_offline(self, agent_id: int) -> None:
        self._state(agent_id, AgentState.OFFLINE)

    def hang_up(self, agent_id: int) -> None:
        self.asked.append(("hang_up", agent_id))
        self.end(agent_id)

    def card_shown(self, agent_id: int, call_id: str) -> None:
        self.shown.append((agent_id, call_id))

    def contact_chosen(self, call_id: str, contact_id: int) -> None:
        self.chosen.append((call_id, contact_id))

    def hold(self, agent_id: int, on: bool) -> None:
        self.asked.append(("hold", agent_id, on))
        self.change_call(agent_id, held=on)

    def mute(self, agent_id: int, on: bool) -> None:
        self.asked.append(("mute", agent_id, on))
        self.change_call(agent_id, muted=on)

    def transfer(self, agent_id: int, destination: str, attended: bool) -> None:
        self._call(agent_id)
        self.asked.append(("transfer", agent_id, destination, attended))
        if not attended:
            self.end(agent_id)
        elif destination.startswith("number:"):
            party = PartyView(channel_id="leg-2", role="consulted", number=destination.removeprefix("number:"))
            self.change_call(agent_id, held=True, parties=(party,))

    def consult(self, agent_id: int, how: str) -> None:
        self.asked.append(("consult", agent_id, how))
        call = self._call(agent_id)
        match how:
            case "complete":
                self.end(agent_id)
            case "return":
                self.change_call(agent_id, held=False, parties=())
            case "swap":
                party = msgspec.structs.replace(call.parties[0], talking=not call.held)
                self.change_call(agent_id, held=not call.held, parties=(party,))
            case "conference":
                parties = tuple(msgspec.structs.replace(party, role="conference") for party in call.parties)
                self.change_call(agent_id, held=False, parties=parties)

    def send_digits(self, agent_id: int, digits: str) -> None:
        self.asked.append(("send_digits", agent_id, digits))

    def park(self, agent_id: int) -> None:
        self.asked.append(("park", agent_id))
        self.change_call(agent_id, state=CallState.PARKED, parked_slot=SLOT)
        self._state(agent_id, AgentState.READY)
        self.bus.publish(BoardChanged())

    def retrieve(self, agent_id: int, call_id: str) -> None:
        self.asked.append(("retrieve", agent_id, call_id))
        call = msgspec.structs.replace(self.calls[call_id], state=CallState.RINGING, parked_slot=0, agent_id=agent_id)
        self.set_call(agent_id, call, AgentState.RINGING)
        self.bus.publish(BoardChanged())

    def call_number(self, agent_id: int, number: str, project_id: int = 0, contact_id: int | None = None) -> str:
        self.asked.append(("call_number", agent_id, number, project_id, contact_id))
        call = msgspec.structs.replace(
            new_call("out-1", number),
            state=CallState.RINGING,
            direction=Direction.OUTBOUND,
            agent_id=agent_id,
            contact_id=contact_id,
        )
        if self.cards is not None:
            self.cards.push(agent_id, call)
        self.set_call(agent_id, call, AgentState.RINGING)
        return call.id

    def set_recording(self, agent_id: int, on: bool, by: str = "button") -> None:
        self.asked.append(("set_recording", agent_id, on, by))
        self.change_call(agent_id, recording_paused=not on)

    def extend_wrapup(self, agent_id: int) -> None:
        self.asked.append(("extend_wrapup", agent_id))
        until = self.agent_view(agent_id).until
        assert until is not None
        self.set_agent(agent_id, until=until + timedelta(seconds=60))

    def preview_dial(self, agent_id: int) -> None:
        self.asked.append(("preview_dial", agent_id))
        self.set_agent(agent_id, state=AgentState.RINGING, until=None)

    def preview_skip(self, agent_id: int, reason: str) -> None:
        self.asked.append(("preview_skip", agent_id, reason))
        self._state(agent_id, AgentState.READY)

    # What supervisors do

    def board(self) -> BoardView:
        agents = tuple(agent for agent in self.agents.values() if agent.state is not AgentState.OFFLINE)
        calls = tuple(call for call in self.calls.values() if call.ended_at is None)
        return BoardView(at=datetime.now(UTC), queues=self.queues, agents=agents, calls=calls)

    def watch(self, supervisor_id: int, call_id: str, mode: str) -> None:
        self.asked.append(("watch", supervisor_id, call_id, mode))
        call = self.calls[call_id]
        if call.agent_id is not None:
            watching = PartyView(channel_id="leg-3", role="watching", agent_id=supervisor_id, talking=True, mode=mode)
            call = self.change_call(call.agent_id, parties=(watching,))
        self.set_agent(supervisor_id, state=AgentState.WATCHING, role=mode, call=call, since=datetime.now(UTC))

    def stop_watching(self, supervisor_id: int) -> None:
        self.asked.append(("stop_watching", supervisor_id))
        self._state(supervisor_id, AgentState.READY)

    def take_over(self, supervisor_id: int) -> None:
        self.asked.append(("take_over", supervisor_id))
        self.set_agent(supervisor_id, state=AgentState.TALKING, role="operator")

    def set_agent_state(self, supervisor_id: int, agent_id: int, state: str, reason: str = "") -> None:
        self.asked.append(("set_agent_state", supervisor_id, agent_id, state, reason))
        self._state(agent_id, AgentState(state), reason)

    def move_call(self, supervisor_id: int, call_id: str, destination: str) -> None:
        self.asked.append(("move_call", supervisor_id, call_id, destination))

    def end_call(self, supervisor_id: int, call_id: str) -> None:
        self.asked.append(("end_call", supervisor_id, call_id))

    def ask_callback(self, project_id: int, number: str) -> str:
        self.asked.append(("ask_callback", project_id, number))
        return "callback-1"

    def _call(self, agent_id: int) -> CallView:
        call = self.agent_view(agent_id).call
        if call is None:
            raise NotAllowed(N_("You have no call."))
        return call

    def _state(self, agent_id: int, state: AgentState, reason: str = "") -> None:
        self.set_agent(
            agent_id, state=state, reason=reason, since=datetime.now(UTC), until=None, call=None, role="", after_call=""
        )
