"""SMS to a centre that reads what is sent with a library of its own."""

import asyncio
from pathlib import Path

import pytest
import trustme
from aiosmpplib import NPI, TON

from telemarket.cli.checks import sms as check
from telemarket.cli.checks.findings import Level
from telemarket.core.settings import SmsSettings
from telemarket.messaging.model import NotTaken, Refused, Uncertain
from telemarket.messaging.sms import SmsGateway
from tests.integration.messaging.messages import protected, sms, sms_settings, trust
from tests.integration.messaging.smpp_centre import BAD_ADDRESS, BUSY, NOT_BOUND, OWN_CODE, Centre, sms_centre

_BAD_SOURCE = 0x0A
_LONG = "Ваше замовлення чекає на вас 🎁 у відділенні. " * 4


def gateway(centre: Centre, *, quiet: float = 30.0, deadline: float = 5.0) -> SmsGateway:
    return SmsGateway(sms_settings(centre.port), quiet=quiet, deadline=deadline)


async def test_a_short_message_arrives_as_it_was_written() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre)
        assert await sending.send(sms(body="Price: 5 € [net] @ 10 o'clock")) == "id-1"
        assert await sending.send(sms(body="Чекаємо на вас 🎁")) == "id-2"
        await sending.close()
    latin, cyrillic = centre.messages
    assert (latin.short_message, latin.encoding) == ("Price: 5 € [net] @ 10 o'clock", None)
    assert (cyrillic.short_message, cyrillic.encoding) == ("Чекаємо на вас 🎁", "ucs2")
    for message in centre.messages:
        to = message.destination
        assert (to.number, to.ton, to.npi) == ("380501234567", TON.INTERNATIONAL, NPI.ISDN)
        assert message.registered_delivery == 0
        assert message.esm_class == 0


async def test_a_long_message_is_joined_again_on_the_telephone() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre)
        assert await sending.send(sms(body=_LONG)) == "id-1"
        await sending.close()
    parts = centre.messages
    assert "".join(part.short_message for part in parts) == _LONG
    assert all(part.esm_class == 0x40 for part in parts)
    assert [part.get_segmentation_data() for part in parts] == [(2, n, 3) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("source", "number", "ton", "npi"),
    [
        ("+380441234567", "380441234567", TON.INTERNATIONAL, NPI.ISDN),
        ("4567", "4567", TON.UNKNOWN, NPI.ISDN),
        ("Romashka", "Romashka", TON.ALPHANUMERIC, NPI.UNKNOWN),
        ("", "", TON.UNKNOWN, NPI.UNKNOWN),
    ],
)
async def test_who_it_is_from(source: str, number: str, ton: TON, npi: NPI) -> None:
    async with sms_centre() as centre:
        sending = SmsGateway(sms_settings(centre.port, source=source))
        await sending.send(sms())
        await sending.close()
    [message] = centre.messages
    assert (message.source.number, message.source.ton, message.source.npi) == (number, ton, npi)


@pytest.mark.parametrize("number", ["", "Anna", "+38050", "380501234567890123"])
async def test_what_is_no_number_reaches_no_centre(number: str) -> None:
    with pytest.raises(Refused, match="no number") as raised:
        await SmsGateway(sms_settings(1)).send(sms(number + "x"))
    assert number + "x" not in str(raised.value)


async def test_one_connection_carries_many_messages_and_takes_its_leave() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre)
        for _ in range(3):
            await sending.send(sms())
        await sending.close()
    assert centre.requests == {"BindTransmitter": 1, "SubmitSm": 3, "Unbind": 1}


async def test_a_connection_closed_meanwhile_is_opened_again_and_the_message_sent_once() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre)
        await sending.send(sms())
        await centre.hang_up()
        await sending.send(sms())
        await sending.close()
    assert centre.requests["BindTransmitter"] == 2
    assert len(centre.messages) == 2


async def test_after_a_silence_the_centre_is_asked_first() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre, quiet=0)
        await sending.send(sms())
        await sending.send(sms())
        assert centre.requests["EnquireLink"] == 1
        await sending.close()
    assert centre.requests["BindTransmitter"] == 1


async def test_a_connection_nobody_listens_on_is_opened_again() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre, quiet=0, deadline=0.5)
        await sending.send(sms())
        centre.deaf = True
        await sending.send(sms())
        await sending.close()
    assert centre.requests["BindTransmitter"] == 2
    assert len(centre.messages) == 2


async def test_the_centre_is_told_that_somebody_is_there() -> None:
    async with sms_centre() as centre:
        sending = gateway(centre)
        await sending.send(sms())
        centre.ask()
        async with asyncio.timeout(10):
            await centre.answered.wait()
        await sending.close()


@pytest.mark.parametrize(
    ("status", "outcome", "words"),
    [
        (BUSY, NotTaken, "0x0058 Throttling error"),
        (NOT_BOUND, NotTaken, "0x0004"),
        (BAD_ADDRESS, Refused, "0x000b Invalid Destination Address"),
        (OWN_CODE, Refused, "0x0455"),
    ],
)
async def test_each_status_means_what_it_says(status: int, outcome: type[Exception], words: str) -> None:
    async with sms_centre() as centre:
        sending = gateway(centre)
        centre.says.append(status)
        with pytest.raises(outcome, match=words):
            await sending.send(sms())
        await sending.send(sms())
        await sending.close()
    assert centre.requests["BindTransmitter"] == (2 if status == NOT_BOUND else 1)


async def _at_once(_seconds: float) -> None:
    """Nobody waits."""


@pytest.mark.parametrize("said", [[BUSY] * 6, [BAD_ADDRESS]])
async def test_a_text_that_was_taken_in_part_is_not_simply_sent_again(said: list[int]) -> None:
    async with sms_centre() as centre:
        sending = SmsGateway(sms_settings(centre.port), sleep=_at_once)
        centre.says.extend([0, *said])
        with pytest.raises(Uncertain, match="Only 1 of 3 parts"):
            await sending.send(sms(body=_LONG))
        await sending.close()
    assert len(centre.messages) == 1


async def test_a_text_that_was_begun_is_finished_when_the_centre_has_time() -> None:
    async with sms_centre() as centre:
        sending = SmsGateway(sms_settings(centre.port), sleep=_at_once)
        centre.says.extend([0, BUSY, BUSY, 0, BUSY])
        assert await sending.send(sms(body=_LONG)) == "id-1"
        await sending.close()
    assert "".join(part.short_message for part in centre.messages) == _LONG


async def test_a_name_that_is_not_allowed_waits_for_the_administrator() -> None:
    async with sms_centre() as centre:
        sending = SmsGateway(sms_settings(centre.port, source="Mistyped"))
        centre.says.append(_BAD_SOURCE)
        with pytest.raises(NotTaken) as raised:
            await sending.send(sms())
        await sending.close()
    assert not raised.value.only_this


async def test_an_account_that_is_refused_is_to_be_mended() -> None:
    async with sms_centre() as centre:
        with pytest.raises(NotTaken, match="refuses the account telemarket: 0x000e Invalid Password") as raised:
            await SmsGateway(sms_settings(centre.port, password="wrong")).send(sms())
    assert "[sms] system_id and password" in raised.value.remedy
    assert "wrong" not in str(raised.value)


async def test_no_more_a_second_than_the_centre_allows() -> None:
    now = 0.0
    pauses = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        pauses.append(seconds)

    async with sms_centre() as centre:
        sending = SmsGateway(sms_settings(centre.port, per_second=4), clock=lambda: now, sleep=sleep)
        await sending.send(sms())
        await sending.send(sms(body=_LONG))
        assert pauses == [0.25, 0.25, 0.25]
        now += 10
        await sending.send(sms())
        await sending.close()
    assert pauses == [0.25, 0.25, 0.25]


async def test_a_protected_connection_needs_a_certificate_that_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    async with sms_centre(protected(authority)) as centre:
        settings = sms_settings(centre.port, host="localhost", tls=True)
        with pytest.raises(NotTaken, match="certificate"):
            await SmsGateway(settings).send(sms())
        trust(authority, tmp_path, monkeypatch)
        sending = SmsGateway(settings)
        await sending.send(sms())
        await sending.close()
    assert len(centre.messages) == 1


async def test_the_command_tries_the_centre_as_it_is_configured() -> None:
    assert (await check.smpp(SmsSettings()))[0].level is Level.OK
    async with sms_centre() as centre:
        [right] = await check.smpp(sms_settings(centre.port))
        [wrong] = await check.smpp(sms_settings(centre.port, password="wrong"))
        await centre.left()
    [away] = await check.smpp(sms_settings(centre.port))
    assert (right.level, wrong.level, away.level) == (Level.OK, Level.FAIL, Level.FAIL)
    assert "system_id" in wrong.mend
    assert "[sms] host" in away.mend
    assert centre.requests["Unbind"] == 1
