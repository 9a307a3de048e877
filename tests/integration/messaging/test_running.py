"""Messages in a running Telemarket: a real daemon, a mail server and an SMS centre."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from telemarket.asterisk.pbx.instance import Instance
from telemarket.asterisk.pbx.sipp import Sipp
from telemarket.core.clock import utc_now
from telemarket.messaging.tables import messages
from tests.integration.centre import Centre
from tests.integration.messaging import smpp_centre
from tests.integration.messaging.mail_server import MailServer, mail_server
from tests.integration.messaging.messages import ANNA, ANNAS_NUMBER
from tests.integration.messaging.smpp_centre import sms_centre

CONFIGURATION = """
[smtp]
host = "127.0.0.1"
port = {mail}
tls = "none"
sender = "desk@example.com"
[sms]
host = "127.0.0.1"
port = {sms}
system_id = "telemarket"
password = "horse123"
"""


@pytest.fixture
async def post() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def smsc() -> AsyncIterator[smpp_centre.Centre]:
    async with sms_centre() as centre:
        yield centre


@pytest.fixture
async def centre(
    pbx: Instance, sipp: Sipp, tmp_path: Path, post: MailServer, smsc: smpp_centre.Centre
) -> AsyncIterator[Centre]:
    """A call centre that runs, and writes to its customers."""
    centre = Centre(pbx, sipp, tmp_path, extra=CONFIGURATION.format(mail=post.port, sms=smsc.port))
    await centre.prepare()
    await centre.start()
    try:
        yield centre
    finally:
        await centre.close()


async def put(centre: Centre, channel: str, recipient: str) -> None:
    """A message that is due."""
    now = utc_now()
    what = {"channel": channel, "recipient": recipient, "subject": "Дякуємо", "body": "До вівторка."}
    when = {"queued_at": now, "due_at": now, "created_at": now}
    async with centre.database.write() as connection:
        await connection.execute(messages.insert().values(**what, **when, project_id=1, state="queued"))


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not happened():
            await asyncio.sleep(0.05)


async def test_what_is_due_leaves_by_either_channel_and_is_counted(
    centre: Centre, post: MailServer, smsc: smpp_centre.Centre
) -> None:
    await put(centre, "mail", ANNA)
    await put(centre, "sms", ANNAS_NUMBER)
    await centre.written("messages", 2, state="sent")
    [mail], [sms] = post.mails, smsc.messages
    assert (mail["Subject"], mail.get_content().strip()) == ("Дякуємо", "До вівторка.")
    assert (sms.destination.number, sms.short_message) == (ANNAS_NUMBER.removeprefix("+"), "До вівторка.")
    async with aiohttp.ClientSession() as session, session.get(f"{centre.url}/metrics") as answer:
        metrics = await answer.text()
    for channel in ("mail", "sms"):
        assert f'telemarket_messages_total{{channel="{channel}",state="sent"}} 1.0' in metrics


async def test_killed_while_the_sms_centre_thinks_nobody_gets_it_twice(
    centre: Centre, smsc: smpp_centre.Centre
) -> None:
    smsc.says.append(smpp_centre.SILENCE)
    await put(centre, "sms", ANNAS_NUMBER)
    await until(lambda: smsc.requests["SubmitSm"] == 1)
    await centre.stop(signal.SIGKILL)
    async with centre.database.write() as connection:  # as if the time it may take had passed
        await connection.execute(messages.update().values(due_at=utc_now() - timedelta(seconds=1)))
    await centre.start()
    await centre.written("messages", 1, state="unknown")
    assert smsc.requests["SubmitSm"] == 1
