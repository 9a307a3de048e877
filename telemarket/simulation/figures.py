"""What became of the calls, by half-hour of arrival, told by the journal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

from telemarket.calls import commands as do
from telemarket.calls.views import AgentState
from telemarket.simulation.habits import HALF_HOUR

HANDLING = frozenset({AgentState.RINGING, AgentState.TALKING, AgentState.WRAPUP})
"""States in which an operator works on a call and can take no other."""


@dataclass(slots=True)
class Figures:
    """Counts of calls, and sums of seconds. What nothing is known of, as of no calls at all, is None."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    waited: int = 0  # found every operator busy
    answered_within: int = 0  # the service level's threshold
    abandoned_within: int = 0
    wait_seconds: float = 0.0  # of the answered, from arrival to the operator's answer
    handling_seconds: float = 0.0  # of all operators
    available_seconds: float = 0.0

    @property
    def waits(self) -> float | None:
        """The share of callers who found every operator busy."""
        return _ratio(self.waited, self.offered)

    @property
    def abandons(self) -> float | None:
        """The share of callers who gave up."""
        return _ratio(self.abandoned, self.offered)

    @property
    def speed_of_answer(self) -> float | None:
        """ASA: the mean wait of the answered, in seconds."""
        return _ratio(self.wait_seconds, self.answered)

    @property
    def service_level(self) -> float | None:
        """Answered within the threshold / (offered - abandoned within it)."""
        return _ratio(self.answered_within, self.offered - self.abandoned_within)

    @property
    def occupancy(self) -> float | None:
        """Handling / (handling + available)."""
        return _ratio(self.handling_seconds, self.handling_seconds + self.available_seconds)


def total(parts: Iterable[Figures]) -> Figures:
    """All of them in one."""
    whole = Figures()
    for part in parts:
        for each in fields(Figures):
            setattr(whole, each.name, getattr(whole, each.name) + getattr(part, each.name))
    return whole


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


class Ledger:
    """Reads the journal's entries as they come. What arrives outside the half-hours is left out."""

    def __init__(self, start: float, half_hours: int, within: float) -> None:
        self.half_hours = [Figures() for _ in range(half_hours)]
        self._start, self._within = start, within
        self._arrived: dict[str, float] = {}
        self._queued: dict[str, bool] = {}  # whether a call was offered to an operator only after a wait
        self._answered: set[str] = set()
        self._states: dict[int, tuple[float, AgentState]] = {}

    def read(self, entry: do.Journal) -> None:
        """Take an entry in."""
        call_id = entry.call_id or ""
        match entry.kind:
            case "call.arrived":
                self._arrived[call_id] = entry.at
            case "call.offered":
                self._queued.setdefault(call_id, entry.at > self._arrived[call_id])
            case "call.answered":
                self._call_answered(call_id, entry.at)
            case "call.ended":
                self._call_ended(call_id, entry)
            case "agent.state" if entry.agent_id is not None:
                self._account(entry.agent_id, entry.at)
                self._states[entry.agent_id] = entry.at, AgentState(entry.data["state"])

    def close(self, at: float) -> None:
        """The day is over: account for the states operators are in."""
        for agent_id, (_, state) in self._states.items():
            self._account(agent_id, at)
            self._states[agent_id] = at, state

    def _of(self, at: float) -> Figures | None:
        number = int((at - self._start) // HALF_HOUR)
        return self.half_hours[number] if 0 <= number < len(self.half_hours) else None

    def _call_answered(self, call_id: str, at: float) -> None:
        arrived = self._arrived[call_id]
        figures = self._of(arrived)
        if figures is None or call_id in self._answered:
            return
        self._answered.add(call_id)
        figures.answered += 1
        figures.wait_seconds += at - arrived
        figures.answered_within += at - arrived <= self._within

    def _call_ended(self, call_id: str, entry: do.Journal) -> None:
        arrived = self._arrived.pop(call_id)
        queued = self._queued.pop(call_id, True)
        answered = call_id in self._answered
        self._answered.discard(call_id)
        figures = self._of(arrived)
        if figures is None:
            return
        figures.offered += 1
        figures.waited += queued
        if not answered and entry.data["result"] == "abandoned":
            figures.abandoned += 1
            figures.abandoned_within += entry.at - arrived <= self._within

    def _account(self, agent_id: int, until: float) -> None:
        """Spread the state an operator was in over the half-hours it lasted."""
        since, state = self._states.get(agent_id, (until, AgentState.OFFLINE))
        if state not in HANDLING and state is not AgentState.READY:
            return
        for figures, seconds in self._spread(since, until):
            if state is AgentState.READY:
                figures.available_seconds += seconds
            else:
                figures.handling_seconds += seconds

    def _spread(self, since: float, until: float) -> Iterator[tuple[Figures, float]]:
        at = max(since, self._start)
        while at < until and (figures := self._of(at)) is not None:
            end = min(until, self._start + ((at - self._start) // HALF_HOUR + 1) * HALF_HOUR)
            yield figures, end - at
            at = end
