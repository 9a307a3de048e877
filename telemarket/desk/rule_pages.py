"""The nightly rules of a campaign: the list of them, and each one's form with whom it would find."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.problems import Problem
from telemarket.casework.model import ChoiceList
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.desk import campaign_words, rule_forms
from telemarket.desk.campaign_pages import campaign_of, framed, manager
from telemarket.desk.contact_search_pages import filter_choices
from telemarket.desk.context import fragment, services_of, text_of
from telemarket.desk.project_forms.draft import Draft
from telemarket.dialer.model import Campaign
from telemarket.dialer.rule_model import LeadRule, Rule, RulePreview

_LARGEST_FORM = 100_000


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    rules = "/campaigns/{campaign_id:int}/rules"
    return [
        Route(rules, overview, methods=["GET"]),
        Route(f"{rules}/{{rule_id:int}}", rule_page, methods=["GET"]),
        Route(f"{rules}/{{rule_id:int}}", save, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{rules}/{{rule_id:int}}", remove, methods=["DELETE"]),
    ]


async def overview(request: Request) -> Response:
    """A campaign's rules and what became of their last runs."""
    manager(request)
    campaign = await campaign_of(request)
    rules = await services_of(request).rules.of_campaign(campaign.id)
    return await framed(request, "campaigns/rules.html", "rules", campaign=campaign, rules=rules)


async def rule_page(request: Request) -> Response:
    """One rule; the number 0 is a new one."""
    manager(request)
    campaign = await campaign_of(request)
    rule = await _rule(request, campaign)
    draft = rule_forms.show(rule)
    context = await _form(request, campaign, rule, draft, draft.digest)
    return await framed(request, "campaigns/rule.html", "rules", campaign=campaign, **context)


async def save(request: Request) -> Response:
    """Keep a rule, try it, or change its lines; whatever is wrong, what was typed stays in it."""
    user, campaign, rules = manager(request), await campaign_of(request), services_of(request).rules
    kept = await _rule(request, campaign)
    async with request.form() as form:
        draft, seen, what = Draft.sent(form.multi_items()), text_of(form, "seen"), text_of(form, "do") or "save"
    preview: RulePreview | None = None
    conflict = False
    verb, _, path = what.partition(":")
    if verb == "add" and path in rule_forms.LISTS:
        draft.add_row(path, dict(rule_forms.LISTS[path]))
    elif verb == "remove":
        draft.remove_row(path)
    else:
        wanted = rule_forms.read(draft, kept)
        try:
            if not draft.errors and what == "preview":
                preview = await rules.preview(wanted.rule, campaign.id)
            elif not draft.errors and seen != (current := rule_forms.show(kept).digest):
                seen, conflict = current, True
            elif not draft.errors:
                await rules.save(wanted, user)
                return Response(status_code=204, headers={"HX-Redirect": f"/campaigns/{campaign.id}/rules"})
        except InvalidInput as error:
            draft.problems.append(Problem(error.field, error.message))
    context = await _form(request, campaign, kept, draft, seen)
    context |= {"preview": preview, "fresh": what, "conflict": conflict}
    return fragment(request, "campaigns/rule.html", campaign=campaign, **context)


async def remove(request: Request) -> Response:
    """Forget a rule."""
    user, campaign = manager(request), await campaign_of(request)
    rule = await _rule(request, campaign)
    await services_of(request).rules.remove(rule.id, user)
    return Response(status_code=204, headers={"HX-Redirect": f"/campaigns/{campaign.id}/rules"})


async def _rule(request: Request, campaign: Campaign) -> LeadRule:
    rule_id: int = request.path_params["rule_id"]
    if not rule_id:
        return LeadRule(campaign_id=campaign.id, name="", rule=Rule())
    for rule in await services_of(request).rules.of_campaign(campaign.id):
        if rule.id == rule_id:
            return rule
    raise NotFound(N_("There is no such rule."))


async def _form(request: Request, campaign: Campaign, rule: LeadRule, draft: Draft, seen: str) -> dict[str, Any]:
    services = services_of(request)
    topics = (await services.casework.choices(campaign.project_id))[ChoiceList.TOPIC]
    return {
        "rule": rule,
        "draft": draft,
        "seen": seen,
        "conflict": False,
        "preview": None,
        "fresh": "",
        "texts": campaign_words,
        "topics": [("", "—"), *((str(topic.id), topic.name) for topic in topics)],
        "people": [("", "—"), *((str(user.id), user.name) for user in await services.cards.people.active())],
        **await filter_choices(services),
    }
