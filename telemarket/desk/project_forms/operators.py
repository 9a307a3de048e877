"""Who serves a project: the form with a line for everybody who has a telephone."""

import re
from collections.abc import Mapping, Sequence

from telemarket.calls.model import Project
from telemarket.calls.plan_rules import LEVELS, skill_name
from telemarket.calls.problems import Problem
from telemarket.calls.project_fields import RANKS
from telemarket.calls.projects import OperatorChanges
from telemarket.calls.skills import Skills
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.core.roles import User
from telemarket.desk.project_forms.draft import Draft, Raw

ROOT = "people"
_SKILL = re.compile(r"(\S.*?)[\s:=]+(\d{1,3})\s*%?")


def show(project: Project, people: Sequence[User], skills: Mapping[int, Skills]) -> Draft:
    """The form as it is; those who serve the project come first."""
    serving = [user for user in people if user.id in project.operator_ids]
    others = [user for user in people if user.id not in project.operator_ids]
    rows: list[Raw] = [
        {
            "login": user.login,
            "name": user.name,
            "serves": "on" if user.id in project.operator_ids else "",
            "rank": str(project.ranks.get(user.id, 0)),
            "skills": write_skills(skills.get(user.id, {})),
        }
        for user in (*serving, *others)
    ]
    return Draft({ROOT: rows})


def read(draft: Draft, before: Draft) -> OperatorChanges:
    """What the form changes of how it was `before`; what cannot be understood is added to the draft's problems."""
    changes = OperatorChanges([], [], {}, {})
    rows = {before.value(f"{path}.login"): path for path in before.rows(ROOT)}
    for path in draft.rows(ROOT):
        login = draft.value(f"{path}.login")
        if (old := rows.get(login)) is None:
            continue
        serves, served = (bool(draft_.value(f"{p}.serves")) for draft_, p in ((draft, path), (before, old)))
        if serves != served:
            (changes.add if serves else changes.remove).append(login)
        rank = _rank(draft, f"{path}.rank")
        if serves and rank != int(before.value(f"{old}.rank") or 0):
            changes.ranks[login] = rank
        if draft.value(f"{path}.skills") != before.value(f"{old}.skills"):
            known = read_skills(before.value(f"{old}.skills"))
            wanted = _skills(draft, f"{path}.skills")
            changes.skills[login] = dict.fromkeys(known, 0) | wanted
    return changes


def read_skills(text: str, field: str = "skills") -> Skills:
    """Skills with levels: "english 80, polish 40". Raises InvalidInput naming `field`."""
    skills: Skills = {}
    for part in filter(None, (part.strip() for part in re.split(r"[,;\n]", text))):
        found = _SKILL.fullmatch(part)
        if found is None or int(found[2]) not in LEVELS:
            raise InvalidInput(N_("Write each skill with its level, 1 to 100: english 80, polish 40."), field=field)
        skills[skill_name(found[1], field)] = int(found[2])
    return skills


def write_skills(skills: Skills) -> str:
    """The same, as it is shown."""
    return ", ".join(f"{skill} {level}" for skill, level in skills.items())


def _skills(draft: Draft, path: str) -> Skills:
    try:
        return read_skills(draft.value(path), path)
    except InvalidInput as error:
        draft.problems.append(Problem(path, error.message))
        return {}


def _rank(draft: Draft, path: str) -> int:
    text = draft.value(path).strip() or "0"
    if text.isdecimal() and int(text) in RANKS:
        return int(text)
    draft.problems.append(Problem(path, N_("It must be from %(least)s to %(most)s.", least=RANKS[0], most=RANKS[-1])))
    return 0
