"""What must hold at every moment of a simulated world, looked at from outside the engine where that is possible."""

from collections import Counter

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.model import read_leg_id
from telemarket.calls.views import AgentState, CallState
from telemarket.simulation.world import World


class Invariants:
    """Give `heard` and `check` to a World as its listener and as what it calls after each fact."""

    def __init__(self) -> None:
        self._arrived: Counter[str] = Counter()
        self._ended: Counter[str] = Counter()
        self._cards: set[str] = set()  # calls of which a card was pushed

    @property
    def calls(self) -> int:
        """That have come."""
        return len(self._arrived)

    def heard(self, world: World, what: facts.Fact | do.Command) -> None:
        """One fact or command: constant time."""
        match what:
            case do.Journal(kind="call.arrived", call_id=str(call_id)):
                self._arrived[call_id] += 1
            case do.Journal(kind="call.ended", call_id=str(call_id)):
                self._ended[call_id] += 1
                self._forget_lost(world)
                assert self._ended[call_id] <= self._arrived[call_id], "a call ended twice"
            case do.Journal(kind="call.offered", call_id=str(call_id)):
                self._check_order(world, call_id)
            case do.PushCard():
                self._cards.add(what.call_id)
            case do.Dial() if (named := read_leg_id(what.channel_id)) and named[0].isdigit():
                assert what.call_id in self._cards, "a telephone rings before the card was sent"

    def _check_order(self, world: World, call_id: str) -> None:
        """First come, first served: nobody who waits has waited longer than who is offered."""
        floor = world.engine.floor
        call = floor.calls.get(call_id)
        if call is None:  # the same fact ended it
            return
        first = next(iter(floor.waiting[call.project.id]), None)
        assert first is None or first.arrived_at >= call.arrived_at, "somebody was passed over"

    def check(self, world: World) -> None:
        """After each fact; time grows with the projects only."""
        if not world.engine.floor.pbx_connected:
            return
        floor = world.engine.floor
        for project_id, queue in floor.waiting.items():
            assert not (queue and floor.available.get(project_id)), "a caller waits while an operator is available"

    def check_floor(self, world: World) -> None:
        """Everything, after each fact: for small worlds."""
        self.check(world)
        self.check_conversations(world)
        floor = world.engine.floor
        for call in floor.calls.values():
            assert call.customer is None or call.customer in floor.channels
            assert (call in floor.waiting[call.project.id]) == (call.state is CallState.WAITING)
            assert call.state is not CallState.TALKING or call.leg or not floor.pbx_connected, "talks with nobody"
            assert call.state is not CallState.RINGING or call.legs, "rings nowhere"
            assert call.agent is None or call.agent.call is call
        for agent in floor.agents.values():
            if agent.state in (AgentState.RINGING, AgentState.TALKING):
                assert agent.call is not None
                has_own = agent.leg is not None and agent.leg.call is agent.call
                assert has_own or not floor.pbx_connected, "an operator has another's call"
            elif agent.state is AgentState.WATCHING:
                assert agent.leg is not None
            elif agent.state is not AgentState.WRAPUP:
                assert agent.call is None, f"{agent.state} with a call"
            assert agent.page or agent.state is not AgentState.RINGING, "rung without a page"

    def check_conversations(self, world: World) -> None:
        """As the PBX has it: nobody talks in two places at once."""
        pbx = world.pbx
        talking = Counter(
            leg[0]
            for channel in pbx.channels.values()
            if channel.bridge and len(pbx.bridges[channel.bridge]) > 1 and (leg := read_leg_id(channel.id))
        )
        assert set(talking.values()) <= {1}, "an operator talks in two calls"

    def _forget_lost(self, world: World) -> None:
        """What never reached the journal does not count."""
        for entry in world.lost:
            if entry.call_id is not None:
                self._arrived[entry.call_id] -= entry.kind == "call.arrived"
                self._ended[entry.call_id] -= entry.kind == "call.ended"
        world.lost.clear()

    def check_nothing_left(self, world: World) -> None:
        """Everybody went home. What was lost from the journal was told again by the next daemon."""
        pbx, floor = world.pbx, world.engine.floor
        assert not pbx.channels, "a channel was left behind"
        assert not pbx.bridges, "a bridge was left behind"
        assert not floor.calls
        assert not floor.channels
        self._forget_lost(world)
        assert +self._arrived == +self._ended, "not every call has one end"
