"""Leads on their way into a campaign: long lists are taken in while their supervisor does something else."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime

import msgspec
import structlog

from telemarket.contacts.search import ContactFilter
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.errors import InvalidInput, TelemarketError
from telemarket.core.i18n import N_
from telemarket.dialer.lead_sources import from_backend, from_contacts, from_import
from telemarket.dialer.leads import Leads
from telemarket.dialer.model import Added, LeadData
from telemarket.numbers import NumberingPlan

log = structlog.get_logger(__name__)

_SEPARATORS = re.compile(r"[;\t]")
_NUMBER = re.compile(r"\s*\+?[\d(][\d ()./-]{3,}\s*", re.ASCII)


class Intake(msgspec.Struct, kw_only=True):
    """One list being added, or the last one that was. `title` may be marked for translation."""

    title: str
    began: datetime
    read: int = 0
    added: Added | None = None  # once it is through
    failure: str = ""  # why it ended early

    @property
    def works(self) -> bool:
        """Whether it goes on."""
        return self.added is None and not self.failure


class LeadIntake:
    """Adds leads to campaigns in the background, one list at a time to each. Raises InvalidInput while one works."""

    def __init__(self, database: Database, plan: NumberingPlan, leads: Leads, clock: Clock) -> None:
        self._database = database
        self._plan = plan
        self._leads = leads
        self._clock = clock
        self._last: dict[int, Intake] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def state(self, campaign_id: int) -> Intake | None:
        """The list being added, or the last one; None if there was none since the start."""
        return self._last.get(campaign_id)

    def contacts(self, campaign_id: int, wanted: ContactFilter, user: int) -> None:
        """Add everybody within a filter."""
        rows = from_contacts(self._database, self._plan, wanted)
        self._begin(campaign_id, rows, N_("contacts by a filter"), "contacts", user)

    def imported(self, campaign_id: int, import_id: int, user: int) -> None:
        """Add whom an import of contacts added or changed."""
        rows = from_import(self._database, import_id)
        self._begin(campaign_id, rows, N_("import %(id)s", id=import_id), f"import {import_id}", user)

    def backend(self, campaign_id: int, name: str, user: int) -> None:
        """Add everybody a backend knows."""
        rows = from_backend(self._database, name)
        self._begin(campaign_id, rows, name, f"backend {name}", user)

    def pasted(self, campaign_id: int, text: str, user: int) -> None:
        """Add what was typed or pasted, one lead a line. Raises InvalidInput if that is nothing."""
        if not text.strip():
            raise InvalidInput(N_("Paste at least one number."), field="numbers")
        self._begin(campaign_id, _each(read_lines(text)), N_("pasted numbers"), "pasted", user)

    def stop(self, campaign_id: int) -> None:
        """Give up the list being added; what has been added stays."""
        if task := self._tasks.get(campaign_id):
            task.cancel()

    async def close(self) -> None:
        """Give up every list."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, campaign_id: int, rows: AsyncIterator[LeadData], title: str, source: str, user: int) -> None:
        last = self._last.get(campaign_id)
        if last is not None and last.works:
            raise InvalidInput(
                N_("Leads are being added to this campaign already."), remedy=N_("Wait until it is done.")
            )
        intake = self._last[campaign_id] = Intake(title=title, began=self._clock())
        task = asyncio.create_task(self._run(campaign_id, intake, rows, source, user), name=f"leads of {campaign_id}")
        self._tasks[campaign_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(campaign_id, None))

    async def _run(
        self, campaign_id: int, intake: Intake, rows: AsyncIterator[LeadData], source: str, user: int
    ) -> None:
        try:
            intake.added = await self._leads.add(campaign_id, _counted(rows, intake), source, user)
        except asyncio.CancelledError:
            intake.failure = N_("It was stopped. What had been added stays.")
            raise
        except TelemarketError as error:
            intake.failure = error.message
        except Exception:
            log.exception("adding leads failed", campaign_id=campaign_id)
            intake.failure = N_("Something went wrong on the server.")


def read_lines(text: str) -> Iterator[LeadData]:
    """A lead from each line: numbers and a name, with semicolons or tabs between, in any order."""
    for line in text.splitlines():
        parts = [part.strip() for part in _SEPARATORS.split(line) if part.strip()]
        numbers = tuple(part for part in parts if _NUMBER.fullmatch(part))
        names = [part for part in parts if not _NUMBER.fullmatch(part)]
        if parts:
            # What holds no number at all goes through as one: it is refused by name, not lost.
            yield LeadData(name=" ".join(names) if numbers else "", numbers=numbers or (line.strip(),))


async def _each(rows: Iterable[LeadData]) -> AsyncIterator[LeadData]:
    for row in rows:
        yield row


async def _counted(rows: AsyncIterator[LeadData], intake: Intake) -> AsyncIterator[LeadData]:
    async for row in rows:
        intake.read += 1
        yield row
