"""What operators are good at, and how good."""

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.model import Project
from telemarket.calls.plan_rules import LEVELS, skill_name
from telemarket.calls.problems import Problem
from telemarket.calls.project_fields import check_range
from telemarket.calls.tables import operator_skills
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock, utc_now
from telemarket.core.database import Database
from telemarket.core.errors import NotFound
from telemarket.core.i18n import N_
from telemarket.core.tables import users

Skills = dict[str, int]
"""Levels, 1 to 100, by skill."""


class SkillService:
    """Operators' skills as stored."""

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._audit = AuditLog(database, clock)

    async def of_everybody(self) -> dict[int, Skills]:
        """The skills of all who have some, by user's id."""
        async with self._database.read() as connection:
            return await load_skills(connection)

    async def change(self, login: str, levels: Mapping[str, int], *, by: int | None = None) -> Skills:
        """Set these levels and leave the person's other skills as they are; level 0 takes a skill away.

        Returns all his skills then. Raises NotFound, or InvalidInput naming the skill.
        """
        async with self._database.write() as connection:
            return await self.change_in(connection, login, levels, by)

    async def change_in(
        self, connection: AsyncConnection, login: str, levels: Mapping[str, int], by: int | None
    ) -> Skills:
        """The same in a transaction of the caller's."""
        wanted = {skill_name(skill): level for skill, level in levels.items()}
        for skill, level in wanted.items():
            check_range(range(LEVELS[-1] + 1), level, skill)
        user_id = await connection.scalar(sa.select(users.c.id).where(users.c.login == login))
        if user_id is None:
            raise NotFound(N_("There is no user %(login)s.", login=login))
        before = (await load_skills(connection, user_id)).get(user_id, {})
        after = {skill: level for skill, level in {**before, **wanted}.items() if level}
        if after != before:
            await _replace(connection, user_id, after)
            changed = [f"{skill}={level}" for skill, level in wanted.items() if before.get(skill, 0) != level]
            await self._audit.append_in(connection, by, "operator.skills", f"{login}: {', '.join(changed)}")
        return after


def unmet_skills(project: Project, skills: Mapping[int, Skills]) -> list[Problem]:
    """The skills that a project asks for to the end, and none of its operators has."""
    levels = [skills.get(user_id, {}) for user_id in project.operator_ids]
    return [
        Problem(
            f"plan.skills[{index}].level",
            N_("No operator of the project has %(skill)s %(level)s.", skill=need.skill, level=least),
            warning=True,
        )
        for index, need in enumerate(project.plan.skills)
        if (least := min([need.level, *(step.level for step in need.relax)]))
        and all(known.get(need.skill, 0) < least for known in levels)
    ]


async def load_skills(connection: AsyncConnection, user_id: int | None = None) -> dict[int, Skills]:
    """The skills of everybody, or of one, in one query."""
    wanted = sa.select(operator_skills).order_by(operator_skills.c.skill)
    if user_id is not None:
        wanted = wanted.where(operator_skills.c.user_id == user_id)
    skills: defaultdict[int, Skills] = defaultdict(dict)
    for user, skill, level in await connection.execute(wanted):
        skills[user][skill] = level
    return dict(skills)


async def _replace(connection: AsyncConnection, user_id: int, skills: Skills) -> None:
    await connection.execute(operator_skills.delete().where(operator_skills.c.user_id == user_id))
    if rows := [{"user_id": user_id, "skill": skill, "level": level} for skill, level in skills.items()]:
        await connection.execute(operator_skills.insert(), rows)
