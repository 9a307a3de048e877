"""A synchronisation in a process of its own: `python -m telemarket.adapters.child NAME`.

The state in the database says what became of it; the exit status is 0 if it ended well, BUSY if another process is at
it.
"""

import os
import sys

import structlog

from telemarket.adapters.syncing import syncing
from telemarket.contacts.sync.runner import AlreadyRunning
from telemarket.core.children import run_until_ended, take_settings
from telemarket.core.errors import TelemarketError
from telemarket.core.settings import Settings

log = structlog.get_logger(__name__)

BUSY = 75  # EX_TEMPFAIL of sysexits.h
SECTIONS = {"data_dir", "timezone", "database", "numbers", "plugins", "backends", "log"}
"""What of the settings a synchronisation needs."""


def main() -> None:
    """Synchronise the backend named by the first argument."""
    settings = take_settings()
    status = run_until_ended(synchronise(settings, sys.argv[1]))
    sys.stderr.flush()
    os._exit(1 if status is None else status)  # a thread that hangs in a dead file share would keep us for ever


async def synchronise(settings: Settings, name: str) -> int:
    """The exit status: 0 if the backend is up to date now."""
    async with syncing(settings) as (registry, runner):
        backend = registry.source(name).backend
        if backend is None:
            return 1
        try:
            await runner.run(backend)
        except AlreadyRunning:
            return BUSY
        except TelemarketError:
            return 1  # the state says why, and the daemon tells
        except Exception as error:
            log.exception("a backend is at fault", backend=name, error=str(error))
            return 1
    return 0


if __name__ == "__main__":
    main()
