"""What the follower knows: the PBX's calls and the operators whose telephones they ring."""

from dataclasses import dataclass, field

import msgspec

from telemarket.calls.model import Project
from telemarket.calls.views import AgentState, CallState


class Channel(msgspec.Struct, frozen=True):
    """A living channel: its name, the oldest channel it belongs with, and the number first dialed on it."""

    name: str
    linked: str
    dnis: str

    @property
    def local(self) -> bool:
        """Whether it is one of the PBX's own, between two parts of the dialplan."""
        return self.name.startswith("Local/")


@dataclass(slots=True)
class Leg:
    """A telephone that rings or talks for a call. In a `consultation` its operator talks with a colleague so far."""

    id: str
    user: int | None
    call: "FollowedCall"
    up: bool = False
    consultation: bool = False


@dataclass(slots=True)
class FollowedCall:
    """A caller in a queue or at an extension of the PBX. Times are POSIX seconds."""

    id: str
    linked: str
    project: Project | None
    queue: str
    ani: str
    caller_name: str
    dnis: str
    arrived_at: float
    contact_id: int | None = None
    waiting: bool = False
    agent: int | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    hung_up_by: str = ""
    legs: dict[str, Leg] = field(default_factory=dict)
    unanswered: dict[int, str] = field(default_factory=dict)  # why each ring at an operator ended
    touched_at: float = 0.0

    @property
    def talking(self) -> bool:
        """Whether the caller has somebody to talk with."""
        return any(leg.up and not leg.consultation for leg in self.legs.values())

    @property
    def state(self) -> CallState:
        """Where the caller is."""
        if self.ended_at is not None:
            return CallState.ENDED
        if self.talking:
            return CallState.TALKING
        return CallState.RINGING if self.legs else CallState.WAITING

    def legs_of(self, user: int) -> list[Leg]:
        """The telephones of one operator that this call has."""
        return [leg for leg in self.legs.values() if leg.user == user]


class Membership(msgspec.Struct, frozen=True):
    """An operator as a member of one queue. `reachable` is whether the PBX can ring his telephone."""

    user: int | None
    paused: bool
    reason: str
    reachable: bool


@dataclass(slots=True)
class Operator:
    """Somebody whose telephone is the PBX's."""

    id: int
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: float = 0.0
    call: FollowedCall | None = None
    wrapping_up: FollowedCall | None = None
    until: float | None = None  # when the wrap-up ends
    legs: dict[str, Leg] = field(default_factory=dict)

    def talks_in(self, call: FollowedCall) -> bool:
        """Whether his telephone is connected in this call."""
        return any(leg.up and leg.call is call for leg in self.legs.values())
