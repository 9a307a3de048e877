"""Projects: the queues of the call centre, with their numbers, operators and habits."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.crm_url import check_crm_url
from telemarket.calls.model import Project
from telemarket.calls.recordings import check_format
from telemarket.calls.tables import project_numbers, project_operators, projects
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users
from telemarket.core.text import clean_line

_NUMBER = re.compile(r"[0-9A-Za-z._-]{1,20}")
_DNIS = re.compile(r"[0-9A-Za-z+*#._-]{1,40}")
_MUSIC_CLASS = re.compile(r"[A-Za-z0-9_-]{1,80}")
_RING_SECONDS = range(5, 301)
_WRAPUP_SECONDS = range(0, 3601)
_RETENTION_DAYS = range(0, 36_501)
_CRM_OPEN = ("", "window", "frame")
_COLUMNS = tuple(projects.c[name] for name in Project.__struct_fields__ if name in projects.c)


class ProjectFields(TypedDict, total=False):
    """What may be said about a project; see `Project` for the meaning."""

    name: str
    music_class: str
    ring_seconds: int
    wrapup_seconds: int
    record: bool
    recording_format: str
    recording_stereo: bool
    retention_days: int
    crm_url: str
    crm_open: str
    show_card: bool
    active: bool


class ProjectService:
    """Projects as stored. The running call centre reads them with `load_all`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load_all(self) -> list[Project]:
        """Every active project with its numbers and active operators, by number; three queries whatever their count."""
        async with self._database.read() as connection:
            return await _load(connection, projects.c.active)

    async def project(self, number: str) -> Project:
        """One project, active or not, by its number; raises NotFound."""
        async with self._database.read() as connection:
            return await _fetch(connection, number)

    async def add(self, number: str, *, dnis: Iterable[str] = (), **fields: Unpack[ProjectFields]) -> Project:
        """Add a project; `name` is needed. Raises InvalidInput naming the field."""
        _check(_NUMBER, number, "number")
        values = _clean({"name": "", **fields})
        _check_crm(values.get("crm_url", ""), values.get("crm_open", ""))
        try:
            async with self._database.write() as connection:
                insert = projects.insert().values(number=number, **values)
                project_id = await connection.scalar(insert.returning(projects.c.id))
                await _set_numbers(connection, int(project_id or 0), dnis)
                return await _fetch(connection, number)
        except IntegrityError as error:
            raise InvalidInput(N_("There is a project %(number)s already.", number=number), field="number") from error

    async def update(
        self, number: str, *, dnis: Iterable[str] | None = None, **fields: Unpack[ProjectFields]
    ) -> Project:
        """Change what is given and leave the rest; `dnis` replaces all numbers.

        Raises NotFound, or InvalidInput naming the field.
        """
        values = _clean(fields)
        async with self._database.write() as connection:
            row = (await connection.execute(sa.select(projects).where(projects.c.number == number))).first()
            if row is None:
                raise _unknown(number)
            _check_crm(values.get("crm_url", row.crm_url), values.get("crm_open", row.crm_open))
            if values:
                await connection.execute(projects.update().where(projects.c.id == row.id).values(**values))
            if dnis is not None:
                await connection.execute(project_numbers.delete().where(project_numbers.c.project_id == row.id))
                await _set_numbers(connection, row.id, dnis)
            return await _fetch(connection, number)

    async def change_operators(
        self, number: str, *, add: Collection[str] = (), remove: Collection[str] = ()
    ) -> Project:
        """Let people serve a project, or no longer, by login. Raises NotFound naming what is not there."""
        async with self._database.write() as connection:
            project_id = await connection.scalar(sa.select(projects.c.id).where(projects.c.number == number))
            if project_id is None:
                raise _unknown(number)
            added = await _user_ids(connection, add)
            changed = {*added, *await _user_ids(connection, remove)}
            served = project_operators.c
            if changed:
                await connection.execute(
                    project_operators.delete().where(served.project_id == project_id, served.user_id.in_(changed))
                )
            if added:
                rows = [{"project_id": project_id, "user_id": user_id} for user_id in added]
                await connection.execute(project_operators.insert(), rows)
            return await _fetch(connection, number)


async def _load(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> list[Project]:
    numbers = sa.select(project_numbers.c.project_id, project_numbers.c.dnis).order_by(project_numbers.c.dnis)
    operators = (
        sa.select(project_operators.c.project_id, project_operators.c.user_id)
        .join(users, users.c.id == project_operators.c.user_id)
        .where(users.c.active)
    )
    dnis_of: defaultdict[int, list[str]] = defaultdict(list)
    operators_of: defaultdict[int, set[int]] = defaultdict(set)
    rows = (await connection.execute(sa.select(*_COLUMNS).where(condition).order_by(projects.c.number))).all()
    for project_id, dnis in await connection.execute(numbers):
        dnis_of[project_id].append(dnis)
    for project_id, user_id in await connection.execute(operators):
        operators_of[project_id].add(user_id)
    return [
        Project(**row._mapping, dnis=tuple(dnis_of[row.id]), operator_ids=frozenset(operators_of[row.id]))
        for row in rows
    ]


async def _fetch(connection: AsyncConnection, number: str) -> Project:
    for project in await _load(connection, projects.c.number == number):
        return project
    raise _unknown(number)


def _clean(fields: ProjectFields) -> ProjectFields:
    clean = fields.copy()
    if "name" in clean:
        clean["name"] = clean_line(clean["name"], field="name", limit=200, required=True)
    if "music_class" in clean:
        _check(_MUSIC_CLASS, clean["music_class"], "music_class")
    if "ring_seconds" in clean:
        _check_range(_RING_SECONDS, clean["ring_seconds"], "ring_seconds")
    if "wrapup_seconds" in clean:
        _check_range(_WRAPUP_SECONDS, clean["wrapup_seconds"], "wrapup_seconds")
    if "recording_format" in clean:
        check_format(clean["recording_format"])
    if clean.get("retention_days", 0) not in _RETENTION_DAYS:
        raise InvalidInput(N_("It must be from 0 (for ever) to 36500 days."), field="retention_days")
    return clean


def _check(pattern: re.Pattern[str], value: str, field: str) -> None:
    if not pattern.fullmatch(value):
        raise InvalidInput(N_("“%(value)s” cannot be used here.", value=value[:80]), field=field)


def _check_range(allowed: range, value: int, field: str) -> None:
    if value not in allowed:
        raise InvalidInput(
            N_("It must be from %(least)s to %(most)s seconds.", least=allowed[0], most=allowed[-1]), field=field
        )


def _check_crm(url: str, opened: str) -> None:
    if opened not in _CRM_OPEN:
        raise InvalidInput(
            N_("It must be one of: %(allowed)s.", allowed=", ".join(filter(None, _CRM_OPEN))), field="crm_open"
        )
    if url:
        check_crm_url(url)
    elif opened:
        raise InvalidInput(N_("An outside CRM needs its address."), field="crm_url")


async def _set_numbers(connection: AsyncConnection, project_id: int, dnis: Iterable[str]) -> None:
    wanted = list(dict.fromkeys(dnis))
    for number in wanted:
        _check(_DNIS, number, "dnis")
    taken = (
        sa.select(project_numbers.c.dnis, projects.c.number)
        .join(projects, projects.c.id == project_numbers.c.project_id)
        .where(project_numbers.c.dnis.in_(wanted))
    )
    if other := (await connection.execute(taken)).first():
        raise InvalidInput(
            N_("The number %(dnis)s already belongs to project %(number)s.", dnis=other.dnis, number=other.number),
            field="dnis",
        )
    if wanted:
        rows: list[dict[str, Any]] = [{"dnis": number, "project_id": project_id} for number in wanted]
        await connection.execute(project_numbers.insert(), rows)


async def _user_ids(connection: AsyncConnection, logins: Collection[str]) -> list[int]:
    found = {
        row.login: row.id
        for row in await connection.execute(sa.select(users.c.login, users.c.id).where(users.c.login.in_(logins)))
    }
    if missing := sorted(set(logins) - found.keys()):
        raise NotFound(N_("There is no user %(login)s.", login=", ".join(missing)))
    return list(found.values())


def _unknown(number: str) -> NotFound:
    return NotFound(N_("There is no project %(number)s.", number=number))
