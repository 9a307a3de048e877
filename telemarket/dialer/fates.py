"""What became of attempts nobody looked after to their end: the daemon died, or another one did."""

import sqlalchemy as sa

from telemarket.calls.tables import calls
from telemarket.core.database import Database
from telemarket.core.tables import journal
from telemarket.dialer.model import Ended, Outcome
from telemarket.dialer.outcomes import outcome_of
from telemarket.dialer.tables import attempts

_DIALED = (journal.c.call_id == sa.bindparam("attempt"), journal.c.kind == "call.dialing")
_FATE = (
    sa.select(
        (attempts.c.dialed_at.is_not(None) | sa.exists().where(*_DIALED)).label("dialed"),
        calls.c.result,
        calls.c.ended_at,
        calls.c.answered_at,
        calls.c.agent_id,
    )
    .select_from(attempts.outerjoin(calls, calls.c.id == attempts.c.id))
    .where(attempts.c.id == sa.bindparam("attempt"))
)


class Fates:
    """Reads the journal's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def end_of(self, attempt_id: str) -> Ended | None:
        """How its call ended, as the journal has it; None if the journal knows no end."""
        async with self._database.read() as connection:
            row = (await connection.execute(_FATE, {"attempt": attempt_id})).one_or_none()
        if row is None or row.ended_at is None:
            return None
        return Ended(
            attempt_id=attempt_id,
            outcome=_outcome(row.result, row.dialed),
            at=row.ended_at,
            answered_at=row.answered_at,
            connected_at=row.answered_at,
            agent_id=row.agent_id,
        )

    async def was_dialed(self, attempt_id: str) -> bool:
        """Whether the PBX may have been told to call."""
        async with self._database.read() as connection:
            row = (await connection.execute(_FATE, {"attempt": attempt_id})).one_or_none()
        return row is not None and bool(row.dialed)


def _outcome(result: str, dialed: bool) -> Outcome:
    """A lead that somebody only looked at when the daemon died has not been called."""
    outcome = outcome_of(result)
    return Outcome.RETURNED if outcome is Outcome.UNKNOWN and not dialed else outcome
