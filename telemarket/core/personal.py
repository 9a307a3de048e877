"""What rooms keep of one person: the contract by which it is handed out and erased as a whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whose data: the contact, those that became a part of it, their numbers (digits) and names."""

    contact_ids: tuple[int, ...]
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What a room keeps of a person: rows that JSON can hold, and files by their names in the archive."""

    rows: Sequence[Any] = ()
    files: Sequence[tuple[str, Path]] = ()


class PersonalData(Protocol):
    """A room that keeps something of people."""

    name: str

    async def collect(self, connection: AsyncConnection, person: Person) -> Part:
        """All of it."""
        ...

    async def objections(self, connection: AsyncConnection, person: Person) -> list[str]:
        """Why something of it must not be erased now (marked for translation); empty if all may."""
        ...

    async def erase(self, connection: AsyncConnection, person: Person) -> int:
        """Erase what tells who he is and what he said; what is only counted may stay. Returns how many rows."""
        ...

    async def finish(self) -> None:
        """What cannot be part of a transaction, such as removing files; called after it, and safe to repeat."""
        ...
