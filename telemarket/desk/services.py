"""What the desk is given by the composition root."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from telemarket.adapters.service import BackendService
from telemarket.calls.api import CallCentre
from telemarket.calls.projects import ProjectService
from telemarket.calls.timeline import TimelineReader
from telemarket.casework.call_log import CallLog
from telemarket.casework.service import CaseworkService
from telemarket.contacts.duplicates import Duplicates
from telemarket.contacts.history import ChangeReader
from telemarket.contacts.merges import Merges
from telemarket.contacts.personal import PersonalDataService
from telemarket.contacts.service import ContactService
from telemarket.core.audit import AuditLog
from telemarket.core.bus import EventBus
from telemarket.core.clock import Clock, utc_now
from telemarket.core.identity import IdentityService
from telemarket.core.settings import Settings
from telemarket.desk.cards import CardDesk
from telemarket.desk.lead_card import LeadReader
from telemarket.desk.lead_intake import LeadIntake
from telemarket.desk.live import LiveHub
from telemarket.dialer.blocking import DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.day_tasks import DayTasks
from telemarket.dialer.dispositions import Dispositions
from telemarket.dialer.leads import Leads
from telemarket.dialer.missing_results import MissingResults
from telemarket.dialer.results import Results
from telemarket.dialer.rules import Rules
from telemarket.dialer.views import CampaignWatch
from telemarket.hookspecs import Page
from telemarket.importing.service import ImportService
from telemarket.messaging.model import Channel
from telemarket.messaging.outbox import Outbox
from telemarket.messaging.templates import Templates
from telemarket.recordings.service import RecordingService
from telemarket.sounds.service import SoundService


@dataclass(frozen=True, kw_only=True)
class DeskServices:
    """The desk's collaborators. `channels` are those by which messages can leave; `demo_call` places a test call from a
    contact, None outside the demonstration."""

    settings: Settings
    bus: EventBus
    identity: IdentityService
    audit: AuditLog
    contacts: ContactService
    changes: ChangeReader
    duplicates: Duplicates
    merges: Merges
    personal: PersonalDataService
    casework: CaseworkService
    call_log: CallLog
    timeline: TimelineReader
    projects: ProjectService
    recordings: RecordingService
    call_centre: CallCentre
    hub: LiveHub
    cards: CardDesk
    sounds: SoundService
    imports: ImportService
    backends: BackendService
    campaigns: CampaignService
    dialer: CampaignWatch
    leads: Leads
    lead_intake: LeadIntake
    do_not_call: DoNotCall
    dispositions: Dispositions
    rules: Rules
    lead_reader: LeadReader
    results: Results
    missing_results: MissingResults
    day_tasks: DayTasks
    templates: Templates
    outbox: Outbox
    channels: frozenset[Channel]
    plugin_pages: Sequence[Page] = field(default=())
    demo_call: Callable[[int], Awaitable[None]] | None = None
    clock: Clock = utc_now
