"""A busy floor for boards: as many operators as one likes, callers who wait, projects with good days and bad."""

import random
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from telemarket.calls.tables import projects
from telemarket.calls.views import AgentState, AgentView, BoardChanged, CallState, CallView, ProjectView, QueueView
from telemarket.core.tables import users
from tests.desk import Desk
from tests.fakes.call_centre import KASKO, new_call

PROJECTS = (
    KASKO,
    ProjectView(id=2, number="078", name="Медичне страхування"),
    ProjectView(id=3, number="080", name="Гаряча лінія водоканалу"),
    ProjectView(id=4, number="112", name="Замовлення ліків"),
)
_FIRST = ("Олена", "Тарас", "Ірина", "Андрій", "Наталія", "Юрій", "Оксана", "Михайло", "Софія", "Богдан")
_LAST = ("Петренко", "Коваль", "Бондар", "Шевченко", "Мельник", "Ткаченко", "Кравець", "Лисенко", "Гончар", "Романюк")
_CALLERS = ("Новоха Інна Іванівна", "ТОВ «Борис»", "Клініка АОН", "Гриценко П. С.", "+380 67 234 56 78", "")
_STATES = (
    *[AgentState.TALKING] * 10,
    *[AgentState.READY] * 4,
    *[AgentState.WRAPUP] * 3,
    *[AgentState.PAUSED] * 2,
    AgentState.RINGING,
)
_WITH_CALL = (AgentState.TALKING, AgentState.RINGING, AgentState.WRAPUP)
_FIRST_ID = 1000


async def hire(desk: Desk, count: int) -> None:
    """Have the people of the floor in the database."""
    names = (f"{_FIRST[n % 10]} {_LAST[n // 10 % 10]}{'' if n < 100 else ' ІІ'}" for n in range(count))
    rows = [
        {"id": _FIRST_ID + n, "login": f"op{n}", "name": name, "password_hash": "", "role": "operator"}
        for n, name in enumerate(names)
    ]
    async with desk.database.write() as connection:
        await connection.execute(sa.insert(users), rows)
        await connection.execute(
            sa.insert(projects), [{"id": p.id, "number": p.number, "name": p.name} for p in PROJECTS if p != KASKO]
        )


def fill(desk: Desk, operators: int, waiting: int = 6, seed: int = 1) -> None:
    """Put the floor's picture before the call centre and say that it changed."""
    centre, chance, now = desk.call_centre, random.Random(seed), datetime.now(UTC)
    centre.calls.clear()
    for agent_id in [agent_id for agent_id in centre.agents if agent_id >= _FIRST_ID]:
        del centre.agents[agent_id]
    for number in range(operators):
        agent = _agent(number, chance, now)
        centre.agents[agent.id] = agent
        if agent.call and agent.state is not AgentState.WRAPUP:
            centre.calls[agent.call.id] = agent.call
    for place in range(waiting):
        call = _waiting(place, chance, now)
        centre.calls[call.id] = call
    centre.queues = tuple(_queue(project, desk, chance) for project in PROJECTS)
    desk.services.bus.publish(BoardChanged())


def _agent(number: int, chance: random.Random, now: datetime) -> AgentView:
    state = chance.choice(_STATES)
    since = now - timedelta(seconds=chance.randint(1, 600))
    projects = tuple(sorted(chance.sample(range(1, 5), 2)))
    call = _call(f"1795357{number:03}.{number}", number, projects[0], since, chance) if state in _WITH_CALL else None
    return AgentView(
        id=_FIRST_ID + number,
        state=state,
        reason=chance.choice(("Обід", "Перерва", "no-answer")) if state is AgentState.PAUSED else "",
        since=since,
        call=call,
        role="operator" if call else "",
        overrun=state is AgentState.PAUSED and chance.random() < 0.4,
        page=True,
        project_ids=projects,
        calls_today=chance.randint(0, 60),
    )


def _call(call_id: str, number: int, project: int, since: datetime, chance: random.Random) -> CallView:
    return CallView(
        id=call_id,
        state=CallState.TALKING,
        project=PROJECTS[project - 1],
        ani="+380672345678",
        caller_name=chance.choice(_CALLERS),
        dnis="+380444900077",
        contact_id=None,
        agent_id=_FIRST_ID + number,
        arrived_at=since - timedelta(seconds=20),
        answered_at=since,
        vip=chance.random() < 0.1,
    )


def _waiting(place: int, chance: random.Random, now: datetime) -> CallView:
    call = new_call(
        f"1795359{place:03}.{place}", "+380501112233", name=chance.choice(_CALLERS), project=PROJECTS[place % 4]
    )
    values = {
        name: getattr(call, name) for name in ("id", "project", "ani", "caller_name", "dnis", "contact_id", "agent_id")
    }
    return CallView(
        **values,
        state=CallState.WAITING,
        arrived_at=now - timedelta(seconds=70 - 11 * place),
        position=place // 4 + 1,
        priority=10.0 - place,
        vip=place == 1,
        queue_ids=(call.project.id,),
    )


def _queue(project: ProjectView, desk: Desk, chance: random.Random) -> QueueView:
    calls, agents = desk.call_centre.calls.values(), desk.call_centre.agents.values()
    waiting = [call for call in calls if call.state is CallState.WAITING and call.project == project]
    serving = [agent for agent in agents if project.id in agent.project_ids and agent.state is not AgentState.OFFLINE]
    offered = chance.randint(80, 900)
    abandoned = chance.randint(2, offered // 8)
    return QueueView(
        project=project,
        waiting=len(waiting),
        longest_waiting_since=min((call.arrived_at for call in waiting), default=None),
        expected_wait=42.0 if waiting else 0.0,
        offered=offered,
        answered=offered - abandoned,
        abandoned=abandoned,
        service_level=chance.uniform(0.6, 0.97),
        abandon_rate=abandoned / offered,
        answer_within=20,
        average_speed_of_answer=chance.uniform(4, 31),
        ready=sum(agent.state is AgentState.READY for agent in serving),
        on_shift=len(serving),
        callbacks=chance.choice((0, 0, 3)),
    )
