"""The results (dispositions) an operator chooses from after a conversation: each project's own list."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.plan_text import decode_plan
from telemarket.calls.tables import projects
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, Message, translator
from telemarket.core.roles import Permission, User, require
from telemarket.core.tables import users
from telemarket.core.text import clean_line
from telemarket.dialer.model import Act, Disposition
from telemarket.dialer.ports import Messages
from telemarket.dialer.tables import dispositions

MOST = 30
"""Results a project may have: an operator has to find his at a glance."""
LONGEST_AFTER = 366 * 86400.0
"""Seconds after which a retry is no retry any more."""
_SHORTENED = 60  # characters of a name that something is added to
_KEYS = frozenset("123456789")
# Another process may change them; this is how long the daemon may not know.
_FRESH_FOR = timedelta(seconds=30)
_COLUMNS = tuple(dispositions.c[name] for name in Disposition.__struct_fields__)

_USUAL: tuple[tuple[Message, Act, dict[str, Any]], ...] = (
    (N_("Agreed"), Act.CLOSE, {"success": True}),
    (N_("Refused"), Act.CLOSE, {}),
    (N_("I call him back"), Act.CALLBACK_MINE, {"after": 3600.0}),
    (N_("Somebody calls him back"), Act.CALLBACK_ANY, {"after": 3600.0}),
    (N_("Promised to pay"), Act.PROMISE, {"success": True}),
    (N_("Could not talk"), Act.RETRY, {"after": 14400.0}),
    (N_("A task for a specialist"), Act.TASK, {}),
    (N_("Wrong number"), Act.DEAD_NUMBER, {}),
    (N_("Asks not to be called"), Act.DO_NOT_CALL, {}),
)


class Dispositions:
    """Each project's results, kept in memory: every operator's page shows them after every call. `messages` are sent by
    some of them."""

    def __init__(self, database: Database, clock: Clock, messages: Messages) -> None:
        self._database = database
        self._clock = clock
        self._messages = messages
        self._audit = AuditLog(database, clock)
        self._known: dict[int, tuple[datetime, tuple[Disposition, ...]]] = {}

    async def of_project(self, project_id: int) -> tuple[Disposition, ...]:
        """The project's results in their order. A project that has none yet gets the usual ones, in its language.

        Raises NotFound.
        """
        fresh_until, known = self._known.get(project_id, (None, ()))
        if fresh_until is None or fresh_until <= self._clock():
            known = await self._load(project_id) or await self._begin(project_id)
            self._known[project_id] = (self._clock() + _FRESH_FOR, known)
        return known

    async def names(self, project_id: int) -> dict[int, str]:
        """What the project's results are called, by id and in their order; with those no longer offered."""
        query = sa.select(dispositions.c.id, dispositions.c.name).where(dispositions.c.project_id == project_id)
        query = query.order_by(dispositions.c.position, dispositions.c.id)
        async with self._database.read() as connection:
            return {row.id: row.name for row in await connection.execute(query)}

    async def save(self, project_id: int, wanted: Sequence[Disposition], by: User) -> tuple[Disposition, ...]:
        """Have the project offer just these, in this order; one with the id 0 is new. What is no longer among them
        stays where it was chosen.

        Raises NotAllowed, NotFound, and InvalidInput naming the field, such as `dispositions[2].key`.
        """
        require(by, Permission.MANAGE_CAMPAIGNS)
        rows = _checked(wanted)
        async with self._database.write() as connection:
            await _check_logins(connection, rows)
            _check_templates(rows, await self._messages.offered(connection, project_id))
            await _replace(connection, await _existing(connection, project_id), project_id, rows)
            await self._audit.append_in(connection, by.id, "dispositions.change", f"project {project_id}")
        self._known.pop(project_id, None)
        return await self.of_project(project_id)

    async def _load(self, project_id: int) -> tuple[Disposition, ...]:
        query = sa.select(*_COLUMNS).where(dispositions.c.project_id == project_id, dispositions.c.active)
        query = query.order_by(dispositions.c.position, dispositions.c.id)
        async with self._database.read() as connection:
            return tuple(disposition_of(row) for row in await connection.execute(query))

    async def _begin(self, project_id: int) -> tuple[Disposition, ...]:
        async with self._database.write() as connection:
            plan = await connection.scalar(sa.select(projects.c.plan).where(projects.c.id == project_id))
            if plan is None:
                raise NotFound(N_("There is no project %(number)s.", number=project_id))
            insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
            # Two pages may be the first at once.
            statement = insert(dispositions).on_conflict_do_nothing(index_elements=["project_id", "name"])
            await connection.execute(statement, _usual(project_id, decode_plan(plan).language))
        return await self._load(project_id)


def disposition_of(row: sa.Row[*tuple[Any, ...]]) -> Disposition:
    """The disposition in a row of its columns."""
    values = dict(zip(Disposition.__struct_fields__, row, strict=True))
    return Disposition(**{**values, "act": Act(values["act"])})


async def find_disposition(connection: AsyncConnection, disposition_id: int) -> Disposition:
    """One disposition, also one no longer offered; raises NotFound."""
    row = (await connection.execute(sa.select(*_COLUMNS).where(dispositions.c.id == disposition_id))).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such result."))
    return disposition_of(row)


def _usual(project_id: int, language: str) -> list[dict[str, Any]]:
    say = translator(language).message
    plain = {"project_id": project_id, "after": 86400.0, "success": False}
    return [
        {**plain, "name": say(name), "key": str(place), "act": act.value, "position": place, **more}
        for place, (name, act, more) in enumerate(_USUAL, start=1)
    ]


def _checked(wanted: Sequence[Disposition]) -> list[dict[str, Any]]:
    if not wanted:
        raise InvalidInput(N_("A project needs at least one result."), field="dispositions")
    if len(wanted) > MOST:
        text = N_("Too many results: %(count)s, at most %(limit)s.", count=len(wanted), limit=MOST)
        raise InvalidInput(text, field="dispositions")
    names: set[str] = set()
    keys: set[str] = set()
    rows = []
    for place, each in enumerate(wanted):
        field = f"dispositions[{place}]"
        name = clean_line(each.name, field=f"{field}.name", limit=80, required=True)
        if name.casefold() in names:
            raise InvalidInput(N_("There are two results called “%(name)s”.", name=name), field=f"{field}.name")
        if each.key and each.key not in _KEYS:
            raise InvalidInput(N_("The key must be one of 1 to 9."), field=f"{field}.key")
        if each.key in keys:
            raise InvalidInput(N_("The key %(key)s chooses two results.", key=each.key), field=f"{field}.key")
        if not 60 <= each.after <= LONGEST_AFTER:
            raise InvalidInput(N_("Between a minute and a year."), field=f"{field}.after")
        names.add(name.casefold())
        keys |= {each.key} - {""}
        responsible = each.responsible.strip()
        plain = {"id": each.id, "key": each.key, "act": Act(each.act).value, "after": each.after}
        more = {"success": each.success, "responsible": responsible, "template_id": each.template_id}
        rows.append({**plain, **more, "name": name, "position": place})
    return rows


def _check_templates(rows: list[dict[str, Any]], offered: dict[int, str]) -> None:
    for place, row in enumerate(rows):
        field = f"dispositions[{place}].template_id"
        template = row["template_id"]
        if template is not None and template not in offered:
            raise InvalidInput(N_("There is no such template."), field=field)
        if row["act"] == Act.DO_NOT_CALL and offered.get(template) == "sms":
            raise InvalidInput(N_("Whoever asks not to be called gets no SMS either."), field=field)


async def _check_logins(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    wanted = {row["responsible"] for row in rows} - {""}
    known = set(await connection.scalars(sa.select(users.c.login).where(users.c.login.in_(wanted), users.c.active)))
    for place, row in enumerate(rows):
        if row["responsible"] and row["responsible"] not in known:
            text = N_("There is no user %(login)s.", login=row["responsible"])
            raise InvalidInput(text, field=f"dispositions[{place}].responsible")


async def _existing(connection: AsyncConnection, project_id: int) -> dict[int, str]:
    """The names of all results the project ever had, by id. Whoever saves next waits for this one."""
    project = sa.select(projects.c.id).where(projects.c.id == project_id).with_for_update()
    if await connection.scalar(project) is None:
        raise NotFound(N_("There is no project %(number)s.", number=project_id))
    query = sa.select(dispositions.c.id, dispositions.c.name).where(dispositions.c.project_id == project_id)
    return dict((await connection.execute(query)).all())


async def _replace(
    connection: AsyncConnection, existing: dict[int, str], project_id: int, rows: list[dict[str, Any]]
) -> None:
    kept = {row["id"] for row in rows} - {0}
    if kept - existing.keys():
        raise NotFound(N_("There is no such result."))
    # One withdrawn earlier that has this name is offered again: it is the same result in all that is counted.
    withdrawn = {name: key for key, name in existing.items() if key not in kept}
    for row in rows:
        row["id"] = row["id"] or withdrawn.pop(row["name"], 0)
    await _free_names(connection, existing, rows)
    mine = dispositions.c.project_id == project_id
    await connection.execute(dispositions.update().where(mine).values(active=False, key=""))
    for row in rows:
        values = {**row, "project_id": project_id, "active": True}
        key = values.pop("id")
        if key:
            await connection.execute(dispositions.update().where(dispositions.c.id == key).values(values))
        else:
            await connection.execute(dispositions.insert().values(values))


async def _free_names(connection: AsyncConnection, existing: dict[int, str], rows: list[dict[str, Any]]) -> None:
    """Names are unique: two results may take each other's, and one the name of another that is offered no more."""
    kept, wanted = {row["id"] for row in rows}, {row["name"] for row in rows}
    for key, name in existing.items():
        aside = f"\t{key}" if key in kept else f"{name[:_SHORTENED]} ({key})" if name in wanted else name
        if aside != name:
            await connection.execute(dispositions.update().where(dispositions.c.id == key).values(name=aside))
