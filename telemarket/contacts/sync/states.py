"""How far each backend has been synchronised, who is at it, and what became of it the last time."""

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psutil
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.backend import BackendUnavailable
from telemarket.contacts.tables import backend_states
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_, from_stored, to_stored

LOST_AFTER = timedelta(seconds=90)
"""Without a sign of life for so long a run counts as dead, and another may begin."""


class LostClaim(BackendUnavailable):
    """This process gave no sign of life for so long that another took its work over."""

    error_id = "backend-claim-lost"


class Failure(msgspec.Struct, frozen=True):
    """Why a synchronisation ended early. `retryable`: whether trying again by itself can help; `retry_after`: not
    before so many seconds, said the source."""

    error_id: str
    message: str
    remedy: str = ""
    retryable: bool = True
    retry_after: float | None = None


class Counts(msgspec.Struct, kw_only=True):
    """What a synchronisation did. `total` is what the source expected, if it knew; `refusals` are the first of the
    records that could not be taken: (key, reason)."""

    read: int = 0
    new: int = 0
    joined: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    services: int = 0
    refused: int = 0
    total: int | None = None
    refusals: list[tuple[str, str]] = []


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one backend's synchronisation."""

    name: str
    cursor: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: Failure | None = None
    counts: Counts = msgspec.field(default_factory=Counts)
    running: bool = False

    @property
    def failing(self) -> bool:
        """Whether the last run ended early."""
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)


class SyncStates:
    """The table `backend_states`.

    While this process has a claim on a backend it is the only one to write its state: what it writes after it lost
    the claim is refused with LostClaim.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._claims: dict[str, str] = {}

    async def read(self, name: str) -> State:
        """The state of one backend; of one never synchronised an empty one."""
        return (await self.all()).get(name) or State(name=name)

    async def all(self) -> Mapping[str, State]:
        """The states of all backends ever synchronised, by name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.select(backend_states))).all()
        return {row.name: self._state(row) for row in rows}

    async def claim(self, name: str, owner: str) -> bool:
        """Begin a run as `owner`; False while another process is at it."""
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        now = self._clock()
        free = (backend_states.c.owner == "") | (backend_states.c.alive_at < now - LOST_AFTER)
        mine = {"owner": owner, "alive_at": now, "started_at": now, "counts": {}}
        async with self._database.write() as connection:
            await connection.execute(insert(backend_states).values(name=name).on_conflict_do_nothing())
            claimed = backend_states.update().where(backend_states.c.name == name, free).values(**mine)
            if (await connection.execute(claimed)).rowcount != 1:
                return False
        self._claims[name] = owner
        return True

    async def beat(self, name: str, counts: Counts) -> None:
        """A sign of life, with what has been done so far."""
        await self._set(name, alive_at=self._clock(), counts=_stored_counts(counts))

    async def keep_cursor(self, name: str, cursor: str) -> None:
        """Everything up to `cursor` is stored."""
        await self._set(name, cursor=cursor, alive_at=self._clock())

    async def bury(self, name: str, reason: str) -> None:
        """If a process of this machine that is no more has the claim, its run has failed for `reason`."""
        async with self._database.read() as connection:
            query = sa.select(backend_states.c.owner).where(backend_states.c.name == name)
            owner = await connection.scalar(query)
        if owner and _is_dead(owner):
            self._claims[name] = owner
            await self.failed(name, BackendUnavailable(reason), (await self.read(name)).counts)

    async def succeeded(self, name: str, counts: Counts) -> None:
        """The run has ended well."""
        now = self._clock()
        await self._set(name, owner="", ended_at=now, succeeded_at=now, counts=_stored_counts(counts))

    async def failed(self, name: str, error: Exception, counts: Counts) -> None:
        """The run has ended early; what was stored stays."""
        now = self._clock()
        await self._set(
            name,
            owner="",
            ended_at=now,
            failed_at=now,
            failure=_stored_failure(failure_of(error)),
            counts=_stored_counts(counts),
        )

    async def _set(self, name: str, **values: Any) -> None:
        mine = (backend_states.c.name == name) & (backend_states.c.owner == self._claims.get(name, ""))
        async with self._database.write() as connection:
            done = await connection.execute(backend_states.update().where(mine).values(**values))
        if values.get("owner") == "":
            self._claims.pop(name, None)
        if done.rowcount != 1:
            raise LostClaim(N_("Another process has taken over “%(name)s”.", name=name))

    def _state(self, row: Any) -> State:
        alive = row.alive_at is not None and row.alive_at > self._clock() - LOST_AFTER
        return State(
            name=row.name,
            cursor=row.cursor,
            started_at=row.started_at,
            ended_at=row.ended_at,
            succeeded_at=row.succeeded_at,
            failed_at=row.failed_at,
            failure=_failure(row.failure) if row.failure else None,
            counts=_counts(row.counts),
            running=bool(row.owner) and alive,
        )


def this_process() -> str:
    """A name no other process has at this moment, on whichever machine."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_dead(owner: str) -> bool:
    """Whether it is a process of this machine that has ended."""
    host, _, process = owner.rpartition(":")
    return host == socket.gethostname() and process.isdecimal() and not psutil.pid_exists(int(process))


def failure_of(error: Exception) -> Failure:
    """`error` in words a person can use."""
    if isinstance(error, TelemarketError):
        after = error.retry_after if isinstance(error, BackendUnavailable) else None
        return Failure(error.error_id, error.message, error.remedy, error.retryable, after)
    return Failure("backend-fault", f"{type(error).__name__}: {error}"[:1000])


def _stored_failure(failure: Failure) -> dict[str, Any]:
    texts = {name: to_stored(getattr(failure, name)) for name in ("message", "remedy")}
    plain = {name: getattr(failure, name) for name in ("error_id", "retryable", "retry_after")}
    return {**plain, **texts}


def _failure(stored: dict[str, Any]) -> Failure:
    texts = {name: from_stored(stored[name]) for name in ("message", "remedy")}
    return Failure(**{**stored, **texts})


def _stored_counts(counts: Counts) -> dict[str, Any]:
    return msgspec.structs.asdict(counts) | {"refusals": [(key, to_stored(why)) for key, why in counts.refusals]}


def _counts(stored: dict[str, Any]) -> Counts:
    refusals = [(key, from_stored(why)) for key, why in stored.get("refusals", ())]
    return Counts(**{**stored, "refusals": refusals})
