"""The settings of a campaign: its forms, kept as filled in whatever is wrong with them."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.plan_rules import time_zones
from telemarket.calls.problems import Problem
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, Translator
from telemarket.desk import campaign_words
from telemarket.desk.campaign_forms import SECTIONS, Section
from telemarket.desk.campaign_pages import campaign_of, framed, manager, rewrite
from telemarket.desk.context import fragment, services_of, translator_of
from telemarket.desk.project_forms import day_bar, words
from telemarket.desk.project_forms.draft import Draft
from telemarket.dialer.model import Campaign
from telemarket.dialer.profiles import PROFILE_WORDS, PROFILES
from telemarket.dialer.terms_rules import terms_problems

_LARGEST_FORM = 1_000_000
_MOST_FIELDS = 8000
_TEMPLATE = "campaigns/settings_form.html"


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    settings = "/campaigns/{campaign_id:int}/settings"
    return [
        Route(settings, first, methods=["GET"]),
        Route(f"{settings}/{{section}}", section_page, methods=["GET"]),
        Route(f"{settings}/{{section}}", save_section, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def first(request: Request) -> Response:
    """The first of the forms."""
    return RedirectResponse(f"{request.url.path}/{next(iter(SECTIONS))}", 303)


async def section_page(request: Request) -> Response:
    """One form of a campaign."""
    manager(request)
    section, campaign = _section(request), await campaign_of(request)
    draft = section.draft(campaign, translator_of(request))
    seen = draft.digest
    section.check(draft, list(terms_problems(campaign.terms)))
    context = await _form(request, section, campaign, draft)
    context |= {"seen": seen, "saved": False, "conflict": "", "fresh": ""}
    return await framed(request, "campaigns/settings.html", "settings", sections=SECTIONS, **context)


async def save_section(request: Request) -> Response:
    """Keep a form, or add a line to it, or take one away; whatever is wrong, what was typed stays in it."""
    user, section, campaign, text = (
        manager(request),
        _section(request),
        await campaign_of(request),
        translator_of(request),
    )
    async with request.form(max_fields=_MOST_FIELDS) as form:
        draft, seen, what = Draft.sent(form.multi_items()), str(form.get("seen", "")), str(form.get("do", "save"))
    saved, conflict = False, False
    if what == "profile":
        draft = _with_profile(section, draft, campaign, text)
    elif what != "save":
        _edit(section, draft, what)
    else:
        changes = section.read(draft, campaign, text)
        section.check(draft, list(terms_problems(changes.get("terms", campaign.terms))))
        current = section.draft(campaign, text).digest
        if not draft.errors and current != seen:
            seen, conflict = current, True
        elif not draft.errors:
            try:
                campaign = await rewrite(request, campaign, user, **changes)
                draft = section.draft(campaign, text)
                seen, saved = draft.digest, True
            except InvalidInput as error:
                draft.problems.append(Problem(section.place(error.field, draft), error.message))
    context = await _form(request, section, campaign, draft)
    return fragment(request, _TEMPLATE, seen=seen, saved=saved, conflict=conflict, fresh=what, **context)


def _section(request: Request) -> Section:
    section = SECTIONS.get(request.path_params["section"])
    if section is None:
        raise NotFound(N_("There is no such page."))
    return section


def _with_profile(section: Section, draft: Draft, campaign: Campaign, text: Translator) -> Draft:
    """The form with the values of the profile that is chosen in it."""
    profile = PROFILES.get(draft.value("terms.profile.name"), campaign.terms.profile)
    terms = msgspec.structs.replace(campaign.terms, profile=profile)
    return section.draft(msgspec.structs.replace(campaign, terms=terms), text)


def _edit(section: Section, draft: Draft, what: str) -> None:
    """Carry out a button of the form that keeps nothing yet: `add:PATH`, `remove:PATH`, or one of its editor's own."""
    verb, _, path = what.partition(":")
    if section.editor is None:
        return
    if verb == "add" and path.startswith(section.editor.root):
        draft.add_row(path, section.editor.blank(draft, path))
    elif verb == "remove" and path.startswith(section.editor.root):
        draft.remove_row(path)
    else:
        section.editor.act(draft, what)


async def _form(request: Request, section: Section, campaign: Campaign, draft: Draft) -> dict[str, Any]:
    services = services_of(request)
    return {
        "section": section,
        "campaign": campaign,
        "draft": draft,
        "strays": [problem for problem in draft.errors if not section.has(problem.field)],
        "plan_words": words,
        "texts": campaign_words,
        "spans": day_bar.spans_or_none,
        "profile_words": PROFILE_WORDS,
        "people": [(user.login, user.name) for user in await services.cards.people.active()],
        "sounds": sorted(await services.sounds.names()),
        "zones": sorted(time_zones()) if section.key == "hours" else [],
    }
