"""Work in a process of its own, so that it takes neither time nor memory from the calls.

The daemon starts `python -m MODULE …` and writes the settings to its standard input: on no command line, in no
environment and in no file does anybody find the passwords.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from pydantic import SecretStr

from telemarket.core.logging import configure_logging
from telemarket.core.settings import Settings

T = TypeVar("T")

ENDING = 10.0
"""Seconds a child has to end by itself once it is told to."""
NICENESS = 10
_COLLECTED = 100_000  # new objects between two looks for cycles


class Children:
    """Starts children that need `sections` of the settings."""

    def __init__(self, settings: Settings, sections: set[str]) -> None:
        self._settings = msgspec.json.encode(settings.model_dump(include=sections), enc_hook=_plain)

    async def run(self, module: str, *arguments: str, deadline: float) -> tuple[int, bytes]:
        """Run `module`; its exit status and what it wrote to standard output. It is ended when this is cancelled, and
        after `deadline` seconds, with TimeoutError."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(deadline):
                output, _ = await process.communicate(self._settings)
        finally:
            await _end(process)
        return process.returncode or 0, output


def take_settings() -> Settings:
    """In a child: the settings, its logs as they say, and less of the processor than the daemon."""
    os.nice(NICENESS)
    # Rows are made by the thousand and kept: looking through them for cycles each time costs a quarter of the work.
    gc.freeze()
    gc.set_threshold(_COLLECTED)
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    configure_logging(settings.log)
    return settings


def run_until_ended(work: Coroutine[Any, Any, T]) -> T | None:
    """In a child: the result of `work`; None if the child was told to end before."""
    return asyncio.run(_until_ended(work))


async def _until_ended(work: Coroutine[Any, Any, T]) -> T | None:
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await task
    return None


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(ENDING):
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
