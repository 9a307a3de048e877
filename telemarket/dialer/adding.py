"""Many leads added to a campaign at once: read in a thread, held against what is there, written in batches."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.outbound import OutboundRules
from telemarket.contacts.model import PHONE_KINDS
from telemarket.contacts.tables import contacts, phones
from telemarket.core.audit import AuditLog
from telemarket.core.bulk import insert_rows
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.dialer.counts import Changes, CountKind, add_counts
from telemarket.dialer.model import Added, LeadData, LeadState
from telemarket.dialer.reading import Known, LeadReader, ReadLead
from telemarket.dialer.tables import campaigns, lead_numbers, leads

T = TypeVar("T")

BATCH = 1000  # leads a transaction, and a stretch of work that the calls beside it wait for
MOST_REFUSALS = 100  # told one by one
_ASKED = 1000  # values in one question to the database
_LOCK = 7_355_610  # any constant: PostgreSQL's advisory locks are numbered
_PLACE = (leads.c.campaign_id, leads.c.state)
_CALLED = [kind for kind in PHONE_KINDS if kind != "fax"]


class LeadAdder:
    """Adds leads. See `Leads.add`."""

    def __init__(self, database: Database, clock: Clock, rules: OutboundRules, house_zone: str) -> None:
        self._database = database
        self._clock = clock
        self._reader = LeadReader(rules, house_zone)
        self._audit = AuditLog(database, clock)

    async def add(
        self, campaign_id: int, rows: AsyncIterable[LeadData] | Iterable[LeadData], source: str, user: int | None
    ) -> Added:
        """See `Leads.add`."""
        async with self._database.read() as connection:
            if await connection.scalar(sa.select(campaigns.c.id).where(campaigns.c.id == campaign_id)) is None:
                raise NotFound(N_("There is no campaign %(id)s.", id=campaign_id))
        added, first = Added(), 1
        async for batch in _batches(rows):
            read = await self._read(batch, first, added)
            await self._write(campaign_id, read, added)
            first += len(batch)
        subject = f"campaign {campaign_id}: {added.added} of {first - 1} from {source}"
        await self._audit.append(user, "campaign.add_leads", subject)
        return added

    # ---- reading

    async def _read(self, batch: Sequence[LeadData], first: int, added: Added) -> list[ReadLead]:
        known = await self._known({row.contact_id for row in batch if row.contact_id is not None})
        return await asyncio.to_thread(self._read_all, batch, known, first, added)

    def _read_all(self, batch: Sequence[LeadData], known: dict[int, Known], first: int, added: Added) -> list[ReadLead]:
        found = []
        for number, row in enumerate(batch, first):
            where = row.line or (str(number) if row.contact_id is None else f"contact {row.contact_id}")
            contact = None if row.contact_id is None else known.get(row.contact_id)
            try:
                if row.contact_id is not None and contact is None:
                    raise InvalidInput(N_("There is no contact %(id)s.", id=row.contact_id), field="contact_id")
                lead, refused = self._reader.read(row, contact)
                found.append(lead)
            except InvalidInput as error:
                refused = [error.message]
                added.refused_count += 1
            room = MOST_REFUSALS - len(added.refused)
            added.refused += [(where, why) for why in refused[:room]]
        return found

    async def _known(self, ids: Collection[int]) -> dict[int, Known]:
        """Living contacts, with their numbers in the order in which they are best called."""
        names: dict[int, str] = {}
        numbers: dict[int, list[tuple[int, int, str]]] = {}
        async with self._database.read() as connection:
            for some in _chunks(ids):
                columns = (contacts.c.id, contacts.c.name, contacts.c.company)
                living = sa.select(*columns).where(contacts.c.id.in_(some), contacts.c.archived_at.is_(None))
                for contact_id, name, company in await connection.execute(living):
                    names[contact_id] = name or company
                of_them = (phones.c.contact_id, phones.c.id, phones.c.kind, phones.c.e164, phones.c.raw)
                wanted = sa.select(*of_them).where(phones.c.contact_id.in_(some), phones.c.kind.in_(_CALLED))
                for contact_id, phone_id, kind, e164, raw in await connection.execute(wanted):
                    place = (_CALLED.index(kind), phone_id, e164 or raw)
                    numbers.setdefault(contact_id, []).append(place)
        return {
            contact_id: Known(name, tuple(text for _, _, text in sorted(numbers.get(contact_id, ()))))
            for contact_id, name in names.items()
        }

    # ---- writing

    async def _write(self, campaign_id: int, read: Sequence[ReadLead], added: Added) -> None:
        if not read:
            return
        async with self._database.write() as connection:
            await _lock(connection, campaign_id)
            new = await _without_doubles(connection, campaign_id, read)
            counts = await self._insert(connection, campaign_id, new)
            await add_counts(connection, counts)
        added.added += len(new)
        added.doubles += len(read) - len(new)

    async def _insert(self, connection: AsyncConnection, campaign_id: int, new: Sequence[ReadLead]) -> Changes:
        now, counts = self._clock(), Changes()
        ids = await _new_ids(connection, len(new))
        rows = [_row(campaign_id, lead_id, lead, now) for lead_id, lead in zip(ids, new, strict=True)]
        await insert_rows(connection, leads, rows)
        numbers = [
            {
                "lead_id": lead_id,
                "position": position,
                "number": each.number,
                "zone": each.zone,
                "best_hour": each.best_hour,
            }
            for lead_id, lead in zip(ids, new, strict=True)
            for position, each in enumerate(lead.numbers)
        ]
        await insert_rows(connection, lead_numbers, numbers)
        for row in rows:
            counts[campaign_id, CountKind.LEAD, row["state"]] += 1
        return counts


def _row(campaign_id: int, lead_id: int, lead: ReadLead, now: datetime) -> dict[str, Any]:
    due_at = lead.due_at or now
    return {
        "id": lead_id,
        "campaign_id": campaign_id,
        "contact_id": lead.contact_id,
        "name": lead.name,
        "values": lead.values,
        "state": (LeadState.WAITING if due_at > now else LeadState.READY).value,
        "zone": lead.numbers[0].zone,
        "rank": lead.rank,
        "due_at": due_at,
        "added_at": now,
        "changed_at": now,
    }


async def _without_doubles(connection: AsyncConnection, campaign_id: int, read: Sequence[ReadLead]) -> list[ReadLead]:
    """Those of whom no number and no contact is a lead of the campaign, or comes before among them."""
    seen_contacts = await _open_contacts(connection, campaign_id, {lead.contact_id for lead in read} - {None})
    seen_numbers = await _open_numbers(connection, campaign_id, {each.number for lead in read for each in lead.numbers})
    new = []
    for lead in read:
        numbers = {each.number for each in lead.numbers}
        if lead.contact_id in seen_contacts or not numbers.isdisjoint(seen_numbers):
            continue
        new.append(lead)
        seen_numbers |= numbers
        if lead.contact_id is not None:
            seen_contacts.add(lead.contact_id)
    return new


async def _open_contacts(connection: AsyncConnection, campaign_id: int, ids: Collection[Any]) -> set[int | None]:
    """Contacts among these that have a lead in the campaign that is not closed."""
    found: set[int | None] = set()
    for some in _chunks(ids):
        theirs = sa.select(leads.c.contact_id, *_PLACE).where(leads.c.contact_id.in_(some))
        found.update(row.contact_id for row in await connection.execute(theirs) if _is_open(row, campaign_id))
    return found


async def _open_numbers(connection: AsyncConnection, campaign_id: int, numbers: Collection[str]) -> set[str]:
    """Numbers among these of which a lead of the campaign is not closed.

    In two steps, each of which can take but one index: joined, SQLite would look through the whole campaign each time.
    """
    of_lead: defaultdict[int, list[str]] = defaultdict(list)
    for some in _chunks(numbers):
        wanted = sa.select(lead_numbers.c.lead_id, lead_numbers.c.number).where(lead_numbers.c.number.in_(some))
        for lead_id, number in await connection.execute(wanted):
            of_lead[lead_id].append(number)
    found: set[str] = set()
    for ids in _chunks(of_lead):
        rows = await connection.execute(sa.select(leads.c.id, *_PLACE).where(leads.c.id.in_(ids)))
        found.update(number for row in rows if _is_open(row, campaign_id) for number in of_lead[row.id])
    return found


def _is_open(row: Any, campaign_id: int) -> bool:
    return bool(row.campaign_id == campaign_id and row.state != LeadState.CLOSED)


async def _lock(connection: AsyncConnection, campaign_id: int) -> None:
    """Nobody else adds leads to this campaign until the transaction ends; in SQLite nobody writes anyway."""
    if connection.dialect.name != "sqlite":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, campaign_id)))


async def _new_ids(connection: AsyncConnection, count: int) -> list[int]:
    """As many ids as nobody else gets: in SQLite this transaction is the only one that writes."""
    if connection.dialect.name == "sqlite":
        last = await connection.scalar(sa.select(sa.func.max(leads.c.id))) or 0
        return list(range(last + 1, last + count + 1))
    series = sa.func.generate_series(1, count).table_valued("number")
    following = sa.func.nextval(sa.func.pg_get_serial_sequence("leads", "id"))
    return list(await connection.scalars(sa.select(following).select_from(series)))


def _chunks(values: Collection[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while some := list(islice(remaining, _ASKED)):
        yield some


async def _batches(rows: AsyncIterable[LeadData] | Iterable[LeadData]) -> AsyncIterator[list[LeadData]]:
    batch: list[LeadData] = []
    async for row in rows if isinstance(rows, AsyncIterable) else _each(rows):
        batch.append(row)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _each(rows: Iterable[LeadData]) -> AsyncIterator[LeadData]:
    for row in rows:
        yield row
