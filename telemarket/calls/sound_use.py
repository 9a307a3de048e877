"""Which projects let their callers hear a sound."""

from collections import defaultdict

from telemarket.calls.destinations import DestinationKind, parse_destination
from telemarket.calls.plan import Plan
from telemarket.calls.projects import ProjectService
from telemarket.core.errors import InvalidInput


async def sound_uses(projects: ProjectService) -> dict[str, list[str]]:
    """Active projects, each by number and name, by the sounds their plans refer to."""
    uses: defaultdict[str, list[str]] = defaultdict(list)
    for project in await projects.load_all():
        for name in _heard(project.plan):
            uses[name].append(f"{project.number} {project.name}")
    return dict(uses)


def _heard(plan: Plan) -> set[str]:
    """Names of the sounds a plan refers to."""
    nodes = plan.menu.values()
    ways = [rule.to for rule in plan.overflow]
    ways += [to for node in nodes for to in (*node.choices.values(), node.then, node.otherwise)]
    return {plan.greeting, *(node.sound for node in nodes), *map(_message, ways)} - {""}


def _message(text: str) -> str:
    """The sound a destination plays; empty for any other."""
    try:
        destination = parse_destination(text)
    except InvalidInput:
        return ""
    return destination.value if destination.kind is DestinationKind.MESSAGE else ""
