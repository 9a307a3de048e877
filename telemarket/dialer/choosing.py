"""Results as operators choose them, and what each does."""

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.roles import User
from telemarket.dialer.model import Chosen


class Results:
    """Takes operators' results."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def choose(self, attempt_id: str, chosen: Chosen, user: User) -> None:
        """Keep the result of an attempt, and do what it does. The same again changes nothing; another one corrects the
        first, as long as the lead has not been called again.

        Raises NotFound, NotAllowed where another operator talked, and InvalidInput naming the field (`due`, `amount`,
        `currency`, `pay_by`, `note`, `disposition_id`).
        """
        raise NotImplementedError
