"""Projects: the list of them, and for each its forms, what would happen to a call, and who changed what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.destinations import DestinationKind
from telemarket.calls.hours import is_open, next_opening
from telemarket.calls.model import Project
from telemarket.calls.outlook import in_words, outlook
from telemarket.calls.plan_rules import KEYS, find_problems, time_zones
from telemarket.calls.problems import Problem
from telemarket.calls.project_fields import ProjectFields
from telemarket.calls.projects import Change, Listed, OperatorChanges
from telemarket.calls.skills import Skills, unmet_skills
from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_
from telemarket.core.moments import read_moment
from telemarket.core.roles import Permission, User, require
from telemarket.desk.context import fragment, page, services_of, translator_of, user_of
from telemarket.desk.project_forms import day_bar, destinations, operators, words
from telemarket.desk.project_forms.draft import Draft
from telemarket.desk.project_forms.menu import NODE_KINDS, tree
from telemarket.desk.project_forms.sections import SECTIONS, Section

_LARGEST_FORM = 1_000_000
_MOST_FIELDS = 8000
_TITLES = {"operators": N_("Operators"), **{section.key: section.title for section in SECTIONS.values()}}
_ACTIVE = N_("whether it takes calls")
TABS = {
    "": N_("Overview"),
    "basics": _TITLES.pop("basics"),
    **_TITLES,
    "results": N_("Results of conversations"),
    "messages": N_("Messages"),
}


class _ChangedMeanwhile(Exception):
    """Somebody else saved the form that is being saved."""


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/projects", project_list, methods=["GET"]),
        Route("/projects", add, methods=["POST"], max_body_size=4096),
        Route("/projects/-/openings", openings_bar, methods=["GET"]),
        Route("/projects/{number}", overview, methods=["GET"]),
        Route("/projects/{number}/outlook", call_outlook, methods=["GET"]),
        Route("/projects/{number}/active", set_active, methods=["POST"], max_body_size=4096),
        Route("/projects/{number}/operators", operators_page, methods=["GET"]),
        Route("/projects/{number}/operators", save_operators, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/projects/{number}/{section}", section_page, methods=["GET"]),
        Route("/projects/{number}/{section}", save_section, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def project_list(request: Request) -> Response:
    """Every project."""
    user = _supervisor(request)
    return await page(request, "projects/list.html", listed=await _list(request), supervisor=user)


async def add(request: Request) -> Response:
    """A new project, to be filled in on its page."""
    user, form = _supervisor(request), await request.form()
    number = str(form.get("number", "")).strip()
    await services_of(request).projects.add(number, name=str(form.get("name", "")), by=user.id)
    return Response(status_code=204, headers={"HX-Redirect": f"/projects/{number}"})


async def overview(request: Request) -> Response:
    """One project at a glance."""
    _supervisor(request)
    listed = await listed_of(request)
    projects = services_of(request).projects
    project = listed.project
    problems = [
        *find_problems(project.plan, await projects.surroundings(project.number)),
        *unmet_skills(project, await projects.skills.of_everybody()),
    ]
    return await framed(
        request,
        "projects/overview.html",
        "",
        listed,
        history=[(change, _titles(change)) for change in await projects.history(listed.project.number)],
        problems=[(_section_of(problem.field), problem) for problem in problems],
        sentences=_outlook(request, listed.project, services_of(request).clock()),
        plan_words=words,
        **_opening(request, listed.project),
    )


async def call_outlook(request: Request) -> Response:
    """What would happen to a call at another time, from a number."""
    _supervisor(request)
    services, query = services_of(request), request.query_params
    project = (await listed_of(request)).project
    zone = translator_of(request).zone
    at = services.clock()
    if query.get("at"):
        at = read_moment(query["at"], N_("This is not a date and time."), field="at", zone=zone)
    contact = (await services.contacts.match(query["from"])).contact if query.get("from", "").strip() else None
    sentences = _outlook(request, project, at, vip=contact is not None and contact.vip)
    return fragment(request, "projects/outlook.html", sentences=sentences, contact=contact, at=at)


async def set_active(request: Request) -> Response:
    """Let a project take calls, or no longer."""
    user, form = _supervisor(request), await request.form()
    number = request.path_params["number"]
    await services_of(request).projects.update(number, active=form.get("active") == "1", by=user.id)
    return Response(status_code=204, headers={"HX-Redirect": f"/projects/{number}"})


async def section_page(request: Request) -> Response:
    """One form of a project."""
    _supervisor(request)
    section, listed = _section(request), await listed_of(request)
    draft = section.draft(listed.project)
    seen = draft.digest
    around = await services_of(request).projects.surroundings(listed.project.number)
    section.check(draft, listed.project, around)
    return await framed(
        request,
        "projects/form.html",
        section.key,
        listed,
        saved=False,
        conflict="",
        fresh="",
        **await _form(request, section, listed.project, draft, seen),
    )


async def save_section(request: Request) -> Response:
    """Keep a form, or add a line to it, or take one away; whatever is wrong, what was typed stays in it."""
    user, section, listed = _supervisor(request), _section(request), await listed_of(request)
    form = await request.form(max_fields=_MOST_FIELDS)
    draft, seen, what = Draft.sent(form.multi_items()), str(form.get("seen", "")), str(form.get("do", "save"))
    saved, conflict = False, ""
    projects = services_of(request).projects
    if what != "save":
        _edit(section, draft, what)
    else:
        section.check(draft, listed.project, await projects.surroundings(listed.project.number))
        if not draft.errors:
            try:
                project = await projects.edit(listed.project.number, _change(section, draft, seen), user.id)
                listed = listed._replace(project=project)
                warnings, draft = draft.problems, section.draft(project)
                seen, saved = draft.digest, True
                draft.problems = [problem for problem in warnings if problem.warning]
            except _ChangedMeanwhile:
                listed = await listed_of(request)
                seen, conflict = section.draft(listed.project).digest, await _who_changed(request)
            except InvalidInput as error:
                draft.problems.append(Problem(section.place(error.field, draft), error.message))
    context = await _form(request, section, listed.project, draft, seen)
    context |= {"project": listed.project, "saved": saved, "conflict": conflict, "fresh": what}
    return fragment(request, "projects/form.html", **context)


async def operators_page(request: Request) -> Response:
    """Who serves a project."""
    _supervisor(request)
    listed = await listed_of(request)
    draft = await _operators(request, listed.project)
    context = {"draft": draft, "seen": draft.digest, "saved": False, "conflict": "", "section_key": "operators"}
    return await framed(request, "projects/operators_form.html", "operators", listed, strays=[], **context)


async def save_operators(request: Request) -> Response:
    """Keep who serves a project, in which order, and what they are good at."""
    user, listed = _supervisor(request), await listed_of(request)
    form = await request.form(max_fields=_MOST_FIELDS)
    draft, seen = Draft.sent(form.multi_items()), str(form.get("seen", ""))
    before = await _operators(request, listed.project)
    operators.read(draft, before)
    if draft.errors:
        return _operators_form(request, listed.project, draft, seen)
    people = await _with_telephone(request)

    def change(project: Project, skills: Mapping[int, Skills]) -> OperatorChanges:
        now = operators.show(project, people, skills)
        if now.digest != seen:
            raise _ChangedMeanwhile
        return operators.read(draft, now)

    try:
        project = await services_of(request).projects.edit_operators(listed.project.number, change, user.id)
    except _ChangedMeanwhile:
        listed = await listed_of(request)
        fresh, conflict = (await _operators(request, listed.project)).digest, await _who_changed(request)
        return _operators_form(request, listed.project, draft, fresh, conflict=conflict)
    draft = await _operators(request, project)
    return _operators_form(request, project, draft, draft.digest, saved=True)


async def openings_bar(request: Request) -> Response:
    """A day's hours drawn, while they are being typed."""
    _supervisor(request)
    text = next(iter(request.query_params.values()), "")
    try:
        spans = day_bar.spans(text)
    except InvalidInput as error:
        return fragment(request, "projects/day_bar.html", spans=[], problem=error.message)
    return fragment(request, "projects/day_bar.html", spans=spans, problem="")


async def listed_of(request: Request) -> Listed:
    """The project in the address; raises NotFound."""
    return await services_of(request).projects.listed(request.path_params["number"])


async def framed(request: Request, template: str, tab: str, listed: Listed, **context: Any) -> Response:
    """A page of a project, with the way to its other forms beside it."""
    return await page(
        request,
        "projects/frame.html",
        inner=template,
        tab=tab,
        tabs=TABS,
        project=listed.project,
        active=listed.active,
        **context,
    )


def _supervisor(request: Request) -> User:
    user = user_of(request)
    require(user, Permission.MANAGE_PROJECTS)
    return user


def _section(request: Request) -> Section:
    section = SECTIONS.get(request.path_params["section"])
    if section is None:
        raise NotFound(N_("There is no such page."))
    return section


async def _list(request: Request) -> list[tuple[Listed, bool]]:
    services = services_of(request)
    now, zone = services.clock().timestamp(), services.settings.timezone
    found = await services.projects.list_all()
    return [(listed, is_open(listed.project.plan.hours, now, zone)) for listed in found]


async def _form(request: Request, section: Section, project: Project, draft: Draft, seen: str) -> dict[str, Any]:
    services = services_of(request)
    probe = Draft(draft.raw)
    plan = section.read(probe, project).get("plan", project.plan)
    return {
        "section": section,
        "section_key": section.key,
        "strays": [problem for problem in draft.errors if not section.has(problem.field)],
        "plan_words": words,
        "draft": draft,
        "seen": seen,
        "keys": KEYS,
        "node_kinds": NODE_KINDS,
        "tree": [] if probe.errors else tree(plan.menu),
        "in_words": in_words,
        "spans": day_bar.spans_or_none,
        **_opening(request, project),
        "kinds": destinations.KINDS,
        "without_value": destinations.WITHOUT_VALUE,
        "choices": {
            "sounds": sorted(await services.sounds.names()),
            "zones": sorted(time_zones()) if section.key == "hours" else [],
            DestinationKind.QUEUE: [
                (p.number, p.name) for p in await services.projects.load_all() if p.number != project.number
            ],
            DestinationKind.OPERATOR: [(user.login, user.name) for user in await _with_telephone(request)],
            DestinationKind.NODE: [(name, "") for name in plan.menu],
        },
    }


def _change(section: Section, draft: Draft, seen: str) -> Any:
    def change(project: Project) -> ProjectFields:
        if section.draft(project).digest != seen:
            raise _ChangedMeanwhile
        return section.read(draft, project)

    return change


def _edit(section: Section, draft: Draft, what: str) -> None:
    """Carry out a button of the form that keeps nothing yet: `add:PATH`, `remove:PATH`, or one of its own."""
    verb, _, path = what.partition(":")
    if section.editor is None:
        return
    if verb == "add" and path.startswith(section.editor.root):
        draft.add_row(path, section.editor.blank(draft, path))
    elif verb == "remove" and path.startswith(section.editor.root):
        draft.remove_row(path)
    else:
        section.editor.act(draft, what)


async def _operators(request: Request, project: Project) -> Draft:
    skills = await services_of(request).projects.skills.of_everybody()
    return operators.show(project, await _with_telephone(request), skills)


async def _with_telephone(request: Request) -> list[User]:
    return [user for user in await services_of(request).identity.users(active_only=True) if user.endpoint]


def _operators_form(
    request: Request, project: Project, draft: Draft, seen: str, *, saved: bool = False, conflict: str = ""
) -> Response:
    context: dict[str, Any] = {"draft": draft, "seen": seen, "saved": saved, "conflict": conflict}
    context |= {"project": project, "section_key": "operators", "strays": []}
    return fragment(request, "projects/operators_form.html", **context)


async def _who_changed(request: Request) -> str:
    """Who changed the project last; never empty."""
    for change in await services_of(request).projects.history(request.path_params["number"], 1):
        if change.author:
            return change.author
    return "—"


def _section_of(field: str) -> str:
    """The form a field of the project, or the first part of it, is in; empty: in none."""
    forms = SECTIONS.values()
    return next((form.key for form in forms if form.has(field) or form.has_part_of(field)), "")


def _titles(change: Change) -> list[str]:
    """What was changed, as the titles of the forms it is in."""
    if change.action != "project.change":
        return list(change.fields)
    titles = (TABS[key] if (key := _section_of(field)) else _ACTIVE for field in change.fields)
    return list(dict.fromkeys(titles))


def _outlook(request: Request, project: Project, at: datetime, *, vip: bool = False) -> list[str]:
    text = translator_of(request)
    sentences = outlook(project.plan, at.timestamp(), services_of(request).settings.timezone, vip=vip)
    return [text.message(sentence) for sentence in sentences]


def _opening(request: Request, project: Project) -> dict[str, Any]:
    """Whether a project is open, and when it opens next (None: not in the year to come)."""
    services = services_of(request)
    now = services.clock()
    opens = next_opening(project.plan.hours, now.timestamp(), services.settings.timezone)
    opening = None if opens is None else datetime.fromtimestamp(opens, now.tzinfo)
    return {"open_now": opens == now.timestamp(), "opening": opening}
