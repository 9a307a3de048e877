"""The simulated world around one engine: PBX, people and their pages, and a daemon that can be killed."""

import math
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import count
from random import Random

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.engine import Engine
from telemarket.calls.floor import EngineSettings
from telemarket.calls.model import OperatorProfile, Project
from telemarket.calls.views import AgentState
from telemarket.simulation.agenda import Agenda
from telemarket.simulation.habits import AT_ONCE, Caller, CallerHabits, Duration, OperatorHabits
from telemarket.simulation.pbx import NO_FAULTS, USUAL_DELAYS, Delays, Faults, SimulatedPbx
from telemarket.simulation.people import People
from telemarket.simulation.store import SimulatedStore

NOT_ANSWERED = frozenset({"no-answer", "declined", "busy", "telephone-unreachable"})
"""Reasons of a pause the operator did not ask for."""

START_SECONDS = 1.0
"""What a daemon that was killed takes to be there again. What happens meanwhile is told late, not lost."""

SETTINGS = EngineSettings(dialable=lambda number: number if len(number) >= 5 else None)
"""The daemon's own, and every number may be called."""

Listener = Callable[["World", facts.Fact | do.Command], None]
Check = Callable[["World"], None]


class World:
    """Hands the engine what happens and carries out what it wants, in virtual time.

    `listener` hears every fact before the engine does, and every command before it is carried out; `after_each` is
    called when a fact has been dealt with.
    """

    def __init__(
        self,
        projects: Collection[Project],
        operators: Collection[OperatorProfile],
        *,
        dice: Random,
        callers: CallerHabits,
        habits: OperatorHabits,
        look_up: Duration = AT_ONCE,
        faults: Faults = NO_FAULTS,
        delays: Delays = USUAL_DELAYS,
        start: float = 1_700_000_000.0,
        listener: Listener = lambda _, __: None,
        after_each: Check = lambda _: None,
    ) -> None:
        self.agenda = Agenda(start)
        self.people = People(self.agenda, dice, callers, habits, [operator.endpoint for operator in operators])
        self.pbx = SimulatedPbx(self.agenda, dice, self.tell, self.people, faults=faults, delays=delays)
        self.store = SimulatedStore()
        self.engine = Engine(SETTINGS)
        self.pages: set[int] = set()
        self.lost: list[do.Journal] = []  # entries of the journal that never reached the disk
        self._configured = facts.Configured(projects=tuple(projects), operators=tuple(operators))
        self._dice, self._habits, self._look_up, self._callers = dice, habits, look_up, callers
        self._listener, self._after_each = listener, after_each
        self._ids = count(1)
        self.tell(self._configured)
        self.reconnect()

    @property
    def now(self) -> float:
        """POSIX seconds."""
        return self.agenda.now

    def run(self, seconds: float = math.inf) -> None:
        """Let so many seconds pass, or go on until nothing is left to happen: what happens and the engine's own
        deadlines, in order."""
        end = self.agenda.now + seconds
        while True:
            upcoming, deadline = self.agenda.next, self.engine.next_deadline
            if upcoming is not None and (deadline is None or upcoming <= deadline):
                if upcoming > end:
                    break
                self.agenda.step()
            elif deadline is not None and deadline <= end:
                self.agenda.now = max(self.agenda.now, deadline)
                self.tell(facts.TimePassed())
            else:
                break
        if math.isfinite(end):
            self.agenda.now = end

    def tell(self, fact: facts.Fact) -> None:
        """Let the engine know a fact, and do what it wants."""
        self._listener(self, fact)
        for command in self.engine.handle(fact, self.agenda.now):
            self._listener(self, command)
            self._carry_out(command)
        self._after_each(self)

    # ---- people

    def call(self, caller: Caller) -> str:
        """Somebody calls now, whatever `arrives_at` says; returns his channel."""
        call_id = f"{self.agenda.now:.0f}.{next(self._ids)}"
        self.people.call(self.pbx, call_id, caller)
        return call_id

    def expect(self, upcoming: Iterator[Caller]) -> None:
        """They call, each when his time comes; `upcoming` is in that order."""
        caller = next(upcoming, None)
        if caller is not None:
            self.agenda.later(caller.arrives_at - self.now, partial(self._arrives, caller, upcoming))

    def _arrives(self, caller: Caller, upcoming: Iterator[Caller]) -> None:
        self.call(caller)
        self.expect(upcoming)

    def open_page(self, agent_id: int) -> None:
        """The operator opens his page."""
        self.pages.add(agent_id)
        self.tell(facts.PageConnected(agent_id=agent_id))

    def close_page(self, agent_id: int) -> None:
        """He closes it, or loses the network."""
        self.pages.discard(agent_id)
        self.tell(facts.PageLost(agent_id=agent_id))

    def sign_in(self, agent_id: int) -> None:
        """He opens his page and presses Ready."""
        self.open_page(agent_id)
        self.tell(facts.WantsReady(agent_id=agent_id))

    # ---- faults

    def disconnect(self) -> None:
        """The event socket closes."""
        self.pbx.connected = False
        self.tell(facts.PbxLost())

    def reconnect(self) -> None:
        """It opens again, and the driver looks at what there is."""
        self.pbx.connected = True
        self.tell(self.pbx.snapshot())

    def audit(self) -> None:
        """What the driver does each minute: look, if the PBX is not as the engine believes."""
        if self.pbx.connected and set(self.pbx.channels) != set(self.engine.floor.channels):
            self.tell(self.pbx.snapshot())

    def restart(self, lost_entries: int = 0) -> None:
        """kill -9 the daemon, and start it again: the last entries of its journal never reached the disk."""
        self.lost += self.store.crash(lost_entries)
        self.engine = Engine(SETTINGS)
        self.pages.clear()
        self.agenda.now += START_SECONDS
        self.tell(self._configured)
        self.tell(self.store.restored())
        self.reconnect()

    # ---- commands

    def _carry_out(self, command: do.Command) -> None:
        match command:
            case do.PbxCommand():
                self.pbx.carry_out(command)
            case do.Journal():
                self.store.append(command)
                self._read(command)
            case do.LookUp():
                self._later(self._look_up(self._dice), facts.LookedUp(call_id=command.call_id, contact_id=1))
            case do.LookUpInput():
                self._later(self._look_up(self._dice), facts.InputLookedUp(call_id=command.call_id, contact_id=2))
            case do.Listen():
                self._later(self._callers.detection(self._dice), self._verdict(command))
            case do.PushCard():
                self._show_card(command)
            case do.ForgetCard() | do.OperatorChanged() | do.QueueChanged() | do.BoardChanged():
                pass
            case _:
                raise TypeError(f"The simulated world does not know the command {type(command).__name__}.")

    def _verdict(self, command: do.Listen) -> facts.DetectionEnded:
        machine = self._dice.random() < self._callers.machines
        return facts.DetectionEnded(call_id=command.call_id, verdict="machine" if machine else "human")

    def _later(self, delay: float, fact: facts.Fact) -> None:
        """Tell this daemon, not one that is started meanwhile."""
        self.agenda.later(delay, partial(self._tell_only, self.engine, fact))

    def _tell_only(self, engine: Engine, fact: facts.Fact) -> None:
        if engine is self.engine:
            self.tell(fact)

    def _show_card(self, command: do.PushCard) -> None:
        if command.agent_id in self.pages and self._dice.random() >= self._habits.cards_unseen:
            shown = facts.CardShown(agent_id=command.agent_id, call_id=command.call_id)
            self._later(self._habits.card(self._dice), shown)

    def _read(self, entry: do.Journal) -> None:
        """An operator whose page says that he was paused, because he did not answer, presses Ready some time."""
        if entry.kind != "agent.state" or self._habits.back is None or entry.agent_id is None:
            return
        if entry.data["state"] == AgentState.PAUSED and entry.data["reason"] in NOT_ANSWERED:
            self._later(self._habits.back(self._dice), facts.WantsReady(agent_id=entry.agent_id))
