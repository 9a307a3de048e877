"""What every gateway keeps: what it says of a message is what has become of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from telemarket.messaging.mail import MailGateway
from telemarket.messaging.model import Gateway, Message, NotTaken, Refused, Uncertain
from telemarket.messaging.sms import SmsGateway
from tests.integration.messaging import mail_server as mails
from tests.integration.messaging import smpp_centre as centres
from tests.integration.messaging.messages import mail, sms, sms_settings, smtp_settings

_PATIENCE = 1.0  # seconds


@dataclass
class World:
    """A gateway, a message for it, and who is behind it."""

    gateway: Gateway
    message: Message
    say: Callable[[str], None]  # what is answered
    taken: Callable[[], int]  # how many there are


_MAIL = {"busy": "451 later", "refused": "550 no such user", "drop": mails.DROP, "silence": mails.SILENCE}
_SMS = {"busy": centres.BUSY, "refused": centres.BAD_ADDRESS, "drop": centres.DROP, "silence": centres.SILENCE}


@asynccontextmanager
async def _mail() -> AsyncIterator[World]:
    async with mails.mail_server() as server:

        def say(word: str) -> None:
            server.says = {"DATA": _MAIL[word]} if word in _MAIL else {}

        gateway = MailGateway(smtp_settings(server.port), "desk.example.com", patience=_PATIENCE)
        yield World(gateway, mail(), say, lambda: len(server.mails))


@asynccontextmanager
async def _sms() -> AsyncIterator[World]:
    async with centres.sms_centre() as centre:

        def say(word: str) -> None:
            centre.says.extend([_SMS[word]] if word in _SMS else [])

        gateway = SmsGateway(sms_settings(centre.port), patience=_PATIENCE)
        yield World(gateway, sms(), say, lambda: len(centre.messages))
        await gateway.close()


@pytest.fixture(params=[_mail, _sms], ids=["mail", "sms"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with request.param() as found:
        yield found


async def test_what_is_taken_has_a_reference(world: World) -> None:
    first = await world.gateway.send(world.message)
    assert first
    assert len(first) <= 100
    assert world.taken() == 1


@pytest.mark.parametrize(
    ("word", "outcome"), [("busy", NotTaken), ("refused", Refused), ("drop", Uncertain), ("silence", Uncertain)]
)
async def test_each_outcome_has_its_name_and_the_next_message_is_not_hurt(
    world: World, word: str, outcome: type[Exception]
) -> None:
    world.say(word)
    with pytest.raises(outcome):
        await world.gateway.send(world.message)
    before = world.taken()
    world.say("taken")
    await world.gateway.send(world.message)
    assert world.taken() == before + 1


@pytest.mark.parametrize("make", [_mail, _sms], ids=["mail", "sms"])
async def test_a_gateway_that_is_away_has_taken_nothing(make: Callable[[], AbstractAsyncContextManager[World]]) -> None:
    async with make() as world:
        pass
    with pytest.raises(NotTaken, match="cannot be reached"):
        await world.gateway.send(world.message)
