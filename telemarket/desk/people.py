"""The people of the house by name, from memory: cards and states are rendered without waiting."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from telemarket.core.clock import Clock
from telemarket.core.identity import IdentityService
from telemarket.core.roles import User

log = structlog.get_logger(__name__)

_FRESH_FOR = timedelta(seconds=30)


class People:
    """Everybody, read again when what is known is older than half a minute."""

    def __init__(self, identity: IdentityService, clock: Clock) -> None:
        self._identity = identity
        self._clock = clock
        self._active: tuple[User, ...] = ()
        self._names: dict[int, str] = {}
        self._until: datetime | None = None

    async def active(self) -> tuple[User, ...]:
        """Everybody who may sign in, by name; the same tuple for as long as it is fresh.

        While the database is away, as last read; raises its error if that was never.
        """
        now = self._clock()
        if self._until is None or self._until <= now:
            try:
                await self._read()
            except Exception as error:
                if self._until is None:
                    raise
                log.warning("people cannot be read, those known are used", error=str(error))
            self._until = now + _FRESH_FOR
        return self._active

    async def names(self) -> Mapping[int, str]:
        """Everybody's name by id, also of those who may not sign in any more; as fresh as `active`."""
        await self.active()
        return self._names

    async def _read(self) -> None:
        everybody = await self._identity.users()
        self._active = tuple(user for user in everybody if user.active)
        self._names = {user.id: user.name for user in everybody}

    def name(self, user_id: int | None) -> str:
        """A person's name as last read; empty for nobody and for somebody not known yet."""
        return self._names.get(user_id, "") if user_id is not None else ""
