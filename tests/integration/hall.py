"""People on telephones with voices, brought together over ARI alone: no engine."""

import asyncio
import itertools
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from telemarket.asterisk.ari import AriClient
from telemarket.asterisk.ari.events import ClientEvent
from telemarket.asterisk.ari.models import ChannelDtmfReceived, ChannelStateChange, StasisStart
from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Run, Sipp
from telemarket.calls.pbx_commands import BRIDGE_TYPE, LOCAL_FORMATS
from tests.voice import Voice

DEADLINE = 10.0
E = TypeVar("E", bound=ClientEvent)
_legs = itertools.count(100)


async def clear(ari: AriClient) -> None:
    """Hang everybody up, and destroy the bridges made over ARI; those of a Dial() end by themselves."""
    for channel in await ari.channels.list():
        await ari.channels.hangup(channel.id, missing_ok=True)
    for bridge in await ari.bridges.list():
        if bridge.creator == "Stasis":
            await ari.bridges.destroy(bridge.id, missing_ok=True)


class Person:
    """Somebody on a telephone. `channel` is his channel's id once he is in a call."""

    def __init__(self, voice: Voice, telephone: Run, channel: str = "") -> None:
        self.voice = voice
        self.telephone = telephone
        self.channel = channel


class Hall:
    """Callers and operators' telephones on one PBX, and the ARI client of the application they enter."""

    def __init__(self, pbx: Instance, sipp: Sipp, ari: AriClient, parts: AsyncExitStack) -> None:
        self.pbx = pbx
        self.ari = ari
        self._sipp = sipp
        self._parts = parts
        self._endpoints: list[Operator] = []
        self.events: list[ClientEvent] = []
        self._news = asyncio.Event()
        ari.on_any_event(self._note)

    def _note(self, event: ClientEvent) -> None:
        self.events.append(event)
        self._news.set()

    async def event(self, kind: type[E], **where: str) -> E:
        """The first event of this type, past or to come, with these ids: channel="…", playback="…"."""
        async with asyncio.timeout(DEADLINE):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and all(getattr(event, name).id == id_ for name, id_ in where.items()):
                        return event
                self._news.clear()
                await self._news.wait()

    async def keys(self, channel: str, expected: str) -> None:
        """Wait until these keys of the channel have been reported, and no others."""
        async with asyncio.timeout(DEADLINE):
            while self._keys(channel) != expected:
                self._news.clear()
                await self._news.wait()

    def _keys(self, channel: str) -> str:
        pressed = (event for event in self.events if isinstance(event, ChannelDtmfReceived))
        return "".join(event.digit for event in pressed if event.channel.id == channel)

    def forget(self) -> None:
        """Events from now on are the ones to wait for."""
        self.events.clear()

    # ---- people

    async def caller(self, tone: int, *, answered: bool = True) -> Person:
        """Somebody calls and is in the application."""
        voice = await self._parts.enter_async_context(Voice.speaking(tone))
        self.forget()
        telephone = await self._sipp.start_calls("100", media_port=voice.port)
        voice.belongs_to(telephone)
        channel = (await self.event(StasisStart)).channel.id
        if answered:
            await self.ari.channels.answer(channel)
        return Person(voice, telephone, channel)

    async def telephone(self, name: str, tone: int, **how: Any) -> Person:
        """An operator's desk phone, PJSIP/`name`; not yet called."""
        voice = await self._parts.enter_async_context(Voice.speaking(tone))
        telephone = await self._parts.enter_async_context(self._sipp.phone(media_port=voice.port, **how))
        voice.belongs_to(telephone)
        self._endpoints.append(Operator(endpoint=name, kind="static", contact=telephone.contact))
        write_endpoints(self.pbx.endpoints_file, self._endpoints)
        self.pbx.reload_pjsip()
        return Person(voice, telephone)

    async def leg(self, endpoint: str) -> str:
        """A leg to this endpoint, made but not dialled; its channel's id."""
        channel = f"tm-{next(_legs)}-leg"
        formats = LOCAL_FORMATS if endpoint.startswith("Local/") else None
        await self.ari.channels.create(endpoint=endpoint, app=self.ari.app, channel_id=channel, formats=formats)
        await self.event(StasisStart, channel=channel)
        return channel

    async def operator(self, name: str, tone: int) -> Person:
        """An operator who has taken a call at his desk phone."""
        person = await self.telephone(name, tone)
        person.channel = await self.leg(f"PJSIP/{name}")
        await self.ari.channels.dial(person.channel, timeout=10)
        await self.event(ChannelStateChange, channel=person.channel)
        await self.up(person.channel)
        return person

    async def up(self, channel: str) -> None:
        """Wait until the channel is answered."""
        async with asyncio.timeout(DEADLINE):
            while (await self.ari.channels.get(channel)).state != "Up":
                await asyncio.sleep(0.02)

    async def bridge(self, *people: Person, id_: str = "tm-talk-bridge", type_: str = BRIDGE_TYPE) -> None:
        """Let them talk."""
        await self.ari.bridges.create_with_id(id_, type=type_)
        await self.ari.bridges.add_channel(id_, channel=[person.channel for person in people])

    async def snoop(self, watched: Person, listener: Person, whisper: str) -> str:
        """Let `listener` listen to the channel of `watched`; the id of the channel that does."""
        snoop = f"tm-{next(_legs)}-snoop"
        await self.ari.channels.snoop_channel_with_id(
            watched.channel, snoop, app=self.ari.app, spy="both", whisper=whisper
        )
        await self.event(StasisStart, channel=snoop)
        await self.ari.bridges.create_with_id("tm-watch-bridge", type=BRIDGE_TYPE)
        await self.ari.bridges.add_channel("tm-watch-bridge", channel=[snoop, listener.channel])
        return snoop
