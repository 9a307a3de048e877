"""The lists an operator picks from: topics, categories, actions, sources, reasons of a pause."""

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from telemarket.casework.model import Choice, ChoiceList
from telemarket.casework.tables import choices
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line

_COLUMNS = tuple(choices.c[name] for name in Choice.__struct_fields__)
# Another process may change the lists; this is how long the daemon may not know.
_FRESH_FOR = timedelta(seconds=30)


class Choices:
    """The lists, kept in memory: every card shows them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._all: tuple[Choice, ...] = ()
        self._fresh_until: datetime | None = None

    async def offered(self, project_id: int | None) -> dict[ChoiceList, tuple[Choice, ...]]:
        """What each list offers in this project: its own entries and those of all projects, in their order."""
        everything = await self._load()
        return {
            name: tuple(c for c in everything if c.active and c.list is name and c.project_id in (None, project_id))
            for name in ChoiceList
        }

    async def all(self) -> tuple[Choice, ...]:
        """Every entry of every list, also those no longer offered."""
        return await self._load()

    async def add(self, list: ChoiceList, name: str, *, project_id: int | None = None, position: int = 0) -> Choice:
        """Add an entry, for one project or for all. Raises InvalidInput when the list has it already."""
        name = clean_line(name, field="name", limit=200, required=True)
        async with self._database.write() as connection:
            # The unique constraint does not cover entries of all projects: NULLs are distinct to it.
            same = sa.select(choices.c.id).where(
                choices.c.list == list.value,
                choices.c.name == name,
                choices.c.project_id.is_not_distinct_from(project_id),
            )
            if await connection.scalar(same) is not None:
                raise InvalidInput(N_("The list already has “%(name)s”.", name=name), field="name")
            values = {"list": list.value, "name": name, "project_id": project_id, "position": position}
            new_id = await connection.scalar(choices.insert().values(**values).returning(choices.c.id))
        self._fresh_until = None
        assert new_id is not None  # noqa: S101
        return Choice(id=new_id, list=list, name=name, project_id=project_id, position=position)

    async def withdraw(self, choice_id: int) -> None:
        """Offer an entry no more; where it was chosen it stays. Raises NotFound."""
        async with self._database.write() as connection:
            update = choices.update().where(choices.c.id == choice_id).values(active=False)
            if not (await connection.execute(update)).rowcount:
                raise NotFound(N_("There is no such choice."))
        self._fresh_until = None

    async def _load(self) -> tuple[Choice, ...]:
        now = self._clock()
        if self._fresh_until is None or self._fresh_until <= now:
            query = sa.select(*_COLUMNS).order_by(choices.c.list, choices.c.position, choices.c.name)
            async with self._database.read() as connection:
                rows = (await connection.execute(query)).all()
            self._all = tuple(
                msgspec.convert(dict(zip(Choice.__struct_fields__, row, strict=True)), Choice) for row in rows
            )
            self._fresh_until = now + _FRESH_FOR
        return self._all
