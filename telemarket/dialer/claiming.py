"""Leads to be called now, taken so that nobody else takes them too."""

from collections.abc import Iterable
from datetime import datetime

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.dialer.model import Attempt, Campaign


class Claims:
    """Takes leads for the daemon `owner`, a name that lasts over its restarts; a claim lapses after `lease_seconds`
    unless it is renewed. `house_zone` is where days begin."""

    def __init__(
        self, database: Database, clock: Clock, owner: str, house_zone: str, lease_seconds: float = 120.0
    ) -> None:
        raise NotImplementedError

    async def claim(self, campaign: Campaign, wanted: int, *, operator_id: int | None = None) -> list[Attempt]:
        """At most `wanted` leads that may be called this moment, the foremost first, each with the number to call.

        Without `operator_id` callbacks somebody has promised are left to him until their tolerance has passed; with it
        those he has promised come first, then what is anybody's. Who may not be called now waits until he may be, who
        may not be called at all is closed.
        """
        raise NotImplementedError

    async def recheck(self, attempt: Attempt) -> str | None:
        """At the moment of dialing: why it may not be dialed after all, marked for translation; None if it may."""
        raise NotImplementedError

    async def dialed(self, attempt_id: str) -> None:
        """The PBX has been told to call."""
        raise NotImplementedError

    async def release(self, attempt_id: str) -> None:
        """It is not dialed after all: the lead is as before, nothing is counted."""
        raise NotImplementedError

    async def renew(self, attempt_ids: Iterable[str]) -> None:
        """These are still being called: their claims last for another lease."""
        raise NotImplementedError

    async def wake(self, now: datetime) -> int:
        """Leads that waited until now are ready; returns how many."""
        raise NotImplementedError

    async def left_behind(self) -> list[Attempt]:
        """Attempts that nobody looks after: their lease has expired, or an earlier life of this daemon claimed them.

        They are this daemon's from now on, for another lease: each is told once, and to one daemon only.
        """
        raise NotImplementedError
