"""What a project's menu must keep to: every step leads somewhere, and who does nothing does not go round for ever."""

import re
from collections.abc import Callable, Iterator

from telemarket.calls.destinations import DestinationKind, parse_destination
from telemarket.calls.plan import Node, NodeKind
from telemarket.calls.problems import Problem, number_problems
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_

FIRST = "start"

_NAME = re.compile(r"[0-9A-Za-z_-]{1,40}")
_KEYS = frozenset("1234567890*#")
_MOST_NODES = 50
_RANGES = {"seconds": (1, 60), "attempts": (1, 10), "digits": (1, 40)}
CheckDestination = Callable[[str, str], Iterator[Problem]]


def menu_problems(menu: dict[str, Node], check: CheckDestination) -> Iterator[Problem]:
    """What is wrong with a menu; `check` looks at a destination, given with its field. No steps: no menu."""
    if not menu:
        return
    if FIRST not in menu:
        yield Problem("plan.menu", N_("The first step of a menu must be called “%(name)s”.", name=FIRST))
    if len(menu) > _MOST_NODES:
        yield Problem("plan.menu", N_("There may be %(most)s at most.", most=_MOST_NODES))
    for name, node in menu.items():
        field = f"plan.menu.{name}"
        if not _NAME.fullmatch(name):
            yield Problem(field, N_("A step's name has Latin letters, digits, _ and - only, at most 40."))
        yield from _node(node, field)
        for where, to in destinations(node):
            if to:
                yield from check(to, f"{field}.{where}")
    yield from _endless(menu)
    reached = reachable(menu)
    for name in menu:
        if name not in reached and FIRST in menu:
            yield Problem(f"plan.menu.{name}", N_("No way leads to this step."), warning=True)


def destinations(node: Node) -> list[tuple[str, str]]:
    """Where callers go from this step: the field of the node, and the destination (empty: the project's queue)."""
    if node.kind is NodeKind.SAY:
        return [("then", node.then)]
    if node.kind is NodeKind.ASK:
        return [("then", node.then), ("otherwise", node.otherwise)]
    return [*((f"choices.{digit}", to) for digit, to in node.choices.items()), ("otherwise", node.otherwise)]


def next_node(to: str) -> str:
    """The step of the menu a destination names; empty if it leads out of the menu."""
    try:
        destination = parse_destination(to)
    except InvalidInput:
        return ""
    return destination.value if destination.kind is DestinationKind.NODE else ""


def reachable(menu: dict[str, Node]) -> set[str]:
    """The steps a caller can come to from the first."""
    reached: set[str] = set()
    ahead = [FIRST]
    while ahead:
        name = ahead.pop()
        if name in menu and name not in reached:
            reached.add(name)
            ahead.extend(next_node(to) for _, to in destinations(menu[name]))
    return reached


def silent_end(menu: dict[str, Node], name: str) -> str:
    """Where a caller who presses nothing leaves the menu, from the step `name` on; empty: to the queue."""
    seen: set[str] = set()
    to = ""
    while name in menu and name not in seen:
        seen.add(name)
        to = _silent_way(menu[name])
        name = next_node(to)
    return to


def _silent_way(node: Node) -> str:
    return node.then if node.kind is NodeKind.SAY else node.otherwise


def _node(node: Node, field: str) -> Iterator[Problem]:
    yield from number_problems(node, _RANGES, field)
    if node.kind is NodeKind.MENU:
        if not node.choices:
            yield Problem(field, N_("A menu needs at least one choice."))
        for digit in node.choices:
            if digit not in _KEYS:
                yield Problem(f"{field}.choices.{digit}", N_("It must be one key of the telephone: 0 to 9, * or #."))
    elif node.choices:
        yield Problem(f"{field}.choices", N_("Only a menu has choices."))
    if not node.sound:
        silent = N_("The caller hears nothing here.")
        yield Problem(f"{field}.sound", silent, warning=node.kind is not NodeKind.SAY)


def _endless(menu: dict[str, Node]) -> Iterator[Problem]:
    """Rounds a caller goes for ever who presses nothing."""
    settled: set[str] = set()
    for first in menu:
        way: list[str] = []
        name = first
        while name in menu and name not in settled and name not in way:
            way.append(name)
            name = next_node(_silent_way(menu[name]))
        if name in way:
            last = way[-1]
            field = "then" if menu[last].kind is NodeKind.SAY else "otherwise"
            yield Problem(
                f"plan.menu.{last}.{field}",
                N_("A caller who presses nothing would go round for ever: %(way)s.", way=" → ".join([*way, name])),
            )
        settled.update(way)
