"""What is to be done on a day, read from leads and requests."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import operator_skills, project_operators
from telemarket.calls.views import DialMode
from telemarket.core.roles import Role
from telemarket.core.tables import users
from telemarket.dialer.campaign_rows import CAMPAIGN_COLUMNS, campaign_of
from telemarket.dialer.candidates import foremost, ready_zones
from telemarket.dialer.model import Act, Campaign, CampaignState, LeadState
from telemarket.dialer.ports import Tasks
from telemarket.dialer.promises import PromiseState
from telemarket.dialer.sharing import MOST_A_DAY, Work
from telemarket.dialer.tables import WAITING, campaigns, dispositions, leads, promises

LEAD, PROMISE, REQUEST = "lead", "promise", "request"
_REQUEST_RANK = 50  # between leads called first and those called at any time
_PORTION = 500
_COLUMNS = [leads.c[name] for name in ("id", "campaign_id", "contact_id", "rank", "due_at", "operator_id")]
_BROKEN = sa.exists().where(
    promises.c.lead_id == leads.c.id,
    promises.c.state.in_((PromiseState.UNPAID.value, PromiseState.UNKNOWN.value)),
)
_LEAD = sa.select(*_COLUMNS, dispositions.c.act, _BROKEN.label("broken")).outerjoin(
    dispositions, dispositions.c.id == leads.c.disposition_id
)
_OPEN = leads.c.state.in_((LeadState.READY.value, LeadState.WAITING.value))


async def running_campaigns(connection: AsyncConnection, begin: datetime, end: datetime) -> dict[int, Campaign]:
    """Campaigns that call on the day from `begin` to `end`, by id."""
    running = sa.select(*CAMPAIGN_COLUMNS).where(
        campaigns.c.state == CampaignState.RUNNING.value,
        sa.or_(campaigns.c.starts_at.is_(None), campaigns.c.starts_at < end),
        sa.or_(campaigns.c.ends_at.is_(None), campaigns.c.ends_at > begin),
    )
    return {row.id: campaign_of(row) for row in await connection.execute(running)}


async def operators_of(connection: AsyncConnection, of: Mapping[int, Campaign]) -> dict[int, frozenset[int]]:
    """Who serves each campaign: those of its project who have its skill."""
    serving = sa.select(project_operators.c.project_id, project_operators.c.user_id).join(
        users, users.c.id == project_operators.c.user_id
    )
    found = (await connection.execute(serving.where(users.c.active))).all()
    having = sa.select(operator_skills.c.skill, operator_skills.c.user_id)
    skilled = {(skill, user) for skill, user in await connection.execute(having)}
    return {
        campaign.id: frozenset(
            user
            for project, user in found
            if project == campaign.project_id and (not campaign.terms.skill or (campaign.terms.skill, user) in skilled)
        )
        for campaign in of.values()
    }


async def everybody(connection: AsyncConnection) -> list[int]:
    """All who may have something to do."""
    people = sa.select(users.c.id).where(users.c.active, users.c.role != Role.DISPLAY.value).order_by(users.c.id)
    return list(await connection.scalars(people))


async def lead_work(
    connection: AsyncConnection, of: Mapping[int, Campaign], begin: datetime, end: datetime
) -> list[Work]:
    """Callbacks and broken promises of the day for whose they are, and the leads that come first of campaigns in which
    operators choose the moment: anybody's who serves them."""
    serving = await operators_of(connection, of)
    found: dict[int, Work] = {}
    for row in await _promised(connection, of, end):
        whose = serving[row.campaign_id]
        his = row.operator_id in whose and (row.act == Act.CALLBACK_MINE or row.broken)
        if his or of[row.campaign_id].mode is DialMode.PREVIEW:
            found[row.id] = _work(row, frozenset({row.operator_id}) if his else whose, begin, his=his)
    for campaign in of.values():
        if campaign.mode is DialMode.PREVIEW:
            wanted = MOST_A_DAY * len(serving[campaign.id])
            for row in await _foremost(connection, campaign, end, wanted):
                found.setdefault(row.id, _work(row, serving[campaign.id], begin, his=False))
    return list(found.values())


async def request_work(
    connection: AsyncConnection, tasks: Tasks, people: Collection[int], begin: datetime, end: datetime
) -> list[Work]:
    """Requests of the day, and those that are late."""
    return [
        Work(
            kind=REQUEST,
            operators=frozenset({responsible}),
            request_id=request_id,
            contact_id=contact_id,
            rank=_REQUEST_RANK,
            due_at=deadline,
            overdue=deadline < begin,
        )
        for request_id, contact_id, responsible, deadline in await tasks.due(connection, people, end)
    ]


async def _promised(connection: AsyncConnection, of: Mapping[int, Campaign], end: datetime) -> list[Any]:
    """Leads that are somebody's: because he promised to call, or by the plan of an earlier day."""
    query = _LEAD.where(leads.c.operator_id.is_not(None), leads.c.due_at < end, _OPEN, leads.c.campaign_id.in_(of))
    return list(await connection.execute(query))


async def _foremost(connection: AsyncConnection, campaign: Campaign, end: datetime, wanted: int) -> list[Any]:
    """Those ready that would be called first, and those that become ready during the day."""
    if not wanted:
        return []
    zones = await ready_zones(connection, campaign.id)
    ids = await foremost(connection, campaign.id, zones, end, wanted) if zones else []
    later = sa.select(leads.c.id).where(
        WAITING, leads.c.campaign_id == campaign.id, leads.c.due_at < end, leads.c.operator_id.is_(None)
    )
    ids += list(await connection.scalars(later.order_by(leads.c.due_at, leads.c.id).limit(wanted)))
    rows: list[Any] = []
    for start in range(0, len(ids), _PORTION):
        rows += await connection.execute(_LEAD.where(leads.c.id.in_(ids[start : start + _PORTION])))
    return rows


def _work(row: Any, operators: frozenset[int], begin: datetime, *, his: bool) -> Work:
    return Work(
        kind=PROMISE if row.broken else LEAD,
        operators=operators,
        lead_id=row.id,
        contact_id=row.contact_id,
        rank=row.rank,
        due_at=row.due_at,
        overdue=his and row.due_at < begin,
    )
