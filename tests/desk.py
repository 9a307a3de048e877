"""The desk on a real web server and database, with a scripted call centre behind it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from telemarket import belongings
from telemarket.adapters.registry import Registry
from telemarket.adapters.service import BackendService
from telemarket.backend import Backend
from telemarket.calls.outbound import OutboundRules
from telemarket.calls.projects import ProjectService
from telemarket.calls.sound_use import sound_uses
from telemarket.calls.tables import calls
from telemarket.calls.tables import projects as project_table
from telemarket.calls.timeline import TimelineReader
from telemarket.casework.call_log import CallLog
from telemarket.casework.model import ChoiceList, RequestFields, RequestState
from telemarket.casework.service import CaseworkService
from telemarket.casework.tasks import RequestTasks
from telemarket.contacts.duplicates import Duplicates
from telemarket.contacts.history import ChangeReader
from telemarket.contacts.model import Contact, ContactFields
from telemarket.contacts.service import ContactService
from telemarket.contacts.sync.states import SyncStates
from telemarket.core.audit import AuditLog
from telemarket.core.bus import EventBus
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.identity import IdentityService
from telemarket.core.migrate import upgrade
from telemarket.core.roles import User
from telemarket.core.settings import Settings
from telemarket.desk.app import create_app
from telemarket.desk.card import CardReader
from telemarket.desk.cards import CardDesk
from telemarket.desk.lead_card import LeadReader
from telemarket.desk.lead_intake import LeadIntake
from telemarket.desk.live import LiveHub
from telemarket.desk.people import People
from telemarket.desk.server import WebServer
from telemarket.desk.services import DeskServices
from telemarket.dialer.blocking import DoNotCall
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.day_tasks import DayTasks
from telemarket.dialer.debts import ContactDebts
from telemarket.dialer.dispositions import Dispositions
from telemarket.dialer.leads import Leads
from telemarket.dialer.missing_results import MissingResults
from telemarket.dialer.promises import Promises
from telemarket.dialer.results import Results
from telemarket.dialer.rules import Rules
from telemarket.importing.service import ImportService
from telemarket.messaging.model import Channel
from telemarket.messaging.outbox import Outbox
from telemarket.messaging.templates import Templates
from telemarket.numbers.model import NumberingPlan
from telemarket.recordings.service import RecordingService
from telemarket.sounds.service import SoundService
from telemarket.sounds.speech import Speech
from tests.fakes.call_centre import FakeCallCentre
from tests.fakes.campaign_watch import FakeCampaignWatch

PASSWORD = "korova-na-lodu"
INNA = "+380672345678"
SHARED = "+380443334455"
ROUTING = {
    "strategy": "longest-idle",
    "idle_seconds": 84.2,
    "available": 2,
    "others": [{"operator": 3, "idle_seconds": 12.0}],
    "tried_before": {"2": "no-answer"},
}


@dataclass
class Desk:
    """A running desk and what a test needs of it."""

    url: str
    services: DeskServices
    call_centre: FakeCallCentre
    database: Database
    operator: User
    colleague: User
    senior: User
    inna: Contact
    shared: tuple[Contact, Contact]
    demo_calls: list[int]
    watch: FakeCampaignWatch


@asynccontextmanager
async def running_desk(
    folder: Path,
    *,
    backends: Sequence[Backend] = (),
    sources: Mapping[str, Any] | None = None,
    telephone: str = "phone",
    page_timeout: float = 15.0,
) -> AsyncIterator[Desk]:
    """A desk on a free port over a database in `folder`; `sources` are sections [backends.NAME]."""
    calls = {"page_timeout": page_timeout}
    settings = Settings(data_dir=folder, demo=True, web={"port": 0}, calls=calls, backends=sources or {})  # type: ignore[arg-type]
    await _fill(folder / "telemarket.db", telephone)
    database = Database(settings.database_url)
    bus, plan = EventBus(), NumberingPlan()
    identity = IdentityService(database, utc_now, 12, bus)
    contacts, casework = ContactService(database, plan, utc_now), CaseworkService(database, utc_now)
    registry = Registry(settings, (), utc_now)
    hub, centre = LiveHub(), FakeCallCentre(bus)
    people, zone = People(identity, utc_now), ZoneInfo(settings.timezone)
    outbox, templates = Outbox(database, utc_now), Templates(database, utc_now)
    dispositions = Dispositions(database, utc_now, outbox)
    campaigns = CampaignService(database, utc_now)
    lead_store = Leads(database, utc_now, plan, settings.timezone, OutboundRules(plan=plan))
    debts, tasks = ContactDebts(contacts, plan, ()), RequestTasks(utc_now)
    promises = Promises(database, utc_now, zone, debts)
    lead_reader = LeadReader(lead_store, campaigns, dispositions, promises, templates, people, utc_now, "UA")
    reader = CardReader(contacts, casework, people, outbox, registry.titles(), lead_reader)
    cards = CardDesk(hub, reader, plan, utc_now, backends, {each.name: each for each in registry.backends()})
    centre.cards = cards
    demo_calls: list[int] = []

    async def demo_call(contact_id: int) -> None:
        demo_calls.append(contact_id)

    async def sound_names() -> frozenset[str]:
        return await sounds.names()

    projects = ProjectService(database, utc_now, sound_names)
    speech = Speech(settings.sounds.speech_command)
    sounds = SoundService(database, settings.sounds_dir, utc_now, speech, partial(sound_uses, projects))
    imports = ImportService(database, settings, plan, utc_now)
    recordings = RecordingService(database, settings.recordings_dir, AuditLog(database, utc_now), utc_now)
    intake = LeadIntake(database, plan, lead_store, utc_now)
    watch = FakeCampaignWatch(bus)
    services = DeskServices(
        settings=settings,
        bus=bus,
        identity=identity,
        audit=AuditLog(database, utc_now),
        contacts=contacts,
        changes=ChangeReader(database),
        duplicates=Duplicates(database),
        merges=belongings.merges(database, plan, utc_now, registry.trust()),
        personal=belongings.personal_data(database, settings, plan, utc_now, recordings.retention),
        casework=casework,
        call_log=CallLog(database),
        timeline=TimelineReader(database),
        projects=projects,
        recordings=recordings,
        call_centre=centre,
        hub=hub,
        cards=cards,
        sounds=sounds,
        imports=imports,
        backends=BackendService(registry, SyncStates(database, utc_now)),
        lead_reader=lead_reader,
        results=Results(database, utc_now, zone, tasks, debts, outbox),
        missing_results=MissingResults(database),
        day_tasks=DayTasks(database, utc_now, zone, tasks),
        demo_call=demo_call,
        campaigns=CampaignService(database, utc_now, sound_names),
        dialer=watch,
        leads=lead_store,
        lead_intake=intake,
        do_not_call=DoNotCall(database, utc_now, plan),
        dispositions=dispositions,
        rules=Rules(database, utc_now, zone, tasks, lead_store),
        templates=templates,
        outbox=outbox,
        channels=frozenset({Channel.SMS}),
    )
    olena, taras, iryna = [await identity.user_by_login(login) for login in ("olena", "taras", "iryna")]
    inna, oleh, hanna = [await contacts.get(contact_id) for contact_id in (1, 2, 3)]
    server = WebServer(create_app(services), settings.web)
    await server.start()
    try:
        yield Desk(server.url, services, centre, database, olena, taras, iryna, inna, (oleh, hanna), demo_calls, watch)
    finally:
        await server.close()
        await intake.close()
        await imports.close()
        await database.close()


_filled: dict[str, bytes] = {}


async def _fill(path: Path, telephone: str) -> None:
    """Put a database of a small call centre at `path`: made once, copied from then on."""
    if telephone not in _filled:
        database = Database(f"sqlite+aiosqlite:///{path}")
        try:
            await upgrade(database)
            people = await _people(IdentityService(database, utc_now, 12), telephone)
            contacts = ContactService(database, NumberingPlan(), utc_now)
            await _contacts(database, contacts, CaseworkService(database, utc_now), people)
        finally:
            await database.close()  # the last connection folds the write-ahead log into the file
        _filled[telephone] = await asyncio.to_thread(path.read_bytes)
    await asyncio.to_thread(path.write_bytes, _filled[telephone])


async def _people(identity: IdentityService, telephone: str) -> tuple[User, User, User]:
    fields: dict[str, Any] = {"telephone": telephone}
    return (
        await identity.create_user(
            "olena", PASSWORD, name="Олена Петренко", role="operator", language="uk", **_own(fields, "101")
        ),
        await identity.create_user("taras", PASSWORD, name="Тарас Коваль", role="operator", **_own(fields, "102")),
        await identity.create_user("iryna", PASSWORD, name="Ірина Бондар", role="supervisor", **_own(fields, "103")),
    )


def _own(fields: dict[str, Any], endpoint: str) -> dict[str, Any]:
    return {**fields, "endpoint": endpoint} if fields["telephone"] == "phone" else fields


async def _contacts(
    database: Database, contacts: ContactService, casework: CaseworkService, people: tuple[User, User, User]
) -> None:
    operator, colleague, _ = people
    async with database.write() as connection:
        await connection.execute(project_table.insert().values(id=1, number="077", name="Страхування КАСКО"))
    topic = await casework.lists.add(ChoiceList.TOPIC, "КАСКО")
    await casework.lists.add(ChoiceList.TOPIC, "ОСЦПВ")
    await casework.lists.add(ChoiceList.TOPIC, "Медичне страхування")
    category = await casework.lists.add(ChoiceList.CATEGORY, "Скарга")
    await casework.lists.add(ChoiceList.CATEGORY, "Консультація")
    action = await casework.lists.add(ChoiceList.ACTION, "Передзвонити")
    await casework.lists.add(ChoiceList.ACTION, "Замовити медикаменти")
    await casework.lists.add(ChoiceList.SOURCE, "Реклама на радіо")
    for pause in ("Обід", "Перерва", "Навчання"):
        await casework.lists.add(ChoiceList.PAUSE, pause)
    inna = await contacts.create(
        ContactFields(
            name="Новоха Інна Іванівна",
            company="СК Здорово",
            position="головна бухгалтерка",
            emails=("i.novokha@zdorovo.example",),
            addresses=(("work", "Київ, вул. Велика Васильківська, 55-А"),),
            site="https://zdorovo.example",
            source="Рекомендація",
            vip=True,
            attributes={"Поліс": "1100039", "Ліміт": "50 000 грн"},
            phones=(("mobile", INNA), ("main", "+380442379028"), ("fax", "+380442379029")),
        )
    )
    for name, company in (("Мельник Олег Петрович", "ТОВ Борис"), ("Мельник Ганна Степанівна", "Клініка АОН")):
        fields = ContactFields(name=name, company=company, phones=(("home", SHARED),))
        await contacts.create(fields)
    now = utc_now()
    texts = [
        ("Госпіталізація погоджена, замовити медикаменти.", colleague, RequestState.WAITING),
        ("Скарга на біль у ліктьовому суглобі. Направлена до травматолога.", operator, RequestState.DONE),
        ("Запитувала, чи покриває поліс евакуацію авто за кордоном.", colleague, RequestState.DONE),
    ]
    for number, (text, author, state) in enumerate(texts):
        arrived = now - timedelta(days=number * 3, hours=1 + number)
        call_id = f"old-{number}"
        row = {
            "id": call_id,
            "project_id": 1,
            "ani": INNA,
            "dnis": "+380444900077",
            "contact_id": inna.id,
            "agent_id": author.id,
            "arrived_at": arrived,
            "answered_at": arrived + timedelta(seconds=9),
            "ended_at": arrived + timedelta(seconds=201),
            "result": "answered",
            "ended_by": "caller",
            "recording": f"{call_id}.wav",
            "routing": msgspec.json.encode(ROUTING),
        }
        async with database.write() as connection:
            await connection.execute(calls.insert().values(row))
        fields_of = RequestFields(
            text=text,
            topic_id=topic.id,
            category_id=category.id,
            action_id=action.id if state is RequestState.WAITING else None,
            state=state,
            deadline=now + timedelta(days=1) if state is RequestState.WAITING else None,
            consultant_id=operator.id if state is RequestState.WAITING else None,
        )
        await casework.save_request(call_id, inna.id, fields_of, author, project_id=1)


@asynccontextmanager
async def signed_in(desk: Desk, login: str = "olena") -> AsyncIterator[httpx.AsyncClient]:
    """A browser of this person, without its scripts."""
    async with httpx.AsyncClient(base_url=desk.url, timeout=20) as client:
        response = await client.post("/sign-in", data={"login": login, "password": PASSWORD})
        assert response.status_code == 303
        yield client


@asynccontextmanager
async def stream(
    desk: Desk, client: httpx.AsyncClient, origin: str = "", path: str = "/desk/live"
) -> AsyncIterator[ClientConnection]:
    """The live stream of a page."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    async with connect(
        desk.url.replace("http", "ws") + path,
        origin=cast(Origin, origin or desk.url),
        additional_headers={"Cookie": cookies},
    ) as socket:
        yield socket


async def receive(socket: ClientConnection, kind: str, **expected: object) -> dict[str, Any]:
    """The next message of this type with these values; others are passed over."""
    async with asyncio.timeout(10):
        while True:
            message: dict[str, Any] = msgspec.json.decode(await socket.recv())
            if message["type"] == kind and all(message.get(name) == value for name, value in expected.items()):
                return message


async def close_code(socket: ClientConnection) -> int | None:
    """Read on until the server closes the stream: its close code."""
    async with asyncio.timeout(10):
        with suppress(ConnectionClosed):
            async for _ in socket:
                pass
    return socket.close_code
