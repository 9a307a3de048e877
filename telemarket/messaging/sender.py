"""Carries the messages of one channel out of the outbox.

A message is taken by a conditional update, with a time until which the gateway may have it. If the daemon dies
meanwhile nobody knows whether it was sent: it becomes unknown, and only a person sends it again.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import contacts
from telemarket.core.backoff import jittered
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import N_, to_stored
from telemarket.messaging.model import Channel, Gateway, Message, MessageState, NotTaken, Refused, Uncertain
from telemarket.messaging.rows import COLUMNS, message_of
from telemarket.messaging.tables import UNDER_WAY, messages

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""How often the outbox is looked at while nothing is due."""
LEASE = timedelta(minutes=15)
"""Longer than any gateway takes for one message."""
PATIENCE = timedelta(days=1)
"""How long a message is tried; then it has failed, for who wrote it meant a day near to it."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 4 * 3600.0  # seconds before a message is tried again
_CHANNEL_PAUSES = (10.0, 300.0)  # seconds for which nobody else's is tried either, while the gateway takes nothing
_LAST_WORD = 5.0  # seconds a gateway has to answer when Telemarket ends

Forbids = Callable[[AsyncConnection, int, str], Awaitable[bool]]
"""Whether a number asks not to be approached: (connection, project id, number)."""
_CORRECTED = N_("The operator chose another result.")
_TOO_LATE = N_("It could not be sent for a day.")
_INTERRUPTED = N_("Telemarket was interrupted while it was being sent.")
_NOT_CONFIGURED = {
    Channel.MAIL: N_("No mail server is configured."),
    Channel.SMS: N_("No SMS centre is configured."),
}


class Sender:
    """Sends what is due on `channel` by `gateway` (None: none is configured, and messages wait). `outcomes` counts what
    became of them; what was tried in vain is queued."""

    def __init__(
        self, database: Database, clock: Clock, channel: Channel, gateway: Gateway | None, forbids: Forbids
    ) -> None:
        self._database = database
        self._clock = clock
        self._channel = channel
        self._gateway = gateway
        self._forbids = forbids
        self.outcomes: Counter[MessageState] = Counter()
        self._in_vain = 0  # tries in a row
        self._pause = 0.0  # seconds until the next message is tried

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            pause = LOOK_SECONDS
            try:
                if await self.send_next():
                    pause = self._pause
            except Exception:
                log.exception("messages could not be sent; trying again", channel=self._channel)
            await asyncio.sleep(pause)

    async def send_next(self) -> bool:
        """Send the message that is due longest; False if none is."""
        self._pause = 0.0
        now = self._clock()
        due = messages.c.channel == self._channel.value, UNDER_WAY, messages.c.due_at <= now
        query = sa.select(*COLUMNS).where(*due).order_by(messages.c.due_at).limit(1)
        if self._gateway is None:
            query = query.where(_in_need_of_a_word(now))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
            message = message_of(row) if row else None
            reason = await self._reason_against(connection, message) if message else None
        if message is None:
            return False
        if message.state is MessageState.SENDING:
            await self._become(message, MessageState.UNKNOWN, _INTERRUPTED)
        elif reason is not None:
            await self._become(message, MessageState.WITHDRAWN, reason)
        elif now - message.queued_at > PATIENCE:
            await self._become(message, MessageState.FAILED, message.reason or _TOO_LATE)
        elif self._gateway is None:  # another daemon may have one, or this one after its next start
            await self._become(message, MessageState.QUEUED, _NOT_CONFIGURED[self._channel])
        elif await self._become(message, MessageState.SENDING, due_at=now + LEASE, tries=message.tries + 1):
            await self._send(self._gateway, msgspec.structs.replace(message, state=MessageState.SENDING))
        return True

    async def _reason_against(self, connection: AsyncConnection, message: Message) -> str | None:
        """Why the customer must not be told; it may have changed since the message was written."""
        his = sa.select(contacts.c.consent).where(contacts.c.id == message.contact_id)
        if message.contact_id is not None and await connection.scalar(his) == "refused":
            return N_("The customer does not let his data be used.")
        sms = message.channel is Channel.SMS
        if sms and await self._forbids(connection, message.project_id, message.recipient):
            return N_("The number is on the do-not-call list.")
        return None

    async def _send(self, gateway: Gateway, message: Message) -> None:
        sending = asyncio.create_task(gateway.send(message))
        try:
            await asyncio.wait([sending])
        except asyncio.CancelledError:  # Telemarket ends: the gateway may still say what became of this one
            await asyncio.wait([sending], timeout=_LAST_WORD)
            if sending.done():
                await self._note(message, sending)
            else:
                sending.cancel()
                await asyncio.wait([sending])
            raise
        await self._note(message, sending)

    async def _note(self, message: Message, sending: "asyncio.Task[str]") -> None:
        """Write down what the gateway said."""
        try:
            reference = await sending
        except NotTaken as error:
            await self._not_taken(message, error)
            return
        except Refused as error:
            await self._become(message, MessageState.FAILED, error.message)
        except Uncertain as error:
            await self._become(message, MessageState.UNKNOWN, error.message)
        except Exception:  # whatever it was, the message may be with the customer
            log.exception("a gateway failed", channel=self._channel, message_id=message.id)
            await self._become(message, MessageState.UNKNOWN, N_("The gateway failed."))
        else:
            await self._become(message, MessageState.SENT, reference=reference, sent_at=self._clock())
        self._in_vain = 0

    async def _not_taken(self, message: Message, error: NotTaken) -> None:
        if error.only_this:
            self._in_vain = 0
            pause = jittered(message.tries + 1, base=FIRST_PAUSE, cap=LONGEST_PAUSE)
        else:
            self._in_vain += 1
            first, longest = _CHANNEL_PAUSES
            self._pause = jittered(self._in_vain, base=first / 2, cap=longest)
            pause = FIRST_PAUSE
            if self._in_vain == 1:
                log.warning("a gateway takes no messages", channel=self._channel)
        due_at = self._clock() + timedelta(seconds=pause)
        wanted = ~messages.c.recalled
        if not await self._become(message, MessageState.QUEUED, error.message, only=wanted, due_at=due_at):
            await self._become(message, MessageState.WITHDRAWN, _CORRECTED)

    async def _become(
        self,
        message: Message,
        state: MessageState,
        reason: str = "",
        only: sa.ColumnElement[bool] = sa.true(),  # noqa: B008 - a constant
        **values: Any,
    ) -> bool:
        """The message is in this state from now on; False if somebody else has changed it meanwhile, or `only` does not
        hold."""
        mine = messages.c.id == message.id, messages.c.state == message.state.value, only
        values |= {"state": state.value, "reason": to_stored(reason) if reason else None}
        async with self._database.write() as connection:
            changed = await connection.execute(messages.update().where(*mine).values(values))
        if not changed.rowcount:
            return False
        if state is not MessageState.SENDING:
            self.outcomes[state] += 1
            log.info("a message was seen to", channel=self._channel, message_id=message.id, state=state)
        return True


def _in_need_of_a_word(now: datetime) -> sa.ColumnElement[bool]:
    """What is due where nothing can be sent: messages of which it is not said yet why they wait, and what is over."""
    sending = messages.c.state == MessageState.SENDING.value
    return sa.or_(sending, messages.c.queued_at < now - PATIENCE, messages.c.reason.is_(None))
