"""The watchdog: when the daemon is dead or frozen, callers who wait in it are given to the dialplan's fallback.

Conversations need no help (the PBX keeps them bridged) and are never touched. A caller who waits would hear
nothing until he gives up, for Asterisk keeps him in an application nobody serves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import msgspec
import structlog

from telemarket.asterisk.ari import AriClient, AriConflict, AriError, AriNotFound
from telemarket.asterisk.ari.models import Bridge, Channel
from telemarket.calls.model import LEG_PREFIX, is_lead_channel

log = structlog.get_logger(__name__)

SILENCE = 3.0
INTERVAL = 0.5
DEADLINE = 1.0
_RINGING = frozenset({"Down", "Ring", "Ringing", "Dialing"})


class Watchdog:
    """Watches the daemon and calls `rescue` while it is dead.

    `probe` tells whether the daemon is alive; it may hang or raise OSError. `silence` is seconds without a
    sign of life after which it counts as dead, `interval` seconds between probes, `deadline` seconds a probe
    may take. Nothing is done before the first sign of life: an address mistyped here must not take callers
    away from a daemon that is well.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[bool]],
        rescue: Callable[[], Awaitable[None]],
        *,
        silence: float = SILENCE,
        interval: float = INTERVAL,
        deadline: float = DEADLINE,
    ) -> None:
        self._probe = probe
        self._rescue = rescue
        self._silence = silence
        self._interval = interval
        self._deadline = deadline
        self._silent = 0.0  # seconds since the last sign of life
        self._known = False  # it has been seen alive
        self._dead = False

    async def run(self) -> None:
        """Watch until cancelled.

        While the daemon is dead `rescue` is called after every probe, since a frozen daemon keeps its place
        in Asterisk and goes on being handed callers.
        """
        log.info("watching the daemon", silence=self._silence)
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            alive = await self._alive()
            took = min(loop.time() - began, self._deadline)
            self._silent = 0.0 if alive else self._silent + took
            if alive:
                self._seen()
            elif self._known and self._silent >= self._silence:
                await self._act()
            # The planned pause counts, not the real one: a watchdog kept from running has not been watching.
            pause = max(0.0, self._interval - took)
            await asyncio.sleep(pause)
            self._silent += pause

    async def _alive(self) -> bool:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._probe()
        except OSError:  # TimeoutError is one
            return False

    def _seen(self) -> None:
        if self._dead or not self._known:
            log.info("the daemon is alive")
        self._known = True
        self._dead = False

    async def _act(self) -> None:
        if not self._dead:
            self._dead = True
            log.error("the daemon is dead", silent_for=round(self._silent, 1))
        try:
            await self._rescue()
        except AriError as error:
            log.error("waiting callers cannot be rescued", reason=str(error))


class Waiting(msgspec.Struct, frozen=True):
    """What a dead daemon leaves behind that is no conversation."""

    callers: tuple[Channel, ...]
    useless_legs: tuple[Channel, ...]


def find_waiting(app: str, channels: Iterable[Channel], bridges: Iterable[Bridge]) -> Waiting:
    """Callers held in `app` with nobody to talk to, and our own legs that ring still or are a campaign's: whom we have
    called must not be met with silence.

    Alone in a bridge, or in a holding bridge, nobody talks.
    """
    talking = {
        channel
        for bridge in bridges
        if bridge.bridge_type != "holding" and len(bridge.channels) > 1
        for channel in bridge.channels
    }
    idle = [channel for channel in channels if channel.id not in talking]
    return Waiting(
        tuple(channel for channel in idle if not _is_ours(channel) and _is_held(channel, app)),
        tuple(channel for channel in idle if _is_ours(channel) and _is_useless(channel)),
    )


async def rescue_waiting(client: AriClient, fallback_context: str) -> None:
    """Send waiting callers on to the dialplan, at the number they dialled, and end legs nobody has a use for.

    Raises AriError when the PBX cannot be asked who is there; a single channel that fails costs the others
    nothing, and is tried again the next time.
    """
    # Bridges after channels: who has been bridged in between counts as talking.
    channels = await client.channels.list()
    waiting = find_waiting(client.app, channels, await client.bridges.list())
    await asyncio.gather(
        *(_send_on(client, channel, fallback_context) for channel in waiting.callers),
        *(_end_leg(client, channel) for channel in waiting.useless_legs),
    )


async def _send_on(client: AriClient, channel: Channel, context: str) -> None:
    extension = channel.dialplan.exten or "s"
    try:
        await client.channels.continue_in_dialplan(channel.id, context=context, extension=extension, priority=1)
    except (AriNotFound, AriConflict):
        log.info("waiting caller had gone", channel=channel.id)
    except AriError as error:
        log.error("waiting caller not sent on", channel=channel.id, reason=str(error))
    else:
        log.warning("waiting caller sent to the fallback", channel=channel.id, context=context)


async def _end_leg(client: AriClient, channel: Channel) -> None:
    try:
        await client.channels.hangup(channel.id, missing_ok=True)
    except AriError as error:
        log.error("leg not ended", channel=channel.id, reason=str(error))
    else:
        log.warning("leg ended", channel=channel.id)


def _is_ours(channel: Channel) -> bool:
    return channel.id.startswith(LEG_PREFIX)


def _is_useless(leg: Channel) -> bool:
    return leg.state in _RINGING or is_lead_channel(leg.id)


def _is_held(channel: Channel, app: str) -> bool:
    return channel.dialplan.app_name == "Stasis" and channel.dialplan.app_data.split(",", 1)[0] == app
