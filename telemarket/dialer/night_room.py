"""What happens after a campaign's calls and every night, put together: for the daemon and the command line alike."""

from collections.abc import Callable, Coroutine, Sequence
from zoneinfo import ZoneInfo

from telemarket.backend import Backend
from telemarket.calls.outbound import OutboundRules
from telemarket.contacts.service import ContactService
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.i18n import translator
from telemarket.core.settings import Settings
from telemarket.dialer.day_tasks import DayTasks
from telemarket.dialer.debts import ContactDebts
from telemarket.dialer.hygiene import NumberHygiene
from telemarket.dialer.nightly import Nightly
from telemarket.dialer.ports import AddsLeads, Messages, Tasks
from telemarket.dialer.promises import Promises
from telemarket.dialer.renewing import Renewal
from telemarket.dialer.results import Results
from telemarket.dialer.rules import Rules


class NightRoom:
    """The parts. `backends` are those asked live, `rules` say which numbers may be called, `leads` adds leads, `tasks`
    gives them to people, `messages` tells customers. `jobs` run until cancelled; then comes `close`."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        contacts: ContactService,
        rules: OutboundRules,
        backends: Sequence[Backend],
        leads: AddsLeads,
        tasks: Tasks,
        messages: Messages,
    ) -> None:
        zone, text = ZoneInfo(settings.timezone), translator(settings.language, settings.timezone)
        self._debts = ContactDebts(contacts, rules.plan, backends)
        self.results = Results(database, clock, zone, tasks, self._debts, messages)
        self.hygiene = NumberHygiene(database, clock)
        self.renewal = Renewal(database, clock, settings.timezone, tasks, text, rules)
        self.promises = Promises(database, clock, zone, self._debts)
        self.rules = Rules(database, clock, zone, tasks, leads)
        self.day_tasks = DayTasks(database, clock, zone, tasks)
        self.nightly = Nightly(
            database,
            clock,
            zone,
            rules=self.rules,
            promises=self.promises,
            day_tasks=self.day_tasks,
            renewal=self.renewal,
        )

    @property
    def jobs(self) -> tuple[Callable[[], Coroutine[None, None, None]], ...]:
        """What is to be done beside the calls."""
        return (self.nightly.run,)

    def close(self) -> None:
        """Ask no backend any more."""
        self._debts.close()
