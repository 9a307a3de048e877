"""A synchronisation in a process of its own, so that it takes neither time nor memory from the calls.

The daemon starts `python -m telemarket.adapters.child NAME` and writes the settings to its standard input: on no
command line, in no environment and in no file does anybody find the passwords. The state in the database says what
became of it; the exit status is 0 if it ended well, BUSY if another process is at it.
"""

import asyncio
import contextlib
import os
import signal
import sys

import structlog

from telemarket.adapters.syncing import syncing
from telemarket.contacts.sync.runner import AlreadyRunning
from telemarket.core.errors import TelemarketError
from telemarket.core.logging import configure_logging
from telemarket.core.settings import Settings

log = structlog.get_logger(__name__)

BUSY = 75  # EX_TEMPFAIL of sysexits.h
NICENESS = 10
SECTIONS = {"data_dir", "timezone", "database", "numbers", "plugins", "backends", "log"}
"""What of the settings a synchronisation needs."""


def main() -> None:
    """Synchronise the backend named by the first argument."""
    os.nice(NICENESS)
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    configure_logging(settings.log)
    sys.exit(asyncio.run(_interruptible(settings, sys.argv[1])))


async def _interruptible(settings: Settings, name: str) -> int:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await synchronise(settings, name)
    return 1


async def synchronise(settings: Settings, name: str) -> int:
    """The exit status: 0 if the backend is up to date now."""
    async with syncing(settings) as (registry, runner):
        backend = registry.source(name).backend
        if backend is None:
            return 1
        try:
            counts = await runner.run(backend)
        except AlreadyRunning:
            return BUSY
        except TelemarketError as error:
            log.warning("backend was not synchronised", backend=name, error=str(error), error_id=error.error_id)
            return 1
        except Exception as error:
            log.exception("backend was not synchronised", backend=name, error=str(error))
            return 1
    log.info("backend synchronised", backend=name, read=counts.read, new=counts.new, changed=counts.changed)
    return 0


if __name__ == "__main__":
    main()
