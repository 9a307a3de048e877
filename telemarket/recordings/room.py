"""The parts of this room, put together for the daemon."""

from collections.abc import Callable, Coroutine

from prometheus_client import CollectorRegistry, Gauge

from telemarket.core.audit import AuditLog
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.settings import Settings
from telemarket.recordings.check import RecordingCheck
from telemarket.recordings.chores import DailyChores
from telemarket.recordings.keeper import RecordingKeeper
from telemarket.recordings.pauses import PauseWatch
from telemarket.recordings.service import RecordingService


class RecordingRoom:
    """Recordings in a running Telemarket. `tasks` run from `start` until cancelled; end with `close`."""

    def __init__(self, settings: Settings, database: Database, bus: EventBus, clock: Clock) -> None:
        folder, chosen = settings.recordings_dir, settings.recording
        self._database = database
        self.service = RecordingService(database, folder, AuditLog(database, clock), clock)
        self.keeper = RecordingKeeper(database, folder, clock, bus)
        self.pauses = PauseWatch(bus, chosen.longest_pause)
        check = RecordingCheck(database, folder, settings.timezone)
        self._chores = DailyChores(check, self.service.retention, chosen.check_at, settings.timezone, clock)

    @property
    def tasks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done beside the calls."""
        return self.keeper.run, self._chores.run

    def measure(self, registry: CollectorRegistry) -> None:
        """Have Prometheus know how many recordings are wanting."""
        gaps = Gauge("telemarket_recording_gaps", "Recordings found missing or short.", registry=registry)
        gaps.set_function(lambda: self.keeper.gaps)

    async def start(self) -> None:
        """Take up what the last daemon knew of recordings that are being made."""
        await self.pauses.take_up(self._database)

    def close(self) -> None:
        """Let go of timers and threads."""
        self.pauses.close()
        self.service.close()
