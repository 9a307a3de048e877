"""The call centre as a pure object: facts in, commands out. No I/O, no clock, no database.

    commands = engine.handle(fact, now)

`now` is POSIX seconds and never goes back. When `engine.next_deadline` comes, hand it a `TimePassed`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.callbacks import Callbacks
from telemarket.calls.campaign import Campaign
from telemarket.calls.crew import Crew
from telemarket.calls.ending import Ending
from telemarket.calls.entry import Entry
from telemarket.calls.floor import EngineSettings, Floor
from telemarket.calls.flow import CallFlow
from telemarket.calls.offering import Offering
from telemarket.calls.outgoing import Outgoing
from telemarket.calls.reconcile import Reconciler
from telemarket.calls.shift import Shift
from telemarket.calls.supervision import Supervision
from telemarket.calls.switch import Switch
from telemarket.calls.talking import Talking
from telemarket.calls.taping import Taping
from telemarket.calls.waiting import Waiting

Handler = Callable[[Any], None]


class Engine:
    """Composes the floor with what acts on it, and dispatches facts and deadlines."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self.floor = Floor(settings or EngineSettings())
        self._crew = crew = Crew(self.floor)
        crew.switch, crew.offering, crew.waiting = Switch(crew), Offering(crew), Waiting(crew)
        crew.talking, crew.taping = Talking(crew), Taping(crew)
        crew.entry, crew.callbacks, crew.campaign = Entry(crew), Callbacks(crew), Campaign(crew)
        crew.outgoing, crew.supervision, crew.ending = Outgoing(crew), Supervision(crew), Ending(crew)
        crew.tell = self._dispatch
        self._flow, self._shift = CallFlow(crew), Shift(crew)
        self._midnight = 0.0
        self._operator_handlers = self._of_operators()
        self._handlers = self._of_calls()
        self._deadlines = self._of_time()

    def _of_operators(self) -> dict[type, Callable[..., None]]:
        """What handles each fact about an operator."""
        shift, talking, supervision = self._shift, self._crew.talking, self._crew.supervision
        return {
            facts.PageConnected: lambda agent, _: shift.page_connected(agent),
            facts.PageLost: lambda agent, _: shift.page_lost(agent),
            facts.WantsReady: lambda agent, _: shift.wants_ready(agent),
            facts.WantsPause: shift.wants_pause,
            facts.WantsOffline: lambda agent, _: shift.wants_offline(agent),
            facts.WantsHangUp: lambda agent, _: shift.wants_hang_up(agent),
            facts.WantsMoreWrapUp: lambda agent, _: shift.wants_more_wrapup(agent),
            facts.ForcesState: shift.forces_state,
            facts.WantsHold: talking.wants_hold,
            facts.WantsMute: talking.wants_mute,
            facts.WantsTransfer: talking.wants_transfer,
            facts.WantsConsult: talking.wants_consult,
            facts.WantsDigits: talking.wants_digits,
            facts.WantsPark: lambda agent, _: talking.wants_park(agent),
            facts.WantsRetrieve: talking.wants_retrieve,
            facts.WantsRecording: talking.wants_recording,
            facts.WantsCall: self._crew.outgoing.wants_call,
            facts.WantsDial: lambda agent, _: self._crew.campaign.wants_dial(agent),
            facts.WantsSkip: self._crew.campaign.wants_skip,
            facts.WantsWatch: supervision.wants_watch,
            facts.WantsUnwatch: lambda agent, _: supervision.wants_unwatch(agent),
            facts.WantsTakeOver: lambda agent, _: supervision.wants_take_over(agent),
        }

    def _of_calls(self) -> dict[type, Handler]:
        """What handles every other fact."""
        flow, crew = self._flow, self._crew
        reconciler = Reconciler(crew, flow)
        return {
            facts.CallerArrived: flow.caller_arrived,
            facts.LegEntered: crew.offering.leg_entered,
            facts.ChannelUp: lambda fact: flow.channel_up(fact.channel_id),
            facts.ChannelGone: lambda fact: flow.channel_gone(fact.channel_id, fact.cause),
            facts.Digit: flow.digit,
            facts.PlaybackEnded: crew.entry.playback_ended,
            facts.CommandFailed: flow.command_failed,
            facts.PbxLost: self._pbx_lost,
            facts.SnapshotTaken: reconciler.snapshot,
            facts.LookedUp: flow.looked_up,
            facts.InputLookedUp: flow.input_looked_up,
            facts.ContactChosen: flow.contact_chosen,
            facts.CardShown: crew.offering.card_shown,
            facts.MovesCall: crew.supervision.moves_call,
            facts.EndsCall: crew.supervision.ends_call,
            facts.CallbackAsked: crew.callbacks.asked,
            facts.LeadDialed: crew.campaign.lead_dialed,
            facts.LeadWithdrawn: crew.campaign.withdrawn,
            facts.DetectionEnded: crew.campaign.detection_ended,
            facts.Configured: self._configured,
            facts.Restored: reconciler.restore,
            facts.TimePassed: lambda _: None,
        }

    def _of_time(self) -> dict[str, Callable[[str], None]]:
        """What handles each kind of deadline."""
        flow, shift, crew = self._flow, self._shift, self._crew
        agents = self.floor.agents
        return {
            "lookup": flow.lookup_due,
            "ghost": flow.ghost_due,
            "card": crew.offering.card_due,
            "ring": crew.offering.ring_due,
            "reap": crew.ending.reap_due,
            "prefer": crew.waiting.prefer_due,
            "relax": crew.waiting.relax_due,
            "overflow": crew.waiting.overflow_due,
            "announce": crew.waiting.announce_due,
            "queue": crew.waiting.queue_due,
            "offer": crew.callbacks.offer_due,
            "retry": crew.callbacks.retry_due,
            "listen": crew.entry.listen_due,
            "heard": crew.entry.heard_due,
            "park": crew.talking.park_due,
            "detect": crew.campaign.detect_due,
            "connect": crew.campaign.connect_due,
            "state": lambda agent_id: shift.state_due(agents[int(agent_id)]),
            "page": lambda agent_id: shift.page_due(agents[int(agent_id)]),
            "overrun": lambda agent_id: shift.overrun_due(agents[int(agent_id)]),
            "board": lambda _: self.floor.emit(do.BoardChanged()),
        }

    @property
    def next_deadline(self) -> float | None:
        """When the engine next wants to be called, in POSIX seconds; None if only facts can move it."""
        return self.floor.deadlines.next

    def expected_wait(self, project_id: int) -> float:
        """Seconds who arrives now would wait, about; 0 while somebody is ready."""
        floor = self.floor
        if floor.available.get(project_id):
            return 0.0
        place = len(floor.waiting.get(project_id, ())) + 1
        return self._crew.waiting.expected_wait(floor.projects[project_id], place)

    def longest_pause(self, agent_id: int) -> int:
        """Seconds this operator's pause may last; 0: as long as he likes."""
        return self._shift.longest_pause(self.floor.agents[agent_id])

    def handle(self, fact: facts.Fact, now: float) -> list[do.Command]:
        """Take in one fact that became known at `now`; returns what is to be done, in order.

        Deadlines that fell due before are handled first, each at its own time.
        """
        floor = self.floor
        now = max(now, floor.now)
        try:
            for at, kind, subject in floor.deadlines.pop_due(now):
                floor.now = max(at, floor.now)
                self._deadlines[kind](subject)
        finally:  # whatever a deadline does, the fact is not lost
            floor.now = now
            if now >= self._midnight:
                self._new_day()
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
        self._crew.waiting.route_all()

    def _new_day(self) -> None:
        """Nobody has taken a call yet."""
        for agent in self.floor.agents.values():
            agent.calls_today = 0
        today = datetime.fromtimestamp(self.floor.now, ZoneInfo(self.floor.settings.timezone))
        midnight = (today + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        self._midnight = midnight.timestamp()

    def _pbx_lost(self, _fact: facts.PbxLost) -> None:
        self.floor.pbx_connected = False
