"""Supervisors' own sounds: uploaded, or spoken from text."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.roles import User
from telemarket.core.tables import users
from telemarket.core.text import clean_line, clean_text
from telemarket.sounds import phrases
from telemarket.sounds.audio import seconds_of
from telemarket.sounds.convert import convert
from telemarket.sounds.files import stage
from telemarket.sounds.speech import Speech
from telemarket.sounds.tables import sounds

LARGEST_FILE = 10_000_000  # bytes
MOST_SECONDS = 600.0
LONGEST_TEXT = 2000
CONVERSIONS = 2  # at a time; further ones wait
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """One sound. `language` is empty if it is for callers of every language; `text` if it was not made from one.

    `file` is its name when it was uploaded, `author` who did that: empty for the command.
    """

    name: str
    language: str
    title: str
    file: str
    text: str
    seconds: float
    sha256: str
    author: str
    uploaded_at: datetime


_COLUMNS = tuple(sounds.c[name] for name in Sound.__struct_fields__ if name in sounds.c)


class SoundInUse(InvalidInput):
    """The sound cannot be removed: callers hear it."""

    error_id = "sound-in-use"


Uses = Mapping[str, Sequence[str]]
"""Projects, as people call them, by the sounds their callers hear."""


class SoundService:
    """Sounds as stored: described in the database, kept below `folder`.

    `uses` says where callers hear them.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        clock: Clock,
        speech: Speech,
        uses: Callable[[], Awaitable[Uses]],
    ) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock
        self._speech = speech
        self._conversions = asyncio.Semaphore(CONVERSIONS)
        self.uses = uses

    async def all(self) -> list[Sound]:
        """Every sound, by name and language."""
        async with self._database.read() as connection:
            return await _load(connection)

    async def get(self, name: str, language: str) -> Sound:
        """One sound; raises NotFound."""
        async with self._database.read() as connection:
            return await _fetch(connection, name, language)

    async def names(self) -> frozenset[str]:
        """What projects may refer to: every sound, and Telemarket's own phrases."""
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(sa.select(sounds.c.name))).union(phrases.BUILT_IN)

    def path(self, sound: Sound) -> Path:
        """Its file."""
        return self._path(sound.name, sound.language)

    async def upload(
        self, name: str, data: bytes, *, language: str = "", title: str = "", file: str = "", author: User | None = None
    ) -> Sound:
        """Keep the sound in `data`, a WAV, MP3, OGG or FLAC whatever `file` calls it, in the place of an earlier one.

        Raises InvalidInput naming the field: `name`, `language`, `title` or `file`.
        """
        described = _describe(name, language, title)
        if len(data) > LARGEST_FILE:
            raise InvalidInput(
                N_("The file is too large: at most %(megabytes)s MB.", megabytes=LARGEST_FILE // 1_000_000),
                field="file",
            )
        sound = await self._convert(data)
        file = clean_line(Path(file).name[-200:], field="file", limit=200)
        return await self._keep(sound, **described, file=file, author=author)

    async def say(self, name: str, text: str, *, language: str, title: str = "", author: User | None = None) -> Sound:
        """Keep `text` as speech, in the place of an earlier sound.

        Raises InvalidInput naming the field, or SpeechUnavailable.
        """
        described = _describe(name, language, title)
        text = _clean_speech(text)
        return await self._keep(await self._speak(text, language), **described, text=text, author=author)

    async def preview(self, text: str, language: str) -> bytes:
        """`text` as speech, a WAV. Raises InvalidInput or SpeechUnavailable."""
        return await self._speak(_clean_speech(text), language)

    async def remove(self, name: str, language: str) -> None:
        """Forget a sound. Raises NotFound, or SoundInUse naming the projects."""
        uses = await self.uses()
        async with self._database.write() as connection:
            sound = await _fetch(connection, name, language)
            if projects := uses.get(name):
                raise SoundInUse(
                    N_("“%(name)s” is used by: %(projects)s.", name=name, projects=", ".join(projects)),
                    remedy=N_("Choose another sound there first."),
                )
            removed = await connection.execute(sounds.delete().where(*_is(name, language)))
            # Within the transaction, and only with its row: the file may be that of a newer sound otherwise.
            if removed.rowcount and not self._database.dry_run:
                self.path(sound).unlink(missing_ok=True)

    async def _speak(self, text: str, language: str) -> bytes:
        if language not in phrases.LANGUAGES:
            raise InvalidInput(N_("Choose the language of the text."), field="language")
        async with self._conversions:
            spoken = await asyncio.to_thread(self._speech.speak, text, language)
        return await self._convert(spoken)

    async def _convert(self, data: bytes) -> bytes:
        async with self._conversions:
            return await asyncio.to_thread(convert, data, MOST_SECONDS)

    async def _keep(self, sound: bytes, *, name: str, language: str, author: User | None, **fields: Any) -> Sound:
        values = {
            **fields,
            "seconds": seconds_of(sound),
            "sha256": hashlib.sha256(sound).hexdigest(),
            "uploaded_by": author.id if author else None,
            "uploaded_at": self._clock(),
        }
        async with self._staged(self._path(name, language), sound) as put, self._database.write() as connection:
            await connection.execute(sounds.delete().where(*_is(name, language)))
            await connection.execute(sounds.insert().values(name=name, language=language, **values))
            kept = await _fetch(connection, name, language)
            put()
        return kept

    @asynccontextmanager
    async def _staged(self, path: Path, sound: bytes) -> AsyncIterator[Callable[[], object]]:
        """The sound on the disk, but not in its place: no writer of the database waits for more than its renaming."""
        if self._database.dry_run:
            yield lambda: None
            return
        staged = await asyncio.to_thread(stage, path, sound)
        try:
            yield lambda: staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)

    def _path(self, name: str, language: str) -> Path:
        return self._folder / phrases.UPLOADED / language / f"{name}.wav"


async def _load(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> list[Sound]:
    rows = await connection.execute(
        sa.select(*_COLUMNS, sa.func.coalesce(users.c.name, "").label("author"))
        .join(users, users.c.id == sounds.c.uploaded_by, isouter=True)
        .where(*conditions)
        .order_by(sounds.c.name, sounds.c.language)
    )
    return [Sound(**row._mapping) for row in rows]


async def _fetch(connection: AsyncConnection, name: str, language: str) -> Sound:
    for sound in await _load(connection, *_is(name, language)):
        return sound
    raise NotFound(N_("There is no sound %(name)s.", name=name[:80]))


def _is(name: str, language: str) -> tuple[sa.ColumnElement[bool], ...]:
    return sounds.c.name == name, sounds.c.language == language


def _describe(name: str, language: str, title: str) -> dict[str, str]:
    """What a sound is called, checked: the name becomes a part of a path."""
    if name in phrases.BUILT_IN:
        raise InvalidInput(
            N_("“%(name)s” is one of Telemarket's own sounds.", name=name),
            field="name",
            remedy=N_("Choose another name."),
        )
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            N_("“%(name)s” cannot be the name of a sound.", name=name[:80]),
            field="name",
            remedy=N_("Use up to 40 small Latin letters, digits, dashes and underscores."),
        )
    if language not in ("", *phrases.LANGUAGES):
        raise InvalidInput(
            N_("It must be one of: %(allowed)s.", allowed=", ".join(phrases.LANGUAGES)), field="language"
        )
    return {"name": name, "language": language, "title": clean_line(title, field="title", limit=200)}


def _clean_speech(text: str) -> str:
    text = clean_text(text, field="text", limit=LONGEST_TEXT)
    if not text:
        raise InvalidInput(N_("This must not be empty."), field="text")
    return text
