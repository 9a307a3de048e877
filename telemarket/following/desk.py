"""The operators whose telephones are followed: what each is doing, as the PBX shows it."""

from telemarket.calls import commands as do
from telemarket.calls.views import AgentState
from telemarket.following.directory import Directory
from telemarket.following.model import FollowedCall, Leg, Membership, Operator

SOURCE = "app_queue"
"""What entries of the journal that come from following are marked with."""

_State = tuple[AgentState, str, FollowedCall | None]


class OperatorDesk:
    """States follow from telephones, queue memberships and open pages; nobody sets them."""

    def __init__(self) -> None:
        self.operators: dict[int, Operator] = {}
        self._at_extensions: frozenset[int] = frozenset()
        self._members: dict[tuple[str, str], Membership] = {}
        self._pages: set[int] = set()
        self._touched: set[int] = set()
        self._told: set[int] = set()

    @property
    def next_deadline(self) -> float | None:
        """When the next wrap-up ends, in POSIX seconds."""
        return min((each.until for each in self.operators.values() if each.until is not None), default=None)

    def configure(self, directory: Directory) -> None:
        """Take the people there are."""
        self._touched |= self._at_extensions ^ directory.at_extensions
        self._at_extensions = directory.at_extensions
        for user in directory.others - self.operators.keys():
            self.operators[user] = Operator(user)
            self._touched.add(user)
        for user in self.operators.keys() - directory.others:
            del self.operators[user]

    def follows(self, user: int) -> bool:
        """Whether the PBX's queues or extensions have to do with somebody: who serves neither is left alone."""
        operator = self.operators.get(user)
        if operator is None:
            return False
        at_work = bool(operator.legs) or operator.call is not None
        return at_work or user in self._at_extensions or bool(self.memberships(user))

    # ---- what happens

    def leg_added(self, leg: Leg) -> None:
        """A telephone rings."""
        if operator := self.operators.get(leg.user or 0):
            operator.legs[leg.id] = leg
        self.touch(leg.user)

    def leg_removed(self, leg: Leg) -> None:
        """A telephone is silent again."""
        if operator := self.operators.get(leg.user or 0):
            operator.legs.pop(leg.id, None)
        self.touch(leg.user)

    def member(self, queue: str, interface: str, membership: Membership | None) -> None:
        """How somebody stands in a queue; None: he is no member any more."""
        before = self._members.pop((queue, interface), None)
        if membership is not None:
            self._members[queue, interface] = membership
        for each in (before, membership):
            if each is not None:
                self.touch(each.user)

    def forget_members(self) -> None:
        """The list of members comes anew."""
        for membership in self._members.values():
            self.touch(membership.user)
        self._members.clear()

    def page(self, user: int, *, is_open: bool) -> None:
        """The operator opened his first page or closed his last."""
        (self._pages.add if is_open else self._pages.discard)(user)
        self.touch(user)

    def has_page(self, user: int) -> bool:
        """Whether somebody has a page open."""
        return user in self._pages

    def queue_changed(self, queue: str) -> None:
        """More or fewer callers wait: the queue's members are told."""
        self.tell({each.user for (name, _), each in self._members.items() if name == queue})

    def tell(self, users: set[int | None]) -> None:
        """What these operators' pages show is another."""
        self._told |= {user for user in self.operators if user in users}

    def touch(self, user: int | None) -> None:
        """The operator's state may be another."""
        if user is not None and user in self.operators:
            self._touched.add(user)

    # ---- what follows

    def settle(self, now: float) -> list[do.Command]:
        """Bring every operator concerned into the state that follows; tell whose is new."""
        self._touched |= {each.id for each in self.operators.values() if each.until is not None and each.until <= now}
        out: list[do.Command] = []
        for user in sorted(self._touched & self.operators.keys()):
            out += self._settle(self.operators[user], now)
        out += [do.OperatorChanged(user) for user in sorted(self._told - self._touched)]
        self._touched.clear()
        self._told.clear()
        return out

    def _settle(self, operator: Operator, now: float) -> list[do.Command]:
        if operator.until is not None and operator.until <= now:
            operator.until = operator.wrapping_up = None
        call = operator.call
        if operator.state is AgentState.TALKING and call is not None and not operator.talks_in(call):
            seconds = call.project.wrapup_seconds if call.project else 0
            operator.wrapping_up, operator.until = (call, now + seconds) if seconds else (None, None)
        state, reason, call = self._state_of(operator)
        if state in (AgentState.RINGING, AgentState.TALKING):
            operator.wrapping_up = operator.until = None
        if (state, reason, call) == (operator.state, operator.reason, operator.call):
            return []
        new_state = (state, reason) != (operator.state, operator.reason)
        operator.state, operator.reason, operator.call = state, reason, call
        out: list[do.Command] = [do.OperatorChanged(operator.id)]
        if new_state:
            operator.since = now
            data = {"state": state.value, "reason": reason, "source": SOURCE}
            out.insert(0, do.Journal(now, "agent.state", data, call.id if call else None, operator.id))
        return out

    def _state_of(self, operator: Operator) -> _State:
        for leg in sorted(operator.legs.values(), key=lambda leg: not leg.up):
            return AgentState.TALKING if leg.up else AgentState.RINGING, "", leg.call
        if operator.wrapping_up is not None:
            return AgentState.WRAPUP, "", operator.wrapping_up
        memberships = self.memberships(operator.id)
        if not memberships:  # of an extension alone the PBX does not tell whether anybody is there
            there = operator.id in self._at_extensions and self.has_page(operator.id)
            return (AgentState.READY if there else AgentState.OFFLINE), "", None
        if not any(each.reachable for each in memberships):
            return AgentState.OFFLINE, "telephone-unreachable", None
        if all(each.paused for each in memberships):
            return AgentState.PAUSED, memberships[0].reason, None
        return AgentState.READY, "", None

    def memberships(self, user: int) -> list[Membership]:
        """How the operator stands in each of his queues."""
        return [each for each in self._members.values() if each.user == user]

    def queues_of(self, user: int) -> set[str]:
        """The queues he is a member of."""
        return {queue for (queue, _), each in self._members.items() if each.user == user}

    def keeps(self, call: FollowedCall) -> bool:
        """Whether somebody is still busy with the call, though it may be over."""
        return any(call is operator.call for operator in self.operators.values())
