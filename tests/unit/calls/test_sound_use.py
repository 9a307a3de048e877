"""Which projects let their callers hear a sound."""

from typing import cast

from telemarket.calls.model import Project
from telemarket.calls.plan import Node, NodeKind, Overflow, OverflowWhen, Plan
from telemarket.calls.projects import ProjectService
from telemarket.calls.sound_use import sound_uses


class Projects:
    """The projects there are."""

    async def load_all(self) -> list[Project]:
        menu = {
            "start": Node(kind=NodeKind.MENU, sound="choose", choices={"1": "message:prices", "2": "node:more"}),
            "more": Node(kind=NodeKind.SAY, sound="greeting", then="hangup", otherwise="nonsense"),
        }
        overflow = (Overflow(when=OverflowWhen.CLOSED, to="message:holiday"),)
        return [
            Project(id=1, number="077", name="КАСКО", plan=Plan(greeting="greeting", menu=menu, overflow=overflow)),
            Project(id=2, number="078", name="ДМС", plan=Plan(greeting="greeting")),
            Project(id=3, number="079", name="ОСЦПВ"),
        ]


async def test_greetings_menus_and_messages_are_uses() -> None:
    assert await sound_uses(cast(ProjectService, Projects())) == {
        "greeting": ["077 КАСКО", "078 ДМС"],
        "choose": ["077 КАСКО"],
        "prices": ["077 КАСКО"],
        "holiday": ["077 КАСКО"],
    }
