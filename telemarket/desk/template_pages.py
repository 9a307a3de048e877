"""The texts of a project's messages to customers: written with values in them, and shown as they would read."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.calls.model import Project
from telemarket.calls.projects import Listed
from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.desk import message_words
from telemarket.desk.campaign_pages import manager
from telemarket.desk.context import fragment, services_of, text_of, translator_of, user_of, whole
from telemarket.desk.project_forms.draft import Draft, Raw
from telemarket.desk.project_forms.lists import Kept, keep
from telemarket.desk.project_pages import framed, listed_of
from telemarket.messaging import filling
from telemarket.messaging.model import Channel, Template
from telemarket.messaging.sms import segments

_ROOT = "templates"
_LARGEST_FORM = 8_000_000  # fifty long texts, whose letters take six bytes each on the way
_BLANK: Raw = {"id": "0", "name": "", "channel": str(Channel.SMS), "subject": "", "body": ""}


class Preview(NamedTuple):
    """How a text reads with example values in it, or what is wrong with it. `parts` are those an SMS is charged as."""

    subject: str = ""
    body: str = ""
    problem: str = ""
    parts: int = 0


def routes() -> list[BaseRoute]:
    """The routes of this module; before those of the projects' other forms."""
    path = "/projects/{number}/messages"
    return [
        Route(path, templates, methods=["GET"]),
        Route(path, save, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route(f"{path}/preview", preview, methods=["POST"], max_body_size=_LARGEST_FORM),
    ]


async def templates(request: Request) -> Response:
    """A project's texts."""
    manager(request)
    listed = await listed_of(request)
    draft = await _draft(request, listed)
    context = await _form(request, listed, Kept(draft, draft.digest))
    return await framed(request, "messages/templates.html", "messages", listed, **context)


async def save(request: Request) -> Response:
    """Keep the texts, or add one, or take one away; whatever is wrong, what was typed stays in the form."""
    user, listed = manager(request), await listed_of(request)
    async with request.form() as form:
        draft, seen, what = Draft.sent(form.multi_items()), text_of(form, "seen"), text_of(form, "do") or "save"
    verb, _, path = what.partition(":")
    kept = Kept(draft, seen)
    if verb == "add":
        draft.add_row(_ROOT, dict(_BLANK))
    elif verb == "remove":
        draft.remove_row(path)
    else:
        wanted = _read(draft, listed.project.id)
        store = partial(services_of(request).templates.save, listed.project.id, wanted, user)
        kept = await keep(draft, seen, partial(_draft, request, listed), store)
    context = await _form(request, listed, kept, fresh=what)
    return fragment(request, "messages/templates.html", project=listed.project, **context)


async def preview(request: Request) -> Response:
    """How one text reads, whose fields are those below `path`."""
    manager(request)
    listed = await listed_of(request)
    async with request.form() as form:
        path = text_of(form, "path")
        draft = Draft({_ROOT: [{part: text_of(form, f"{path}.{part}") for part in _BLANK}]})
    (shown,) = await _previews(request, listed.project, _read(draft, listed.project.id))
    return fragment(request, "messages/preview.html", shown=shown)


async def _draft(request: Request, listed: Listed) -> Draft:
    kept = await services_of(request).templates.of_project(listed.project.id)
    return Draft({_ROOT: [{part: str(getattr(each, part)) for part in _BLANK} for each in kept]})


def _read(draft: Draft, project_id: int) -> list[Template]:
    """The texts as they were written. Raises InvalidInput for what the form cannot send."""
    wanted = []
    for path in draft.rows(_ROOT):
        channel = draft.value(f"{path}.channel")
        if channel not in set(Channel):
            raise InvalidInput(N_("Say how it is sent."), field=f"{path}.channel")
        wanted.append(
            Template(
                id=whole(draft.value(f"{path}.id") or 0, f"{path}.id"),
                project_id=project_id,
                name=draft.value(f"{path}.name"),
                channel=Channel(channel),
                subject=draft.value(f"{path}.subject") if channel == Channel.MAIL else "",
                body=draft.value(f"{path}.body"),
            )
        )
    return wanted


async def _previews(request: Request, project: Project, wanted: Sequence[Template]) -> list[Preview]:
    kinds = await services_of(request).contacts.attribute_kinds()
    text, operator = translator_of(request), user_of(request).name

    def filled(template: Template) -> Preview:
        written = template.subject + template.body
        return _preview(template, message_words.examples(written, project, operator, kinds, text))

    # Compiling fifty texts takes longer than calls may wait.
    return await asyncio.to_thread(lambda: [filled(template) for template in wanted])


def _preview(template: Template, known: filling.Known) -> Preview:
    if not template.body.strip():
        return Preview()
    try:
        filling.check(template)
        subject, body = filling.fill_in(template, known)
    except InvalidInput as error:
        return Preview(problem=error.message)
    return Preview(subject, body, parts=segments(body) if template.channel is Channel.SMS else 0)


async def _form(request: Request, listed: Listed, kept: Kept, fresh: str = "") -> dict[str, Any]:
    services, project = services_of(request), listed.project
    results = await services.dispositions.of_project(project.id)
    return {
        **kept._asdict(),
        "fresh": fresh,
        "strays": kept.draft.exactly(_ROOT),
        "previews": await _previews(request, project, _read(kept.draft, project.id)),
        "missing": [channel for channel in Channel if channel not in services.channels],
        "senders": [(str(each.template_id), each.name) for each in results if each.template_id],
        "further": sorted(await services.contacts.attribute_kinds()),
    }
