"""A day of a campaign, in steps of a quarter of a second. Nobody waits for it."""

import math
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Protocol

import msgspec

from telemarket.dialer.pacing import DAY, Orders, Outcome, Phase, Picture, Seat
from telemarket.simulation.dialing.figures import DayFigures
from telemarket.simulation.dialing.people import Callees, Detector, Operators

STEP = 0.25
_OPENS = 9 * 3600.0  # of the day, UTC
_FIRST_DAY = 1_700_006_400.0


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A day's course. Seconds."""

    hours: float = 8.0
    warm_up: float = 900.0
    """What operators do in it is not counted; calls abandoned are."""
    decide_every: float = 1.0
    connect_seconds: float = 2.0
    lines: int = 1_000_000


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign to try out."""

    operators: Operators
    callees: Callees = Callees()
    detector: Detector = Detector()
    shift: Shift = Shift()


class Placed(Protocol):
    """What a pacer answers."""

    @property
    def dial(self) -> int: ...


class Pacer(Protocol):
    """What places calls: the controller of real campaigns, or a rule to hold it against."""

    def decide(self, picture: Picture, orders: Orders = ...) -> Placed: ...
    def dialed(self, call: str, now: float) -> None: ...
    def answered(self, call: str, now: float) -> None: ...
    def ended(self, call: str, now: float, outcome: Outcome) -> None: ...
    def connected(self, call: str, now: float) -> None: ...
    def abandoned(self, call: str, now: float) -> None: ...
    def handled(self, operator: int, talk_seconds: float, wrap_seconds: float) -> None: ...


class _Callee(msgspec.Struct):
    """A call placed, and from `answered_at` on a person or a machine on the line."""

    name: str
    dialed_at: float
    human: bool = True
    customer: bool = False  # called by himself
    answered_at: int = 0  # a step


class World:
    """The operators, the calls and the clock of one day."""

    def __init__(self, number: int, scenario: Scenario, pacer: Pacer, seed: str) -> None:
        self.figures = DayFigures()
        self._callees, self._operators = scenario.callees, scenario.operators
        self._detector, self._shift = scenario.detector, scenario.shift
        self._pacer = pacer
        self._start = _FIRST_DAY + number * DAY + _OPENS
        self._people, self._lines = Random(f"people {seed}"), Random(f"lines {seed}")  # noqa: S311
        self._rates = self._draw_rates()
        self._step = 0
        self._due: dict[int, list[Callable[[], None]]] = {}
        self._seats: dict[int, Seat] = {}
        self._free: deque[int] = deque()
        self._ringing: dict[str, float] = {}
        self._waiting: deque[_Callee] = deque()
        self._placed = 0
        for operator in range(scenario.operators.count):
            self._becomes_free(operator)
        if scenario.operators.incoming:
            self._expect_customer()

    @property
    def now(self) -> float:
        """POSIX seconds."""
        return self._start + self._step * STEP

    def run(self) -> DayFigures:
        """Let the day pass."""
        every = round(self._shift.decide_every / STEP)
        grace = round(self._shift.connect_seconds / STEP)
        for step in range(round(self._shift.hours * 3600.0 / STEP)):
            self._step = step
            for action in self._due.pop(self._step, ()):
                action()
            while self._waiting and self._free:
                self._connect(self._waiting.popleft())
            self._give_up(grace)
            if step % every == 0:
                self._place()
                self._count(every * STEP)
        return self.figures

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._due.setdefault(self._step + max(1, math.ceil(seconds / STEP)), []).append(action)

    # ---- calls

    def _place(self) -> None:
        picture = Picture(
            now=self.now,
            seats=list(self._seats.values()),
            ringing=list(self._ringing.values()),
            waiting=len(self._waiting),
            incoming_rate=self._operators.incoming / 3600.0,
            lines=self._shift.lines - len(self._ringing),
        )
        for _ in range(self._pacer.decide(picture).dial):
            self._dial()

    def _dial(self) -> None:
        self._placed += 1
        self.figures.dialed += 1
        callee = _Callee(str(self._placed), self.now)
        self._ringing[callee.name] = self.now
        self._pacer.dialed(callee.name, self.now)
        dice, habits = self._lines, self._callees
        delay = habits.trunk_delay(dice)
        rate = self._rates[int(self._step * STEP // 3600)]
        drawn = dice.random()
        if drawn < rate + habits.machines:
            callee.human = drawn < rate
            self._later(delay + habits.answers_after(dice) + self._detector.takes, lambda: self._verdict(callee))
        elif dice.random() < habits.refused:
            outcome = Outcome.BUSY
            self._later(delay + habits.refused_after(dice), lambda: self._ends(callee, outcome))
        else:
            self._later(delay + habits.rings_out_after, lambda: self._ends(callee, Outcome.NO_ANSWER))

    def _ends(self, callee: _Callee, outcome: Outcome) -> None:
        del self._ringing[callee.name]
        self._pacer.ended(callee.name, self.now, outcome)

    def _verdict(self, callee: _Callee) -> None:
        detector = self._detector
        self.figures.machines += not callee.human
        wrong = self._lines.random() < (detector.people_lost if callee.human else detector.machines_passed)
        if callee.human is wrong:
            self.figures.abandoned += callee.human
            self._ends(callee, Outcome.MACHINE)
            return
        del self._ringing[callee.name]
        callee.answered_at = self._step
        self._pacer.answered(callee.name, self.now)
        self._waiting.append(callee)

    def _give_up(self, grace: int) -> None:
        for callee in [each for each in self._waiting if self._step - each.answered_at >= grace]:
            if callee.customer:
                continue
            self._waiting.remove(callee)
            self.figures.abandoned += callee.human
            self._pacer.abandoned(callee.name, self.now)

    def _connect(self, callee: _Callee) -> None:
        waited = self._step - callee.answered_at
        if not callee.customer:
            self._pacer.connected(callee.name, self.now)
            self.figures.connected += callee.human
            self.figures.waited += waited > 0
            self.figures.wait_seconds += waited * STEP
        operator = self._free.popleft()
        talk = (self._operators.talk if callee.human else self._detector.machine_talk)(self._people)
        pauses = self._operators.pauses > 0 and self._people.random() < self._operators.pauses
        self._seats[operator] = Seat(operator, Phase.TALKING, self.now)
        if pauses:
            self._later(talk * self._people.random(), lambda: self._wants_pause(operator))
        started = self._step
        self._later(talk, lambda: self._talk_ends(operator, started, pauses))

    # ---- operators

    def _wants_pause(self, operator: int) -> None:
        seat = self._seats[operator]
        self._seats[operator] = msgspec.structs.replace(seat, leaves=self.now)

    def _talk_ends(self, operator: int, started: int, pauses: bool) -> None:
        leaves = self.now if pauses else None
        self._seats[operator] = Seat(operator, Phase.WRAPUP, self.now, leaves)
        talked, wrapup = (self._step - started) * STEP, self._operators.wrapup(self._people)
        ended = self._step
        self._later(wrapup, lambda: self._wrapup_ends(operator, talked, ended, pauses))

    def _wrapup_ends(self, operator: int, talked: float, ended: int, pauses: bool) -> None:
        self._pacer.handled(operator, talked, (self._step - ended) * STEP)
        if pauses:
            del self._seats[operator]
            self._later(self._operators.pause(self._people), lambda: self._becomes_free(operator))
        else:
            self._becomes_free(operator)

    def _becomes_free(self, operator: int) -> None:
        self._seats[operator] = Seat(operator, Phase.FREE, self.now)
        self._free.append(operator)

    def _customer_calls(self) -> None:
        self._waiting.append(_Callee("", self.now, customer=True, answered_at=self._step))
        self._expect_customer()

    def _expect_customer(self) -> None:
        self._later(self._people.expovariate(self._operators.incoming / 3600.0), self._customer_calls)

    # ---- figures

    def _draw_rates(self) -> list[float]:
        """The answer rate of each hour."""
        habits = self._callees
        rates = [*habits.hourly, *[habits.answer_rate] * math.ceil(self._shift.hours)][: math.ceil(self._shift.hours)]
        if habits.swing is None:
            return rates
        return [rate * self._lines.uniform(*habits.swing) for rate in rates]

    def _count(self, seconds: float) -> None:
        figures, lines = self.figures, len(self._ringing) + len(self._waiting)
        figures.most_lines = max(figures.most_lines, lines)
        if self._step * STEP < self._shift.warm_up:
            return
        figures.counted_seconds += seconds
        figures.line_seconds += lines * seconds
        figures.staffed_seconds += len(self._seats) * seconds
        figures.busy_seconds += (len(self._seats) - len(self._free)) * seconds


def simulate(
    scenario: Scenario, pacer: Pacer, days: int, seed: str, progress: Callable[[], None] = lambda: None
) -> list[DayFigures]:
    """Days one after the other, with one pacer, which learns. The same seed gives the same days."""
    figures = []
    for number in range(days):
        figures.append(World(number, scenario, pacer, f"{seed}/{number}").run())
        progress()
    return figures
