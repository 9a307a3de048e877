"""What a card shows of a campaign's lead, and reading it from the rooms that know."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from babel.numbers import get_territory_currencies

from telemarket.calls.views import CallView
from telemarket.core.clock import Clock
from telemarket.desk.campaign_words import OUTCOMES
from telemarket.desk.people import People
from telemarket.desk.words import SKIP_REASONS
from telemarket.dialer.campaigns import CampaignService
from telemarket.dialer.dispositions import Dispositions
from telemarket.dialer.lead_views import PastAttempt
from telemarket.dialer.leads import Leads
from telemarket.dialer.model import Act, Chosen, Disposition
from telemarket.dialer.promises import Promise, Promises
from telemarket.messaging.model import Template
from telemarket.messaging.templates import Templates

_ASKING = frozenset({Act.CALLBACK_MINE, Act.CALLBACK_ANY, Act.TASK, Act.PROMISE})
"""Results about which something more has to be said."""

_SHOWN = 3  # attempts a card shows
_STEP = 900.0  # seconds
_TOLD = {outcome.value: word for outcome, word in OUTCOMES.items()}


class CallBefore(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt of the lead before this one. `came_to` is the result chosen, or how the call ended; it and `note` may
    be marked for translation."""

    at: datetime
    operator: str
    came_to: str
    note: str


class ResultChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The results to choose from, as of `at`. `result` is the one chosen, `chosen` what was said of it (None if that
    was on another page); `messages` are those that results send, by their templates' ids."""

    dispositions: Sequence[Disposition]
    messages: Mapping[int, Template]
    currency: str
    at: datetime
    result: Disposition | None = None
    chosen: Chosen | None = None

    def asks(self, disposition: Disposition) -> bool:
        """Whether something more has to be said about this result."""
        return disposition.act in _ASKING

    def sends(self, disposition: Disposition) -> Template | None:
        """The message this result sends to the customer."""
        return self.messages.get(disposition.template_id or 0)

    def proposed(self, disposition: Disposition) -> datetime:
        """When it might be, at a quarter of an hour: the times people agree on."""
        at = self.at + timedelta(seconds=disposition.after)
        return at + timedelta(seconds=-at.timestamp() % _STEP)


class LeadCard(msgspec.Struct, frozen=True, kw_only=True):
    """A lead as its card shows it."""

    campaign: str
    name: str
    values: Mapping[str, Any]
    before: Sequence[CallBefore]
    promise: Promise | None
    choice: ResultChoice


class LeadReader:
    """Reads leads for cards. `region` is the house's, in whose money payments are promised first."""

    def __init__(
        self,
        leads: Leads,
        campaigns: CampaignService,
        dispositions: Dispositions,
        promises: Promises,
        templates: Templates,
        people: People,
        clock: Clock,
        region: str,
    ) -> None:
        self._leads = leads
        self._campaigns = campaigns
        self._dispositions = dispositions
        self._promises = promises
        self._templates = templates
        self._people = people
        self._clock = clock
        self._currency = next(iter(get_territory_currencies(region)), "")

    async def read(self, call: CallView) -> LeadCard:
        """The lead of a campaign's call. Raises NotFound."""
        assert call.lead_id is not None and call.campaign_id is not None  # noqa: S101, PT018
        lead = await self._leads.lead(call.lead_id)
        promises = await self._promises.of_lead(lead.id)
        choice = await self.choice(call.project.id, promises[0].currency if promises else "")
        offered = choice.dispositions
        mine = next((each.disposition_id for each in lead.past if each.id == call.id), None)
        await self._people.active()
        names = await self._dispositions.names(call.project.id)
        return LeadCard(
            campaign=(await self._campaigns.get(call.campaign_id)).name,
            name=lead.name,
            values=lead.values,
            before=[self._before(each, names) for each in lead.past if each.id != call.id and each.outcome][:_SHOWN],
            promise=promises[0] if promises else None,
            choice=msgspec.structs.replace(choice, result=_find(offered, mine)),
        )

    async def choice(self, project_id: int, currency: str = "") -> ResultChoice:
        """The results of a project; promises are made in `currency`, or in the house's. Raises NotFound."""
        offered = await self._dispositions.of_project(project_id)
        sends = any(each.template_id for each in offered)
        messages = await self._templates.of_project(project_id) if sends else ()
        return ResultChoice(
            dispositions=offered,
            messages={each.id: each for each in messages},
            currency=currency or self._currency,
            at=self._clock(),
        )

    def _before(self, attempt: PastAttempt, names: Mapping[int, str]) -> CallBefore:
        ended = _TOLD.get(attempt.outcome, attempt.outcome)
        return CallBefore(
            at=attempt.dialed_at or attempt.claimed_at,
            operator=self._people.name(attempt.agent_id),
            came_to=names.get(attempt.disposition_id or 0, ended),
            note=attempt.note or SKIP_REASONS.get(attempt.reason, attempt.reason),
        )


def with_result(lead: LeadCard, chosen: Chosen) -> LeadCard:
    """The lead with this result."""
    result = _find(lead.choice.dispositions, chosen.disposition_id)
    return msgspec.structs.replace(lead, choice=msgspec.structs.replace(lead.choice, result=result, chosen=chosen))


def _find(offered: Sequence[Disposition], disposition_id: int | None) -> Disposition | None:
    return next((each for each in offered if each.id == disposition_id), None)
