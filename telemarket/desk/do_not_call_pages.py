"""Who must not be called: the lists of numbers, of the house and of its projects."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from telemarket.core.errors import InvalidInput, NotFound
from telemarket.core.i18n import N_, Translator
from telemarket.desk.campaign_pages import manager
from telemarket.desk.context import (
    fragment,
    optional_whole,
    page,
    services_of,
    text_of,
    toasted,
    translator_of,
    whole,
)
from telemarket.desk.services import DeskServices
from telemarket.desk.spreadsheets import table_file
from telemarket.dialer.blocking import ALL_PROJECTS, Blocked, Imported
from telemarket.importing import cells
from telemarket.importing.tables import open_table

_LARGEST_FORM = 2_000_000
_LARGEST_FILE = 20 << 20
_PAGE = 50
_HEADINGS = (N_("Number"), N_("List"), N_("Reason"), N_("Source"), N_("Added"), N_("By"))


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/do-not-call", overview, methods=["GET"]),
        Route("/do-not-call", add, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/do-not-call/remove", remove, methods=["POST"], max_body_size=_LARGEST_FORM),
        Route("/do-not-call/import", take, methods=["POST"], max_body_size=_LARGEST_FILE + _LARGEST_FORM),
        Route("/do-not-call.{ending}", export, methods=["GET"]),
    ]


async def overview(request: Request) -> Response:
    """The numbers, searched, page by page."""
    manager(request)
    services, query = services_of(request), request.query_params
    project, text = query.get("project", ""), query.get("q", "").strip()
    found = await services.do_not_call.page(
        project_id=optional_whole(project, "project"), text=text, after=query.get("after"), limit=_PAGE
    )
    context: dict[str, Any] = {
        "found": found,
        "query": {name: value for name, value in (("project", project), ("q", text)) if value},
        "people": await services.cards.people.names(),
        "projects": await _projects(services),
    }
    if "after" in query:
        return fragment(request, "campaigns/blocked_rows.html", **context)
    if request.headers.get("HX-Target") == "blocked-results":
        return fragment(request, "campaigns/blocked_results.html", **context)
    return await page(request, "campaigns/do_not_call.html", imported=None, **context)


async def add(request: Request) -> Response:
    """Put one number on a list."""
    user, text = manager(request), translator_of(request)
    async with request.form() as form:
        number = text_of(form, "number").strip()
        list_id, reason = _list(form), text_of(form, "reason").strip()
    services = services_of(request)
    if await services.do_not_call.add(number, project_id=list_id, reason=reason, user=user.id):
        return toasted(text.gettext("The number is on the list. Nobody calls it from now on."), "blocked-changed")
    return toasted(text.gettext("The number was on the list already."), "blocked-changed")


async def remove(request: Request) -> Response:
    """Take one number from a list."""
    user, text = manager(request), translator_of(request)
    async with request.form() as form:
        number, list_id = text_of(form, "number"), _list(form)
    await services_of(request).do_not_call.remove(number, project_id=list_id, user=user.id)
    return toasted(text.gettext("The number may be called again."), "blocked-changed")


async def take(request: Request) -> Response:
    """Put many numbers on a list, from a file or pasted. Answers with what became of them."""
    user = manager(request)
    async with request.form(max_part_size=_LARGEST_FORM) as form:
        list_id, reason, pasted = _list(form), text_of(form, "reason").strip(), text_of(form, "numbers")
        file = form.get("file")
        if isinstance(file, UploadFile) and file.filename:
            lines, source = await _lines(await file.read()), f"import: {file.filename}"[:80]
        elif pasted.strip():
            lines, source = pasted.splitlines(), "desk"
        else:
            raise InvalidInput(N_("Choose a file, or paste numbers."), field="file")
    imported = await services_of(request).do_not_call.take(
        lines, project_id=list_id, source=source, reason=reason, user=user.id
    )
    return _told(request, imported)


async def export(request: Request) -> Response:
    """The lists as a table."""
    user, services, ending = manager(request), services_of(request), request.path_params["ending"]
    if ending not in ("xlsx", "csv"):
        raise NotFound(N_("There is no such page."))
    project_id = optional_whole(request.query_params.get("project"), "project")
    await services.audit.append(user.id, "do-not-call.export", f"project {project_id}" if project_id else "all")
    return await table_file(_rows(services, project_id, translator_of(request)), "do-not-call", ending)


def _told(request: Request, imported: Imported) -> Response:
    response = fragment(request, "campaigns/imported.html", imported=imported)
    response.headers["HX-Trigger"] = "blocked-changed"
    return response


async def _rows(services: DeskServices, project_id: int | None, text: Translator) -> AsyncIterator[list[str]]:
    people = await services.cards.people.names()
    projects = await _projects(services)
    yield [text.message(heading) for heading in _HEADINGS]
    async for each in services.do_not_call.export(project_id):
        yield _row(each, people, projects, text)


def _row(each: Blocked, people: Mapping[int, str], projects: dict[int, str], text: Translator) -> list[str]:
    name = text.message(projects.get(each.project_id, str(each.project_id)))
    by = people.get(each.added_by, "") if each.added_by else ""
    return [each.number, name, each.reason, each.source, text.exact(each.added_at), by]


async def _projects(services: DeskServices) -> dict[int, str]:
    """The lists there are, by the project's id."""
    everything = await services.projects.list_all()
    return {ALL_PROJECTS: N_("all projects"), **{listed.project.id: listed.project.name for listed in everything}}


def _list(form: FormData) -> int:
    return whole(text_of(form, "project") or ALL_PROJECTS, "project")


async def _lines(data: bytes) -> list[str]:
    """A file's rows, the cells of each in one line. Raises UnreadableFile."""

    def read() -> list[str]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            table, _ = open_table(Path(file.name))
            return ["\t".join(map(_number, row)) for _, row in table.rows()]

    return await asyncio.to_thread(read)


def _number(cell: cells.Cell) -> str:
    """A cell that may be a number; one whose last digits are lost as it is, to be refused by what it says."""
    try:
        return cells.digits_text(cell)
    except cells.ShortenedNumber:
        return cells.text_of(cell)
