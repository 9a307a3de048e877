"""The call centre as a pure object: facts in, commands out. No I/O, no clock, no database.

    commands = engine.handle(fact, now)

`now` is POSIX seconds and never goes back. When `engine.next_deadline` comes, hand it a `TimePassed`.
"""

from collections.abc import Callable
from typing import Any

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.floor import EngineSettings, Floor
from telemarket.calls.flow import CallFlow
from telemarket.calls.reconcile import Reconciler
from telemarket.calls.shift import Shift


class Engine:
    """Composes the floor with what acts on it, and dispatches facts and deadlines."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self.floor = Floor(settings or EngineSettings())
        self._flow = flow = CallFlow(self.floor)
        shift = Shift(self.floor, flow)
        reconciler = Reconciler(self.floor, flow)
        self._operator_handlers: dict[type, Callable[..., None]] = {
            facts.PageConnected: lambda agent, _: shift.page_connected(agent),
            facts.PageLost: lambda agent, _: shift.page_lost(agent),
            facts.WantsReady: lambda agent, _: shift.wants_ready(agent),
            facts.WantsPause: shift.wants_pause,
            facts.WantsOffline: lambda agent, _: shift.wants_offline(agent),
            facts.WantsHangUp: lambda agent, _: shift.wants_hang_up(agent),
        }
        self._handlers: dict[type, Callable[[Any], None]] = {
            facts.CallerArrived: flow.caller_arrived,
            facts.LegEntered: flow.leg_entered,
            facts.ChannelUp: flow.channel_up,
            facts.ChannelGone: lambda fact: flow.channel_gone(fact.channel_id, fact.cause),
            facts.CommandFailed: flow.command_failed,
            facts.PbxLost: self._pbx_lost,
            facts.SnapshotTaken: reconciler.snapshot,
            facts.LookedUp: flow.looked_up,
            facts.ContactChosen: flow.contact_chosen,
            facts.CardShown: flow.card_shown,
            facts.Configured: self._configured,
            facts.Restored: reconciler.restore,
            facts.TimePassed: lambda _: None,
        }
        self._deadlines: dict[str, Callable[[str], None]] = {
            "lookup": flow.lookup_due,
            "card": flow.card_due,
            "ring": flow.ring_due,
            "reap": flow.reap_due,
            "ghost": flow.ghost_due,
            "state": lambda agent_id: shift.state_due(self.floor.agents[int(agent_id)]),
            "page": lambda agent_id: shift.page_due(self.floor.agents[int(agent_id)]),
            "queue": lambda project_id: self.floor.emit(do.QueueChanged(int(project_id))),
        }

    @property
    def next_deadline(self) -> float | None:
        """When the engine next wants to be called, in POSIX seconds; None if only facts can move it."""
        return self.floor.deadlines.next

    def handle(self, fact: facts.Fact, now: float) -> list[do.Command]:
        """Take in one fact that became known at `now`; returns what is to be done, in order.

        Deadlines that fell due before are handled first, each at its own time.
        """
        floor = self.floor
        now = max(now, floor.now)
        for at, kind, subject in floor.deadlines.pop_due(now):
            floor.now = max(at, floor.now)
            self._deadlines[kind](subject)
        floor.now = now
        self._dispatch(fact)
        return floor.take_commands()

    def _dispatch(self, fact: facts.Fact) -> None:
        handler = self._operator_handlers.get(type(fact))
        if handler is None:
            self._handlers[type(fact)](fact)
        elif (agent := self.floor.agents.get(fact.agent_id)) is not None:  # type: ignore[attr-defined]
            handler(agent, fact)

    def _configured(self, fact: facts.Configured) -> None:
        self.floor.configure(fact.projects, fact.operators)
        for project_id in self.floor.projects:
            self._flow.route(project_id)

    def _pbx_lost(self, _fact: facts.PbxLost) -> None:
        self.floor.pbx_connected = False
