"""Where leads come from: contacts within a filter, contacts of an import, a backend's records.

They are told as contacts' ids: `Leads.add` reads the names and numbers.
"""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.search import MOST_FOUND, ContactFilter, ContactSearch
from telemarket.contacts.tables import backend_states, contact_records, import_rows, imports
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.dialer.model import LeadData
from telemarket.numbers import NumberingPlan

_PAGE = 500


async def from_contacts(database: Database, plan: NumberingPlan, wanted: ContactFilter) -> AsyncIterator[LeadData]:
    """Everybody within the filter, whatever their number.

    Raises InvalidInput where a text finds more than the search can tell: narrow it otherwise.
    """
    search = ContactSearch(database, plan)
    attribute = None if wanted.text.strip() else wanted.attribute
    # The search knows the first few hundred with an attribute; here everybody is looked at.
    broader = wanted if attribute is None else msgspec.structs.replace(wanted, attribute=None)
    after: int | None = None
    while True:
        page = await search.find(broader, _PAGE, after)
        if page.count is not None and page.count >= MOST_FOUND:
            raise InvalidInput(
                N_("The text finds more than %(most)s contacts.", most=MOST_FOUND),
                field="text",
                remedy=N_("Choose by category, region, source or consultant, or write more of the text."),
            )
        for contact in page.contacts:
            if attribute is None or _has(contact.attributes, *attribute):
                yield LeadData(contact_id=contact.id)
        if page.after is None:
            return
        after = page.after


async def from_import(database: Database, import_id: int) -> AsyncIterator[LeadData]:
    """Whom an import of contacts added or changed. Who was known as the file has him has left no trace in it.

    Raises NotFound where there is no such import.
    """
    async with database.read() as connection:
        if await connection.scalar(sa.select(imports.c.id).where(imports.c.id == import_id)) is None:
            raise NotFound(N_("There is no import %(id)s.", id=import_id))
    rows = import_rows.c
    wanted = sa.select(rows.row, rows.contact_id).where(rows.import_id == import_id, rows.contact_id.is_not(None))
    seen: set[int] = set()
    async for contact_id in _walk(database, wanted, rows.row, 0):
        if contact_id not in seen:
            seen.add(contact_id)
            yield LeadData(contact_id=contact_id)


async def from_backend(database: Database, backend: str) -> AsyncIterator[LeadData]:
    """Everybody a backend knows now. Raises NotFound for one that has never been synchronised."""
    async with database.read() as connection:
        if not await _has_synchronised(connection, backend):
            raise NotFound(
                N_("No backend “%(name)s” has been synchronised.", name=backend),
                remedy=N_("See which there are: telemarket backend list"),
            )
    records = contact_records.c
    wanted = sa.select(records.key, records.contact_id).where(records.backend == backend, records.gone_at.is_(None))
    async for contact_id in _walk(database, wanted, records.key, ""):
        yield LeadData(contact_id=contact_id)


async def _has_synchronised(connection: AsyncConnection, backend: str) -> bool:
    tried = sa.exists().where(backend_states.c.name == backend)
    known = sa.exists().where(contact_records.c.backend == backend)
    return bool(await connection.scalar(sa.select(tried | known)))


async def _walk(
    database: Database, wanted: sa.Select[Any], key: sa.ColumnElement[Any], first: Any
) -> AsyncIterator[int]:
    """The second column, page by page in the order of the key, which is the first."""
    after = first
    while True:
        async with database.read() as connection:
            rows = (await connection.execute(wanted.where(key > after).order_by(key).limit(_PAGE))).all()
        for _, contact_id in rows:
            yield contact_id
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def _has(attributes: dict[str, str], name: str, value: str) -> bool:
    return any(
        each.casefold() == name.casefold() and kept.casefold() == value.casefold() for each, kept in attributes.items()
    )
