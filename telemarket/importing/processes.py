"""Children of the daemon that work at imports: started, awaited with a deadline, ended with it."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
import structlog
from pydantic import SecretStr

from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.settings import Settings
from telemarket.importing.child import SECTIONS
from telemarket.importing.wire import unpacked

log = structlog.get_logger(__name__)

SHORT = 120.0
"""Seconds for what somebody waits for at his page."""
LONG = 6 * 3600.0
_ENDING = 10.0  # seconds a child has to end by itself
_MOST_AT_ONCE = 2


class ImportProcesses:
    """Runs tasks of `telemarket.importing.child`, a few at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = msgspec.json.encode(settings.model_dump(include=SECTIONS), enc_hook=_plain)
        self._free = asyncio.Semaphore(_MOST_AT_ONCE)

    async def run(self, task: str, *arguments: object, deadline: float = SHORT) -> None:
        """Have the task carried out; raises InvalidInput saying what it refused, and TelemarketError if it died."""
        try:
            async with asyncio.timeout(deadline), self._free:
                answer = await self._answer(task, arguments)
        except TimeoutError as error:
            raise TelemarketError(
                N_("Reading the file took too long."), remedy=N_("Import it with the command “telemarket import”.")
            ) from error
        if refused := answer.get("refused"):
            message, remedy = unpacked(refused["message"]), unpacked(refused["remedy"])
            raise InvalidInput(message, field=refused["field"], remedy=remedy)

    async def _answer(self, task: str, arguments: tuple[object, ...]) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telemarket.importing.child", task, *map(str, arguments)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            output, _ = await process.communicate(self._settings)
        finally:
            await _end(process)
        try:
            answer: dict[str, Any] = msgspec.json.decode(output)
        except msgspec.DecodeError as error:
            log.error("an import's process died", task=task, status=process.returncode)
            raise TelemarketError(
                N_("The process at work on the file has died."),
                remedy=N_("The file may be too large: save it as .csv, or divide it."),
            ) from error
        return answer


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_ENDING):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _plain(value: object) -> str:
    """Secrets are handed to the child as they are, on a pipe nobody else reads."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} in settings")
