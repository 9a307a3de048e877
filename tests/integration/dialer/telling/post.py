"""A house whose results send messages, and gateways that say what they are told to."""

import asyncio
from collections.abc import Sequence

import msgspec

from telemarket.core.database import Database
from telemarket.dialer.limits import forbids_messages
from telemarket.dialer.model import Act, Attempt
from telemarket.messaging.model import Channel, Message, Template
from telemarket.messaging.sender import Sender
from telemarket.messaging.templates import Templates
from tests.integration.dialer.nightly.night import NightHouse

SMS = "{{ customer.name }}, чекаємо {{ promise.amount }} {{ promise.currency }} до {{ promise.pay_by }}."
MAIL = "{{ customer.name }}: {{ result.name }}. {{ operator.name }}, договір {{ customer.values['Договір'] }}"


class Post:
    """A gateway that notes what it was given. What it is to say comes from `says`; then it takes everything."""

    def __init__(self, *says: Exception) -> None:
        self.given: list[Message] = []
        self.says = list(says)
        self.busy = asyncio.Event()  # it has a message
        self.free = asyncio.Event()  # it may answer
        self.free.set()

    async def send(self, message: Message) -> str:
        self.given.append(message)
        self.busy.set()
        await self.free.wait()
        if self.says:
            raise self.says.pop(0)
        return f"ref-{len(self.given)}"

    async def close(self) -> None:
        """Nothing is open."""


class PostHouse(NightHouse):
    """`senders` have no gateway of the house's own: each test gives one."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.templates = Templates(database, lambda: self.now)

    async def write_templates(self) -> None:
        """A promise sends an SMS, an agreement a mail."""
        project = await self.project()
        wanted = [
            Template(id=0, project_id=project, name="Нагадування", channel=Channel.SMS, body=SMS),
            Template(id=0, project_id=project, name="Лист", channel=Channel.MAIL, subject="Дякуємо", body=MAIL),
        ]
        mail, sms = await self.templates.save(project, wanted, self.boss)
        await self.have_sent({Act.PROMISE: sms.id, Act.CLOSE: mail.id})

    async def have_sent(self, templates: dict[Act, int]) -> None:
        """Have these results send these templates."""
        project = await self.project()
        results = await self.dispositions.of_project(project)
        with_templates = [msgspec.structs.replace(each, template_id=templates.get(each.act)) for each in results]
        await self.dispositions.save(project, with_templates, self.boss)

    async def talked(
        self, number: str = "0670000001", values: dict[str, object] | None = None, **person: object
    ) -> Attempt:
        """Somebody of a running campaign has been talked with; `values` are the lead's."""
        campaign = await self.campaign()
        contact = await self.person("Коваль", number, **person)
        lead = self.lead_data(contact, name="Петро Коваль", values=values or {"Договір": "К-7"})
        await self.leads.add(campaign.id, [lead], "test", None)
        return await self.talk(campaign)

    def sender(self, post: Post | None, channel: Channel = Channel.SMS) -> Sender:
        """Carries the messages of a channel away."""
        return Sender(self.database, lambda: self.now, channel, post, forbids_messages)

    async def outgoing(self) -> Sequence[Message]:
        """Every message, the newest first."""
        return (await self.outbox.page()).messages
