"""The floor: who is on shift, who is on the line, what has to happen when. State and its primitive changes only."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from telemarket.calls import commands as do
from telemarket.calls.deadlines import Deadlines
from telemarket.calls.line import WaitingLine
from telemarket.calls.model import Agent, Call, Leg, LegRole, OperatorProfile, Project
from telemarket.calls.views import AgentState, CallState


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in seconds."""

    lookup_deadline: float = 0.3
    card_deadline: float = 0.15
    page_grace: float = 60.0  # how long a vanished page keeps its operator's state
    reap_after: float = 10.0  # a channel told to hang up is told again after this
    ghost_after: float = 14400.0  # the longest a caller may wait
    queue_news_every: float = 1.0  # at most one notice of a queue's length in this time
    board_news_every: float = 1.0
    park_seconds: float = 180.0  # a parked call comes back to its operator after this
    outside_ring_seconds: float = 60.0
    outside_endpoint: str = "Local/{number}@telemarket-outbound"
    longest_sound: float = 300.0  # after this a sound has been played, whatever the PBX says
    missed_sound: float = 10.0  # the same after a lost connection, which may have hidden its end
    message_seconds: float = 180.0  # the longest message a caller may leave
    timezone: str = "Europe/Kyiv"
    # What to dial for a number keyed in by a caller or at a desk phone; None for one that may not be called.
    dialable: Callable[[str], str | None] = lambda _number: None


class Floor:
    """Everything the engine knows. Methods keep the indexes right and write the journal; they decide nothing."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.now = 0.0
        self.pbx_connected = False
        self.projects: dict[int, Project] = {}
        self.by_dnis: dict[str, Project] = {}
        self.by_number: dict[str, Project] = {}
        self.agents: dict[int, Agent] = {}
        self.by_login: dict[str, Agent] = {}
        self.calls: dict[str, Call] = {}
        self.channels: dict[str, Call] = {}  # every channel we answer for, until it is gone
        self.legs: dict[str, Leg] = {}  # those of them that we made and still want
        self.given_back: set[str] = set()  # channels told to go on in the dialplan and still with us
        self.closing: dict[str, tuple[str, int]] = {}  # channels told to hang up: of which call, and how often
        self.waiting: dict[int, WaitingLine] = {}  # by project
        self.available: dict[int, dict[int, Agent]] = {}  # by project
        self.leads: dict[str, Call] = {}  # who answered a campaign's call and waits for an operator
        self.held_for: dict[int, dict[str, Call]] = {}  # by operator: calls that wait for him first
        self.last_served: dict[int, int] = {}  # by project: who got its last call
        self.handle_seconds: dict[int, float] = {}  # by project: moving average of talk and wrap-up
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
        self.board_changed()

    def board_changed(self) -> None:
        """Let supervisors' boards be told, soon and not too often."""
        if not self.deadlines.is_set("board", ""):
            self.deadlines.set("board", "", self.now + self.settings.board_news_every)

    # ---- configuration

    def configure(self, projects: Iterable[Project], operators: Iterable[OperatorProfile]) -> None:
        """Take the projects and operators there are.

        Live calls keep the project as they met it: one closed meanwhile takes no new callers and serves those it has.
        """
        current = {project.id: project for project in projects}
        draining = {call.project.id: call.project for call in self.calls.values() if call.project.id not in current}
        self.projects = draining | current
        self.by_dnis = {dnis: project for project in current.values() for dnis in project.dnis}
        self.by_number = {project.number: project for project in current.values()}
        for project in self.projects.values():
            self.waiting.setdefault(project.id, WaitingLine(project.plan)).plan = project.plan
        profiles = {profile.id: profile for profile in operators}
        for agent in self.agents.values():
            if agent.id not in profiles and agent.projects:
                agent.projects = frozenset()
                if agent.call is not None:
                    agent.after_call = (AgentState.OFFLINE, "")
        serves: dict[int, set[int]] = {}
        for project in self.projects.values():
            for operator_id in project.operator_ids:
                serves.setdefault(operator_id, set()).add(project.id)
        for profile in profiles.values():
            self._configure_agent(profile, frozenset(serves.get(profile.id, ())))
        self.by_login = {agent.login: agent for agent in self.agents.values() if agent.login and agent.id in profiles}
        self.available = {project_id: {} for project_id in self.projects}
        for agent in self.agents.values():
            self.refresh_availability(agent)

    def _configure_agent(self, profile: OperatorProfile, projects: frozenset[int]) -> None:
        agent = self.agents.get(profile.id)
        if agent is None:
            agent = self.agents[profile.id] = Agent(profile.id, profile.endpoint, projects, since=self.now)
        agent.endpoint, agent.projects = profile.endpoint, projects
        agent.login, agent.skills, agent.record = profile.login, profile.skills, profile.record

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
        self.tell(agent)

    def tell(self, agent: Agent | None) -> None:
        """His page should look again."""
        if agent is not None:
            self.emit(do.OperatorChanged(agent.id))

    def set_until(self, agent: Agent, until: float | None) -> None:
        """Move the end of the operator's present state."""
        agent.until = until
        if until is None:
            self.deadlines.clear("state", str(agent.id))
        else:
            self.deadlines.set("state", str(agent.id), until)

    def on_shift(self, project_id: int) -> Iterator[Agent]:
        """The project's operators who are not offline."""
        for agent in self.agents.values():
            if project_id in agent.projects and agent.state is not AgentState.OFFLINE:
                yield agent

    def count_handled(self, project_id: int, seconds: float) -> None:
        """Take the time an operator gave a call into the project's moving average."""
        before = self.handle_seconds.get(project_id, seconds)
        self.handle_seconds[project_id] = before + (seconds - before) / 20

    # ---- calls

    def add_call(self, call: Call) -> None:
        """Begin to answer for a call, and for its customer's channel."""
        self.calls[call.id] = call
        call.queue_ids = (call.project.id,)
        if call.customer is not None:
            self.channels[call.customer] = call

    def add_leg(self, leg: Leg) -> None:
        """Begin to answer for a leg."""
        self.legs[leg.id] = leg.call.legs[leg.id] = leg
        self.channels[leg.id] = leg.call
        if leg.agent is not None and leg.role is not LegRole.SNOOP:
            leg.agent.leg = leg

    def leg_answered(self, leg: Leg) -> None:
        """The leg is on the line: nothing has to happen to it in time any more."""
        leg.up = True
        self._clear_deadlines(leg)

    def _clear_deadlines(self, leg: Leg) -> None:
        for kind in ("card", "ring"):
            self.deadlines.clear(kind, leg.id)

    def forget_leg(self, leg: Leg) -> None:
        """We want this leg no longer; its channel is answered for until it is gone."""
        self._clear_deadlines(leg)
        self.legs.pop(leg.id, None)
        leg.call.legs.pop(leg.id, None)
        for told in (leg.call.joined, leg.call.music, leg.call.ringing):
            told.discard(leg.id)
        if leg.agent is not None and leg.agent.leg is leg:
            leg.agent.leg = None

    def hold_for(self, call: Call, agent_id: int, seconds: float, why: str) -> None:
        """Let a call wait for one operator only, for so long."""
        call.preferred, call.preferred_until, call.preferred_why = agent_id, self.now + seconds, why
        self.held_for.setdefault(agent_id, {})[call.id] = call
        self.deadlines.set("prefer", call.id, call.preferred_until)

    def release_hold(self, call: Call) -> None:
        """Anybody may take the call."""
        if call.preferred is not None:
            self.held_for.get(call.preferred, {}).pop(call.id, None)
            self.deadlines.clear("prefer", call.id)
            call.preferred = None

    def enqueue(self, call: Call) -> None:
        """Put a call into its queues' lines, each at the place its priority and arrival give it."""
        call.state = CallState.WAITING
        for project_id in call.queue_ids:
            line = self.waiting[project_id]
            if call not in line:
                line.add(call)
                self.queue_changed(project_id)

    def dequeue(self, call: Call) -> None:
        """Take a call out of its lines; not being in them is fine."""
        self.leads.pop(call.id, None)
        for project_id in call.queue_ids:
            line = self.waiting.get(project_id)
            if line is not None and line.remove(call):
                self.queue_changed(project_id)

    def renew_places(self, call: Call) -> None:
        """The call's priority is another: so are its places in the lines it waits in."""
        for project_id in call.queue_ids:
            line = self.waiting[project_id]
            if line.remove(call):
                line.add(call)

    def callers_waiting(self, project_id: int) -> int:
        """How many people hear music; who is to be called back does not."""
        return sum(call.customer is not None for call in self.waiting.get(project_id, ()))

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

    def drop_leg(self, leg: Leg) -> None:
        """End a leg, unless it has ended."""
        if leg.id in self.channels:
            self.hang_up(leg.call.id, leg.id)
        self.forget_leg(leg)

    def forget_channel(self, channel_id: str) -> Call | None:
        """The channel is gone; returns the call it was of."""
        self.closing.pop(channel_id, None)
        self.given_back.discard(channel_id)
        self.deadlines.clear("reap", channel_id)
        return self.channels.pop(channel_id, None)
