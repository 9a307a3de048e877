"""The composition root: the whole system on one page."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry

from telemarket import belongings
from telemarket.adapters.registry import Registry
from telemarket.adapters.schedule import SyncSchedule, child_process
from telemarket.adapters.service import BackendService
from telemarket.adapters.write_back import WriteBack
from telemarket.asterisk.ami.client import AmiClient
from telemarket.asterisk.ari.client import AriClient
from telemarket.calls.absence import AbsenceReader
from telemarket.calls.driver import Driver
from telemarket.calls.engine import Engine
from telemarket.calls.facts import Configured
from telemarket.calls.floor import EngineSettings
from telemarket.calls.metrics import CallMetrics
from telemarket.calls.outbound import OutboundRules, dialable
from telemarket.calls.pbx_commands import PbxCommands
from telemarket.calls.projection import CallProjection
from telemarket.calls.projects import ProjectService
from telemarket.calls.recordings import Recorder
from telemarket.calls.service import CallCentreService
from telemarket.calls.sound_use import sound_uses
from telemarket.calls.store import CallStore
from telemarket.calls.timeline import TimelineReader
from telemarket.calls.today import Today
from telemarket.casework.call_log import CallLog
from telemarket.casework.changes import RequestChanges
from telemarket.casework.follow_ups import FollowUps
from telemarket.casework.model import ChoiceList
from telemarket.casework.projection import FollowUpProjection
from telemarket.casework.service import CaseworkService
from telemarket.casework.tasks import RequestTasks
from telemarket.chores import Chores
from telemarket.contacts.duplicates import Duplicates
from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.full_text import Indexer
from telemarket.contacts.history import ChangeReader
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.reading import RecordReader
from telemarket.contacts.sync.states import SyncStates, this_process
from telemarket.core import migrate, systemd
from telemarket.core.audit import AuditLog
from telemarket.core.bus import EventBus
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.i18n import translator
from telemarket.core.identity import IdentityService
from telemarket.core.journal import Entry, JournalWriter
from telemarket.core.settings import Settings
from telemarket.desk.app import create_app
from telemarket.desk.card import CardReader
from telemarket.desk.cards import CardDesk
from telemarket.desk.health import HealthPages
from telemarket.desk.lead_card import LeadReader
from telemarket.desk.lead_intake import LeadIntake
from telemarket.desk.live import LiveHub
from telemarket.desk.people import People
from telemarket.desk.server import WebServer
from telemarket.desk.services import DeskServices
from telemarket.dialer.limits import forbids_messages
from telemarket.dialer.room import DialerRoom
from telemarket.dialplan.agi import AgiServer
from telemarket.dialplan.directory import Directory
from telemarket.dialplan.history import CallHistory
from telemarket.dialplan.hooks import House, agi_hooks
from telemarket.following.centre import FollowedCentre
from telemarket.following.directory import load_directory
from telemarket.following.service import Following
from telemarket.following.store import load_open_calls
from telemarket.hookspecs import CallEvent
from telemarket.importing.schedule import ImportSchedule
from telemarket.importing.service import ImportService
from telemarket.messaging.gateways import configured_gateways
from telemarket.messaging.room import MessagingRoom
from telemarket.numbers.model import NumberingPlan
from telemarket.plugins.manager import PluginManager
from telemarket.recordings.projection import RecordingProjection
from telemarket.recordings.room import RecordingRoom
from telemarket.sounds.service import SoundService
from telemarket.sounds.speech import Speech

log = structlog.get_logger(__name__)

CALL_EVENTS = {"call.arrived", "call.offered", "call.answered", "call.ended"}


class Daemon:
    """Telemarket, running. `run` returns when `stop` is called; calls go on in the PBX meanwhile.

    `demo_call`, given the contact's id, places a test call; only the demonstration has it.
    """

    def __init__(self, settings: Settings, demo_call: Callable[[int], Awaitable[None]] | None = None) -> None:
        self.settings = settings
        pbx = settings.asterisk
        self.bus = EventBus()
        self.database = Database(settings.database_url, pool_size=settings.database.pool_size)
        self.plugins = PluginManager(settings.plugins)
        self.plugins.load()

        plan = NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)
        self.identity = IdentityService(self.database, utc_now, settings.web.session_hours, self.bus)
        self.backends = Registry(settings, self.plugins.backend_kinds(), utc_now)
        self.contacts = ContactService(self.database, plan, utc_now, self.backends.trust())
        self.casework = CaseworkService(self.database, utc_now)

        self.ari = AriClient(
            pbx.ari_url, pbx.ari_user, pbx.ari_password.get_secret_value(), pbx.app, connections=pbx.connections
        )
        self.ami = AmiClient(pbx.ami_host, pbx.ami_port, pbx.ami_user, pbx.ami_password.get_secret_value())
        outbound = settings.outbound
        rules = OutboundRules(
            plan=plan,
            allowed_prefixes=tuple(outbound.allowed_prefixes),
            refused_prefixes=tuple(outbound.refused_prefixes),
        )
        self.engine = Engine(_engine_settings(settings, rules))
        dialect = "sqlite" if self.database.is_sqlite else "postgresql"
        self.journal = JournalWriter(
            self.database, CallProjection(dialect, pbx.app), RecordingProjection(dialect), FollowUpProjection(dialect)
        )
        self.follow_ups = FollowUps(
            self.database,
            self.contacts,
            self.bus,
            utc_now,
            translator(settings.language, settings.timezone),
            self.journal.flush,
        )
        recording = settings.recording
        self.recorder = Recorder(
            self.ami,
            settings.recordings_dir,
            recording.pbx_folder,
            recording.minimum_free_mb,
            stop_when_full=recording.when_full == "stop",
        )
        self.recordings = RecordingRoom(settings, self.database, self.bus, utc_now)
        self.driver = Driver(
            self.engine,
            self.ari,
            PbxCommands(self.ari, self.recorder, pbx.fallback_context, settings.pbx_sounds_dir),
            self.journal,
            self.bus,
            view_call=lambda call_id: self.call_centre.call_view(call_id),
        )
        self.projects = ProjectService(self.database, utc_now, lambda: self.sounds.names())
        self.sounds = SoundService(
            self.database,
            settings.sounds_dir,
            utc_now,
            Speech(settings.sounds.speech_command),
            partial(sound_uses, self.projects),
        )
        self.imports = ImportService(self.database, settings, plan, utc_now)
        self.import_schedule = ImportSchedule(self.imports.profiles, self.imports.processes)
        self.today = Today(self.database, self.bus, ZoneInfo(settings.timezone), utc_now)
        self.following = self._follow() if settings.following.enabled else None
        self.call_centre = (
            FollowedCentre(
                self.engine,
                self.driver.submit,
                self.bus,
                today=self.today,
                rules=rules,
                following=self.following,
            )
            if self.following
            else CallCentreService(self.engine, self.driver.submit, self.bus, today=self.today, rules=rules)
        )
        self.messaging = MessagingRoom(self.database, utc_now, configured_gateways(settings), forbids_messages)
        self.outbound = DialerRoom(
            settings,
            self.database,
            self.bus,
            utc_now,
            self.engine,
            self.call_centre,
            self.ari,
            rules,
            self.contacts,
            self.backends.live(),
            RequestTasks(utc_now),
            self.messaging.outbox,
            self._append,
            self.sounds.names,
        )
        self.driver.detect_with(self.outbound.listen)
        self.store = CallStore(self.database, self.projects, pbx.app)
        self.chores = Chores(
            settings, self.identity, self.ami, self.recorder, self.store.configuration, self._configure
        )
        self.absence = AbsenceReader(
            self.database, self.journal, self._identify, pbx.cdr_file, ("telemarket", pbx.fallback_context)
        )

        hub = LiveHub()
        people = People(self.identity, utc_now)
        dialing = self.outbound
        leads = LeadReader(
            dialing.leads,
            dialing.campaigns,
            dialing.dispositions,
            dialing.night.promises,
            self.messaging.templates,
            people,
            utc_now,
            settings.numbers.regions[0],
        )
        self.lead_intake = LeadIntake(self.database, plan, dialing.leads, utc_now)
        reader = CardReader(self.contacts, self.casework, people, self.messaging.outbox, self.backends.titles(), leads)
        sources = {backend.name: backend for backend in self.backends.backends()}
        erased = partial(ErasedKeys(settings.erasure_key_file, plan).among_found, self.database)
        self.cards = CardDesk(hub, reader, plan, utc_now, self.backends.live(), sources, erased)
        states = SyncStates(self.database, utc_now)
        self.synchronising = SyncSchedule(self.backends, states, child_process(settings), utc_now)
        self.write_back = WriteBack(
            self.backends.kept_informed(),
            RequestChanges(self.database, utc_now),
            RecordReader(self.database).key,
            states,
            this_process(),
        )
        desk = create_app(
            DeskServices(
                settings=settings,
                bus=self.bus,
                identity=self.identity,
                audit=AuditLog(self.database, utc_now),
                contacts=self.contacts,
                changes=ChangeReader(self.database),
                duplicates=Duplicates(self.database),
                merges=belongings.merges(self.database, plan, utc_now, self.backends.trust()),
                personal=belongings.personal_data(
                    self.database, settings, plan, utc_now, self.recordings.service.retention
                ),
                casework=self.casework,
                projects=self.projects,
                recordings=self.recordings.service,
                call_log=CallLog(self.database),
                timeline=TimelineReader(self.database),
                call_centre=self.call_centre,
                hub=hub,
                cards=self.cards,
                sounds=self.sounds,
                imports=self.imports,
                backends=BackendService(self.backends, states, self.synchronising, self.cards.live_failures),
                campaigns=dialing.campaigns,
                dialer=dialing.dialer,
                leads=dialing.leads,
                lead_intake=self.lead_intake,
                lead_reader=leads,
                do_not_call=dialing.do_not_call,
                dispositions=dialing.dispositions,
                rules=dialing.night.rules,
                results=dialing.night.results,
                missing_results=dialing.missing_results,
                day_tasks=dialing.night.day_tasks,
                templates=self.messaging.templates,
                outbox=self.messaging.outbox,
                channels=self.messaging.channels,
                plugin_pages=self.plugins.pages(),
                demo_call=demo_call,
            )
        )
        registry = CollectorRegistry()
        CallMetrics(registry, self.bus, self.engine.floor, self.journal, self.recorder)
        self.recordings.measure(registry)
        self.messaging.measure(registry)
        self.web = WebServer(HealthPages(desk, self.health, registry), settings.web)
        self.directory = Directory()
        house = House(
            matcher=self.contacts,
            centre=self.call_centre,
            history=CallHistory(self.database, self.journal),
            directory=self.directory,
            append=self._append,
            pauses=self._pauses,
            clock=utc_now,
            timezone=settings.timezone,
        )
        self.agi = AgiServer(settings.agi, agi_hooks(house, self.plugins.agi_hooks()))
        self.bus.subscribe(Entry, self._tell_plugins)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Start every part in order, call `started`, serve until `stop`, end every part in the opposite order."""
        async with AsyncExitStack() as parts:
            parts.push_async_callback(self.database.close)
            await migrate.upgrade(self.database)
            parts.push_async_callback(self.journal.close)
            await self.journal.start()
            parts.callback(self.recordings.close)
            await self.recordings.start()
            self.plugins.start()
            parts.push_async_callback(self.plugins.close)
            parts.push_async_callback(self.backends.close)
            parts.push_async_callback(self.ami.close)
            await self.ami.start()
            await self.today.load()
            self._configure(await self.store.configuration())
            parts.push_async_callback(self.driver.close)
            self.driver.take_up(self.cards, await self.store.open_calls())
            # The sign of life comes before the calls, lest the watchdog takes them from a daemon just starting.
            parts.push_async_callback(self.imports.close)
            parts.push_async_callback(self.lead_intake.close)
            parts.push_async_callback(self.outbound.close)
            await self.outbound.start()
            parts.push_async_callback(self.messaging.close)
            parts.push_async_callback(self.web.close)
            await self.web.start()
            await self.driver.start()
            parts.push_async_callback(self.agi.close)
            await self.agi.start()
            if self.following is not None:
                parts.push_async_callback(self.following.close)
                await self.following.start(self.cards, await load_open_calls(self.database))
            await self._serve(started)

    async def _serve(self, started: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            chores = [
                tasks.create_task(self.absence.run()),
                tasks.create_task(self.follow_ups.run()),
                tasks.create_task(self.imports.run()),
                tasks.create_task(self.import_schedule.run()),
                tasks.create_task(self.synchronising.run()),
                tasks.create_task(Indexer(self.database).run()),
                tasks.create_task(self.write_back.run()),
                *(
                    tasks.create_task(task())
                    for task in (
                        *self.chores.tasks,
                        *self.recordings.tasks,
                        *self.outbound.tasks,
                        *self.messaging.tasks,
                    )
                ),
            ]
            started()
            systemd.notify("READY=1")
            log.info("Telemarket runs", web=self.web.url, app=self.ari.app)
            await self._stopping.wait()
            systemd.notify("STOPPING=1")
            for chore in chores:
                chore.cancel()

    # ---- what others ask

    def _tell_plugins(self, entry: Entry) -> None:
        if entry.kind not in CALL_EVENTS or entry.call_id is None:
            return
        call = self.call_centre.call_view(entry.call_id)
        self.plugins.call_event(
            CallEvent(
                kind=entry.kind.removeprefix("call."),
                call_id=entry.call_id,
                at=entry.at.isoformat(),
                project=call.project.number if call else str(entry.data.get("project") or ""),
                ani=call.ani if call else str(entry.data.get("ani", "")),
                dnis=call.dnis if call else str(entry.data.get("dnis", "")),
                contact_id=call.contact_id if call else entry.data.get("contact"),
                agent_id=entry.agent_id,
                result=str(entry.data.get("result", "")),
            )
        )

    def _follow(self) -> Following:
        settings = self.settings
        return Following(
            settings.asterisk,
            settings.following,
            self.journal,
            self.bus,
            lambda: load_directory(settings.following, self.projects, self.identity),
            is_own=lambda channel_id: channel_id in self.engine.floor.channels,
            card_wait=settings.calls.lookup_deadline,
        )

    def _configure(self, configuration: Configured) -> None:
        self.driver.submit(configuration)
        self.directory.take(configuration)

    def _append(self, entry: Entry) -> None:
        self.journal.append(entry)
        self.bus.publish(entry)

    async def _pauses(self) -> list[str]:
        return [choice.name for choice in (await self.casework.choices(None))[ChoiceList.PAUSE]]

    async def _identify(self, ani: str) -> int | None:
        contact = (await self.contacts.match(ani)).contact
        return contact.id if contact else None

    def health(self) -> dict[str, Any]:
        """The parts and how they are; `ok` is whether calls can be taken."""
        floor = self.engine.floor
        parts = {
            "pbx_events": floor.pbx_connected,
            "ami": self.ami.connected,
            "journal": self.journal.behind_since is None,
            "recordings_space": not self.chores.short_of_space,
        }
        if self.following is not None:
            parts["following"] = self.following.ami.connected
        return {
            "ok": parts["pbx_events"] and parts["journal"],
            **parts,
            "calls": len(floor.calls),
            "journal_backlog": self.journal.backlog,
            "events_dropped": self.following.events.dropped.total() if self.following else 0,
            "plugin_problems": [f"{problem.plugin}: {problem.where}" for problem in self.plugins.problems],
        }


def _engine_settings(settings: Settings, rules: OutboundRules) -> EngineSettings:
    return EngineSettings(
        timezone=settings.timezone,
        outside_endpoint=settings.outbound.endpoint,
        dialable=partial(dialable, rules=rules),
        lookup_deadline=settings.calls.lookup_deadline,
        card_deadline=settings.calls.card_deadline,
        ghost_after=settings.calls.ghost_after,
    )
