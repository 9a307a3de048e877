"""Profiles: mappings with a name, and when one runs by itself."""

from collections.abc import Mapping as Dictionary
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.contacts.tables import import_profiles
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, from_stored, to_stored
from telemarket.core.text import clean_line
from telemarket.importing.model import Mapping, as_json, checked

SHORTEST_INTERVAL = 60
_LONGEST_INTERVAL = 31 * 86400


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """From which source of the configuration, and how often in seconds."""

    source: str
    every: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a profile's runs. `failure` (marked for translation) stays until the source answers again, and
    one `of_file` until a file is imported well. `marks` remember what of the source has been read; `begun` are those
    there will be once the last import has reached its file's end, empty when it has."""

    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str = ""
    of_file: bool = False
    import_id: int | None = None
    marks: dict[str, str] = {}
    begun: dict[str, str] = {}


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    mapping: Mapping
    changed_at: datetime
    schedule: Schedule | None = None
    due_at: datetime | None = None
    outcome: Outcome = Outcome()


class ProfileStore:
    """Reads and writes profiles. Methods raise NotFound for a profile that is not there."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> list[Profile]:
        """Every profile, by name."""
        return await self._find(sa.true())

    async def get(self, profile_id: int) -> Profile:
        """The profile with this id."""
        return self._one(await self._find(import_profiles.c.id == profile_id), str(profile_id))

    async def named(self, name: str) -> Profile:
        """The profile of this name."""
        return self._one(await self._find(import_profiles.c.name == name), name)

    async def save(self, name: str, mapping: Mapping) -> Profile:
        """Keep the mapping under this name, in the place of an earlier one; its schedule stays.

        Raises InvalidInput naming the field.
        """
        name = clean_line(name, field="name", limit=80, required=True)
        values = {"mapping": as_json(checked(mapping)), "changed_at": self._clock()}
        async with self._database.write() as connection:
            changed = await connection.execute(
                import_profiles.update().where(import_profiles.c.name == name).values(values)
            )
            if changed.rowcount == 0:
                await connection.execute(import_profiles.insert().values(name=name, outcome={}, **values))
        return await self.named(name)

    async def schedule(self, profile_id: int, schedule: Schedule | None) -> None:
        """Have it run by itself, beginning now; None: no more. Raises InvalidInput (field "every")."""
        if schedule and not SHORTEST_INTERVAL <= schedule.every <= _LONGEST_INTERVAL:
            raise InvalidInput(N_("Between one minute and 31 days are possible."), field="every")
        await self.get(profile_id)
        values = {
            "schedule": as_json(schedule) if schedule else None,
            "due_at": self._clock() if schedule else None,
        }
        await self._change(profile_id, values)

    async def due(self) -> list[Profile]:
        """Profiles whose time has come."""
        return await self._find(import_profiles.c.due_at <= self._clock())

    async def take_turn(self, profile: Profile) -> bool:
        """Make the due run one's own; False if another process was quicker."""
        assert profile.schedule is not None  # noqa: S101 - it is due
        after = self._clock() + timedelta(seconds=profile.schedule.every)
        turn = sa.and_(import_profiles.c.id == profile.id, import_profiles.c.due_at == profile.due_at)
        async with self._database.write() as connection:
            return bool((await connection.execute(import_profiles.update().where(turn).values(due_at=after))).rowcount)

    async def want(self, profile_id: int) -> None:
        """Have a scheduled profile run as soon as may be."""
        scheduled = import_profiles.c.schedule.is_not(None)
        async with self._database.write() as connection:
            wanted = import_profiles.update().where(import_profiles.c.id == profile_id, scheduled)
            await connection.execute(wanted.values(due_at=self._clock()))

    async def note(self, profile: Profile, outcome: Outcome) -> None:
        """Keep what became of a run."""
        values = as_json(msgspec.structs.replace(outcome, failure=""))
        await self._change(profile.id, {"outcome": {**values, "failure": to_stored(outcome.failure)}})

    async def failed(self, profile_id: int, failure: str) -> None:
        """Note that a run came to grief before it could say so itself; `failure` is marked for translation."""
        profile = await self.get(profile_id)
        outcome = msgspec.structs.replace(profile.outcome, failed_at=self._clock(), failure=failure, of_file=True)
        await self.note(profile, outcome)

    async def remove(self, profile_id: int) -> None:
        """Forget the profile; what it imported stays."""
        async with self._database.write() as connection:
            await connection.execute(import_profiles.delete().where(import_profiles.c.id == profile_id))

    async def _change(self, profile_id: int, values: Dictionary[str, Any]) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                import_profiles.update().where(import_profiles.c.id == profile_id).values(dict(values))
            )

    async def _find(self, condition: sa.ColumnElement[bool]) -> list[Profile]:
        statement = sa.select(import_profiles).where(condition).order_by(import_profiles.c.name)
        async with self._database.read() as connection:
            return [_profile(row) for row in (await connection.execute(statement)).mappings()]

    def _one(self, found: list[Profile], called: str) -> Profile:
        if not found:
            raise NotFound(N_("There is no import profile “%(name)s”.", name=called))
        return found[0]


def _profile(row: Any) -> Profile:
    outcome = {**row["outcome"], "failure": from_stored(row["outcome"].get("failure", ""))}
    return Profile(
        id=row["id"],
        name=row["name"],
        mapping=msgspec.convert(row["mapping"], Mapping),
        changed_at=row["changed_at"],
        schedule=msgspec.convert(row["schedule"], Schedule) if row["schedule"] else None,
        due_at=row["due_at"],
        outcome=msgspec.convert(outcome, Outcome),
    )
