"""Children of the daemon that work at imports: started, awaited with a deadline, ended with it."""

import asyncio
from typing import Any

import msgspec
import structlog

from telemarket.core.children import Children
from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_, from_stored
from telemarket.core.settings import Settings
from telemarket.importing.child import SECTIONS

log = structlog.get_logger(__name__)

SHORT = 120.0
"""Seconds for what somebody waits for at his page."""
LONG = 6 * 3600.0
_MOST_AT_ONCE = 2  # of each kind


class ImportProcesses:
    """Runs tasks of `telemarket.importing.child`, a few at a time; those that somebody waits for at his page do not
    wait for the long ones."""

    def __init__(self, settings: Settings) -> None:
        self._children = Children(settings, SECTIONS)
        self._short = asyncio.Semaphore(_MOST_AT_ONCE)
        self._long = asyncio.Semaphore(_MOST_AT_ONCE)

    async def run(self, task: str, *arguments: object, deadline: float = SHORT) -> None:
        """Have the task carried out; raises InvalidInput saying what it refused, and TelemarketError if it died."""
        try:
            async with asyncio.timeout(deadline), self._short if deadline <= SHORT else self._long:
                answer = await self._answer(task, arguments, deadline)
        except TimeoutError as error:
            raise TelemarketError(
                N_("Reading the file took too long."), remedy=N_("Import it with the command “telemarket import”.")
            ) from error
        if refused := answer.get("refused"):
            message, remedy = from_stored(refused["message"]), from_stored(refused["remedy"])
            raise InvalidInput(message, field=refused["field"], remedy=remedy)

    async def _answer(self, task: str, arguments: tuple[object, ...], deadline: float) -> dict[str, Any]:
        child = self._children.run("telemarket.importing.child", task, *map(str, arguments), deadline=deadline)
        status, output = await child
        try:
            answer: dict[str, Any] = msgspec.json.decode(output)
        except msgspec.DecodeError as error:
            log.error("an import's process died", task=task, status=status)
            raise TelemarketError(
                N_("The process at work on the file has died."),
                remedy=N_("The file may be too large: save it as .csv, or divide it."),
            ) from error
        return answer
