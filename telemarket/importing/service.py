"""Imports as the pages see them: a file handed in, its columns chosen and tried, then carried out in a child."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa
import structlog

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.settings import Settings
from telemarket.importing.model import Mapping, check_header, checked
from telemarket.importing.preview import Preview, preview
from telemarket.importing.processes import LONG, ImportProcesses
from telemarket.importing.profiles import ProfileStore
from telemarket.importing.recognition import Recognition
from telemarket.importing.running import read_registers
from telemarket.importing.sample import Sample
from telemarket.importing.store import Import, ImportStore
from telemarket.numbers import NumberingPlan

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 7 * 86400.0  # files of imports that nobody went on with
REFUSED_KEPT = timedelta(days=30)
"""How long the cells of refused rows are kept: they may be of people who are to be erased."""
_SWEEP_EVERY = 3600.0


class ImportService:
    """Imports in `database`, their files in the settings' folder. `run` is its task; `close` ends what is under way."""

    def __init__(self, database: Database, settings: Settings, plan: NumberingPlan, clock: Clock) -> None:
        self.imports = ImportStore(database, clock)
        self.profiles = ProfileStore(database, clock)
        self.processes = ImportProcesses(settings)
        self.sources = tuple(settings.imports.sources)
        self.largest = settings.imports.largest_mb << 20
        self._database = database
        self._folder = settings.imports_dir
        self._plan = plan
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, title: str, blocks: AsyncIterator[bytes], by: int | None) -> Import:
        """Keep an uploaded file and look at its beginning. Raises InvalidInput (field "file")."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        import_id = await self.imports.add(Path(title).name or "?", by)
        try:
            await self._store(import_id, blocks)
            await self.look(import_id)
        except BaseException:
            await self.imports.remove(import_id)
            await asyncio.to_thread(self._forget_files, import_id)
            raise
        return await self.imports.get(import_id)

    async def look(self, import_id: int, sheet: str = "") -> None:
        """Read the beginning of a sheet, and choose what its columns are likely to mean."""
        await self.processes.run("sample", self.file(import_id), self._sample_file(import_id), sheet)
        await self._choose(import_id, await self._read_sample(import_id), None)

    async def set_header(self, import_id: int, header: int) -> None:
        """Take this row for the headings (0: there are none), and choose what the columns are likely to mean.

        Raises InvalidInput (field "header").
        """
        check_header(header)
        await self._choose(import_id, await self._read_sample(import_id), header)

    async def recognise(self, sample: Sample) -> Recognition:
        """What the columns are likely to mean."""
        return await asyncio.to_thread(sample.recognise, self._plan)

    async def sample(self, import_id: int) -> Sample:
        """The beginning of the import's file, its headings where the import has them.

        Raises NotFound once the file is gone.
        """
        sample, found = await self._read_sample(import_id), await self.imports.get(import_id)
        return sample if found.mapping is None else await asyncio.to_thread(sample.told, found.mapping)

    async def preview(self, import_id: int, mapping: Mapping) -> Preview:
        """What would become of the first rows. Raises InvalidInput."""
        sample = await self.sample(import_id)
        registers = await read_registers(self._database, self._clock)
        return await preview(self._database, sample, mapping, self._plan, registers)

    async def start(self, import_id: int) -> None:
        """Carry the import out, or go on with it, in the background. Raises InvalidInput and ImportBusy."""
        found = await self.imports.get(import_id)
        if found.mapping is None:
            raise InvalidInput(N_("No column is imported."), field="columns")
        checked(found.mapping)
        await self.imports.begin(import_id)
        self._begin(import_id, "run", import_id, self.file(import_id))

    async def undo(self, import_id: int) -> None:
        """Undo the import in the background. Raises ImportBusy."""
        await self.imports.begin_undo(import_id)
        self._begin(import_id, "undo", import_id)

    async def refused(self, import_id: int, language: str) -> Path:
        """The refused rows as a spreadsheet, in a file that stays until the next time."""
        await self.imports.get(import_id)
        target = self._folder / f"{import_id}-refused-{language}.xlsx"
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        await self.processes.run("refused", import_id, target, language)
        return target

    def file(self, import_id: int) -> Path:
        """Where the import's file is."""
        return self._folder / f"{import_id}.table"

    async def run(self) -> None:
        """Sweep away files and refused rows that nobody needs any more, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self._sweep)
                await self.imports.forget_refused(self._clock() - REFUSED_KEPT)
            except (OSError, sa.exc.SQLAlchemyError) as error:
                log.warning("what imports left could not be swept away", error=str(error))
            await asyncio.sleep(_SWEEP_EVERY)

    async def close(self) -> None:
        """End what is under way: an import stops after its batch, and can be gone on with."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _choose(self, import_id: int, sample: Sample, header: int | None) -> None:
        recognised = await self.recognise(sample.with_header(header))
        mapping = msgspec.structs.replace(recognised.mapping(sample.sheet), header=header)
        await self.imports.choose(import_id, mapping)

    async def _read_sample(self, import_id: int) -> Sample:
        try:
            data = await asyncio.to_thread(self._sample_file(import_id).read_bytes)
        except OSError as error:
            raise NotFound(N_("The file of this import is no longer there.")) from error
        return msgspec.json.decode(data, type=Sample)

    def _begin(self, import_id: int, task: str, *arguments: object) -> None:
        work = asyncio.create_task(self._work(import_id, task, *arguments), name=f"import {import_id}")
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    async def _work(self, import_id: int, task: str, *arguments: object) -> None:
        try:
            await self.processes.run(task, *arguments, deadline=LONG)
        except Exception as error:  # the child has noted it at the import, unless it died
            log.warning("an import failed", import_id=import_id, error=str(error))
            await self._note(import_id, error)
        else:
            if (await self.imports.get(import_id)).state in ("done", "undone"):
                await asyncio.to_thread(self._forget_files, import_id)

    async def _note(self, import_id: int, error: Exception) -> None:
        with contextlib.suppress(Exception):  # the database is away: silence will tell
            if (await self.imports.get(import_id)).works:
                message = getattr(error, "message", "") or N_("Something went wrong on the server.")
                await self.imports.end(import_id, "failed", message)

    def _sample_file(self, import_id: int) -> Path:
        return self._folder / f"{import_id}.sample"

    async def _store(self, import_id: int, blocks: AsyncIterator[bytes]) -> None:
        size = 0
        with self.file(import_id).open("wb") as file:
            async for block in blocks:
                size += len(block)
                if size > self.largest:
                    raise InvalidInput(
                        N_("The file is larger than %(size)s MB.", size=self.largest >> 20),
                        field="file",
                        remedy=N_("Import it with the command “telemarket import”."),
                    )
                await asyncio.to_thread(file.write, block)

    def _forget_files(self, import_id: int) -> None:
        for path in self._folder.glob(f"{import_id}.*"):
            path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        oldest = self._clock().timestamp() - _KEPT_SECONDS
        for path in self._folder.glob("[0-9]*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
