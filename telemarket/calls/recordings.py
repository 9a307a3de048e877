"""Recordings of conversations: where they lie, and how they are made.

MixMonitor records inside Asterisk, so a recording goes on whatever happens to the daemon, and a two-party bridge
stays as cheap as it is without one. What Asterisk writes is raw: the room `recordings` makes the finished file of it
when the call is over.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

import msgspec
import structlog

from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_

log = structlog.get_logger(__name__)

FORMATS = {"wav": ".wav", "ulaw": ".ulaw.wav"}
"""How finished recordings are kept, and how their names end: 16-bit samples, or G.711 µ-law at half the size. Both are
WAV files of 8,000 samples a second, which every browser plays and of which a dying Asterisk leaves all but seconds."""

_FOLDER_SECONDS = 2.0
_APPEND = "a"
_RENEWAL_SECONDS = 0.1  # until Asterisk has forgotten the monitor that was stopped; at once is too soon
_BREAKS_OPTION = re.compile(r"[()]")


class RawFiles(msgspec.Struct, frozen=True):
    """What Asterisk writes of one recording: both sides `mixed`, or each apart. Paths below the recordings folder."""

    mixed: str = ""
    customer: str = ""
    operator: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The files there are, the customer's side first."""
        return tuple(filter(None, (self.mixed, self.customer, self.operator)))


def recording_path(call_id: str, at: float, format: str = "wav") -> str:
    """The path of a finished recording below the recordings folder: a folder a day (UTC), the call's id for a name."""
    day = datetime.fromtimestamp(at, UTC)
    return f"{day:%Y/%m/%d}/{re.sub(r'[^A-Za-z0-9._-]', '_', call_id)}{FORMATS[format]}"


def raw_files(path: str, *, stereo: bool) -> RawFiles:
    """What Asterisk writes for the finished recording `path`."""
    stem, extension = (path.removesuffix(".ulaw.wav"), "ulaw") if is_ulaw(path) else (path.removesuffix(".wav"), "wav")
    if stereo:
        return RawFiles(customer=f"{stem}.customer.{extension}", operator=f"{stem}.operator.{extension}")
    return RawFiles(mixed=f"{stem}.{extension}")


def is_ulaw(path: str) -> bool:
    """Whether a recording of this name is kept as G.711 µ-law."""
    return path.endswith(FORMATS["ulaw"])


def check_format(format: str) -> None:
    """Raise InvalidInput unless recordings can be kept so."""
    if format not in FORMATS:
        raise InvalidInput(N_("It must be one of: %(allowed)s.", allowed=", ".join(FORMATS)), field="recording_format")


class MixMonitor(Protocol):
    """The part of the AMI client a recorder needs."""

    async def mix_monitor(self, channel: str, file: str, options: str = "") -> None:
        """Begin to record."""
        ...

    async def mix_monitor_mute(self, channel: str, *, muted: bool, direction: str = "both") -> None:
        """Record silence, or go on."""
        ...

    async def stop_mix_monitor(self, channel: str) -> None:
        """End the recording."""
        ...


class Recorder:
    """Makes recordings. `folder` is the recordings folder as the daemon sees it, `pbx_folder` as Asterisk does.

    With `stop_when_full` no recording is begun while less than `minimum_free_mb` are free. Whatever goes wrong is
    logged and counted in `failures`; the call goes on.
    """

    def __init__(
        self, ami: MixMonitor, folder: Path, pbx_folder: str, minimum_free_mb: int, *, stop_when_full: bool = False
    ) -> None:
        self._ami = ami
        self._folder = folder
        self._pbx_folder = PurePosixPath(pbx_folder or folder)
        self._minimum_free = minimum_free_mb * 1024 * 1024
        self._stop_when_full = stop_when_full
        self._short = False
        self._made: Path | None = None  # the folder made last: a day's calls go into the same one
        self.failures = 0

    async def record(self, channel_id: str, path: str, *, stereo: bool = False) -> None:
        """Record what is said and heard on this channel for the finished recording `path`, the sides apart if `stereo`.

        It goes on when the channel changes bridges, until the channel ends.
        """
        if self._short and self._stop_when_full:
            self.failures += 1
            log.error("a call is not recorded", call=channel_id, file=path, error="recordings have no space")
            return
        await self._try("a call is not recorded", channel_id, self._begin(channel_id, path, stereo))

    async def renew(self, channel_id: str, path: str, *, stereo: bool = False) -> None:
        """Go on recording into the same file after the channel was joined with somebody else, or got music.

        Asterisk 22 drops, from the recording alone, what the new one says, if his telephone counts its packets from a
        lower number than the one before: a monitor begun anew hears him from the start. A tenth of a second is lost.
        """
        await self._try("a recording is not renewed", channel_id, self._renew(channel_id, path, stereo))

    async def pause(self, channel_id: str, paused: bool) -> None:
        """Record silence on this channel, or go on: the clock of the recording does not stop."""
        what = "a recording is not paused" if paused else "a recording does not go on"
        await self._try(what, channel_id, self._ami.mix_monitor_mute(channel_id, muted=paused))

    async def stop(self, channel_id: str) -> None:
        """End the recording of this channel."""
        await self._try("a recording is not ended", channel_id, self._ami.stop_mix_monitor(channel_id))

    async def _renew(self, channel_id: str, path: str, stereo: bool) -> None:
        await self._ami.stop_mix_monitor(channel_id)
        await asyncio.sleep(_RENEWAL_SECONDS)
        await self._begin(channel_id, path, stereo)

    async def _begin(self, channel_id: str, path: str, stereo: bool) -> None:
        raw = raw_files(path, stereo=stereo)
        await self._make((self._folder / path).parent)
        if stereo:
            sides = [str(self._pbx_folder / side) for side in (raw.customer, raw.operator)]
            if any(map(_BREAKS_OPTION.search, sides)):
                raise InvalidInput(f"{sides[0]!r} cannot be a recording's file.", field="pbx_folder")
            # Asterisk keeps both in step, and fills in silence where one side sends nothing.
            await self._ami.mix_monitor(channel_id, "", f"{_APPEND}r({sides[0]})t({sides[1]})")
        else:
            await self._ami.mix_monitor(channel_id, str(self._pbx_folder / raw.mixed), _APPEND)

    async def _make(self, folder: Path) -> None:
        if folder != self._made:
            async with asyncio.timeout(_FOLDER_SECONDS):  # a network share may hang
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            self._made = folder

    async def _try(self, failure: str, channel_id: str, work: Awaitable[None]) -> None:
        try:
            await work
        except (OSError, TelemarketError) as error:
            self.failures += 1
            self._made = None  # it may be gone
            log.error(failure, call=channel_id, error=str(error))

    def short_of_space(self) -> bool:
        """Whether recordings cannot be written, or soon cannot. Looks at the disk: not for the call path."""
        self._short = self._looks_short()
        return self._short

    def _looks_short(self) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self._folder).free < self._minimum_free or not os.access(self._folder, os.W_OK)
        except OSError:
            return True
