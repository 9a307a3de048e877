"""The parts of a plan that are lists: skills, overflow, hours, the menu. Each is shown and read by its editor."""

from typing import Any, Protocol, TypeVar

from telemarket.calls.hours_text import read_date, read_days, read_openings, write_openings
from telemarket.calls.plan import Hours, Overflow, OverflowWhen, Plan, Relaxation, SkillNeed
from telemarket.calls.plan_rules import skill_name
from telemarket.calls.problems import Problem
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.desk.project_forms import destinations
from telemarket.desk.project_forms.draft import Draft, Raw
from telemarket.desk.project_forms.simple import number_text, read_number


class WithHours(Protocol):
    """Whatever has working hours."""

    @property
    def hours(self) -> Hours:
        """When it is open."""
        ...


T = TypeVar("T", contravariant=True)


class Editor(Protocol[T]):
    """One such part of a `T`. `root` is its path; `template` draws it."""

    root: str
    template: str

    def show(self, plan: T, /) -> Raw:
        """Its fields, below those of the whole it is a part of."""
        ...

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """Values by path; what cannot be understood is added to `problems`."""
        ...

    def blank(self, draft: Draft, path: str) -> Raw:
        """A new entry of the list at `path`."""
        ...

    def act(self, draft: Draft, action: str) -> None:
        """Carry out a command of its own."""
        ...

    def place(self, field: str, draft: Draft) -> str:
        """Where in the form the problem of a plan's field stands."""
        ...


class ListEditor:
    """What most editors have in common: no commands of their own, and fields that are the plan's."""

    def act(self, draft: Draft, action: str) -> None:
        """See `Editor`."""

    def place(self, field: str, draft: Draft) -> str:  # noqa: ARG002
        """See `Editor`."""
        return field


class SkillsEditor(ListEditor):
    """The skills asked for, and how they relax."""

    root = "plan.skills"
    template = "projects/skills.html"

    def show(self, plan: Plan) -> Raw:
        """See `Editor`."""
        return {
            "skills": [
                {
                    "skill": need.skill,
                    "level": str(need.level),
                    "relax": [{"after": number_text(step.after), "level": str(step.level)} for step in need.relax],
                }
                for need in plan.skills
            ]
        }

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """See `Editor`."""
        needs = tuple(
            SkillNeed(
                skill=_skill(draft.value(f"{path}.skill"), f"{path}.skill", problems),
                level=int(number(draft, f"{path}.level", problems)),
                relax=tuple(
                    Relaxation(
                        after=number(draft, f"{step}.after", problems),
                        level=int(number(draft, f"{step}.level", problems)),
                    )
                    for step in draft.rows(f"{path}.relax")
                ),
            )
            for path in draft.rows(self.root)
        )
        return {self.root: needs}

    def blank(self, draft: Draft, path: str) -> Raw:
        """See `Editor`."""
        if path == self.root:
            return {"skill": "", "level": "50", "relax": []}
        steps = draft.rows(path)
        return {"after": str(60 * (len(steps) + 1)), "level": ""}


class OverflowEditor(ListEditor):
    """What makes a call leave the queue, and where it goes."""

    root = "plan.overflow"
    template = "projects/overflow.html"

    def show(self, plan: Plan) -> Raw:
        """See `Editor`."""
        return {
            "overflow": [
                {
                    "when": str(rule.when),
                    "after": number_text(rule.after) if rule.after else "",
                    "to": destinations.show(rule.to),
                }
                for rule in plan.overflow
            ]
        }

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """See `Editor`."""
        rules = []
        for path in draft.rows(self.root):
            when = draft.value(f"{path}.when")
            if when not in set(OverflowWhen):
                problems.append(Problem(f"{path}.when", N_("Say when.")))
                continue
            waited = when == OverflowWhen.WAITED
            after = number(draft, f"{path}.after", problems) if waited else 0.0
            rules.append(Overflow(when=OverflowWhen(when), after=after, to=destinations.read(draft, f"{path}.to")))
        return {self.root: tuple(rules)}

    def blank(self, draft: Draft, path: str) -> Raw:  # noqa: ARG002
        """See `Editor`."""
        return {"when": str(OverflowWhen.WAITED), "after": "60", "to": {"kind": "queue", "value": ""}}


class HoursEditor(ListEditor):
    """A week of hours, and the days that have hours of their own; `root` is the path of the hours."""

    template = "projects/hours.html"

    def __init__(self, root: str = "plan.hours") -> None:
        self.root = root

    def show(self, plan: WithHours) -> Raw:
        """See `Editor`."""
        hours = plan.hours
        return {
            "hours": {
                "always": "" if hours.week else "on",
                "week": [write_openings(day) for day in hours.week or ((),) * 7],
                "days": [
                    {"date": day, "openings": write_openings(openings)} for day, openings in sorted(hours.days.items())
                ],
                "paste": "",
            }
        }

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """See `Editor`."""
        week = tuple(_openings(draft, path, problems) for path in draft.rows(f"{self.root}.week"))
        days = {}
        for path in draft.rows(f"{self.root}.days"):
            openings = _openings(draft, f"{path}.openings", problems)
            try:
                day = read_date(draft.value(f"{path}.date").strip())
            except ValueError:
                problems.append(Problem(f"{path}.date", N_("This is not a day.")))
                continue
            if day in days:
                problems.append(Problem(f"{path}.date", N_("This day is there already.")))
            days[day] = openings
        always = draft.value(f"{self.root}.always")
        return {f"{self.root}.week": () if always else week, f"{self.root}.days": days}

    def blank(self, draft: Draft, path: str) -> Raw:  # noqa: ARG002
        """See `Editor`."""
        return {"date": "", "openings": ""}

    def act(self, draft: Draft, action: str) -> None:
        """Monday's hours for the other working days; or days pasted from elsewhere."""
        hours = draft.part(self.root)
        if action == "copy-monday" and len(hours.get("week", [])) == 7:
            hours["week"][1:5] = [hours["week"][0]] * 4
        elif action == "paste-days":
            pasted = f"{self.root}.paste"
            try:
                found = read_days(draft.value(pasted), pasted)
            except InvalidInput as error:
                draft.problems.append(Problem(error.field, error.message))
                return
            known = {row.get("date"): row for row in hours.get("days", [])}
            known |= {day: {"date": day, "openings": write_openings(spans)} for day, spans in found.items()}
            hours["days"] = [known[day] for day in sorted(known)]
            hours["paste"] = ""

    def place(self, field: str, draft: Draft) -> str:
        """See `Editor`."""
        for path in draft.rows(f"{self.root}.days"):
            if field.startswith(f"{self.root}.days.{draft.value(f'{path}.date')}"):
                return f"{path}.openings"
        return field


def number(draft: Draft, path: str, problems: list[Problem]) -> float:
    """The number filled in at `path`; 0, and a problem, if it is none."""
    try:
        value = read_number(draft.value(path).strip())
        int(value)  # neither infinite nor none
    except (ValueError, OverflowError):
        problems.append(Problem(path, N_("This is not a number of the kind expected.")))
        return 0
    return value


def _skill(text: str, path: str, problems: list[Problem]) -> str:
    try:
        return skill_name(text, path)
    except InvalidInput as error:
        problems.append(Problem(path, error.message))
        return ""


def _openings(draft: Draft, path: str, problems: list[Problem]) -> tuple[Any, ...]:
    try:
        return read_openings(draft.value(path), path)
    except InvalidInput as error:
        problems.append(Problem(path, error.message))
        return ()
