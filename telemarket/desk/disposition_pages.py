"""The results operators choose from after a conversation: a project's own list, with a key and an act for each."""

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.problems import Problem
from telemarket.calls.projects import Listed
from telemarket.core.i18n import N_
from telemarket.desk import campaign_words
from telemarket.desk.campaign_pages import manager
from telemarket.desk.context import fragment, optional_whole, services_of
from telemarket.desk.project_forms.draft import Draft, Raw
from telemarket.desk.project_forms.editors import number
from telemarket.desk.project_forms.lists import Kept, keep
from telemarket.desk.project_forms.simple import number_text
from telemarket.desk.project_pages import framed, listed_of
from telemarket.dialer.model import Act, Disposition

_ROOT = "dispositions"
_MINUTE = 60.0
_LARGEST_FORM = 100_000
_BLANK: Raw = {"id": "0", "name": "", "key": "", "act": str(Act.CLOSE), "after": "1440", "success": ""}


def routes() -> list[BaseRoute]:
    """The routes of this module; before those of the projects' other forms."""
    path = "/projects/{number}/results"
    return [Route(path, results, methods=["GET"]), Route(path, save, methods=["POST"], max_body_size=_LARGEST_FORM)]


async def results(request: Request) -> Response:
    """A project's results."""
    manager(request)
    listed = await listed_of(request)
    draft = await _draft(request, listed)
    context = await _form(request, listed, Kept(draft, draft.digest))
    return await framed(request, "campaigns/results.html", "results", listed, **context)


async def save(request: Request) -> Response:
    """Keep the list, or add a line, move one, take one away; whatever is wrong, what was typed stays in it."""
    user, listed = manager(request), await listed_of(request)
    async with request.form() as form:
        draft, seen, what = Draft.sent(form.multi_items()), str(form.get("seen", "")), str(form.get("do", "save"))
    kept = Kept(draft, seen)
    if what != "save":
        _edit(draft, what)
    else:
        wanted = _read(draft, listed.project.id)
        store = partial(services_of(request).dispositions.save, listed.project.id, wanted, user)
        kept = await keep(draft, seen, partial(_draft, request, listed), store)
    context = await _form(request, listed, kept, fresh=what)
    return fragment(request, "campaigns/results.html", project=listed.project, **context)


async def _draft(request: Request, listed: Listed) -> Draft:
    rows = [
        {
            "id": str(each.id),
            "name": each.name,
            "key": each.key,
            "act": str(each.act),
            "after": number_text(each.after / _MINUTE),
            "success": "on" if each.success else "",
            "responsible": each.responsible,
            "template_id": str(each.template_id or ""),
        }
        for each in await services_of(request).dispositions.of_project(listed.project.id)
    ]
    return Draft({_ROOT: rows})


def _read(draft: Draft, project_id: int) -> list[Disposition]:
    wanted = []
    for path in draft.rows(_ROOT):
        act, key = draft.value(f"{path}.act"), draft.value(f"{path}.id")
        if act not in set(Act):
            draft.problems.append(Problem(f"{path}.act", N_("Say what it does.")))
            continue
        wanted.append(
            Disposition(
                id=int(key) if key.isdecimal() else 0,
                project_id=project_id,
                name=draft.value(f"{path}.name"),
                key=draft.value(f"{path}.key"),
                act=Act(act),
                after=_MINUTE * number(draft, f"{path}.after", draft.problems),
                success=bool(draft.value(f"{path}.success")),
                responsible=draft.value(f"{path}.responsible"),
                template_id=optional_whole(draft.value(f"{path}.template_id"), f"{path}.template_id"),
            )
        )
    return wanted


def _edit(draft: Draft, what: str) -> None:
    """Carry out a button that keeps nothing yet: `add:PATH`, `remove:PATH`, `up:PATH`."""
    verb, _, path = what.partition(":")
    if verb == "add":
        draft.add_row(_ROOT, dict(_BLANK))
    elif verb == "remove":
        draft.remove_row(path)
    elif verb == "up" and path in (paths := draft.rows(_ROOT)) and (place := paths.index(path)):
        rows = draft.raw[_ROOT]
        rows[place - 1 : place + 1] = reversed(rows[place - 1 : place + 1])


async def _form(request: Request, listed: Listed, kept: Kept, fresh: str = "") -> dict[str, Any]:
    services = services_of(request)
    people = await services.cards.people.active()
    return {
        **kept._asdict(),
        "fresh": fresh,
        "strays": kept.draft.exactly(_ROOT),
        "templates": await services.templates.of_project(listed.project.id),
        "people": [(user.login, user.name) for user in people],
        "texts": campaign_words,
    }
