"""Each project's templates of messages."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import projects
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import Permission, User, require
from telemarket.core.text import clean_line, clean_text
from telemarket.messaging import filling
from telemarket.messaging.model import Channel, Template
from telemarket.messaging.tables import message_templates

MOST = 50
"""Templates a project may have."""
LONGEST_BODY = 20_000
_SHORTENED = 60  # characters of a name that something is added to
_COLUMNS = tuple(message_templates.c[name] for name in Template.__struct_fields__)


class Templates:
    """Reads and keeps them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._audit = AuditLog(database, clock)

    async def of_project(self, project_id: int) -> tuple[Template, ...]:
        """The project's templates by name."""
        mine = message_templates.c.project_id == project_id, message_templates.c.active
        query = sa.select(*_COLUMNS).where(*mine).order_by(message_templates.c.name)
        async with self._database.read() as connection:
            return tuple(template_of(row) for row in await connection.execute(query))

    async def save(self, project_id: int, wanted: Sequence[Template], by: User) -> tuple[Template, ...]:
        """Have the project offer just these; one with the id 0 is new. What is no longer among them sends nothing any
        more, but what was sent by it remains.

        Raises NotAllowed, NotFound, and InvalidInput naming the field, such as `templates[2].body`.
        """
        require(by, Permission.MANAGE_CAMPAIGNS)
        rows = await asyncio.to_thread(_checked, wanted)  # long texts take longer than calls may wait
        async with self._database.write() as connection:
            await _replace(connection, project_id, rows)
            await self._audit.append_in(connection, by.id, "templates.change", f"project {project_id}")
        return await self.of_project(project_id)


async def find_template(connection: AsyncConnection, template_id: int) -> Template | None:
    """A template that is offered; None if it is no longer."""
    found = message_templates.c.id == template_id, message_templates.c.active
    row = (await connection.execute(sa.select(*_COLUMNS).where(*found))).one_or_none()
    return template_of(row) if row else None


def template_of(row: sa.Row[*tuple[Any, ...]]) -> Template:
    """The template in a row of its columns."""
    return Template(**{**row._mapping, "channel": Channel(row._mapping["channel"])})


def _checked(wanted: Sequence[Template]) -> list[Template]:
    if len(wanted) > MOST:
        text = N_("Too many templates: %(count)s, at most %(limit)s.", count=len(wanted), limit=MOST)
        raise InvalidInput(text, field="templates")
    rows: list[Template] = []
    for place, each in enumerate(wanted):
        field = f"templates[{place}]"
        clean = _clean(each, field)
        if clean.name.casefold() in (known.name.casefold() for known in rows):
            text = N_("There are two templates called “%(name)s”.", name=clean.name)
            raise InvalidInput(text, field=f"{field}.name")
        rows.append(clean)
    return rows


def _clean(template: Template, field: str) -> Template:
    mail = template.channel is Channel.MAIL
    clean = msgspec.structs.replace(
        template,
        name=clean_line(template.name, field=f"{field}.name", limit=80, required=True),
        subject=clean_line(template.subject, field=f"{field}.subject", limit=200, required=True) if mail else "",
        body=clean_text(template.body, field=f"{field}.body", limit=LONGEST_BODY),
    )
    try:
        filling.check(clean)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=f"{field}.{error.field}") from error
    return clean


async def _replace(connection: AsyncConnection, project_id: int, rows: Sequence[Template]) -> None:
    project = sa.select(projects.c.id).where(projects.c.id == project_id).with_for_update()
    if await connection.scalar(project) is None:
        raise NotFound(N_("There is no project %(number)s.", number=project_id))
    mine = message_templates.c.project_id == project_id
    query = sa.select(*(message_templates.c[name] for name in ("id", "name", "active"))).where(mine)
    existing = {row.id: row for row in await connection.execute(query)}
    kept = {row.id for row in rows} - {0}
    if kept - existing.keys():
        raise NotFound(N_("There is no such template."))
    # Names are unique: two may take each other's, and one the name of another that is offered no more.
    for key, row in existing.items():
        aside = f"\t{key}" if key in kept else f"{row.name[:_SHORTENED]} ({key})" if row.active else row.name
        mine = message_templates.c.id == key
        await connection.execute(message_templates.update().where(mine).values(active=False, name=aside))
    for template in rows:
        values = {**msgspec.structs.asdict(template), "channel": template.channel.value}
        key, values["project_id"], values["active"] = values.pop("id"), project_id, True
        if key:
            await connection.execute(message_templates.update().where(message_templates.c.id == key).values(values))
        else:
            await connection.execute(message_templates.insert().values(values))
