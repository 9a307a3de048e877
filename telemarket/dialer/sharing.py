"""Work that may fall on several operators, shared out. Pure, and the same for the same work."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

MOST_A_DAY = 100
"""Tasks one operator gets beside those that are his alone."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done. `operators` are those on whom it may fall; one alone: it is his."""

    kind: str
    operators: frozenset[int]
    lead_id: int | None = None
    request_id: int | None = None
    contact_id: int | None = None
    rank: int = 100
    due_at: datetime | None = None
    overdue: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """What it is about."""
        return ("request", self.request_id) if self.request_id is not None else ("lead", self.lead_id or 0)

    @property
    def order(self) -> tuple[bool, int, float, tuple[str, int]]:
        """Overdue work first, then by rank and time."""
        return not self.overdue, self.rank, self.due_at.timestamp() if self.due_at else 0.0, self.key


def share_out(work: Iterable[Work], done: Mapping[int, int]) -> dict[int, list[Work]]:
    """Everybody's work in its order. Whoever has the least so far, what he has `done` today included, gets the next;
    of equals the one with the smaller id."""
    shares: dict[int, list[Work]] = {}
    load = dict(done)
    pooled = []
    for each in sorted(work, key=lambda each: each.order):
        if len(each.operators) == 1:
            _give(shares, load, next(iter(each.operators)), each)
        elif each.operators:
            pooled.append(each)
    taken = dict.fromkeys(load, 0)
    for each in pooled:
        free = [operator for operator in each.operators if taken.get(operator, 0) < MOST_A_DAY]
        if free:
            operator = min(free, key=lambda operator: (load.get(operator, 0), operator))
            _give(shares, load, operator, each)
            taken[operator] = taken.get(operator, 0) + 1
    return {operator: sorted(share, key=lambda each: each.order) for operator, share in shares.items()}


def _give(shares: dict[int, list[Work]], load: dict[int, int], operator: int, work: Work) -> None:
    shares.setdefault(operator, []).append(work)
    load[operator] = load.get(operator, 0) + 1
