"""The demonstration's database: filled once, in one step, and kept from then on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from telemarket.calls.projection import CallProjection
from telemarket.calls.projects import ProjectService
from telemarket.casework.model import ChoiceList
from telemarket.casework.tables import choices, requests
from telemarket.contacts.fields import checked, phone_rows
from telemarket.contacts.writing import Prepared, insert_many
from telemarket.core import migrate
from telemarket.core.database import Database
from telemarket.core.identity import IdentityService
from telemarket.core.journal import Entry, JournalWriter
from telemarket.demo.centre import ACTIONS, CATEGORIES, PASSWORD, PAUSES, PEOPLE, PROJECTS, SOURCES
from telemarket.demo.clients import PLAN, Client, make_clients
from telemarket.demo.past import KYIV, PastCall, make_past

Ids = dict[Any, int]


async def fill(path: Path, now: datetime, *, telephone: str = "page") -> None:
    """Make the SQLite database `path`, whole or not at all, as the call centre stands at `now`.

    `telephone` is what operators talk with: "page", or "phone" for PJSIP endpoints named as their logins.
    """
    partial = path.with_name(f"{path.name}.partial")
    for leftover in path.parent.glob(f"{partial.name}*"):
        leftover.unlink()
    database = Database(f"sqlite+aiosqlite:///{partial}", pool_size=1)
    try:
        await migrate.upgrade(database)
        await _Filling(database, now, telephone).run()
    finally:
        await database.close()
    partial.replace(path)


class _Filling:
    def __init__(self, database: Database, now: datetime, telephone: str) -> None:
        self._database = database
        self._now = now
        self._telephone = telephone

    async def run(self) -> None:
        clients = make_clients(self._now.astimezone(KYIV).date())
        past = make_past(clients, self._now)
        people = await self._add_people()
        projects = await self._add_projects()
        async with self._database.write() as connection:
            named = _Choices(projects)
            await connection.execute(choices.insert(), named.rows)
            # A contact's id is his place among the clients, from 1.
            rows = [Prepared(checked(client.fields), phone_rows(client.phones, PLAN)) for client in clients]
            await insert_many(connection, rows, at=self._now - timedelta(days=600), origin="desk", by=None)
        await self._journal(past, clients, projects, people)
        async with self._database.write() as connection:
            await connection.execute(requests.insert(), list(_request_rows(past, named, projects, people)))

    async def _add_people(self) -> Ids:
        identity = IdentityService(self._database, lambda: self._now, session_hours=12)
        found: Ids = {}
        for person in PEOPLE:
            endpoint = person.login if self._telephone == "phone" else ""
            user = await identity.create_user(
                person.login,
                PASSWORD,
                name=person.name,
                role=person.role,
                telephone=self._telephone,
                endpoint=endpoint,
            )
            found[person.login] = user.id
        return found

    async def _add_projects(self) -> Ids:
        service = ProjectService(self._database)
        found: Ids = {}
        for plan in PROJECTS:
            project = await service.add(plan.number, name=plan.name, dnis=plan.dnis, plan=plan.plan)
            await service.change_operators(plan.number, add=plan.operators)
            found[plan.number] = project.id
        for person in PEOPLE:
            await service.skills.change(person.login, person.skills)
        return found

    async def _journal(self, past: Sequence[PastCall], clients: Sequence[Client], projects: Ids, people: Ids) -> None:
        """Past calls go where calls go: into the journal, which the tables follow."""
        writer = JournalWriter(self._database, CallProjection("sqlite"))
        await writer.start()
        numbers = [client.numbers[0] for client in clients]
        for call in past:
            for entry in _entries(call, numbers[call.client], projects, people):
                writer.append(entry)
        await writer.close()


class _Choices:
    """The lists as rows, and the id of each entry."""

    def __init__(self, projects: Ids) -> None:
        self._ids: Ids = {}
        self._numbers = count(1)
        lists: list[tuple[Sequence[str], ChoiceList, int | None]] = [
            *((plan.topics, ChoiceList.TOPIC, projects[plan.number]) for plan in PROJECTS),
            (CATEGORIES, ChoiceList.CATEGORY, None),
            (ACTIONS, ChoiceList.ACTION, None),
            (SOURCES, ChoiceList.SOURCE, None),
            (PAUSES, ChoiceList.PAUSE, None),
        ]
        self.rows = [row for entries in lists for row in self._add(*entries)]

    def _add(self, names: Sequence[str], kind: ChoiceList, project_id: int | None) -> Iterator[dict[str, Any]]:
        for position, name in enumerate(names):
            self._ids[kind, name] = choice_id = next(self._numbers)
            yield {"id": choice_id, "list": kind.value, "name": name, "project_id": project_id, "position": position}

    def id(self, kind: ChoiceList, name: str) -> int | None:
        return self._ids[kind, name] if name else None


def _entries(call: PastCall, ani: str, projects: Ids, people: Ids) -> Iterator[Entry]:
    """The journal of one call."""
    call_id = _call_id(call)
    arrived = {"project": projects[call.project], "ani": ani, "caller_name": "", "dnis": call.dnis}
    yield Entry(call.arrived_at, "call.arrived", arrived, call_id)
    yield Entry(call.arrived_at, "call.contact", {"contact": call.client + 1}, call_id)
    if call.answered_at is not None:
        operator = people[call.operator]
        leg, reasons = f"tm-{operator}-1-{call_id}", _reasons(call, people)
        yield Entry(call.offered_at, "call.offered", {"leg": leg, "reasons": reasons}, call_id, operator)
        yield Entry(call.answered_at, "call.answered", {"leg": leg, "recording": ""}, call_id, operator)
        yield Entry(call.ended_at, "call.ended", {"result": "answered", "by": "caller"}, call_id, operator)
    else:
        yield Entry(call.ended_at, "call.ended", {"result": "abandoned", "by": "caller"}, call_id)


def _reasons(call: PastCall, people: Ids) -> dict[str, Any]:
    """Why this operator: he had been idle for longer than the others who were there."""
    chance = Random(_call_id(call))  # noqa: S311
    plan = next(plan for plan in PROJECTS if plan.number == call.project)
    others = [login for login in plan.operators if login != call.operator and chance.random() < 0.5]
    idle = [round(chance.uniform(1, 300), 1) for _ in others]
    return {
        "strategy": "longest-idle",
        "idle_seconds": round(max(idle, default=0.0) + chance.uniform(1, 200), 1),
        "available": len(others) + 1,
        "others": [
            {"operator": people[login], "idle_seconds": seconds} for login, seconds in zip(others, idle, strict=True)
        ],
        "tried_before": {},
    }


def _request_rows(past: Sequence[PastCall], named: _Choices, projects: Ids, people: Ids) -> Iterator[dict[str, Any]]:
    for call in past:
        note = call.note
        if note is None:
            continue
        yield {
            "contact_id": call.client + 1,
            "call_id": _call_id(call),
            "project_id": projects[call.project],
            "text": note.text,
            "topic_id": named.id(ChoiceList.TOPIC, note.story.topic),
            "category_id": named.id(ChoiceList.CATEGORY, note.story.category),
            "action_id": named.id(ChoiceList.ACTION, note.story.action),
            "source_id": named.id(ChoiceList.SOURCE, note.source),
            "state": note.state,
            "deadline": note.deadline,
            "consultant_id": people[note.consultant] if note.consultant else None,
            "author_id": people[call.operator],
            "created_at": note.written_at,
            "updated_at": note.written_at,
        }


def _call_id(call: PastCall) -> str:
    """As Asterisk would have named it; two clients never call in the same second to the same number of theirs."""
    return f"{call.arrived_at.timestamp():.0f}.{call.client}"
