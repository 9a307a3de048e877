"""What must hold at every moment of a simulated world, looked at from outside the engine where that is possible."""

from collections import Counter, defaultdict

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import Agent, Call, LegRole, read_leg_id
from telemarket.calls.views import AgentState, CallState, DialMode
from telemarket.simulation.world import World

WITH_A_CALL = (AgentState.RINGING, AgentState.TALKING, AgentState.WATCHING)
OUT_OF_TURN = (
    "picked",
    "own-call",
    "consulted",
    "transferred",
    "parked",
    "consultant",
    "last-operator",
    "preview",
    "campaign",
)
"""Why a call may be offered before others: somebody asked for it, or it waits for this operator only."""


class Invariants:
    """Give `heard` and one of the checks to a World as its listener and as what it calls after each fact."""

    def __init__(self) -> None:
        self.results: Counter[str] = Counter()
        self._arrived: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._cards: set[str] = set()  # calls of which a card was pushed

    @property
    def calls(self) -> int:
        """That have come."""
        return len(self._arrived)

    def heard(self, world: World, what: facts.Fact | do.Command) -> None:
        """One fact or command: hardly more than constant time."""
        match what:
            case do.Journal(kind="call.arrived", call_id=str(call_id)):
                self._arrived[call_id] += 1
            case do.Journal(kind="call.ended", call_id=str(call_id)):
                self._ended[call_id] += 1
                self.results[what.data["result"]] += 1
                self._forget_lost(world)
                assert self._ended[call_id] <= self._arrived[call_id], "a call ended twice"
            case do.Journal(kind="call.offered", call_id=str(call_id), agent_id=int(agent_id)):
                if what.data["reasons"].get("strategy") not in OUT_OF_TURN:
                    _check_turn(world, call_id, agent_id)
            case do.Journal(kind="call.answered", call_id=str(call_id)):
                _check_in_time(world, call_id)
            case do.PushCard():
                self._cards.add(what.call_id)
            case do.Dial() if (leg := read_leg_id(what.channel_id)) and leg[0].isdigit():
                assert what.call_id in self._cards, "an operator's telephone rings before the card was sent"

    def check(self, world: World) -> None:
        """After each fact: nobody waits while somebody who may take him is idle."""
        floor = world.engine.floor
        if not floor.pbx_connected:
            return
        for project_id, line in floor.waiting.items():
            available = floor.available.get(project_id)
            if line and available:
                for call in line:
                    idle = [agent.id for agent in available.values() if _eligible(world, agent, call)]
                    assert not idle, f"{call.id} waits while {idle} are idle"
        for lead in floor.leads.values():
            assert lead.terms is not None
            idle = [number for number in floor.available[lead.project.id] if number in lead.terms.operator_ids]
            assert not idle, f"the lead {lead.id} waits while {idle} are idle"

    def check_floor(self, world: World) -> None:
        """After each fact, for small worlds: everything."""
        self.check(world)
        _check_conversations(world)
        if world.engine.floor.pbx_connected:
            _check_calls(world)
            _check_agents(world)

    def check_nothing_left(self, world: World) -> None:
        """Everybody went home. What was lost from the journal was told again by the next daemon."""
        pbx, floor = world.pbx, world.engine.floor
        assert not pbx.channels, "a channel was left behind"
        assert not pbx.bridges, "a bridge was left behind"
        assert not floor.calls
        assert not floor.channels
        assert not floor.legs
        assert not floor.closing
        assert not floor.given_back
        assert not floor.leads
        assert not any(floor.held_for.values())
        assert not any(floor.waiting.values())
        self._forget_lost(world)
        assert +self._arrived == +self._ended, "not every call has one end"

    def _forget_lost(self, world: World) -> None:
        """What never reached the journal does not count."""
        for entry in world.lost:
            if entry.call_id is not None:
                self._arrived[entry.call_id] -= entry.kind == "call.arrived"
                self._ended[entry.call_id] -= entry.kind == "call.ended"
        world.lost.clear()


def _eligible(world: World, agent: Agent, call: Call) -> bool:
    """Whether the operator may have this call now."""
    now = world.engine.floor.now
    if call.preferred not in (None, agent.id) and now < call.preferred_until:
        return False
    waited = now - call.arrived_at
    return all(agent.skills.get(need.skill, 0) >= need.level_after(waited) for need in call.project.plan.skills)


def _check_turn(world: World, call_id: str, agent_id: int) -> None:
    """First come, first served, among those of one queue and priority this operator may take."""
    floor = world.engine.floor
    call, agent = floor.calls.get(call_id), floor.agents[agent_id]
    if call is None or call.at_head or call.project.id not in agent.projects:  # ended by the same fact; goes first
        return
    for other in floor.waiting[call.project.id]:
        if other.arrived_at >= call.arrived_at and not other.at_head:
            break
        if other.transferred_by == agent_id:  # he has just passed it on himself
            continue
        passed_over = other.project is call.project and other.priority >= call.priority
        assert not (passed_over and _eligible(world, agent, other)), f"{other.id} was passed over for {call.id}"


def _check_in_time(world: World, call_id: str) -> None:
    """A lead who was called first hears an operator within the seconds of his terms, or none at all."""
    call = world.engine.floor.calls.get(call_id)
    if call is None or call.terms is None or call.terms.mode is DialMode.PREVIEW or call.transferred_by is not None:
        return
    assert call.customer_answered_at is not None
    waited = world.engine.floor.now - call.customer_answered_at
    allowed = call.terms.connect_seconds + (call.terms.detect_seconds if call.terms.detect else 0.0)
    if call.answered_at == world.engine.floor.now:
        assert waited <= allowed, f"connected {waited} s after his answer"


def _check_conversations(world: World) -> None:
    """As the PBX has it: nobody talks in two places at once. Who is left alone in a bridge talks with nobody."""
    bridges: defaultdict[str, set[str]] = defaultdict(set)
    for channel in world.pbx.channels.values():
        talks = channel.bridge is not None and len(world.pbx.bridges[channel.bridge]) > 1
        if channel.bridge and talks and (leg := read_leg_id(channel.id)) and leg[0].isdigit():
            bridges[leg[0]].add(channel.bridge)
    for operator, places in bridges.items():
        assert len(places) == 1, f"operator {operator} talks in {places}"


def _check_calls(world: World) -> None:
    floor = world.engine.floor
    for call in floor.calls.values():
        assert call.customer is None or floor.channels.get(call.customer) is call
        in_lines = [project_id for project_id, line in floor.waiting.items() if call in line]
        waits = call.state is CallState.WAITING
        assert sorted(in_lines) == (sorted(call.queue_ids) if waits and not call.unserved else [])
        assert (call.id in floor.leads) is bool(waits and call.unserved)
        assert call.state is not CallState.TALKING or call.leg is not None, "a conversation without an operator"
        assert call.leg is None or call.legs.get(call.leg.id) is call.leg
    for leg in floor.legs.values():
        assert leg.call.legs.get(leg.id) is leg
        assert leg.call.id in floor.calls, "a leg of a call that has ended"
        assert leg.agent is None or leg.role is LegRole.SNOOP or leg.agent.leg is leg, "an operator has two legs"


def _check_agents(world: World) -> None:
    for agent in world.engine.floor.agents.values():
        if agent.state is AgentState.PREVIEW:
            assert agent.call is not None, "nobody to look at"
            assert agent.call.unserved, "he looks at somebody who is being talked with"
            assert agent.leg is None, "his telephone is not silent"
        elif agent.state in WITH_A_CALL:
            assert agent.call is not None, f"{agent.state} without a call"
            assert agent.leg is not None, f"{agent.state} without a telephone"
            assert agent.leg.call is agent.call, "an operator has another call's telephone"
        elif agent.state is not AgentState.WRAPUP:
            assert agent.call is None, f"{agent.state} with a call"
            assert agent.leg is None, f"{agent.state} with a telephone in a call"
        assert agent.page or agent.state is not AgentState.RINGING, "rung without a page"
