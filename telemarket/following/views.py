"""Followed calls and operators as pages see them."""

from datetime import UTC, datetime

from telemarket.calls.views import AgentView, CallState, CallView, ProjectView
from telemarket.following.floor import FollowedFloor
from telemarket.following.model import FollowedCall


def agent_view(floor: FollowedFloor, user: int) -> AgentView | None:
    """The operator as he stands; None if he is not followed."""
    if not floor.desk.follows(user):
        return None
    operator = floor.desk.operators[user]
    queues = floor.desk.queues_of(user)
    waiting = [call.arrived_at for call in floor.calls.values() if call.waiting and call.queue in queues]
    return AgentView(
        id=user,
        state=operator.state,
        reason=operator.reason,
        since=_time(operator.since),
        until=_time(operator.until) if operator.until else None,
        call=_view(operator.call, user) if operator.call else None,
        waiting=len(waiting),
        longest_waiting_since=_time(min(waiting)) if waiting else None,
        page=floor.desk.has_page(user),
        project_ids=tuple(sorted({project.id for queue in queues if (project := floor.directory.queues.get(queue))})),
    )


def call_view(floor: FollowedFloor, call_id: str) -> CallView | None:
    """A call that lives or that an operator still writes up."""
    call = floor.find(call_id)
    if call is None:
        return None
    ringing = {leg.user for leg in call.legs.values()}
    return _view(call, call.agent if call.agent is not None or len(ringing) != 1 else ringing.pop())


def _view(call: FollowedCall, user: int | None) -> CallView:
    project = call.project
    talks = any(leg.up for leg in call.legs.values() if leg.user == user)
    return CallView(
        id=call.id,
        state=CallState.TALKING if talks else call.state,
        project=ProjectView(
            id=project.id,
            number=project.number,
            name=project.name,
            crm_url=project.crm_url,
            crm_open=project.crm_open,
            show_card=project.show_card,
        )
        if project
        else ProjectView(id=0, number="", name=call.queue),
        ani=call.ani,
        caller_name=call.caller_name,
        dnis=call.dnis,
        contact_id=call.contact_id,
        agent_id=user,
        arrived_at=_time(call.arrived_at),
        answered_at=_time(call.answered_at) if call.answered_at else None,
        ended_at=_time(call.ended_at) if call.ended_at else None,
    )


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
