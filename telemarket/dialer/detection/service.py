"""Listening to live channels: copies of their sound, and a detector for each."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

import structlog

from telemarket.asterisk.ari import AriClient, AriError
from telemarket.dialer.detection.amd import heard_by_amd
from telemarket.dialer.detection.detector import ModelDetector
from telemarket.dialer.detection.ears import Copies
from telemarket.dialer.detection.features import NAMES
from telemarket.dialer.detection.forest import Forest, load_model
from telemarket.dialer.detection.greeting import GreetingListener
from telemarket.dialer.detection.heard import NOTHING, DetectionSettings, GreetingEnd, Heard, Listener, Method

log = structlog.get_logger(__name__)

MOST = 100
"""Channels listened to at the same time."""
_GRACE = 1.0  # seconds by which sound may come late, altogether


T = TypeVar("T")


class DetectionService:
    """`Ears` on one PBX. Use as an asynchronous context manager; `ari` is the client of the customers' application.

    Raises ConfigurationError if the model does not fit.
    """

    def __init__(self, ari: AriClient, *, most: int = MOST) -> None:
        self._copies = Copies(ari)
        self._forest = Forest(load_model(), NAMES)
        self._most = most
        self._listening = 0

    async def __aenter__(self) -> Self:
        await self._copies.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._copies.__aexit__(kind, error, trace)

    async def listen(
        self, channel_id: str, *, method: Method = Method.MODEL, settings: DetectionSettings | None = None
    ) -> Heard:
        """What is heard on an answered channel from now on; NOTHING, and a line in the log, if it cannot be listened
        to. Takes a few seconds more than `settings.longest` at most."""
        settings = settings or DetectionSettings()
        if method is Method.AMD:
            return await self._guarded(channel_id, partial(self._by_amd, channel_id, settings.longest), NOTHING)
        detector = ModelDetector(settings, self._forest)
        return await self._guarded(channel_id, partial(self._hear, channel_id, detector, settings.longest), NOTHING)

    async def wait_for_beep(self, channel_id: str, *, longest: float = 45.0) -> GreetingEnd:
        """Wait until the greeting is over, for `longest` seconds at most: now a message can be left."""
        listener = GreetingListener(longest)
        return await self._guarded(channel_id, partial(self._hear, channel_id, listener, longest), GreetingEnd.NONE)

    async def _guarded(self, channel_id: str, listen: Callable[[], Awaitable[T]], otherwise: T) -> T:
        if self._listening >= self._most:
            log.warning("too many calls are listened to", channel=channel_id, limit=self._most)
            return otherwise
        self._listening += 1
        try:
            return await listen()
        except (AriError, TimeoutError) as error:
            log.warning("a call cannot be listened to", channel=channel_id, error=str(error) or "no sound came")
            return otherwise
        finally:
            self._listening -= 1

    async def _by_amd(self, channel_id: str, longest: float) -> Heard:
        began = time.monotonic()
        answer = await self._copies.amd(channel_id, longest)
        return heard_by_amd(answer, time.monotonic() - began)

    async def _hear(self, channel_id: str, listener: Listener[T], longest: float) -> T:
        async with self._copies.sound(channel_id) as sound:
            with suppress(TimeoutError):
                async with asyncio.timeout(longest + _GRACE):
                    async for pcm in sound:
                        found = listener.feed(pcm)
                        if found is not None:
                            return found
        return listener.finish()
