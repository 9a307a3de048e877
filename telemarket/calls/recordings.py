"""Recordings of conversations: where they lie, and how they are made.

MixMonitor records inside Asterisk, so a recording goes on whatever happens to the daemon, and a two-party bridge
stays as cheap as it is without one.
"""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

import structlog

from telemarket.core.errors import TelemarketError

log = structlog.get_logger(__name__)


def recording_path(call_id: str, at: float) -> str:
    """The path of a recording below the recordings folder: a folder a day (UTC), the call's id for a name."""
    day = datetime.fromtimestamp(at, UTC)
    return f"{day:%Y/%m/%d}/{re.sub(r'[^A-Za-z0-9._-]', '_', call_id)}.wav"


class MixMonitor(Protocol):
    """The part of the AMI client a recorder needs."""

    async def mix_monitor(self, channel: str, file: str, options: str = "") -> None:
        """Begin to record."""
        ...


class Recorder:
    """Begins recordings. `folder` is the recordings folder as the daemon sees it, `pbx_folder` as Asterisk does."""

    def __init__(self, ami: MixMonitor, folder: Path, pbx_folder: str, minimum_free_mb: int) -> None:
        self._ami = ami
        self._folder = folder
        self._pbx_folder = PurePosixPath(pbx_folder or folder)
        self._minimum_free = minimum_free_mb * 1024 * 1024
        self._made = Path()
        self.failures = 0

    async def record(self, channel_id: str, path: str) -> None:
        """Record what is said on this channel. A failure is logged and counted; the call goes on without."""
        try:
            self._make_folder((self._folder / path).parent)
            await self._ami.mix_monitor(channel_id, str(self._pbx_folder / path))
        except (OSError, TelemarketError) as error:
            self.failures += 1
            log.error("a call is not recorded", call=channel_id, file=path, error=str(error))

    def _make_folder(self, folder: Path) -> None:
        if folder != self._made:
            folder.mkdir(parents=True, exist_ok=True)
            self._made = folder

    def short_of_space(self) -> bool:
        """Whether recordings cannot be written, or soon cannot. Looks at the disk: not for the call path."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self._folder).free < self._minimum_free
        except OSError:
            return True
