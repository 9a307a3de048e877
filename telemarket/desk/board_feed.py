"""The board as it is pushed: whole pictures, the newest only, at most one a second to each page.

A picture is compact (rows without field names) and says nothing in any language, so that it is made once for all who
look. A page too slow for every picture gets fewer of them, never old ones.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from telemarket.calls.views import AgentView, BoardChanged, BoardView, CallView, Direction, QueueView
from telemarket.desk.rendering import phone
from telemarket.desk.services import DeskServices

log = structlog.get_logger(__name__)

PUSH_EVERY = 1.0
REFRESH_EVERY = 15.0
"""Seconds after which a picture is sent though nothing happened: midnight and expected waits come by themselves."""

_KNOWN_FOR = timedelta(seconds=30)
_encoder = msgspec.json.Encoder()


class Row(msgspec.Struct, frozen=True, array_like=True):
    """Base of the rows, read by `frontend/src/board-data.js`. Moments are seconds before the picture was taken, -1 for
    none; flags are 0 or 1."""


class QueueRow(Row, frozen=True):
    """One project's queue; rates are percent, -1 for none."""

    id: int
    number: str
    name: str
    waiting: int
    longest_since: int
    expected_wait: int
    offered: int
    answered: int
    abandoned: int
    service_level: float
    target: int
    within: int
    abandon_rate: float
    speed_of_answer: int
    ready: int
    on_shift: int
    callbacks: int


class AgentRow(Row, frozen=True):
    """One operator on shift."""

    id: int
    state: str
    since: int
    reason: str
    call_id: str
    role: str
    after_call: str
    overrun: int
    page: int
    project_ids: tuple[int, ...]
    calls_today: int


class CallRow(Row, frozen=True):
    """One living call; `direction` is empty for a caller's own, `watchers` are (person, how)."""

    id: str
    state: str
    direction: str
    project_id: int
    caller: str
    agent_id: int
    arrived: int
    answered: int
    position: int
    priority: int
    vip: int
    held: int
    watchers: tuple[tuple[int, str], ...]


class BoardFeed:
    """What boards and walls are sent. Tell it of changes with `changed`; it asks the call centre only if one looks."""

    def __init__(self, services: DeskServices) -> None:
        self._services = services
        self._news = asyncio.Event()
        self._targets: dict[int, int] = {}
        self._targets_until = services.clock()
        self._view: BoardView | None = None
        self._drawn: tuple[BoardView, bytes] | None = None

    def changed(self, _event: BoardChanged) -> None:
        """Something on the board is different."""
        self._view = None
        self._news.set()
        self._news = asyncio.Event()

    async def board(self) -> AsyncGenerator[str, None]:
        """Messages for a board, without end: who everybody is (again when that changes), and pictures."""
        known = b""
        async for view in self._views():
            people = await self._everybody(known)
            if people != known:
                known = people
                yield self._message("people", people)
            yield self._message("board", self._board(view))

    async def wall(self, numbers: Collection[str]) -> AsyncGenerator[str, None]:
        """Messages for a wall that shows the projects with these numbers, or all; nothing in them names a person."""
        async for view in self._views():
            queues = [queue for queue in view.queues if not numbers or queue.project.number in numbers]
            shown = {queue.project.id for queue in queues}
            states = Counter(agent.state.value for agent in view.agents if not numbers or shown & {*agent.project_ids})
            picture = {"at": view.at, "queues": [self._queue_row(queue, view.at) for queue in queues], "states": states}
            yield self._message("wall", _encoder.encode(picture))

    # ---- inside

    async def _views(self) -> AsyncGenerator[BoardView, None]:
        """The floor now, and whenever it has changed since, not more often than every PUSH_EVERY seconds."""
        while True:
            news = self._news
            await self._read_targets()
            yield self._look()
            await asyncio.sleep(PUSH_EVERY)
            try:
                async with asyncio.timeout(REFRESH_EVERY):
                    await news.wait()
            except TimeoutError:
                self._view = None

    def _look(self) -> BoardView:
        if self._view is None:
            self._view = self._services.call_centre.board()
        return self._view

    def _board(self, view: BoardView) -> bytes:
        """The picture of `view`, drawn once for all who look."""
        if self._drawn is None or self._drawn[0] is not view:
            self._drawn = view, _encoder.encode(self._picture(view))
        return self._drawn[1]

    def _message(self, kind: str, body: bytes) -> str:
        now = self._services.clock()
        return _encoder.encode({"type": kind, "now": now, kind: msgspec.Raw(body)}).decode()

    async def _everybody(self, known: bytes) -> bytes:
        """Id, name and login of everybody; those known already while the database is away."""
        try:
            people = await self._services.cards.people.active()
        except Exception as error:
            log.warning("the board does not learn people's names", error=str(error))
            return known
        return _encoder.encode([(user.id, user.name, user.login) for user in people])

    async def _read_targets(self) -> None:
        now = self._services.clock()
        if now < self._targets_until:
            return
        self._targets_until = now + _KNOWN_FOR
        try:
            projects = await self._services.projects.load_all()
        except Exception as error:  # the database is away: go on with what is known
            log.warning("the board does not learn the projects' targets", error=str(error))
        else:
            self._targets = {project.id: project.plan.answer_target for project in projects}

    def _picture(self, view: BoardView) -> dict[str, Any]:
        return {
            "at": view.at,
            "queues": [self._queue_row(queue, view.at) for queue in view.queues],
            "agents": [_agent_row(agent, view.at) for agent in view.agents],
            "calls": [_call_row(call, self._caller(call), view.at) for call in view.calls],
        }

    def _caller(self, call: CallView) -> str:
        card = self._services.cards.card(call.id)
        return (card.title if card else "") or call.caller_name or phone(call.ani)

    def _queue_row(self, queue: QueueView, at: datetime) -> QueueRow:
        return QueueRow(
            id=queue.project.id,
            number=queue.project.number,
            name=queue.project.name,
            waiting=queue.waiting,
            longest_since=_ago(queue.longest_waiting_since, at),
            expected_wait=_seconds(queue.expected_wait),
            offered=queue.offered,
            answered=queue.answered,
            abandoned=queue.abandoned,
            service_level=_percent(queue.service_level),
            target=self._targets.get(queue.project.id, 0),
            within=queue.answer_within,
            abandon_rate=_percent(queue.abandon_rate),
            speed_of_answer=_seconds(queue.average_speed_of_answer),
            ready=queue.ready,
            on_shift=queue.on_shift,
            callbacks=queue.callbacks,
        )


def _agent_row(agent: AgentView, at: datetime) -> AgentRow:
    return AgentRow(
        id=agent.id,
        state=agent.state,
        since=_ago(agent.since, at),
        reason=agent.reason,
        call_id=agent.call.id if agent.call else "",
        role=agent.role,
        after_call=agent.after_call,
        overrun=int(agent.overrun),
        page=int(agent.page),
        project_ids=agent.project_ids,
        calls_today=agent.calls_today,
    )


def _call_row(call: CallView, caller: str, at: datetime) -> CallRow:
    return CallRow(
        id=call.id,
        state=call.state,
        direction="" if call.direction is Direction.INBOUND else call.direction,
        project_id=call.project.id,
        caller=caller,
        agent_id=call.agent_id or 0,
        arrived=_ago(call.arrived_at, at),
        answered=_ago(call.answered_at, at),
        position=call.position,
        priority=round(call.priority),
        vip=int(call.vip),
        held=int(call.held),
        watchers=tuple((party.agent_id or 0, party.mode) for party in call.parties if party.role == "watching"),
    )


def _ago(moment: datetime | None, at: datetime) -> int:
    """Between whole seconds, so that a clock reckoned from one picture agrees with that from the next."""
    return max(0, int(at.timestamp()) - int(moment.timestamp())) if moment else -1


def _percent(rate: float | None) -> float:
    """Cut to a tenth, not rounded: 79.96 % has not reached 80 %."""
    return -1 if rate is None else int(rate * 1000 + 1e-9) / 10


def _seconds(value: float | None) -> int:
    return -1 if value is None else round(value)
