"""Numbers that prove dead: not called again until somebody has brought them up to date."""

from collections.abc import Sequence

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.roles import User
from telemarket.dialer.model import Ended


class NumberHygiene:
    """Learns from outcomes which numbers are dead."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def took(self, ended: Sequence[Ended]) -> None:
        """Learn from attempts that have been settled."""
        raise NotImplementedError

    async def follow(self) -> int:
        """Learn what has been brought up to date since the last time; returns how many leads may be called again."""
        raise NotImplementedError

    async def revive(self, number: str, by: User) -> None:
        """A supervisor says that the number is good. Raises NotAllowed and NotFound."""
        raise NotImplementedError
