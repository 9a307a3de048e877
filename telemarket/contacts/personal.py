"""One person's data: handed out whole, and erased.

What other rooms keep of him comes from them: each is a `telemarket.core.personal.PersonalData`.
"""

import asyncio
import os
import secrets
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.locking import lock_merging
from telemarket.contacts.model import OWN
from telemarket.contacts.tables import (
    contact_changes,
    contact_merges,
    contact_records,
    contacts,
    import_rows,
    match_choices,
    phones,
)
from telemarket.contacts.writing import EMPTY, Prepared, archive_many, read_rows, update_many
from telemarket.core.audit import AuditLog
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound, TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.personal import Part, Person, PersonalData

_ORIGIN = "erasure"


class ErasureRefused(TelemarketError):
    """Something of the person must be kept; `objections` say what."""

    error_id = "erasure-refused"

    def __init__(self, objections: Sequence[str]) -> None:
        super().__init__(
            N_("This person's data cannot be erased: %(reasons)s", reasons=" ".join(objections)),
            remedy=N_("Nothing has been erased. Settle this first."),
        )
        self.objections = tuple(objections)


class PersonalDataService:
    """Hands out and erases. `rooms` are the others that keep something of people."""

    def __init__(
        self, database: Database, clock: Clock, erased: ErasedKeys, rooms: Sequence[PersonalData] = ()
    ) -> None:
        self._database = database
        self._clock = clock
        self._erased = erased
        self._rooms = tuple(rooms)
        self._audit = AuditLog(database, clock)

    async def export(self, contact_id: int, target: Path, by: int | None) -> list[str]:
        """Write everything about one person into the ZIP file `target`, which only its owner can read; returns the
        names of what is in it.

        Raises NotFound, InvalidInput where the contact has become a part of another, and OSError.
        """
        async with self._database.write() as connection:
            person = await _person(connection, contact_id)
            parts = {"contact": Part(rows=await _own_rows(connection, person))}
            for room in self._rooms:
                parts[room.name] = await room.collect(connection, person)
            await self._audit.append_in(connection, by, "contact.export", f"contact {contact_id}")
        return await asyncio.to_thread(_write_archive, target, parts)

    async def erase(self, contact_id: int, by: int | None) -> dict[str, int]:
        """Erase one person's data; returns how many rows of each room it was.

        Calls and requests stay, to be counted, without a name, a number or a word. Raises NotFound, InvalidInput where
        the contact has become a part of another, and ErasureRefused where something must be kept: then nothing is
        erased.
        """
        at = self._clock()
        async with self._database.write() as connection:
            await lock_merging(connection)
            person = await _person(connection, contact_id)
            objections = [text for room in self._rooms for text in await room.objections(connection, person)]
            if objections:
                raise ErasureRefused(objections)
            counts = {room.name: await room.erase(connection, person) for room in self._rooms}
            await self._bury(connection, person, at)
            counts["contact"] = await _erase_own(connection, person, at, by)
            await self._audit.append_in(connection, by, "contact.erase", f"contact {contact_id}")
        if not self._database.dry_run:
            for room in self._rooms:
                await room.finish()
        return counts

    async def _bury(self, connection: AsyncConnection, person: Person, at: datetime) -> None:
        if self._database.dry_run:
            return
        known_as = sa.select(contact_records.c.backend, contact_records.c.key).where(
            contact_records.c.contact_id.in_(person.contact_ids), contact_records.c.backend != OWN
        )
        keys = [(backend, key) for backend, key in await connection.execute(known_as)]
        for name in person.names:
            await self._erased.keep(connection, keys, name, person.numbers, at)
        await self._erased.keep(connection, keys, "", (), at)


async def _person(connection: AsyncConnection, contact_id: int) -> Person:
    await _check_whole(connection, contact_id)
    ids, new = {contact_id}, {contact_id}
    while new:
        parts = sa.select(contacts.c.id).where(contacts.c.merged_into.in_(new))
        new = set(await connection.scalars(parts)) - ids
        ids |= new
    rows = await read_rows(connection, sorted(ids))
    if contact_id not in rows:
        raise NotFound(N_("There is no contact %(id)s.", id=contact_id))
    numbers = await connection.scalars(sa.select(phones.c.digits).where(phones.c.contact_id.in_(rows)).distinct())
    names = dict.fromkeys(row["name"] or row["company"] for row in rows.values())
    return Person(contact_ids=tuple(sorted(rows)), numbers=tuple(numbers), names=tuple(filter(None, names)))


async def _check_whole(connection: AsyncConnection, contact_id: int) -> None:
    """A part of a contact is not all of a person: whoever asks for it is told where the rest is."""
    present = contact_id
    while above := await connection.scalar(sa.select(contacts.c.merged_into).where(contacts.c.id == present)):
        present = above
    if present != contact_id:
        raise InvalidInput(
            N_("This contact has become a part of another one."),
            field="contact_id",
            remedy=N_("Open the contact %(id)s: the person's data are all there.", id=present),
        )


async def _own_rows(connection: AsyncConnection, person: Person) -> list[dict[str, Any]]:
    """The contact as it stands in each table of this room."""
    found = []
    for contact_id, row in (await read_rows(connection, person.contact_ids)).items():
        about: dict[str, Any] = dict(row)
        for table in (phones, contact_records, contact_changes, match_choices):
            rows = await connection.execute(sa.select(table).where(table.c.contact_id == contact_id))
            about[table.name] = [_readable(each._mapping) for each in rows]
        found.append(about)
    return found


def _readable(row: Any) -> dict[str, Any]:
    """A row without digests, and with what is JSON inside as such."""
    values = {str(name): value for name, value in row.items() if name != "digest"}
    if isinstance(values.get("data"), bytes | memoryview):
        values["data"] = msgspec.json.decode(bytes(values["data"]))
    return values


async def _erase_own(connection: AsyncConnection, person: Person, at: datetime, by: int | None) -> int:
    ids = person.contact_ids
    how: dict[str, Any] = {"at": at, "origin": _ORIGIN, "by": by}
    blank = EMPTY | {"merged_into": None}
    await update_many(connection, [(key, Prepared(blank, [])) for key in ids], **how)
    await archive_many(connection, ids, **how)
    persons = list(await connection.scalars(sa.select(contacts.c.id).where(contacts.c.company_id.in_(ids))))
    await update_many(connection, [(key, Prepared({"company_id": None})) for key in persons], **how)
    for table in (contact_records, contact_changes, match_choices, import_rows):
        await connection.execute(table.delete().where(table.c.contact_id.in_(ids)))
    merges = sa.or_(contact_merges.c.kept_id.in_(ids), contact_merges.c.gone_id.in_(ids))
    await connection.execute(contact_merges.delete().where(merges))
    return len(ids)


def _write_archive(target: Path, parts: dict[str, Part]) -> list[str]:
    partial = target.with_name(f"{target.name}.{secrets.token_hex(8)}")
    private = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(private, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in parts.items():
                archive.writestr(f"{name}.json", msgspec.json.format(msgspec.json.encode(part.rows), indent=2))
                for inside, kept in part.files:
                    archive.write(kept, f"{name}/{inside}", compress_type=zipfile.ZIP_STORED)
            names = archive.namelist()
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return names
