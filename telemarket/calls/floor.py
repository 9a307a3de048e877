"""The floor: who is on shift, who is on the line, what has to happen when. State and its primitive changes only."""

from collections.abc import Iterable
from typing import Any

import msgspec

from telemarket.calls import commands as do
from telemarket.calls.deadlines import Deadlines
from telemarket.calls.model import Agent, Call, OperatorProfile, Project
from telemarket.calls.views import AgentState, CallState


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in seconds."""

    lookup_deadline: float = 0.3
    card_deadline: float = 0.15
    page_grace: float = 60.0  # how long a vanished page keeps its operator's state
    reap_after: float = 10.0  # a channel told to hang up is told again after this
    ghost_after: float = 14400.0  # the longest a caller may wait
    queue_news_every: float = 1.0  # at most one notice of a queue's length in this time


class Floor:
    """Everything the engine knows. Methods keep the indexes right and write the journal; they decide nothing."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.now = 0.0
        self.pbx_connected = False
        self.projects: dict[int, Project] = {}
        self.by_dnis: dict[str, Project] = {}
        self.agents: dict[int, Agent] = {}
        self.calls: dict[str, Call] = {}
        self.channels: dict[str, Call] = {}  # every channel we answer for, until it is gone
        self.given_back: set[str] = set()  # channels told to go on in the dialplan and still with us
        self.closing: dict[str, tuple[str, int]] = {}  # channels told to hang up: of which call, and how often
        self.waiting: dict[int, dict[str, Call]] = {}  # by project, in order of arrival
        self.available: dict[int, dict[int, Agent]] = {}  # by project
        self.deadlines = Deadlines()
        self._out: list[do.Command] = []

    # ---- what goes out

    def emit(self, command: do.Command) -> None:
        """Have `command` carried out after the fact at hand has been handled."""
        self._out.append(command)

    def take_commands(self) -> list[do.Command]:
        """What has been emitted since the last time."""
        out, self._out = self._out, []
        return out

    def journal(self, kind: str, *, call: Call | None = None, agent: Agent | None = None, **data: Any) -> None:
        """Append a fact to the call journal."""
        self.emit(do.Journal(self.now, kind, data, call.id if call else None, agent.id if agent else None))

    # ---- configuration

    def configure(self, projects: Iterable[Project], operators: Iterable[OperatorProfile]) -> None:
        """Take the projects and operators there are.

        Live calls keep the project as they met it: one closed meanwhile takes no new callers and serves those it has.
        """
        current = {project.id: project for project in projects}
        draining = {call.project.id: call.project for call in self.calls.values() if call.project.id not in current}
        self.projects = draining | current
        self.by_dnis = {dnis: project for project in current.values() for dnis in project.dnis}
        for project_id in self.projects:
            self.waiting.setdefault(project_id, {})
        profiles = {profile.id: profile for profile in operators}
        for agent in self.agents.values():
            if agent.id not in profiles:
                agent.projects = frozenset()
        for profile in profiles.values():
            serves = frozenset(p.id for p in self.projects.values() if profile.id in p.operator_ids)
            known = self.agents.get(profile.id)
            if known is None:
                self.agents[profile.id] = Agent(profile.id, profile.endpoint, serves, since=self.now)
            else:
                known.endpoint, known.projects = profile.endpoint, serves
        self.available = {project_id: {} for project_id in self.projects}
        for agent in self.agents.values():
            self.refresh_availability(agent)

    # ---- operators

    def refresh_availability(self, agent: Agent) -> None:
        """Keep the index of available operators right after a change to `agent`."""
        for project_id in agent.projects:
            if agent.available:
                self.available[project_id][agent.id] = agent
            else:
                self.available[project_id].pop(agent.id, None)

    def set_state(self, agent: Agent, state: AgentState, reason: str = "", until: float | None = None) -> None:
        """Change an operator's state, journal it and tell his page."""
        if state is AgentState.READY and agent.state is not AgentState.RINGING:
            agent.idle_since = self.now
        agent.state, agent.reason, agent.since = state, reason, self.now
        self.set_until(agent, until)
        self.refresh_availability(agent)
        self.journal("agent.state", call=agent.call, agent=agent, state=state.value, reason=reason)
        self.emit(do.OperatorChanged(agent.id))

    def set_until(self, agent: Agent, until: float | None) -> None:
        """Move the end of the operator's present state."""
        agent.until = until
        if until is None:
            self.deadlines.clear("state", str(agent.id))
        else:
            self.deadlines.set("state", str(agent.id), until)

    # ---- calls

    def add_call(self, call: Call) -> None:
        """Begin to answer for a caller's channel."""
        self.calls[call.id] = call
        self.channels[call.id] = call

    def enqueue(self, call: Call) -> None:
        """Put a call into its project's queue, at the place its arrival gives it."""
        call.state = CallState.WAITING
        queue = self.waiting.setdefault(call.project.id, {})
        in_order = not queue or next(reversed(queue.values())).arrived_at <= call.arrived_at
        queue[call.id] = call
        if not in_order:
            ordered = sorted(queue.values(), key=lambda waiting: (waiting.arrived_at, waiting.id))
            self.waiting[call.project.id] = {waiting.id: waiting for waiting in ordered}
        self.queue_changed(call.project.id)

    def dequeue(self, call: Call) -> None:
        """Take a call out of its queue; not being in it is fine."""
        if self.waiting.get(call.project.id, {}).pop(call.id, None):
            self.queue_changed(call.project.id)

    def queue_changed(self, project_id: int) -> None:
        """Let the operators of a project be told of its queue, soon and not too often."""
        if not self.deadlines.is_set("queue", str(project_id)):
            self.deadlines.set("queue", str(project_id), self.now + self.settings.queue_news_every)

    def hang_up(self, call_id: str, channel_id: str) -> None:
        """End a channel and see to it that it really ends."""
        if channel_id not in self.closing:
            self.tell_hang_up(call_id, channel_id, attempt=1)

    def tell_hang_up(self, call_id: str, channel_id: str, attempt: int) -> None:
        """The `attempt`th request to end a channel; unless it goes, there will be another."""
        self.closing[channel_id] = (call_id, attempt)
        self.deadlines.set("reap", channel_id, self.now + self.settings.reap_after)
        self.emit(do.HangUp(call_id, channel_id))

    def forget_channel(self, channel_id: str) -> Call | None:
        """The channel is gone; returns the call it was of."""
        self.closing.pop(channel_id, None)
        self.given_back.discard(channel_id)
        self.deadlines.clear("reap", channel_id)
        return self.channels.pop(channel_id, None)
