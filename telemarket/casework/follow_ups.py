"""A request for every caller nobody has talked with: his voice message, or the callback he was promised.

`FollowUpProjection` notes such calls as they end; here each becomes a request, off the call path. The note goes in the
transaction that writes the request, so each call gets exactly one, whenever the daemon is killed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.calls.tables import calls
from telemarket.casework.model import RequestOrigin, RequestState
from telemarket.casework.tables import follow_ups, requests
from telemarket.contacts.service import ContactService
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import Translator, duration
from telemarket.core.journal import Entry
from telemarket.core.tables import journal

log = structlog.get_logger(__name__)

LOOK_ANYWAY = 60.0  # seconds
BATCH = 50
_WRITTEN_SECONDS = 5.0  # within which the journal has normally written what it was told

_CALL = sa.select(
    *(calls.c[name] for name in ("id", "project_id", "ani", "caller_name", "contact_id", "direction", "attempts"))
).join(follow_ups, follow_ups.c.call_id == calls.c.id)
_TAKEN = (
    sa.select(journal.c.data)
    .where(journal.c.call_id == sa.bindparam("call", type_=sa.String), journal.c.kind == "voicemail.taken")
    .order_by(journal.c.id.desc())
    .limit(1)
)
Row = sa.Row[*tuple[Any, ...]]


class FollowUps:
    """Makes the requests, in the language of `text`. `run` is its task; `written` waits for the journal."""

    def __init__(
        self,
        database: Database,
        contacts: ContactService,
        bus: EventBus,
        clock: Clock,
        text: Translator,
        written: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._contacts = contacts
        self._clock = clock
        self._text = text
        self._written = written
        self._upsert = _upsert(database)
        self._wake = asyncio.Event()
        self._wake.set()
        bus.subscribe(Entry, self._heard)

    def _heard(self, entry: Entry) -> None:
        if entry.kind == "call.ended" and entry.data["result"] != "answered":
            self._wake.set()

    async def run(self) -> None:
        """Make requests as calls end, and look once a minute for any that is missing, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_ANYWAY):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                async with asyncio.timeout(_WRITTEN_SECONDS):
                    await self._written()
            except TimeoutError:
                log.info("the journal is behind: requests of ended calls come later")
            try:
                await self.make_all()
            except Exception as error:  # the database is away: nothing is forgotten meanwhile
                log.warning("requests of ended calls come later", error=str(error))

    async def make_all(self) -> None:
        """Make every request that is due. One that cannot be made is logged, and costs the others nothing."""
        after = ""
        while batch := await self._batch(after):
            for call in batch:
                try:
                    await self._make(call)
                except Exception as error:
                    log.error("the request of a call could not be made", call=call.id, error=str(error))
            after = batch[-1].id

    async def _batch(self, after: str) -> Sequence[Row]:
        query = _CALL.where(follow_ups.c.call_id > after).order_by(follow_ups.c.call_id).limit(BATCH)
        async with self._database.read() as connection:
            return (await connection.execute(query)).all()

    async def _make(self, call: Row) -> None:
        contact_id = call.contact_id
        if contact_id is None:
            contact = await self._contacts.ensure_for_caller(call.ani, call.caller_name)
            contact_id = contact.id if contact else None
        origin = RequestOrigin.CALLBACK if call.direction == "callback" else RequestOrigin.VOICEMAIL
        words = await self._message(call.id) if origin is RequestOrigin.VOICEMAIL else self._not_reached(call.attempts)
        values = {
            "call_id": call.id,
            "contact_id": contact_id,
            "project_id": call.project_id,
            "text": words,
            "state": RequestState.OPEN.value,
            "origin": origin.value,
        }
        async with self._database.write() as connection:
            now = self._clock()  # not before: who follows the changes waits only so long for late ones
            await connection.execute(self._upsert, {**values, "created_at": now, "updated_at": now})
            await connection.execute(follow_ups.delete().where(follow_ups.c.call_id == call.id))

    async def _message(self, call_id: str) -> str:
        async with self._database.read() as connection:
            taken = await connection.scalar(_TAKEN, {"call": call_id})
        if taken is None:
            return self._text.gettext("Voice message")
        seconds = msgspec.json.decode(taken)["seconds"]
        return self._text.gettext("Voice message, %(length)s", length=duration(seconds))

    def _not_reached(self, attempts: int) -> str:
        if not attempts:
            return self._text.gettext("He was to be called back, and was not")
        return self._text.ngettext(
            "Not reached by callback after %(num)s attempt", "Not reached by callback after %(num)s attempts", attempts
        )


def _upsert(database: Database) -> sa.Executable:
    """A new request; or, if an operator wrote one during this call, that one with this added, open again."""
    statement: Any = sqlite.insert(requests) if database.is_sqlite else postgresql.insert(requests)
    new = statement.excluded
    added = sa.case((requests.c.text == "", new.text), else_=requests.c.text + "\n" + new.text)
    changed = {"text": added, **{name: new[name] for name in ("state", "origin", "updated_at")}}
    upsert: sa.Executable = statement.on_conflict_do_update(
        index_elements=["call_id"], set_=changed, where=requests.c.origin == ""
    )
    return upsert
