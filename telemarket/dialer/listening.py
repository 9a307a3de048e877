"""Listening to who answered a campaign's call, for the engine."""

import asyncio
from collections.abc import Callable

import structlog

from telemarket.dialer.detection.heard import DetectionSettings, Ears, GreetingEnd, Method, Verdict
from telemarket.dialer.dialer import Dialer
from telemarket.dialer.model import DetectorKind, OnMachine

log = structlog.get_logger(__name__)

_METHODS = {DetectorKind.ASTERISK: Method.AMD, DetectorKind.MODEL: Method.MODEL}


class Listening:
    """Carries out the engine's wish to know who answered. `tell` takes (call id, verdict, at the tone)."""

    def __init__(self, ears: Ears, dialer: Dialer, tell: Callable[..., None]) -> None:
        self._ears = ears
        self._dialer = dialer
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, call_id: str, channel_id: str, seconds: float) -> None:
        """Begin; the verdict follows."""
        task = asyncio.get_running_loop().create_task(self._listen(call_id, channel_id, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Listen no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, call_id: str, channel_id: str, seconds: float) -> None:
        running = self._dialer.find(call_id)
        if running is None:
            return
        detection = running.campaign.terms.detection
        method = _METHODS.get(detection.kind, Method.MODEL)
        heard = await self._ears.listen(channel_id, method=method, settings=DetectionSettings(longest=seconds))
        log.info("heard who answered", call=call_id, verdict=heard.verdict.value, confidence=heard.confidence)
        self._tell(call_id, heard.verdict.value, at_beep=False)
        if heard.verdict is Verdict.MACHINE and detection.on_machine is OnMachine.MESSAGE:
            if heard.beep_at is None and await self._ears.wait_for_beep(channel_id) is GreetingEnd.NONE:
                return  # it has hung up, or speaks for ever
            self._tell(call_id, heard.verdict.value, at_beep=True)
