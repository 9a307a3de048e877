"""Messages to customers as the desk meets them: texts of the project 077, and what became of messages."""

from typing import Any

import msgspec
import sqlalchemy as sa

from telemarket.core.clock import utc_now
from telemarket.core.i18n import to_stored
from telemarket.dialer.model import Act, Disposition
from telemarket.messaging.model import Channel, MessageState, Template
from telemarket.messaging.tables import messages
from tests.desk import INNA, Desk

SMS = Template(
    id=0, project_id=1, name="Реквізити", channel=Channel.SMS, body="{{ customer.name }}, сплатіть 4200 грн."
)
MAIL = Template(
    id=0,
    project_id=1,
    name="Подяка",
    channel=Channel.MAIL,
    subject="Дякуємо, {{ customer.name }}",
    body="Ваш менеджер {{ operator.name }}.\nДо зустрічі!",
)


async def written(desk: Desk, *templates: Template) -> tuple[Template, ...]:
    """Have the project offer these texts."""
    return await desk.services.templates.save(1, templates or (SMS, MAIL), desk.senior)


async def sent_by_result(desk: Desk, act: Act, template: Template) -> Disposition:
    """Have the project's first result that does this send a text besides."""
    results = list(await desk.services.dispositions.of_project(1))
    place = next(place for place, each in enumerate(results) if each.act is act)
    results[place] = msgspec.structs.replace(results[place], template_id=template.id)
    return (await desk.services.dispositions.save(1, results, desk.senior))[place]


async def message(
    desk: Desk, template: Template, state: MessageState = MessageState.QUEUED, reason: str = "", **values: Any
) -> int:
    """A message to Inna of a call of Olena's, as the outbox keeps it."""
    async with desk.database.write() as connection:
        await desk.services.outbox.put(
            connection,
            template.id,
            contact_id=desk.inna.id,
            number=INNA,
            known={"customer": {"name": desk.inna.name}, "operator": {"name": desk.operator.name}},
            call_id="old-0",
            user=desk.operator.id,
        )
        key = await connection.scalar(sa.select(sa.func.max(messages.c.id)))
        become = {"state": state.value, "reason": to_stored(reason) if reason else None, **values}
        if state is MessageState.SENT:
            become["sent_at"] = utc_now()
        await connection.execute(messages.update().where(messages.c.id == key).values(become))
    assert isinstance(key, int)
    return key
