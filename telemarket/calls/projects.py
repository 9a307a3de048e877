"""Projects: the queues of the call centre, with their numbers, operators, habits and plans."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Unpack

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls import project_fields
from telemarket.calls.model import Project
from telemarket.calls.plan import Plan
from telemarket.calls.plan_rules import Surroundings, check_plan
from telemarket.calls.plan_text import decode_plan, encode_plan
from telemarket.calls.project_fields import NUMBER, RANKS, ProjectFields, changed_fields, check_pattern, check_range
from telemarket.calls.skills import Skills, SkillService, load_skills
from telemarket.calls.tables import project_numbers, project_operators, projects
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock, utc_now
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import audit_log, users

log = structlog.get_logger(__name__)

_COLUMNS = tuple(projects.c[name] for name in Project.__struct_fields__ if name in projects.c)


class Listed(NamedTuple):
    """A project in the list of all; an inactive one takes no calls."""

    project: Project
    active: bool


class Change(NamedTuple):
    """One entry of a project's history: `fields` are names such as `plan.hours`, or who was added to its operators.

    `author` is the person's name, empty for the command line.
    """

    at: datetime
    author: str
    action: str
    fields: tuple[str, ...]


class OperatorChanges(NamedTuple):
    """What is to change of those who serve a project, by login."""

    add: list[str]
    remove: list[str]
    ranks: dict[str, int]  # which of his queues one serves first
    skills: dict[str, Skills]  # level 0: no longer


class ProjectService:
    """Projects as stored. The running call centre reads them with `load_all`.

    `sound_names` gives the sounds that plans may refer to; without it any name will do. Whoever changes something
    (`by`, a user's id, None for the command line) stands in the audit log with what he changed.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock = utc_now,
        sound_names: Callable[[], Awaitable[frozenset[str]]] | None = None,
    ) -> None:
        self._database = database
        self._audit = AuditLog(database, clock)
        self._sound_names = sound_names
        self.skills = SkillService(database, clock)

    async def load_all(self) -> list[Project]:
        """Every active project with its numbers and active operators, by number; three queries whatever their count."""
        async with self._database.read() as connection:
            return [listed.project for listed in await _load(connection, projects.c.active)]

    async def list_all(self) -> list[Listed]:
        """Every project, active or not, by number."""
        async with self._database.read() as connection:
            return await _load(connection, sa.true())

    async def project(self, number: str) -> Project:
        """One project, active or not, by its number; raises NotFound."""
        return (await self.listed(number)).project

    async def listed(self, number: str) -> Listed:
        """One project and whether it is active; raises NotFound."""
        async with self._database.read() as connection:
            return await _fetch(connection, number)

    async def history(self, number: str, limit: int = 10) -> list[Change]:
        """Who changed what, newest first."""
        prefix = f"{number}: "
        wanted = (
            sa.select(audit_log.c.at, sa.func.coalesce(users.c.name, ""), audit_log.c.action, audit_log.c.subject)
            .join(users, users.c.id == audit_log.c.user_id, isouter=True)
            .where(audit_log.c.action.startswith("project."), audit_log.c.subject.startswith(prefix, autoescape=True))
            .order_by(audit_log.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).all()
        return [Change(at, who, action, tuple(what.removeprefix(prefix).split(", "))) for at, who, action, what in rows]

    async def surroundings(self, number: str) -> Surroundings:
        """What the plan of project `number` may refer to."""
        sounds = await self._sounds()
        async with self._database.read() as connection:
            return await _surroundings(connection, number, sounds)

    async def add(self, number: str, *, by: int | None = None, **fields: Unpack[ProjectFields]) -> Project:
        """Add a project; `name` is needed. Raises InvalidInput naming the field."""
        check_pattern(NUMBER, number, "number")
        values = project_fields.clean({"name": "", **fields})
        project_fields.check_crm(values.get("crm_url", ""), values.get("crm_open", ""))
        sounds = await self._sounds()
        try:
            async with self._database.write() as connection:
                insert = projects.insert().values(number=number, name=values["name"])
                await connection.execute(insert)
                old = (await _fetch(connection, number)).project
                await _store(connection, old, values, sounds)
                await self._audit.append_in(connection, by, "project.add", f"{number}: {values['name']}")
                return (await _fetch(connection, number)).project
        except IntegrityError as error:
            raise InvalidInput(N_("There is a project %(number)s already.", number=number), field="number") from error

    async def update(self, number: str, *, by: int | None = None, **fields: Unpack[ProjectFields]) -> Project:
        """Change what is given and leave the rest. Raises NotFound, or InvalidInput naming the field."""
        return await self.edit(number, lambda _project: fields, by)

    async def edit(self, number: str, change: Callable[[Project], ProjectFields], by: int | None = None) -> Project:
        """Change what `change` says of the project as it is now; nobody changes it between. `change` may raise.

        Raises NotFound, or InvalidInput naming the field.
        """
        sounds = await self._sounds()
        async with self._database.write() as connection:
            listed = await _fetch(connection, number)
            old = listed.project
            values = project_fields.clean(change(old))
            project_fields.check_crm(values.get("crm_url", old.crm_url), values.get("crm_open", old.crm_open))
            await _store(connection, old, values, sounds)
            new = await _fetch(connection, number)
            changed = changed_fields(old, new.project) + ["active"] * (new.active != listed.active)
            if changed:
                await self._audit.append_in(connection, by, "project.change", f"{number}: {', '.join(changed)}")
            return new.project

    async def change_operators(
        self,
        number: str,
        *,
        add: Collection[str] = (),
        remove: Collection[str] = (),
        ranks: Mapping[str, int] | None = None,
        by: int | None = None,
    ) -> Project:
        """Let people serve a project, or no longer, by login; `ranks` says which of his queues one serves first.

        Raises NotFound naming what is not there, or InvalidInput.
        """
        changes = OperatorChanges([*add], [*remove], {**(ranks or {})}, {})
        return await self.edit_operators(number, lambda _project, _skills: changes, by)

    async def edit_operators(
        self, number: str, change: Callable[[Project, Mapping[int, Skills]], OperatorChanges], by: int | None = None
    ) -> Project:
        """Change what `change` says of the project and everybody's skills as they are now, all of it or nothing;
        nobody changes them between. `change` may raise.

        Raises NotFound naming what is not there, or InvalidInput.
        """
        async with self._database.write() as connection:
            project = (await _fetch(connection, number)).project
            changes = change(project, await load_skills(connection))
            await self._serve(connection, project, changes, by)
            for login, levels in changes.skills.items():
                await self.skills.change_in(connection, login, levels, by)
            return (await _fetch(connection, number)).project

    async def _serve(
        self, connection: AsyncConnection, project: Project, changes: OperatorChanges, by: int | None
    ) -> None:
        add, remove, ranks, _ = changes
        for rank in ranks.values():
            check_range(RANKS, rank, "rank")
        ids = await _user_ids(connection, {*add, *remove, *ranks})
        served = await _ranks(connection, project.id)
        wanted = served | {ids[login]: served.get(ids[login], 0) for login in add}
        for login in remove:
            wanted.pop(ids[login], None)
        for login, rank in ranks.items():
            if ids[login] not in wanted:
                raise NotFound(N_("%(login)s does not serve project %(number)s.", login=login, number=project.number))
            wanted[ids[login]] = rank
        if wanted != served:
            await _set_operators(connection, project.id, wanted)
            said = [f"+{login}" for login in add] + [f"-{login}" for login in remove]
            said += [f"{login}={rank}" for login, rank in ranks.items()]
            await self._audit.append_in(connection, by, "project.operators", f"{project.number}: {', '.join(said)}")

    async def _sounds(self) -> frozenset[str] | None:
        return await self._sound_names() if self._sound_names else None


async def _store(
    connection: AsyncConnection, project: Project, fields: ProjectFields, sounds: frozenset[str] | None
) -> None:
    values: dict[str, Any] = dict(fields)
    dnis = values.pop("dnis", None)
    if "plan" in values:
        check_plan(values["plan"], await _surroundings(connection, project.number, sounds), project.plan)
        values["plan"] = encode_plan(values["plan"])
    if values:
        await connection.execute(projects.update().where(projects.c.id == project.id).values(**values))
    if dnis is not None:
        await connection.execute(project_numbers.delete().where(project_numbers.c.project_id == project.id))
        await _set_numbers(connection, project.id, dnis)


async def _surroundings(connection: AsyncConnection, number: str, sounds: frozenset[str] | None) -> Surroundings:
    return Surroundings(
        number=number,
        queues=frozenset(await connection.scalars(sa.select(projects.c.number))),
        logins=frozenset(await connection.scalars(sa.select(users.c.login).where(users.c.active))),
        sounds=sounds,
    )


async def _load(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> list[Listed]:
    numbers = sa.select(project_numbers.c.project_id, project_numbers.c.dnis).order_by(project_numbers.c.dnis)
    operators = (
        sa.select(project_operators.c.project_id, project_operators.c.user_id, project_operators.c.rank)
        .join(users, users.c.id == project_operators.c.user_id)
        .where(users.c.active)
    )
    dnis_of: defaultdict[int, list[str]] = defaultdict(list)
    ranks_of: defaultdict[int, dict[int, int]] = defaultdict(dict)
    wanted = sa.select(*_COLUMNS, projects.c.active).where(condition).order_by(projects.c.number)
    rows = (await connection.execute(wanted)).all()
    for project_id, dnis in await connection.execute(numbers):
        dnis_of[project_id].append(dnis)
    for project_id, user_id, rank in await connection.execute(operators):
        ranks_of[project_id][user_id] = rank
    return [_listed(row._mapping, tuple(dnis_of[row.id]), ranks_of[row.id]) for row in rows]


def _listed(row: sa.RowMapping, dnis: tuple[str, ...], ranks: dict[int, int]) -> Listed:
    values = {**row, "plan": _plan(row["number"], row["plan"])}
    active = values.pop("active")
    said = {user_id: rank for user_id, rank in ranks.items() if rank}
    return Listed(Project(**values, dnis=dnis, operator_ids=frozenset(ranks), ranks=said), active)


def _plan(number: str, text: str) -> Plan:
    try:
        return decode_plan(text)
    except InvalidInput as error:  # written by a later version, or by hand: its callers are served all the same
        log.error("a project's plan cannot be read; the project runs without one", project=number, error=str(error))
        return Plan()


async def _fetch(connection: AsyncConnection, number: str) -> Listed:
    for listed in await _load(connection, projects.c.number == number):
        return listed
    raise NotFound(N_("There is no project %(number)s.", number=number))


async def _set_numbers(connection: AsyncConnection, project_id: int, wanted: Iterable[str]) -> None:
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
    if rows := [{"dnis": number, "project_id": project_id} for number in wanted]:
        await connection.execute(project_numbers.insert(), rows)


async def _ranks(connection: AsyncConnection, project_id: int) -> dict[int, int]:
    """Who serves a project, active or not, and its rank among his queues."""
    served = project_operators.c
    found = await connection.execute(sa.select(served.user_id, served.rank).where(served.project_id == project_id))
    return dict(found.all())


async def _set_operators(connection: AsyncConnection, project_id: int, ranks: Mapping[int, int]) -> None:
    await connection.execute(project_operators.delete().where(project_operators.c.project_id == project_id))
    if rows := [{"project_id": project_id, "user_id": user, "rank": rank} for user, rank in ranks.items()]:
        await connection.execute(project_operators.insert(), rows)


async def _user_ids(connection: AsyncConnection, logins: Collection[str]) -> dict[str, int]:
    found = await connection.execute(sa.select(users.c.login, users.c.id).where(users.c.login.in_(logins)))
    ids = dict(found.all())
    if missing := sorted(set(logins) - ids.keys()):
        raise NotFound(N_("There is no user %(login)s.", login=", ".join(missing)))
    return ids
