"""What the engine alone costs a call, in virtual time: no PBX, no database, no page, nobody waits for anything.

Calls arrive, are looked up, offered, answered, talked and ended; every fact is told the moment it can be, and what the
engine wants is only looked at to know the next fact. Varied are the operators signed in and the callers that wait
already while it is measured, so that it shows whether a call costs more in a large centre. The peer, in turns with
it, is the least that any such centre has to do: a bare queue on a heap of events, without cards, legs, deadlines,
reasons or journal. The ratio says what all that costs.

JSON, `engine` a list of {`operators`, `waiting`, `calls`, `calls_per_s`, `bare_calls_per_s`, `to_bare`}: calls a second
of CPU, the best of the rounds, and how many times as much CPU a call takes as in the bare queue; and `slowdown`, how
many times as much it takes in the slowest row as in the smallest centre.
"""

import heapq
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from telemarket.calls import commands as do
from telemarket.calls import facts
from telemarket.calls.engine import Engine
from telemarket.calls.model import OperatorProfile, Project

OPERATORS = (10, 200, 2_000)
WAITING = (0, 500, 5_000)
CALLS = 4_000
ROUNDS = 3
PACE = 10.0  # calls a second end, whatever the size
DNIS = "100"


def run() -> dict[str, Any]:
    """Measure every size."""
    print(f"{'operators':>10}{'waiting':>9}{'calls/s':>11}{'bare/s':>11}{'ratio':>8}", flush=True)
    rows = [_measure(operators, waiting) for operators in OPERATORS for waiting in WAITING]
    slowdown = round(rows[0]["calls_per_s"] / min(row["calls_per_s"] for row in rows), 2)
    print(f"slowdown, slowest to smallest {slowdown}")
    return {"engine": rows, "slowdown": slowdown}


def _measure(operators: int, waiting: int) -> dict[str, Any]:
    engine, bare = 0.0, 0.0
    for _ in range(ROUNDS):
        engine = max(engine, _rate(Centre(operators, waiting).serve))
        bare = max(bare, _rate(BareQueue(operators, waiting).serve))
    row = {
        "operators": operators,
        "waiting": waiting,
        "calls": CALLS,
        "calls_per_s": round(engine),
        "bare_calls_per_s": round(bare),
        "to_bare": round(bare / engine, 1),
    }
    print(f"{operators:>10,}{waiting:>9,}{row['calls_per_s']:>11,}{row['bare_calls_per_s']:>11,}{row['to_bare']:>8}")
    return row


def _rate(serve: Callable[[], None]) -> float:
    started = time.process_time()
    serve()
    return CALLS / (time.process_time() - started)


def _talks(operators: int, waiting: int) -> tuple[int, float]:
    """Calls to begin with, and how long one lasts on average: everybody is busy if callers wait, else half of them."""
    begun = operators + waiting if waiting else operators // 2
    return begun, min(begun, operators) / PACE


class Centre:
    """The engine, and the least around it that makes calls come and go."""

    def __init__(self, operators: int, waiting: int) -> None:
        ids = range(1, operators + 1)
        project = Project(id=1, number="1", name="", dnis=(DNIS,), operator_ids=frozenset(ids), wrapup_seconds=0)
        self._engine = Engine()
        self._now = 1_700_000_000.0
        self._dice = random.Random(1)
        self._begun, self._talk = _talks(operators, waiting)
        self._calls = 0
        self._ends: list[tuple[float, str]] = []
        self._facts: deque[facts.Fact] = deque()
        profiles = tuple(OperatorProfile(id=each, endpoint=f"PJSIP/op{each}") for each in ids)
        self._tell(facts.Configured(projects=(project,), operators=profiles))
        self._tell(facts.SnapshotTaken(channels=(), bridges={}))
        for each in ids:
            self._tell(facts.PageConnected(agent_id=each))
            self._tell(facts.WantsReady(agent_id=each))
        for _ in range(self._begun):
            self._arrive()

    def serve(self) -> None:
        """CALLS calls end, and as many arrive."""
        for _ in range(CALLS):
            self._now, call_id = heapq.heappop(self._ends)
            while (deadline := self._engine.next_deadline) is not None and deadline <= self._now:
                self._tell(facts.TimePassed())
            self._tell(facts.ChannelGone(channel_id=call_id))
            self._arrive()
        assert len(self._engine.floor.calls) == self._begun

    def _arrive(self) -> None:
        self._calls += 1
        self._tell(facts.CallerArrived(channel_id=f"{self._calls}.1", ani="+380441234567", dnis=DNIS))

    def _tell(self, fact: facts.Fact) -> None:
        self._facts.append(fact)
        while self._facts:
            for command in self._engine.handle(self._facts.popleft(), self._now):
                self._react(command)

    def _react(self, command: do.Command) -> None:
        match command:
            case do.LookUp():
                self._facts.append(facts.LookedUp(call_id=command.call_id, contact_id=1))
            case do.PushCard():
                self._facts.append(facts.CardShown(agent_id=command.agent_id, call_id=command.call_id))
            case do.CreateLeg():
                self._facts.append(facts.LegEntered(channel_id=command.channel_id))
            case do.Dial():
                self._facts.append(facts.ChannelUp(channel_id=command.channel_id))
            case do.HangUp():
                self._facts.append(facts.ChannelGone(channel_id=command.channel_id))
            case do.Journal(kind="call.answered", call_id=str(call_id)):
                heapq.heappush(self._ends, (self._now + self._dice.expovariate(1 / self._talk), call_id))


class BareQueue:
    """First come, first served, and nothing else."""

    def __init__(self, operators: int, waiting: int) -> None:
        self._now = 0.0
        self._dice = random.Random(1)
        begun, self._talk = _talks(operators, waiting)
        self._idle = deque(range(operators))
        self._waiting: deque[int] = deque()
        self._ends: list[tuple[float, int, int]] = []
        self._calls = 0
        for _ in range(begun):
            self._arrive()

    def serve(self) -> None:
        """CALLS calls end, and as many arrive."""
        for _ in range(CALLS):
            self._now, _, operator = heapq.heappop(self._ends)
            self._idle.append(operator)
            self._connect()
            self._arrive()

    def _arrive(self) -> None:
        self._calls += 1
        self._waiting.append(self._calls)
        self._connect()

    def _connect(self) -> None:
        while self._waiting and self._idle:
            ends = self._now + self._dice.expovariate(1 / self._talk)
            heapq.heappush(self._ends, (ends, self._waiting.popleft(), self._idle.popleft()))
