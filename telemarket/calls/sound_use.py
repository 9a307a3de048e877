"""Which projects let their callers hear a sound."""

from collections.abc import Iterator

from telemarket.calls.destinations import DestinationKind, parse_destination
from telemarket.calls.plan import Plan
from telemarket.calls.projects import ProjectService
from telemarket.core.errors import InvalidInput


async def projects_with(projects: ProjectService, name: str) -> list[str]:
    """Active projects whose plan refers to the sound `name`, each by number and name."""
    return [f"{project.number} {project.name}" for project in await projects.load_all() if name in _heard(project.plan)]


def _heard(plan: Plan) -> set[str]:
    """Names of the sounds a plan refers to."""
    names = {plan.greeting, *(node.sound for node in plan.menu.values())}
    return names.union(*map(_message, _destinations(plan))) - {""}


def _destinations(plan: Plan) -> Iterator[str]:
    yield from (rule.to for rule in plan.overflow)
    for node in plan.menu.values():
        yield from (*node.choices.values(), node.then, node.otherwise)


def _message(text: str) -> tuple[str, ...]:
    try:
        destination = parse_destination(text)
    except InvalidInput:
        return ()
    return (destination.value,) if destination.kind is DestinationKind.MESSAGE else ()
