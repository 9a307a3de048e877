"""The owner of what is done every night.

Once a minute it looks at the house's clock, and whether something is due: rules at their times, then the promises of
the day before, then everybody's tasks of the day. So a clock that is put forward or back, a rule that was changed a
moment ago and a night that no daemon was there for are all one case. Numbers that died, and those that have been
brought up to date, are followed at every look.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.dialer.day_tasks import DayTasks
from telemarket.dialer.promises import Promises
from telemarket.dialer.renewing import Renewal
from telemarket.dialer.rules import Rules
from telemarket.dialer.tables import nightly_jobs
from telemarket.dialer.turns import Turns, last_due, reason_of

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
PROMISES_AT = "05:00"
"""When promises of the day before are asked about: payments of the day before are booked, and nobody is called yet."""
TASKS_AT = "05:30"
"""When everybody's tasks of the day are written, rules having run and promises having been asked about."""
TOMORROW_AT = "17:00"
"""When tomorrow's are written as they look by then, for those who go home."""

Sleep = Callable[[float], Awaitable[None]]


class Job(StrEnum):
    """What is done, in this order."""

    RULES = "rules"
    NUMBERS = "numbers"
    PROMISES = "promises"
    TASKS = "day-tasks"
    TOMORROW = "tomorrow"


class JobReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a job last. Each rule has a report of its own."""

    job: Job
    ran_at: datetime | None = None
    ran_for: date | None = None
    found: int = 0  # leads that may be called again, promises decided, tasks written
    failure: str = ""


class Nightly:
    """Runs rules, checks promises, prepares operators' days and follows dead numbers. `run` is its task; `zone` is the
    house's."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        zone: tzinfo,
        *,
        rules: Rules,
        promises: Promises,
        day_tasks: DayTasks,
        renewal: Renewal,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._promises = promises
        self._day_tasks = day_tasks
        self._renewal = renewal
        self._sleep = sleep
        self._turns = Turns(database, nightly_jobs, nightly_jobs.c.name)
        self._failures: dict[Job, str] = {}  # of the last look
        self._jobs = {
            Job.RULES: rules.run_due,
            Job.NUMBERS: self._follow_numbers,
            Job.PROMISES: self._check_promises,
            Job.TASKS: self._prepare_today,
            Job.TOMORROW: self._prepare_tomorrow,
        }

    async def run(self) -> None:
        """Until cancelled. Whatever fails is kept, told of, and tried again; nothing ends the night."""
        while True:
            await self.look()
            await self._sleep(LOOK_SECONDS)

    async def look(self) -> dict[Job, int | None]:
        """Do what is due now, in order; what fails costs the rest nothing. Returns what each job found: leads added,
        leads that may be called again, promises decided, tasks written; None: it failed."""
        found: dict[Job, int | None] = {}
        for job, work in self._jobs.items():
            now, failure = self._clock(), ""
            try:
                found[job] = await work(now)
            except Exception as error:
                found[job], failure = None, reason_of(error)
                if failure != self._failures.get(job):
                    log.warning("a job of the night failed", job=job.value, error=repr(error))
            await self._keep(job, now, found[job] or 0, failure)
        return found

    async def reports(self) -> tuple[JobReport, ...]:
        """What became of the jobs."""
        columns = [nightly_jobs.c[name] for name in ("ran_at", "ran_for", "found", "failure")]
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.select(nightly_jobs.c.name, *columns))).all()
        known = {row.name: row for row in rows}
        return tuple(
            JobReport(job=job, **{column.name: getattr(known[job.value], column.name) for column in columns})
            if job.value in known
            else JobReport(job=job)
            for job in Job
            if job is not Job.RULES
        )

    # ---- the jobs

    async def _follow_numbers(self, now: datetime) -> int:  # noqa: ARG002 - it has a bookmark of its own
        return await self._renewal.follow()

    async def _check_promises(self, now: datetime) -> int:
        return await self._promises.check(last_due(now, PROMISES_AT, self._zone))

    async def _prepare_today(self, now: datetime) -> int:
        day = last_due(now, TASKS_AT, self._zone)
        return await self._once(Job.TASKS, day, now, self._day_tasks.prepare)

    async def _prepare_tomorrow(self, now: datetime) -> int:
        day = last_due(now, TOMORROW_AT, self._zone)
        return await self._once(Job.TOMORROW, day, now, self._day_tasks.foresee)

    async def _once(self, job: Job, day: date, now: datetime, work: Callable[[date], Awaitable[int]]) -> int:
        if job not in self._failures:
            await self._write(job, {})  # the turn is a row's
        if not await self._turns.take(job.value, day, now):
            return 0
        try:
            found = await work(day)
        except Exception as error:
            await self._turns.fail(job.value, day, self._clock(), reason_of(error))
            raise
        log.info("operators' tasks stand ready", job=job.value, day=day.isoformat(), tasks=found)
        await self._turns.finish(job.value, day, self._clock(), found)
        return found

    async def _keep(self, job: Job, now: datetime, found: int, failure: str) -> None:
        """What found something or failed is told of, where it has no row of its own."""
        told = job in (Job.NUMBERS, Job.PROMISES) and (found or failure != self._failures.get(job))
        try:
            if told:
                await self._write(job, {"ran_at": now, "found": found, "failure": failure})
        except Exception as error:  # the database is away
            log.warning("what became of a job of the night is not kept", job=job.value, error=repr(error))
        self._failures[job] = failure

    async def _write(self, job: Job, values: dict[str, Any]) -> None:
        insert: Any = sqlite.insert if self._database.is_sqlite else postgresql.insert
        statement = insert(nightly_jobs).values(name=job.value, **values)
        if values:
            statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=["name"])
        async with self._database.write() as connection:
            await connection.execute(statement)
