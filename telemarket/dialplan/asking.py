"""Hooks that ask: where a call should go now, whether a project is open, and to be called back."""

from collections.abc import Mapping

from telemarket.calls.api import CallCentre
from telemarket.calls.hours import is_open, next_opening
from telemarket.calls.model import Project
from telemarket.calls.plan import OverflowWhen
from telemarket.calls.views import AgentState, BoardView, QueueView
from telemarket.core.clock import Clock
from telemarket.core.errors import InvalidInput, NotAllowed
from telemarket.dialplan.directory import Directory
from telemarket.hookspecs import AgiHook, AgiRequest

NO_PROJECT, CLOSED = "fallback", "message:closed"
"""Where a call goes whose number no project has, and where one goes out of hours if the plan has no rule for it."""


def route(centre: CallCentre, directory: Directory, clock: Clock, house_zone: str) -> AgiHook:
    """The hook `route`: where a call for this project would go now, and what awaits it there."""

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        project = directory.project(request)
        board = centre.board()
        queue = _queue(board, project)
        opened = project is not None and is_open(project.plan.hours, clock().timestamp(), house_zone)
        wait = queue.expected_wait if queue else None
        return {
            "TELEMARKET_ROUTE": _destination(project, queue, opened),
            "TELEMARKET_OPEN": _open(project, opened),
            "TELEMARKET_WAIT": "" if wait is None else str(round(wait)),
            "TELEMARKET_QUEUE_LENGTH": str(queue.waiting if queue else 0),
            "TELEMARKET_OPERATOR_ENDPOINT": _suggested(board, project, directory),
        }

    return hook


def hours(directory: Directory, clock: Clock, house_zone: str) -> AgiHook:
    """The hook `hours`: whether the project is open, and from when on it is."""

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        project = directory.project(request)
        plan = project.plan.hours if project else None
        opening = next_opening(plan, clock().timestamp(), house_zone) if plan else None
        return {
            "TELEMARKET_OPEN": _open(project, plan is not None and is_open(plan, clock().timestamp(), house_zone)),
            "TELEMARKET_NEXT_OPENING": "" if opening is None else str(round(opening)),
        }

    return hook


def callback(centre: CallCentre, directory: Directory) -> AgiHook:
    """The hook `callback`: have the caller, or the argument `number`, called back in the project's turn."""

    async def hook(request: AgiRequest) -> Mapping[str, str]:
        project = directory.project(request)
        number = request.arguments.get("number", request.caller)
        queued = project is not None and _asked(centre, project, number)
        return {"TELEMARKET_CALLBACK": "queued" if queued else "refused"}

    return hook


def _asked(centre: CallCentre, project: Project, number: str) -> bool:
    try:
        centre.ask_callback(project.id, number)
    except (InvalidInput, NotAllowed):
        return False
    return True


def _queue(board: BoardView, project: Project | None) -> QueueView | None:
    return next((queue for queue in board.queues if project and queue.project.id == project.id), None)


def _open(project: Project | None, opened: bool) -> str:
    return "" if project is None else str(int(opened))


def _destination(project: Project | None, queue: QueueView | None, opened: bool) -> str:
    """What the first rule of overflow says that holds on arrival; without one, the project's queue."""
    if project is None:
        return NO_PROJECT
    limit = project.plan.max_waiting
    holds = {
        OverflowWhen.CLOSED: not opened,
        OverflowWhen.FULL: queue is not None and 0 < limit <= queue.waiting,
        OverflowWhen.NO_OPERATORS: queue is None or queue.on_shift == 0,
    }
    rules = (rule.to for rule in project.plan.overflow if holds.get(rule.when))
    return next(rules, f"queue:{project.number}" if opened else CLOSED)


def _suggested(board: BoardView, project: Project | None, directory: Directory) -> str:
    """The telephone of the project's operator who has been ready for the longest time."""
    ready = [
        agent
        for agent in board.agents
        if project and agent.state is AgentState.READY and agent.page and project.id in agent.project_ids
    ]
    chosen = min(ready, key=lambda agent: agent.since, default=None)
    operator = directory.operator(chosen.id) if chosen else None
    return operator.endpoint if operator else ""
