"""The parts of this room, put together for the daemon."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack

from telemarket.asterisk.ari.client import AriClient
from telemarket.backend import Backend
from telemarket.calls.engine import Engine
from telemarket.calls.outbound import OutboundRules
from telemarket.calls.service import CallCentreService
from telemarket.contacts.service import ContactService
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.journal import Entry
from telemarket.core.settings import Settings
from telemarket.dialer.blocking import DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.claiming import Claims
from telemarket.dialer.detection.service import DetectionService
from telemarket.dialer.dialer import Dialer
from telemarket.dialer.dispositions import Dispositions
from telemarket.dialer.fates import Fates
from telemarket.dialer.figures import FigureReader
from telemarket.dialer.leads import Leads
from telemarket.dialer.listening import Listening
from telemarket.dialer.missing_results import MissingResults
from telemarket.dialer.night_room import NightRoom
from telemarket.dialer.ports import Messages, Tasks
from telemarket.dialer.settling import Settling
from telemarket.dialer.upkeep import Upkeep


class DialerRoom:
    """Campaigns in a running Telemarket. `tasks` run from `start` until cancelled; end with `close`.

    `rules` say which numbers may be called, `backends` are those asked live, `seen_to_by` gives tasks to people,
    `messages` tells customers, `append` writes to the journal, `sound_names` are those there are.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        clock: Clock,
        engine: Engine,
        centre: CallCentreService,
        ari: AriClient,
        rules: OutboundRules,
        contacts: ContactService,
        backends: Sequence[Backend],
        seen_to_by: Tasks,
        messages: Messages,
        append: Callable[[Entry], None],
        sound_names: Callable[[], Awaitable[frozenset[str]]],
    ) -> None:
        zone, floor = settings.timezone, engine.floor
        self.campaigns = CampaignService(database, clock, sound_names)
        self.leads = Leads(database, clock, rules.plan, zone, rules)
        self.do_not_call = DoNotCall(database, clock, rules.plan)
        self.dispositions = Dispositions(database, clock, messages)
        self.missing_results = MissingResults(database)
        self.night = NightRoom(settings, database, clock, contacts, rules, backends, self.leads, seen_to_by, messages)
        claims = Claims(database, clock, settings.asterisk.app, zone)
        self.dialer = Dialer(floor, centre, claims, bus, append, clock, zone)
        self._detection = DetectionService(ari)
        self._listening = Listening(self._detection, self.dialer, centre.detection_ended)
        self._upkeep = Upkeep(
            self.dialer,
            floor,
            centre,
            self.campaigns,
            claims,
            Settling(database, clock),
            self.night.hygiene,
            FigureReader(database),
            Fates(database),
            clock,
            zone,
        )
        self._parts = AsyncExitStack()

    @property
    def tasks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done beside the calls."""
        return (self._upkeep.run, *self.night.jobs)

    @property
    def listen(self) -> Callable[[str, str, float], None]:
        """Finds out who answered a call: (call id, channel id, seconds it may take)."""
        return self._listening.listen

    async def start(self) -> None:
        """Get ready to listen."""
        self._parts.callback(self.night.close)
        await self._parts.enter_async_context(self._detection)
        self._parts.push_async_callback(self._listening.close)

    async def close(self) -> None:
        """Listen no more, and ask nobody."""
        await self._parts.aclose()
