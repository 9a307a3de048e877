"""Whom no backend may bring back: people whose data were erased.

What is kept of them is a keyed digest for each backend's key of theirs, and for each number together with the name.
The key lies in a file of the data folder: the database alone tells nobody whose digests these are.
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.backend import Record
from telemarket.contacts.folding import folded_words
from telemarket.contacts.tables import erased_keys
from telemarket.core.database import Database
from telemarket.numbers import NumberingPlan, extract

_KEY_BYTES = 32
_DIGEST_BYTES = 16


class ErasedKeys:
    """The digests; `key_file` is made with the first of them."""

    def __init__(self, key_file: Path, plan: NumberingPlan) -> None:
        self._key_file = key_file
        self._plan = plan

    async def keep(
        self,
        connection: AsyncConnection,
        known_as: Iterable[tuple[str, str]],
        name: str,
        numbers: Iterable[str],
        at: datetime,
    ) -> None:
        """Never again take over these keys (backend and key), nor a person of this name with one of the numbers
        (digits). Raises OSError where the key's file cannot be made."""
        key = await asyncio.to_thread(_read_or_make, self._key_file)
        digests = {_of_key(key, backend, each) for backend, each in known_as}
        digests |= {_of_person(key, name, digits) for digits in numbers}
        if digests:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            rows = [{"digest": digest, "erased_at": at} for digest in sorted(digests)]
            await connection.execute(insert(erased_keys).on_conflict_do_nothing(), rows)

    async def among(self, connection: AsyncConnection, backend: str, records: Sequence[Record]) -> set[str]:
        """The keys of those records that are of erased people."""
        if await connection.scalar(sa.select(erased_keys.c.digest).limit(1)) is None:
            return set()
        key = await asyncio.to_thread(self._key_file.read_bytes)
        wanted: Mapping[bytes, str] = {
            digest: record.key for record in records for digest in self._digests(key, backend, record)
        }
        found = await connection.scalars(sa.select(erased_keys.c.digest).where(erased_keys.c.digest.in_(wanted)))
        return {wanted[bytes(digest)] for digest in found}

    async def among_found(self, database: Database, backend: str, records: Sequence[Record]) -> set[str]:
        """The same of records found live, which nobody writes."""
        async with database.read() as connection:
            return await self.among(connection, backend, records)

    def _digests(self, key: bytes, backend: str, record: Record) -> set[bytes]:
        numbers = {number.digits for _, text in record.phones for number in extract(text, self._plan)}
        name = record.name or record.company
        return {_of_key(key, backend, record.key), *(_of_person(key, name, digits) for digits in numbers)}


def _of_key(key: bytes, backend: str, record_key: str) -> bytes:
    return _digest(key, "key", backend, record_key)


def _of_person(key: bytes, name: str, digits: str) -> bytes:
    return _digest(key, "person", " ".join(sorted(folded_words(name))), digits)


def _digest(key: bytes, *texts: str) -> bytes:
    text = "\n".join(texts).encode(errors="replace")
    return hashlib.blake2b(text, key=key, digest_size=_DIGEST_BYTES).digest()


def _read_or_make(path: Path) -> bytes:
    """The key; of two processes that make it at once one wins, and the other takes that one's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, secrets.token_bytes(_KEY_BYTES))
            os.fsync(file)
        finally:
            os.close(file)
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_bytes()
