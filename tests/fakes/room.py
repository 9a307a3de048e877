"""A small call centre whose clock is moved by hand: every fact is told, every command is looked at."""

from typing import Any, TypeVar

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.destinations import parse_destination
from telemarket.calls.engine import Engine
from telemarket.calls.floor import EngineSettings
from telemarket.calls.model import Call, LegRole, OperatorProfile, Project
from telemarket.calls.plan import Plan
from telemarket.calls.views import AgentState, ConsultEnd

PROJECT = Project(id=1, number="077", name="КАСКО", dnis=("100",), operator_ids=frozenset({1, 2}), wrapup_seconds=10)
OTHER = Project(id=2, number="078", name="ДМС", dnis=("200",), operator_ids=frozenset({3}))
OPERATORS = tuple(OperatorProfile(id=i, endpoint=f"PJSIP/op{i}", login=f"op{i}") for i in (1, 2, 3))
NUMBER = "+380441112233"


def dialable(number: str) -> str | None:
    """Numbers of Ukraine, in full."""
    national = number.removeprefix("+").removeprefix("38")
    return f"+38{national}" if national.startswith("0") and len(national) == 10 and national[1] != "9" else None


C = TypeVar("C", bound=do.Command)


class Room:
    """Operators 1 and 2 serve project 077, operator 3 serves 078; all have their desks open."""

    def __init__(
        self, *projects: Project, operators: tuple[OperatorProfile, ...] = OPERATORS, looked: bool = True
    ) -> None:
        self.operators = operators
        self.engine = Engine(EngineSettings(dialable=dialable))
        self.now = 1_800_000_000.0
        self.done: list[do.Command] = []
        self.tell(facts.Configured(projects=projects or (PROJECT, OTHER), operators=operators))
        if looked:
            self.tell(facts.SnapshotTaken(channels=(), bridges={}))

    # ---- what happens

    def tell(self, fact: facts.Fact, after: float = 0.0) -> list[do.Command]:
        self.now += after
        commands = self.engine.handle(fact, self.now)
        self.done += commands
        return commands

    def passes(self, seconds: float) -> list[do.Command]:
        return self.tell(facts.TimePassed(), after=seconds)

    def ready(self, *agent_ids: int) -> None:
        for agent_id in agent_ids:
            self.tell(facts.PageConnected(agent_id=agent_id))
            self.tell(facts.WantsReady(agent_id=agent_id))
            self.now += 1

    def arrives(self, call_id: str = "1.1", dnis: str = "100", **known: Any) -> None:
        self.tell(facts.CallerArrived(channel_id=call_id, ani="380441234567", dnis=dnis))
        self.tell(facts.LookedUp(call_id=call_id, **({"contact_id": 7} | known)))

    def picks_up(self, leg: str) -> list[do.Command]:
        """The telephone of this leg is dialed and answered."""
        self.tell(facts.LegEntered(channel_id=leg))
        self.passes(1)
        return self.tell(facts.ChannelUp(channel_id=leg))

    def answers(self, call_id: str = "1.1") -> None:
        """The telephone that rings is picked up, and the caller is put through to it."""
        told = self.picks_up(self.leg(call_id))
        if do.Answer(call_id, call_id) in told:
            self.tell(facts.ChannelUp(channel_id=call_id))

    def talking(self, agent_id: int = 1, call_id: str = "1.1", dnis: str = "100") -> None:
        """The operator takes a call."""
        self.ready(agent_id)
        self.arrives(call_id, dnis)
        self.answers(call_id)
        assert self.state(agent_id) is AgentState.TALKING

    def consults(self, agent_id: int, to: str) -> str:
        """The operator asks somebody; returns the leg that rings."""
        self.transfer(agent_id, to, attended=True)
        call = self.engine.floor.agents[agent_id].call
        assert call is not None
        return call.having(LegRole.CONSULTED)[0].id

    def transfer(self, agent_id: int, to: str, *, attended: bool = False) -> list[do.Command]:
        return self.tell(facts.WantsTransfer(agent_id=agent_id, to=parse_destination(to), attended=attended))

    def decides(self, agent_id: int, how: ConsultEnd) -> list[do.Command]:
        return self.tell(facts.WantsConsult(agent_id=agent_id, how=how))

    def presses(self, digits: str, channel_id: str = "1.1") -> list[do.Command]:
        return [command for digit in digits for command in self.tell(facts.Digit(channel_id=channel_id, digit=digit))]

    def hears_it_out(self, call_id: str = "1.1") -> list[do.Command]:
        """What the caller is being told has been said."""
        return self.tell(facts.PlaybackEnded(playback_id=self.call(call_id).playback))

    # ---- how it stands

    def call(self, call_id: str = "1.1") -> Call:
        return self.engine.floor.calls[call_id]

    def leg(self, call_id: str = "1.1") -> str:
        return next(reversed(self.call(call_id).legs))

    def state(self, agent_id: int) -> AgentState:
        return self.engine.floor.agents[agent_id].state

    def in_bridge(self, call_id: str = "1.1") -> set[str]:
        return self.call(call_id).joined

    def owner(self, call_id: str = "1.1") -> int | None:
        agent = self.call(call_id).agent
        return agent.id if agent else None

    # ---- what was done

    def all(self, kind: type[C]) -> list[C]:
        return [command for command in self.done if isinstance(command, kind)]

    def said(self, call_id: str = "1.1") -> list[str]:
        """What the caller has been told, by name."""
        return [name for play in self.all(do.Play) if play.call_id == call_id for name in play.media]

    def written(self, kind: str) -> list[dict[str, Any]]:
        """The data of the journal's entries of this kind."""
        return [entry.data for entry in self.all(do.Journal) if entry.kind == kind]

    def result(self, call_id: str = "1.1") -> str:
        """How the call ended, according to its one record."""
        ends = [entry.data for entry in self.all(do.Journal) if entry.kind == "call.ended" and entry.call_id == call_id]
        assert len(ends) == 1, ends
        return str(ends[0]["result"])


def planned(**plan: Any) -> Project:
    """Project 077 with this plan."""
    return Project(
        id=1,
        number="077",
        name="КАСКО",
        dnis=("100",),
        operator_ids=frozenset({1, 2}),
        wrapup_seconds=10,
        plan=Plan(**plan),
    )
