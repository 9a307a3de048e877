"""People in a running call centre, each with a voice of his own."""

from contextlib import AsyncExitStack
from typing import Any

from telemarket.asterisk.pbx.sipp import Run
from tests.integration.centre import DNIS, Centre
from tests.voice import Voice


class Person:
    """Somebody at a telephone; what he hears is `voice`."""

    def __init__(self, voice: Voice, telephone: Run) -> None:
        self.voice = voice
        self.telephone = telephone


class People:
    """Makes people. They stay until the end of the test."""

    def __init__(self, centre: Centre, parts: AsyncExitStack) -> None:
        self._centre = centre
        self._parts = parts

    async def operator(self, login: str, tone: int, *, project: str = "077", **how: Any) -> Person:
        """An operator of the project, at a desk phone."""
        person = await self._telephone(tone, **how)
        await self._centre.add_operator(login, person.telephone, project=project)
        return person

    async def supervisor(self, login: str, tone: int, **how: Any) -> Person:
        """A supervisor at a desk phone, who takes no calls himself."""
        person = await self._telephone(tone, **how)
        await self._centre.add_operator(login, person.telephone, role="supervisor", project="")
        return person

    async def outside(self, tone: int, **how: Any) -> Person:
        """Whoever is called through the trunk, whatever the number."""
        person = await self._telephone(tone, **how)
        self._centre.add_telephone("trunk", person.telephone)
        return person

    async def caller(self, tone: int, dnis: str = DNIS, **how: Any) -> Person:
        """Somebody calls the project."""
        voice = await self._parts.enter_async_context(Voice.speaking(tone))
        telephone = await self._centre.sipp.start_calls(dnis, media_port=voice.port, **how)
        voice.belongs_to(telephone)
        return Person(voice, telephone)

    async def _telephone(self, tone: int, **how: Any) -> Person:
        voice = await self._parts.enter_async_context(Voice.speaking(tone))
        phone = self._centre.sipp.phone(media_port=voice.port, **{"ring": 0.1} | how)
        telephone = await self._parts.enter_async_context(phone)
        voice.belongs_to(telephone)
        return Person(voice, telephone)
