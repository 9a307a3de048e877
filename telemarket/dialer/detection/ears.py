"""Copies of customers' sound, each a snoop channel: the customer's own channel stays where it is.

A copy leaves the application at once for the dialplan context `telemarket-ears`, so that the engine has nothing to do
with it. It ends with the customer's channel, with our connection, and with AMD(); whatever happens, it is hung up.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.models import StasisEnd, StasisStart
from telemarket.dialer.detection.audiosocket import AudioSocketServer, Sound

CONTEXT = "telemarket-ears"
PREFIX = "tm-ear-"
"""How the ids of copies begin. No id of a leg does (telemarket.calls.model), so that the engine leaves them alone."""
VARIABLE = "TELEMARKET_EAR"
OPENING_DEADLINE = 3.0  # seconds

Arguments = list[str]


class Copies:
    """Opens copies. `ari` is the client of the application the customers' channels are in."""

    def __init__(self, ari: AriClient) -> None:
        self._ari = ari
        self._server = AudioSocketServer()
        self._entering: dict[str, asyncio.Future[Arguments]] = {}
        self._watched: dict[str, set[asyncio.Future[Arguments]]] = {}
        self._parts = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._parts.enter_async_context(self._server)
        self._parts.callback(self._ari.on_event(StasisStart, self._entered))
        self._parts.callback(self._ari.on_event(StasisEnd, self._left))
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._parts.aclose()

    @contextlib.asynccontextmanager
    async def sound(self, channel_id: str) -> AsyncIterator[Sound]:
        """What is said on the channel from now on. Raises AriError, and TimeoutError if the sound does not come."""
        name = uuid4()
        with self._server.expect(name) as coming:
            async with self._copy(channel_id, name) as copy_id:
                async with asyncio.timeout(OPENING_DEADLINE):
                    await self._send_to(copy_id, "model", f"{name},{self._server.address}")
                    sound = await coming
                yield sound

    async def amd(self, channel_id: str, longest: float) -> Arguments:
        """AMDSTATUS and AMDCAUSE after `longest` seconds at most; empty if the call ends before. Raises AriError and
        TimeoutError."""
        async with self._copy(channel_id, uuid4()) as copy_id:
            verdict = self._entering[copy_id] = asyncio.get_running_loop().create_future()
            self._watched.setdefault(channel_id, set()).add(verdict)
            try:
                await self._send_to(copy_id, "amd", str(round(longest * 1000)))
                async with asyncio.timeout(longest + OPENING_DEADLINE):
                    arguments: Arguments = await verdict
                    return arguments
            finally:
                self._forget(channel_id, verdict)

    @contextlib.asynccontextmanager
    async def _copy(self, channel_id: str, name: UUID) -> AsyncIterator[str]:
        """A copy's channel id, in the application."""
        copy_id = f"{PREFIX}{name.hex}"
        entered = self._entering[copy_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(OPENING_DEADLINE):
                await self._ari.channels.snoop_channel_with_id(
                    channel_id, copy_id, app=self._ari.app, spy="in", whisper="none"
                )
                await entered
            yield copy_id
        finally:
            del self._entering[copy_id]
            await self._ari.channels.hangup(copy_id, missing_ok=True)

    async def _send_to(self, copy_id: str, extension: str, value: str) -> None:
        await self._ari.channels.set_channel_var(copy_id, variable=VARIABLE, value=value)
        await self._ari.channels.continue_in_dialplan(copy_id, context=CONTEXT, extension=extension, priority=1)

    def _entered(self, event: StasisStart) -> None:
        waiting = self._entering.get(event.channel.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(event.args)

    def _left(self, event: StasisEnd) -> None:
        """Of a copy that is with AMD() Asterisk tells nothing when its customer hangs up."""
        for waiting in self._watched.get(event.channel.id, ()):
            if not waiting.done():
                waiting.set_result([])

    def _forget(self, channel_id: str, waiting: "asyncio.Future[Arguments]") -> None:
        waiting.cancel()
        self._watched[channel_id].discard(waiting)
        if not self._watched[channel_id]:
            del self._watched[channel_id]
