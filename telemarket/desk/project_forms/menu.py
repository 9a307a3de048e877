"""The editor of a project's menu, and the menu as a tree to look at."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from telemarket.calls.menu_rules import FIRST, next_node
from telemarket.calls.menu_rules import destinations as ways_on
from telemarket.calls.plan import Node, NodeKind, Plan
from telemarket.calls.plan_rules import KEYS
from telemarket.calls.problems import Problem
from telemarket.core.i18n import N_
from telemarket.desk.project_forms import destinations
from telemarket.desk.project_forms.draft import Draft, Raw
from telemarket.desk.project_forms.editors import ListEditor, number
from telemarket.desk.project_forms.simple import number_text

NODE_KINDS = {
    NodeKind.MENU: N_("asks for a key"),
    NodeKind.SAY: N_("says something"),
    NodeKind.ASK: N_("asks for a number"),
}


class Line(NamedTuple):
    """On `way` (a key, `then`, `otherwise`) a caller comes to the step `name`, or leaves the menu `to` somewhere."""

    depth: int
    way: str
    name: str
    to: str
    again: bool = False  # the step stands above already


class MenuEditor(ListEditor):
    """The steps of a menu by name; keys of choices in the order they stand in."""

    root = "plan.menu"
    template = "projects/menu.html"

    def show(self, plan: Plan) -> Raw:
        """See `Editor`."""
        return {"menu": [_show(name, node) for name, node in plan.menu.items()]}

    def read(self, draft: Draft, problems: list[Problem]) -> dict[str, Any]:
        """See `Editor`."""
        menu: dict[str, Node] = {}
        for path in draft.rows(self.root):
            name = draft.value(f"{path}.name").strip()
            if name in menu:
                problems.append(Problem(f"{path}.name", N_("There is a step of this name already.")))
                continue
            menu[name] = _read(draft, path, problems)
        return {self.root: menu}

    def blank(self, draft: Draft, path: str) -> Raw:
        """See `Editor`."""
        if path != self.root:
            taken = {draft.value(f"{choice}.digit") for choice in draft.rows(path)}
            return {"digit": next((key for key in KEYS if key not in taken), ""), "to": destinations.show("")}
        names = {draft.value(f"{node}.name") for node in draft.rows(path)}
        free = (f"step-{number}" for number in range(2, 1000) if f"step-{number}" not in names)
        return _show(next(free) if FIRST in names else FIRST, Node(kind=NodeKind.MENU, choices={"1": ""}))

    def place(self, field: str, draft: Draft) -> str:
        """See `Editor`."""
        for path in draft.rows(self.root):
            start = f"{self.root}.{draft.value(f'{path}.name').strip()}"
            if field != start and not field.startswith(f"{start}."):
                continue
            below = field.removeprefix(start)
            for choice in draft.rows(f"{path}.choices"):
                if below == f".choices.{draft.value(f'{choice}.digit')}":
                    return f"{choice}.to"
            return f"{path}{below}"
        return field


def tree(menu: dict[str, Node]) -> list[Line]:
    """The menu from its first step on."""
    return list(_branch(menu, FIRST, "", 0, set())) if FIRST in menu else []


def _branch(menu: dict[str, Node], name: str, way: str, depth: int, seen: set[str]) -> Iterator[Line]:
    if name in seen:
        yield Line(depth, way, name, "", again=True)
        return
    seen.add(name)
    yield Line(depth, way, name, "")
    for field, to in ways_on(menu[name]):
        onward = field.removeprefix("choices.")
        following = next_node(to)
        if following in menu:
            yield from _branch(menu, following, onward, depth + 1, seen)
        else:
            yield Line(depth + 1, onward, "", to)


def _show(name: str, node: Node) -> Raw:
    return {
        "name": name,
        "kind": str(node.kind),
        "sound": node.sound,
        "choices": [{"digit": digit, "to": destinations.show(to)} for digit, to in node.choices.items()],
        "then": destinations.show(node.then),
        "otherwise": destinations.show(node.otherwise),
        "seconds": number_text(node.seconds),
        "attempts": str(node.attempts),
        "digits": str(node.digits),
        "look_up": "on" if node.look_up else "",
    }


def _read(draft: Draft, path: str, problems: list[Problem]) -> Node:
    """A step as filled in; what its kind does not have is left out."""
    text = draft.value(f"{path}.kind")
    kind = NodeKind(text) if text in set(NodeKind) else NodeKind.MENU

    values: dict[str, Any] = {"sound": draft.value(f"{path}.sound").strip()}
    if kind is NodeKind.MENU:
        values["choices"] = _choices(draft, path, problems)
    else:
        values["then"] = destinations.read(draft, f"{path}.then")
    if kind is not NodeKind.SAY:
        values["otherwise"] = destinations.read(draft, f"{path}.otherwise")
        values["seconds"] = number(draft, f"{path}.seconds", problems)
        values["attempts"] = int(number(draft, f"{path}.attempts", problems))
    if kind is NodeKind.ASK:
        values["digits"] = int(number(draft, f"{path}.digits", problems))
        values["look_up"] = bool(draft.value(f"{path}.look_up"))
    return Node(kind=kind, **values)


def _choices(draft: Draft, path: str, problems: list[Problem]) -> dict[str, str]:
    choices: dict[str, str] = {}
    for choice in draft.rows(f"{path}.choices"):
        digit = draft.value(f"{choice}.digit")
        if digit in choices:
            problems.append(Problem(f"{choice}.digit", N_("This key is taken already.")))
        choices[digit] = destinations.read(draft, f"{choice}.to")
    return choices
