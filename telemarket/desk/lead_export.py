"""A campaign's leads and attempts as tables for other programs: in the reader's language, by the project's clock."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import msgspec

from telemarket.core.i18n import N_, Translator, translator
from telemarket.desk import campaign_words
from telemarket.desk.services import DeskServices
from telemarket.desk.words import SKIP_REASONS
from telemarket.dialer.lead_views import Lead, PastAttempt
from telemarket.dialer.model import Campaign, LeadState

_AT_ONCE = 500
_LEAD_HEADINGS = (
    N_("Lead"),
    N_("Contact"),
    N_("Name"),
    N_("Numbers"),
    N_("State"),
    N_("Why it is closed"),
    N_("Attempts"),
    N_("Last attempt"),
    N_("Result"),
    N_("Next attempt"),
    N_("Changed"),
    N_("Further values"),
)
_ATTEMPT_HEADINGS = (
    N_("Lead"),
    N_("Number"),
    N_("Dialed"),
    N_("Answered"),
    N_("Connected"),
    N_("Ended"),
    N_("Operator"),
    N_("How it ended"),
    N_("Reason"),
    N_("Result"),
    N_("Note"),
)


class _Words(msgspec.Struct, frozen=True):
    """What codes and ids are called."""

    text: Translator
    people: Mapping[int, str]
    results: Mapping[int, str]

    def moment(self, moment: datetime | None) -> str:
        return self.text.exact(moment) if moment else ""

    def person(self, user_id: int | None) -> str:
        return self.people.get(user_id, "") if user_id is not None else ""

    def result(self, disposition_id: int | None) -> str:
        return self.results.get(disposition_id, "") if disposition_id is not None else ""


async def lead_rows(services: DeskServices, campaign: Campaign, text: Translator) -> AsyncIterator[list[str]]:
    """Every lead, headings first."""
    words = await _words(services, campaign, text)
    yield [text.message(heading) for heading in _LEAD_HEADINGS]
    after: int | None = 0
    while after is not None:
        page = await services.leads.page(campaign.id, after=after, limit=_AT_ONCE)
        for lead in page.leads:
            yield _lead(lead, words)
        after = page.after


async def attempt_rows(services: DeskServices, campaign: Campaign, text: Translator) -> AsyncIterator[list[str]]:
    """Every attempt, headings first, then the newest."""
    words = await _words(services, campaign, text)
    yield [text.message(heading) for heading in _ATTEMPT_HEADINGS]
    after = None
    while True:
        page = await services.leads.attempts_page(campaign.id, after, _AT_ONCE)
        for attempt in page.attempts:
            yield _attempt(attempt, words)
        after = page.after
        if after is None:
            return


def _lead(lead: Lead, words: _Words) -> list[str]:
    say = words.text.message
    return [
        str(lead.id),
        str(lead.contact_id or ""),
        lead.name,
        ", ".join(number.number for number in lead.numbers),
        say(campaign_words.LEAD_STATES[lead.state]),
        say(campaign_words.closed_why(lead.closed_why)),
        str(lead.attempts),
        say(campaign_words.outcome(lead.outcome)),
        words.result(lead.disposition_id),
        words.moment(lead.due_at) if lead.state is not LeadState.CLOSED else "",
        words.moment(lead.changed_at),
        "; ".join(f"{name}: {value}" for name, value in lead.values.items()),
    ]


def _attempt(attempt: PastAttempt, words: _Words) -> list[str]:
    say = words.text.message
    moments = (attempt.dialed_at, attempt.answered_at, attempt.connected_at, attempt.ended_at)
    return [
        str(attempt.lead_id),
        attempt.number,
        *map(words.moment, moments),
        words.person(attempt.agent_id),
        say(campaign_words.outcome(attempt.outcome)),
        say(SKIP_REASONS.get(attempt.reason, attempt.reason)),
        words.result(attempt.disposition_id),
        attempt.note,
    ]


async def _words(services: DeskServices, campaign: Campaign, text: Translator) -> _Words:
    listed = await services.projects.list_all()
    plan = next(each.project.plan for each in listed if each.project.id == campaign.project_id)
    return _Words(
        translator(text.language, plan.hours.timezone or services.settings.timezone),
        await services.cards.people.names(),
        await services.dispositions.names(campaign.project_id),
    )
