"""What is done with recordings once a day, while the centre sleeps."""

import asyncio
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from telemarket.core.clock import Clock
from telemarket.recordings.check import RecordingCheck
from telemarket.recordings.retention import Retention

log = structlog.get_logger(__name__)

_NAMED = 100  # gaps named one by one in the log


class DailyChores:
    """Checks yesterday's recordings, then deletes those due, each day at `at` of `zone`."""

    def __init__(self, check: RecordingCheck, retention: Retention, at: time, zone: str, clock: Clock) -> None:
        self._check = check
        self._retention = retention
        self._at = at
        self._zone = ZoneInfo(zone)
        self._clock = clock

    async def run(self) -> None:
        """Do so until cancelled."""
        while True:
            await asyncio.sleep(self.seconds_left())
            await self.do()

    def seconds_left(self) -> float:
        """Until the next time: more than 0, at most a day and an hour."""
        now = self._clock().astimezone(self._zone)
        due = datetime.combine(now.date(), self._at, self._zone)
        if due <= now:
            due = datetime.combine(now.date() + timedelta(days=1), self._at, self._zone)
        return due.timestamp() - now.timestamp()

    async def do(self) -> None:
        """Check and delete now. A failure of either is logged: tomorrow comes another day."""
        await self._look_over()
        try:
            log.info("recordings deleted", recordings=await self._retention.purge())
        except Exception as error:  # the database is away
            log.error("recordings could not be deleted", error=str(error))

    async def _look_over(self) -> None:
        yesterday = self._clock().astimezone(self._zone).date() - timedelta(days=1)
        try:
            report = await self._check.run(yesterday)
            for gap in report.gaps[:_NAMED]:
                log.error("a recording is not as it should be", call=gap.call_id, file=gap.file, state=gap.what)
            log.info("recordings checked", day=str(yesterday), recordings=report.checked, gaps=len(report.gaps))
        except Exception as error:  # the database is away
            log.error("recordings could not be checked", day=str(yesterday), error=str(error))
