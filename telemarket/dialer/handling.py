"""How long operators talk and finish their calls, read from the changes of their states."""

from dataclasses import dataclass

from telemarket.calls.views import AgentState
from telemarket.core.journal import Entry


@dataclass(slots=True)
class Handled:
    """A call an operator is through with. Durations in seconds."""

    operator_id: int
    talk_seconds: float
    wrap_seconds: float


@dataclass(slots=True)
class _Course:
    talking_since: float
    talk_seconds: float | None = None
    wrap_since: float = 0.0


class Handling:
    """Follows the "agent.state" entries."""

    def __init__(self) -> None:
        self._courses: dict[int, _Course] = {}

    def take(self, entry: Entry) -> Handled | None:
        """The call this change of state ends an operator's part in, if it does."""
        if entry.agent_id is None:
            return None
        at, state = entry.at.timestamp(), entry.data["state"]
        course = self._courses.get(entry.agent_id)
        if state == AgentState.TALKING:
            self._courses[entry.agent_id] = _Course(at)
        elif course is None:
            return None
        elif state == AgentState.WRAPUP:
            course.talk_seconds, course.wrap_since = at - course.talking_since, at
            return None
        else:
            del self._courses[entry.agent_id]
        return _handled(entry.agent_id, course, at) if course is not None else None


def _handled(operator_id: int, course: _Course, at: float) -> Handled:
    if course.talk_seconds is None:
        return Handled(operator_id, at - course.talking_since, 0.0)
    return Handled(operator_id, course.talk_seconds, at - course.wrap_since)
