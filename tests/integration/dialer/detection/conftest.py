"""Telephones that answer with a sound, and somebody who listens to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import numpy as np
import pytest

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Run, Sipp
from telemarket.asterisk.pbx.tone import mulaw
from telemarket.dialer.detection.ears import PREFIX
from telemarket.dialer.detection.service import DetectionService
from tests.integration.hall import Hall
from tests.voice import Voice
from tools.greetings.speech import Samples

FRAME = 160
STILL = mulaw([0.0] * FRAME)
DEADLINE = 5.0


class Player(Voice):
    """A telephone that plays a sound once, and is still before and after."""

    def __init__(self, tone: int) -> None:
        super().__init__(tone)
        self._frames: list[bytes] = []

    def play(self, sound: Samples) -> None:
        """Begin."""
        coded = mulaw(np.clip(sound, -1, 1).tolist())
        self._frames = [coded[at : at + FRAME] for at in range(0, len(coded) - FRAME + 1, FRAME)]

    def _frame(self) -> bytes:
        return self._frames.pop(0) if self._frames else STILL


class Callee:
    """Somebody, or something, that has answered our call. `channel` is in the application."""

    def __init__(self, player: Player, telephone: Run, channel: str) -> None:
        self.player = player
        self.telephone = telephone
        self.channel = channel


Call = Callable[[int], Awaitable[list[Callee]]]


@pytest.fixture
async def call(hall: Hall, sipp: Sipp, pbx: Instance) -> AsyncIterator[Call]:
    """Calls that many telephones; returns when all of them have answered."""
    async with AsyncExitStack() as parts:

        async def make(count: int) -> list[Callee]:
            players = [await parts.enter_async_context(Player.speaking(0)) for _ in range(count)]
            phones = [await parts.enter_async_context(sipp.phone(media_port=player.port)) for player in players]
            endpoints = [
                Operator(endpoint=f"callee{n}", kind="static", contact=each.contact) for n, each in enumerate(phones)
            ]
            write_endpoints(pbx.endpoints_file, endpoints)
            pbx.reload_pjsip()
            callees = await asyncio.gather(*map(_answered, [hall] * count, players, phones, range(count)))
            for callee in callees:
                parts.push_async_callback(hall.ari.channels.hangup, callee.channel, missing_ok=True)
            return list(callees)

        yield make


async def _answered(hall: Hall, player: Player, phone: Run, number: int) -> Callee:
    player.belongs_to(phone)
    channel = await hall.leg(f"PJSIP/callee{number}")
    await hall.ari.channels.dial(channel, timeout=10)
    await hall.up(channel)
    return Callee(player, phone, channel)


@pytest.fixture
async def service(hall: Hall) -> AsyncIterator[DetectionService]:
    """Listens to the hall's channels; afterwards no copy of a sound is left on the PBX."""
    async with DetectionService(hall.ari) as listening:
        yield listening
    await no_copies_left(hall.ari)


async def no_copies_left(ari: AriClient) -> None:
    """Wait until Asterisk has no channel that listens to another."""
    async with asyncio.timeout(DEADLINE):
        while any(channel.id.startswith(PREFIX) for channel in await ari.channels.list()):
            await asyncio.sleep(0.02)
