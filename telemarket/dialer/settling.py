"""What an attempt's end means for its lead: done, again later, another number, or nothing at all."""

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.dialer.model import Ended


class Settling:
    """Writes how attempts ended."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ended(self, ended: Ended) -> None:
        """Write it down, count it, and let the lead go on by its campaign's rules; said twice, nothing changes.

        Raises NotFound for an attempt nobody knows.
        """
        raise NotImplementedError
