"""Messages as the database has them."""

from typing import Any

import sqlalchemy as sa

from telemarket.core.i18n import from_stored
from telemarket.messaging.model import Channel, Message, MessageState
from telemarket.messaging.tables import messages

COLUMNS = tuple(messages.c[name] for name in Message.__struct_fields__)


def message_of(row: sa.Row[*tuple[Any, ...]]) -> Message:
    """The message in a row of COLUMNS."""
    values = dict(row._mapping)
    return Message(
        **{
            **values,
            "channel": Channel(values["channel"]),
            "state": MessageState(values["state"]),
            "reason": from_stored(values["reason"]) if values["reason"] else "",
        }
    )
