"""Who must not be called: lists of numbers, of all projects (0) or of one."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.numbers import NumberingPlan

ALL_PROJECTS = 0


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """A number that must not be called."""

    number: str  # E.164 with its plus
    project_id: int  # 0: of all projects
    source: str  # desk | import: name | disposition
    reason: str
    added_at: datetime
    added_by: int | None


class BlockedPage(msgspec.Struct, frozen=True):
    """A page of numbers, those added last first. `after`, given back, brings the next one; None: this is the last."""

    numbers: tuple[Blocked, ...]
    after: str | None


class Imported(msgspec.Struct, kw_only=True):
    """What became of numbers that were to be put on the list. `refused` are (line, why), the first hundred of them."""

    added: int = 0
    known: int = 0  # they were on it already
    refused_count: int = 0
    refused: list[tuple[str, str]] = []


class DoNotCall:
    """The lists in `database`; numbers are read by `plan`."""

    def __init__(self, database: Database, clock: Clock, plan: NumberingPlan) -> None:
        raise NotImplementedError

    async def add(
        self, number: str, *, project_id: int = ALL_PROJECTS, source: str = "desk", reason: str = "", user: int | None
    ) -> bool:
        """Let a number not be called any more; False if it was on the list. Raises InvalidInput for what is none."""
        raise NotImplementedError

    async def remove(self, number: str, *, project_id: int = ALL_PROJECTS, user: int | None) -> bool:
        """Take a number from the list; False if it was not on it. Raises InvalidInput for what is none."""
        raise NotImplementedError

    async def page(
        self, *, project_id: int | None = None, text: str = "", after: str | None = None, limit: int = 50
    ) -> BlockedPage:
        """Those added last first; `project_id` None: of all lists; `text`: a number, or how it begins."""
        raise NotImplementedError

    async def take(
        self,
        lines: Iterable[str],
        *,
        project_id: int = ALL_PROJECTS,
        source: str,
        reason: str = "",
        user: int | None,
    ) -> Imported:
        """Put numbers on the list, one or several a line, in any writing."""
        raise NotImplementedError
