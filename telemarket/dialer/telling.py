"""What a message to a customer may say of his conversation."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from telemarket.calls.plan_text import decode_plan
from telemarket.calls.tables import projects
from telemarket.contacts.shown import attribute, lead_value
from telemarket.contacts.tables import attribute_types, contacts
from telemarket.core.i18n import Translator, translator
from telemarket.dialer.acts import Given
from telemarket.dialer.tables import leads


async def known_of(connection: AsyncConnection, given: Given, zone: ZoneInfo) -> dict[str, dict[str, Any]]:
    """The values for the customer's message, by the names templates have for them; times are those of `zone`, written
    in the project's language."""
    attempt, chosen = given.attempt, given.chosen
    query = (
        sa.select(
            leads.c.name,
            leads.c["values"].label("lead_values"),
            contacts.c.name.label("contact_name"),
            contacts.c.company,
            contacts.c.attributes,
            projects.c.number.label("project_number"),
            projects.c.name.label("project_name"),
            projects.c.plan,
        )
        .select_from(leads.outerjoin(contacts, contacts.c.id == attempt.contact_id))
        .join(projects, projects.c.id == attempt.project_id)
        .where(leads.c.id == attempt.lead_id)
    )
    row = (await connection.execute(query)).one()
    typed = sa.select(attribute_types.c.name, attribute_types.c.kind).order_by(attribute_types.c.position.desc())
    kinds: dict[str, str] = dict((await connection.execute(typed)).all())
    say = translator(decode_plan(row.plan).language, zone.key)
    promise: dict[str, str] = {}
    if chosen.amount is not None and chosen.pay_by is not None:
        promise = {
            "amount": say.decimal(chosen.amount),
            "currency": chosen.currency,
            "pay_by": say.day(chosen.pay_by),
        }
    return {
        "customer": {
            "name": row.name or row.contact_name or "",
            "company": row.company or "",
            "number": attempt.number,
            "values": {
                **{name: _attribute(say, value, kinds.get(name, "")) for name, value in (row.attributes or {}).items()},
                **{name: "" if value is None else lead_value(say, value) for name, value in row.lead_values.items()},
            },
        },
        "project": {"number": row.project_number, "name": row.project_name},
        "operator": {"name": given.user.name},
        "result": {
            "name": given.disposition.name,
            "due": _moment(chosen.due.astimezone(zone), say) if chosen.due else "",
        },
        "promise": promise,
    }


def _attribute(say: Translator, value: str, kind: str) -> str:
    """As people read it; a "no" is nothing, so that a text can ask for it."""
    return "" if kind == "flag" and value == "0" else attribute(say, value, kind)


def _moment(moment: datetime, say: Translator) -> str:
    """With its day, whenever it is read."""
    return f"{say.day(moment)} {moment:%H:%M}"
