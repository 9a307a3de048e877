"""What an Exchange server of the tests holds: folders with contacts, and a log of their changes."""

from collections.abc import Iterator
from itertools import count
from typing import Any

_numbers = count(1)


class Folder:
    """A folder below `parent`. Contacts are plain dictionaries, by id."""

    def __init__(
        self, name: str, parent: "Folder | None" = None, *, public: bool = False, closed: bool = False
    ) -> None:
        self.id = f"FOLDER+{next(_numbers):04}/="
        self.name = name
        self.parent = parent
        self.public = public
        self.closed = False  # nobody may read it
        self.children: list[Folder] = []
        self.items: dict[str, dict[str, Any]] = {}
        self.changed: dict[str, dict[str, Any]] = {}  # what the last change of a contact was
        self._log: list[tuple[str, str]] = []  # (what, id); the place in it is the sequence number
        if parent is not None:
            parent.children.append(self)

    def add(self, **values: Any) -> str:
        """A new contact; returns its id, which holds the characters that have to be escaped in addresses."""
        item_id = f"AAMk+{next(_numbers):06}/x=="
        self.items[item_id] = values
        self._log.append(("create", item_id))
        return item_id

    def change(self, item_id: str, **values: Any) -> None:
        """Change some values of a contact."""
        self.items[item_id] = {**self.items[item_id], **values}
        self.changed[item_id] = values
        self._log.append(("update", item_id))

    def remove(self, item_id: str) -> None:
        """Delete a contact."""
        del self.items[item_id]
        self._log.append(("delete", item_id))

    def walk(self) -> Iterator["Folder"]:
        """This folder and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def changes(self, since: int, most: int) -> tuple[list[tuple[str, str]], int, bool]:
        """At most `most` changes after place `since`, each item once with its last: ([(what, id)], place, all)."""
        before = {item_id for what, item_id in self._log[:since] if what == "create"}
        last = {item_id: place for place, (_, item_id) in enumerate(self._log, 1) if place > since}
        found = sorted((place, item_id) for item_id, place in last.items())
        told: list[tuple[str, str]] = []
        for place, item_id in found:
            if len(told) == most:
                return told, since, False
            since = place
            if item_id in self.items:
                told.append(("update" if item_id in before else "create", item_id))
            elif item_id in before:
                told.append(("delete", item_id))
        return told, len(self._log), True
