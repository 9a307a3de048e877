"""The outbox: messages are put into it in the transaction of what they tell of, and leave it once."""

from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.tables import contacts
from telemarket.core import cursor
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, to_stored
from telemarket.core.roles import Permission, User, require
from telemarket.messaging.filling import Known, fill_in
from telemarket.messaging.model import Channel, Message, MessageState, Template
from telemarket.messaging.rows import COLUMNS, message_of
from telemarket.messaging.tables import message_templates, messages
from telemarket.messaging.templates import find_template

CORRECTION = timedelta(minutes=1)
"""How long a message waits, so that what it tells of can be corrected."""
LONGEST_PAGE = 200
_GIVEN = (MessageState.SENDING.value, MessageState.SENT.value, MessageState.UNKNOWN.value)
_KEPT = (MessageState.QUEUED.value, MessageState.FAILED.value)
_NO_ADDRESS = N_("No mail address of the customer is known.")


class MessagePage(msgspec.Struct, frozen=True):
    """A page of messages, the newest first. `after`, given back, brings the next one; None: this is the last."""

    messages: tuple[Message, ...]
    after: str | None


class Outbox:
    """Puts messages in, takes them back, and shows what became of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditLog(database, clock)

    # ---- in the transaction of somebody else

    async def offered(self, connection: AsyncConnection, project_id: int) -> dict[int, str]:
        """The project's templates: how each is sent (a Channel's value), by id."""
        mine = message_templates.c.project_id == project_id, message_templates.c.active
        rows = await connection.execute(sa.select(message_templates.c.id, message_templates.c.channel).where(*mine))
        return {row.id: row.channel for row in rows}

    async def put(
        self,
        connection: AsyncConnection,
        template_id: int,
        *,
        contact_id: int | None,
        number: str,
        known: Known,
        call_id: str,
        user: int,
    ) -> None:
        """Have a customer told what the template says: by SMS to `number` (E.164), by mail to his contact's address.
        What he was told in this call already, or a supervisor withdrew, he is not told again; one that cannot be filled
        in or has no recipient is kept as failed, to be seen; of a template that was taken away there is none."""
        template = await find_template(connection, template_id)
        if template is None or await self._was_given(connection, call_id, template_id):
            return
        now = self._clock()
        recipient = number if template.channel is Channel.SMS else await _mail_address(connection, contact_id)
        subject, body, reason = _filled(template, known)
        reason = reason or ("" if recipient else _NO_ADDRESS)
        values = {
            "project_id": template.project_id,
            "contact_id": contact_id,
            "template_id": template_id,
            "call_id": call_id,
            "channel": template.channel.value,
            "recipient": recipient,
            "subject": subject,
            "body": body,
            "state": (MessageState.FAILED if reason else MessageState.QUEUED).value,
            "reason": to_stored(reason) if reason else None,
            "queued_at": now,
            "due_at": now + CORRECTION,
            "created_at": now,
            "created_by": user,
        }
        await connection.execute(messages.insert().values(values))

    async def take_back(self, connection: AsyncConnection, call_id: str) -> None:
        """What was to be told of this call is not told, but for what has left, and what a supervisor has decided on."""
        of_call = messages.c.call_id == call_id, ~messages.c.by_hand
        sending = messages.c.state == MessageState.SENDING.value
        await connection.execute(messages.update().where(*of_call, sending).values(recalled=True))
        await connection.execute(messages.delete().where(*of_call, messages.c.state.in_(_KEPT)))

    # ---- what supervisors see and do

    async def page(
        self,
        *,
        project_id: int | None = None,
        state: MessageState | None = None,
        channel: Channel | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> MessagePage:
        """Messages, the newest first. Raises InvalidInput for an `after` that is no place in the list."""
        limit = max(1, min(limit, LONGEST_PAGE))
        place = sa.tuple_(messages.c.created_at, messages.c.id)
        wanted = sa.select(*COLUMNS).order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(limit + 1)
        if project_id is not None:
            wanted = wanted.where(messages.c.project_id == project_id)
        if state is not None:
            wanted = wanted.where(messages.c.state == state.value)
        if channel is not None:
            wanted = wanted.where(messages.c.channel == channel.value)
        if after is not None:
            moment, key = cursor.read_numbered(after, N_("This is no place in the list."))
            behind = sa.literal(moment, messages.c.created_at.type), sa.literal(key)
            wanted = wanted.where(place < sa.tuple_(*behind))
        found = await self._read(wanted)
        last = found[limit - 1] if len(found) > limit else None
        return MessagePage(found[:limit], cursor.write(last.created_at, str(last.id)) if last else None)

    async def of_contact(self, contact_id: int, limit: int = 5) -> tuple[Message, ...]:
        """The last messages to a contact, the newest first."""
        his = sa.select(*COLUMNS).where(messages.c.contact_id == contact_id)
        return await self._read(his.order_by(messages.c.created_at.desc(), messages.c.id.desc()).limit(limit))

    async def send_again(self, message_id: int, by: User) -> None:
        """Send a message that failed, or of which it is unknown whether it was sent: whoever asks for it takes it on
        himself that the customer may get it twice.

        Raises NotAllowed, NotFound, and InvalidInput for a message in another state or still without a recipient.
        """
        async with self._database.write() as connection:
            message = await self._choose(connection, message_id, by, MessageState.FAILED, MessageState.UNKNOWN)
            recipient = message.recipient
            if not recipient and message.channel is Channel.MAIL:
                recipient = await _mail_address(connection, message.contact_id)
            if not recipient:
                raise InvalidInput(_NO_ADDRESS, remedy=N_("Add one to his contact."))
            if not message.body:  # it could not be filled in
                raise InvalidInput(message.reason)
            now = self._clock()
            values = {"state": MessageState.QUEUED.value, "recipient": recipient, "queued_at": now, "due_at": now}
            values |= {"tries": 0, "reason": None, "recalled": False}
            await self._change(connection, message, values, by, "message.send-again")

    async def withdraw(self, message_id: int, by: User) -> None:
        """Take a message back that still waits. Raises NotAllowed, NotFound, and InvalidInput for one that has left."""
        async with self._database.write() as connection:
            message = await self._choose(connection, message_id, by, MessageState.QUEUED)
            reason = to_stored(N_("Taken back by %(name)s.", name=by.name))
            values = {"state": MessageState.WITHDRAWN.value, "reason": reason}
            await self._change(connection, message, values, by, "message.withdraw")

    async def _read(self, query: sa.Select[Any]) -> tuple[Message, ...]:
        async with self._database.read() as connection:
            return tuple(message_of(row) for row in await connection.execute(query))

    async def _was_given(self, connection: AsyncConnection, call_id: str, template_id: int) -> bool:
        """Or was decided on by a supervisor."""
        same = messages.c.call_id == call_id, messages.c.template_id == template_id
        given = sa.or_(messages.c.state.in_(_GIVEN), messages.c.by_hand)
        return await connection.scalar(sa.select(messages.c.id).where(*same, given).limit(1)) is not None

    async def _choose(self, connection: AsyncConnection, message_id: int, by: User, *states: MessageState) -> Message:
        """The message, in one of these states until the transaction ends."""
        require(by, Permission.SUPERVISE)
        query = sa.select(*COLUMNS).where(messages.c.id == message_id).with_for_update()
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(N_("There is no such message."))
        message = message_of(row)
        if message.state not in states:
            raise InvalidInput(
                N_("It is too late: the message is in another state by now."), remedy=N_("Look at it again.")
            )
        return message

    async def _change(
        self, connection: AsyncConnection, message: Message, values: dict[str, Any], by: User, action: str
    ) -> None:
        await connection.execute(messages.update().where(messages.c.id == message.id).values(by_hand=True, **values))
        await self._audit.append_in(connection, by.id, action, str(message.id))


def _filled(template: Template, known: Known) -> tuple[str, str, str]:
    """Subject, body, and why there are none."""
    try:
        return *fill_in(template, known), ""
    except InvalidInput as error:
        return "", "", error.message


async def _mail_address(connection: AsyncConnection, contact_id: int | None) -> str:
    """The contact's main one; empty if none is known."""
    if contact_id is None:
        return ""
    his = sa.select(contacts.c.emails).where(contacts.c.id == contact_id, contacts.c.archived_at.is_(None))
    addresses = await connection.scalar(his)
    return str(addresses[0]) if addresses else ""
