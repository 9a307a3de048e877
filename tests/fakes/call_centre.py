"""A call centre that does what the test says: the desk without an exchange."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from telemarket.calls.api import CardPort
from telemarket.calls.views import AgentChanged, AgentState, AgentView, CallState, CallView, ProjectView
from telemarket.core.bus import EventBus

KASKO = ProjectView(id=1, number="077", name="Страхування КАСКО")


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


@dataclass
class FakeCallCentre:
    """Implements `CallCentre`; the test plays the world outside with `ring`, `answer` and `end`."""

    bus: EventBus
    cards: CardPort | None = None
    agents: dict[int, AgentView] = field(default_factory=dict)
    calls: dict[str, CallView] = field(default_factory=dict)
    shown: list[tuple[int, str]] = field(default_factory=list)
    chosen: list[tuple[str, int]] = field(default_factory=list)
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
        call = self.agents[agent_id].call
        assert call is not None
        talking = msgspec.structs.replace(call, state=CallState.TALKING, answered_at=datetime.now(UTC))
        self.set_call(agent_id, talking, AgentState.TALKING)

    def end(self, agent_id: int, wrapup: float = 45) -> None:
        """The caller hangs up."""
        call = self.agents[agent_id].call
        assert call is not None
        ended = msgspec.structs.replace(call, state=CallState.ENDED, ended_at=datetime.now(UTC))
        self.set_call(agent_id, ended, AgentState.WRAPUP, datetime.now(UTC) + timedelta(seconds=wrapup))

    def queue(self, agent_id: int, waiting: int, longest: float) -> None:
        """Callers wait, the first for `longest` seconds."""
        since = datetime.now(UTC) - timedelta(seconds=longest)
        agent = msgspec.structs.replace(self.agent_view(agent_id), waiting=waiting, longest_waiting_since=since)
        self._set(agent)

    def set_call(self, agent_id: int, call: CallView, state: AgentState, until: datetime | None = None) -> None:
        """The operator's call is in this state."""
        self.calls[call.id] = call
        agent = self.agent_view(agent_id)
        self._set(msgspec.structs.replace(agent, state=state, call=call, since=datetime.now(UTC), until=until))

    # What pages do

    def agent_view(self, agent_id: int) -> AgentView:
        offline = AgentView(id=agent_id, state=AgentState.OFFLINE, since=datetime.now(UTC))
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
        self._state(agent_id, AgentState.PAUSED, reason)

    def go_offline(self, agent_id: int) -> None:
        self._state(agent_id, AgentState.OFFLINE)

    def hang_up(self, agent_id: int) -> None:
        self.end(agent_id)

    def card_shown(self, agent_id: int, call_id: str) -> None:
        self.shown.append((agent_id, call_id))

    def contact_chosen(self, call_id: str, contact_id: int) -> None:
        self.chosen.append((call_id, contact_id))

    def _state(self, agent_id: int, state: AgentState, reason: str = "") -> None:
        agent = self.agent_view(agent_id)
        values = {"state": state, "reason": reason, "since": datetime.now(UTC), "until": None, "call": None}
        self._set(msgspec.structs.replace(agent, **values))

    def _set(self, agent: AgentView) -> None:
        self.agents[agent.id] = agent
        self.bus.publish(AgentChanged(agent.id))
