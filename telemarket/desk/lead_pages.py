"""The leads of a campaign: the list, one lead with its attempts, adding more, closing, calling again, handing out."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.contacts.search import ContactFilter
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, Translator
from telemarket.core.roles import User
from telemarket.desk import campaign_words
from telemarket.desk.campaign_pages import LARGEST_ID, campaign_of, framed, manager
from telemarket.desk.contact_search_pages import filter_choices, read_filter
from telemarket.desk.context import (
    fragment,
    optional_whole,
    services_of,
    text_of,
    toasted,
    translator_of,
    user_of,
    whole,
)
from telemarket.desk.lead_export import attempt_rows, lead_rows
from telemarket.desk.services import DeskServices
from telemarket.desk.spreadsheets import table_file
from telemarket.dialer.lead_views import LeadFilter
from telemarket.dialer.model import Campaign, LeadState

_LARGEST_FORM = 2_000_000
_PAGE = 50
_SAMPLE = 5
_MOST_CHOSEN = 1000
_BY_HAND = "supervisor"


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    one = "/campaigns/{campaign_id:int}"
    return [
        Route(f"{one}/leads", leads_page, methods=["GET"]),
        Route(f"{one}/leads.{{ending}}", export_leads, methods=["GET"]),
        Route(f"{one}/attempts.{{ending}}", export_attempts, methods=["GET"]),
        Route(f"{one}/leads/chosen", act_on_chosen, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/leads/again", call_again, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/leads/add", add_page, methods=["GET"]),
        Route(f"{one}/leads/add/found", found_contacts, methods=["GET"]),
        Route(f"{one}/leads/add/status", intake_status, methods=["GET"]),
        Route(f"{one}/leads/add/stop", stop_intake, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/leads/add/{{source}}", add, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{one}/leads/{{lead_id:int}}", lead_page, methods=["GET"]),
    ]


async def leads_page(request: Request) -> Response:
    """Leads, page by page."""
    manager(request)
    services, query, campaign = services_of(request), request.query_params, await campaign_of(request)
    state, text = query.get("state", ""), query.get("q", "").strip()
    found = await services.leads.page(
        campaign.id,
        state=LeadState(state) if state in set(LeadState) else None,
        text=text,
        after=optional_whole(query.get("after"), "after"),
        limit=_PAGE,
    )
    context: dict[str, Any] = {
        "found": found,
        "query": {name: value for name, value in (("state", state), ("q", text)) if value},
        "campaign": campaign,
        "texts": campaign_words,
        **await _names(services, campaign),
    }
    if "after" in query:
        return fragment(request, "campaigns/lead_rows.html", **context)
    context["counts"] = await services.campaigns.counts(campaign.id)
    if request.headers.get("HX-Target") == "lead-results":
        return fragment(request, "campaigns/lead_results.html", **context)
    return await framed(request, "campaigns/leads.html", "leads", **context)


async def lead_page(request: Request) -> Response:
    """One lead: its numbers, what is known of it, and every attempt."""
    manager(request)
    services, campaign = services_of(request), await campaign_of(request)
    lead = await services.leads.lead(min(request.path_params["lead_id"], LARGEST_ID))
    if lead.campaign_id != campaign.id:
        raise NotFound(N_("There is no such lead."))
    names = await _names(services, campaign)
    return await framed(request, "campaigns/lead.html", "leads", campaign=campaign, lead=lead, **names)


async def act_on_chosen(request: Request) -> Response:
    """Close the leads that are ticked, or let them be called again."""
    user, campaign = manager(request), await campaign_of(request)
    async with request.form(max_fields=_MOST_CHOSEN + 1) as form:  # with what is to be done
        chosen = [whole(value, "lead") for value in form.getlist("lead")]
        act = text_of(form, "do")
    if not chosen:
        raise InvalidInput(N_("Tick the leads first."))
    leads, text = services_of(request).leads, translator_of(request)
    if act == "close":
        count = await leads.close(campaign.id, chosen, _BY_HAND, user.id)
        told = text.ngettext("%(num)s lead is closed.", "%(num)s leads are closed.", count)
    else:
        count = await leads.reopen(campaign.id, chosen, user.id)
        told = _again(text, count)
    return toasted(told, "leads-changed")


async def call_again(request: Request) -> Response:
    """Let closed leads be called again that ended alike."""
    user, campaign = manager(request), await campaign_of(request)
    async with request.form() as form:
        outcome = text_of(form, "outcome")
        disposition = optional_whole(text_of(form, "disposition"), "disposition")
    if not outcome and disposition is None:
        raise InvalidInput(N_("Choose how they ended, or their result."), field="outcome")
    alike = LeadFilter(state=LeadState.CLOSED, outcome=outcome, disposition_id=disposition)
    count = await services_of(request).leads.reopen(campaign.id, alike, user.id)
    return toasted(_again(translator_of(request), count), "leads-changed")


async def add_page(request: Request) -> Response:
    """The ways leads come into a campaign."""
    manager(request)
    services, campaign = services_of(request), await campaign_of(request)
    return await framed(
        request,
        "campaigns/add_leads.html",
        "leads",
        campaign=campaign,
        intake=services.lead_intake.state(campaign.id),
        wanted=read_filter({}, user_of(request)),
        mine=False,
        people={user.id: user.name for user in await services.cards.people.active()},
        imports=[each for each in await services.imports.imports.recent() if each.state == "done"],
        backends=[each for each in await services.backends.overview() if not each.problem],
        **await filter_choices(services),
    )


async def found_contacts(request: Request) -> Response:
    """Whom the filter finds: the first of them, and how many where that is known."""
    user = manager(request)
    found = await services_of(request).contacts.find(read_filter(request.query_params, user), _SAMPLE)
    return fragment(request, "campaigns/found_contacts.html", found=found)


async def add(request: Request) -> Response:
    """Begin to add leads from one source. Answers with how far it is."""
    user, campaign, services = manager(request), await campaign_of(request), services_of(request)
    source, intake = request.path_params["source"], services.lead_intake
    async with request.form(max_part_size=_LARGEST_FORM) as form:
        given = {name: text_of(form, name) for name in form}
    match source:
        case "contacts":
            intake.contacts(campaign.id, _narrowed(given, user), user.id)
        case "import":
            intake.imported(campaign.id, whole(given.get("import"), "import"), user.id)
        case "backend":
            intake.backend(campaign.id, _known(await services.backends.overview(), given.get("backend", "")), user.id)
        case "numbers":
            intake.pasted(campaign.id, given.get("numbers", ""), user.id)
        case _:
            raise NotFound(N_("There is no such page."))
    return await intake_status(request)


def _narrowed(given: Mapping[str, str], user: User) -> ContactFilter:
    """Everybody is too many to be added by one press, or by an attribute whose value was forgotten."""
    wanted = read_filter(given, user)
    if bool(given.get("attribute", "").strip()) is not bool(given.get("value", "").strip()):
        raise InvalidInput(N_("Give the attribute and its value."), field="value")
    if wanted == ContactFilter():
        raise InvalidInput(N_("Choose which contacts."), field="text")
    return wanted


async def intake_status(request: Request) -> Response:
    """How far the list is that is being added."""
    manager(request)
    campaign = await campaign_of(request)
    state = services_of(request).lead_intake.state(campaign.id)
    return fragment(request, "campaigns/intake.html", campaign=campaign, intake=state)


async def stop_intake(request: Request) -> Response:
    """Give up the list that is being added."""
    manager(request)
    services_of(request).lead_intake.stop((await campaign_of(request)).id)
    return await intake_status(request)


async def export_leads(request: Request) -> Response:
    """Every lead as a table."""
    user, campaign, services = manager(request), await campaign_of(request), services_of(request)
    await services.audit.append(user.id, "campaign.export", f"leads of campaign {campaign.id}")
    rows = lead_rows(services, campaign, translator_of(request))
    return await table_file(rows, f"campaign-{campaign.id}-leads", _ending(request))


async def export_attempts(request: Request) -> Response:
    """Every attempt as a table."""
    user, campaign, services = manager(request), await campaign_of(request), services_of(request)
    await services.audit.append(user.id, "campaign.export", f"attempts of campaign {campaign.id}")
    rows = attempt_rows(services, campaign, translator_of(request))
    return await table_file(rows, f"campaign-{campaign.id}-attempts", _ending(request))


async def _names(services: DeskServices, campaign: Campaign) -> dict[str, Any]:
    """Of people and of results, by id, with those who left and those no longer offered."""
    return {
        "people": await services.cards.people.names(),
        "results": await services.dispositions.names(campaign.project_id),
    }


def _again(text: Translator, count: int) -> str:
    return text.ngettext("%(num)s lead will be called again.", "%(num)s leads will be called again.", count)


def _known(backends: list[Any], name: str) -> str:
    if name not in {each.name for each in backends}:
        raise InvalidInput(N_("There is no such source."), field="backend")
    return name


def _ending(request: Request) -> str:
    ending: str = request.path_params["ending"]
    if ending not in ("xlsx", "csv"):
        raise NotFound(N_("There is no such page."))
    return ending
