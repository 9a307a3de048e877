"""A PBX, its callers and its operators in virtual time, for driving the engine through random histories.

Callers have patience and talk for a while; operators' telephones answer, decline, stay silent or are not there;
browsers acknowledge cards or do not. Events can be lost (the socket is down) and the daemon can be restarted with
the last moments of its journal missing.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import msgspec

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.engine import Engine
from telemarket.calls.model import LEG_PREFIX, OperatorProfile, Project, RestoredCall, RestoredOperator
from telemarket.calls.views import AgentState


@dataclass
class Channel:
    id: str
    dnis: str = ""
    up: bool = False
    operator: int | None = None
    entered: bool = True
    bridge: str | None = None


@dataclass
class World:
    """The simulated world around one engine. `restart()` replaces the engine as a killed daemon would."""

    projects: tuple[Project, ...]
    operators: tuple[OperatorProfile, ...]
    rng: random.Random
    now: float = 1_700_000_000.0
    connected: bool = False
    channels: dict[str, Channel] = field(default_factory=dict)
    bridges: dict[str, set[str]] = field(default_factory=dict)
    journal: list[do.Journal] = field(default_factory=list)
    log: list[tuple[float, object]] = field(default_factory=list)
    pages: set[int] = field(default_factory=set)
    pushed: set[tuple[str, int]] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    given_back: set[str] = field(default_factory=set)
    after_each: Callable[["World"], None] = lambda _: None

    def __post_init__(self) -> None:
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._calls = count(1)
        self.engine = Engine()
        self.tell(facts.Configured(projects=self.projects, operators=self.operators))
        self.reconnect()

    # ---- time

    def later(self, delay: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.now + delay, next(self._order), action))

    def run(self, seconds: float) -> None:
        """Let virtual time pass, in order of events and the engine's own deadlines."""
        end = self.now + seconds
        while True:
            deadline = self.engine.next_deadline
            upcoming = self._agenda[0][0] if self._agenda else None
            moments = [at for at in (deadline, upcoming) if at is not None]
            if not moments or min(moments) > end:
                break
            if upcoming is not None and (deadline is None or upcoming <= deadline):
                at, _, action = heapq.heappop(self._agenda)
                self.now = max(self.now, at)
                action()
            else:
                self.now = max(self.now, deadline or 0.0)
                self.tell(facts.TimePassed())
        self.now = end

    def tell(self, fact: facts.Fact) -> None:
        self.log.append((self.now, fact))
        for command in self.engine.handle(fact, self.now):
            self.log.append((self.now, command))
            self._carry_out(command)
        self.after_each(self)

    def event(self, fact: facts.Fact) -> None:
        """An event of the PBX: nobody hears it while the socket is down."""
        if self.connected:
            self.tell(fact)

    # ---- faults

    def disconnect(self) -> None:
        self.connected = False
        self.tell(facts.PbxLost())

    def reconnect(self) -> None:
        self.connected = True
        self.tell(self.snapshot())

    def restart(self, lost_entries: int = 0) -> None:
        """kill -9 the daemon: the last entries of its journal never reached the disk."""
        if lost_entries:
            del self.journal[-lost_entries:]
        self.engine = Engine()
        self.pages.clear()
        self.tell(facts.Configured(projects=self.projects, operators=self.operators))
        self.tell(read_journal(self.journal))
        self.connected = True
        self.tell(self.snapshot())

    def snapshot(self) -> facts.SnapshotTaken:
        return facts.SnapshotTaken(
            channels=tuple(
                facts.SnapshotChannel(channel.id, channel.up, dnis=channel.dnis)
                for channel in self.channels.values()
                if channel.entered
            ),
            bridges={bridge: tuple(sorted(members)) for bridge, members in self.bridges.items()},
        )

    # ---- callers and operators

    def call(self, dnis: str = "100", patience: float = 60.0, talk: float = 120.0) -> str:
        call_id = f"{self.now:.0f}.{next(self._calls)}"
        self.channels[call_id] = Channel(call_id, dnis)
        self.later(patience, lambda: self._give_up(call_id))
        self._talk = talk
        self.event(facts.CallerArrived(channel_id=call_id, ani="+380441234567", dnis=dnis))
        return call_id

    def _give_up(self, call_id: str) -> None:
        channel = self.channels.get(call_id)
        if channel is not None and channel.bridge is None:
            self.drop(call_id)

    def drop(self, channel_id: str, cause: int = 16) -> None:
        """A channel ends: its far side hung up, or we did."""
        channel = self.channels.pop(channel_id, None)
        if channel is None:
            return
        if channel.bridge is not None:
            self.bridges.get(channel.bridge, set()).discard(channel_id)
        if channel.entered:
            self.event(facts.ChannelGone(channel_id=channel_id, cause=cause))

    def open_page(self, agent_id: int) -> None:
        self.pages.add(agent_id)
        self.tell(facts.PageConnected(agent_id=agent_id))

    def close_page(self, agent_id: int) -> None:
        self.pages.discard(agent_id)
        self.tell(facts.PageLost(agent_id=agent_id))

    # ---- commands

    def _carry_out(self, command: do.Command) -> None:
        match command:
            case do.Journal():
                self.journal.append(command)
            case do.LookUp(call_id):
                found = facts.LookedUp(call_id=call_id, contact_id=1)
                engine = self.engine
                self.later(self.rng.choice((0.002, 0.1, 0.5)), lambda: self._if_same(engine, found))
            case do.PushCard(call_id, agent_id):
                self.pushed.add((call_id, agent_id))
                if agent_id in self.pages and self.rng.random() < 0.8:
                    shown = facts.CardShown(agent_id=agent_id, call_id=call_id)
                    engine = self.engine
                    self.later(self.rng.choice((0.01, 0.1, 0.3)), lambda: self._if_same(engine, shown))
            case do.PbxCommand():
                if self.connected:
                    self._pbx_command(command)

    def _if_same(self, engine: Engine, fact: facts.Fact) -> None:
        if engine is self.engine:
            self.tell(fact)

    def _pbx_command(self, command: do.PbxCommand) -> None:
        if isinstance(command, do.Bridge | do.CreateLeg | do.Dial | do.DestroyBridge) and self.rng.random() < 0.03:
            self.later(0.5, self._look)  # no answer came: the driver looks what became of it
            return
        match command:
            case do.Answer(channel_id=channel_id):
                self.later(0.01, lambda: self._up(channel_id))
            case do.CreateLeg(call_id=call_id, channel_id=channel_id):
                if self.rng.random() < 0.05:
                    failed = facts.CommandFailed(call_id=call_id, channel_id=channel_id, reason="no such endpoint")
                    self.later(0.01, lambda: self.event(failed))
                    return
                assert channel_id not in self.used, "an id was used again"
                self.used.add(channel_id)
                operator = int(channel_id.removeprefix(LEG_PREFIX).split("-")[0])
                self.channels[channel_id] = Channel(channel_id, operator=operator, entered=False)
                self.later(0.01, lambda: self._enter(channel_id))
            case do.Dial(channel_id=channel_id):
                self._ring(channel_id)
            case do.Bridge(call_id, bridge_id, channel_ids):
                self.later(0.01, lambda: self._bridge(call_id, bridge_id, channel_ids))
            case do.DestroyBridge(bridge_id=bridge_id):
                for member in self.bridges.pop(bridge_id, set()):
                    self.channels[member].bridge = None
            case do.HangUp(channel_id=channel_id):
                if self.rng.random() < 0.1 and channel_id not in self.told:
                    self.told.add(channel_id)  # the first request got lost: the engine has to ask again
                else:
                    self.later(0.01, lambda: self.drop(channel_id))
            case do.GiveBack(channel_id=channel_id):
                self.given_back.add(channel_id)
                self.later(0.01, lambda: self.drop(channel_id))

    def _look(self) -> None:
        if self.connected:
            self.tell(self.snapshot())

    def _up(self, channel_id: str) -> None:
        channel = self.channels.get(channel_id)
        if channel is not None and not channel.up:
            channel.up = True
            self.event(facts.ChannelUp(channel_id=channel_id))

    def _enter(self, channel_id: str) -> None:
        channel = self.channels.get(channel_id)
        if channel is not None:
            channel.entered = True
            self.event(facts.LegEntered(channel_id=channel_id))

    def _ring(self, channel_id: str) -> None:
        channel = self.channels.get(channel_id)
        if channel is None:
            return
        chance = self.rng.random()
        if chance < 0.7:
            self.later(self.rng.uniform(0.1, 15), lambda: self._up(channel_id))
        elif chance < 0.85:
            self.later(self.rng.uniform(0.1, 5), lambda: self.drop(channel_id, cause=21))

    def _bridge(self, call_id: str, bridge_id: str, channel_ids: tuple[str, ...]) -> None:
        if not all(channel_id in self.channels for channel_id in channel_ids):
            gone = facts.CommandFailed(call_id=call_id, channel_id=call_id, reason="channel not found")
            self.event(gone)
            return
        self.bridges.setdefault(bridge_id, set()).update(channel_ids)
        for channel_id in channel_ids:
            self.channels[channel_id].bridge = bridge_id
        leaver = self.rng.choice(channel_ids)
        self.later(self.rng.uniform(1, 2 * self._talk), lambda: self.drop(leaver))


def read_journal(entries: list[do.Journal]) -> facts.Restored:
    """What the database would give back: calls not ended and operators' last states."""
    calls: dict[str, RestoredCall] = {}
    operators: dict[int, RestoredOperator] = {}
    for entry in entries:
        if entry.kind == "agent.state" and entry.agent_id is not None:
            state = AgentState(entry.data["state"])
            operators[entry.agent_id] = RestoredOperator(
                id=entry.agent_id, state=state, reason=entry.data["reason"], since=entry.at
            )
        call_id = entry.call_id or ""
        if entry.kind == "call.arrived":
            calls[call_id] = RestoredCall(
                id=call_id,
                project_id=entry.data["project"],
                ani=entry.data["ani"],
                caller_name=entry.data["caller_name"],
                dnis=entry.data["dnis"],
                contact_id=None,
                agent_id=None,
                arrived_at=entry.at,
                answered_at=None,
                recording="",
            )
        elif entry.kind == "call.answered" and call_id in calls:
            calls[call_id] = msgspec.structs.replace(
                calls[call_id], agent_id=entry.agent_id, answered_at=entry.at, recording=entry.data["recording"]
            )
        elif entry.kind == "call.ended":
            calls.pop(call_id, None)
    return facts.Restored(calls=tuple(calls.values()), operators=tuple(operators.values()))
