"""A year and a half of calls: when the clients called, who answered, and what was written. The same every time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from telemarket.demo.centre import PEOPLE, PROJECTS, SOURCES
from telemarket.demo.clients import Client
from telemarket.demo.stories import STORIES, Story

KYIV = ZoneInfo("Europe/Kyiv")
_SEED = 78
_DAYS = 540
_MOST_CALLS = 12
_STILL_OPEN_DAYS = 21  # what is older than this has been settled
_GAVE_UP = 0.06
_PROJECTS = {project.number: project for project in PROJECTS}


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The request written after a call. Names of choices; logins of people."""

    story: Story
    text: str
    source: str
    state: str
    deadline: datetime | None
    consultant: str
    written_at: datetime


class PastCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `client` counts from 0; without an operator the caller gave up waiting."""

    client: int
    project: str
    dnis: str
    arrived_at: datetime
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    operator: str
    note: Note | None


def make_past(clients: Sequence[Client], now: datetime) -> list[PastCall]:
    """Calls of the time before `now`, in the order of their arrival."""
    chance = Random(_SEED)  # noqa: S311 - the same at every start, and no secret
    found = [call for index, client in enumerate(clients) for call in _calls_of(index, client, now, chance)]
    return sorted(found, key=lambda call: call.arrived_at)


def _calls_of(index: int, client: Client, now: datetime, chance: Random) -> Iterator[PastCall]:
    count = min(_MOST_CALLS, 1 + int(chance.expovariate(0.4)))
    days = {int(chance.triangular(1, _DAYS, 1)) for _ in range(count)}  # the nearer the more
    project = _PROJECTS[client.project]
    for days_ago in sorted(days):
        arrived = _working_time(now, days_ago, chance)
        offered = arrived + timedelta(seconds=chance.choice((0.1, 0.1, 0.2, chance.uniform(2, 40))))
        operator = "" if chance.random() < _GAVE_UP else chance.choice(project.operators)
        answered = offered + timedelta(seconds=chance.uniform(2, 9)) if operator else None
        ended = (answered or offered) + timedelta(seconds=chance.uniform(40, 420) if answered else 15)
        note = _note(client, ended, now, chance) if answered else None
        yield PastCall(
            client=index,
            project=client.project,
            dnis=project.dnis[0],
            arrived_at=arrived,
            offered_at=offered,
            answered_at=answered,
            ended_at=ended,
            operator=operator,
            note=note,
        )


def _working_time(now: datetime, days_ago: int, chance: Random) -> datetime:
    day = (now.astimezone(KYIV) - timedelta(days=days_ago)).date()
    opening = datetime.combine(day, time(8), KYIV)
    return opening + timedelta(seconds=chance.triangular(0, 12 * 3600, 3 * 3600))


def _note(client: Client, ended: datetime, now: datetime, chance: Random) -> Note:
    story = chance.choice(STORIES[client.project])
    recent = now - ended < timedelta(days=_STILL_OPEN_DAYS)
    state = chance.choice(("open", "waiting")) if story.action and recent else "done"
    deadline = None
    if story.action:
        day = ended.astimezone(KYIV).date() + timedelta(days=chance.randint(1, 12))
        deadline = datetime.combine(day, time(chance.choice((11, 14, 18))), KYIV)
    return Note(
        story=story,
        text=story.text.format_map(client.details),
        source=chance.choice(SOURCES) if chance.random() < 0.3 else "",
        state=state,
        deadline=deadline,
        consultant=chance.choice(PEOPLE).login if story.action and chance.random() < 0.6 else "",
        written_at=ended + timedelta(seconds=chance.uniform(4, 25)),
    )
