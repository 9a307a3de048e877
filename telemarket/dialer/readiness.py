"""What keeps a campaign from being started."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.tables import project_numbers, projects
from telemarket.calls.views import DialMode
from telemarket.contacts.tables import contacts
from telemarket.core.i18n import N_, Message
from telemarket.dialer.counts import read_counts
from telemarket.dialer.model import Campaign, LeadState, OnMachine
from telemarket.dialer.tables import leads

_LOOKED_AT = 10_000
"""Leads among which somebody who has consented is looked for."""
_BY_ITSELF = (DialMode.PREDICTIVE, DialMode.MESSAGE)
"""Modes in which calls may meet nobody, so that consent is a matter of law."""


def plan_problems(campaign: Campaign, sounds: frozenset[str] | None) -> Iterator[Message]:
    """What is missing in its plan. `sounds` are those there are; None: any."""
    terms = campaign.terms
    if not terms.trunks:
        yield N_("It has no lines to call by: add a trunk.")
    if campaign.mode is DialMode.PREDICTIVE and not terms.message:
        yield N_("Choose the message for callees no operator is free for: the law asks for one.")
    if campaign.mode is DialMode.MESSAGE and not terms.machine_message:
        yield N_("Choose the message it is to say.")
    elif terms.detection.kind and terms.detection.on_machine is OnMachine.MESSAGE and not terms.machine_message:
        yield N_("Choose the message to be left on answering machines.")
    for sound in (terms.message, terms.machine_message):
        if sound and sounds is not None and sound not in sounds:
            yield N_("There is no sound “%(name)s”.", name=sound)


async def stored_problems(connection: AsyncConnection, campaign: Campaign) -> list[Message]:
    """What is missing around it: its project, numbers to show, leads, their consent."""
    found = []
    project = sa.select(projects.c.active).where(projects.c.id == campaign.project_id)
    if not await connection.scalar(project):
        found.append(N_("Its project is not active."))
    numbers = sa.select(project_numbers.c.dnis).where(project_numbers.c.project_id == campaign.project_id).limit(1)
    if not campaign.terms.caller_ids and await connection.scalar(numbers) is None:
        found.append(N_("It has no number to show: name one, or give the project a number."))
    counts = await read_counts(connection, campaign.id)
    if counts.total == counts.leads.get(LeadState.CLOSED, 0):
        found.append(N_("It has nobody to call: add leads, or open closed ones again."))
    elif campaign.mode in _BY_ITSELF and campaign.terms.profile.consent and not await _consented(connection, campaign):
        found.append(
            N_(
                "Its legal profile asks for consent, and none of its leads has given it: record the consent of the "
                "contacts, or let operators dial one by one."
            )
        )
    return found


async def _consented(connection: AsyncConnection, campaign: Campaign) -> bool:
    """Whether one of the first leads that are not closed has consented."""
    several = [
        sa.select(
            sa.select(leads.c.contact_id)
            .where(leads.c.campaign_id == campaign.id, leads.c.state == state.value)
            .order_by(leads.c.id)
            .limit(_LOOKED_AT)
            .subquery()
        )
        for state in (LeadState.READY, LeadState.WAITING)
    ]
    first = sa.union_all(*several).subquery()
    given = sa.select(contacts.c.id).join(first, first.c.contact_id == contacts.c.id)
    return await connection.scalar(given.where(contacts.c.consent == "given").limit(1)) is not None
