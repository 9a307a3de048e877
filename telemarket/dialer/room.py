"""The parts of this room, put together for the daemon."""

import socket
from collections.abc import Awaitable, Callable, Coroutine

from telemarket.calls.floor import Floor
from telemarket.calls.outbound import OutboundRules
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.journal import Entry
from telemarket.core.settings import Settings
from telemarket.dialer.blocking import DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.claiming import Claims
from telemarket.dialer.dialer import CallCentre, Dialer
from telemarket.dialer.dispositions import Dispositions
from telemarket.dialer.fates import Fates
from telemarket.dialer.figures import FigureReader
from telemarket.dialer.leads import Leads
from telemarket.dialer.settling import Settling
from telemarket.dialer.upkeep import Upkeep


class DialerRoom:
    """Campaigns in a running Telemarket. `tasks` run until cancelled. `append` writes to the journal, `sound_names`
    are those there are."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        clock: Clock,
        floor: Floor,
        centre: CallCentre,
        rules: OutboundRules,
        append: Callable[[Entry], None],
        sound_names: Callable[[], Awaitable[frozenset[str]]],
    ) -> None:
        zone = settings.timezone
        self.campaigns = CampaignService(database, clock, sound_names)
        self.leads = Leads(database, clock, rules.plan, zone, rules)
        self.do_not_call = DoNotCall(database, clock, rules.plan)
        self.dispositions = Dispositions(database, clock)
        claims = Claims(database, clock, this_daemon(settings), zone)
        self.dialer = Dialer(floor, centre, claims, bus, append, clock, zone)
        self._upkeep = Upkeep(
            self.dialer,
            floor,
            self.campaigns,
            claims,
            Settling(database, clock),
            FigureReader(database),
            Fates(database),
            clock,
            zone,
        )

    @property
    def tasks(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done beside the calls."""
        return (self._upkeep.run,)


def this_daemon(settings: Settings) -> str:
    """A name that lasts over restarts, and that no other daemon on the same database has: no two are one application
    of one PBX."""
    return f"{socket.gethostname()}/{settings.asterisk.ari_url}/{settings.asterisk.app}"[-80:]
