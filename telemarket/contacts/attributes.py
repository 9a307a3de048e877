"""Types of the further values of contacts: what they are called, what may be written in them, in which project."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.contacts.fields import LONGEST_ATTRIBUTE, LONGEST_ATTRIBUTE_NAME
from telemarket.contacts.full_text import all_due
from telemarket.contacts.tables import attribute_types
from telemarket.contacts.typed import READERS, BadValue
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.text import clean_line

KINDS = ("text", "number", "money", "date", "flag", "choice")
MAX_CHOICES = 200


class AttributeType(msgspec.Struct, frozen=True, kw_only=True):
    """One type. `project_id` is None for one of all projects; `choices` are those of a choice; `searched` says
    whether contacts are found by their value."""

    id: int
    project_id: int | None = None
    name: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    searched: bool = True
    position: int = 0


_COLUMNS = tuple(attribute_types.c[name] for name in AttributeType.__struct_fields__)


class AttributeTypes:
    """The types, as administrators define them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._audit = AuditLog(database, clock)

    async def all(self) -> tuple[AttributeType, ...]:
        """Every type, in the order in which forms show them."""
        query = sa.select(*_COLUMNS).order_by(attribute_types.c.position, attribute_types.c.name, attribute_types.c.id)
        async with self._database.read() as connection:
            return tuple(_type(row) for row in await connection.execute(query))

    async def offered(self, project_id: int | None) -> tuple[AttributeType, ...]:
        """Those of a project and those of all; of two with one name the project's own."""
        everything = [each for each in await self.all() if each.project_id in (None, project_id)]
        own = {each.name for each in everything if each.project_id is not None}
        return tuple(each for each in everything if each.project_id is not None or each.name not in own)

    async def define(self, given: AttributeType, by: int | None) -> AttributeType:
        """Add a type (id 0), or change the one with this id. Values written before stay as they are.

        Raises InvalidInput naming the field, and NotFound.
        """
        values = _checked(given)
        same = sa.select(attribute_types.c.id).where(
            attribute_types.c.name == values["name"],
            # The unique constraint does not cover types of all projects: NULLs are distinct to it.
            attribute_types.c.project_id.is_not_distinct_from(given.project_id),
            attribute_types.c.id != given.id,
        )
        searched = sa.select(attribute_types.c.searched).where(attribute_types.c.id == given.id)
        async with self._database.write() as connection:
            if (await connection.scalar(searched) is False) == given.searched:
                await all_due(connection)
            if await connection.scalar(same) is not None:
                raise InvalidInput(N_("There is a value called “%(name)s” already.", name=values["name"]), field="name")
            if given.id:
                statement: Any = attribute_types.update().where(attribute_types.c.id == given.id).values(values)
            else:
                statement = attribute_types.insert().values(values)
            row = (await connection.execute(statement.returning(*_COLUMNS))).one_or_none()
            if row is None:
                raise _missing(given.id)
            await self._audit.append_in(connection, by, "attribute.define", f"attribute {row.id}")
        return _type(row)

    async def remove(self, type_id: int, by: int | None) -> None:
        """Ask for it no more; what was written in it stays with the contacts, as text. Raises NotFound."""
        async with self._database.write() as connection:
            gone = attribute_types.delete().where(attribute_types.c.id == type_id)
            searched = await connection.scalar(gone.returning(attribute_types.c.searched))
            if searched is None:
                raise _missing(type_id)
            if not searched:
                await all_due(connection)
            await self._audit.append_in(connection, by, "attribute.remove", f"attribute {type_id}")


def canonical(given: Mapping[str, str], types: Iterable[AttributeType]) -> dict[str, str]:
    """The values of attributes as they are kept; raises InvalidInput naming the attribute that is not of its type.

    What has no type is text, and an empty value is none. Types may hold several of one name, of several projects:
    a value must suit one of them.
    """
    by_name: dict[str, list[AttributeType]] = {}
    for each in types:
        by_name.setdefault(each.name, []).append(each)
    return {name: _canonical(name, text, by_name.get(name, [])) if text.strip() else "" for name, text in given.items()}


def _canonical(name: str, text: str, types: list[AttributeType]) -> str:
    reason = ""
    for each in types:
        try:
            return _read(each, text.strip())
        except BadValue as error:
            reason = reason or error.message
    if reason:
        raise InvalidInput(N_("%(attribute)s: %(reason)s", attribute=name, reason=reason), field="attributes")
    return text


def _read(of: AttributeType, text: str) -> str:
    if of.kind == "choice":
        for choice in of.choices:
            if choice.casefold() == text.casefold():
                return choice
        raise BadValue(N_("“%(value)s” is none of the values there are.", value=text[:80]))
    return READERS[of.kind](text) if of.kind in READERS else text


def _checked(given: AttributeType) -> dict[str, Any]:
    if given.kind not in KINDS:
        raise InvalidInput(N_("There is no kind of value called %(kind)s.", kind=given.kind[:80]), field="kind")
    name = clean_line(given.name, field="name", limit=LONGEST_ATTRIBUTE_NAME, required=True)
    choices = [clean_line(text, field="choices", limit=LONGEST_ATTRIBUTE) for text in given.choices]
    choices = list(dict.fromkeys(filter(None, choices))) if given.kind == "choice" else []
    if given.kind == "choice" and not choices:
        raise InvalidInput(N_("Name the values to choose from."), field="choices")
    if len(choices) > MAX_CHOICES:
        text = N_("Too many values: %(count)s, at most %(limit)s.", count=len(choices), limit=MAX_CHOICES)
        raise InvalidInput(text, field="choices")
    plain = {field: getattr(given, field) for field in ("project_id", "kind", "searched", "position")}
    return {**plain, "name": name, "choices": choices}


def _type(row: sa.Row[*tuple[Any, ...]]) -> AttributeType:
    return msgspec.convert(row, AttributeType, from_attributes=True)


def _missing(type_id: int) -> NotFound:
    return NotFound(N_("There is no kind of further value %(id)s.", id=type_id))
