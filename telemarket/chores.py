"""What the daemon does beside the calls: it follows the configuration, the telephones and the disk's space, and gives
signs of life."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

import structlog

from telemarket.asterisk.ami.client import AmiClient
from telemarket.asterisk.pbx.endpoints import page_telephones, write_endpoints
from telemarket.calls.facts import Configured
from telemarket.calls.recordings import Recorder
from telemarket.core import systemd
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings

log = structlog.get_logger(__name__)

CONFIGURATION_SECONDS = 10.0
SPACE_SECONDS = 5.0


class Chores:
    """`tasks` run until cancelled. `read` reads the configuration, `take` is told one that is new."""

    def __init__(
        self,
        settings: Settings,
        identity: IdentityService,
        ami: AmiClient,
        recorder: Recorder,
        read: Callable[[], Awaitable[Configured]],
        take: Callable[[Configured], None],
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._ami = ami
        self._recorder = recorder
        self._read = read
        self._take = take
        self.short_of_space = False

    @property
    def tasks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done."""
        return self._follow_configuration, self._follow_telephones, self._watch_space, self._report_to_systemd

    async def _follow_configuration(self) -> None:
        """Projects and operators may be changed by another process: take what is new."""
        known = None
        while True:
            try:
                configuration = await self._read()
                if configuration != known:
                    self._take(configuration)
                    known = configuration
            except Exception as error:  # the database is away: go on with what is known
                log.warning("configuration could not be read", error=str(error))
            await asyncio.sleep(CONFIGURATION_SECONDS)

    async def _follow_telephones(self) -> None:
        """Have the PBX know the telephones in people's pages, as people come and go."""
        configured = self._settings.asterisk.endpoints_file
        known = None
        while configured is not None:
            try:
                telephones = page_telephones(await self._identity.telephones())
                if telephones != known:
                    await asyncio.to_thread(
                        write_endpoints, self._settings.data_dir.absolute() / configured, telephones
                    )
                    await self._ami.reload("res_pjsip.so")
                    known = telephones
            except Exception as error:  # the database, the folder or the PBX is away: try again
                log.warning("operators' telephones are not up to date in the PBX", error=str(error))
            await asyncio.sleep(CONFIGURATION_SECONDS)

    async def _watch_space(self) -> None:
        """Raise the alarm when recordings run out of room, and say when it is over."""
        while True:
            short = await asyncio.to_thread(self._recorder.short_of_space)
            if short and not self.short_of_space:
                log.critical("recordings run out of space", folder=str(self._settings.recordings_dir))
            elif self.short_of_space and not short:
                log.info("recordings have space again", folder=str(self._settings.recordings_dir))
            self.short_of_space = short
            await asyncio.sleep(SPACE_SECONDS)

    async def _report_to_systemd(self) -> None:
        interval = systemd.watchdog_interval()
        while interval:
            systemd.notify("WATCHDOG=1")
            await asyncio.sleep(interval)
