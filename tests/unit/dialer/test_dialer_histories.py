"""Random histories of a campaign: whatever happens, each lead called ends once, and no line is lost."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from telemarket.calls import facts
from telemarket.calls.model import LegRole
from telemarket.calls.views import AgentState, DialMode
from telemarket.dialer.model import Pace, Terms, Trunk
from tests.fakes.dialing_room import DialingRoom, campaign

LINES = 3
CAUSES = (1, 16, 17, 19, 21, 34, 102)


class History:
    """Lets things happen to a campaign."""

    def __init__(self, mode: DialMode, seed: int) -> None:
        self.dice = Random(seed)
        terms = Terms(
            trunks=(Trunk(lines=LINES, per_second=5),),
            message="sorry",
            pace=Pace(most_per_operator=3),
            preview_seconds=9,
        )
        self.room = DialingRoom(campaign(mode, terms))
        self.arrived = 0

    async def goes_on(self, steps: int) -> None:
        self.room.ready(1, 2)
        for _ in range(steps):
            self.dice.choice((self._leg, self._leg, self._leg, self._operator, self._caller, self._time))()
            await self.room.ticks(self.dice.choice((0.0, 0.5, 3.0)))
            self.holds()

    def holds(self) -> None:
        running = self.room.dialer.running[1]
        calls = self.room.engine.floor.calls
        living = {call_id for call_id, call in calls.items() if call.terms is not None}
        assert set(running.calls) == living, "the dialer and the engine do not know the same calls"
        assert len(living) <= LINES
        ended = [end.attempt_id for end in self.room.ended]
        assert len(ended) == len(set(ended)), "a call ended twice"
        view = self.room.dialer.view(1)
        assert view is not None
        assert view.lines == len(living)

    async def ends(self) -> None:
        """Nothing new is called, and everybody hangs up."""
        self.room.claims.leads.clear()
        for _ in range(10):
            for channel_id in tuple(self.room.engine.floor.channels):
                self.room.tell(facts.ChannelGone(channel_id=channel_id, cause=16))
            self.room.passes(60)
            await self.room.ticks()
        assert not self.room.dialer.running[1].calls

    def _leg(self) -> None:
        legs = list(self.room.engine.floor.legs.values())
        if not legs:
            return
        leg = self.dice.choice(legs)
        if self.dice.random() < 0.3:
            self.room.tell(facts.ChannelGone(channel_id=leg.id, cause=self.dice.choice(CAUSES)))
        elif not leg.entered:
            self.room.tell(facts.LegEntered(channel_id=leg.id))
        elif not leg.up and (leg.dialed or leg.role is LegRole.CUSTOMER):
            self.room.tell(facts.ChannelUp(channel_id=leg.id))

    def _operator(self) -> None:
        agent_id = self.dice.choice((1, 2))
        wish = self.dice.choice(
            (
                facts.WantsReady(agent_id=agent_id),
                facts.WantsPause(agent_id=agent_id, reason="обід"),
                facts.WantsHangUp(agent_id=agent_id),
                facts.WantsDial(agent_id=agent_id),
                facts.WantsSkip(agent_id=agent_id, reason="пізніше"),
            )
        )
        self.room.tell(wish)

    def _caller(self) -> None:
        self.arrived += 1
        self.room.arrives(f"9.{self.arrived}")

    def _time(self) -> None:
        self.room.passes(self.dice.choice((1, 5, 30)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DialMode), st.integers(0, 2**32))
async def test_every_lead_called_ends_once(mode: DialMode, seed: int) -> None:
    history = History(mode, seed)
    await history.goes_on(60)
    await history.ends()
    called = {end.attempt_id for end in history.room.ended}
    assert {f"a{lead}" for lead in history.room.dialed} <= called
    assert all(history.room.state(agent) is not AgentState.TALKING for agent in (1, 2))
